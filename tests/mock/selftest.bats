# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 The astctl authors
#
# The mock does what its scenarios say. Driven by curl and by probe, a client that
# knows nothing: what is checked here are octets.

load ../cli/mock

teardown() {
	mock_stop
}

probe() {
	"$MOCK_ROOT/tests/mock/probe" "$MOCK_PORT" "$@"
}

get='GET /ari/x HTTP/1.1\r\nHost: x\r\n\r\n'

ari() {
	curl -sS --max-time 5 -u "$MOCK_USER:$MOCK_PASSWORD" "$@"
}

@test "says where it listens, ends with its standard input" {
	mock_start
	[ "$(ari "$MOCK_URL/channels")" = "[]" ]
	pid=$(< "$BATS_TEST_TMPDIR/mock/pid")
	fd=$(< "$BATS_TEST_TMPDIR/mock/fd")
	exec {fd}>&-
	wait "$pid"
}

@test "ends with its owner" {
	mkfifo "$BATS_TEST_TMPDIR/hold"
	sleep 60 3>&- &
	owner=$!
	"$MOCK_ROOT/tests/mock/mock" --owner "$owner" < /dev/null > "$BATS_TEST_TMPDIR/out" 3>&- &
	mock=$!
	wait_until 10 grep -q READY "$BATS_TEST_TMPDIR/out"
	kill "$owner"
	wait "$mock"
}

@test "a scenario that makes no sense is refused with its line" {
	run "$MOCK_ROOT/tests/mock/mock" -e 'on GET /x' -e 'explode now' < /dev/null
	[ "$status" -eq 2 ]
	[[ $output == *"line 2: 'explode now'"*"there are: status"* ]]
}

@test "the manual names every action" {
	[ "$("$MOCK_ROOT/tests/mock/mock" --actions | wc -l)" -ge 33 ]
}

@test "every request is in the ledger: octets, connection, place on the connection" {
	mock_start
	ari "$MOCK_URL/channels" "$MOCK_URL/bridges?x=1"
	ari -X POST -d '{"endpoint":"Local/a@test","app":"a"}' "$MOCK_URL/channels/c1"
	[ "$(mock_requests GET '/ari/.*')" -eq 2 ]
	[ "$(mock_requests POST /ari/channels/c1)" -eq 1 ]
	[ "$(mock_connections)" -eq 2 ]
	mock_noted '"conn": 1, "event": "request", "nth": 2'
	mock_noted '"body": "{\"endpoint\":\"Local/a@test\",\"app\":\"a\"}"'
	mock_noted "\"authorization\": \"Basic $(printf %s "$MOCK_USER:$MOCK_PASSWORD" | base64)\""
}

@test "wrong credentials are 401 with a challenge" {
	mock_start
	run -0 curl -si -u tester:wrong "$MOCK_URL/channels"
	[[ $output == *"401 Unauthorized"*'WWW-Authenticate: Basic realm='* ]]
}

@test "a duplicate channel id is 409, and one channel was made" {
	mock_start
	for _ in 1 2; do
		run ari -w '%{http_code}' -X POST "$MOCK_URL/channels?channelId=c1&endpoint=Local/noanswer@test&app=a"
	done
	[[ $output == *409 ]]
	[ "$(mock_created channel)" -eq 1 ]
}

@test "a raw reply goes out as written, and the connection lives on" {
	mock_start -e 'on GET /ari/x times 1' -e 'raw "HTTP/1.1 299 Odd\r\nContent-Length: 2\r\n\r\n\x00\xff"'
	run -0 probe 5 "$get" - 'GET /ari/x HTTP/1.1\r\nConnection: close\r\n\r\n'
	[ "${lines[0]}" = 'HTTP/1.1 299 Odd' ]
	[ "${lines[2]}" = '\x00\xffHTTP/1.1 401 Unauthorized' ]
}

@test "close and reset differ, and both may cut a reply" {
	mock_start - <<-'END'
		on GET /ari/x times 1
			json {"a":1}
			truncate 20
			close
		on GET /ari/x times 1
			json {"a":1}
			truncate 20
			reset
		on GET /ari/x
			reset
	END
	run -0 probe 5 "$get"
	[ "$output" = $'HTTP/1.1 200 OK\nCon\nEOF' ]
	run -0 probe 5 "$get"
	[ "$output" = $'HTTP/1.1 200 OK\nCon\nRESET' ]
	run -0 probe 5 "$get"
	[ "$output" = $'\nRESET' ]
}

@test "silence is silent, on a connection and on a request" {
	mock_start -e 'on connect 1' -e silence -e 'on GET /ari/x' -e silence
	run -0 probe 0.2 "$get"
	[ "$output" = $'\nSILENCE' ]
	run -0 probe 0.2 "$get"
	[ "$output" = $'\nSILENCE' ]
}

@test "dribble keeps its rate" {
	mock_start -e 'on GET /ari/x' -e 'status 200' -e 'dribble 10' -e close
	run -0 probe 0.55 "$get"
	[ "${lines[1]}" = SILENCE ]
	[ "${#lines[0]}" -ge 1 ]
	[ "${#lines[0]}" -le 7 ]
}

@test "lengths: right, a lie, none, chunked, compressed, enormous" {
	mock_start - <<-'END'
		on GET /ari/lie
			json {"a":1}
			length 100
			close
		on GET /ari/none
			json {"a":1}
			length none
			close
		on GET /ari/chunked
			big 70000
			chunked
		on GET /ari/gzip
			big 1000000
			gzip
	END
	run -18 ari "$MOCK_URL/lie"
	run -0 ari "$MOCK_URL/none"
	[ "$output" = '{"a":1}' ]
	ari "$MOCK_URL/chunked" | jq -e '.[0] | length == 69996'
	ari --compressed "$MOCK_URL/gzip" | jq -e '.[0] | length == 999996'
	[ "$(ari "$MOCK_URL/gzip" | wc -c)" -lt 5000 ]
}

@test "redirects point where they are told" {
	mock_start -n other
	mock_start --set "OTHER=$(mock_port other)" \
		-e 'on GET /ari/x' -e 'redirect 307 http://127.0.0.1:${OTHER}/ari/channels'
	run -0 ari -L "$MOCK_URL/x"
	[ "$(mock_requests -n other GET /ari/channels)" -eq 1 ]
	run ! mock_noted -n other "$MOCK_PASSWORD"
}

@test "rules: first match with uses left, reused connections, steps of the test" {
	mock_start - <<-'END'
		on GET /ari/x reused
			status 418
			json {}
		on GET /ari/x times 1
			status 503
			json {}
		on GET /ari/step
			wait
			status 299
			json {}
	END
	run -0 ari -w '%{http_code} ' -o /dev/null "$MOCK_URL/x" -o /dev/null "$MOCK_URL/x"
	[ "$output" = "503 418 " ]
	run -0 ari -w '%{http_code}' -o /dev/null "$MOCK_URL/x"
	[ "$output" = 404 ]
	ari -w '%{http_code}' -o /dev/null "$MOCK_URL/step" > "$BATS_TEST_TMPDIR/code" 3>&- &
	curl=$!
	wait_until 10 mock_noted /ari/step
	[ ! -s "$BATS_TEST_TMPDIR/code" ]
	mock_control step
	wait "$curl"
	[ "$(< "$BATS_TEST_TMPDIR/code")" = 299 ]
}

@test "a lost reply: the request is carried out all the same" {
	mock_start -e 'on POST /ari/channels' -e ari -e 'truncate 0' -e close
	run -52 ari -X POST "$MOCK_URL/channels?channelId=c1&endpoint=Local/a@test&app=a"
	[ "$(mock_created channel)" -eq 1 ]
}

@test "drop resets every connection" {
	mock_start -e 'on GET /ari/x' -e silence
	probe 5 "$get" > "$BATS_TEST_TMPDIR/out" 3>&- &
	wait_until 10 mock_noted /ari/x
	mock_control drop
	wait $!
	[ "$(< "$BATS_TEST_TMPDIR/out")" = $'\nRESET' ]
}

@test "WebSocket: accept is right, or wrong, or absent" {
	mock_start - <<-'END'
		on GET /ari/events times 1
			ws-accept
			ws-close 1001
		on GET /ari/events times 1
			ws-accept wrong
			close
		on GET /ari/events
			ws-accept none
			close
	END
	run -0 probe 5 upgrade:/ari/events - '\x88\x80mask'
	[[ $output == *'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo='*'\x88\x02\x03\xe9'*EOF ]]
	run -0 probe 5 upgrade:/ari/events
	[[ $output == *'Sec-WebSocket-Accept: '* && $output != *s3pPLM* ]]
	run -0 probe 5 upgrade:/ari/events
	[[ $output == *'101 Switching'* && $output != *Sec-WebSocket-Accept* ]]
}

@test "WebSocket: frames as RFC 6455 has them, and as it forbids them" {
	mock_start - <<-'END'
		on GET /ari/events
			ws-accept
			ws-text hello
			ws-fragment 3 hello
			ws-frame binary \x00\x01
			ws-frame text masked abc
			ws-frame text rsv=4 a
			ws-frame text length=1000 abc
			ws-frame 3 nofin
			ws-ping p
			reset
	END
	run -0 probe 5 upgrade:/ari/events
	[[ $output == *'\x81\x05hello\x01\x03hel\x80\x02lo\x82\x02\x00\x01\x81\x83mask'* ]]
	[[ $output == *'\xc1\x01a\x81~\x03\xe8abc\x03\x00\x89\x01p'$'\n'RESET ]]
}

@test "WebSocket: pings of the client are answered, unless silent; frames are noted" {
	mock_start -e 'on GET /ari/events times 1' -e ws-accept \
		-e 'on GET /ari/events' -e ws-accept -e silence
	run -0 probe 5 upgrade:/ari/events - '\x89\x81\x00\x00\x00\x00p' '\x88\x80mask'
	[[ $output == *'\x8a\x01p'* ]]
	run -0 probe 0.3 upgrade:/ari/events - '\x89\x81\x00\x00\x00\x00q'
	[[ $output != *'\x8a\x01q'* ]]
	mock_noted '"event": "frame", "opcode": "ping", "masked": true, "text": "p"'
}

@test "the honest event stream: StasisStart to the owner, ApplicationReplaced to the loser" {
	mock_start
	probe 5 'upgrade:/ari/events?app=a' > "$BATS_TEST_TMPDIR/first" 3>&- &
	first=$!
	wait_until 10 mock_noted '"event": "upgraded"'
	ari -X POST "$MOCK_URL/channels?channelId=c1&endpoint=Local/a@test&app=a&appArgs=x,y" > /dev/null
	wait_until 10 eval '[ "$(ari "$MOCK_URL/channels/c1" | jq -r .state)" = Up ]'
	probe 5 'upgrade:/ari/events?app=a' > "$BATS_TEST_TMPDIR/second" 3>&- &
	second=$!
	wait_until 10 eval '[ "$(grep -c upgraded "$MOCK_LEDGER")" -eq 2 ]'
	ari -X DELETE "$MOCK_URL/channels/c1"
	wait_until 10 eval '[ "$(ari "$MOCK_URL/channels")" = "[]" ]'
	mock_control 'event {"type":"X"}'
	mock_control drop
	wait "$first" "$second"
	for type in StasisStart ChannelStateChange ApplicationReplaced; do
		grep -q "\"type\": \"$type\"" "$BATS_TEST_TMPDIR/first"
	done
	run ! grep StasisEnd "$BATS_TEST_TMPDIR/first"
	grep -q '"type": "StasisEnd".*"type": "ChannelDestroyed".*{"type":"X"}' "$BATS_TEST_TMPDIR/second"
}

@test "playback: heard, failed, and never finished as in Asterisk" {
	mock_start
	probe 3 'upgrade:/ari/events?app=a' > "$BATS_TEST_TMPDIR/out" 3>&- &
	client=$!
	wait_until 10 mock_noted '"event": "upgraded"'
	ari -X POST "$MOCK_URL/channels?channelId=c1&endpoint=Local/a@test&app=a" > /dev/null
	wait_until 10 eval '[ "$(ari "$MOCK_URL/channels/c1" | jq -r .state)" = Up ]'
	for play in good=sound:hello bad=sound:no-such-prompt stuck=telepathy:x; do
		ari -X POST "$MOCK_URL/channels/c1/play/${play%=*}?media=${play#*=}" > /dev/null
	done
	wait_until 10 eval '[ "$(ari "$MOCK_URL/playbacks/good" | jq -r .message)" = "Playback not found" ]'
	mock_control drop
	wait "$client"
	tr '\201' '\n' < "$BATS_TEST_TMPDIR/out" | grep -o '"type": "Playback[^}]*' > "$BATS_TEST_TMPDIR/plays"
	[ "$(grep -c PlaybackStarted "$BATS_TEST_TMPDIR/plays")" -eq 3 ]
	grep -q 'PlaybackFinished.*"id": "good".*"state": "done"' "$BATS_TEST_TMPDIR/plays"
	grep -q 'PlaybackFinished.*"id": "bad".*"state": "failed"' "$BATS_TEST_TMPDIR/plays"
	run ! grep 'PlaybackFinished.*stuck' "$BATS_TEST_TMPDIR/plays"
}

@test "bridges and recordings: one in the other, a WAV at the end" {
	mock_start
	probe 9 'upgrade:/ari/events?app=a' > "$BATS_TEST_TMPDIR/out" 3>&- &
	wait_until 10 mock_noted '"event": "upgraded"'
	ari -X POST "$MOCK_URL/channels?channelId=c1&endpoint=Local/a@test&app=a" > /dev/null
	wait_until 10 eval '[ "$(ari "$MOCK_URL/channels/c1" | jq -r .dialplan.app_name)" = Stasis ]'
	ari -X POST "$MOCK_URL/bridges/b1?type=mixing" > /dev/null
	ari -X POST "$MOCK_URL/bridges/b1/addChannel?channel=c1"
	ari "$MOCK_URL/bridges/b1" | jq -e '.channels == ["c1"]'
	ari -X POST "$MOCK_URL/bridges/b1/record?name=note&format=wav" | jq -e '.state == "queued"'
	ari -X POST "$MOCK_URL/recordings/live/note/stop"
	[ "$(ari "$MOCK_URL/recordings/stored/note/file" | head -c 4)" = RIFF ]
	run -0 ari -w '%{http_code}' -X POST "$MOCK_URL/bridges/b1/addChannel?channel=zz"
	[[ $output == *400 ]]
	mock_control drop
	wait $!
}

@test "TLS: a good certificate verifies, each bad one does not" {
	"$MOCK_ROOT/tests/mock/certs" "$BATS_TEST_TMPDIR/certs"
	cd "$BATS_TEST_TMPDIR/certs"
	for name in good expired notyet wronghost wrongip wrongusage untrusted self nulsan; do
		mock_start -n "$name" --tls "$name.pem" "$name.key"
		code=0
		ari --cacert ca.pem "https://localhost:$(mock_port "$name")/ari/channels" 2> err || code=$?
		echo "$name: $code: $(cat err)"
		[ "$code" -eq $([ "$name" = good ] && echo 0 || echo 60) ]
	done
}

@test "TLS: the handshake can be cut, and kept to an old version" {
	"$MOCK_ROOT/tests/mock/certs" "$BATS_TEST_TMPDIR/certs"
	cd "$BATS_TEST_TMPDIR/certs"
	mock_start --tls good.pem good.key -e 'on connect 1' -e 'tls-cut 50' -e 'on connect 2' -e 'sleep 0.1'
	run -35 ari --cacert ca.pem "$MOCK_URL/channels"
	run -0 ari --cacert ca.pem "$MOCK_URL/channels"
	mock_start -n old --tls good.pem good.key --tls-max 1.1
	run -35 ari --cacert ca.pem "$(mock_url old)/channels"
	mock_noted -n old tls-failed
}

@test "create, move and dial: into an application that is there, refused for one that is not" {
	mock_start
	probe 9 'upgrade:/ari/events?app=a' > "$BATS_TEST_TMPDIR/out" 3>&- &
	client=$!
	wait_until 10 mock_noted '"event": "upgraded"'
	ari -X POST "$MOCK_URL/channels/create?channelId=c1&endpoint=Local/a@test&app=a" | jq -e '.state == "Down"'
	ari -X POST "$MOCK_URL/channels/c1/move?app=nobody"
	ari -X POST "$MOCK_URL/channels/c1/dial"
	wait_until 10 eval '[ "$(ari "$MOCK_URL/channels/c1" | jq -r .state)" = Up ]'
	mock_control drop
	wait "$client"
	grep -q '"type": "StasisStart".*"type": "ApplicationMoveFailed".*"destination": "nobody".*"type": "ChannelStateChange"' \
		"$BATS_TEST_TMPDIR/out"
}
