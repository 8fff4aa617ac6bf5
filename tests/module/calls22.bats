# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 The astctl authors
#
# What takes real phones, SIP and calls that no application has: registrations, hold, transfers, calls that
# are forwarded. A subscriber to everything hears of the module what stock ARI's hears, and how endpoints
# change, which stock ARI tells only who subscribed to them.

setup_file() {
	load helper
	module_start
	sox -n -r 8000 -c 1 -b 16 "$ASTERISK_DIR/phone.wav" synth 20 sine 300
	console "dialplan add extension moved,1,Transfer,PJSIP/sip:wait@127.0.0.1:$ASTERISK_SIP_PORT into phones" >/dev/null
}

teardown_file() {
	load helper
	module_stop
}

setup() {
	load helper
	WS=$MODULE_WS/ari listen ours 'app=ours&subscribeAll=true' -t 60
	WS=ws://${STOCK_URL#http://}/ari listen stock 'app=stock&subscribeAll=true' -t 60
	listen obs '' -t 60
	WS=ws://${STOCK_URL#http://}/ari listen alice app=alice -t 60
	ari POST 'applications/alice/subscription?eventSource=endpoint:PJSIP/alice' >/dev/null
}

teardown() {
	if [ -n "${PHONE:-}" ]; then
		kill "$PHONE" || true
		# Its end is told in this test, not in the next.
		wait_until 15 phone_is_gone || true
	fi
	hang_up_all
}

phone_is_gone() {
	console 'pjsip show contacts' | grep -q 'No objects found' &&
		stasis GET endpoints/PJSIP/alice | jq -e '.state == "offline"' >/dev/null
}

# A phone, "alice", with its commands.
phone() {
	PHONE=$(ASTERISK_SPARE_PORT=$((ASTERISK_SPARE_PORT + 1)) "$MODULE_DIR/../phone" alice "$ASTERISK_DIR/phone.wav")
	wait_until 5 heard stock '"type":"PeerStatusChange"'
}

phone_does() {
	local command="{\"command\":\"$1\"}"
	exec 4<>"/dev/tcp/127.0.0.1/$(<"$ASTERISK_DIR/phone-alice/commands")"
	printf '%d:%s,' ${#command} "$command" >&4
	exec 4>&-
}

# call ENDPOINT EXTENSION CONTEXT [ID]
call() {
	stasis POST "channels?endpoint=$1&extension=$2&context=$3&channelId=${4:-c}" >/dev/null
}

# told TYPE [NUMBER]: stock's has told of so many.
told() {
	[ "$(grep -c "\"type\":\"$1\"" "$BATS_TEST_TMPDIR/stock")" -ge "${2:-1}" ]
}

# shapes NAME: the events without what chance makes of them, sorted: type, members, and each text that
# says what happened.
shapes() {
	jq -c 'select(.type | test("^Stream|Speakers|Application|EndpointState|ChannelDtmf|ChannelTalking") | not) |
		del(.seq, .prev, .application) | [.type, .dialstatus, .peer.peer_status, .contact_info.contact_status,
			.result, .is_external, .dialplan_app, .musicclass, .endpoint.state, .variable,
			.channel.state?, ([paths | map(if type == "number" then 0 else . end) | join(".")] | unique)]' \
		"$BATS_TEST_TMPDIR/$1" | sort | uniq -c
}

# endpoint_changes NAME: of alice, to the letter.
endpoint_changes() {
	jq -cS 'select(.type == "EndpointStateChange" and .endpoint.resource == "alice") |
		del(.seq, .prev, .application)' "$BATS_TEST_TMPDIR/$1"
}

# both_heard: all calls are over, and what was told of them is the same.
both_heard() {
	hang_up_channels
	for name in ours obs; do
		wait_until 10 eval '[ "$(grep -c ChannelDestroyed "$BATS_TEST_TMPDIR/'$name'")" = "$(grep -c ChannelDestroyed "$BATS_TEST_TMPDIR/stock")" ]'
	done
	diff <(shapes ours) <(shapes stock)
	diff <(shapes obs) <(shapes stock)
}

hang_up_channels() {
	local id
	for id in $(stasis GET channels | jq -r '.[].id'); do
		stasis DELETE "channels/$id" >/dev/null
	done
	wait_until 10 eval '[ "$(stasis GET channels)" = "[]" ]'
}

@test "a phone registers, is called, holds, and goes" {
	phone
	call PJSIP/alice prompt test
	wait_until 10 is_up c
	phone_does hold
	wait_until 5 told ChannelHold
	phone_does resume
	wait_until 5 told ChannelUnhold
	hang_up_channels
	kill "$PHONE"
	unset PHONE
	wait_until 10 told PeerStatusChange 2
	wait_until 10 told ContactStatusChange 2
	both_heard
	diff <(endpoint_changes ours) <(endpoint_changes alice)
	[ "$(endpoint_changes ours | wc -l)" -ge 4 ]
}

@test "a phone transfers its call" {
	phone
	call Local/prompt@test dial-alice test
	wait_until 10 told ChannelEnteredBridge 2
	phone_does "transfer sip:wait@127.0.0.1:$ASTERISK_SIP_PORT"
	wait_until 10 told BridgeBlindTransfer
	both_heard
}

@test "an attended transfer of the dialplan's" {
	call Local/prompt@test caller handed
	wait_until 30 told BridgeAttendedTransfer
	both_heard
}

@test "a call is forwarded" {
	call Local/prompt@test forwarded handed
	wait_until 10 heard stock '"forward":"wait"'
	both_heard
}
