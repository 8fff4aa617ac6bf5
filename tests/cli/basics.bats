#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 The astctl authors
#
# The command line itself, against an honest mock: words, options before and after them, ids of
# every kind, dry runs, errors in one line with their status, api, events, streams and pipes.

load mock

setup() {
	mock_start - <<-'END'
		on GET /ari/channels
			json [{"id":"1.1","name":"PJSIP/a-1","state":"Up"},{"id":"1.2","name":"PJSIP/b-2","state":"Ring"}]
		on DELETE /ari/channels/none
			status 404
			json {"message":"Channel not found"}
		on DELETE /ari/channels/.*
			status 204
		on GET /ari/channels/none
			status 404
			json {"message":"Channel not found"}
		on PUT /ari/deviceStates/.*
			status 204
		on GET /ari/asterisk/variable
			json {"value":"two words"}
		on POST /ari/channels/1\.1/variables
			status 204
	END
}

teardown() {
	mock_stop
}

one_line() {
	[ "$(wc -l <<<"$1")" -eq 1 ]
}

@test "options go before and after the words" {
	run -0 --separate-stderr astctl -o name channel list
	[ "$output" = $'1.1\n1.2' ]
	run -0 --separate-stderr astctl channel list -o name
	[ "$output" = $'1.1\n1.2' ]
	run -0 --separate-stderr astctl channel list --output=name
	[ "$output" = $'1.1\n1.2' ]
}

@test "an id is one path segment, whatever is in it" {
	for id in 'a b' 'a/b' 'a?b=c' 'a#b' 'ü' '%2e' '..a'; do
		run -0 --separate-stderr astctl hangup "$id"
	done
	run -0 astctl hangup -q -- -dash
	[ "$(mock_requests DELETE '/ari/channels/(a%20b|a%2Fb|a%3Fb%3Dc|a%23b|%C3%BC|%252e|..a|-dash)')" -eq 8 ]
}

@test "an id that is no id is refused before anything is sent" {
	long=$(printf 'x%.0s' {1..10000})
	for id in '' . .. $'a\nb' $'\e[2J' "$long"; do
		run -2 --separate-stderr astctl hangup "$id"
		one_line "$stderr"
		[[ $stderr != *$'\e'* ]]
	done
	[ "$(mock_requests '.*' '.*')" -eq 0 ]
}

@test "what is not found is named, with where to look" {
	run -5 --separate-stderr astctl channel show none
	[ "$stderr" = "astctl: none: Channel not found (404); 'astctl channel list' shows those that exist" ]
	[ -z "$output" ]
}

@test "with -o json an error is an object on stderr" {
	run -5 --separate-stderr astctl channel show none -o json
	[ "$(jq -r '.error | "\(.code) \(.exit) \(.http) \(.operation)"' <<<"$stderr")" = \
		'not-found 5 404 channels.get' ]
	run -2 --separate-stderr astctl -o json channel shwo x
	[ "$(jq -r .error.code <<<"$stderr")" = usage ]
}

@test "a dry run shows the request and sends nothing" {
	run -0 --separate-stderr astctl hangup 'a b' --reason busy --dry-run
	[ "$output" = "DELETE $MOCK_URL/channels/a%20b?reason=busy" ]
	run -0 --separate-stderr astctl event send E app --variable 'x=1 2' --dry-run
	[ "${lines[0]}" = "POST $MOCK_URL/events/user/E?application=app" ]
	[ "$(jq -c . <<<"${lines[1]}")" = '{"variables":{"x":"1 2"}}' ]
	run -0 --separate-stderr astctl api channels.hangup channelId=x --dry-run -o json
	[ "$(jq -r '.method + " " + .url' <<<"$output")" = "DELETE $MOCK_URL/channels/x" ]
	[ "$(mock_requests '.*' '.*')" -eq 0 ]
}

@test "a dry run needs no password" {
	unset ASTCTL_PASSWORD_FILE
	run -0 --separate-stderr astctl hangup x --dry-run
	[ "$output" = "DELETE $MOCK_URL/channels/x" ]
}

@test "success without a reply is said on stderr, and not with -q" {
	run -0 --separate-stderr astctl device-state set Stasis:x INUSE
	[ -z "$output" ]
	[ "$stderr" = 'astctl: set Stasis:x' ]
	run -0 --separate-stderr astctl -q device-state set Stasis:x INUSE
	[ -z "$output$stderr" ]
}

@test "a variable is its value" {
	run -0 --separate-stderr astctl variable get X
	[ "$output" = 'two words' ]
	run -0 --separate-stderr astctl variable get X -o json
	[ "$(jq -r .value <<<"$output")" = 'two words' ]
}

@test "there is no password option, and the password is nowhere to be seen" {
	run -2 --separate-stderr astctl --password "$MOCK_PASSWORD" channel list
	one_line "$stderr"
	[[ $stderr == *ASTCTL_PASSWORD_FILE* && $stderr != *"$MOCK_PASSWORD"* ]]
	run -2 --separate-stderr astctl --password="$MOCK_PASSWORD" channel list
	[[ $stderr != *"$MOCK_PASSWORD"* ]]
	run -2 --separate-stderr astctl --url "http://u:$MOCK_PASSWORD@127.0.0.1:1/ari" channel list
	one_line "$stderr"
	[[ $stderr != *"$MOCK_PASSWORD"* ]]
	run -0 --separate-stderr astctl --trace channel list
	[[ $stderr == *"> GET $MOCK_URL/channels"* ]]
	[[ $stderr != *"$MOCK_PASSWORD"* && $stderr != *"$(printf %s "$MOCK_USER:$MOCK_PASSWORD" | base64)"* ]]
}

@test "api takes values, files, standard input and a leading @" {
	echo '{"A":"1"}' >"$BATS_TEST_TMPDIR/vars"
	run -0 --separate-stderr astctl api channels.setChannelVars channelId=1.1 \
		"variables=@$BATS_TEST_TMPDIR/vars" --dry-run
	[ "$(jq -c . <<<"${lines[1]}")" = '{"variables":{"A":"1"}}' ]
	run -0 --separate-stderr bash -c 'echo "{\"B\":\"2\"}" |
		astctl api channels.setChannelVars channelId=1.1 variables=@- --dry-run'
	[ "$(jq -c . <<<"${lines[1]}")" = '{"variables":{"B":"2"}}' ]
	run -0 --separate-stderr astctl api channels.setChannelVars channelId=1.1 variables.C=@@x --dry-run
	[ "$(jq -c . <<<"${lines[1]}")" = '{"variables":{"C":"@x"}}' ]
	run -2 --separate-stderr astctl api channels.setChannelVars channelId=1.1 variables=@/no/such
	[[ $stderr == *'cannot read /no/such'* ]]
	[ "$(mock_requests '.*' '.*')" -eq 0 ]
}

@test "api names the nearest operation and parameter" {
	run -2 --separate-stderr astctl api originate endpoint=x
	[[ $stderr == *"did you mean 'channels.originate'"* ]]
	run -2 --separate-stderr astctl api channels.lst
	[[ $stderr == *"did you mean 'channels.list'"* ]]
	run -2 --separate-stderr astctl api channels.hangup channelld=x
	[[ $stderr == *'did you mean channelId'* ]]
	run -2 --separate-stderr astctl api channels.hangup x
	[[ $stderr == *'expected name=value'* ]]
	run -2 --separate-stderr astctl api events.eventWebsocket app=x
	[[ $stderr == *"astctl events"* ]]
	run -2 --separate-stderr astctl api bridges.speaker
	[[ $stderr == *"did you mean 'bridges.speakers'"* ]]
	[ "$(astctl api --list -o name | wc -l)" -ge 113 ]
	[ "$(astctl api --list -o name | sort -u | wc -l)" = "$(astctl api --list | wc -l)" ]
	astctl api --list | grep -q '^sessions.list  *.* (With the module.)$'
}

@test "a closed pipe ends quietly with 141" {
	run -0 --separate-stderr bash -c 'astctl api --list -o tsv | head -n 1 >/dev/null; echo "${PIPESTATUS[0]}"'
	[[ $output = 141 || $output = 0 ]]
	[ -z "$stderr" ]
	exec {closed}> >(exec true)
	wait $!
	run -141 --separate-stderr bash -c "astctl channel list >&$closed"
	[ -z "$stderr" ]
	exec {closed}>&-
}

@test "a full disk is an error" {
	run -1 --separate-stderr bash -c 'astctl channel list >/dev/full'
	[ "$stderr" = 'astctl: cannot write the output: No space left on device' ]
}

@test "a closed stdout is an error, and what we say does not go to the server" {
	run -1 --separate-stderr bash -c 'exec astctl channel list >&-'
	[ "$stderr" = 'astctl: cannot write the output: Bad file descriptor' ]
	run -5 bash -c 'exec astctl hangup none >&- 2>&-'
	run -0 --separate-stderr bash -c 'exec astctl channel list -o name <&-'
	[ "$output" = $'1.1\n1.2' ]
	[ "$(mock_requests '.*' '.*')" -eq 3 ]
}

@test "a download that nobody reads to its end is quiet" {
	mock_stop
	mock_start -e 'on GET /ari/recordings/stored/r/file' -e 'header Content-Type: audio/wav' -e 'big 3000000'
	run -0 --separate-stderr bash -c 'astctl -q recording fetch r | head -c 4 >/dev/null; echo "${PIPESTATUS[0]}"'
	[ "$output" = 141 ]
	[ -z "$stderr" ]
}

@test "several things: each is tried, the status is that of the first that failed" {
	run -5 --separate-stderr astctl hangup 1.1 none 1.2
	[ "${#stderr_lines[@]}" -eq 3 ]
	[ "${stderr_lines[0]}" = 'astctl: hung up 1.1' ]
	[[ ${stderr_lines[1]} == 'astctl: none: Channel not found (404)'* ]]
	[ "${stderr_lines[2]}" = 'astctl: hung up 1.2' ]
	run -0 --separate-stderr bash -c 'astctl channel list -o name | xargs -n1 astctl -q hangup'
	[ "$(mock_requests DELETE '/ari/channels/1\.[12]')" -eq 4 ]
	run -0 --separate-stderr astctl hangup a b --reason busy --dry-run
	[ "${lines[1]}" = "DELETE $MOCK_URL/channels/b?reason=busy" ]
}

@test "several things: one that is wrong, and nothing is done to any" {
	for id in '' .. $'a\nb'; do
		run -2 --separate-stderr astctl hangup 1.1 "$id" 1.2
		one_line "$stderr"
	done
	[ "$(mock_requests '.*' '.*')" -eq 0 ]
}

@test "several things: a server that has gone is not asked again and again" {
	mock_kill
	run -7 --separate-stderr astctl hangup 1.1 1.2 1.3
	one_line "$stderr"
}

@test "an endpoint is one argument, and what -o name prints" {
	mock_stop
	mock_start - <<-'END'
		on GET /ari/endpoints
			json [{"technology":"PJSIP","resource":"alice","state":"online","channel_ids":[]}]
		on GET /ari/endpoints/PJSIP/alice
			json {"technology":"PJSIP","resource":"alice","state":"online","channel_ids":[]}
	END
	run -0 --separate-stderr astctl endpoint list
	[[ ${lines[1]} == PJSIP/alice* ]]
	run -0 --separate-stderr bash -c 'astctl endpoint list -o name | xargs -n1 astctl endpoint show -o json'
	[ "$(jq -r .state <<<"$output")" = online ]
	run -0 --separate-stderr astctl endpoint list -o json --columns endpoint
	[ "$output" = '[{"endpoint":"PJSIP/alice"}]' ]
	run -5 --separate-stderr astctl endpoint show PJSIP/nobody
	[[ $stderr == *'PJSIP/nobody: '* ]]
}

@test "without a user the refusal says so" {
	unset ASTCTL_USER ASTCTL_PASSWORD_FILE
	run -4 --separate-stderr astctl asterisk ping
	one_line "$stderr"
	[[ $stderr == *'no user was given'* ]]
}

@test "without a password a pipe is not asked" {
	unset ASTCTL_PASSWORD_FILE
	run -2 --separate-stderr timeout 5 astctl channel list </dev/null
	one_line "$stderr"
	[[ $stderr == *'there is no password for user'* ]]
	[ "$(mock_requests '.*' '.*')" -eq 0 ]
}
