# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 The astctl authors
#
# Text messages outside of calls: who hears everything hears of those that Asterisk takes, as stock
# ARI's do, and what their sender is answered is not changed by that.

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

# send EXTENSION TEXT: the code of the answer.
send() {
	"$MODULE_DIR/message" "$ASTERISK_SIP_PORT" "$@"
}

# texts NAME: the text messages that came, without what is each client's own.
texts() {
	jq -cS 'select(.type == "TextMessageReceived") | del(.timestamp, .application, .seq, .prev)' \
		"$BATS_TEST_TMPDIR/$1"
}

@test "a text message that is taken is told, once; what nobody takes is refused as ever" {
	listen obs ''
	listen ours 'app=ours&subscribeAll=true'
	AS=red:red listen red ''
	[ "$(send nobody lost)" = 404 ]
	[ "$(send hangup one)" = 202 ]
	wait_until 5 heard obs '"body":"one"'
	wait_until 5 heard ours '"body":"one"'
	# Stock's takes all of them.
	WS=ws://${STOCK_URL#http://}/ari listen stock 'app=stock&subscribeAll=true'
	stasis POST 'applications/ours/subscription?eventSource=endpoint:PJSIP/sipp' >/dev/null
	[ "$(send nobody two)" = 202 ]
	[ "$(send hangup three)" = 202 ]
	for name in obs ours stock; do
		wait_until 5 heard $name '"body":"three"'
	done
	[ "$(texts obs | jq -r .message.body | tr '\n' ' ')" = 'one two three ' ]
	diff <(texts obs) <(texts ours)
	diff <(texts obs | tail -n 2) <(texts stock)
	[ "$(texts stock | wc -l)" = 2 ]
	[ -z "$(texts red)" ]
}

@test "an endpoint's subscriber takes the messages, and hears them" {
	listen own app=own
	listen obs ''
	stasis POST 'applications/own/subscription?eventSource=endpoint:PJSIP/sipp' >/dev/null
	[ "$(send nobody mine)" = 202 ]
	wait_until 5 heard own '"body":"mine"'
	wait_until 5 heard obs '"body":"mine"'
	[ "$(texts own)" = "$(texts obs)" ]
}

loaded() {
	console 'module show like res_stasis_http' | grep -q Running
}

@test "the module is not unloaded while the dialplan of a message runs" {
	console 'dialplan add extension slow,1,Wait,8 into test replace' >/dev/null
	[ "$(send slow text)" = 202 ]
	[ "$(send hangup behind)" = 202 ]
	console 'module unload res_stasis_http.so' >/dev/null
	loaded
	grep -q 'the dialplan of a text message still runs' "$ASTERISK_LOG"
	# It goes on as before, and may go when that has ended.
	listen obs ''
	wait_until 10 heard obs '"body":"behind"'
	[ "$(send hangup later)" = 202 ]
	wait_until 5 heard obs '"body":"later"'
	[ "$(texts obs | grep -c later)" = 1 ]
	console 'module unload res_stasis_http.so' >/dev/null
	run loaded
	[ "$status" -ne 0 ]
	[ "$(send hangup nobody)" = 202 ]
	console 'module load res_stasis_http.so' >/dev/null
	listen again ''
	[ "$(send hangup back)" = 202 ]
	wait_until 5 heard again '"body":"back"'
}
