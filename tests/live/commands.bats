#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 The astctl authors
#
# Commands that are one operation, on a real Asterisk: what they say happened has happened, by the
# server's own console; what is shown is what is there; every listing command works.

load helper
bats_require_minimum_version 1.5.0
PATH=${BUILD:-$LIVE_DIR/../../build}:$PATH

setup_file() {
	live_start
}

teardown_file() {
	live_stop
}

# call: a channel in the application astctl, talking to a prompt
call() {
	astctl originate Local/prompt@test --wait -o name
}

# on_console ID: how the console sees the channel
on_console() {
	console "core show channel $(astctl channel show "$1" -o json | jq -r .name)"
}

@test "channel list has the channels that the console counts" {
	call
	call
	counted=$(console 'core show channels count' | sed -n 's/^\([0-9]*\) active channels.*/\1/p')
	run -0 --separate-stderr astctl channel list -o name
	[ "${#lines[@]}" -eq "$counted" ]
	run -0 --separate-stderr astctl channel list
	[ "${#lines[@]}" -eq $((counted + 1)) ]
	[ "$(astctl channel list -o json | jq length)" -eq "$counted" ]
}

@test "every list and every show of the server works in every format" {
	for words in 'channel list' 'bridge list' 'endpoint list' 'application list' 'recording list' \
		'device-state list' 'sound list' 'asterisk info' 'asterisk ping' 'module list' 'log-channel list'; do
		for format in table json jsonl tsv yaml name; do
			# shellcheck disable=SC2086
			run -0 --separate-stderr astctl $words -o $format
			[ -z "$stderr" ]
		done
		# shellcheck disable=SC2086
		astctl $words -o json | jq empty
	done
}

@test "a variable that was set is there" {
	id=$(call)
	run -0 astctl channel variable set "$id" SHOP 'two words; $x'
	is_set() {
		[ "$(astctl channel variable get "$id" SHOP)" = 'two words; $x' ]
	}
	wait_until 3 is_set
	run -5 --separate-stderr astctl channel variable get "$id" NOT_SET
	[[ $stderr == *'not found (404)'* ]]
	run -0 astctl channel hangup "$id"
}

@test "mute, hold, ring, music, silence and digits are accepted as they are typed" {
	id=$(call)
	for words in mute unmute hold unhold ring ring-stop start-moh stop-moh start-silence stop-silence; do
		# shellcheck disable=SC2086
		run -0 --separate-stderr astctl channel $words "$id"
		[[ $stderr == *"$id"* ]]
	done
	run -0 astctl channel dtmf "$id" '12#'
	run -0 astctl hangup "$id"
}

@test "a snoop channel goes to the application that is connected" {
	id=$(call)
	astctl events --app monitor -o jsonl --type StasisStart --count 1 --timeout 20s \
		>"$BATS_TEST_TMPDIR/events" &
	events=$!
	wait_until 5 sh -c 'astctl application list -o name | grep -qx monitor'
	run -0 --separate-stderr astctl channel snoop "$id" --spy both --app monitor -o name
	wait $events
	[ "$(jq -r .channel.id "$BATS_TEST_TMPDIR/events")" = "$output" ]
}

# in_app ID: the application that is subscribed to the channel, and lives by it
in_app() {
	astctl application list -o json | jq -r --arg id "$1" '.[] | select(.channel_ids | index($id)) | .name'
}

@test "snoop, external media and create give living channels, nobody connected" {
	id=$(call)
	run -0 --separate-stderr astctl channel snoop "$id" -o name
	snoop=$output
	run -0 --separate-stderr astctl channel external-media 127.0.0.1:9 -o name
	media=$output
	run -0 --separate-stderr astctl channel create Local/echo@test -o name
	made=$output
	for channel in "$id" "$snoop" "$media" "$made"; do
		[ "$(in_app "$channel")" = astctl ]
	done
	run -1 grep astctl-wait <<<"$(astctl application list -o name)"
	run -0 --separate-stderr astctl channel dial "$made"
	wait_until 5 sh -c "astctl channel show $made -o json | jq -e '.state == \"Up\"'"
	run -0 --separate-stderr astctl bridge "$media" "$made" -o name
	run -0 astctl bridge destroy "$output"
	run -0 --separate-stderr astctl hangup "$media" "$made" "$snoop" "$id"
	for channel in "$id" "$snoop" "$media" "$made"; do
		wait_until 5 sh -c "! astctl channel show '$channel' 2>/dev/null"
	done
}

@test "nobody is connected to that application: said, and no channel is made or lost" {
	id=$(call)
	before=$(astctl channel list -o name | sort)
	for words in "snoop $id" 'create Local/echo@test' 'external-media 127.0.0.1:9'; do
		# shellcheck disable=SC2086
		run -5 --separate-stderr astctl channel $words --app nobody
		[[ $stderr == *"nobody is connected to the application 'nobody'"* ]]
	done
	run -5 --separate-stderr astctl channel move "$id" nobody
	[[ $stderr == *"nobody is connected to the application 'nobody'"* ]]
	[ "$(astctl channel list -o name | sort)" = "$before" ]
	run -5 --separate-stderr astctl channel snoop none
	[[ $stderr == *none:* ]]
	run -0 astctl hangup "$id"
}

@test "move ends when the channel is there, and brings it home to astctl" {
	id=$(astctl originate Local/echo@test --wait -o name)
	astctl events --app monitor -o jsonl --type StasisStart --count 1 --timeout 20s \
		>"$BATS_TEST_TMPDIR/events" &
	events=$!
	wait_until 5 sh -c 'astctl application list -o name | grep -qx monitor'
	run -0 --separate-stderr astctl channel move "$id" monitor
	wait $events
	[ "$(jq -r .channel.id "$BATS_TEST_TMPDIR/events")" = "$id" ]
	[ "$(in_app "$id")" = monitor ]
	run -0 --separate-stderr astctl channel move "$id" astctl
	[ "$(in_app "$id")" = astctl ]
	run -6 --separate-stderr astctl channel move "$id;2" astctl
	[[ $stderr == *'is in no Stasis application'* ]]
	run -0 astctl hangup "$id"
}

@test "a bridge of no known type says which there are" {
	run -2 --separate-stderr astctl bridge create --type nonsense
	[[ $stderr == *'expected mixing or holding'* ]]
}

@test "hangup ends the channel, with the reason that was given" {
	id=$(call)
	astctl events -o jsonl --type ChannelDestroyed --channel "$id" --count 1 --timeout 10s \
		>"$BATS_TEST_TMPDIR/events" &
	wait_until 5 sh -c 'astctl application list -o name | grep -q observer'
	run -0 astctl hangup "$id" --reason busy
	wait $!
	[ "$(jq .cause "$BATS_TEST_TMPDIR/events")" -eq 17 ]
	run -5 --separate-stderr astctl hangup "$id"
	[[ $stderr == *"$id: Channel not found (404)"* ]]
}

@test "a read-only user may look and not touch" {
	export ASTCTL_USER=$ASTERISK_READER ASTCTL_PASSWORD_FILE=$ASTERISK_READER_PASSWORD_FILE
	run -0 astctl channel list
	run -4 --separate-stderr astctl hangup x
	[[ $stderr == *'Write access denied (403); this user is read_only in ari.conf'* ]]
}

@test "TLS: refused without the authority, accepted with it" {
	run -7 --separate-stderr astctl --url "$ASTERISK_TLS_URL" channel list
	[[ $stderr == *--ca-file* ]]
	run -0 astctl --url "$ASTERISK_TLS_URL" --ca-file "$ASTERISK_TLS_CA" channel list
}

@test "every event of a call, until the time is up" {
	astctl events -o jsonl --timeout 20s >"$BATS_TEST_TMPDIR/events" &
	events=$!
	wait_until 5 sh -c 'astctl application list -o name | grep -q observer'
	id=$(call)
	run -0 astctl hangup "$id"
	has_end() {
		jq -r 'select(.type == "ChannelDestroyed") | .channel.id' "$BATS_TEST_TMPDIR/events" |
			grep -qxF "$id"
	}
	wait_until 10 has_end
	kill -TERM $events
	status=0
	wait $events || status=$?
	[ $status -eq 143 ]
	for type in ChannelCreated Dial ChannelStateChange ChannelHangupRequest; do
		jq -r .type "$BATS_TEST_TMPDIR/events" | grep -qx "$type"
	done
	gone() {
		! astctl application list -o name | grep -q observer
	}
	wait_until 5 gone
}
