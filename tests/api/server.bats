# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 The astctl authors
#
# The API description against what Asterisk really serves:
# - on 22 and on 16: nothing that the server has is missing or different in ari.json;
# - what only newer servers have is listed, and is not a failure;
# - the check does notice each kind of difference;
# - a server that cannot be asked gives one line and status 2.

bats_require_minimum_version 1.5.0

load ../live/helper

setup_file() {
	export CHECK=$BATS_TEST_DIRNAME/check_server
}

# The documents of the server whose exports are set, copied to $1.
copy_documents() {
	local name
	mkdir -p "$1"
	for name in resources applications asterisk bridges channels deviceStates endpoints events \
		mailboxes playbacks recordings sounds; do
		ari GET "api-docs/$name.json" >"$1/$name.json"
	done
}

compare_with() {
	live_start "$1"
	run "$CHECK"
	copy_documents "$BATS_TEST_TMPDIR/docs"
	live_stop
	echo "$output"
	[ "$status" -eq 0 ]
	[[ ${lines[0]} == "Asterisk $1."* ]]
	[[ ${lines[-1]} == "0 differences" ]]
}

@test "server: ari.json has everything that Asterisk 22 serves" {
	compare_with 22
	[[ $output == *"109 operations, 275 parameters"* ]]
}

@test "server: ari.json has everything that Asterisk 16 serves" {
	compare_with 16
	[[ $output == *"  operation channels.progress"* ]]
	[[ $output == *"  parameter channels.hangup reason_code"* ]]
	[[ $output == *"  parameter channels.externalMedia transport value websocket"* ]]
}

@test "server: each kind of difference is a failure and one clear line" {
	live_start 22
	copy_documents "$BATS_TEST_TMPDIR/docs"
	live_stop
	cd "$BATS_TEST_TMPDIR"
	run "$CHECK" docs
	[ "$status" -eq 0 ]
	while IFS='|' read -r file filter expected; do
		cp -R docs changed
		jq "$filter" "docs/$file.json" >"changed/$file.json"
		run "$CHECK" changed
		echo "$output"
		[ "$status" -eq 1 ]
		[[ ${lines[-1]} == "1 differences" ]]
		[[ $output == *"DIFFERENT $expected"* ]]
		rm -r changed
	done <<-'END'
	sounds|.apis[0].operations[0].nickname = "search"|operation sounds.search: missing
	sounds|.apis[0].path = "/sound"|operation sounds.list: the server says GET /sound
	sounds|.apis[0].operations[0].responseClass = "Sound"|operation sounds.list: result
	sounds|.apis[0].operations[0].parameters[0].name = "tongue"|parameter sounds.list tongue: missing
	sounds|.apis[0].operations[0].parameters[0].dataType = "int"|parameter sounds.list lang: the server says int
	sounds|.apis[0].operations[0].parameters[0].required = true|parameter sounds.list lang: required
	sounds|.apis[0].operations[0].parameters[0].allowMultiple = true|parameter sounds.list lang: multiple
	sounds|.apis[0].operations[0].parameters[0].paramType = "body"|parameter sounds.list lang: place
	sounds|.apis[0].operations[0].parameters[0].defaultValue = "en"|parameter sounds.list lang: default
	playbacks|.apis[1].operations[0].parameters[1].allowableValues.values += ["eject"]|parameter playbacks.control operation: value eject
	sounds|.models.Noise = {"id": "Noise", "properties": {}}|model Noise: missing
	sounds|.models.Sound.properties.size = {"type": "int"}|property Sound.size: missing
	sounds|.models.Sound.properties.text.type = "int"|property Sound.text: type
	playbacks|.models.Playback.properties.state.allowableValues.values += ["stuck"]|property Playback.state: value stuck
	END
}

@test "server: one that cannot be asked gives one line" {
	printf 'secret\n' >"$BATS_TEST_TMPDIR/password"
	ASTCTL_URL=http://127.0.0.1:1/ari ASTCTL_USER=u ASTCTL_PASSWORD_FILE=$BATS_TEST_TMPDIR/password \
		run "$CHECK"
	[ "$status" -eq 2 ]
	[ "${#lines[@]}" -eq 1 ]
	[[ $output == *"Connection refused"* ]]
	run env -u ASTCTL_URL "$CHECK"
	[ "$status" -eq 2 ]
	[ "${#lines[@]}" -eq 1 ]
	run "$CHECK" "$BATS_TEST_TMPDIR/nowhere"
	[ "$status" -eq 2 ]
	[ "${#lines[@]}" -eq 1 ]
	run "$CHECK" --help
	[ "$status" -eq 2 ]
}
