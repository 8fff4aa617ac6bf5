# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 The astctl authors
#
# For bats files that need Asterisk with the module: module_start in setup_file. The version is
# in the file's name (asterisk22.bats, asterisk16.bats), else 22.
load ../live/helper

MODULE_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# module_start [OPTION...]: Asterisk with the module, and MODULE_URL, MODULE_WS. MODULE_VARIANT is
# a directory of the build with another module than the usual one.
module_start() {
	local version=${BATS_TEST_FILENAME##*/}
	version=${version//[^0-9]/}
	version=${version:-22}
	live_start "$version" --etc "$MODULE_DIR/etc" \
		--module "${BUILD:-$MODULE_DIR/../../build}/module-$version/${MODULE_VARIANT:-}/res_stasis_http.so" "$@"
	export MODULE_URL=http://127.0.0.1:$ASTERISK_SPARE_PORT
	export MODULE_WS=ws://127.0.0.1:$ASTERISK_SPARE_PORT
	export AUTH=$ASTCTL_USER:$(<"$ASTCTL_PASSWORD_FILE")
	export STOCK_URL=${ASTCTL_URL%/ari}
}

# module_stop: the end; fails when the sanitizers found something on the way to it.
module_stop() {
	live_stop
}

# stasis METHOD PATH [CURL-OPTION...]: the body; STATUS gets the code.
stasis() {
	local method=$1 path=$2
	shift 2
	curl -sS --max-time 10 -X "$method" -u "${AS:-$AUTH}" "$@" "$MODULE_URL/stasis/$path"
}

# status_of METHOD PATH [CURL-OPTION...]: only the code.
status_of() {
	stasis "$@" -o /dev/null -w '%{http_code}'
}

# ask BASE METHOD PATH [CURL-OPTION...]: "CODE BODY", members sorted, without the two that the
# module's own errors have besides the message.
ask() {
	local base=$1 method=$2 path=$3 out
	shift 3
	out=$(curl -sS --max-time 10 -X "$method" -u "$AUTH" -w '\n%{http_code}' "$@" "$base/$path")
	printf '%s %s\n' "${out##*$'\n'}" "$(jq -cS 'if type == "object" and has("request_id") then del(.request_id, .code) else . end' <<<"${out%$'\n'*}" 2>/dev/null)"
}

# same METHOD PATH [CURL-OPTION...]: stock ARI and the module must answer alike.
same() {
	local stock ours
	stock=$(ask "$STOCK_URL/ari" "$@")
	ours=$(ask "$MODULE_URL/stasis" "$@")
	[ "$stock" = "$ours" ] || {
		printf '%s\nstock: %s\nours:  %s\n' "$*" "$stock" "$ours" >&2
		return 1
	}
	ours=$(ask "$MODULE_URL/ari" "$@")
	[ "$stock" = "$ours" ]
}

# listen NAME QUERY [OPTION...]: a WebSocket in the background, its messages in
# $BATS_TEST_TMPDIR/NAME; returns once it is connected.
listen() {
	local name=$1 query=$2
	shift 2
	"$MODULE_DIR/ws" -u "${AS:-$AUTH}" -t 30 -o "$BATS_TEST_TMPDIR/$name.open" "$@" \
		"${WS:-$MODULE_WS/stasis}/events?$query" \
		>"$BATS_TEST_TMPDIR/$name" 2>"$BATS_TEST_TMPDIR/$name.err" 3>&- &
	printf '%s\n' $! >"$BATS_TEST_TMPDIR/$name.pid"
	wait_until 10 test -e "$BATS_TEST_TMPDIR/$name.open"
}

# heard NAME TEXT: true when a message with TEXT came.
heard() {
	grep -qF -- "$2" "$BATS_TEST_TMPDIR/$1"
}

# types NAME: the types of the messages, each once with its number.
types() {
	jq -r .type "$BATS_TEST_TMPDIR/$1" | sort | uniq -c
}

# is_up ID: the channel is answered.
is_up() {
	[ "$(stasis GET "channels/$1" | jq -r .state)" = Up ]
}

# hang_up_all: no channel, no bridge is left, and nobody listens.
hang_up_all() {
	local file id
	for file in "$BATS_TEST_TMPDIR"/*.pid; do
		[ -e "$file" ] && kill "$(<"$file")" 2>/dev/null
	done
	for id in $(stasis GET channels | jq -r '.[].id'); do
		stasis DELETE "channels/$id" >/dev/null
	done
	for id in $(stasis GET bridges | jq -r '.[].id'); do
		stasis DELETE "bridges/$id" >/dev/null
	done
}
