# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 The astctl authors
#
# Bad luck with a server that speaks as the module does: it cannot resume, has begun a new life,
# leaves a hole in its numbers, drops events, breaks its word, or answers a request with nothing.
# What was lost is told once, what was not is not, and nothing comes twice.

load faults

setup() {
	mock_credentials
}

teardown() {
	kill ${stream:+"$stream"} 2> /dev/null || true
	mock_stop
}

# A numbered event, and a mark of the stream.
event() {
	printf '{"seq":%d,"prev":%d,"type":"ChannelUserevent","eventname":"%s","userevent":{},"timestamp":"2026-11-23T01:49:17.619+0000"}' "$@"
}
mark() {
	printf '{"type":"%s","epoch":"%s","seq":%d,"session":"1"}' "$@"
}

# scenario FIRST SECOND: what the first and the second connection send, a message each line; then quiet
scenario() {
	local connection line
	for connection in "$1" "$2"; do
		echo 'on GET /ari/events times 1'
		echo '	ws-accept stasis'
		while IFS= read -r line; do
			case $line in
			'{'*) echo "	ws-text $line" ;;
			*) echo "	$line" ;;
			esac
		done <<< "$connection"
		echo '	expect'
	done
}

start_events() {
	env --default-signal=INT,PIPE timeout --foreground --kill-after=10 120 astctl events "$@" \
		< /dev/null > "$BATS_TEST_TMPDIR/out" 2> "$BATS_TEST_TMPDIR/err" 3>&- &
	stream=$!
}

end_events() {
	status=0
	kill -TERM "$stream"
	wait "$stream" || status=$?
	stream=
	cat "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/err"
	[ "$status" -eq 143 ]
	harmless "$(< "$BATS_TEST_TMPDIR/err")"
}

out_has() { grep -q -- "$1" "$BATS_TEST_TMPDIR/out"; }
err_has() { grep -q -- "$1" "$BATS_TEST_TMPDIR/err"; }

# told NAME...: the user events and gaps on stdout, in that order, and no more
told() {
	local got
	got=$(jq -r '.eventname // (if .type == "x-gap" then "gap" else empty end)' "$BATS_TEST_TMPDIR/out" | paste -sd' ')
	expect "$* instead of $got" [ "$got" = "$*" ]
}

# asked_since PLACE: the last upgrade asked to go on there ("": nowhere)
asked_since() {
	local got
	got=$(jq -rs 'map(select(.event == "request" and .path == "/ari/events")) | last.query.since // ""' "$MOCK_LEDGER")
	expect "since=$1, not $got" [ "$got" = "$1" ]
}

# survives FIRST SECOND LAST: events until the user event LAST came
survives() {
	mock_start - <<< "$(scenario "$1" "$2")"
	start_events -o jsonl
	wait_until 20 out_has "\"$3\""
	end_events
}

@test "resumed: no gap, nothing twice" {
	survives "$(mark StreamStarted e 4; echo; event 5 4 one; echo; echo reset)" \
		"$(mark StreamResumed e 6; echo; event 5 4 one; echo; event 6 5 two)" two
	told one two
	asked_since e:5
	err_has 'nothing was lost'
}

@test "resuming refused: one gap" {
	survives "$(mark StreamStarted e 4; echo; event 5 4 one; echo; echo reset)" \
		"$(mark StreamGap e 900; echo; event 901 900 two)" two
	told one gap two
	asked_since e:5
	err_has 'GAP: '
	! err_has 'nothing was lost'
}

@test "a new life of the server: one gap" {
	survives "$(mark StreamStarted e 4; echo; event 5 4 one; echo; echo reset)" \
		"$(mark StreamGap f 0; echo; event 1 0 two)" two
	told one gap two
}

@test "a hole in the numbers is mended, before anything behind it is shown" {
	survives "$(mark StreamStarted e 4; echo; event 7 6 three)" \
		"$(mark StreamResumed e 7; echo; event 6 4 two; echo; event 7 6 three)" three
	told two three
	asked_since e:4
	err_has 'between number 4 and 6 are missing'
}

@test "the server had to drop events: a gap, and the stream goes on" {
	survives "$(mark StreamStarted e 4; echo; event 5 4 one; echo
		echo '{"type":"StreamGap","reason":"overrun","lost":3,"epoch":"e","seq":8}'; event 9 8 two)" '' two
	told one gap two
	[ "$(mock_requests GET /ari/events)" -eq 1 ]
}

@test "closed for being slow: taken up again" {
	survives "$(mark StreamStarted e 4; echo; event 5 4 one; echo; echo 'ws-close 1013 slow-consumer')" \
		"$(mark StreamResumed e 6; echo; event 6 5 two)" two
	told one two
	err_has 'slow-consumer'
}

@test "--strict: a gap ends it, a resumed stream does not" {
	mock_start - <<< "$(scenario "$(mark StreamStarted e 4; echo; event 5 4 one; echo; echo reset)" \
		"$(mark StreamResumed e 5; echo; event 6 5 two; echo; mark StreamGap e 9)")"
	run -11 --separate-stderr timeout 60 astctl events --strict -o jsonl
	[ "$(grep -c eventname <<< "$output")" -eq 2 ]
	[ "$(grep -c x-gap <<< "$output")" -eq 1 ]
}

@test "a filter that the server does not understand is done without" {
	mock_start - <<- END
		on GET /ari/events times 1
			status 400
			json {"message":"no such field"}
		on GET /ari/events
			ws-accept stasis
			ws-text $(mark StreamStarted e 4)
			ws-text $(event 5 4 other)
			ws-text {"seq":6,"prev":5,"type":"ChannelHold","channel":{"id":"c1","name":"n"}}
			expect
	END
	run -0 --separate-stderr timeout 60 astctl events --channel c1 --count 1 -o jsonl
	[ "$(jq -r .type <<< "$output")" = ChannelHold ]
	[ "$(mock_requests GET /ari/events)" -eq 2 ]
	jq -es 'map(select(.path == "/ari/events").query.filter) == ["channel:c1", null]' "$MOCK_LEDGER"
}

@test "a server that does not say where it begins: status 9 when nothing was open yet" {
	for text in "$(event 5 4 one)" "$(mark StreamResumed e 5)" '{"type":"StreamStarted","seq":1}'; do
		mock_stop
		mock_start -e 'on GET /ari/events' -e 'ws-accept stasis' -e "ws-text $text" -e expect
		fails $SERVER 5 'begin|resumes' astctl --timeout 5s events
	done
}

@test "--wait: a request over the socket that is never answered" {
	mock_start - <<- END
		on GET /ari/events
			ws-accept stasis
			ws-text $(mark StreamStarted e 4)
			expect
			expect
			expect
	END
	fails $TIMEOUT 2 'no answer|not over' astctl --timeout 2s continue c1 --context test --wait
	[ "$(mock_requests POST '/ari/channels/.*')" -eq 0 ]
	mock_noted RESTRequest
}

@test "--wait: the socket goes down while the answer is awaited" {
	mock_start - <<- END
		on GET /ari/events times 1
			ws-accept stasis
			ws-text $(mark StreamStarted e 4)
			expect
			reset
		on .* .*
			status 503
	END
	fails $CONNECT 3 'lost before it answered' astctl --timeout 20s continue c1 --context test --wait
}
