# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 The astctl authors
#
# Mock servers for bats files: `load mock` (or `load ../cli/mock`), mock_start in a
# test, mock_stop in teardown. A file's only mock needs no name; further ones are
# made and asked for with -n NAME. Everything lives in $BATS_TEST_TMPDIR/NAME.
# What a mock can do: tests/mock/README.md.

bats_require_minimum_version 1.5.0
MOCK_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
PATH=${BUILD:-$MOCK_ROOT/build}:$PATH

# What no file, environment variable or output may show but the request itself.
MOCK_USER=tester
MOCK_PASSWORD=canary-7d1f

# wait_until SECONDS COMMAND...: 0 as soon as COMMAND succeeds, 1 after SECONDS
wait_until() {
	local deadline=$((${EPOCHREALTIME/[^0-9]/} + $1 * 1000000))
	shift
	until "$@"; do
		if [ "${EPOCHREALTIME/[^0-9]/}" -ge "$deadline" ]; then
			echo "not so in time: $*" >&2
			return 1
		fi
		sleep 0.02
	done
}

# mock_start [-n NAME] [-] [ARGUMENT...]: start a mock and wait until it listens.
# With `-`, a scenario is read from standard input. The mock without a name is also
# what astctl will talk to.
mock_start() {
	local name=mock dir word port url fd
	if [ "${1-}" = -n ]; then
		name=$2
		shift 2
	fi
	dir=$BATS_TEST_TMPDIR/$name
	rm -rf "$dir"	# of one that was stopped
	mkdir "$dir"
	if [ "${1-}" = - ]; then
		shift
		cat > "$dir/scenario"
		set -- --scenario "$dir/scenario" "$@"
	fi
	mkfifo "$dir/control" "$dir/ready"
	"$MOCK_ROOT/tests/mock/mock" --ledger "$dir/ledger" --owner "$BASHPID" \
		--user "$MOCK_USER" --password "$MOCK_PASSWORD" "$@" \
		< "$dir/control" > "$dir/ready" 2> "$dir/stderr" 3>&- &
	echo "$!" > "$dir/pid"
	exec {fd}> "$dir/control"
	echo "$fd" > "$dir/fd"
	if ! read -r -t 10 word port url < "$dir/ready" || [ "$word" != READY ]; then
		cat "$dir/stderr" >&2
		return 1
	fi
	echo "$port" > "$dir/port"
	echo "$url" > "$dir/url"
	[ "$name" != mock ] || mock_environment "$dir"
}

# The environment that makes astctl talk to the mock in DIR and to nobody else.
mock_environment() {
	export MOCK_LEDGER=$1/ledger MOCK_URL MOCK_PORT
	MOCK_URL=$(< "$1/url")
	MOCK_PORT=$(< "$1/port")
	export ASTCTL_URL=$MOCK_URL
	mock_credentials
}

# User and password of the mocks, and no configuration of the person who runs the tests.
mock_credentials() {
	export HOME=$BATS_TEST_TMPDIR XDG_CONFIG_HOME=$BATS_TEST_TMPDIR/config
	export ASTCTL_USER=$MOCK_USER ASTCTL_PASSWORD_FILE=$BATS_TEST_TMPDIR/password
	unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY NETRC
	unset ASTCTL_CONTEXT ASTCTL_CONFIG ASTCTL_PASSWORD_COMMAND
	(umask 077 && echo "$MOCK_PASSWORD" > "$ASTCTL_PASSWORD_FILE")
}

# mock_stop: end every mock of this test
mock_stop() {
	local dir
	for dir in "$BATS_TEST_TMPDIR"/*/; do
		[ -f "$dir/pid" ] || continue
		# one that is still starting dies of the signal: its status is no failure of the test
		kill "$(< "$dir/pid")" 2> /dev/null || :
		wait "$(< "$dir/pid")" 2> /dev/null || :
		rm "$dir/pid"
	done
	return 0
}

# mock_kill [-n NAME]: SIGKILL, as a crash of the server
mock_kill() {
	local dir
	dir=$(mock_dir "$@")
	kill -KILL "$(< "$dir/pid")"
	wait "$(< "$dir/pid")" 2> /dev/null || true
	rm "$dir/pid"
}

mock_dir() {
	local name=mock
	[ "${1-}" != -n ] || name=$2
	echo "$BATS_TEST_TMPDIR/$name"
}

mock_url() {
	cat "$(mock_dir -n "$1")/url"
}

mock_port() {
	cat "$(mock_dir -n "$1")/port"
}

# mock_control [-n NAME] LINE: step, drop, event JSON or stop; returns when it is done
mock_control() {
	local dir before
	dir=$(mock_dir "$@")
	[ "$1" != -n ] || shift 2
	before=$(grep -c '"event": "control"' "$dir/ledger" || true)
	echo "$1" >&"$(< "$dir/fd")"
	wait_until 10 mock_controlled "$dir" "$before"
}

mock_controlled() {
	[ "$(grep -c '"event": "control"' "$1/ledger")" -gt "$2" ]
}

# mock_requests [-n NAME] METHOD PATH-REGEX: how many came (method: a regex too)
mock_requests() {
	local dir
	dir=$(mock_dir "$@")
	[ "$1" != -n ] || shift 2
	grep -cE "\"event\": \"request\".*\"method\": \"($1)\", \"target\": \"[^\"]*\", \"path\": \"($2)\"" \
		"$dir/ledger" || true
}

# mock_noted [-n NAME] TEXT: succeeds if the ledger has TEXT in it
mock_noted() {
	local dir
	dir=$(mock_dir "$@")
	[ "$1" != -n ] || shift 2
	grep -qF -- "$1" "$dir/ledger"
}

# mock_connections [-n NAME]: how many were accepted
mock_connections() {
	grep -c '"event": "open"' "$(mock_dir "$@")/ledger" || true
}

# mock_created KIND: how many channels or bridges the mock made
mock_created() {
	grep -c "\"event\": \"created\", \"kind\": \"$1\"" "$(mock_dir)/ledger" || true
}
