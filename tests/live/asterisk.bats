#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 The astctl authors
#
# The private Asterisk itself: what it prints, that several run side by side,
# that nothing is left behind, and that its dialplan and phones' side work.

bats_require_minimum_version 1.5.0
load helper

setup_file() {
	export NAME=t$$
	export RUN=${ASTERISK_RUN_BASE:-/tmp/astctl-$(id -u)}
}

teardown() {
	local name
	for name in "$NAME-22" "$NAME-16" "$NAME"; do
		"$LIVE_ASTERISK" stop "$name" 2>/dev/null || true
	done
}

# start VERSION [OPTION...]: this test's instance of that version; sets its exports.
start() {
	local exports
	exports=$("$LIVE_ASTERISK" start "$1" --name "$NAME-$1" --owner $$ "${@:2}") || return 1
	eval "$exports"
}

gone() { [ ! -e "$RUN/$1" ] && ! kill -0 "$2" 2>/dev/null; }
ended() { ! kill -0 "$1" 2>/dev/null; }
is_up() { ari GET "channels/$1" | grep -q '"state":"Up"'; }

# without_network DIR: a PATH whose apt-get fails as if the suite were not there,
# and a cache that has only Asterisk 16.
without_network() {
	"$LIVE_ASTERISK" fetch 16
	if [ "$("$LIVE_ASTERISK" headers 16)" = "${XDG_CACHE_HOME:-$HOME/.cache}/astctl/system-include" ]
	then
		skip "a system Asterisk is used"
	fi
	mkdir -p "$1/bin" "$1/cache/astctl"
	printf '#!/bin/sh\ncase $* in *print-uris*) exec /usr/bin/apt-get "$@" ;; esac\n%s\n' \
		"$2" >"$1/bin/apt-get"
	chmod +x "$1/bin/apt-get"
	ln -s "${XDG_CACHE_HOME:-$HOME/.cache}/astctl/asterisk-16" "$1/cache/astctl/"
	export PATH=$1/bin:$PATH XDG_CACHE_HOME=$1/cache
}

@test "start prints export lines and nothing else on stdout" {
	"$LIVE_ASTERISK" start 22 --name "$NAME" --owner $$ >"$BATS_TEST_TMPDIR/out"
	[ -s "$BATS_TEST_TMPDIR/out" ]
	run grep -vE "^export [A-Z_]+='[^']*'\$" "$BATS_TEST_TMPDIR/out"
	[ "$status" -eq 1 ]
	diff "$BATS_TEST_TMPDIR/out" <("$LIVE_ASTERISK" env "$NAME")
}

@test "22 and 16 run side by side, each with its own ports and password" {
	start 22
	url=$ASTCTL_URL password=$(<"$ASTCTL_PASSWORD_FILE")
	[[ $ASTERISK_VERSION = 22.* || $ASTERISK_VERSION = 16.* ]]
	ari GET asterisk/info | grep -q "\"version\":\"${ASTERISK_VERSION}"
	start 16
	[[ $ASTERISK_VERSION = 16.* ]]
	[ "$ASTCTL_URL" != "$url" ]
	[ "$(<"$ASTCTL_PASSWORD_FILE")" != "$password" ]
	ari GET asterisk/info | grep -q "\"version\":\"${ASTERISK_VERSION}"
	run "$LIVE_ASTERISK" status
	[[ $output = *"$NAME-22 "*running*"$url"* ]]
	[[ $output = *"$NAME-16 "*running*"$ASTCTL_URL"* ]]
}

@test "a start of what runs already gives the same server" {
	start 22
	pid=$ASTERISK_PID
	eval "$("$LIVE_ASTERISK" start 22 --name "$NAME-22")"
	[ "$ASTERISK_PID" = "$pid" ]
	run "$LIVE_ASTERISK" start 22 --name "$NAME-22" --owner $$
	[ "$status" -eq 1 ]
	[[ $output = *"runs already"* ]]
	run "$LIVE_ASTERISK" start 16 --name "$NAME-22"
	[ "$status" -eq 1 ]
	[[ $output = *"is Asterisk 22"* ]]
}

@test "two starts of one name at the same time give one server" {
	"$LIVE_ASTERISK" start 22 --name "$NAME" >"$BATS_TEST_TMPDIR/1" &
	first=$!
	"$LIVE_ASTERISK" start 22 --name "$NAME" >"$BATS_TEST_TMPDIR/2"
	wait $first
	diff "$BATS_TEST_TMPDIR/1" "$BATS_TEST_TMPDIR/2"
}

@test "the password files can be read by their owner only" {
	start 22
	[ "$(stat -c %a "$ASTCTL_PASSWORD_FILE")" = 600 ]
	[ "$(stat -c %a "$ASTERISK_READER_PASSWORD_FILE")" = 600 ]
	[ "$(stat -c %a "$ASTERISK_DIR")" = 700 ]
}

@test "the reader may read and not write" {
	start 22
	ASTCTL_USER=$ASTERISK_READER ASTCTL_PASSWORD_FILE=$ASTERISK_READER_PASSWORD_FILE
	ari GET bridges
	run ari POST bridges
	[[ $output = *"Write access denied"* ]]
}

@test "ARI over TLS with the certificate that is exported" {
	for version in 22 16; do
		start $version
		curl -sS --fail --cacert "$ASTERISK_TLS_CA" -o /dev/null \
			-u "$ASTCTL_USER:$(<"$ASTCTL_PASSWORD_FILE")" "$ASTERISK_TLS_URL/asterisk/info"
		run curl -sS "$ASTERISK_TLS_URL/asterisk/info"
		[ "$status" -eq 60 ]
	done
}

@test "stop ends the process and removes its directory" {
	start 16
	[ -d "/proc/$ASTERISK_PID" ]
	"$LIVE_ASTERISK" stop "$NAME-16"
	gone "$NAME-16" "$ASTERISK_PID"
	run "$LIVE_ASTERISK" status "$NAME-16"
	[ "$status" -eq 3 ]
	run "$LIVE_ASTERISK" stop "$NAME-16"
	[ "$status" -eq 1 ]
	[[ $output = *"no instance '$NAME-16'"* ]]
}

@test "an owner that is killed takes its Asterisk along" {
	for version in 22 16; do
		sleep 60 &
		owner=$!
		eval "$("$LIVE_ASTERISK" start $version --name "$NAME" --owner $owner)"
		kill -0 "$ASTERISK_PID"
		kill -9 $owner
		wait_until 10 gone "$NAME" "$ASTERISK_PID"
	done
}

@test "a supervisor that is killed takes its Asterisk along" {
	start 22
	supervisor=$(awk '$1 == "PPid:" { print $2 }' "/proc/$ASTERISK_PID/status")
	kill -9 "$supervisor"
	wait_until 10 ended "$ASTERISK_PID"
}

@test "a crashed Asterisk is seen as stopped, keeps its log and can be started again" {
	start 22
	old=$ASTERISK_PID
	kill -9 "$old"
	wait_until 5 ended "$old"
	run "$LIVE_ASTERISK" status "$NAME-22"
	[ "$status" -eq 3 ]
	[[ $output = *stopped* ]]
	[ -s "$ASTERISK_LOG" ]
	start 22
	[ "$ASTERISK_PID" != "$old" ]
	ari GET asterisk/info
}

@test "a start that is interrupted leaves nothing" {
	setsid "$LIVE_ASTERISK" start 22 --name "$NAME" >/dev/null 2>&1 &
	start=$!
	wait_until 10 test -s "$RUN/$NAME/pid"
	pid=$(<"$RUN/$NAME/pid")
	kill -TERM $start
	# It may have been ready just before: then it is to be stopped as usual.
	if wait $start; then "$LIVE_ASTERISK" stop "$NAME"; fi
	wait_until 10 gone "$NAME" "$pid"
}

@test "the log is free of warnings and errors after start and after listing all there is" {
	for version in 22 16; do
		start $version
		for path in channels bridges endpoints sounds recordings/stored deviceStates \
			applications asterisk/modules asterisk/logging; do
			ari GET $path -o /dev/null
		done
		run log_problems
		[ "$status" -eq 1 ]
	done
}

@test "a module and its configuration can be added, and load" {
	module=$("$LIVE_ASTERISK" module-dir 22)/func_sha1.so
	mkdir "$BATS_TEST_TMPDIR/etc"
	printf '[globals]\nSPARE = @SPARE_PORT@\n' >"$BATS_TEST_TMPDIR/etc/extensions.conf"
	start 22 --module "$module" --etc "$BATS_TEST_TMPDIR/etc"
	[[ $(console 'module show like func_sha1') = *Running* ]]
	[[ $(console 'dialplan show globals') = *SPARE=$ASTERISK_SPARE_PORT* ]]
}

@test "headers to build a module with, and none of the C library's" {
	for version in 22 16; do
		headers=$("$LIVE_ASTERISK" headers $version)
		[ -f "$headers/asterisk.h" ]
		[ -f "$headers/asterisk/ari.h" ]
		[ ! -e "$headers/stdio.h" ]
	done
}

@test "the names of the dialplan answer, ring and confer as documented" {
	for version in 22 16; do
		start $version
		for name in prompt echo dtmf tone turns silence conf-1 answer-later; do
			ari POST "channels?endpoint=Local/$name@test&extension=100&context=default&channelId=$name" \
				-o /dev/null
		done
		for name in prompt echo dtmf tone turns silence conf-1 answer-later; do
			wait_until 10 is_up $name
		done
		ari POST "channels?endpoint=Local/noanswer@test&extension=100&context=default&channelId=no" \
			-o /dev/null
		ari GET channels/no | grep -q '"state":"Ring'
		[[ $(console 'confbridge list') = *"1 "* ]]
		run log_problems
		[ "$status" -eq 1 ]
	done
}

@test "a recording goes to the private directory and can be fetched" {
	for version in 22 16; do
		start $version
		ari POST "bridges?bridgeId=b1" -o /dev/null
		ari POST "bridges/b1/record?name=dir/note&format=wav" -o /dev/null
		wait_until 5 test -s "$ASTERISK_DIR/spool/recording/dir/note.wav"
		ari POST recordings/live/dir%2Fnote/stop
		wait_until 5 ari GET recordings/stored/dir%2Fnote
		ari GET recordings/stored/dir%2Fnote/file -o "$BATS_TEST_TMPDIR/note.wav"
		[ "$(head -c 4 "$BATS_TEST_TMPDIR/note.wav")" = RIFF ]
	done
}

@test "a real phone call: sipp calls echo, and is told that busy is busy" {
	command -v sipp >/dev/null || skip "no sipp"
	for version in 22 16; do
		start $version
		cd "$BATS_TEST_TMPDIR"
		sipp -sn uac -s echo "127.0.0.1:$ASTERISK_SIP_PORT" -i 127.0.0.1 -nostdin \
			-p "$ASTERISK_SPARE_PORT" -m 1 -d 100 -timeout 10 >sipp.log
		run timeout 10 sipp -sn uac -s busy "127.0.0.1:$ASTERISK_SIP_PORT" -i 127.0.0.1 -nostdin \
			-p "$ASTERISK_SPARE_PORT" -m 1 -d 100 -trace_msg -message_file busy.log
		[ "$status" -eq 1 ]
		grep -q '^SIP/2.0 486' busy.log
	done
}

@test "without Asterisk 22 in reach, 16 runs instead, and it is said" {
	without_network "$BATS_TEST_TMPDIR" 'echo "E: no such suite" >&2; exit 100'
	run --separate-stderr "$LIVE_ASTERISK" start 22 --name "$NAME" --owner $$
	[ "$status" -eq 0 ]
	[[ $stderr = *"no such suite"*"falling back to 16"* ]]
	[[ $output = *"ASTERISK_VERSION='16."* ]]
}

@test "a fetch that is killed leaves no half tree, and the next one cleans up" {
	without_network "$BATS_TEST_TMPDIR" "touch $BATS_TEST_TMPDIR/asked; exec sleep 60"
	setsid "$LIVE_ASTERISK" fetch 22 >/dev/null 2>&1 &
	fetch=$!
	wait_until 10 test -e "$BATS_TEST_TMPDIR/asked"
	kill -9 -- -$fetch
	[ ! -e "$XDG_CACHE_HOME/astctl/asterisk-22" ]
	printf '#!/bin/sh\necho "E: out of order" >&2; exit 100\n' >"$BATS_TEST_TMPDIR/bin/apt-get"
	run "$LIVE_ASTERISK" fetch 22
	[ "$(ls -d "$XDG_CACHE_HOME"/astctl/.fetch* 2>/dev/null)" = '' ]
	[ ! -e "$XDG_CACHE_HOME/astctl/asterisk-22" ]
}

@test "bad arguments get one line and status 2" {
	bad() {
		run "$LIVE_ASTERISK" "${@:2}"
		[ "$status" -eq 2 ]
		[ "${#lines[@]}" -eq 1 ]
		[[ $output = *"$1"* ]]
	}
	bad "no such command 'sart'" sart
	bad 'expected a version' start
	bad "no such version '21'" start 21
	bad "bad instance name '../x'" start 22 --name ../x
	bad "bad instance name ''" start 22 --name ''
	bad '--name needs a value' start 22 --name
	bad "bad --owner 'x'" start 22 --owner x
	bad 'no such process' start 22 --owner 4194305
	bad 'no such file' start 22 --module /nowhere.so
	bad 'no such directory' start 22 --etc /nowhere
	bad "unknown argument '--fast'" start 22 --fast yes
	bad 'expected the name' stop
	bad 'expected the name' env
	bad 'expected one console command' console 22
	bad 'no such version' headers 13
}

@test "help goes to stdout, no command is an error" {
	run "$LIVE_ASTERISK" --help
	[ "$status" -eq 0 ]
	[[ $output = usage:* ]]
	run "$LIVE_ASTERISK"
	[ "$status" -eq 2 ]
}
