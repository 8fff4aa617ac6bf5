# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 The astctl authors
#
# What happens on a server, told by stock ARI and by the module at once: the same events, with the
# same members, to subscribers of everything; the same events in the same order to an
# application. Filters, and a reader that does not read while SIP must be answered.

setup_file() {
	load helper
	module_start
}

teardown_file() {
	load helper
	module_stop
}

setup() {
	load helper
}

teardown() {
	hang_up_all
}

# call APP ID [EXTENSION]: a Local channel, up, in the application APP.
call() {
	stasis POST "channels?endpoint=Local/${3:-wait}@test&app=$1&channelId=$2" >/dev/null
	wait_until 5 is_up "$2"
}

# both_subscribe SOURCES: the applications of the module's and of stock's.
both_subscribe() {
	stasis POST "applications/ours/subscription?eventSource=$1" >/dev/null
	stasis POST "applications/stock/subscription?eventSource=$1" >/dev/null
}

# Everything that can be brought about without a phone, in the application APP, with ids that
# begin with P.
scenario() {
	local app=$1 p=$2
	call "$app" "$p-1" prompt
	call "$app" "$p-2" dtmf
	both_subscribe "channel:$p-1,channel:$p-2"
	stasis POST "channels/$p-1/variable?variable=TALK_DETECT(set)&value=1000,256" >/dev/null
	stasis POST "channels/$p-1/variable?variable=V&value=x" >/dev/null
	stasis POST "channels/$p-1/variable?variable=CALLERID(all)&value=Me%20%3C123%3E" >/dev/null
	stasis POST "channels/$p-1/variable?variable=CONNECTEDLINE(all)&value=Me%20%3C123%3E" >/dev/null
	stasis POST "channels/$p-1/play/$p-p?media=sound:hello-world,sound:beep" >/dev/null
	wait_until 15 told watch "PlaybackFinished.*$p-p"
	stasis POST "channels/$p-1/play/$p-q?media=sound:nothing-there" >/dev/null
	stasis POST "channels/$p-1/record?name=$p-r&format=wav&ifExists=overwrite" >/dev/null
	stasis POST "recordings/live/$p-r/stop" >/dev/null
	wait_until 10 told watch "RecordingFinished.*$p-r"
	stasis POST "bridges/$p-b?type=mixing,dtmf_events" >/dev/null
	both_subscribe "bridge:$p-b"
	stasis POST "bridges/$p-b/addChannel?channel=$p-1,$p-2" >/dev/null
	stasis POST "bridges/$p-b/play/$p-bp?media=sound:beep" >/dev/null
	wait_until 10 told watch "PlaybackFinished.*$p-bp"
	wait_until 10 told watch "ChannelDtmfReceived.*$p-2"
	stasis POST "bridges/$p-b/removeChannel?channel=$p-2" >/dev/null
	stasis PUT "deviceStates/Stasis:$p?deviceState=INUSE" >/dev/null
	stasis DELETE "deviceStates/Stasis:$p" >/dev/null
	stasis POST "channels/create?endpoint=Local/answer-later@test&app=$app&channelId=$p-3" >/dev/null
	stasis POST "channels/$p-3/dial" >/dev/null
	wait_until 5 is_up "$p-3"
	stasis POST "channels/$p-2/move?app=none" >/dev/null
	stasis POST "channels/$p-2/continue?context=test&extension=hangup&priority=1" >/dev/null
	stasis DELETE "channels/$p-1" >/dev/null
	stasis DELETE "bridges/$p-b" >/dev/null
	stasis DELETE "channels/$p-3" >/dev/null
	wait_until 5 told watch "ChannelDestroyed.*\"$p-3\""
	wait_until 5 told watch "BridgeDestroyed.*$p-b"
}

told() {
	grep -q -- "$2" "$BATS_TEST_TMPDIR/$1"
}

# shapes NAME: type and members of each event, sorted, with their number; the times of talking and
# of DTMF are left to chance.
shapes() {
	jq -c 'select(.type | test("Talking|Dtmf") | not) | del(.seq, .prev, .application) |
		[.type, ([paths | map(if type == "number" then 0 else . end) | join(".")] | unique)]' \
		"$BATS_TEST_TMPDIR/$1" | sort | uniq -c
}

@test "a subscriber to everything hears what stock ARI's hears, with the same members" {
	listen watch snapshot=true -t 60
	WS=$MODULE_WS/ari listen ours 'app=ours&subscribeAll=true' -t 60
	WS=ws://${STOCK_URL#http://}/ari listen stock 'app=stock&subscribeAll=true' -t 60
	listen app app=third -t 60
	scenario third s
	wait_until 5 told stock 'BridgeDestroyed'
	wait_until 5 eval '[ "$(grep -c ChannelDestroyed "$BATS_TEST_TMPDIR/stock")" = 6 ]'
	wait_until 5 eval '[ "$(grep -c ChannelDestroyed "$BATS_TEST_TMPDIR/ours")" = 6 ]'
	diff <(shapes ours) <(shapes stock)
	# The observer hears the same, and each once.
	diff <(shapes ours | grep -v 'Application\|Stasis') <(jq -c 'select(.prev)' "$BATS_TEST_TMPDIR/watch" |
		grep -v BridgeSpeakersChanged >"$BATS_TEST_TMPDIR/w"; shapes w)
	for type in ChannelTalkingStarted ChannelDtmfReceived; do
		told ours $type
		told stock $type
	done
}

@test "an application hears the same events as stock ARI's, in the same order" {
	listen watch snapshot=true -t 60
	listen ours app=ours -t 60
	WS=ws://${STOCK_URL#http://}/ari listen stock app=stock -t 60
	listen app app=third -t 60
	scenario third o
	for name in ours stock; do
		wait_until 5 told $name 'ChannelDestroyed.*"o-1"'
		wait_until 5 told $name 'BridgeDestroyed'
	done
	# The order of one channel's events, and of the bridge's; what both tell of is the same to the letter.
	for what in .channel.id==\"o-1\" .channel.id==\"o-2\" .bridge.id==\"o-b\"; do
		diff <(letters ours "$what") <(letters stock "$what")
		[ "$(letters ours "$what" | wc -l)" -gt 3 ]
	done
}

letters() {
	jq -cS "select($2) | del(.application)" "$BATS_TEST_TMPDIR/$1"
}

@test "a user event of the dialplan comes once" {
	console 'dialplan add extension user,1,UserEvent,mine into test replace' >/dev/null
	console 'dialplan add extension user,2,Stasis,own into test' >/dev/null
	console 'dialplan add extension user,3,UserEvent,after into test' >/dev/null
	listen own 'app=own&subscribeAll=true'
	listen obs ''
	stasis POST 'channels?endpoint=Local/user@test&extension=wait&context=test&channelId=u' >/dev/null
	wait_until 5 told own StasisStart
	stasis POST "channels/$(jq -r 'select(.type == "StasisStart") | .channel.id' "$BATS_TEST_TMPDIR/own")/continue" >/dev/null
	wait_until 5 told own '"eventname":"after"'
	stasis POST 'events/user/third?application=own' >/dev/null
	wait_until 5 told own '"eventname":"third"'
	[ "$(jq -r 'select(.type == "ChannelUserevent") | .eventname' "$BATS_TEST_TMPDIR/own" | tr '\n' ' ')" = 'mine after third ' ]
}

@test "filters: by application, whoever owns it, and by what is in the event" {
	WS=ws://${STOCK_URL#http://}/ari listen stock app=theirs
	listen app 'filter=application:theirs'
	listen chan 'filter=channel:f1,-type:ChannelVarset'
	listen none 'filter=type:Never'
	call theirs f1
	stasis POST 'channels/f1/variable?variable=V&value=x' >/dev/null
	call theirs f2
	stasis DELETE channels/f1 >/dev/null
	wait_until 5 told chan ChannelDestroyed
	wait_until 5 told app '"variable":"V"'
	jq -se 'all(.[] | select(.prev); .type != "ChannelVarset" and (tostring | contains("\"f1\"")))' "$BATS_TEST_TMPDIR/chan"
	jq -se 'all(.[] | select(.prev) | .channel.id // "f"; startswith("f"))' "$BATS_TEST_TMPDIR/app"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/none")" = 1 ]
	run stasis GET 'events?filter=colour:red' -H 'Upgrade: websocket' -H 'Connection: Upgrade' \
		-H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='
	[[ $output == *'no such field'* ]]
}
