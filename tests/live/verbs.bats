#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 The astctl authors
#
# originate, play, record, continue and bridge against Asterisk 22 and 16, each test on both
# (verbs_module.bats is the same file: there the server is the module's):
#  - the everyday lines of the README, as written
#  - every way a call, a playback and a recording can end: text, exit status, time
#  - --wait succeeds only for what was heard to its end, recorded, or arrived
#  - nothing stays behind: channels, bridges, files, applications
#  - several at once, and an application that somebody else owns

bats_require_minimum_version 1.5.0
load helper

# Start both versions; `use VERSION` then sets one's exports.
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
		eval "$(cat "$BATS_FILE_TMPDIR/env-$version")"
		live_stop || status=1
	done
	return $status
}

use() {
	live_use "$BATS_FILE_TMPDIR/env-$1"
	VERSION=$1
	UAS=$((ASTERISK_SPARE_PORT + 8))
}

# both FUNCTION: run it on each version, in a directory of its own; each leaves no channel.
both() {
	local version
	for version in 22 16; do
		echo "--- Asterisk $version"
		use $version
		mkdir -p "$BATS_TEST_TMPDIR/$version"
		cd "$BATS_TEST_TMPDIR/$version"
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
no_waiters() { ! astctl application list -o name | grep -q astctl-wait; }
playing() { ari GET "playbacks/$1" | grep -q '"playing"'; }
recording() { ari GET "recordings/live/$1" | grep -q '"recording"'; }
ringing() { astctl channel list -o tsv --columns state | grep -q Ringing; }
is_gone() { ! ari GET "channels/$1" >/dev/null 2>&1; }
milliseconds() { echo $((${EPOCHREALTIME/[^0-9]/} / 1000)); }
unique() { echo "t$BATS_TEST_NUMBER-$RANDOM$RANDOM"; }

# fails STATUS TEXT COMMAND...: that status, nothing on stdout, one line on stderr with TEXT in it.
fails() {
	local want=$1 text=$2
	shift 2
	run --separate-stderr "$@"
	echo "$*: $status, out '$output', err '$stderr'"
	[ "$status" -eq "$want" ]
	[ -z "$output" ]
	[ "${#stderr_lines[@]}" -eq 1 ]
	[[ $stderr == *"$text"* ]]
}

# within MS COMMAND...: it succeeds (its status counts) and takes no longer.
within() {
	local limit=$1 start
	shift
	start=$(milliseconds)
	"$@"
	[ $(($(milliseconds) - start)) -le "$limit" ]
}

call() { astctl originate "Local/$1@test" --wait -o name; }

# ---- the lines of the README ----

everyday_lines() {
	local A B BR NAME
	NAME=$(unique)
	A=$(astctl originate Local/prompt@test --wait -o name)
	B=$(astctl originate Local/echo@test --wait -o name)
	fails 3 'Local/busy@test: busy (cause 17, User busy)' astctl originate Local/busy@test --wait
	local start
	start=$(milliseconds)
	astctl play "$A" sound:hello-world --wait
	[ $(($(milliseconds) - start)) -ge 1300 ]
	within 2000 fails 1 'sound:no-such-prompt' astctl play "$A" sound:no-such-prompt --wait
	BR=$(astctl bridge "$A" "$B" -o name)
	[ "$(ari GET "bridges/$BR" | grep -o "\"\($A\|$B\)\"" | wc -l)" -eq 2 ]
	ari GET "bridges/$BR" | grep -q '"bridge_type": *"mixing"'
	astctl bridge list | grep -q "$BR"
	astctl channel list -o json | grep -q "$A"
	astctl record "$BR" "$NAME" --max-duration 3 --wait --fetch note.wav
	has_sound note.wav 1.9 4.5
	astctl continue "$A" --context test --extension hangup
	wait_until 5 is_gone "$A"
	astctl hangup "$B"
	astctl bridge destroy "$BR"
	astctl api channels.list
	astctl api channels.originate endpoint=Local/echo@test app=astctl
	run -124 timeout 1 astctl events -o jsonl
}

# has_sound FILE MIN MAX: a WAV file of that many seconds that is not silent. Asterisk counts whole
# seconds of the clock: a limit of 1 can be anything from half a second to two.
has_sound() {
	local seconds rms
	seconds=$(sox "$1" -n stat 2>&1 | awk '/^Length/ { print $3 }')
	rms=$(sox "$1" -n stat 2>&1 | awk '/^RMS .*amplitude/ { print $3 }')
	echo "$1: $seconds s, RMS $rms"
	awk -v s="$seconds" -v r="$rms" -v min="$2" -v max="$3" \
		'BEGIN { exit !(s >= min && s <= max && r > 0.005) }'
}

@test "the everyday lines, exactly as written" { both everyday_lines; }

# ---- originate ----

local_outcomes() {
	fails 9 'congestion (cause 34, Circuit/channel congestion)' astctl originate Local/congestion@test --wait
	fails 3 'rejected (cause 21, Call Rejected)' astctl originate Local/reject@test --wait
	fails 3 'rejected: the far end hung up without answering' astctl originate Local/hangup@test --wait
	fails 5 'unreachable: nothing to dial there' astctl originate Local/nosuch@test --wait
	fails 5 'unreachable: nothing to dial there' astctl originate Local/x@nowhere --wait
	fails 5 "no channel technology 'Foo'" astctl originate Foo/bar --wait
	fails 5 'there is no such endpoint' astctl originate PJSIP/nosuch --wait
	fails 5 'is offline (not registered)' astctl originate PJSIP/alice --wait
	within 2500 fails 8 'no answer: it rang for 1 s' astctl originate Local/noanswer@test --wait --ring-timeout 1
	within 2500 fails 8 'not over after 1.5 s (--timeout): hanging up' \
		astctl originate Local/noanswer@test --wait --timeout 1500ms
	wait_until 3 no_channels
	no_waiters
}
@test "originate --wait: every outcome of a Local channel" { both local_outcomes; }

sip_outcomes() {
	local sip code
	"$LIVE_ASTERISK" env "$ASTERISK_INSTANCE" >/dev/null
	"$BATS_TEST_DIRNAME/uas" "$UAS" from.log >uas.out 3>&- &
	local pid=$!
	wait_until 5 grep -q ready uas.out
	sip() { printf 'PJSIP/sipp/sip:%s@127.0.0.1:%s' "$1" "$UAS"; }
	# The SIP status itself is in the events of newer servers only.
	if [ "$VERSION" = 22 ]; then code='; SIP '; else code=; fi
	fails 3 "busy (cause 17, User busy${code:+${code}486})" astctl originate "$(sip 486)" --wait
	fails 3 "rejected (cause 21, Call Rejected${code:+${code}603})" astctl originate "$(sip 603)" --wait
	fails 5 "unreachable (cause 1, " astctl originate "$(sip 404)" --wait
	fails 8 "no answer (cause 19, User alerting, no answer${code:+${code}480})" \
		astctl originate "$(sip 480)" --wait
	fails 9 "congestion (cause 34, " astctl originate "$(sip 503)" --wait
	fails 8 "no answer: it rang for 1 s" astctl originate "$(sip ring)" --wait --ring-timeout 1s
	: >from.log
	astctl originate "$(sip ok)" --wait --caller-id '"Ann Lee" <5551>'
	astctl originate "$(sip ok)" --caller-id '"Ann Lee" <5551>'
	both_from() { [ "$(grep -c 'From: "Ann Lee" <sip:5551@' from.log)" -eq 2 ]; }
	wait_until 5 both_from
	kill $pid
}
@test "originate: what a SIP phone answers; the caller id reaches it, with and without --wait" {
	both sip_outcomes
}

originate_json() {
	astctl originate Local/echo@test --wait -o json | jq -e '.outcome == "answered" and .where == "astctl"'
	run --separate-stderr astctl originate Local/busy@test --wait -o json
	[ "$status" -eq 3 ]
	jq -e '.outcome == "busy" and .cause == 17' <<<"$output"
	jq -e '.error.exit == 3' <<<"$stderr"
}
@test "originate -o json: the outcome as an object, also of a failure" { both originate_json; }

originate_places() {
	local id
	fails 5 "nobody is connected to the application 'nobody'" astctl originate Local/echo@test --wait --app nobody
	fails 5 "nobody is connected to the application 'nobody'" astctl originate Local/echo@test --app nobody
	id=$(astctl originate Local/silence@test --wait --context test --extension echo -o name)
	runs_echo() { ari GET "channels/$id" | grep -q '"exten": *"echo"'; }
	wait_until 3 runs_echo
	fails 5 'no such extension' astctl originate Local/silence@test --wait --context test --extension nosuch
	id=$(astctl originate Local/silence@test --context test --extension echo -o name)
	wait_until 3 runs_echo
	astctl originate Local/silence@test --wait --variable COLOUR=red -o name >id
	ari GET "channels/$(cat id)/variable?variable=COLOUR" | grep -q '"red"'
	astctl originate Local/silence@test --variable COLOUR=blue -o name >id
	ari GET "channels/$(cat id)/variable?variable=COLOUR" | grep -q '"blue"'
}
@test "originate: into applications, the dialplan; variables" { both originate_places; }

originate_signal() {
	astctl originate Local/noanswer@test --wait 3>&- &
	local pid=$! rc=0
	wait_until 5 ringing
	kill -INT $pid
	wait $pid || rc=$?
	[ $rc -eq 130 ]
	wait_until 3 no_channels
	no_waiters
	# Killed without mercy: Asterisk finds nobody when it is answered.
	astctl originate Local/answer-later@test --wait 3>&- &
	pid=$!
	wait_until 5 ringing
	kill -KILL $pid
	wait $pid || true
	wait_until 5 no_channels
}
@test "originate --wait: Ctrl-C hangs up (130); a killed one leaves no channel" { both originate_signal; }

many() {
	local pids=() i
	for i in {1..10}; do
		astctl originate Local/echo@test --wait -o name >"many-$i" 3>&- &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i"
	done
	[ "$(sort -u many-* | wc -l)" -eq 10 ]
	[ "$(ari GET channels | grep -o 'Local/echo@test-[0-9a-f]*;1' | sort -u | wc -l)" -eq 10 ]
	no_waiters
}
@test "ten originate --wait at once" { both many; }

owner() {
	local pid
	# Somebody who is connected to the application keeps it, and gets the channels.
	astctl events --app astctl -o jsonl >owner.jsonl 2>owner.err 3>&- &
	pid=$!
	wait_until 5 owned
	astctl originate Local/echo@test --wait
	astctl originate Local/echo@test
	two_starts() { [ "$(grep -c '"StasisStart"' owner.jsonl)" -eq 2 ]; }
	wait_until 5 two_starts
	run ! grep -q ApplicationReplaced owner.jsonl
	kill $pid
	wait $pid || true
}
owned() { ari GET applications/astctl >/dev/null 2>&1; }
@test "originate does not take the application from its owner" { both owner; }

# ---- play ----

play_outcomes() {
	local c name
	c=$(call silence)
	within 1000 fails 1 'number:abc: failed: Asterisk skipped it: not a number' astctl play "$c" number:abc --wait
	within 1000 fails 1 'foo:bar: failed: Asterisk skipped it: unknown kind' astctl play "$c" foo:bar --wait
	within 1000 fails 5 'there is no such stored recording' astctl play "$c" recording:nope --wait
	fails 2 "did you mean 'sound:hello-world'" astctl play "$c" hello-world --wait
	fails 5 "there is no channel and no bridge 'nope'" astctl play nope number:1 --wait
	fails 5 "there is no channel 'nope'" astctl play channel:nope number:1 --wait
	within 2500 fails 8 'stopping it' astctl play "$c" tone:440 --wait --timeout 1500ms
	# The first that cannot be heard ends it, wherever it is in the list.
	within 2000 fails 1 'sound:nope: failed' astctl play "$c" number:1 sound:nope sound:demo-instruct --wait
	fails 1 'foo:bar: failed' astctl play "$c" number:1,foo:bar --wait
	astctl play "$c" number:1 digits:2 --wait -o json |
		jq -e 'length == 2 and all(.outcome == "finished" and .played > 0.2)'
}
@test "play --wait: what cannot be played fails, soon and with the reason" { both play_outcomes; }

# play_ended STATUS TEXT COMMAND...: while demo-congrats plays to $c, COMMAND ends it.
play_ended() {
	local id want=$1 text=$2 pid rc=0
	shift 2
	id=$(unique)
	astctl play "$c" sound:demo-congrats --wait --playback-id "$id" >play.out 2>play.err 3>&- &
	pid=$!
	wait_until 5 playing "$id"
	"$@" "$id" "$pid"
	wait $pid || rc=$?
	cat play.err
	[ $rc -eq "$want" ]
	grep -q "$text" play.err || [ -z "$text" ]
	! playing "$id"
}
stop_it() { ari DELETE "playbacks/$1"; }
interrupt_it() { kill -INT "$2"; }
hang_up() { ari DELETE "channels/$c"; }
far_hang_up() { ari DELETE "channels/$c;2"; }
play_interrupted() {
	local c
	c=$(call silence)
	play_ended 3 'stopped: before its end' stop_it
	play_ended 130 '' interrupt_it
	play_ended 3 'hung up: before its end' hang_up
	c=$(call silence)
	play_ended 3 'hung up: before its end' far_hang_up
}
@test "play --wait: stopped by somebody, Ctrl-C, hung up: never a success" { both play_interrupted; }

play_bridge() {
	local c d b id rc=0
	c=$(call silence)
	d=$(call silence)
	b=$(astctl bridge create -o name)
	fails 6 'nobody is in the bridge' astctl play "$b" number:1 --wait
	astctl bridge add "$b" "$c" "$d"
	astctl play "$b" sound:hello-world --wait
	fails 1 'sound:nope: failed' astctl play "$b" sound:nope --wait
	# It waits its turn behind another playback of the bridge.
	ari POST "bridges/$b/play?media=sound:hello-world" >/dev/null
	local start
	start=$(milliseconds)
	astctl play "$b" number:1 --wait
	[ $(($(milliseconds) - start)) -ge 1800 ]
	id=$(unique)
	astctl play "$b" sound:demo-congrats --wait --playback-id "$id" 2>play.err 3>&- &
	local pid=$!
	wait_until 5 playing "$id"
	astctl bridge destroy "$b"
	wait $pid || rc=$?
	[ $rc -eq 3 ]
	grep -q 'the bridge was destroyed before its end' play.err
}
@test "play --wait on a bridge: heard, missing, queued, destroyed, empty" { both play_bridge; }

# ---- record ----

record_outcomes() {
	local c name
	c=$(call prompt)
	name=$(unique)
	within 4000 astctl record "$c" "$name" --max-duration 1 --wait -o json >json
	jq -e --arg n "$name" '.outcome == "finished" and .name == $n and .duration > 0.4' json
	fails 6 "there is a recording '$name' already" astctl record "$c" "$name" --max-duration 1 --wait
	astctl record "$c" "$name" --max-duration 1s --if-exists overwrite --fetch a.wav
	has_sound a.wav 0.4 2.5
	astctl play "$c" "recording:$name" --wait
	astctl record "$c" "$name.2" --max-duration 1 --fetch - >b.wav
	has_sound b.wav 0.4 2.5
	[ "$(ls)" = "$(printf 'a.wav\nb.wav\njson')" ]
	fails 1 'cannot write' astctl record "$c" "$name.3" --fetch none/x.wav
	fails 2 'no regular file' astctl record "$c" "$name.3" --fetch .
	fails 6 "cannot record the format 'nope'" astctl record "$c" "$name.3" --format nope --wait
	fails 5 'no channel and no bridge' astctl record nope "$name.3" --wait
	ari GET "recordings/stored/$name.3" && return 1
	fails 8 'not over after 1.5 s (--timeout): stopping it, it is kept' \
		astctl record "$c" "$name.4" --wait --timeout 1500ms
	ari GET "recordings/stored/$name.4"
	c=$(call dtmf)
	within 6000 astctl record "$c" "$name.5" --terminate-on any --wait -o json >json
	jq -e '.reason == "ended by a digit"' json
	c=$(call silence)
	within 12000 astctl record "$c" "$name.6" --max-silence 1 --wait
}
@test "record --wait: limit, digit, silence, names, formats; the file is right or not there" {
	both record_outcomes
}

# record_ended STATUS TEXT COMMAND...: while $c is recorded, COMMAND ends it.
record_ended() {
	local want=$1 text=$2 pid rc=0
	shift 2
	name=$(unique)
	astctl record "$c" "$name" --wait -o json >rec.out 2>rec.err 3>&- &
	pid=$!
	wait_until 5 recording "$name"
	"$@" "$name" "$pid"
	wait $pid || rc=$?
	cat rec.out rec.err
	[ $rc -eq "$want" ]
	grep -q "$text" rec.out rec.err
}
stop_recording() { ari POST "recordings/live/$1/stop"; }
discard_recording() { ari DELETE "recordings/live/$1"; }
record_interrupted() {
	local c name
	c=$(call prompt)
	record_ended 0 '"finished"' stop_recording
	record_ended 3 'it was discarded' discard_recording
	record_ended 130 'stopped, and kept' interrupt_it
	wait_until 3 ari GET "recordings/stored/$name"
	record_ended 0 'ended by the hang-up' hang_up
	[ -n "$(ari GET "recordings/stored/$name")" ]
}
@test "record --wait: stopped, discarded, Ctrl-C, hung up" { both record_interrupted; }

record_bridged() {
	local c d b name
	c=$(call prompt)
	d=$(call silence)
	b=$(astctl bridge "$c" "$d" -o name)
	name=$(unique)
	fails 6 "a channel in a bridge cannot be recorded; record the bridge '$b'" \
		astctl record "$c" "$name" --max-duration 1 --wait
	fails 6 "a channel in a bridge cannot be recorded; record the bridge '$b'" \
		astctl record "$c" "$name" --max-duration 1
	astctl record "$b" "$name" --max-duration 1 --wait
	# A channel that was created and dialled sits in a bridge that nobody can see.
	c=$(astctl originate Local/prompt@test -o name)
	answered() { ari GET "channels/$c" | grep -q '"Up"'; }
	wait_until 3 answered
	astctl record "$c" "$name.2" --max-duration 1 --fetch c.wav
	has_sound c.wav 0.4 2.5
	c=$(astctl originate Local/prompt@test -o name)
	wait_until 3 answered
	astctl record "$c" "$name.3" --max-duration 1
	wait_until 3 recording "$name.3"
	[ "$(astctl bridge list -o name)" = "$b" ]
}
@test "record: bridges, channels in bridges, seen and unseen" { both record_bridged; }

# ---- continue ----

continue_outcomes() {
	local c d
	c=$(call silence)
	astctl continue "$c" --context test --extension echo --wait | grep -q 'test,echo,1 runs Answer'
	fails 6 'in no Stasis application' astctl continue "$c" --context test --extension echo
	c=$(call silence)
	fails 5 'no such extension' astctl continue "$c" --context test --extension nosuch --wait
	c=$(call silence)
	d=$(call silence)
	fails 5 "no label 'nolabel'" astctl continue "$c" --context test --extension echo --label nolabel --wait
	astctl bridge "$c" "$d"
	astctl continue "$c" --context test --extension echo --label 2 --wait
	fails 5 "there is no channel 'nope'" astctl continue nope --wait
}
@test "continue: arrives, or says why not" { both continue_outcomes; }

# ---- bridge ----

bridge_outcomes() {
	local c d b
	c=$(call silence)
	d=$(call silence)
	fails 5 "there is no channel 'nope'" astctl bridge "$c" nope
	fails 6 "$d;2: not in a Stasis application" astctl bridge "$c" "$d;2"
	[ -z "$(astctl bridge list -o name)" ]
	b=$(unique)
	astctl bridge "$c" --id "$b" --name sales
	fails 6 "there is a bridge '$b' already" astctl bridge create --id "$b"
	fails 5 "there is no channel 'nope'" astctl bridge add "$b" "$d" nope
	[ "$(astctl bridge list -o json | jq -r '.[0].channels[]')" = "$c" ]
	astctl bridge add "$b" "$d"
	astctl bridge remove "$b" "$c" "$d"
	[ "$(astctl bridge show "$b" -o json | jq '.channels | length')" -eq 0 ]
	fails 6 "is not in the bridge" astctl bridge remove "$b" "$c"
	fails 5 'Bridge not found' astctl bridge add nope "$c"
}
@test "bridge: all of the channels, or none and no bridge" { both bridge_outcomes; }

dry_runs() {
	astctl originate Local/echo@test --wait --dry-run
	astctl originate Local/echo@test --dry-run
	astctl play x sound:hello-world --wait --dry-run | grep -q '^POST .*/channels/x/play'
	astctl play bridge:x sound:hello-world --dry-run | grep -q '^POST .*/bridges/x/play'
	astctl record x y --wait --dry-run | grep -q '^POST .*/channels/x/record'
	astctl continue x --wait --dry-run | grep -q '^POST .*/channels/x/continue'
	astctl bridge x y --dry-run | grep -q '^POST .*/addChannel?channel=x%2Cy'
	no_channels
	[ -z "$(astctl bridge list -o name)" ]
}
@test "--dry-run shows the requests and sends none" { both dry_runs; }
