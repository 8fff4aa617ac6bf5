#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 The astctl authors
#
# What astctl does better where it finds the module, on Asterisk 22 and 16; verbs_module.bats has
# what is the same. Both roots of the module, /stasis and /ari.
#  - events: no application is registered; the server sends only what was asked for
#  - a connection that breaks is taken up where it was; a module that is loaded anew is a gap
#  - --wait: one connection, no application
#  - who speaks in a bridge: now, as it changes; stock ARI with --detect, or a line that says why not

bats_require_minimum_version 1.5.0
load helper

setup_file() {
	local version
	for version in 22 16; do
		live_start $version
		live_env "$BATS_FILE_TMPDIR/env-$version"
	done
}

teardown_file() {
	local version status=0
	for version in 22 16; do
		live_use "$BATS_FILE_TMPDIR/env-$version"
		live_stop || status=1
	done
	return $status
}

teardown() {
	kill ${EVENTS:+"$EVENTS"} ${RELAY:+"$RELAY"} 2>/dev/null || true
}

# each FUNCTION: on both versions, with the module's URL.
each() {
	local version
	for version in 22 16; do
		echo "--- Asterisk $version"
		live_use "$BATS_FILE_TMPDIR/env-$version"
		FILES=$BATS_TEST_TMPDIR/$version
		mkdir -p "$FILES"
		"$1"
		clear_all
	done
}

clear_all() {
	local id
	for id in $(astctl channel list -o name); do
		astctl -q hangup "$id" 2>/dev/null || true
	done
	for id in $(astctl bridge list -o name); do
		astctl -q bridge destroy "$id"
	done
	wait_until 5 no_channels
}

no_channels() { [ -z "$(astctl channel list -o name)" ]; }

# background COMMAND...: into $FILES/out and err; a job of the shell ignores SIGINT, this one not.
background() {
	env --default-signal=INT "$@" >"$FILES/out" 2>"$FILES/err" </dev/null 3>&- &
	EVENTS=$!
}

sessions() { ari GET sessions | jq -r '.[].user' | wc -l; }
observed() { [ "$(sessions)" -ge 1 ]; }
unobserved() { [ "$(sessions)" -eq 0 ]; }
heard() { grep -q -- "$1" "$FILES/out"; }
warned() { grep -q -- "$1" "$FILES/err"; }

# call ID: a channel comes and goes.
call() {
	ari POST "channels/$1?endpoint=Local/wait@test&context=test&extension=wait" >/dev/null
	ari DELETE "channels/$1"
}

end_events() {
	local status=0
	kill -INT $EVENTS
	wait $EVENTS || status=$?
	EVENTS=
	[ $status -eq 130 ]
}

# ---- events ----

observers() {
	local root
	for root in stasis ari; do
		ASTCTL_URL=${MODULE_URL%/stasis}/$root background astctl events -o jsonl
		wait_until 10 observed
		[ "$(ari GET applications | jq length)" -eq 0 ]
		call "plain-$root"
		wait_until 10 heard "ChannelDestroyed.*plain-$root"
		end_events
		wait_until 5 unobserved
		jq -es 'all(.seq > 0) and all(has("application") | not)' "$FILES/out"
	done
	[ -z "$(log_problems | grep -v pbx_config.c)" ]
}
@test "events: an observer, at both roots, registers nothing" { each observers; }

filtered() {
	local session
	background astctl events --channel one,two --type ChannelCreated --type ChannelDestroyed -o jsonl
	wait_until 10 observed
	call 'other'
	call 'one,two'
	wait_until 10 heard ChannelDestroyed
	# The server sent no others, and these two.
	session=$(ari GET sessions | jq -c '.[0]')
	echo "$session"
	jq -e '.filter == "type:ChannelCreated,type:ChannelDestroyed,-type:DeviceStateChanged,channel:one?two"' <<<"$session"
	jq -e '.sent <= 4' <<<"$session"
	jq -es 'map(.type) == ["ChannelCreated", "ChannelDestroyed"] and all(.channel.id == "one,two")' "$FILES/out"
	end_events
	run -2 --separate-stderr astctl events --endpoint alice
	[[ $stderr == *"TECHNOLOGY/RESOURCE"* ]]
}
@test "events: the filter is the server's" { each filtered; }

events_of_bridge() {
	local url b c
	for url in "$MODULE_URL" "$STOCK_URL"; do
		export ASTCTL_URL=$url
		b=conf-${url##*/} c=member-${url##*/}
		astctl -q originate Local/silence@test --wait --channel-id "$c"
		background astctl events --bridge "$b" -o jsonl
		[ "$url" = "$STOCK_URL" ] && wait_until 10 registered || wait_until 10 observed
		astctl -q bridge create --id elsewhere
		astctl -q bridge "$c" --id "$b"
		astctl -q bridge destroy elsewhere
		astctl -q bridge destroy "$b"
		wait_until 10 heard BridgeDestroyed
		end_events
		jq -es 'all(.bridge.id == $b) and (map(.type) | contains(["BridgeCreated", "ChannelEnteredBridge", "BridgeDestroyed"]))' \
			--arg b "$b" "$FILES/out"
	done
	export ASTCTL_URL=$MODULE_URL
}
registered() { ari GET applications | grep -q astctl-observer-; }
@test "events --bridge: on the module and on stock ARI" { each events_of_bridge; }

# ---- interruptions ----

# A relay that can be cut: what comes to its port goes to the module.
relay() {
	RELAY_PORT=$((ASTERISK_SPARE_PORT + 7))
	python3 "$LIVE_DIR/relay" "$RELAY_PORT" "$ASTERISK_SPARE_PORT" "$FILES/relay" 3>&- &
	RELAY=$!
	wait_until 10 test -e "$FILES/relay"
}

resumed() {
	relay
	ASTCTL_URL=http://127.0.0.1:$RELAY_PORT/stasis background astctl events --strict -o jsonl
	wait_until 10 observed
	call before
	wait_until 10 heard 'ChannelDestroyed.*before'
	kill -USR1 $RELAY
	wait_until 10 warned 'connection lost'
	call meanwhile
	wait_until 20 warned 'connected again; nothing was lost'
	call after
	wait_until 10 heard 'ChannelDestroyed.*after'
	end_events
	kill $RELAY
	RELAY=
	# Every number once, each behind the one before it.
	jq -es '. as $all | [range(1; length)] | all($all[.].prev == $all[. - 1].seq)' "$FILES/out"
	jq -es 'map(select(.type == "ChannelCreated").channel.id) |
		index("before") < index("meanwhile") and index("meanwhile") < index("after")' "$FILES/out"
}
@test "a cut connection is taken up where it was: nothing is lost, nothing twice" { each resumed; }

reloaded() {
	background astctl events -o jsonl
	wait_until 10 observed
	call before
	wait_until 10 heard 'ChannelDestroyed.*before'
	console 'module unload res_stasis_http.so'
	wait_until 10 warned 'connection lost'
	console 'module load res_stasis_http.so'
	wait_until 30 warned 'GAP: '
	call after
	wait_until 10 heard 'ChannelDestroyed.*after'
	end_events
	jq -es 'map(if .["x-synthetic"] then .type elif .type == "ChannelCreated" then .channel.id else empty end) |
		index("before") < index("x-gap") and index("x-gap") < index("after")' "$FILES/out"
}
@test "a module that is loaded anew is a gap" { each reloaded; }

# ---- --wait ----

one_connection() {
	local c
	c=$(astctl originate Local/prompt@test --wait -o name)
	run -0 --separate-stderr astctl --trace play "channel:$c" sound:hello-world --wait
	echo "$stderr"
	# Everything went over the socket of the stream: no subscription, and no other connection.
	[[ $stderr == *"(an observer)"* ]]
	[[ $stderr != */applications/* ]]
	count_connections "$c"
}

# How many connections the commands open, as the relay counts them. (What is given as a bare id costs
# one more: whether it is a channel or a bridge is asked before there is anything to listen to.)
count_connections() {
	relay
	ASTCTL_URL=http://127.0.0.1:$RELAY_PORT/stasis astctl play "channel:$1" sound:hello-world --wait
	ASTCTL_URL=http://127.0.0.1:$RELAY_PORT/stasis astctl record "channel:$1" "r$RANDOM$RANDOM" --max-duration 1 --wait
	ASTCTL_URL=http://127.0.0.1:$RELAY_PORT/stasis astctl continue "$1" --context test --extension echo --wait
	kill $RELAY
	wait $RELAY || true
	RELAY=
	echo "connections: $(cat "$FILES/relay")"
	[ "$(wc -l <"$FILES/relay")" -eq 3 ]
}
@test "--wait: the request and its outcome over one connection" { each one_connection; }

# ---- speakers ----

speaking() { [ "$(astctl bridge speakers "$1" -o name | wc -l)" -eq "$2" ]; }

speakers() {
	local a b c
	a=$(astctl originate Local/prompt@test --wait -o name)
	c=$(astctl originate Local/silence@test --wait -o name)
	b=$(astctl bridge "$a" "$c" -o name)
	background astctl bridge speakers "$b" --follow -o jsonl
	wait_until 10 heard '"speaks"'
	wait_until 10 speaking "$b" 1
	[ "$(astctl bridge speakers "$b" -o name)" = "$a" ]
	[ "$(astctl bridge speakers "$b" -o tsv --columns id,name --no-headers)" = "$a"$'\t'"$(astctl channel show "$a" -o json | jq -r .name)" ]
	astctl -q bridge remove "$b" "$a"
	wait_until 10 heard '"silent"'
	wait_until 10 speaking "$b" 0
	astctl -q bridge destroy "$b"
	wait $EVENTS
	EVENTS=
	jq -es 'map([.change, .id]) == [["speaks", $a], ["silent", $a]]' --arg a "$a" "$FILES/out"
	run -5 --separate-stderr astctl bridge speakers "$b"
	[[ $stderr == *"there is no bridge '$b'"* ]]
	run -5 --separate-stderr astctl bridge speakers "$b" --follow
	[[ $stderr == *"there is no bridge '$b'"* ]]
}
@test "bridge speakers: now and as it changes" { each speakers; }

speakers_on_stock() {
	local a b c
	export ASTCTL_URL=$STOCK_URL
	a=$(astctl originate Local/prompt@test --wait -o name)
	c=$(astctl originate Local/silence@test --wait -o name)
	b=$(astctl bridge "$a" "$c" -o name)
	run -6 --separate-stderr astctl bridge speakers "$b"
	[[ $stderr == *"does not tell who speaks"*"--detect"* ]]
	[ "$(astctl bridge speakers "$b" --detect -o name)" = "$a" ]
	[ "$(astctl bridge speakers "$b" --detect -o name)" = "$a" ]
	background astctl bridge speakers "$b" --follow --detect -o tsv --no-headers
	wait_until 10 heard "speaks"
	astctl -q bridge remove "$b" "$a"
	wait_until 10 heard "silent"
	astctl -q bridge destroy "$b"
	wait $EVENTS
	EVENTS=
	[ "$(cut -f2,3 "$FILES/out")" = "speaks"$'\t'"$a"$'\n'"silent"$'\t'"$a" ]
	run -5 --separate-stderr astctl bridge speakers "$b" --detect
	[[ $stderr == *"there is no bridge '$b'"* ]]
	export ASTCTL_URL=$MODULE_URL
}
@test "bridge speakers on stock ARI: with talk detection, or a line that says why not" { each speakers_on_stock; }
