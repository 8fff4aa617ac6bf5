#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 The astctl authors
#
# astctl events on Asterisk 22 and 16 when something happens to the server, or to the stream:
#  - the server dies and comes back: the loss is told, with --strict it is the end; events go on
#  - a frozen server: noticed by pings, told, and events go on when it is back
#  - another client takes the application: told, and no war about it
#  - the stream ends in the middle of calls: the server lives on, and forgets the application.
#    Without a polite close stock Asterisk 22 deadlocks here (asterisk issue 2170).

bats_require_minimum_version 1.5.0
load helper

# Three servers; the third freezes now, while the others are tested: pings are slow on purpose.
setup_file() {
	local version
	for version in 22 16; do
		live_start $version
		"$LIVE_ASTERISK" env "$ASTERISK_INSTANCE" >"$BATS_FILE_TMPDIR/env-$version"
	done
	eval "$("$LIVE_ASTERISK" start 22 --name "bats-$$-frozen" --owner $$)"
	"$LIVE_ASTERISK" env "$ASTERISK_INSTANCE" >"$BATS_FILE_TMPDIR/env-frozen"
	at_frozen
	listen -o jsonl
	echo "$EVENTS" >"$FILES/pid"
	call before
	kill -STOP "$ASTERISK_PID"
}

teardown_file() {
	local name
	kill "$(<"$BATS_FILE_TMPDIR/pid")" 2>/dev/null || true
	for name in 22 16 frozen; do
		eval "$(cat "$BATS_FILE_TMPDIR/env-$name")"
		kill -CONT "$ASTERISK_PID" 2>/dev/null || true
		live_stop || status=1
	done
	return $status
}

teardown() {
	kill ${EVENTS:+"$EVENTS"} ${LOAD:+"$LOAD"} 2>/dev/null || true
}

use() {
	eval "$(cat "$BATS_FILE_TMPDIR/env-$1")"
	FILES=$BATS_TEST_TMPDIR/$1
	mkdir -p "$FILES"
	echo "--- Asterisk $1"
}

at_frozen() {
	eval "$(cat "$BATS_FILE_TMPDIR/env-frozen")"
	FILES=$BATS_FILE_TMPDIR
}

# listen ARGUMENT...: astctl events in the background, into $FILES/out and err, until it is open.
listen() {
	# A job of the shell ignores SIGINT; this one must not.
	env --default-signal=INT astctl events "$@" >"$FILES/out" 2>"$FILES/err" </dev/null 3>&- &
	EVENTS=$!
	wait_until 10 observed
}

observed() {
	ari GET applications | grep -qE '"name": ?"(astctl-observer-|mine)'
}

forgotten() {
	[ "$(ari GET applications | jq length)" -eq 0 ]
}

# call ID: a channel comes and goes, and the stream tells it.
call() {
	ari POST "channels/$1?endpoint=Local/wait@test&context=test&extension=wait" >/dev/null
	ari DELETE "channels/$1"
	wait_until 10 heard "$1"
}

heard() {
	jq -es --arg id "$1" 'any(.type == "ChannelDestroyed" and .channel.id == $id)' "$FILES/out" >/dev/null 2>&1
}

told() {
	grep -qE "$1" "$FILES/err"
}

# ended STATUS [SIGNAL]: by the signal, or by itself.
ended() {
	local status=0
	[ $# -eq 1 ] || kill "-$2" "$EVENTS"
	wait_until 10 gone
	wait "$EVENTS" || status=$?
	EVENTS=
	echo "status $status: $(<"$FILES/err")"
	[ "$status" -eq "$1" ]
}

gone() {
	[ ! -d "/proc/$EVENTS" ] || grep -q '^State:.Z' "/proc/$EVENTS/status"
}

# The events as words: calls by their ids, gaps.
story() {
	jq -r 'if .type == "x-gap" then "gap" elif .type == "ChannelDestroyed" and (.["x-synthetic"] | not)
		and (.channel.id | startswith("Local") | not) then .channel.id else empty end' "$FILES/out" |
		grep -xE 'before|gap|after' | tr '\n' ' '
}

@test "another client takes the application: the first says so and ends, the second keeps it" {
	local first
	for version in 22 16; do
		use $version
		listen --app mine -o jsonl
		first=$EVENTS
		astctl events --app mine -o jsonl >"$FILES/second" 2>"$FILES/second-err" </dev/null 3>&- &
		second=$!
		wait_until 10 gone
		ended 6
		told "took over the application 'mine'"
		grep -q '"type":"ApplicationReplaced"' "$FILES/out"
		# It is the second one's, and stays so.
		ari POST "events/user/mark?application=mine"
		wait_until 5 grep -q '"eventname":"mark"' "$FILES/second"
		if grep -q ApplicationReplaced "$FILES/second"; then false; fi
		kill -0 $second
		kill $second
		wait $second || true
		wait_until 5 forgotten
	done
}

# Calls without end, some 100 a second, over one connection.
calls() {
	local i
	for ((i = 0; i < 20000; i++)); do
		printf 'url = "%s/channels/load-%d?endpoint=Local/100@default&context=default&extension=100"\nrequest = POST\noutput = /dev/null\nnext\n' "$ASTCTL_URL" $i
		printf 'url = "%s/channels/load-%d"\nrequest = DELETE\noutput = /dev/null\nnext\n' "$ASTCTL_URL" $i
	done | sed "s|^next|user = \"$ASTCTL_USER:$(<"$ASTCTL_PASSWORD_FILE")\"\nrate = 200/s\nnext|" >"$FILES/calls"
	curl -s -K "$FILES/calls" >/dev/null 2>&1 3>&- &
	LOAD=$!
	wait_until 10 busy
}

busy() {
	[ "$(console 'core show calls' | grep -oE '^[0-9]+ calls? processed' | cut -d' ' -f1)" -ge 20 ]
}

@test "a stream that ends in the middle of calls leaves a server that lives, and no application" {
	for version in 22 16; do
		use $version
		calls
		for i in {1..25}; do
			env --default-signal=INT,TERM astctl events >/dev/null 2>"$FILES/err" </dev/null 3>&- &
			EVENTS=$!
			wait_until 5 observed
			case $((i % 3)) in
			0) ended 143 TERM ;;
			1) ended 130 INT ;;
			2) kill "$EVENTS" && ended 143 ;;
			esac
		done
		kill -0 "$LOAD"
		timeout 10 astctl events --count 5 >/dev/null
		timeout 10 astctl events 2>/dev/null | head -n 1 | grep -q .
		kill "$LOAD"
		LOAD=
		wait_until 5 forgotten
	done
}

# Kill the server, and start it again on the same ports, as long as this test lives.
restart() {
	local command
	mapfile -t command <"$ASTERISK_DIR/command"
	kill -KILL "$ASTERISK_PID"
	wait_until 10 told 'connection lost'
	setpriv --pdeathsig KILL "${command[@]}" -f -C "$ASTERISK_DIR/etc/asterisk.conf" >/dev/null 2>&1 </dev/null 3>&- &
	SERVER=$!
}

# The last but one: the new server ends with the test.
@test "a server that dies and comes back: the loss is told, with --strict it is the end, events go on" {
	local strict
	for version in 22 16; do
		use $version
		FILES+=/strict
		mkdir -p "$FILES"
		listen -o jsonl --strict
		strict=$EVENTS
		use $version
		listen -o jsonl
		wait_until 5 both_observe
		call before
		restart
		wait_until 30 told 'connected again'
		call after
		told 'GAP: events of [0-9.]+ s were lost'
		[ "$(story)" = 'before gap after ' ]
		ended 143 TERM
		EVENTS=$strict
		FILES+=/strict
		ended 11
		told 'GAP: events of'
		[ "$(jq -r .type "$FILES/out" | tail -n 1)" = x-gap ]
		wait_until 5 forgotten
		kill "$SERVER"
	done
}

both_observe() {
	[ "$(ari GET applications | jq length)" -eq 2 ]
}

@test "a frozen server is noticed, and events go on when it is back" {
	at_frozen
	EVENTS=$(<"$FILES/pid")
	wait_until 40 told 'connection lost: no sign of life'
	kill -CONT "$ASTERISK_PID"
	wait_until 40 told 'connected again'
	call after
	told 'GAP: events of [0-9.]+ s were lost'
	[ "$(story)" = 'before gap after ' ]
	kill "$EVENTS"
	wait_until 10 gone
	EVENTS=
	wait_until 5 forgotten
}
