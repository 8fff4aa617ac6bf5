#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 The astctl authors
#
# What is written where: formats that other programs can read, hostile names that a terminal never
# sees, and what a terminal gets that a pipe does not.

load mock

setup() {
	mock_start - <<-'END'
		on GET /ari/channels
			json [{"id":"1.1","name":"PJSIP/a","state":"Up","caller":{"name":"Jürgen","number":"1"},"creationtime":"2020-01-02T03:04:05.678+0000"},{"id":"1.2","name":"x\u001b]0;owned\u0007","state":"\u202eUp","caller":{"name":"a\tb\nc","number":"2"},"creationtime":"2020-01-02T03:04:05.678+0000"}]
		on GET /ari/bridges
			json []
	END
}

teardown() {
	mock_stop
}

# on_terminal COMMAND...: what COMMAND writes to a terminal of 80 columns
on_terminal() {
	TERM=${TEST_TERM:-xterm} script -qec "$(printf '%q ' "$@")" /dev/null </dev/null | tr -d '\r'
}

@test "json and jsonl keep every value" {
	run -0 --separate-stderr astctl channel list -o json
	[ "$(jq -r '.[1].caller.name' <<<"$output")" = $'a\tb\nc' ]
	[ "$(jq -r '.[1].state' <<<"$output")" = $'\u202eUp' ]
	run -0 --separate-stderr astctl channel list -o jsonl
	[ "${#lines[@]}" -eq 2 ]
	[ "$(jq -r .id <<<"${lines[1]}")" = 1.2 ]
	run -0 --separate-stderr astctl channel list -o jsonl --columns id,caller.name
	[ "$(jq -c . <<<"${lines[0]}")" = '{"id":"1.1","caller.name":"Jürgen"}' ]
}

@test "yaml is YAML" {
	run -0 --separate-stderr astctl channel list -o yaml
	python3 -c 'import yaml' 2>/dev/null || skip "python3-yaml is not installed"
	python3 -c 'import sys, yaml
rows = yaml.safe_load(sys.stdin)
assert rows[0]["caller"] == {"name": "Jürgen", "number": "1"}, rows
assert rows[1]["caller"]["name"] == "a\tb\nc", rows
assert rows[1]["name"] == "x\x1b]0;owned\x07", rows' <<<"$output"
}

@test "a value cannot make a column or a line of tsv" {
	run -0 --separate-stderr astctl channel list -o tsv
	[ "${#lines[@]}" -eq 3 ]
	for line in "${lines[@]}"; do
		[ "$(tr -cd '\t' <<<"$line" | wc -c)" -eq 5 ]
	done
	run -0 --separate-stderr astctl channel list -o tsv --no-headers
	[ "${#lines[@]}" -eq 2 ]
}

@test "yaml has the columns that were asked for" {
	run -0 --separate-stderr astctl channel list -o yaml --columns id,caller.name
	[ "${lines[0]}" = '- id: "1.1"' ]
	[ "${lines[1]}" = '  caller.name: "Jürgen"' ]
	[[ $output != *state* ]]
}

@test "a table is aligned, and the same on a pipe every time" {
	run -0 --separate-stderr astctl channel list --columns id,caller,state
	[ "${lines[0]}" = 'ID   CALLER       STATE' ]
	[ "${lines[1]}" = '1.1  1 <Jürgen>   Up' ]
	[ "${lines[2]}" = '1.2  2 <a\tb\nc>  \u202eUp' ]
}

@test "an empty list has its titles, or nothing at all" {
	run -0 --separate-stderr astctl bridge list
	[ "${#lines[@]}" -eq 1 ]
	run -0 --separate-stderr astctl bridge list -o name
	[ -z "$output" ]
	run -0 --separate-stderr astctl bridge list -o json
	[ "$output" = '[]' ]
}

@test "a terminal gets nothing hostile in any format" {
	for format in table json jsonl tsv yaml name; do
		run -0 on_terminal astctl --color never channel list -o "$format"
		[[ $output == *1.2* ]]
		[[ $output != *$'\e'* && $output != *$'\a'* && $output != *$'\u202e'* ]]
	done
}

@test "json on a terminal has the same values" {
	run -0 on_terminal astctl channel list -o json
	[ "$(jq -r '.[1].state' <<<"$output")" = $'\u202eUp' ]
	[ "$(jq -r '.[1].name' <<<"$output")" = $'x\e]0;owned\a' ]
}

@test "only a terminal gets bold titles, and not with NO_COLOR, TERM=dumb or --color never" {
	bold=$'\e[1m'
	run -0 on_terminal astctl channel list
	[[ $output == *"$bold"* ]]
	NO_COLOR=1 run -0 on_terminal astctl channel list
	[[ $output != *"$bold"* ]]
	TEST_TERM=dumb run -0 on_terminal astctl channel list
	[[ $output != *"$bold"* ]]
	run -0 on_terminal astctl --color never channel list
	[[ $output != *"$bold"* ]]
	run -0 --separate-stderr astctl channel list
	[[ $output != *"$bold"* ]]
	CLICOLOR_FORCE=1 run -0 --separate-stderr astctl channel list
	[[ $output == *"$bold"* ]]
	NO_COLOR=1 run -0 --separate-stderr astctl --color always channel list
	[[ $output == *"$bold"* ]]
}

@test "times are short and local on a terminal only" {
	TZ=UTC run -0 on_terminal astctl --color never channel list --columns created
	[[ $output == *'2020-01-02 03:04'* && $output != *'.678'* ]]
	run -0 --separate-stderr astctl channel list --columns created
	[[ ${lines[1]} = 2020-01-02T03:04:05.678+0000 ]]
}

# channels JSON: what the server has now
channels() {
	mock_stop
	mock_start -e 'on GET /ari/channels' -e "json $1"
}

@test "the application of a channel has its name, not that of the one that made the call" {
	channels '[{"id":"1","dialplan":{"app_name":"Stasis","app_data":"queue,1,2"}},{"id":"2","dialplan":{"app_name":"Echo","app_data":"x"}},{"id":"3","dialplan":{"app_name":"Stasis","app_data":"astctl-wait-abc,sales"}},{"id":"4","dialplan":{"app_name":"Stasis","app_data":"astctl-wait-abc"}},{"id":"5"}]'
	run -0 --separate-stderr astctl channel list -o tsv --no-headers --columns id,application
	[ "$output" = $'1\tStasis(queue)\n2\tEcho\n3\tStasis(sales)\n4\tStasis\n5\t' ]
	run -0 --separate-stderr astctl channel list -o jsonl --columns application
	[ "${lines[0]}" = '{"application":"Stasis(queue)"}' ]
}

@test "a column that only a later row has, and one that no row has yet" {
	channels '[{"id":"1"},{"id":"2","channelvars":{"DOOR":"3"}}]'
	run -0 --separate-stderr astctl channel list -o tsv --no-headers --columns id,channelvars.DOOR,channelvars.NOT
	[ "$output" = $'1\t\t\n2\t3\t' ]
	run -2 --separate-stderr astctl channel list --columns id,nope
	[ -z "$output" ]
}

@test "an unknown column is one in an empty list too" {
	run -2 --separate-stderr astctl bridge list --columns id,nope
	[[ $stderr == *"unknown column 'nope'"* ]]
	[ -z "$output" ]
	run -0 --separate-stderr astctl bridge list --columns id,bridge_type
	[ "$output" = 'ID  bridge_type' ]
}

@test "-o name prints no empty line for what has no name" {
	channels '[{"id":"1"},{"name":"x"},{"id":"3"}]'
	run -9 --separate-stderr astctl channel list -o name
	[ "$output" = $'1\n3' ]
	[ "$(wc -l <<<"$stderr")" -eq 1 ]
}

@test "a table is no wider than the terminal, and ids stay whole" {
	id=$(printf 'i%.0s' {1..30})
	channels '[{"id":"'"$id"'","name":"'"$(printf 'n%.0s' {1..70})"'","state":"Up","caller":{"name":"'"$(printf 'c%.0s' {1..70})"'","number":"1"},"dialplan":{"app_name":"Stasis","app_data":"queue"},"creationtime":"2020-01-02T03:04:05.678+0000"}]'
	run -0 script -qec 'stty cols 80; astctl --color never channel list' /dev/null </dev/null
	for line in "${lines[@]}"; do
		line=${line%$'\r'}
		[ "${#line}" -le 80 ]
	done
	[[ ${lines[1]} == "$id  nnnn"*'Stasis(queue)'* ]]
	run -0 --separate-stderr astctl channel list
	[[ ${lines[1]} == *2020-01-02T03:04:05.678+0000 ]]
}

@test "an unknown column names those that there are" {
	run -2 --separate-stderr astctl channel list --columns id,stat
	[ -z "$output" ]
	[[ $stderr == *"unknown column 'stat'; expected id, name, state"* ]]
}
