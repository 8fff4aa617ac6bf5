# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 The astctl authors
#
# Two tenants, acme and zeta, and a wallboard attack each other and a real Asterisk, in the
# spellings that its handlers read in another way than they look.

setup_file() {
	load helper
	module_start
}

teardown_file() {
	load helper
	module_stop
}

setup() {
	load helper
}

teardown() {
	hang_up_all
}

# own WHO ID: a channel of a tenant's, up, in its application WHO-app, which is listened to.
own() {
	[ -e "$BATS_TEST_TMPDIR/$1" ] || AS=$1:$1 listen "$1" "app=$1-app"
	[ "$(AS=$1:$1 status_of POST \
		"channels?endpoint=Local/wait@$1-in&app=$1-app&channelId=$2")" = 200 ]
	wait_until 5 is_up "$2"
}

# refused CODE METHOD PATH [CURL-OPTION...]: as acme.
refused() {
	local code=$1 got
	shift
	got=$(AS=acme:acme status_of "$@")
	[ "$got" = "$code" ] || {
		printf '%s: %s instead of %s\n' "$*" "$got" "$code" >&2
		return 1
	}
}

json() {
	printf '%s\n' -H 'Content-Type: application/json' -d "$1"
}

@test "parameters that are missing never reach Asterisk's handlers" {
	reader=$ASTERISK_READER:$(<"$ASTERISK_READER_PASSWORD_FILE")
	[ "$(AS=$reader status_of POST bridges/nothere/variable)" = 403 ]
	[ "$(AS=acme:acme status_of POST bridges/acme-b)" = 200 ]
	refused 400 POST bridges/acme-b/variable
	refused 400 POST bridges/acme-b/record
	refused 400 POST bridges/nothere/variable
	[ "$(status_of POST bridges/acme-b/variable)" = 400 ]
	[ "$(status_of POST bridges/acme-b/record)" = 400 ]
	[ "$(status_of GET asterisk/ping)" = 200 ]
}

@test "a read-only user gets 403 for every change" {
	reader=$ASTERISK_READER:$(<"$ASTERISK_READER_PASSWORD_FILE")
	AS=$reader stasis GET api-docs/stasis.json |
		jq -r '.paths | to_entries[] | .key as $p | .value | keys[] |
			select(. == "post" or . == "put" or . == "delete") | "\(.) \($p)"' \
			>"$BATS_TEST_TMPDIR/changes"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/changes")" -gt 50 ]
	while read -r method path; do
		path=$(sed 's/{[^}]*}/nothere/g' <<<"${path#/}")
		[ "$(AS=$reader status_of "${method^^}" "$path")" = 403 ] || {
			echo "$method $path" >&2
			return 1
		}
	done <"$BATS_TEST_TMPDIR/changes"
}

@test "no way into another tenant's recordings" {
	own zeta z1
	own acme a1
	[ "$(AS=zeta:zeta status_of POST 'channels/z1/record?name=zeta-secret&format=wav')" = 201 ]
	wait_until 5 eval '[ "$(status_of POST recordings/live/zeta-secret/stop)" = 204 ]'
	wait_until 5 eval '[ "$(status_of GET recordings/stored/zeta-secret)" = 200 ]'
	[ "$(AS=acme:acme status_of POST 'channels/a1/record?name=acme-d/f&format=wav')" = 201 ]
	refused 404 GET recordings/stored/zeta-secret
	refused 400 GET recordings/stored/acme-d%2f..%2fzeta-secret/file
	refused 400 DELETE recordings/stored/acme-d%2f..%2fzeta-secret
	refused 400 POST 'recordings/stored/acme-d%2f..%2fzeta-secret/copy?destinationRecordingName=acme-x'
	refused 400 POST 'channels/a1/play?media=recording:acme-d/../zeta-secret'
	refused 400 POST 'channels/a1/record?name=acme-d/../zeta-secret&format=wav&ifExists=overwrite'
	[ "$(status_of GET recordings/stored/zeta-secret)" = 200 ]
	status_of DELETE recordings/stored/zeta-secret
}

@test "a bridge that is nobody's is not taken by making it again" {
	[ "$(status_of POST 'bridges?bridgeId=boss')" = 200 ]
	refused 409 POST 'bridges?bridgeId=boss&name=mine'
	mapfile -t body < <(json '{"bridgeId":"boss","name":"mine"}')
	refused 409 POST bridges "${body[@]}"
	refused 409 POST bridges/boss
	refused 404 GET bridges/boss
	refused 404 DELETE bridges/boss
	[ "$(stasis GET bridges/boss | jq -r .name)" = '' ]
}

@test "lists hold what was judged" {
	own zeta z1
	refused 400 POST 'channels?endpoint=Local/wait@acme-in&app=acme-app&channelId=z%5c1'
	AS=acme:acme listen acme app=acme-app
	[ "$(AS=acme:acme status_of POST bridges/acme-b)" = 200 ]
	refused 400 POST 'bridges/acme-b/addChannel?channel=z%5c1'
	refused 400 POST 'bridges/acme-b/addChannel?channel=%22z1%22'
	refused 400 POST 'bridges/acme-b/addChannel?channel=z1'
	refused 400 POST 'applications/acme-app/subscription?eventSource=channel:z%5c1'
	refused 422 POST 'applications/acme-app/subscription?eventSource=channel:z1'
	refused 422 DELETE 'applications/acme-app/subscription?eventSource=channel:z1'
	refused 422 DELETE 'applications/acme-app/subscription?eventSource=channel:none'
	[ "$(stasis GET bridges/acme-b | jq '.channels | length')" = 0 ]
	own acme a1
	[ "$(AS=acme:acme status_of POST 'bridges/acme-b/addChannel?channel=z1' \
		-H 'Content-Type: application/json' -d '{"channel":["a1"]}')" = 204 ]
	wait_until 5 eval '[ "$(stasis GET bridges/acme-b | jq -r ".channels | join(\" \")")" = a1 ]'
	refused 400 POST 'channels/a1/play?media=sound:.%5c./.%5c./x'
	refused 400 POST 'channels/a1/play?media=sound:%22/%22etc/x'
	refused 403 POST 'channels/a1/play?media=sound:../x'
}

@test "calls go where the scope lets them" {
	local at='channels?endpoint=Local/wait@acme-in&context=acme-in&extension=wait&channelId=a1'
	local body endpoint
	for body in '{"context":null}' '{"context":5}' '{"context":[]}' '{"context":{}}'; do
		mapfile -t odd < <(json "$body")
		refused 400 POST "$at" "${odd[@]}"
	done
	for body in '{"app":null}' '{"app":5}' '{"app":{}}'; do
		mapfile -t odd < <(json "$body")
		refused 400 POST "${at/context=acme-in/app=acme-app}" "${odd[@]}"
	done
	for endpoint in Local/100/@acme-in local/100/@acme-in Local/100@default/@acme-in \
		Local/100@default/n@acme-in Local/wait@zeta-in Local/100 PJSIP/alicex@bob \
		PJSIP/alice%26Local/100@default AudioSocket/127.0.0.1:9/x; do
		refused 403 POST "${at/Local\/wait@acme-in/$endpoint}"
	done
	[ "$(stasis GET channels)" = '[]' ]
	refused 200 POST "$at"
}

@test "continue stays in the tenant's contexts" {
	own acme a1
	[ "$(AS=acme:acme status_of POST 'channels/a1/snoop/a1s?app=acme-app&spy=in')" = 200 ]
	wait_until 5 eval '[ "$(stasis GET channels/a1s | jq -r .id)" = a1s ]'
	refused 403 POST 'channels/a1s/continue?extension=100'
	refused 403 POST 'channels/a1s/continue?priority=1'
	refused 403 POST channels/a1s/continue
	refused 403 POST 'channels/a1s/continue?context=default'
	mapfile -t null < <(json '{"context":null}')
	refused 400 POST 'channels/a1s/continue?extension=100' "${null[@]}"
	refused 204 POST 'channels/a1s/continue?context=acme-in&extension=wait'
}

@test "an application hears nothing of a foreign channel in its bridge" {
	own zeta z1
	own acme a1
	[ "$(AS=acme:acme status_of POST bridges/acme-b)" = 200 ]
	[ "$(AS=acme:acme status_of POST \
		'applications/acme-app/subscription?eventSource=bridge:acme-b')" = 200 ]
	[ "$(status_of POST 'bridges/acme-b/addChannel?channel=z1')" = 204 ]
	wait_until 5 heard zeta ChannelEnteredBridge
	[ "$(AS=acme:acme status_of POST 'bridges/acme-b/addChannel?channel=a1')" = 204 ]
	wait_until 5 heard acme ChannelEnteredBridge
	! grep ChannelEnteredBridge "$BATS_TEST_TMPDIR/acme" | grep -q '"name":"Local/wait@zeta-in'
}

@test "a bridge is shown without its foreign members" {
	own zeta z1
	own acme a1
	AS=acme:acme listen observer snapshot=true
	[ "$(AS=acme:acme status_of POST bridges/acme-b?name=acme-b)" = 200 ]
	[ "$(status_of POST 'bridges/acme-b/addChannel?channel=z1')" = 204 ]
	[ "$(AS=acme:acme status_of POST 'bridges/acme-b/addChannel?channel=a1')" = 204 ]
	wait_until 5 eval '[ "$(stasis GET bridges/acme-b | jq -c ".channels | sort")" = "[\"a1\",\"z1\"]" ]'
	[ "$(AS=acme:acme stasis GET bridges/acme-b | jq -c .channels)" = '["a1"]' ]
	[ "$(AS=acme:acme stasis GET bridges | jq -c 'map(.channels)')" = '[["a1"]]' ]
	[ "$(stasis GET bridges | jq -c 'map(.channels | length)')" = '[2]' ]
	AS=acme:acme listen later snapshot=true
	wait_until 5 heard later SnapshotFinished
	heard later '"channels":["a1"]'
	wait_until 5 heard observer ChannelEnteredBridge
	[ "$(AS=acme:acme status_of DELETE bridges/acme-b)" = 204 ]
	wait_until 5 heard observer BridgeDestroyed
	if heard observer z1; then false; fi
	! heard later z1
}

# of_tenant ID [USER]: the channels of that tenant id, as the admin or as USER lists them.
of_tenant() {
	AS=${2:-$AUTH} stasis GET channels |
		jq -c --arg id "$1" 'map(select(.tenantid == $id).id) | sort'
}

# sees_only USER ID: USER's list of channels is those of that tenant, and there are some.
sees_only() {
	local list
	list=$(AS=$1 stasis GET channels | jq -c 'map(.id) | sort')
	[ "$list" = "$(of_tenant "$2")" ] && [ "$list" != '[]' ]
}

@test "tenants are told apart by the ids of their channels" {
	[[ $ASTERISK_VERSION != 16.* ]] || skip "channels of 16 have no tenant ids"
	listen app app=app
	AS=ten-a:ten-a listen events ''
	for id in a b; do
		[ "$(status_of POST "channels?endpoint=Local/$id@tenants&app=app&channelId=one-$id")" = 200 ]
	done
	wait_until 5 sees_only ten-a:ten-a a
	wait_until 5 sees_only ten-b:ten-b b
	a=$(of_tenant a | jq -r '.[0]') b=$(of_tenant b | jq -r '.[0]')
	[ "$(AS=ten-a:ten-a status_of GET "channels/$a")" = 200 ]
	[ "$(AS=ten-a:ten-a status_of GET "channels/$b")" = 404 ]
	[ "$(AS=ten-a:ten-a status_of DELETE "channels/$b")" = 404 ]
	[ "$(AS=ten-a:ten-a status_of POST "channels/$a/variable?variable=V&value=w")" = 204 ]
	[ "$(status_of POST "channels/$b/variable?variable=V&value=w")" = 204 ]
	[ "$(AS=ten-a:ten-a status_of DELETE "channels/$a")" = 204 ]
	wait_until 5 heard events '"ChannelDestroyed"'
	heard events "\"id\":\"$a\""
	if grep -q "\"tenantid\":\"b\"" "$BATS_TEST_TMPDIR/events"; then false; fi
	! heard events "\"id\":\"$b\""
}

@test "a channel's name is no id for another one" {
	own zeta z1
	[ "$(AS=zeta:zeta status_of POST 'channels/z1/variable?variable=PIN&value=4711')" = 204 ]
	name=$(stasis GET channels/z1 | jq -r '.name | @uri')
	refused 400 POST "channels?endpoint=Local/wait@acme-in&app=acme-app&channelId=$name"
	refused 400 POST "channels/$name?endpoint=Local/wait@acme-in&app=acme-app"
	own acme a1
	refused 400 POST "channels/a1/snoop/$name?app=acme-app&spy=in"
	refused 404 GET "channels/$name/variable?variable=PIN"
	refused 404 DELETE "channels/$name"
	[ "$(status_of GET channels/z1)" = 200 ]
}

@test "no way to other sounds by the language" {
	own acme a1
	mkdir -p "$ASTERISK_DIR/spool/recording"
	cp "$(find -L "${XDG_CACHE_HOME:-$HOME/.cache}/astctl" -name hello-world.gsm -print -quit)" \
		"$ASTERISK_DIR/spool/recording/zeta-hello.gsm"
	refused 400 POST "channels/a1/play?media=sound:zeta-hello&lang=$ASTERISK_DIR/spool/recording"
	refused 400 POST 'channels/a1/play?media=sound:zeta-hello&lang=../../recording'
	refused 201 POST 'channels/a1/play?media=sound:hello-world&lang=en_GB'
	rm "$ASTERISK_DIR/spool/recording/zeta-hello.gsm"
}

# holds_own ID NAME: acme reads "own" from that variable; 16 sets one in the channel's thread.
holds_own() {
	[ "$(AS=acme:acme stasis GET "channels/$1/variable?variable=$2" | jq -r .value)" = own ]
}

@test "global variables are not read through a channel" {
	local who
	own acme a1
	reader=$ASTERISK_READER:$(<"$ASTERISK_READER_PASSWORD_FILE")
	[ "$(status_of POST 'asterisk/variable?variable=TRUNKPASS&value=secret')" = 204 ]
	refused 204 POST 'channels/a1/variable?variable=MINE&value=1'
	for who in acme:acme "$reader"; do
		for name in TRUNKPASS TRUNKPASS:0 TRUNKPASS:1:2 %20TRUNKPASS; do
			[ "$(AS=$who status_of GET "channels/a1/variable?variable=$name")" = 404 ]
			list=$(AS=$who stasis GET "channels/a1/variables?variables=MINE,$name")
			[[ $list != *secret* ]]
		done
		wait_until 5 eval '[ "$(AS=$who stasis GET "channels/a1/variable?variable=MINE" | jq -r .value)" = 1 ]'
		[ "$(AS=$who status_of GET 'channels/a1/variable?variable=UNIQUEID')" = 200 ]
	done
	[ "$(stasis GET 'channels/a1/variable?variable=TRUNKPASS' | jq -r .value)" = secret ]
	refused 204 POST 'channels/a1/variable?variable=TRUNKPASS&value=own'
	wait_until 5 holds_own a1 TRUNKPASS
}

@test "who is alone in another tenant's bridge does not rule it" {
	own acme a1
	AS=zeta:zeta listen zeta app=zeta-app
	[ "$(AS=zeta:zeta status_of POST bridges/room)" = 200 ]
	[ "$(status_of POST channels/a1/move?app=zeta-app)" = 204 ]
	wait_until 5 heard zeta StasisStart
	[ "$(AS=zeta:zeta status_of POST 'bridges/room/addChannel?channel=a1')" = 204 ]
	wait_until 5 eval '[ "$(AS=acme:acme status_of GET bridges/room)" = 200 ]'
	refused 403 POST bridges/room/moh
	refused 403 POST 'bridges/room/record?name=acme-x&format=wav'
	refused 403 POST 'bridges/room/play?media=sound:hello-world'
	refused 403 DELETE bridges/room
	[ "$(AS=zeta:zeta status_of DELETE bridges/room)" = 204 ]
}
