# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 The astctl authors
# shellcheck disable=SC2154 # status, output, stderr: set by run
#
# What every fault must end in: one clear line on stderr, nothing on stdout, the documented
# exit status, in time, and the password in none of it.

load mock

# The exit statuses, by their names in the manual.
OK=0 USAGE=2 REFUSED=4 NOT_FOUND=5 CONFLICT=6 CONNECT=7 TIMEOUT=8 SERVER=9
FAILURE=1
export OK USAGE REFUSED NOT_FOUND CONFLICT CONNECT TIMEOUT SERVER FAILURE

# What a deadline of astctl may be late by here: a busy machine, sanitizers.
SLACK=${FAULT_SLACK:-3}

# fails STATUS SECONDS REGEX COMMAND...: COMMAND ends with STATUS within SECONDS (and SLACK), and
# says one line that matches REGEX (extended, any case)
fails() {
	local want=$1 seconds=$2 regex=$3 start took
	shift 3
	start=${EPOCHREALTIME/[^0-9]/}
	run --separate-stderr timeout --foreground --kill-after=2 60 "$@" < /dev/null
	took=$(((${EPOCHREALTIME/[^0-9]/} - start) / 1000))
	echo "# $*"
	echo "# status $status, $took ms, stdout: ${output:0:300}"
	echo "# stderr: ${stderr:0:600}"
	expect "status $want" [ "$status" -eq "$want" ] &&
		expect "an end within $seconds s" [ "$took" -le $(((seconds + SLACK) * 1000)) ] &&
		expect "an empty stdout" [ -z "$output" ] &&
		expect "one line on stderr" [ "${#stderr_lines[@]}" -eq 1 ] &&
		expect "a line that says $regex" grep -qiE -- "$regex" <<< "$stderr" &&
		expect "a line of 600 octets at most" [ "${#stderr}" -le 600 ] &&
		harmless "$stderr"
}

# expect WHAT COMMAND...: says what was expected if COMMAND fails
expect() {
	local what=$1
	shift
	"$@" && return
	echo "# expected: $what" >&2
	return 1
}

# harmless TEXT: no control characters but tab and newline (C1 and bidirectional ones included), no password
harmless() {
	local controls
	controls=$'[\x01-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\x8b-\x8f\xaa-\xae]|\xe2\x81[\xa0-\xaf]|\xef\xbb\xbf'
	expect "no controls for the terminal" absent "$controls" "$1" &&
		expect "no password" absent "$MOCK_PASSWORD|$(password_base64)" "$1"
}

absent() {
	! LC_ALL=C grep -qP -- "$1" <<< "$2"
}

# The credentials as they are on the wire.
password_base64() {
	printf %s "$MOCK_USER:$MOCK_PASSWORD" | base64
}

# A list of one channel with everything a channel has, for scenarios: channel_json NAME CALLER
channel_json() {
	jq -cn --arg name "$1" --arg caller "$2" '{id: "c1", name: $name, state: "Up", protocol_id: "",
		caller: {name: $caller, number: "100"}, connected: {name: "", number: ""}, accountcode: "",
		dialplan: {context: "test", exten: "s", priority: 1, app_name: "Stasis", app_data: "a"},
		creationtime: "2026-11-23T01:49:17.619+0000", language: "en"}'
}
