# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 The astctl authors
#
# For bats files that need a real Asterisk: load helper, then live_start in
# setup_file (one server for the file, its exports reach every test) and
# live_stop in teardown_file.  Whatever happens to bats, the server ends with it.

LIVE_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
LIVE_ASTERISK=$LIVE_DIR/../asterisk

# live_start [VERSION [OPTION...]]: an instance of this file's own, whose exports
# are set; options as of tests/asterisk start.  LIVE_VERSION chooses the default.
live_start() {
	local version=${1:-${LIVE_VERSION:-22}} exports
	[ $# -eq 0 ] || shift
	if with_module; then
		set -- --etc "$LIVE_DIR/../module/etc" --module \
			"${BUILD:-$LIVE_DIR/../../build}/module-$version/res_stasis_http.so" "$@"
	fi
	exports=$("$LIVE_ASTERISK" start "$version" --name "bats-$$-$version" --owner $$ "$@") ||
		return 1
	eval "$exports"
}

# live_use FILE: take the exports that `live_env` wrote to FILE. In a file that is called
# *_module.bats the server is the module's, in the same Asterisk: its tests are those of the file
# without that in its name.
live_use() {
	eval "$(cat "$1")"
	STOCK_URL=$ASTCTL_URL
	MODULE_URL=http://127.0.0.1:$ASTERISK_SPARE_PORT/stasis
	if with_module; then
		export ASTCTL_URL=$MODULE_URL
	fi
}

live_env() {
	"$LIVE_ASTERISK" env "$ASTERISK_INSTANCE" >"$1"
}

with_module() {
	[[ ${BATS_TEST_FILENAME##*/} == *module.bats ]]
}

# live_stop [NAME]: stop that instance, or the one whose exports are set.
live_stop() {
	"$LIVE_ASTERISK" stop "${1:-$ASTERISK_INSTANCE}"
}

# wait_until SECONDS COMMAND...: 0 as soon as COMMAND succeeds, 1 after SECONDS.
wait_until() {
	local deadline=$((${EPOCHREALTIME/[^0-9]/} + $1 * 1000000))
	shift
	until "$@"; do
		if [ "${EPOCHREALTIME/[^0-9]/}" -ge $deadline ]; then
			echo "not so in time: $*" >&2
			return 1
		fi
		sleep 0.05
	done
}

# console COMMAND: what the console of the current instance prints for it.
console() {
	"$LIVE_ASTERISK" console "$ASTERISK_INSTANCE" "$1"
}

# ari METHOD PATH [CURL-OPTION...]: the body on stdout; fails on a status of 400
# and above.  Asks the server past all of our own code.
ari() {
	local method=$1 path=$2
	shift 2
	curl -sS --fail-with-body --max-time 10 -X "$method" \
		-u "$ASTCTL_USER:$(<"$ASTCTL_PASSWORD_FILE")" "$@" "$ASTCTL_URL/$path"
}

# log_problems: the warnings and errors of the current instance's log; 1 if none.
log_problems() {
	grep -E '\] (WARNING|ERROR)\[' "$ASTERISK_LOG"
}
