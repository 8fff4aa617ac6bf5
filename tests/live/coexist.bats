#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 The astctl authors
#
# astctl beside a call application of somebody else's, on the npm package ari-client as it is, at
# one Asterisk: the application gets every event of its own calls and none of ours, whatever astctl
# originates, lists and listens to meanwhile; astctl events sees both; and the channels that astctl
# lists are, at every moment, those that the server's own console counts.

load helper
bats_require_minimum_version 1.5.0
PATH=${BUILD:-$LIVE_DIR/../../build}:$PATH

setup_file() {
	TOOLS=$("$LIVE_DIR/node/install")
	export TOOLS
	live_start
}

teardown_file() {
	live_stop
}

setup() {
	log=$BATS_TEST_TMPDIR
	mkfifo "$log/words"
	node "$LIVE_DIR/node/ari_client.mjs" "$TOOLS" "$ASTCTL_URL" "$ASTCTL_USER" \
		"$ASTCTL_PASSWORD_FILE" theirs "$log/events" <"$log/words" >"$log/answers" 2>&1 3>&- &
	client=$!
	exec 4>"$log/words"
	listener=
}

teardown() {
	exec 4>&-
	[ -z "$listener" ] || kill "$listener" 2>/dev/null || :
	kill "$client" 2>/dev/null || :
	cat "$log/answers"
}

# they LINE: tell the application, and wait until it has done it
they() {
	[ "$1" = start ] || echo "$1" >&4
	wait_until 25 grep -q "ok $1" "$log/answers"
	! grep 'not ok' "$log/answers"
}

counted() {
	console 'core show channels count' | sed -n 's/^\([0-9]*\) active channels*$/\1/p'
}

# same_count N: N channels there, says the console, and as many, says astctl
same_count() {
	[ "$(counted)" = "$1" ] && [ "$(astctl channel list -o name | wc -l)" = "$1" ]
}

@test "an application on ari-client and astctl: each its own events, and one count of channels" {
	they start
	wait_until 10 same_count 0
	timeout --foreground 120 astctl events -o jsonl >"$log/ours" 2>"$log/ours.err" 4>&- &
	listener=$!
	listens() { [ "$(astctl application list -o json | jq length)" -ge 2 ]; }
	wait_until 10 listens

	they 'call one'
	wait_until 10 same_count 2
	id=$(astctl originate Local/echo@test --wait -o name)
	wait_until 10 same_count 4
	they 'play one'
	astctl play "$id" sound:hello-world --wait
	they 'call two'
	wait_until 10 same_count 6
	bridge=$(astctl bridge "$id" -o name)
	they 'hangup one'
	wait_until 10 same_count 4
	astctl hangup "$id"
	astctl bridge destroy "$bridge"
	wait_until 10 same_count 2
	they 'play two'
	they 'hangup two'
	wait_until 10 same_count 0

	# what the application heard: all of its calls, nothing of ours, and nobody took its place
	jq -es 'all(.application == "theirs")' "$log/events"
	[ "$(jq -r 'select(.type == "StasisStart" or .type == "StasisEnd" or .type == "PlaybackFinished")
		| .type + " " + (.channel.id // "")' "$log/events" | sort | uniq | tr '\n' ,)" = \
		'PlaybackFinished ,StasisEnd one,StasisEnd two,StasisStart one,StasisStart two,' ]
	if grep -q "$id" "$log/events"; then false; fi
	if grep -q ApplicationReplaced "$log/events"; then false; fi

	# and what astctl heard: both
	heard() { grep -F '"ChannelDestroyed"' "$log/ours" | grep -qF "\"$1\""; }
	wait_until 10 heard "$id"
	wait_until 10 heard one
	wait_until 10 heard two
	[ ! -s "$log/ours.err" ] || ! grep -i gap "$log/ours.err"
}
