# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 The astctl authors
#
# Bad luck with the event stream: upgrades that are refused, frames that no server may
# send, servers that die or fall silent. A stream that was never open ends the command with one line
# and a status; one that was open is opened again, and the loss is told.

load faults

setup() {
	mock_credentials
}

teardown() {
	kill ${stream:+"$stream"} ${second:+"$second"} 2> /dev/null || true
	mock_stop
}

# start_events ARGUMENT...: astctl events in the background, into the files out and err
start_events() {
	# a shell's background jobs ignore SIGINT; this one must not
	env --default-signal=INT,PIPE timeout --kill-after=1 120 astctl "$@" < /dev/null > "$BATS_TEST_TMPDIR/out" 2> "$BATS_TEST_TMPDIR/err" 3>&- &
	stream=$!
}

# end_stream SIGNAL: and its status in `status`
end_stream() {
	status=0
	kill "-$1" "$stream"
	wait "$stream" || status=$?
	stream=
}

out_has() {
	grep -qE -- "$1" "$BATS_TEST_TMPDIR/out"
}

upgrades() {
	[ "$(mock_requests GET /ari/events)" -ge "$1" ]
}

# An event to tell one connection from another by.
mark() {
	printf '{"type":"ChannelUserevent","eventname":"%s","userevent":{},"application":"x","timestamp":"2026-11-23T01:49:17.619+0000"}' "$1"
}

# survives SCENARIO-LINE...: a stream gets `before`, then what the lines do; it must open again, tell the
# gap on stdout, get `after`, and end quietly on SIGTERM
survives() {
	local lines=() line
	for line in "$@"; do
		lines+=(-e "$line")
	done
	mock_start -e 'on GET /ari/events times 1' -e ws-accept -e "ws-text $(mark before)" "${lines[@]}"
	start_events events -o jsonl
	wait_until 15 upgrades 2
	wait_until 15 serving
	mock_control "event $(mark after)"
	wait_until 10 out_has after
	end_stream TERM
	cat "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/err"
	expect "before" out_has before
	expect "a gap between them" told_in_order
	expect "JSON on every line" jq -es 'length >= 3' "$BATS_TEST_TMPDIR/out" > /dev/null
	expect "status 143" [ "$status" -eq 143 ]
	harmless "$(< "$BATS_TEST_TMPDIR/err")"
}

# The second upgrade has been answered.
serving() {
	[ "$(grep -c '"event": "upgraded"' "$MOCK_LEDGER")" -ge 2 ]
}

told_in_order() {
	jq -es 'map(if .eventname then .eventname elif (.type | test("[Gg]ap")) then "gap" else empty end)
		| index("before") < index("gap") and index("gap") < index("after")' "$BATS_TEST_TMPDIR/out" > /dev/null
}

# --- upgrades ---

@test "refused port, unknown host" {
	mock_start
	mock_kill
	fails $CONNECT 3 "127\.0\.0\.1:$MOCK_PORT" astctl --timeout 3s events
	RES_OPTIONS='attempts:1 timeout:1' ASTCTL_URL=http://nosuch.invalid:8088/ari \
		fails $CONNECT 3 'nosuch\.invalid' astctl --timeout 3s events
}

@test "wrong password, forbidden: no second try" {
	mock_start
	echo wrong > "$ASTCTL_PASSWORD_FILE"
	fails $REFUSED 3 'user|password|credentials|authent' astctl --timeout 3s events
	mock_stop
	mock_credentials
	mock_start -n forbidden -e 'on .* .*' -e 'status 403' -e 'json {"message":"no"}'
	ASTCTL_URL=$(mock_url forbidden) fails $REFUSED 3 . astctl --timeout 3s events
	[ "$(mock_requests GET /ari/events)" -le 3 ]
}

@test "no ARI there: 404" {
	mock_start -e 'on .* .*' -e 'status 404' -e 'html <html>Not Found</html>'
	fails $NOT_FOUND 3 'ARI|Not Found' astctl --timeout 3s events
}

@test "a server in trouble: 500, 503" {
	for code in 500 503; do
		mock_start -n "e$code" -e 'on GET /ari/events' -e "status $code" -e 'json {"message":"in trouble"}'
		ASTCTL_URL=$(mock_url "e$code") fails $SERVER 3 "$code|trouble" astctl --timeout 3s events
	done
}

@test "redirects of the upgrade are refused, and the other host learns nothing" {
	mock_start -n other
	for code in 301 302 303 307 308; do
		mock_start -n "from$code" -e 'on GET /ari/events' -e "redirect $code $(mock_url other)/events?app=x"
		ASTCTL_URL=$(mock_url "from$code") fails $SERVER 3 "redirect|$code" astctl --timeout 3s events
	done
	[ "$(mock_connections -n other)" -eq 0 ]
}

@test "a 200 instead of an upgrade" {
	mock_start -e 'on GET /ari/events' -e 'html <html>hello</html>'
	fails $SERVER 3 'WebSocket|upgrade|200|ARI' astctl --timeout 3s events
}

@test "Sec-WebSocket-Accept wrong or absent" {
	for how in wrong none; do
		mock_start -n "$how" -e 'on GET /ari/events' -e "ws-accept $how" -e "ws-text $(mark forged)"
		ASTCTL_URL=$(mock_url "$how") fails $SERVER 3 . astctl --timeout 3s events -o jsonl
	done
}

@test "an upgrade that is never answered, in silence or dribbling" {
	mock_start -n silent -e 'on GET /ari/events' -e silence
	ASTCTL_URL=$(mock_url silent) fails $TIMEOUT 2 'within 2 s|tim(e|ed) ?out' astctl --timeout 2s events
	mock_start -n mute -e 'on connect' -e silence
	ASTCTL_URL=$(mock_url mute) fails $TIMEOUT 2 'within 2 s|tim(e|ed) ?out' astctl --timeout 2s events
	mock_start -n slow -e 'on GET /ari/events' -e 'dribble 5' -e ws-accept
	ASTCTL_URL=$(mock_url slow) fails $TIMEOUT 2 'within 2 s|tim(e|ed) ?out' astctl --timeout 2s events
}

@test "an upgrade that dies before, in and after its head" {
	for at in 0 20; do
		mock_start -n "cut$at" -e 'on GET /ari/events' -e 'status 101' -e "truncate $at" -e close
		ASTCTL_URL=$(mock_url "cut$at") fails $SERVER 3 . astctl --timeout 3s events
	done
}

@test "a mute server costs no more than 5.5 s without --timeout" {
	mock_start -e 'on connect' -e silence
	fails $TIMEOUT 6 . astctl events
}

# --- frames ---

@test "fragments, pings between them, and a split in the middle of a character are one event" {
	mock_start -e 'on GET /ari/events' -e ws-accept \
		-e "ws-fragment 7 $(mark "käse")" \
		-e 'ws-frame text nofin {"type":"ChannelUserevent","eventname":"split",' -e 'ws-ping between' -e 'sleep 0.1' \
		-e 'ws-frame continuation "userevent":{},"application":"x","timestamp":"2026-11-23T01:49:17.619+0000"}'
	start_events events -o jsonl
	wait_until 10 out_has split
	[ "$(jq -s '[.[] | .eventname] == ["käse", "split"]' "$BATS_TEST_TMPDIR/out")" = true ]
	wait_until 10 mock_noted '"opcode": "pong", "masked": true, "text": "between"'
	end_stream INT
	[ "$status" -eq 130 ]
}

@test "a message of 1 MiB less a bit is an event" {
	mock_start -e 'on GET /ari/events' -e ws-accept -e 'ws-big 1048000'
	start_events events -o jsonl
	wait_until 10 out_has '"type":"Big"'
	[ "$(jq '.text | length' "$BATS_TEST_TMPDIR/out")" -gt 1000000 ]
}

@test "an oversized message ends the connection, not the stream" {
	survives 'ws-big 1100000' 'expect'
	mock_noted '"opcode": "close"'
}

@test "a message that claims 2^62 octets" {
	survives 'hex 81 7f 40 00 00 00 00 00 00 00' 'repeat' 'raw xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' 'end'
}

@test "a frame cut by RST, by FIN" {
	survives 'ws-frame text length=200 {"type":"Cha' reset
	mock_stop
}

@test "an end without a close frame" {
	survives close
}

@test "closed with 1001, 1011, 1013" {
	for code in 1001 1011 1013; do
		survives "ws-close $code reason-$code"
		mock_stop
	done
}

@test "reserved bits, unknown opcodes, stray continuation" {
	for frame in 'text rsv=4 x' '3 x' 'continuation x' '11 x'; do
		survives "ws-frame $frame" expect close
		mock_stop
	done
}

@test "a control frame of 200 octets" {
	survives "ws-frame ping $(printf 'x%.0s' {1..200})" expect close
}

# What is no event is skipped, told once, and does not disturb the next.
@test "messages that are no events: binary, masked, invalid UTF-8, no JSON, no object, no type" {
	mock_start - <<-END
		on GET /ari/events
			ws-accept
			ws-frame binary \x00\x01\x02
			ws-frame text
			ws-frame text {"type":"X","text":"\xff\xfe"}
			ws-text <html>
			ws-text [1]
			ws-text {"type":42}
			ws-text {"no":"type"}
			ws-text {"type":"Cut","x":
			ws-text {"type":"Unknown2099","later":[{"x":null}]}
			ws-text $(mark last)
	END
	start_events events -o jsonl
	wait_until 10 out_has last
	end_stream TERM
	cat "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/err"
	expect "an event from later times" out_has Unknown2099
	jq -es 'length >= 2' "$BATS_TEST_TMPDIR/out" > /dev/null
	expect "nothing of what is no event" absent 'html|Cut' "$(< "$BATS_TEST_TMPDIR/out")"
	harmless "$(< "$BATS_TEST_TMPDIR/err")"
}

@test "a masked server frame: an event or a new connection, never rubbish" {
	mock_start -e 'on GET /ari/events times 1' -e ws-accept -e "ws-frame text masked $(mark masked)" -e 'ws-text '"$(mark next)" \
		-e 'on GET /ari/events' -e ws-accept -e "ws-text $(mark next)"
	start_events events -o jsonl
	wait_until 15 out_has next
	jq -es 'all(type == "object")' "$BATS_TEST_TMPDIR/out" > /dev/null
}

# --- silence ---

@test "half a frame and then silence: noticed by ping, within 31 s" {
	survives_silence 'ws-frame text length=200 {"type":' silence
}

@test "a peer that answers no ping: noticed within 31 s" {
	survives_silence silence
}

survives_silence() {
	local start=$SECONDS
	mock_start -e 'on GET /ari/events times 1' -e ws-accept -e "ws-text $(mark before)" -e "$1" ${2:+-e "$2"}
	start_events events -o jsonl
	wait_until 40 upgrades 2
	echo "# opened again after $((SECONDS - start)) s"
	[ $((SECONDS - start)) -le $((31 + SLACK)) ]
	wait_until 10 serving
	mock_control "event $(mark after)"
	wait_until 10 out_has after
	told_in_order
}

# --- loss is loud ---

@test "--strict ends with 11 at the first gap" {
	mock_start -e 'on GET /ari/events times 1' -e ws-accept -e "ws-text $(mark before)" -e 'sleep 0.2' -e reset
	run --separate-stderr timeout 20 astctl events --strict -o jsonl
	[ "$status" -eq 11 ]
	[ "${#stderr_lines[@]}" -ge 1 ]
}

@test "the server comes back later: no storm of connections meanwhile" {
	mock_start -e 'on GET /ari/events times 1' -e ws-accept -e reset \
		-e 'on GET /ari/events times 3' -e close
	start_events events -o jsonl
	wait_until 30 upgrades 5
	wait_until 10 serving
	mock_control "event $(mark after)"
	wait_until 10 out_has after
	[ "$(mock_requests GET /ari/events)" -eq 5 ]
}

@test "credentials that are refused after a gap: an end, no war" {
	mock_start -e 'on GET /ari/events times 1' -e ws-accept -e 'sleep 0.1' -e reset \
		-e 'on GET /ari/events' -e 'status 401' -e 'json {"message":"Authentication required"}'
	run --separate-stderr timeout 30 astctl events -o jsonl
	[ "$status" -eq $REFUSED ]
	[ "$(mock_requests GET /ari/events)" -le 4 ]
}

@test "ApplicationReplaced is loud, and there is no war over the application" {
	mock_start
	start_events events --app shared -o jsonl
	wait_until 10 mock_noted '"event": "upgraded"'
	first=$stream
	mv "$BATS_TEST_TMPDIR/err" "$BATS_TEST_TMPDIR/err1"
	timeout 30 astctl events --app shared -o jsonl < /dev/null > "$BATS_TEST_TMPDIR/out2" 2>&1 3>&- &
	second=$!
	status=0
	wait "$first" || status=$?
	cat "$BATS_TEST_TMPDIR/err1"
	[ "$status" -eq $CONFLICT ]
	grep -q "another client took over.*'shared'" "$BATS_TEST_TMPDIR/err1"
	# the second stays in possession: an event reaches it, and nobody connects again
	mock_control "event $(mark after)"
	wait_until 10 grep -q after "$BATS_TEST_TMPDIR/out2"
	[ "$(mock_requests GET /ari/events)" -eq 2 ]
	kill "$second"
}

@test "a poisoned caller name in events for people" {
	poison=$'\x1b[31mred\x1b]0;title\x07\xc2\x9b2J\xe2\x80\xae'
	mock_start -e 'on GET /ari/events' -e ws-accept \
		-e "ws-text {\"type\":\"ChannelCreated\",\"timestamp\":\"2026-11-23T01:49:17.619+0000\",\"application\":\"x\",\"channel\":$(channel_json "PJSIP/x$poison" "$poison")}" \
		-e "ws-text $(mark last)"
	start_events events
	wait_until 10 out_has last
	end_stream TERM
	harmless "$(cat "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/err")"
	out_has red
}

@test "stdout that nobody reads any more: a quiet end" {
	mock_start -e 'on GET /ari/events' -e ws-accept -e repeat -e "ws-text $(mark x)" -e 'sleep 0.05' -e end
	run --separate-stderr timeout 20 bash -c 'astctl events -o jsonl | head -n 1; echo "${PIPESTATUS[0]}"'
	[ "${lines[1]}" = 141 ]
	[ -z "$stderr" ]
}

# --- waits ---

@test "originate --wait: the stream dies while it rings; the end of the call is found all the same" {
	mock_start
	start_events --timeout 20s originate Local/noanswer@test --wait
	wait_until 10 mock_noted '"created"'
	mock_control drop
	wait_until 15 upgrades 2
	id=$(grep '"created"' "$MOCK_LEDGER" | jq -r .id)
	curl -sS -u "$MOCK_USER:$MOCK_PASSWORD" -X DELETE "$MOCK_URL/channels/$id"
	status=0
	wait "$stream" || status=$?
	cat "$BATS_TEST_TMPDIR/err"
	[ "$status" -ne 0 ]
	[ "$(mock_created channel)" -eq 1 ]
}

@test "play --wait: a playback that never ends has an end here" {
	mock_start --channels 0
	A=$(astctl originate Local/a@test --wait -o name)
	run --separate-stderr timeout 20 astctl --timeout 2s play "$A" telepathy:x --wait
	[ "$status" -ne 0 ]
	[ "${#stderr_lines[@]}" -eq 1 ]
}
