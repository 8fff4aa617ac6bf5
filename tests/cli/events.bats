#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 The astctl authors
#
# astctl events against the mock: each event is on stdout as soon as it came, filters, counts and
# times end it with the right status, a loss is loud, and an application is not taken by mistake.

load mock

teardown() {
	[ -z "${EVENTS-}" ] || kill "$EVENTS" 2>/dev/null || true
	mock_stop
}

# listen OPTION...: astctl events in the background, connected; its stdout in $OUT
listen() {
	OUT=$BATS_TEST_TMPDIR/out ERR=$BATS_TEST_TMPDIR/err
	astctl events "$@" >"$OUT" 2>"$ERR" &
	EVENTS=$!
	wait_until 5 mock_noted /ari/events
	wait_until 5 connected
}

connected() {
	mock_noted upgrade
}

# ended STATUS: wait for the command in the background, which must end with STATUS
ended() {
	local status=0
	wait "$EVENTS" || status=$?
	EVENTS=
	[ $status -eq "$1" ]
}

event() {
	mock_control "event $1"
}

has_lines() {
	[ "$(wc -l <"$OUT")" -ge "$1" ]
}

UP='{"type":"ChannelStateChange","timestamp":"2026-01-02T03:04:05.678+0000","channel":{"id":"1.1","name":"PJSIP/a","state":"Up"}}'
RING='{"type":"ChannelStateChange","timestamp":"2026-01-02T03:04:06.000+0000","channel":{"id":"1.2","name":"PJSIP/b","state":"Ring"}}'
VARSET='{"type":"ChannelVarset","timestamp":"2026-01-02T03:04:05.678+0000","variable":"X","value":"\u001b[2J\u202e","channel":{"id":"1.1","name":"PJSIP/a","state":"Up"}}'

@test "each event is written when it comes; SIGTERM ends with 143, SIGINT with 130" {
	for signal in TERM INT; do
		mock_start
		set -m	# a background job of a script ignores SIGINT otherwise
		listen -o jsonl
		set +m
		event "$UP"
		wait_until 5 has_lines 1
		[ "$(jq -r .channel.id "$OUT")" = 1.1 ]
		kill -s $signal $EVENTS
		ended $((128 + $(kill -l $signal)))
		[ ! -s "$ERR" ]
		mock_stop
	done
}

@test "a line for people has no controls in it" {
	mock_start
	listen --count 1
	event "$VARSET"
	ended 0
	grep -q 'ChannelVarset .*channel 1.1 (PJSIP/a)  variable=X  value=\\x1b\[2J\\u202e' "$OUT"
}

@test "filters by type and channel, and a count" {
	mock_start
	listen -o jsonl --type ChannelStateChange,ChannelVarset --channel 1.2 --count 1
	event "$UP"
	event "$VARSET"
	event "$RING"
	ended 0
	[ "$(wc -l <"$OUT")" -eq 1 ]
	[ "$(jq -r .channel.id "$OUT")" = 1.2 ]
}

@test "the time is up: 0 without a count, 8 with one that was not reached" {
	mock_start
	run -0 --separate-stderr astctl events --timeout 300ms
	run -8 --separate-stderr astctl events --timeout 300ms --count 1
	[[ $stderr == *'the time is up'* ]]
}

@test "a loss is loud, in the data, and with --strict the end" {
	mock_start
	listen -o jsonl --strict
	event "$UP"
	wait_until 5 has_lines 1
	mock_control drop
	ended 11
	[ "$(jq -r .type "$OUT" | sed -n '$p')" = x-gap ]
	grep -q 'connection lost' "$ERR"
	grep -q 'GAP: events of' "$ERR"
}

@test "the time is up while the connection is lost: with --strict that is a loss" {
	mock_start
	listen -o jsonl --strict --timeout 6s
	event "$UP"
	wait_until 5 has_lines 1
	mock_stop
	ended 11
	grep -q 'the time is up while the connection is lost' "$ERR"
}

@test "a closed pipe ends it" {
	mock_start
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	head -n 1 "$BATS_TEST_TMPDIR/fifo" >"$BATS_TEST_TMPDIR/first" &
	astctl events -o jsonl >"$BATS_TEST_TMPDIR/fifo" 2>"$BATS_TEST_TMPDIR/err" &
	EVENTS=$!
	wait_until 5 mock_noted /ari/events
	wait_until 5 connected
	event "$UP"
	wait_until 5 test -s "$BATS_TEST_TMPDIR/first"
	event "$RING"
	ended 141
	[ ! -s "$BATS_TEST_TMPDIR/err" ]
}

@test "wrong types and counts are named before anything is sent" {
	mock_start
	run -2 --separate-stderr astctl events --type StasisStrat
	[[ $stderr == *"did you mean 'StasisStart'"* ]]
	run -2 --separate-stderr astctl events --type ''
	for count in 0 -1 x 1.5 99999999999999999999999; do
		run -2 --separate-stderr astctl events --count=$count
	done
	[ "$(mock_requests '.*' '.*')" -eq 0 ]
}
