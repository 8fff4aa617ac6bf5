#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 The astctl authors
#
# Help, the tables and the manual page say the same; help needs neither a server nor the network's
# libraries. (That each command's help has its options and that its examples parse: test_command.)

bats_require_minimum_version 1.5.0
ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
PATH=${BUILD:-$ROOT/build}:$PATH

setup() {
	export HOME=$BATS_TEST_TMPDIR XDG_CONFIG_HOME=$BATS_TEST_TMPDIR
	unset ASTCTL_URL ASTCTL_USER ASTCTL_PASSWORD_FILE ASTCTL_CONTEXT ASTCTL_CONFIG
}

# The words of all commands, by the help of the objects.
all_commands() {
	local object
	astctl --help | sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p'
	astctl --help | sed -n '/^Objects/,/^$/s/^  \([a-z-]*\)  .*/\1/p' | sort -u |
		while read -r object; do
			astctl "$object" -h | grep -q '^Usage: astctl [a-z-]* VERB' || continue
			astctl "$object" -h | sed -nE 's/^  ([a-z-]+( [a-z-]+)+)(  .*)?$/\1/p'
		done
}

@test "help is on stdout, with status 0, everywhere" {
	for words in '--help' '-h' 'help' 'channel --help' 'channel list --help' 'help channel list' \
		'api --help' 'api channels.list --help' 'help exit-status' 'help environment' \
		'help passwords' 'help contexts' 'help output' ''; do
		# shellcheck disable=SC2086
		run -0 --separate-stderr astctl $words
		[ -n "$output" ]
		[ -z "$stderr" ]
	done
}

@test "help and version load neither libcurl nor libwebsockets" {
	for words in --help 'channel list --help' version 'api --list'; do
		# shellcheck disable=SC2086
		LD_DEBUG=files LD_DEBUG_OUTPUT=$BATS_TEST_TMPDIR/loaded run -0 astctl $words
	done
	run ! grep -lE 'libcurl|libwebsockets|libssl' "$BATS_TEST_TMPDIR"/loaded.*
}

@test "a group without a verb names the verbs, with status 2" {
	run -2 --separate-stderr astctl channel
	[[ $stderr == *'list, show'* ]]
	[ -z "$output" ]
}

@test "every command has help with a usage line of its own" {
	count=0
	while read -r words; do
		# shellcheck disable=SC2086
		astctl $words --help </dev/null | head -n 1 | grep -qF "Usage: astctl $words"
		count=$((count + 1))
	done < <(all_commands)
	[ $count -gt 60 ]
}

@test "help says which operations only the module has, and since when there are the others" {
	astctl bridge speakers --help | grep -qx '  only of a server with the module res_stasis_http'
	astctl api sessions.list --help | grep -qx '  only of a server with the module res_stasis_http'
	astctl bridge show --help | grep -qx '  since Asterisk 12.0.0'
}

@test "the manual page has every command and no other" {
	all_commands | sort -u >"$BATS_TEST_TMPDIR/help"
	sed -n '/^\.Sh COMMANDS/,/^\.Sh OPTIONS/s/^\.It Ic //p' "$ROOT/man/astctl.1" | sort -u \
		>"$BATS_TEST_TMPDIR/man"
	# The verbs of bridge are only in its line of the overview: bridge is a command itself.
	grep -v '^bridge ' "$BATS_TEST_TMPDIR/man" >"$BATS_TEST_TMPDIR/man.most"
	grep -v '^bridge ' "$BATS_TEST_TMPDIR/help" | diff - "$BATS_TEST_TMPDIR/man.most"
	astctl --help | sed -n '/^  bridge .*,/,/^  [a-z]/p' | sed 's/^  [a-z-]* //; /^[a-z]/d' | tr -d '\n' |
		sed 's/  */ /g' | tr , '\n' | sed 's/^ *//' >"$BATS_TEST_TMPDIR/verbs"
	grep '^bridge ' "$BATS_TEST_TMPDIR/man" | sed 's/^bridge //' | while read -r verb; do
		grep -qxF "$verb" "$BATS_TEST_TMPDIR/verbs" || grep -qF "$verb" "$BATS_TEST_TMPDIR/verbs"
	done
}

@test "the manual page has the options of every command" {
	astctl --help | sed -n -e '/^Options of every command/,$s/^  [ -].*, --\([a-z-]*\).*/\1/p' -e 's/^      --\([a-z-]*\).*/\1/p' |
		sort -u >"$BATS_TEST_TMPDIR/help"
	sed -n '/^\.Sh OPTIONS/,/^\.Sh OUTPUT/s/^\.It .*Fl -\([a-z-]*\).*/\1/p' "$ROOT/man/astctl.1" |
		sort | diff "$BATS_TEST_TMPDIR/help" -
}

@test "the manual page has the exit statuses, with the same meaning" {
	astctl help exit-status | sed -nE 's/^ +([0-9]+)  ([a-z-]+) +(.*)$/\1 \2 \3/p' \
		>"$BATS_TEST_TMPDIR/help"
	sed -n '/^\.Sh EXIT STATUS/,/^\.Sh EXAMPLES/p' "$ROOT/man/astctl.1" |
		awk '/^\.It/ {status = $2; getline; text = tolower(substr($0, 1, 1)) substr($0, 2); getline;
			print status, $3, text}' | diff "$BATS_TEST_TMPDIR/help" -
	[ "$(wc -l <"$BATS_TEST_TMPDIR/help")" -eq 15 ]
}

@test "the manual page has the environment, and so have the sources" {
	astctl help environment | sed -nE 's/^  ([A-Z_]+) .*/\1/p' | sort >"$BATS_TEST_TMPDIR/help"
	sed -n '/^\.Sh ENVIRONMENT/,/^\.Sh FILES/s/^\.It Ev //p' "$ROOT/man/astctl.1" | sort |
		diff "$BATS_TEST_TMPDIR/help" -
	grep -ohE '"(ASTCTL_[A-Z_]+|NETRC|NO_COLOR|CLICOLOR_FORCE|XDG_CONFIG_HOME|TERM)"' "$ROOT"/cli/*.c |
		tr -d '"' | sort -u >"$BATS_TEST_TMPDIR/sources"
	run -0 comm -23 "$BATS_TEST_TMPDIR/sources" "$BATS_TEST_TMPDIR/help"
	[ "${output/ASTCTL_VERSION/}" = '' ]
}

@test "the manual page has the keys of the configuration" {
	astctl help contexts | sed -n '/^Keys:/,$s/^  \([a-z_]*\) .*/\1/p' | while read -r key; do
		sed -n '/^\.Sh FILES/,/^\.Sh EXIT/p' "$ROOT/man/astctl.1" | grep -qE "^\.Ic (.* )?$key( .*)?$"
	done
}

@test "the manual page is right mdoc" {
	command -v mandoc >/dev/null || skip 'mandoc is not installed'
	run -0 mandoc -Tlint -Wwarning "$ROOT/man/astctl.1"
	[ -z "$output" ]
}
