# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 The astctl authors
#
# Bad luck with requests: what the network, the server or the user can do wrong, and the one
# line and exit status that it ends in. TLS: faults_tls.bats; event streams: faults_stream.bats.

load faults

setup() {
	mock_credentials
}

teardown() {
	mock_stop
}

# --- nobody there ---

@test "unknown host" {
	export RES_OPTIONS='attempts:1 timeout:1'
	ASTCTL_URL=http://nosuch.invalid:8088/ari \
		fails $CONNECT 3 'nosuch\.invalid' astctl --timeout 3s channel list
}

@test "refused port, and the server is named" {
	mock_start
	mock_kill
	fails $CONNECT 1 "127\.0\.0\.1:$MOCK_PORT.*refused|refused.*127\.0\.0\.1:$MOCK_PORT" astctl channel list
}

@test "URLs that are none" {
	for url in 'ftp://x/ari' 'http://' 'http://x:99999/ari' 'http://u:p@x/ari' 'http://x/ari?api_key=a:b' $'http://x/\r\nari' 'http://x y/'; do
		ASTCTL_URL=$url fails $USAGE 1 'url|server|host|port' astctl channel list
	done
}

# --- nobody answers ---

@test "a server that accepts and never answers" {
	mock_start -e 'on connect' -e silence
	fails $TIMEOUT 1 '127\.0\.0\.1.*within 1 s' astctl --timeout 1s channel list
}

@test "a server that takes the request and never answers" {
	mock_start -e 'on GET /ari/channels' -e silence
	fails $TIMEOUT 1 'within 1 s|tim(e|ed) ?out' astctl --timeout 1s channel list
	[ "$(mock_requests GET /ari/channels)" -eq 1 ]
}

@test "a head that dribbles" {
	mock_start -e 'on GET /ari/channels' -e 'dribble 5' -e 'json []'
	fails $TIMEOUT 1 'within 1 s|tim(e|ed) ?out' astctl --timeout 1s channel list
}

@test "a body that dribbles" {
	mock_start -e 'on GET /ari/channels' -e 'raw "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n["' \
		-e 'dribble 5' -e 'big 100000'
	fails $TIMEOUT 1 'within 1 s|tim(e|ed) ?out' astctl --timeout 1s channel list
}

@test "a body that never ends: 100 Continue for ever" {
	mock_start -e 'on GET /ari/channels' -e repeat -e 'raw "HTTP/1.1 100 Continue\r\n\r\n"' -e 'sleep 0.05' -e end
	run --separate-stderr timeout 20 astctl --timeout 1s channel list
	[ "$status" -eq $TIMEOUT ] || [ "$status" -eq $SERVER ]
	[ "${#stderr_lines[@]}" -eq 1 ]
}

@test "a claim of more octets than come, and the connection stays open" {
	mock_start -e 'on GET /ari/channels' -e 'json []' -e 'length 100' -e silence
	fails $TIMEOUT 1 'within 1 s|tim(e|ed) ?out' astctl --timeout 1s channel list
}

# --- the server dies ---

@test "a server that dies before the reply" {
	mock_start -e 'on GET /ari/channels times 1' -e close -e 'on GET /ari/channels' -e reset
	fails $SERVER 1 'closed|reset|ended|empty|without' astctl channel list
	fails $SERVER 1 'closed|reset|ended|empty|without' astctl channel list
}

@test "a server that dies in the head" {
	mock_start - <<-'END'
		on GET /ari/channels times 1
			json []
			truncate 25
			close
		on GET /ari/channels
			json []
			truncate 25
			reset
	END
	fails $SERVER 1 'closed|reset|ended|incomplete|middle|cut|nothing' astctl channel list
	fails $SERVER 1 'closed|reset|ended|incomplete|middle|cut|nothing' astctl channel list
}

@test "a server that dies in the body, chunked or not" {
	mock_start - <<-'END'
		on GET /ari/channels times 1
			json []
			length 100
			close
		on GET /ari/channels times 1
			big 100000
			chunked
			truncate 70000
			reset
		on GET /ari/channels times 1
			big 100000
			chunked
			truncate 70000
			close
		on GET /ari/channels
			json []
			length 100
			reset
	END
	for _ in 1 2 3 4; do
		fails $SERVER 1 'closed|reset|ended|incomplete|middle|cut|nothing' astctl channel list
	done
}

@test "a reply cut at each of its octets, by FIN and by RST" {
	local reply octets scenario=$BATS_TEST_TMPDIR/cuts at end
	reply='HTTP/1.1 200 OK\r\nContent-type: application/json\r\nContent-Length: 2\r\n\r\n[]'
	octets=$(printf '%b' "$reply" | wc -c)
	for end in close reset; do
		for ((at = 0; at < octets; at++)); do
			printf 'on GET /ari/channels times 1\njson []\ntruncate %d\n%s\n' "$at" "$end"
		done
	done > "$scenario"
	mock_start --scenario "$scenario"
	for ((at = 0; at < 2 * octets; at++)); do
		fails $SERVER 2 . astctl --timeout 5s channel list > "$BATS_TEST_TMPDIR/log" || {
			echo "# cut at $at of $octets"
			cat "$BATS_TEST_TMPDIR/log"
			return 1
		}
	done
	run -0 astctl channel list
}

# --- who are you ---

@test "wrong password" {
	mock_start
	echo wrong > "$ASTCTL_PASSWORD_FILE"
	fails $REFUSED 1 'user|password|credentials|authent' astctl channel list
	[ "$(mock_requests GET /ari/channels)" -eq 1 ]
}

@test "forbidden, and the server's reason is told" {
	mock_start -e 'on .* .*' -e 'status 403' -e 'json {"message":"User is read-only"}'
	fails $REFUSED 1 'User is read-only' astctl hangup c1
}

@test "ARI disabled: Asterisk's 404 page" {
	mock_start -e 'on .* .*' -e 'status 404' -e 'html <html><head><title>404 Not Found</title></head><body><h1>Not Found</h1></body></html>'
	fails $SERVER 1 'no ARI at .*404' astctl channel list
	refute_html
}

# Markup is no message.
refute_html() {
	expect "no HTML" absent '<[a-z/]' "$stderr"
}

# --- hostile ids ---

@test "ids that no request may carry: nothing is sent" {
	mock_start
	long=$(printf 'x%.0s' {1..10240})
	for id in '' . .. $'a\nb' $'\r\nX: y' $'a\tb' $'\x01' $'a\x7f' $'\x1b[31m' "$long"; do
		fails $USAGE 1 'id|channel' astctl hangup "$id"
	done
	[ "$(mock_connections)" -eq 0 ]
}

@test "ids that look odd are sent as they are, encoded" {
	mock_start
	while IFS=' ' read -r encoded id; do
		fails $NOT_FOUND 1 'not found' astctl hangup "$id"
		expect "$encoded in the ledger" mock_noted "\"DELETE\", \"target\": \"/ari/channels/$encoded\""
	done <<-'END'
		a%2Fb a/b
		..%2F..%2Fbridges ../../bridges
		a%252Fb a%2Fb
		%252e%252e %2e%2e
		a%3Fb%23c a?b#c
		a%20b a b
		1%3B2 1;2
		%C3%BC%E2%82%AC ü€
		%22%5C%27 "\'
	END
}

@test "values cannot smuggle headers or requests" {
	mock_start
	run astctl originate Local/a@test --caller-id $'x\r\nEvil: 1\r\n\r\nDELETE /ari/channels/c1 HTTP/1.1\r\n'
	run ! mock_noted '"evil": '
	[ "$(mock_requests DELETE /ari/channels/c1)" -eq 0 ]
}

# --- somewhere else ---

@test "redirects are refused, and the other host learns nothing" {
	mock_start -n other
	for code in 301 302 303 307 308; do
		mock_start -n "from$code" -e 'on .* .*' -e "redirect $code $(mock_url other)/channels"
		ASTCTL_URL=$(mock_url "from$code") fails $SERVER 1 "redirect|$code" astctl channel list
		ASTCTL_URL=$(mock_url "from$code") fails $SERVER 1 "redirect|$code" astctl originate Local/a@test
	done
	[ "$(mock_connections -n other)" -eq 0 ]
}

# --- not what ARI says ---

@test "a 200 that is no ARI: HTML, broken JSON, other JSON, nothing" {
	mock_start --scenario <(
		while IFS= read -r body; do
			printf 'on GET /ari/channels times 1\nheader Content-type: application/json\nbody %s\n' "$body"
		done < "$BATS_TEST_DIRNAME/faults_bodies.txt"
	)
	while IFS= read -r body; do
		fails $SERVER 1 'ARI|JSON|reply|answer|list|array' astctl channel list || {
			echo "# body: $body"
			return 1
		}
	done < "$BATS_TEST_DIRNAME/faults_bodies.txt"
	mock_stop
	mock_start -n html -e 'on .* .*' -e 'html <!DOCTYPE html><html><body>Welcome to nginx!</body></html>'
	ASTCTL_URL=$(mock_url html) fails $SERVER 1 'ARI|JSON' astctl channel list
	refute_html
}

@test "a list of what no channel can be: shown or refused, in any format" {
	mock_start --scenario <(
		for body in '[1,2,3]' '[null]' '[[]]' '[{}]' '[{"id":{"a":1}}]' '[{"id":"c1","caller":[]}]'; do
			printf 'on GET /ari/channels times 6\njson %s\n' "$body"
		done
	)
	for _ in 1 2 3 4 5 6; do
		for format in table json jsonl tsv yaml name; do
			run --separate-stderr timeout 10 astctl -o "$format" channel list
			[ "$status" -eq 0 ] || [ "$status" -eq $SERVER ]
			harmless "$stderr"
		done
	done
}

@test "a 200 that is no HTTP" {
	mock_start - <<-'END'
		on GET /ari/channels times 1
			raw "hello\r\n"
			close
		on GET /ari/channels times 1
			raw "SSH-2.0-OpenSSH_9.2\r\n"
			close
		on GET /ari/channels times 1
			raw "HTTP/9.9 200 OK\r\nContent-Length: 2\r\n\r\n[]"
			close
		on GET /ari/channels times 1
			raw "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n[]"
			close
		on GET /ari/channels times 1
			raw "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n[]"
			close
		on GET /ari/channels times 1
			raw "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n[]\r\n0\r\n\r\n"
			close
		on GET /ari/channels times 1
			raw "HTTP/1.1 200 OK\r\nX: \x00\x01\r\nContent-Length: 100\r\n\r\n[]"
			close
	END
	for _ in 1 2 3 4 5 6 7; do
		fails $SERVER 1 . astctl --timeout 5s channel list
	done
}

@test "a 204 or an empty 200 where a list belongs" {
	mock_start -e 'on GET /ari/channels times 1' -e 'status 204' -e 'on GET /ari/channels' -e 'status 200'
	fails $SERVER 1 'with nothing' astctl channel list
	fails $SERVER 1 'with nothing' astctl channel list
}

@test "an empty 200 where nothing belongs is a success" {
	mock_start -e 'on DELETE /ari/channels/c1' -e 'status 200'
	run -0 astctl hangup c1
}

@test "Content-Length that is too small: the rest is not believed" {
	mock_start -e 'on GET /ari/channels' -e 'json [{"id":"c1"}]' -e 'length 5' -e close
	fails $SERVER 1 'JSON' astctl channel list
}

@test "statuses of a server in trouble" {
	mock_start --scenario <(
		for code in 500 501 502 503 504 599; do
			printf 'on GET /ari/channels times 1\nstatus %s\njson {"message":"in trouble %s"}\n' $code $code
		done
	)
	for code in 500 501 502 503 504 599; do
		fails $SERVER 1 "in trouble $code" astctl channel list
	done
}

@test "statuses of a request that was not liked" {
	mock_start --scenario <(
		for code in 400 405 409 412 413 422 429; do
			printf 'on DELETE /ari/channels/c1 times 1\nstatus %s\njson {"message":"dislike %s"}\n' $code $code
		done
	)
	fails $FAILURE 1 'dislike 400' astctl hangup c1
	fails $FAILURE 1 'dislike 405' astctl hangup c1
	fails $CONFLICT 1 'dislike 409' astctl hangup c1
	fails $CONFLICT 1 'dislike 412' astctl hangup c1
	fails $FAILURE 1 'dislike 413' astctl hangup c1
	fails $CONFLICT 1 'dislike 422' astctl hangup c1
	fails $FAILURE 1 'dislike 429' astctl hangup c1
}

@test "errors without a message, with HTML, with rubbish: the status is told" {
	mock_start - <<-'END'
		on GET /ari/channels times 1
			status 502
			html <html><h1>Bad Gateway</h1></html>
		on GET /ari/channels times 1
			status 502
		on GET /ari/channels times 1
			status 502
			json {"message":
		on GET /ari/channels times 1
			status 502
			json {"message":{"a":1}}
		on GET /ari/channels times 1
			status 502
			json []
		on GET /ari/channels times 1
			status 502
			body \x00\xff\xfe\x1b[31m
	END
	for _ in 1 2 3 4 5 6; do
		fails $SERVER 1 502 astctl channel list
		refute_html
	done
}

# --- too much ---

@test "a reply over 8 MiB: with a length, without, chunked" {
	mock_start - <<-'END'
		on GET /ari/channels times 1
			big 8388609
		on GET /ari/channels times 1
			big 8388609
			length none
			close
		on GET /ari/channels times 1
			big 8388609
			chunked
		on GET /ari/channels times 1
			raw "HTTP/1.1 200 OK\r\nContent-Length: 9000000000\r\n\r\n["
			silence
	END
	for _ in 1 2 3 4; do
		fails $SERVER 3 '8 ?MiB|8388608|too (large|long|big)' astctl --timeout 10s channel list
	done
}

@test "a reply of 8 MiB is taken" {
	mock_start -e 'on GET /ari/channels' -e 'big 8388608'
	astctl --timeout 20s -o json api channels.list > "$BATS_TEST_TMPDIR/out"
	[ "$(jq '.[0] | length' "$BATS_TEST_TMPDIR/out")" -eq 8388604 ]
}

@test "a gzip bomb costs no memory" {
	mock_start -e 'on GET /ari/channels' -e 'big 268435456' -e gzip
	(
		[ -n "${BUILD-}" ] && [[ $BUILD == *-san ]] || ulimit -v 200000
		fails $SERVER 5 'MiB|too (large|long|big)|JSON|encod' astctl --timeout 20s channel list
	)
}

@test "a flood of header lines" {
	mock_start - <<-'END'
		on GET /ari/channels times 1
			json []
			flood 50000
		on GET /ari/channels
			repeat
				raw "HTTP/1.1 200 OK\r\nX-Long: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
			end
	END
	fails $SERVER 3 . astctl --timeout 10s channel list
	fails $SERVER 3 . astctl --timeout 10s channel list
}

@test "JSON nested without end" {
	printf '[%.0s' {1..100000} > "$BATS_TEST_TMPDIR/deep"
	mock_start -e 'on GET /ari/channels' -e 'header Content-type: application/json' -e "body-file $BATS_TEST_TMPDIR/deep"
	fails $SERVER 1 'JSON|nest|deep' astctl channel list
}

# --- poison for the terminal ---

# Everything that a caller name can carry: CSI, OSC 8 and 52, DCS, C1 as UTF-8, DEL, BEL, bidirectional and
# zero-width characters, a line break.
poison=$'\x1b[31mred\x1b]0;title\x07\x1b]8;;http://evil/\x1b\\x\x1b]52;c;ZXZpbA==\x07\x1bP$q\x1b\\\xc2\x9b2J\x7f\xe2\x80\xae\xe2\x80\x8b\nforged line\r'

poisoned_mock() {
	mock_start -e 'on GET /ari/channels' -e "json [$(channel_json "PJSIP/x-1$poison" "$poison")]"
}

@test "a caller name full of escapes: the table shows it, the terminal does not obey" {
	poisoned_mock
	run -0 --separate-stderr astctl channel list --columns id,name,caller
	harmless "$output$stderr"
	[ "${#lines[@]}" -le 2 ]
	[[ $output == *'\x1b'*red* ]]
	run -0 script -qec "astctl --color always channel list --columns id,name,caller" /dev/null
	expect "no foreign escapes on a terminal" absent $'\x1b\\]|\x1bP|\x1b\\[31mred|\xc2\x9b|\xe2\x80\xae' "$output"
}

@test "a caller name full of escapes: tsv, yaml and name keep to a line" {
	poisoned_mock
	for format in tsv yaml name; do
		run -0 --separate-stderr astctl -o "$format" channel list --columns id,name,caller
		expect "no escape in $format" absent $'\x1b|\x07|\xc2\x9b' "$output"
	done
}

@test "a caller name full of escapes: JSON keeps the value, and on a terminal only as escapes" {
	poisoned_mock
	for format in json jsonl; do
		run -0 --separate-stderr astctl -o "$format" channel list
		expect "no raw C0 in $format" absent $'[\x01-\x08\x0b-\x1f]' "$output"
		expect "the value itself" same_name
		run -0 script -qec "astctl --color never -o $format channel list" /dev/null
		expect "no raw controls on a terminal" absent $'\x1b|\x07|\x7f|\xc2\x9b|\xe2\x80\xae' "$output"
		expect "the value itself, on a terminal" same_name
	done
}

same_name() {
	jq -e --arg name "$poison" 'if type == "array" then .[0] else . end | .caller.name == $name' <<< "$output" > /dev/null
}

@test "a message of the server full of escapes" {
	mock_start - <<-END
		on GET /ari/channels times 1
			status 409
			json {"message": $(jq -n --arg text "$poison" '$text')}
		on GET /ari/channels
			raw "HTTP/1.1 409 \x1b[31mred\x1b]0;x\x07\r\nContent-Length: 0\r\n\r\n"
	END
	fails $CONFLICT 1 . astctl channel list
	fails $CONFLICT 1 409 astctl channel list
}

# --- secrets ---

@test "the password is on the wire and nowhere else" {
	mock_start
	run -0 astctl --trace channel list
	harmless "$output"
	[[ ${output,,} == *get*/ari/channels* ]]
	mock_noted "Basic $(password_base64)"
	echo canary-bad > "$ASTCTL_PASSWORD_FILE"
	run astctl --trace channel list
	expect "no password" absent "canary-bad|$(printf %s "$MOCK_USER:canary-bad" | base64)" "$output"
}

@test "a password file that others can read is refused" {
	mock_start
	chmod 644 "$ASTCTL_PASSWORD_FILE"
	fails $USAGE 1 '600|chmod|others|permission|mode' astctl channel list
	[ "$(mock_connections)" -eq 0 ]
}

@test "a password too long for Asterisk, or none at all, is said and not sent" {
	mock_start
	printf 'x%.0s' {1..300} > "$ASTCTL_PASSWORD_FILE"
	fails $USAGE 1 '25[45]' astctl channel list
	rm "$ASTCTL_PASSWORD_FILE"
	fails $USAGE 1 'password' astctl channel list
	[ "$(mock_connections)" -eq 0 ]
}

# --- once, and only once ---

# What Asterisk understands as a wish for a channel, and what makes it ring.
made() {
	mock_requests "$@" POST '/ari/channels(/create)?'
}

dialled() {
	mock_requests "$@" POST '/ari/channels/[^/]+/dial'
}

@test "originate: the id is made by the client" {
	mock_start
	astctl originate Local/a@test -o name > "$BATS_TEST_TMPDIR/id"
	[ "$(made)" -eq 1 ]
	mock_noted "\"event\": \"created\", \"kind\": \"channel\", \"id\": \"$(< "$BATS_TEST_TMPDIR/id")\""
	[[ $(< "$BATS_TEST_TMPDIR/id") == astctl-* ]]
}

@test "originate: the reply is lost, by FIN and by RST: one POST, one call" {
	for end in close reset; do
		for wait in '' --wait; do
			mock_start -e 'on POST /ari/channels(/create)?' -e ari -e 'truncate 0' -e "$end"
			fails $SERVER 2 . astctl originate Local/a@test $wait
			expect "one POST" [ "$(made)" -eq 1 ]
			expect "one channel" [ "$(mock_created channel)" -eq 1 ]
			mock_stop
		done
	done
}

@test "originate: nobody knows whether the request arrived: the channel is not left behind" {
	mock_start -e 'on POST /ari/channels(/create)?' -e ari -e 'truncate 0' -e close
	fails $SERVER 2 . astctl originate Local/a@test --wait
	[ "$(mock_requests DELETE '/ari/channels/astctl-.*')" -ge 1 ]
}

@test "originate: the reply to the dialling is lost: it rings once" {
	for end in close reset; do
		mock_start -e 'on POST /ari/channels/[^/]+/dial' -e ari -e 'truncate 0' -e "$end"
		run --separate-stderr timeout 20 astctl --timeout 5s originate Local/a@test
		[ "$status" -ne 0 ]
		expect "one POST" [ "$(dialled)" -eq 1 ]
		mock_stop
	done
}

@test "a connection that was used before dies with the request: no POST is sent twice" {
	for end in close reset; do
		mock_start --channels 2 -e 'on POST .* reused' -e ari -e 'truncate 0' -e "$end"
		run timeout 20 astctl --timeout 5s originate Local/a@test
		run timeout 20 astctl --timeout 5s originate Local/a@test --wait
		run timeout 20 astctl --timeout 5s bridge mock-0 mock-1
		expect "no POST twice" posts_differ
		mock_stop
	done
}

@test "each create of each kind, its reply lost: sent once" {
	mock_start -e 'on POST /ari/channels/[^/]+/(play|record).*' -e ari -e 'truncate 0' -e reset \
		-e 'on POST /ari/bridges.*' -e ari -e 'truncate 0' -e reset
	A=$(astctl originate Local/a@test --wait -o name)
	fails $SERVER 5 . astctl --timeout 5s play "$A" sound:hello-world
	fails $SERVER 5 . astctl --timeout 5s record "$A" note
	fails $SERVER 5 . astctl --timeout 5s api bridges.create type=mixing
	fails $SERVER 5 . astctl --timeout 5s bridge "$A"
	[ "$(mock_requests POST "/ari/channels/$A/play.*")" -eq 1 ]
	[ "$(mock_requests POST "/ari/channels/$A/record")" -eq 1 ]
	expect "no POST twice" posts_differ
}

# No POST of the ledger is there a second time; but for those that may be: asking again to move a channel, and
# adding a channel to a bridge that it may be in already.
posts_differ() {
	[ -z "$(jq -r 'select(.method == "POST") | .target | select(test("/(move|addChannel)[?]") | not)' "$MOCK_LEDGER" |
		sort | uniq -d)" ]
}

# --- our own side ---

@test "stdout that is full, and stdout that nobody reads" {
	mock_start --channels 300
	run --separate-stderr bash -c 'astctl channel list > /dev/full'
	[ "$status" -eq $FAILURE ]
	[[ $stderr == *[Nn]o\ space* ]]
	run --separate-stderr bash -c 'astctl channel list | head -n 1 > /dev/null; echo "${PIPESTATUS[0]}"'
	[ -z "$stderr" ]
	[ "$output" = 141 ] || [ "$output" = 0 ]
}

@test "no HOME, no configuration, closed stdin" {
	mock_start
	run -0 env -i PATH="$PATH" ASTCTL_URL="$ASTCTL_URL" ASTCTL_USER="$ASTCTL_USER" \
		ASTCTL_PASSWORD_FILE="$ASTCTL_PASSWORD_FILE" astctl channel list <&-
}
