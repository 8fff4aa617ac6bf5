# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 The astctl authors
#
# Who speaks, in real bridges with real speech (22, and through a link to this file 16): what
# is told is compared with who spoke, in a Stasis bridge, in ConfBridge and in a Dial of two
# phones; whoever is muted, held, taken out or hung up while he speaks is told to be silent; the
# switch, and the module's going, leave nothing on the channels.

bats_require_minimum_version 1.5.0

setup_file() {
	load helper
	module_start
	local name voices=(en-gb+f3 en-us+m3 en-gb+m5 en-us+f2) i=0
	for name in a b c d; do
		espeak-ng -v "${voices[i++]}" -s 160 -w "$ASTERISK_DIR/raw.wav" \
			'Hello everybody, I am speaking now, and I will go on to speak until I have ended.'
		sox "$ASTERISK_DIR/raw.wav" -r 8000 -c 1 -b 16 "$ASTERISK_DIR/spool/$name.wav" \
			silence 1 0.02 1% trim 0 3 gain -n -6
	done
}

teardown_file() {
	load helper
	module_stop
}

setup() {
	load helper
}

teardown() {
	local file
	hang_up_all
	for file in "$BATS_TEST_TMPDIR"/phone-*.pid; do
		[ ! -e "$file" ] || wait_until 5 eval "! kill -0 $(<"$file") 2>/dev/null"
	done
}

# join ID NBA [QUERY]: a channel that speaks as NBA (see etc/extensions.conf), up.
join() {
	stasis POST "channels?endpoint=Local/$2@speech${4:-/n}&channelId=$1&${3:-app=app}" >/dev/null
	wait_until 5 is_up "$1"
}

# A bridge of Stasis with these channels, NBA each; their ids are their letters.
conference() {
	local one
	stasis POST "bridges/$1?type=mixing" >/dev/null
	for one in "${@:2}"; do
		join "${one:0:1}" "$one"
		stasis POST "bridges/$1/addChannel?channel=${one:0:1}" >/dev/null
	done
}

speakers() {
	stasis GET "bridges/$1/speakers" | jq -r '[.speakers[].id] | sort | join(" ")' 2>/dev/null
}

speaks() {
	[ "$(speakers "$1")" = "$2" ]
}

# last_change NAME: joined, left and speakers of the last change that an observer heard.
last_change() {
	jq -r 'select(.type == "BridgeSpeakersChanged") | "+\(.joined | join(",")) -\(.left | join(",")) =\([.speakers[].id] | join(","))"' \
		"$BATS_TEST_TMPDIR/$1" | tail -n 1
}

changed_to() {
	[ "$(last_change "$1")" = "$2" ]
}

changes() {
	grep -c BridgeSpeakersChanged "$BATS_TEST_TMPDIR/$1"
}

# how_often N COMMAND...: it succeeds N times in a row, a tenth of a second between.
how_often() {
	local n=$1
	shift
	while ((n--)); do
		"$@" || return 1
		sleep 0.1
	done
}

# phone NAME WAV: a phone for the time of the test.
phone() {
	"$MODULE_DIR/../phone" "$@" >"$BATS_TEST_TMPDIR/phone-$1.pid"
}

# phone_does NAME COMMAND: of baresip's, as a netstring.
phone_does() {
	local command="{\"command\":\"$2\"}"
	exec 4<>"/dev/tcp/127.0.0.1/$(<"$ASTERISK_DIR/phone-$1/commands")"
	printf '%d:%s,' ${#command} "$command" >&4
	exec 4>&-
}

is_loaded() {
	grep -q res_stasis_http "/proc/$ASTERISK_PID/maps"
}

settings() {
	sed -i '/^speakers/d' "$ASTERISK_DIR/etc/stasis-http.conf"
	[ $# -eq 0 ] || sed -i "s/^\[general\]/&\n$1/" "$ASTERISK_DIR/etc/stasis-http.conf"
	console 'module reload res_stasis_http.so' >/dev/null
}

@test "in a Stasis bridge: told is who spoke" {
	listen all 'snapshot=true' -t 90
	listen app 'app=app' -t 90
	conference talk a07 b34 c52
	heard_turns() { [ "$(changes all)" -ge 12 ]; }
	wait_until 60 heard_turns
	run "$MODULE_DIR/who_spoke" "$BATS_TEST_TMPDIR/all" talk -n 5
	echo "$output"
	[ "$status" -eq 0 ]
	# Nobody told stock ARI's way of it.
	run ! heard all ChannelTalking
	run ! heard app BridgeSpeakersChanged
}

@test "in ConfBridge: told is who spoke; a mute there is the end" {
	listen all 'snapshot=true' -t 90
	join a a07 'extension=conf-room&context=test&priority=1'
	join b b34 'extension=conf-room&context=test&priority=1'
	join c c52 'extension=conf-room&context=test&priority=1'
	heard_turns() { [ "$(changes all)" -ge 9 ]; }
	wait_until 60 heard_turns
	room=$(stasis GET bridges | jq -r '.[] | select(.name == "room" or .bridge_class != "stasis") | .id')
	run "$MODULE_DIR/who_spoke" "$BATS_TEST_TMPDIR/all" "$room" -n 4
	echo "$output"
	[ "$status" -eq 0 ]
	wait_until 20 speaks "$room" a
	console "confbridge mute room $(stasis GET channels/a | jq -r .name)"
	wait_until 2 changed_to all '+ -a ='
	a_speaks_again() { jq -e 'select(.type == "ChannelDialplan" and .dialplan_app == "Playback" and (.channel.name | startswith("Local/a07")))' "$BATS_TEST_TMPDIR/all" | grep -c '"type"'; }
	n=$(a_speaks_again)
	spoke_again() { [ "$(a_speaks_again)" -gt "$n" ]; }
	wait_until 20 spoke_again
	a_said() { [[ $(speakers "$room") == *a* ]]; }
	run ! wait_until 2 a_said
	console "confbridge unmute room $(stasis GET channels/a | jq -r .name)"
	wait_until 25 a_said
}

@test "two phones in a Dial: told is who spoke, unless native bridges are left alone" {
	listen all 'snapshot=true' -t 120
	sox "$ASTERISK_DIR/spool/a.wav" "$ASTERISK_DIR/bob.wav" pad 0 5 repeat 20
	sox "$ASTERISK_DIR/spool/b.wav" "$ASTERISK_DIR/carol.wav" pad 4 1 repeat 20
	# (Alice's port is the module's.)
	phone bob "$ASTERISK_DIR/bob.wav"
	phone carol "$ASTERISK_DIR/carol.wav"
	stasis POST 'channels?endpoint=PJSIP/bob&extension=dial-carol&context=test&priority=1&channelId=bob' >/dev/null
	heard_turns() { [ "$(changes all)" -ge 8 ]; }
	wait_until 60 heard_turns
	call=$(stasis GET bridges | jq -r '.[0].id')
	run "$MODULE_DIR/who_spoke" "$BATS_TEST_TMPDIR/all" "$call" -p bob:8:0:3 -p carol:8:4:7 -n 3
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(stasis GET "bridges/$call" | jq -r .technology)" = simple_bridge ]
	# Without ears the call is Asterisk's to optimize again.
	native() { [ "$(stasis GET "bridges/$call" | jq -r .technology)" = native_rtp ]; }
	settings 'speakers = no'
	wait_until 5 native
	[ "$(status_of GET "bridges/$call/speakers")" = 409 ]
	settings 'speakers = relayed'
	run ! wait_until 2 speaks "$call" bob
	native
	settings
	wait_until 12 speaks "$call" bob
	run ! native
	stasis DELETE channels/bob
	gone() { [ "$(stasis GET bridges)" = '[]' ]; }
	wait_until 5 gone
}

@test "muted, held, taken out, hung up, switched off while speaking: the end is told" {
	# So that no silence looks like what is to be told at once.
	settings 'speakers_silence = 5000'
	listen all 'snapshot=true&filter=type:BridgeSpeakersChanged' -t 120
	listen app 'app=app,far' -t 120
	stasis POST 'bridges/talk?type=mixing' >/dev/null
	for id in x z; do
		stasis POST "channels?endpoint=Local/stasis-far@test/n&app=app&channelId=$id&otherChannelId=far-$id" >/dev/null
		here() { stasis GET channels/far-$id | jq -e '.dialplan.app_name == "Stasis"' >/dev/null; }
		wait_until 5 here
		stasis POST "channels/far-$id/answer"
		wait_until 5 is_up $id
		stasis POST "bridges/talk/addChannel?channel=$id"
		stasis POST "channels/far-$id/play?media=sound:demo-instruct,sound:demo-instruct" >/dev/null
	done
	sox "$ASTERISK_DIR/spool/c.wav" "$ASTERISK_DIR/c.wav" repeat 40
	phone carol "$ASTERISK_DIR/c.wav"
	stasis POST 'channels?endpoint=PJSIP/carol&app=app&channelId=y' >/dev/null
	wait_until 5 is_up y
	stasis POST 'bridges/talk/addChannel?channel=y'
	wait_until 10 speaks talk 'x y z'
	stasis POST 'channels/x/mute?direction=in'
	wait_until 8 speaks talk 'y z'
	stasis DELETE 'channels/x/mute?direction=in'
	wait_until 3 speaks talk 'x y z'

	phone_does carol hold
	wait_until 1 speaks talk 'x z'
	[[ $(last_change all) == '+ -y ='* ]]
	how_often 5 speaks talk 'x z'
	phone_does carol resume
	wait_until 3 speaks talk 'x y z'

	stasis POST 'bridges/talk/removeChannel?channel=z'
	wait_until 1 speaks talk 'x y'
	stasis DELETE channels/far-x
	wait_until 1 speaks talk y
	wait_until 1 changed_to all '+ -x =y'

	settings 'speakers = no'
	wait_until 1 changed_to all '+ -y ='
	settings 'speakers_silence = 5000'
	wait_until 3 speaks talk y
	# A snapshot has who speaks now.
	listen late 'snapshot=true' -n 60 -p SnapshotFinished
	wait_until 5 heard late SnapshotFinished
	[ "$(last_change late)" = '+y - =y' ]
	# Two in and one gone: a final word on each bridge.
	stasis DELETE bridges/talk
	wait_until 1 changed_to all '+ -y ='
	run ! grep -q '"joined":\[\],"left":\[\]' "$BATS_TEST_TMPDIR/all"
	settings
}

@test "a channel that goes elsewhere by a masquerade is heard there" {
	listen all 'snapshot=true' -t 60
	listen app 'app=app' -t 60
	conference talk a00 b09
	wait_until 10 speaks talk a
	name=$(stasis GET channels/a | jq -r .name)
	stasis POST 'channels?endpoint=Local/silence@test&extension=redirect&context=speech&priority=1' \
		-H 'Content-Type: application/json' -d "{\"variables\":{\"WHO\":\"$name\"}}" >/dev/null
	wait_until 2 changed_to all '+ -a ='
	room() { stasis GET bridges | jq -r '.[] | select(.bridge_class != "stasis") | .id'; }
	there() { [ -n "$(room)" ] && speaks "$(room)" a; }
	wait_until 8 there
}

@test "Local channels without a reason to stay are still optimized away" {
	listen app 'app=app' -t 60
	# phone <- bridge -> ;1 ;2 <- ConfBridge's or Dial's bridge -> the prompt's channel
	stasis POST 'channels?endpoint=Local/prompt@test/n&extension=dial-local&context=speech&priority=1&channelId=caller' >/dev/null
	# caller - Dial - Local/through;1 ;2 - Dial - Local/prompt/n
	gone() { ! stasis GET channels | jq -e '.[] | select(.name | startswith("Local/through"))' >/dev/null; }
	there() { stasis GET channels | jq -e '[.[] | select(.name | startswith("Local/prompt"))] | length == 4' >/dev/null; }
	wait_until 5 there
	wait_until 5 gone
	both() { [ "$(stasis GET bridges | jq '[.[].channels | length] | join(" ")')" = '"2"' ]; }
	wait_until 5 both
	hears() { [ "$(stasis GET "bridges/$(stasis GET bridges | jq -r '.[0].id')/speakers" | jq '.speakers | length')" = 2 ]; }
	wait_until 8 hears
}

@test "the module goes and comes while everybody speaks, and takes its ears along" {
	listen app 'app=app' -t 120
	local base=$STOCK_URL i
	curl -sS -u "$AUTH" -X POST "$base/ari/bridges/talk?type=mixing" >/dev/null
	"$MODULE_DIR/ws" -u "$AUTH" -t 60 "ws${base#http}/ari/events?app=stock" >/dev/null 2>&1 3>&- &
	echo $! >"$BATS_TEST_TMPDIR/stock.pid"
	is_stock() { curl -sS -u "$AUTH" "$base/ari/applications/stock" | jq -e .name >/dev/null; }
	wait_until 5 is_stock
	for i in {1..20}; do
		curl -sS -u "$AUTH" -X POST "$base/ari/channels?endpoint=Local/prompt@test/n&app=stock&channelId=t$i" >/dev/null
	done
	in_stasis() { [ "$(curl -sS -u "$AUTH" "$base/ari/channels" | jq '[.[] | select(.dialplan.app_name == "Stasis")] | length')" = 20 ]; }
	wait_until 10 in_stasis
	curl -sS -u "$AUTH" -X POST "$base/ari/bridges/talk/addChannel?channel=$(seq -s, -f 't%g' 1 20)"
	somebody() { [ -n "$(speakers talk)" ]; }
	for i in {1..8}; do
		wait_until 10 somebody
		# While some of them are being hung up.
		curl -sS -u "$AUTH" -X DELETE "$base/ari/channels/t$((i * 2))" &
		console 'module unload res_stasis_http.so'
		wait $!
		run ! is_loaded
		console 'module load res_stasis_http.so'
		is_loaded
	done
	kill -0 "$ASTERISK_PID"
	run log_problems
	[[ $output != *'hook'* ]]
}
