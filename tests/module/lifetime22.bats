# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 The astctl authors
#
# The module is unloaded and loaded while Asterisk is about to call into it, and while it is inside
# Asterisk: on 22, and through a link to this file on 16.

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
	touch "$BATS_TEST_TMPDIR/stop"
	hang_up_all
}

loaded() {
	[ "$(status_of GET asterisk/ping)" = 200 ]
}

gone() {
	! loaded 2>/dev/null
}

# unload [OPTION]: and say whether it was.
unload() {
	console "module unload $1 res_stasis_http.so" | grep '^Unloaded'
}

load_it() {
	console 'module load res_stasis_http.so' | grep '^Loaded'
}

# blocked ID: an operation that does not come back before ID, which hears a prompt, is hung up.
blocked() {
	stasis POST "channels?endpoint=Local/wait@test&app=app&channelId=$1" >/dev/null
	wait_until 5 is_up "$1"
	stasis POST "channels/$1/play?media=sound:demo-instruct&media=sound:demo-instruct" >/dev/null
	stasis POST bridges/b >/dev/null
	curl -sS --max-time 90 -o /dev/null -w '%{http_code}' -u "$AUTH" -X POST \
		"$MODULE_URL/stasis/bridges/b/addChannel?channel=$1" >"$BATS_TEST_TMPDIR/code-$1" 3>&- &
	wait_until 5 runs 'bridges\.addChannel +astctl +[0-9]+ s  bridges/b/addChannel'
}

runs() {
	console 'stasis-http show status' | grep -qE "^ +$1\$"
}

# refused [OPTION]: the unload fails, after no more than the seconds that it may wait.
refused() {
	local start=$SECONDS
	if unload "$1"; then
		return 1
	fi
	[ $((SECONDS - start)) -lt 15 ]
	loaded
}

# used N: Asterisk counts that many uses of the module.
used() {
	console 'module show like res_stasis_http' | grep -qE "Stasis HTTP API +$1 +Running"
}

@test "an operation that stays in Asterisk has the unload refused, with its name" {
	listen app app=app
	blocked p
	refused
	grep -q "not stopped: 1 operation still runs: bridges.addChannel (bridges/b/addChannel) of 'astctl' for [0-9]* s" \
		"$ASTERISK_LOG"
	[ "$(grep -c 'not stopped' "$ASTERISK_LOG")" = 1 ]
	# All goes on: who listens still does, what changes is done, what ran still runs.
	[ "$(status_of POST bridges/c)" = 200 ]
	stasis POST 'channels?endpoint=Local/wait@test&app=app&channelId=q' >/dev/null
	wait_until 5 heard app '"id":"q"'
	runs 'bridges\.addChannel .*'
	[ ! -s "$BATS_TEST_TMPDIR/code-p" ]
	# It counts as used until that has ended.
	used 1
	stasis DELETE channels/p
	wait_until 10 test -s "$BATS_TEST_TMPDIR/code-p"
	wait_until 5 used 0
	console 'stasis-http show status' | grep -qE '^Running: +nothing$'
	unload
	load_it
	loaded
}

@test "what comes while an unload waits is answered, whether it is refused or not" {
	listen app app=app
	blocked p
	unload >/dev/null 3>&- &
	unload=$!
	stasis POST 'channels?endpoint=Local/wait@test&app=app&channelId=q' >/dev/null
	refused=0
	wait $unload || refused=1
	[ $refused = 1 ]
	wait_until 5 is_up q
	unload -f 3>&- &
	unload=$!
	wait_until 5 grep -q 'Forcing removal' "$ASTERISK_LOG"
	# What needs no thread is answered now, what needs one is told that the server ends.
	loaded
	curl -sS --max-time 30 -o /dev/null -w '%{http_code}' -u "$AUTH" -X POST \
		"$MODULE_URL/stasis/bridges/c" \
		>"$BATS_TEST_TMPDIR/code-q" 3>&- &
	wait_until 5 waiting 1
	curl -sS -u "$AUTH" -X DELETE "$STOCK_URL/ari/channels/p"
	wait $unload
	wait_until 5 grep -qx 503 "$BATS_TEST_TMPDIR/code-q"
	gone
	load_it
	loaded
}

waiting() {
	console 'stasis-http show status' | grep -qF "($1 jobs wait)"
}

@test "a request to the module cannot unload it" {
	[ "$(status_of DELETE asterisk/modules/res_stasis_http.so)" = 409 ]
	wait_until 5 grep -q 'a request to this module cannot stop it' "$ASTERISK_LOG"
	[ "$(status_of PUT asterisk/modules/res_stasis_http.so)" = 204 ]
	loaded
	used 0
}

@test "unloaded in spite of a refusal, it stays in memory and is taken up again" {
	listen app app=app
	blocked p
	unload -h || true
	loaded
	stasis POST 'channels?endpoint=Local/wait@test&app=app&channelId=q' >/dev/null
	wait_until 5 heard app '"id":"q"'
	load_it
	stasis DELETE channels/p
	wait_until 10 test -s "$BATS_TEST_TMPDIR/code-p"
	wait_until 5 used 0
	unload
	gone
	load_it
	loaded
}

@test "unloaded and loaded while events pour into its applications" {
	tls=$((ASTERISK_SPARE_PORT + 1)) tmp=$BATS_TEST_TMPDIR
	openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost -keyout "$tmp/key" \
		-out "$tmp/crt" 2>/dev/null
	sed -i "s|^\[general\]|&\ntlsbindport = $tls\ntlscertfile = $tmp/crt\ntlsprivatekey = $tmp/key|" \
		"$ASTERISK_DIR/etc/stasis-http.conf"
	console 'module reload res_stasis_http.so'
	"$MODULE_DIR/storm" "$ASTERISK_SPARE_PORT" $tls "${STOCK_URL##*:}" "$AUTH" "$tmp/stop" \
		>"$tmp/storm" 3>&- &
	storm=$!
	# A command of the module's is always about to be carried out.
	while [ ! -e "$tmp/stop" ]; do
		console 'stasis-http show sessions' >/dev/null 2>&1 || true
	done 3>&- &
	for ((i = 0; i < ${CYCLES:-15}; i++)); do
		wait_until 10 four_own
		# Not while that command runs: then the module is in use.
		wait_until 10 unload
		load_it
	done
	wait_until 10 four_own
	touch "$tmp/stop"
	wait $storm
	cat "$tmp/storm"
	read -r _ opened _ heard _ posted _ listed <"$tmp/storm"
	[ "$opened" -ge $((4 * (${CYCLES:-15} + 1))) ]
	[ "$heard" -gt 100 ] && [ "$posted" -gt 100 ] && [ "$listed" -gt 100 ]
	run grep -E 'does not come to its end|not stopped: .*an application' "$ASTERISK_LOG"
	[ "$status" = 1 ]
	[ "$(curl -s -o /dev/null -w '%{http_code}' -u "$AUTH" "$STOCK_URL/ari/asterisk/ping")" = 200 ]
}

four_own() {
	[ "$(console 'stasis-http show applications' | grep -c '^storm-')" = 4 ]
}
