#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 The astctl authors
#
# Contexts, precedence and passwords: which server is asked, as whom; files that others can read or
# write are refused with the remedy; a context's password never goes to another server.

load mock

setup() {
	mock_start
	mock_start -n other
	C=$XDG_CONFIG_HOME/astctl
	mkdir -p "$C/contexts"
	unset ASTCTL_URL ASTCTL_USER ASTCTL_PASSWORD_FILE
	(umask 077 && echo "$MOCK_PASSWORD" >"$BATS_TEST_TMPDIR/pw")
}

teardown() {
	mock_stop
}

# context NAME LINE...: a context file
context() {
	local name=$1
	shift
	printf '%s\n' "$@" >"$C/contexts/$name.conf"
}

good() {
	context "${1:-pbx}" "url = $MOCK_URL" "user = $MOCK_USER" "password_file = $BATS_TEST_TMPDIR/pw"
}

one_line() {
	[ "$(wc -l <<<"$1")" -eq 1 ]
}

@test "a context is chosen by -c, by the environment, by context use" {
	good
	run -0 astctl -c pbx channel list
	ASTCTL_CONTEXT=pbx run -0 astctl channel list
	run -0 --separate-stderr astctl context use pbx
	[ "$(cat "$C/config")" = 'context = pbx' ]
	run -0 astctl channel list
	[ "$(mock_requests GET /ari/channels)" -eq 3 ]
}

@test "context use says when the environment goes before it" {
	good
	ASTCTL_URL=$MOCK_URL run -0 --separate-stderr astctl context use pbx
	[[ $stderr == *'ASTCTL_URL is set'* ]]
	run -0 --separate-stderr astctl context use pbx
	[[ $stderr != *ASTCTL_URL* ]]
}

@test "context use keeps the other lines of the main file" {
	good
	printf '# mine\ntimeout = 5s\ncontext = old\n' >"$C/config"
	run -0 astctl context use pbx
	[ "$(cat "$C/config")" = $'context = pbx\n# mine\ntimeout = 5s' ]
}

@test "option before context before environment before main file" {
	good
	context far "url = $(mock_url other)" "user = $MOCK_USER" "password_file = $BATS_TEST_TMPDIR/pw"
	export ASTCTL_URL=$MOCK_URL
	run -0 --separate-stderr astctl context show -o json
	[ "$(jq -r .from <<<"$output")" = ASTCTL_URL ]
	run -0 --separate-stderr astctl -c far context show -o json
	[ "$(jq -r '.from + " " + .url' <<<"$output")" = "context far $(mock_url other)" ]
	run -0 --separate-stderr astctl --url http://x -c far context show -o json
	[ "$(jq -r .from <<<"$output")" = --url ]
	unset ASTCTL_URL
	echo "url = http://y" >"$C/config"
	run -0 --separate-stderr astctl context show -o json
	[ "$(jq -r '.from + " " + .url' <<<"$output")" = "the main file http://y" ]
	rm "$C/config"
	run -0 --separate-stderr astctl context show -o json
	[ "$(jq -r .url <<<"$output")" = http://localhost:8088/ari ]
}

@test "a context's password never goes to another server" {
	good
	run -4 --separate-stderr astctl -c pbx --url "$(mock_url other)" channel list
	run ! grep -qi 'authorization' "$(mock_dir -n other)/ledger"
}

@test "the environment's password does not go to the server of -c" {
	context far "url = $(mock_url other)"
	export ASTCTL_URL=$MOCK_URL ASTCTL_USER=$MOCK_USER ASTCTL_PASSWORD_FILE=$BATS_TEST_TMPDIR/pw
	run -4 --separate-stderr astctl -c far channel list
	run -0 astctl channel list
}

@test "contexts are listed, the one in use with a star" {
	good
	good second
	echo 'context = second' >"$C/config"
	run -0 --separate-stderr astctl context list --columns name,current -o tsv --no-headers
	[ "$output" = $'pbx\t\nsecond\t*' ]
	run -0 --separate-stderr astctl context list -o name
	[ "$output" = $'pbx\nsecond' ]
	rm -r "$C/contexts"
	run -0 --separate-stderr astctl context list
	[[ $stderr == *'there are no contexts'* ]]
}

@test "a mistake has a file, a line, a column and the nearest key" {
	context pbx "url = $MOCK_URL" ' usr = x'
	run -2 --separate-stderr astctl -c pbx channel list
	[ "$stderr" = "astctl: $C/contexts/pbx.conf:2:2: unknown key 'usr'; did you mean 'user'?" ]
	run -2 --separate-stderr astctl context validate pbx
	[[ $stderr == *":2:2:"* ]]
	run -2 --separate-stderr astctl context list
	context pbx "url = $MOCK_URL" 'password = secret'
	run -2 --separate-stderr astctl -c pbx channel list
	[[ $stderr == *'a password is not kept here'* && $stderr != *secret* ]]
}

@test "a context that does not exist, or has a hostile name" {
	run -2 --separate-stderr astctl -c nope channel list
	one_line "$stderr"
	[[ $stderr == *"there is no context 'nope'"* ]]
	for name in ../x /etc/passwd .x ''; do
		run -2 --separate-stderr astctl -c "$name" channel list
		one_line "$stderr"
	done
}

@test "a configuration that others can write to is refused" {
	good
	chmod go+w "$C/contexts/pbx.conf"
	run -2 --separate-stderr astctl -c pbx channel list
	[[ $stderr == *'others can write to'*'chmod go-w'* ]]
}

@test "validate says what is right" {
	good
	run -0 --separate-stderr astctl context validate pbx
	[[ $stderr == *"$MOCK_URL as $MOCK_USER"* ]]
	context pbx 'url = ftp://x'
	run -2 --separate-stderr astctl context validate pbx
	one_line "$stderr"
}

@test "a password file that others can read is refused, with the remedy" {
	export ASTCTL_URL=$MOCK_URL ASTCTL_USER=$MOCK_USER ASTCTL_PASSWORD_FILE=$BATS_TEST_TMPDIR/pw
	for mode in 644 640 604 660; do
		chmod $mode "$ASTCTL_PASSWORD_FILE"
		run -2 --separate-stderr astctl channel list
		one_line "$stderr"
		[[ $stderr == *"chmod 600 $ASTCTL_PASSWORD_FILE"* ]]
	done
	chmod 400 "$ASTCTL_PASSWORD_FILE"
	run -0 astctl channel list
	mkdir -m 777 "$BATS_TEST_TMPDIR/open"
	cp -p "$ASTCTL_PASSWORD_FILE" "$BATS_TEST_TMPDIR/open/pw"
	ASTCTL_PASSWORD_FILE=$BATS_TEST_TMPDIR/open/pw run -2 --separate-stderr astctl channel list
	[[ $stderr == *'everybody can write to'* ]]
	chmod 1777 "$BATS_TEST_TMPDIR/open"
	ASTCTL_PASSWORD_FILE=$BATS_TEST_TMPDIR/open/pw run -0 astctl channel list
	[ "$(mock_requests GET /ari/channels)" -eq 2 ]
}

@test "a password file that is missing, empty, a directory or binary" {
	export ASTCTL_URL=$MOCK_URL ASTCTL_USER=$MOCK_USER
	(umask 077 && : >"$BATS_TEST_TMPDIR/empty" && printf 'a\0b\n' >"$BATS_TEST_TMPDIR/nul")
	mkdir -m 700 "$BATS_TEST_TMPDIR/dir"
	for file in missing empty nul dir; do
		ASTCTL_PASSWORD_FILE=$BATS_TEST_TMPDIR/$file run -2 --separate-stderr astctl channel list
		one_line "$stderr"
		[[ $stderr == *"$BATS_TEST_TMPDIR/$file"* ]]
	done
}

@test "a password that is slow to come has as long as the rest" {
	export ASTCTL_URL=$MOCK_URL ASTCTL_USER=$MOCK_USER
	mkfifo -m 600 "$BATS_TEST_TMPDIR/pipe"
	ASTCTL_PASSWORD_FILE=$BATS_TEST_TMPDIR/pipe run -2 --separate-stderr timeout 9 astctl --timeout 200ms channel list
	one_line "$stderr"
	[[ $stderr == *"$BATS_TEST_TMPDIR/pipe is a pipe, and nobody wrote"* ]]
	ASTCTL_PASSWORD_COMMAND='sleep 60' run -2 --separate-stderr timeout 9 astctl --timeout 200ms channel list
	one_line "$stderr"
	[[ $stderr == *'did not end within 0.2 s'* ]]
	echo "$MOCK_PASSWORD" >"$BATS_TEST_TMPDIR/pipe" &
	writer=$!
	ASTCTL_PASSWORD_FILE=$BATS_TEST_TMPDIR/pipe run -0 astctl channel list
	wait $writer
}

@test "a directory that is given and is none" {
	: >"$BATS_TEST_TMPDIR/file"
	for directory in '' "$BATS_TEST_TMPDIR/none" "$BATS_TEST_TMPDIR/file"; do
		run -2 --separate-stderr astctl --config "$directory" context list
		one_line "$stderr"
		[[ $stderr == *"--config '$directory'"* ]]
	done
}

@test "a program's first line is the password, without a shell" {
	export ASTCTL_URL=$MOCK_URL ASTCTL_USER=$MOCK_USER
	ASTCTL_PASSWORD_COMMAND="printf '%s\n%s\n' $MOCK_PASSWORD more" run -0 astctl channel list
	ASTCTL_PASSWORD_COMMAND="true; touch $BATS_TEST_TMPDIR/b" run -2 astctl channel list
	[ ! -e "$BATS_TEST_TMPDIR/b" ]
	for command in false 'no-such-program x' true "printf 'x" ' '; do
		ASTCTL_PASSWORD_COMMAND=$command run -2 --separate-stderr astctl channel list
		one_line "$stderr"
		[[ $stderr == *password_command* ]]
	done
	[ "$(mock_requests GET /ari/channels)" -eq 1 ]
}

@test "a program goes before a file, a file before the variable, that before netrc" {
	export ASTCTL_URL=$MOCK_URL ASTCTL_USER=$MOCK_USER
	(umask 077 && echo wrong >"$BATS_TEST_TMPDIR/wrong" &&
		echo "machine 127.0.0.1 login $MOCK_USER password $MOCK_PASSWORD" >"$HOME/.netrc")
	ASTCTL_PASSWORD_COMMAND="cat $BATS_TEST_TMPDIR/pw" ASTCTL_PASSWORD_FILE=$BATS_TEST_TMPDIR/wrong \
		run -0 astctl channel list
	ASTCTL_PASSWORD_FILE=$BATS_TEST_TMPDIR/pw ASTCTL_PASSWORD=wrong run -0 astctl channel list
	ASTCTL_PASSWORD=$MOCK_PASSWORD run -0 astctl channel list
	ASTCTL_PASSWORD=wrong run -4 astctl channel list
	run -0 astctl channel list
	unset ASTCTL_USER
	run -0 astctl channel list
	chmod 644 "$HOME/.netrc"
	run -2 --separate-stderr astctl channel list
	one_line "$stderr"
	[[ $stderr == *chmod* && $stderr != *"$MOCK_PASSWORD"* ]]
}

@test "the insecure option is said each time" {
	good
	run -0 --separate-stderr astctl -q -c pbx --insecure channel list
	[[ $stderr == *'certificate is not checked'* ]]
}
