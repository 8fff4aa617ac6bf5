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

@test "an unknown column names those that there are" {
	run -2 --separate-stderr astctl channel list --columns id,stat
	[ -z "$output" ]
	[[ $stderr == *"unknown column 'stat'; expected id, name, state"* ]]
}
