# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 The astctl authors
#
# The API description and what is made of it:
# - public tools accept it, and it gives a TypeScript client the right types;
# - they refuse a description with a mistake, so the check can fail;
# - the generated files are those that the description gives, the same each time;
# - a changed description or a touched file is noticed, a broken one gives one clear line.

setup() {
	here=$BATS_TEST_DIRNAME
	root=$(cd "$here/../.." && pwd)
	export XDG_CACHE_HOME=${XDG_CACHE_HOME:-$HOME/.cache}
}

# A copy of the generator with its files, in which things can be broken.
copy_tree() {
	mkdir -p "$BATS_TEST_TMPDIR/lib"
	cp -R "$root/lib/api" "$root/lib/ari" "$BATS_TEST_TMPDIR/lib/"
	mkdir -p "$BATS_TEST_TMPDIR/module"
	cp -R "$root/module/api" "$BATS_TEST_TMPDIR/module/"
	cp "$root/lib/operation_table.c" "$root/lib/event_kind.c" "$BATS_TEST_TMPDIR/lib/"
	cd "$BATS_TEST_TMPDIR" || return 1
}

# edit FILTER: change the description of the copy with jq.
edit() {
	jq "$1" "$root/lib/api/ari.json" >lib/api/ari.json
}

generate() {
	python3 lib/api/generate.py "$@"
}

@test "description: redocly, openapi-typescript and the compiler accept it" {
	run "$here/check_description"
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"Your API description is valid"* ]]
	[[ $output == *"client.ts: fits the types"* ]]
}

@test "description: two operations of one name are refused" {
	jq '.paths["/channels"].get.operationId = "channels.originate"' \
		"$root/lib/api/ari.json" >"$BATS_TEST_TMPDIR/ari.json"
	run "$here/check_description" "$BATS_TEST_TMPDIR/ari.json"
	[ "$status" -ne 0 ]
	[[ $output == *operationId-unique* ]]
}

@test "description: a type that is not there is refused" {
	jq '.components.schemas.Channel.properties.caller["$ref"] = "#/components/schemas/Nobody"' \
		"$root/lib/api/ari.json" >"$BATS_TEST_TMPDIR/ari.json"
	run "$here/check_description" "$BATS_TEST_TMPDIR/ari.json"
	[ "$status" -ne 0 ]
	[[ $output == *resolve* ]]
}

@test "description: types that do not fit a client are refused" {
	copy_tree
	edit 'del(.components.schemas.ChannelTalkingFinished.allOf[1].properties.duration) |
		del(.components.schemas.ChannelTalkingFinished.allOf[1].required[1])'
	mkdir tests
	cp -R "$here" tests/
	run tests/api/check_description
	[ "$status" -ne 0 ]
	[[ $output == *"Your API description is valid"* ]]
	[[ $output == *"client.ts"*"error TS"*"'duration' does not exist"* ]]
}

@test "generator: the committed files are fresh" {
	run python3 "$root/lib/api/generate.py" --check
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "generator: twice the same, and byte for byte what is committed" {
	copy_tree
	rm lib/operation_table.c lib/event_kind.c lib/ari/event_kind.h
	PYTHONHASHSEED=1 generate
	cmp lib/operation_table.c "$root/lib/operation_table.c"
	cmp lib/event_kind.c "$root/lib/event_kind.c"
	cmp lib/ari/event_kind.h "$root/lib/ari/event_kind.h"
	PYTHONHASHSEED=2 generate --check
}

@test "generator: a changed description makes the table stale" {
	copy_tree
	edit '.paths["/channels"].get.summary = "Another sentence."'
	run generate --check
	[ "$status" -eq 1 ]
	[ "${#lines[@]}" -eq 1 ]
	[[ $output == *"operation_table.c: stale"* ]]
}

@test "generator: a touched or missing file is stale" {
	copy_tree
	echo >>lib/event_kind.c
	rm lib/ari/event_kind.h
	run generate --check
	[ "$status" -eq 1 ]
	[ "${#lines[@]}" -eq 2 ]
	[[ $output == *event_kind.c* && $output == *event_kind.h* ]]
}

@test "generator: a mistake in the description gives one line and writes nothing" {
	copy_tree
	while IFS='|' read -r filter expected; do
		edit "$filter"
		run generate
		[ "$status" -eq 1 ]
		[ "${#lines[@]}" -eq 1 ]
		[[ $output == *"$expected"* ]] || {
			echo "$output"
			return 1
		}
	done <<-'END'
	.paths["/channels"].get.operationId = "list"|GET /channels: operationId
	.paths["/channels"].get.operationId = "channels.create"|channels.create is there twice
	del(.paths["/channels"].get.summary)|GET /channels: summary
	.paths["/channels/{channelId}"].get.parameters = []|GET /channels/{channelId}: the path
	.paths["/channels"].post.parameters[1].schema.type = "strin"|parameter extension: type 'strin'
	del(.paths["/channels"].post.parameters[1].description)|parameter extension has no description
	.paths["/channels"].post.parameters[1].name = "endpoint"|a parameter is there twice
	END
	echo '{' >lib/api/ari.json
	run generate
	[ "$status" -eq 1 ]
	[ "${#lines[@]}" -eq 1 ]
	cmp lib/operation_table.c "$root/lib/operation_table.c"
}

@test "description: 109 operations, 45 events, 85 models, and every text is a sentence" {
	cd "$root"
	run jq '[.paths[][].operationId] | length' lib/api/ari.json
	[ "$output" -ge 109 ]
	run jq '[.components.schemas[].allOf[]? | select(."$ref" == "#/components/schemas/Event")] | length' \
		lib/api/ari.json
	[ "$output" -ge 45 ]
	run jq '.components.schemas | length' lib/api/ari.json
	[ "$output" -ge 85 ]
	run jq -r '.. | objects | (.summary, .description) | strings | select(test("^[^a-z ].*[.]$"; "m") | not)' \
		lib/api/ari.json
	[ -z "$output" ]
}
