# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 The astctl authors
#
# --timeout is the time of the whole command, from its start: one deadline over all its requests,
# connects and waits, whatever the server leaves undone. What is tidied up after it (a call that
# was placed is hung up) adds 0.2 s at most.

load faults

# What a command may be late by: 0.2 s of tidying up, and a busy machine with sanitizers.
LATE_MS=${DEADLINE_LATE_MS:-1000}
GIVEN_MS=1000

setup() {
	mock_credentials
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	mock_stop
}

# ends STATUS COMMAND...: with --timeout, in time but not before it, with one line
ends() {
	local want=$1 took start
	shift
	start=${EPOCHREALTIME/[^0-9]/}
	run --separate-stderr timeout --foreground --kill-after=2 30 \
		astctl --timeout ${GIVEN_MS}ms "$@" < /dev/null
	took=$(((${EPOCHREALTIME/[^0-9]/} - start) / 1000))
	echo "# $* : status $status, $took ms, stderr: $stderr"
	expect "status $want" [ "$status" -eq "$want" ]
	expect "no end before its time" [ "$took" -ge $((GIVEN_MS - 100)) ]
	expect "an end in time" [ "$took" -le $((GIVEN_MS + LATE_MS)) ]
	expect "one line" [ "${#stderr_lines[@]}" -eq 1 ]
	harmless "$stderr"
}

# each STATUS: every command that has more than one thing to do
each() {
	ends "$1" originate Local/a@test
	ends "$1" originate Local/a@test --wait
	ends "$1" play channel:mock-0 sound:hello-world --wait
	ends "$1" record channel:mock-0 note --wait --fetch note.wav
	ends "$1" continue mock-0 --wait
	[ ! -e note.wav ]
}

@test "a server that accepts and never answers" {
	mock_start --channels 2 -e 'on connect' -e silence
	each $TIMEOUT
	ends $TIMEOUT channel list
	ends $TIMEOUT play mock-0 sound:hello-world --wait
	ends $TIMEOUT bridge mock-0 mock-1
	ends $TIMEOUT events
	ends $TIMEOUT api channels.list
}

@test "a server that answers requests, but not the upgrade" {
	mock_start --channels 2 -e 'on GET /ari/events' -e silence
	each $TIMEOUT
	ends $TIMEOUT events
	[ "$(mock_requests POST '/ari/channels.*')" -eq 0 ]
}

@test "a server that answers the upgrade and is silent from then on: what was begun is undone" {
	mock_start --channels 2 -e 'on GET /ari/events' -e ws-accept -e silence \
		-e 'on (POST|DELETE) /ari/applications/.*' -e 'json {}' \
		-e 'on POST .*/(play|record)' -e 'status 201' -e 'json {"id": "p", "name": "note", "state": "queued"}' \
		-e 'on GET /ari/(playbacks|recordings/live)/.*' -e 'json {"id": "p", "name": "note", "state": "playing"}'
	ends $TIMEOUT originate Local/noanswer@test --wait
	[ "$(mock_requests POST '/ari/channels.*')" -eq 1 ]
	[ "$(mock_requests DELETE '/ari/channels/.*')" -ge 1 ]
	ends $TIMEOUT play channel:mock-0 sound:hello-world --wait
	ends $TIMEOUT record channel:mock-0 note --wait --fetch note.wav
	ends $TIMEOUT events --count 1
	[ ! -e note.wav ]
}

@test "slow requests share one deadline" {
	mock_start --channels 2 -e 'on (GET|POST|PUT|DELETE) /ari/(channels|bridges|applications).*' -e 'sleep 0.9' -e ari
	ends $TIMEOUT play mock-0 sound:hello-world --wait
	ends $TIMEOUT bridge mock-0 mock-1
	ends $TIMEOUT originate Local/a@test --app nobody
}

@test "a server that falls silent after the call was placed" {
	mock_start --channels 2 -e 'on POST /ari/channels.*' -e ari -e 'on DELETE .*' -e silence -e 'on GET /ari/events' -e ws-accept -e silence
	ends $TIMEOUT originate Local/noanswer@test --wait
	[ "$(mock_requests DELETE '/ari/channels/.*')" -eq 1 ]
}

@test "a request that is never answered is undone, but not waited for" {
	mock_start --channels 2 -e 'on POST /ari/channels.*' -e silence -e 'on DELETE .*' -e silence
	ends $TIMEOUT originate Local/a@test --wait
	[ "$(mock_requests DELETE '/ari/channels/.*')" -eq 1 ]
}

@test "a signal ends what waits for the server to open the stream" {
	mock_start --channels 2 -e 'on GET /ari/events' -e silence
	for command in events "play channel:mock-0 sound:hello-world --wait"; do
		before=$(mock_requests GET /ari/events)
		env --default-signal=INT astctl $command < /dev/null > out 2> err 3>&- &
		pid=$!
		wait_until 5 more_upgrades "$before"
		start=${EPOCHREALTIME/[^0-9]/}
		kill -INT "$pid"
		status=0
		wait "$pid" || status=$?
		took=$(((${EPOCHREALTIME/[^0-9]/} - start) / 1000))
		echo "# $command: status $status, $took ms: $(< err)"
		[ "$status" -eq 130 ]
		[ "$took" -le 2000 ]
	done
}

more_upgrades() {
	[ "$(mock_requests GET /ari/events)" -gt "$1" ]
}
