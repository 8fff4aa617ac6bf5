# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 The astctl authors
#
# Who gets in, and who the module itself is: logins against a real Asterisk, the inner user
# of ari.conf, the switch "enabled", keys that end, tenants by tenant id.

setup_file() {
	load helper
	mkdir "$BATS_FILE_TMPDIR/etc"
	cp "$MODULE_DIR"/etc/* "$BATS_FILE_TMPDIR/etc/"
	cat "$MODULE_DIR/logins.conf" >>"$BATS_FILE_TMPDIR/etc/stasis-http.conf"
	module_start --etc "$BATS_FILE_TMPDIR/etc"
	cp "$ASTERISK_DIR/etc/stasis-http.conf" "$BATS_FILE_TMPDIR/http"
	cp "$ASTERISK_DIR/etc/ari.conf" "$BATS_FILE_TMPDIR/ari"
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
	cp "$BATS_FILE_TMPDIR/http" "$ASTERISK_DIR/etc/stasis-http.conf"
	cp "$BATS_FILE_TMPDIR/ari" "$ASTERISK_DIR/etc/ari.conf"
	console 'module reload res_ari.so'
	console 'module load res_stasis_http.so' || true
	console 'module reload res_stasis_http.so'
}

# edit FILE SED-SCRIPT: and the module reads it.
edit() {
	sed -i "$2" "$ASTERISK_DIR/etc/$1.conf"
	console "module reload res_$([ "$1" = ari ] && echo ari || echo stasis_http).so" || true
}

# logged TEXT: how often the log has it.
logged() {
	grep -cF -- "$1" "$ASTERISK_LOG" || true
}

# median NAME: milliseconds that a wrong login of NAME takes, the middle one of five.
median() {
	for i in 1 2 3 4 5; do
		curl -s -o /dev/null -w '%{time_total} %{http_code}\n' -u "$1:wrong$i" \
			"$MODULE_URL/stasis/asterisk/ping"
	done | awk '$2 == 401 { printf "%d\n", $1 * 1000 }' | sort -n | sed -n 3p
}

@test "the time of a refusal says nothing about the name" {
	nobody=$(median nobody)
	for name in "$ASTCTL_USER" digester crypter costly; do
		took=$(median "$name")
		echo "$name: $took ms, nobody: $nobody ms"
		[ $((took * 2)) -gt "$nobody" ] && [ "$took" -lt $((nobody * 2)) ]
	done
	# It is the measured time and not the hash that is waited for.
	[ "$nobody" -ge 200 ]
	[ "$(AS=costly:secret status_of GET asterisk/ping)" = 200 ]
}

@test "wrong logins in parallel are limited, others' right ones go on" {
	edit stasis-http '/^max_auth_failures/s/=.*/= 10/'
	for i in $(seq 60); do
		printf 'url = "http://costly:wrong%d@%s/stasis/asterisk/ping"\noutput = /dev/null\n' "$i" \
			"${MODULE_URL#http://}"
	done >"$BATS_TEST_TMPDIR/tries"
	curl -s -Z --parallel-immediate --parallel-max 60 -w '%{http_code}\n' --interface 127.0.0.7 \
		-K "$BATS_TEST_TMPDIR/tries" >"$BATS_TEST_TMPDIR/codes" 3>&- &
	[ "$(AS=crypter:secret status_of GET asterisk/ping)" = 200 ]
	wait $!
	sort "$BATS_TEST_TMPDIR/codes" | uniq -c
	[ "$(grep -c 401 "$BATS_TEST_TMPDIR/codes")" -le 12 ]	# ten, and what comes back meanwhile
	[ "$(grep -c 429 "$BATS_TEST_TMPDIR/codes")" -ge 48 ]
	# Not in debt: a token is back after six seconds.
	curl -s -o /dev/null -D - -u nobody:x --interface 127.0.0.7 "$MODULE_URL/stasis/asterisk/ping" \
		>"$BATS_TEST_TMPDIR/head"
	grep -qE '^HTTP/1.1 401|^Retry-After: [1-7].$' "$BATS_TEST_TMPDIR/head"
}

@test "curl finds its way through the digest challenges" {
	[ "$(AS=digester:pw status_of GET asterisk/ping --digest)" = 200 ]
	[ "$(AS=$AUTH status_of GET 'asterisk/info?only=build' --digest)" = 200 ]
	[ "$(AS=$AUTH status_of POST bridges/digest-b --digest -d name=x)" = 200 ]
	[ "$(AS=crypter:secret status_of GET asterisk/ping --digest)" = 401 ]
	curl -sv --digest -u "$AUTH" -o /dev/null "$MODULE_URL/stasis/asterisk/ping" 2>&1 |
		grep -q 'Authorization: Digest .*algorithm=SHA-256'
}

@test "a key that ends takes its socket along" {
	end=$(date -u -d '+3 seconds' +%FT%TZ)
	edit stasis-http "/^\[robot\]/,/^\$/s/^key = .*/&, $end/"
	[ "$(AS=the-key: status_of GET asterisk/ping)" = 200 ]
	AS=the-key: listen robot ''
	if grep -q closed "$BATS_TEST_TMPDIR/robot.err"; then false; fi
	wait_until 5 grep -q 'closed 1008 the key has expired' "$BATS_TEST_TMPDIR/robot.err"
	[ "$(date -u +%s)" -ge "$(date -d "$end" +%s)" ]
	[ "$(date -u +%s)" -le $(($(date -d "$end" +%s) + 1)) ]
	[ "$(AS=the-key: status_of GET asterisk/ping)" = 401 ]
}

# refuses_inner TEXT: the module, loaded anew and by a reload, refuses its inner user for that.
refuses_inner() {
	local before text="inner_user 'stasis-inner' cannot be used: $1"
	before=$(logged "$text")
	edit stasis-http 's/^pretty/&/'
	[ "$(logged "$text")" = $((before + 1)) ]
	[ "$(logged 'the configuration stays as it was')" -gt 0 ]
	console 'module unload res_stasis_http.so'
	console 'module load res_stasis_http.so' || true
	[ "$(logged "$text")" = $((before + 2)) ]
	run console 'module show like res_stasis_http'
	[[ $output == *"0 modules loaded"* || $output == *"Not Running"* ]]
}

@test "an inner user that ari.conf has not is refused" {
	edit ari '/^\[stasis-inner\]/,$d'
	refuses_inner 'ari.conf has no such user'
}

@test "an inner user with another password is refused" {
	edit ari 's/^password = inner-secret/password = other/'
	refuses_inner 'inner_password is not its password in ari.conf'
}

@test "an inner user that is read_only is refused" {
	edit ari '/^\[stasis-inner\]/aread_only = yes'
	refuses_inner 'it is read_only in ari.conf'
}

@test "an inner user with a hashed password is refused" {
	hash=$(openssl passwd -6 inner-secret)
	edit ari "s|^password = inner-secret|password = $hash|; s/^password_format = plain/password_format = crypt/"
	refuses_inner 'its password in ari.conf is a hash'
}

@test "a reload takes another inner user, and keeps the old one when it must" {
	listen app app=app
	edit ari 's/^password = inner-secret/password = new-secret/'
	edit stasis-http 's/^inner_password.*/inner_password = new-secret/'
	[ "$(status_of POST bridges/after-b)" = 200 ]
	before=$(logged 'the configuration stays as it was')
	edit stasis-http 's/^inner_user.*/inner_user = nobody/'
	[ "$(logged 'the configuration stays as it was')" = $((before + 1)) ]
	[ "$(status_of DELETE bridges/after-b)" = 204 ]
}

@test "without its inner user clients get 503, and the log says it once" {
	lost='Asterisk refuses the inner user' found='takes the inner user of stasis-http.conf again'
	before=$(logged "$lost")
	edit ari '/^\[stasis-inner\]/,$d'
	for i in 1 2 3 4 5; do
		[ "$(status_of POST "bridges/lost-$i")" = 503 ]
	done
	[ "$(AS=nobody:x status_of POST bridges/lost-1)" = 401 ]
	[ "$(logged "$lost")" = $((before + 1)) ]
	before=$(logged "$found")
	cp "$BATS_FILE_TMPDIR/ari" "$ASTERISK_DIR/etc/ari.conf"
	console 'module reload res_ari.so'
	[ "$(status_of POST bridges/lost-1)" = 200 ]
	[ "$(status_of POST bridges/lost-2)" = 200 ]
	[ "$(logged "$found")" = $((before + 1)) ]
	# A handler's own 403 is the client's.
	before=$(logged "$lost")
	edit ari '/^\[stasis-inner\]/aread_only = yes'
	[ "$(status_of DELETE bridges/lost-1)" = 503 ]
	[ "$(logged "$lost")" = $((before + 1)) ]
}

@test "enabled = no ends the service, yes brings it back" {
	listen app app=app
	edit stasis-http 's/^\[general\]/&\nenabled = no/'
	wait_until 5 grep -q 'not enabled any more' "$ASTERISK_LOG"
	wait_until 5 grep -q 'closed 1001' "$BATS_TEST_TMPDIR/app.err"
	run curl -s --max-time 2 "$MODULE_URL/stasis/asterisk/ping"
	[ "$status" = 7 ]
	console 'module reload res_stasis_http.so'
	console 'module unload res_stasis_http.so'
	console 'module load res_stasis_http.so'
	wait_until 5 grep -q 'not enabled: nothing is served' "$ASTERISK_LOG"
	run curl -s --max-time 2 "$MODULE_URL/stasis/asterisk/ping"
	[ "$status" = 7 ]
	edit stasis-http '/^enabled = no/d'
	wait_until 5 grep -q 'enabled: listening' "$ASTERISK_LOG"
	[ "$(status_of GET asterisk/ping)" = 200 ]
	listen again app=again
	stasis POST 'channels?endpoint=Local/wait@test&app=again&channelId=e1' | jq -e .id
	wait_until 5 heard again StasisStart
}
