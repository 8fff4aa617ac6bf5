# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 The astctl authors
#
# The module in a real Asterisk (22, and through a link to this file 16): it loads, answers as
# stock ARI does, tells the same events, keeps tenants apart, and can be reloaded and unloaded
# in the middle of traffic.

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

# call ID [QUERY]: a Local channel, up, in the application "app" that somebody listens as.
call() {
	stasis POST "channels?endpoint=Local/wait@test&app=${2:-app}&channelId=$1" >/dev/null
	wait_until 5 is_up "$1"
}

is_up() {
	[ "$(stasis GET "channels/$1" | jq -r .state)" = Up ]
}

@test "it loads and shows its state" {
	run console 'stasis-http show status'
	[[ $output == *Requests:* ]]
	run console 'stasis-http show users'
	[[ $output == *reader*Yes* ]]
	run console 'module show like res_stasis_http'
	[[ $output == *Running* ]]
}

@test "reads answer as stock ARI does" {
	for path in asterisk/info asterisk/modules/res_ari.so asterisk/logging endpoints/PJSIP/alice \
		endpoints/PJSIP/none applications deviceStates recordings/stored mailboxes/100 \
		sounds/hello-world channels/none bridges/none playbacks/none recordings/live/none \
		recordings/stored/none applications/none nothing asterisk/nothing \
		'asterisk/variable?variable=EPOCHX' asterisk/variable channels/none/variable \
		api-docs/none channels/ api-docs/channels.jsonx; do
		same GET "$path"
	done
}

@test "lists answer as stock ARI does, in any order" {
	listen app app=app
	call one
	call two
	stasis POST 'bridges?bridgeId=b1' >/dev/null
	for path in channels bridges endpoints; do
		wait_until 5 same_list $path	# the far halves of the calls may still be moving
	done
}

same_list() {
	[ "$(ask "$STOCK_URL/ari" GET "$1" | cut -c5- | jq -cS 'sort_by(tostring)')" = \
		"$(ask "$MODULE_URL/stasis" GET "$1" | cut -c5- | jq -cS 'sort_by(tostring)')" ]
}

@test "refusals answer as stock ARI does" {
	listen app app=app
	call one
	same POST channels/none/answer
	same DELETE channels/none
	same POST channels
	same POST 'channels?endpoint=Nothing/x&app=app'
	same POST 'channels/one/continue?label=none'
	same POST 'channels/one/play?media='
	same POST 'channels/one/mute?direction=up'
	same POST 'channels/one/dtmf'
	same POST bridges/none/addChannel?channel=one
	same POST 'channels/one/record?name=x&format=nonsense'
	same POST channels/one/redirect?endpoint=SIP/x
	same PUT channels/one
	same PUT deviceStates/Other:x?deviceState=BUSY
	same POST channels/one/variable
	same POST channels/one/play -H 'Content-Type: application/json' -d '{'
	same POST applications/none/subscription?eventSource=channel:one
	same POST applications/app/subscription?eventSource=channel:none
	same POST applications/app/subscription?eventSource=nothing:none
}

@test "every operation, asked in every way, answers as stock ARI does" {
	listen pa app=pa -t 120
	listen pb app=pb -t 120
	run timeout 100 "$MODULE_DIR/parity" "$STOCK_URL/ari" "$MODULE_URL/stasis" "$AUTH" \
		"$MODULE_DIR/../../lib/api/ari.json"
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "bodies as JSON, as a form, chunked" {
	listen app app=app
	run stasis POST channels -H 'Content-Type: application/json' \
		-d '{"endpoint":"Local/wait@test","app":"app","channelId":"j1","variables":{"V":"w"}}'
	[ "$(jq -r .id <<<"$output")" = j1 ]
	wait_until 5 is_up j1
	[ "$(stasis GET 'channels/j1/variable?variable=V' | jq -r .value)" = w ]
	run stasis POST channels -d endpoint=Local/wait@test -d app=app -d channelId=f1
	[ "$(jq -r .id <<<"$output")" = f1 ]
	run stasis POST channels -H 'Content-Type: application/json' -H 'Transfer-Encoding: chunked' \
		-d '{"endpoint":"Local/wait@test","app":"app","channelId":"k1"}'
	[ "$(jq -r .id <<<"$output")" = k1 ]
}

@test "whoever changes something sees it in the next list" {
	for i in 1 2 3 4 5 6 7 8 9 10; do
		stasis POST "channels?endpoint=Local/wait@test&extension=wait&context=test&channelId=s$i" \
			>/dev/null
		[ "$(stasis GET channels | jq "map(select(.id == \"s$i\")) | length")" = 1 ]
		stasis POST "bridges?bridgeId=sb$i" >/dev/null
		[ "$(stasis GET bridges | jq "map(select(.id == \"sb$i\")) | length")" = 1 ]
		stasis DELETE "bridges/sb$i" >/dev/null
		[ "$(stasis GET bridges | jq "map(select(.id == \"sb$i\")) | length")" = 0 ]
	done
}

@test "an application hears what it hears from stock ARI" {
	listen ours app=ours
	WS=ws://${STOCK_URL#http://}/ari listen stock app=stock
	for app in ours stock; do
		call "$app-1" "$app"
		stasis POST "channels/$app-1/play/$app-p?media=sound:hello-world" >/dev/null
		wait_until 10 heard "$app" PlaybackFinished
		stasis POST "bridges/$app-b" >/dev/null
		stasis POST "bridges/$app-b/addChannel?channel=$app-1" >/dev/null
		wait_until 5 heard "$app" ChannelEnteredBridge
		stasis POST "channels/$app-1/variable?variable=V&value=x" >/dev/null
		stasis POST "events/user/mine?application=$app" >/dev/null
		wait_until 5 heard "$app" ChannelUserevent
		stasis DELETE "channels/$app-1" >/dev/null
		wait_until 5 heard "$app" StasisEnd
		wait_until 5 heard "$app" ChannelDestroyed
		stasis DELETE "bridges/$app-b" >/dev/null
		wait_until 5 heard "$app" BridgeDestroyed
	done
	[ "$(types ours)" = "$(types stock)" ]
	# And each event has the same members.
	for type in StasisStart StasisEnd PlaybackStarted ChannelDestroyed ChannelUserevent; do
		diff <(members ours $type) <(members stock $type)
	done
}

# The members of NAME's first message of TYPE.
members() {
	jq -c "select(.type == \"$2\") | [paths | join(\".\")] | sort" "$BATS_TEST_TMPDIR/$1" | head -1
}

@test "a subscriber to everything hears what stock ARI's hears" {
	listen ours 'app=ours&subscribeAll=true'
	WS=ws://${STOCK_URL#http://}/ari listen stock 'app=stock&subscribeAll=true'
	listen app app=third
	call x third
	stasis POST 'channels/x/play/xp?media=sound:hello-world' >/dev/null
	stasis POST bridges/xb >/dev/null
	stasis POST 'bridges/xb/addChannel?channel=x' >/dev/null
	wait_until 10 heard ours PlaybackFinished
	stasis DELETE channels/x >/dev/null
	stasis DELETE bridges/xb >/dev/null
	for who in ours stock; do
		wait_until 5 heard $who BridgeDestroyed
		wait_until 5 both_gone $who
	done
	diff <(types ours) <(types stock)
}

both_gone() {
	[ "$(grep -c ChannelDestroyed "$BATS_TEST_TMPDIR/$1")" = 2 ]
}

@test "an observer: snapshot, numbers without a gap, resuming" {
	listen app app=app
	call one
	listen obs snapshot=true
	wait_until 5 heard obs SnapshotFinished
	jq -se 'any(.[]; .type == "SnapshotObject" and .channel.id == "one")' "$BATS_TEST_TMPDIR/obs"
	call two
	stasis DELETE channels/two >/dev/null
	wait_until 5 heard obs '"ChannelDestroyed"'
	# Each event names the one before it.
	jq -se '[.[] | select(.seq and .prev)] | . as $e | length > 5 and
		all(range(1; length); $e[.].prev == $e[. - 1].seq)' "$BATS_TEST_TMPDIR/obs"
	kill "$(<"$BATS_TEST_TMPDIR/obs.pid")"
	epoch=$(jq -r 'select(.type == "SnapshotFinished") | .epoch' "$BATS_TEST_TMPDIR/obs")
	last=$(jq -r 'select(.prev) | .seq' "$BATS_TEST_TMPDIR/obs" | tail -1)
	call three
	listen again "since=$epoch:$last"
	wait_until 5 heard again '"three"'
	heard again StreamResumed
	jq -se --argjson last "$last" '[.[] | select(.prev)][0].prev == $last' "$BATS_TEST_TMPDIR/again"
}

@test "stock ARI and the module take an application from each other" {
	listen ours app=shared
	WS=ws://${STOCK_URL#http://}/ari listen stock app=shared
	wait_until 5 heard ours ApplicationReplaced
	kill "$(<"$BATS_TEST_TMPDIR/ours.pid")"
	wait_until 5 session_gone shared
	# It is stock's now, and its end is not ours to bring about.
	call one shared
	wait_until 5 heard stock StasisStart
	listen back app=shared
	wait_until 5 heard stock ApplicationReplaced
}

session_gone() {
	! console 'stasis-http show applications' | grep -q "^$1 "
}

@test "requests over the WebSocket" {
	listen app app=app -s '{"type":"RESTRequest","request_id":"1","method":"POST","uri":"channels?endpoint=Local/wait@test&app=app&channelId=w1"}' \
		-s '{"type":"RESTRequest","request_id":"2","method":"GET","uri":"channels/w1"}' \
		-s '{"type":"RESTRequest","request_id":"3","method":"DELETE","uri":"channels/none"}'
	wait_until 5 heard app '"request_id":"3","status_code":404'
	heard app '"request_id":"1","status_code":200'
	heard app '"request_id":"2","status_code":200'
}

@test "a recording comes back as it is on the disk" {
	listen app app=app
	stasis POST 'channels?endpoint=Local/prompt@test&app=app&channelId=r' >/dev/null
	wait_until 5 is_up r
	stasis POST 'channels/r/record?name=rec&format=wav&ifExists=overwrite' >/dev/null
	wait_until 5 heard app RecordingStarted
	stasis POST recordings/live/rec/stop >/dev/null
	wait_until 5 heard app RecordingFinished
	stasis GET recordings/stored/rec/file -o "$BATS_TEST_TMPDIR/rec.wav"
	cmp "$BATS_TEST_TMPDIR/rec.wav" "$ASTERISK_DIR/spool/recording/rec.wav"
	[ "$(status_of DELETE recordings/stored/rec)" = 204 ]
}

@test "logins: digest, key, crypt; failures look alike" {
	[ "$(AS=digester:pw status_of GET asterisk/ping --digest)" = 200 ]
	[ "$(AS=digester:no status_of GET asterisk/ping --digest)" = 401 ]
	[ "$(AS=crypter:secret status_of GET asterisk/ping)" = 200 ]
	[ "$(AS=the-key: status_of GET asterisk/ping)" = 200 ]
	[ "$(curl -s -o /dev/null -w '%{http_code}' -H 'X-API-Key: the-key' "$MODULE_URL/stasis/asterisk/ping")" = 200 ]
	[ "$(AS=old-key: status_of GET asterisk/ping)" = 401 ]
	diff <(refusal nobody:x) <(refusal crypter:x)
	diff <(refusal nobody:x) <(refusal "$ASTCTL_USER:x")
	diff <(refusal nobody:x) <(refusal no-such-key:)
	"$MODULE_DIR/ws" -u "$AUTH" -n 1 "$MODULE_WS/stasis/events" | grep -q StreamStarted
	run "$MODULE_DIR/ws" -u nobody:x "$MODULE_WS/stasis/events"
	[[ $output == *401* ]]
}

# The answer to a wrong login, without what is different each time.
refusal() {
	AS=$1 stasis GET asterisk/ping -i | sed 's/^X-Request-Id:.*//; s/nonce="[^"]*"//
		s/"request_id":"[^"]*"//; s/^Date:.*//'
}

@test "read-only sees all and changes nothing" {
	listen app app=app
	call one
	AS=$ASTERISK_READER:$(<"$ASTERISK_READER_PASSWORD_FILE")
	export AS
	[ "$(status_of GET channels/one)" = 200 ]
	[ "$(status_of DELETE channels/one)" = 403 ]
	[ "$(status_of GET 'channels/one/variable?variable=SHELL(id)')" = 403 ]
	[ "$(status_of GET asterisk/config/dynamic/res_pjsip/auth/alice)" = 403 ]
	run "$MODULE_DIR/ws" -u "$AS" "$MODULE_WS/stasis/events?app=app"
	[[ $output == *403* ]]
	"$MODULE_DIR/ws" -u "$AS" -n 1 "$MODULE_WS/stasis/events" | grep -q StreamStarted
	unset AS
	[ "$(status_of DELETE channels/one)" = 204 ]
}

@test "two tenants neither see nor touch each other" {
	AS=red:red listen red app=red-app
	AS=blue:blue listen blue app=blue-app
	AS=red:red listen redobs ''
	for who in red blue; do
		AS=$who:$who stasis POST "channels?endpoint=Local/wait@$who&app=$who-app&channelId=$who-1" |
			jq -e .id
		wait_until 5 heard $who StasisStart
	done
	[ "$(AS=red:red stasis GET channels | jq -r '.[].id' | grep -c blue)" = 0 ]
	[ "$(AS=red:red stasis GET channels | jq -r '.[].id' | grep -c '^red-1$')" = 1 ]
	for request in 'GET channels/blue-1' 'DELETE channels/blue-1' 'POST channels/blue-1/answer' \
		'GET applications/blue-app' 'POST channels/blue-1/play?media=tone:ring' \
		'GET channels/blue-1/variable?variable=X'; do
		foreign=$(AS=red:red stasis ${request%% *} "${request#* }" -w ' %{http_code}')
		path=${request#* }
		path=${path/blue-1/none}
		absent=$(AS=red:red stasis ${request%% *} "${path/blue-app/none}" -w ' %{http_code}')
		[ "$foreign" = "$absent" ]
		[[ $foreign == *" 404" ]]
	done
	[ "$(AS=red:red status_of POST 'channels?endpoint=Local/wait@blue&app=red-app')" = 403 ]
	[ "$(AS=red:red status_of POST 'channels?endpoint=Local/wait@red&app=blue-app')" = 403 ]
	[ "$(AS=red:red status_of POST 'channels/red-1/continue?context=blue')" = 403 ]
	[ "$(AS=red:red status_of POST 'bridges/red-b')" = 200 ]
	[ "$(AS=red:red status_of POST 'bridges/red-b/addChannel?channel=blue-1')" = 400 ]
	[ "$(AS=red:red status_of POST 'bridges/red-b/addChannel?channel=red-1')" = 204 ]
	[ "$(AS=blue:blue status_of DELETE bridges/red-b)" = 404 ]
	# Asterisk 16 would rename it, and let blue have it.
	[ "$(AS=blue:blue status_of POST 'bridges?bridgeId=red-b&name=mine')" = 409 ]
	[ "$(AS=blue:blue status_of POST bridges -H 'Content-Type: application/json' \
		-d '{"bridgeId":"red-b","name":"mine"}')" = 409 ]
	[ "$(AS=red:red stasis GET bridges/red-b | jq -r .name)" != mine ]
	[ "$(AS=blue:blue status_of DELETE bridges/red-b)" = 404 ]
	run "$MODULE_DIR/ws" -u red:red "$MODULE_WS/stasis/events?app=blue-app"
	[[ $output == *403* ]]
	wait_until 5 heard redobs ChannelEnteredBridge
	! heard redobs blue
}

@test "a bad configuration is refused with its line, and the old one stays" {
	cp "$ASTERISK_DIR/etc/stasis-http.conf" "$BATS_TEST_TMPDIR/good"
	echo 'nonsense = 1' >>"$ASTERISK_DIR/etc/stasis-http.conf"
	console 'module reload res_stasis_http.so'
	line=$(wc -l <"$ASTERISK_DIR/etc/stasis-http.conf")
	wait_until 5 grep -q "stasis-http.conf:$line: unknown key 'nonsense'" "$ASTERISK_LOG"
	[ "$(status_of GET asterisk/ping)" = 200 ]
	cp "$BATS_TEST_TMPDIR/good" "$ASTERISK_DIR/etc/stasis-http.conf"
	console 'module reload res_stasis_http.so'
	[ "$(status_of GET asterisk/ping)" = 200 ]
}

@test "a key that is taken away closes its socket within a second" {
	AS=the-key: listen robot ''
	cp "$ASTERISK_DIR/etc/stasis-http.conf" "$BATS_TEST_TMPDIR/good"
	sed -i '/^\[robot\]/,/^$/d' "$ASTERISK_DIR/etc/stasis-http.conf"
	console 'module reload res_stasis_http.so'
	wait_until 1 grep -q 'closed 1008' "$BATS_TEST_TMPDIR/robot.err"
	cp "$BATS_TEST_TMPDIR/good" "$ASTERISK_DIR/etc/stasis-http.conf"
	console 'module reload res_stasis_http.so'
}

@test "XML, for requests, answers and events" {
	listen app app=app
	listen xml '' -H 'Accept: application/xml'
	run stasis POST channels -H 'Content-Type: text/xml' -H 'Accept: application/xml' -d '
		<channel><endpoint>Local/wait@test</endpoint><app>app</app><timeout>30</timeout>
		<channelId>x1</channelId><variables><V>w</V></variables></channel>'
	[[ $output == *'<channel><id>x1</id><name>'* ]]
	wait_until 5 is_up x1
	[ "$(stasis GET 'channels/x1/variable?variable=V' -H 'Accept: application/xml' | tail -1)" = \
		'<variable><value>w</value></variable>' ]
	stasis GET channels -H 'Accept: application/json;q=0.1, text/xml' |
		python3 -c 'import sys, xml.dom.minidom as x; x.parse(sys.stdin)'
	stasis GET channels -H 'Accept: application/xml;q=0, application/json' | jq -e 'length > 0'
	stasis GET channels/none -H 'Accept: application/xml' | grep -q '<error><message>'
	wait_until 5 heard xml '<type>ChannelCreated</type>'
	[ "$(status_of POST channels -H 'Content-Type: application/xml' -d '<!DOCTYPE a><a/>')" = 400 ]
	[ "$(status_of POST channels -H 'Content-Type: text/plain' -d 'app=app')" = 415 ]
	[ "$(status_of GET channels -H 'Accept: image/png')" = 406 ]
	[ "$(curl -s -o /dev/null -w '%{http_code}' -u "$AUTH" -H 'Accept: image/png' "$MODULE_URL/ari/channels")" = 200 ]
}

@test "the npm package ari-client, unmodified, takes a call" {
	tools=$("$MODULE_DIR/../../module/docs/npm_ci" "$MODULE_DIR")
	run timeout 60 node "$MODULE_DIR/ari_client.mjs" "$tools" "$MODULE_URL/ari" "$ASTCTL_USER" \
		"$ASTCTL_PASSWORD_FILE" 3>&-
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"ok: hung up, StasisEnd"*"ok: the channel is gone"* ]]
}

@test "lists of playbacks and of live recordings" {
	listen app app=app
	[ "$(stasis GET playbacks)" = '[]' ]
	[ "$(stasis GET recordings/live)" = '[]' ]
	stasis POST 'channels?endpoint=Local/prompt@test&app=app&channelId=l' >/dev/null
	wait_until 5 is_up l
	stasis POST 'channels/l/record?name=a/b&format=wav&ifExists=overwrite' >/dev/null
	stasis GET recordings/live | jq -e 'map(.name) == ["a/b"]'
	# Asterisk overlooks a stop that comes before the start.
	wait_until 5 heard app RecordingStarted
	stasis POST recordings/live/a%2Fb/stop >/dev/null
	wait_until 5 heard app RecordingFinished
	[ "$(stasis GET recordings/live)" = '[]' ]
	# One of ours, and one of stock ARI's.
	stasis POST 'channels/l/play/p1?media=sound:demo-congrats' >/dev/null
	curl -sS -o /dev/null -u "$AUTH" -X POST "$STOCK_URL/ari/channels/l/play/p2?media=sound:demo-congrats"
	stasis GET playbacks | jq -e 'map(.id) | index("p1") != null'
	stasis DELETE playbacks/p1
	wait_until 5 heard app '"id":"p2"'
	stasis GET playbacks | jq -e 'map(.id) == ["p2"]'
	[ "$(AS=red:red stasis GET playbacks)" = '[]' ]
	stasis DELETE playbacks/p2
	wait_until 5 no_playbacks
	stasis DELETE recordings/stored/a%2Fb
}

no_playbacks() {
	[ "$(stasis GET playbacks)" = '[]' ]
}

# certificate NAME: NAME.crt and NAME.key for localhost, in the test's directory.
certificate() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
		-subj "/CN=$1" -addext subjectAltName=DNS:localhost -keyout "$BATS_TEST_TMPDIR/$1.key" \
		-out "$BATS_TEST_TMPDIR/$1.crt" 2>"$BATS_TEST_TMPDIR/openssl"
}

# configure LINE...: the configuration of before with these lines in [general], and a reload.
configure() {
	cp "$BATS_TEST_TMPDIR/good" "$ASTERISK_DIR/etc/stasis-http.conf"
	printf '%s\n' "$@" >"$BATS_TEST_TMPDIR/lines"
	sed -i -e "/^bindport/r $BATS_TEST_TMPDIR/lines" "$ASTERISK_DIR/etc/stasis-http.conf"
	console 'module reload res_stasis_http.so'
}

# ping_tls CA PORT [CURL-OPTION...]: true when the server of that certificate answers there.
ping_tls() {
	local ca=$1 port=$2
	shift 2
	curl -sS --max-time 5 -u "$AUTH" --cacert "$BATS_TEST_TMPDIR/$ca.crt" "$@" \
		"https://localhost:$port/stasis/asterisk/ping" | grep -q pong
}

@test "HTTPS, TLS 1.2 and above; ports and certificates change with a reload" {
	cp "$ASTERISK_DIR/etc/stasis-http.conf" "$BATS_TEST_TMPDIR/good"
	one=$((ASTERISK_SPARE_PORT + 1)) two=$((ASTERISK_SPARE_PORT + 2)) tmp=$BATS_TEST_TMPDIR
	certificate a
	certificate b
	certificate c
	listen app app=app
	files=("tlscertfile = $tmp/a.crt" "tlsprivatekey = $tmp/a.key")
	configure "tlsbindport = $one" "${files[@]}"
	ping_tls a $one
	if ping_tls a $one --tls-max 1.1; then false; fi
	curl -sS --cacert "$tmp/a.crt" -u "$AUTH" "https://localhost:$one/ari/api-docs/resources.json" |
		grep -q "\"basePath\":\"https://localhost:$one/ari\""
	# Renewed in place.
	mv "$tmp/a.crt" "$tmp/first.crt"
	cp "$tmp/b.crt" "$tmp/a.crt" && cp "$tmp/b.key" "$tmp/a.key"
	configure "tlsbindport = $one" "${files[@]}"
	ping_tls b $one
	if ping_tls first $one; then false; fi
	# Another file, on the same port.
	configure "tlsbindport = $one" "tlscertfile = $tmp/c.crt" "tlsprivatekey = $tmp/c.key"
	ping_tls c $one
	# What does not fit is not taken.
	configure "tlsbindport = $one" "tlscertfile = $tmp/c.crt" "tlsprivatekey = $tmp/b.key" || true
	wait_until 5 grep -q "no key in $tmp/b.key that fits the certificate" "$ASTERISK_LOG"
	ping_tls c $one
	# Another port; and none.
	configure "tlsbindport = $two" "tlscertfile = $tmp/c.crt" "tlsprivatekey = $tmp/c.key"
	ping_tls c $two
	if ping_tls c $one; then false; fi
	configure
	if ping_tls c $two; then false; fi
	[ "$(status_of GET asterisk/ping)" = 200 ]
	configure "bindport = $two"
	[ "$(MODULE_URL=http://127.0.0.1:$two status_of GET asterisk/ping)" = 200 ]
	if curl -s --max-time 2 "$MODULE_URL/stasis/asterisk/ping"; then false; fi
	# A port that somebody has.
	configure "bindport = ${STOCK_URL##*:}" || true
	wait_until 5 grep -q "cannot listen on 127.0.0.1 port ${STOCK_URL##*:}: Address already in use" "$ASTERISK_LOG"
	[ "$(MODULE_URL=http://127.0.0.1:$two status_of GET asterisk/ping)" = 200 ]
	# A second listener that cannot be had leaves the first where it is.
	configure "bindport = $one" "tlsbindport = ${STOCK_URL##*:}" "${files[@]}" || true
	[ "$(MODULE_URL=http://127.0.0.1:$two status_of GET asterisk/ping)" = 200 ]
	configure 'bindaddr = 0.0.0.0'
	[ "$(MODULE_URL=http://127.0.0.2:$ASTERISK_SPARE_PORT status_of GET asterisk/ping)" = 200 ]
	# Whoever was in all that time still is.
	stasis POST "channels?endpoint=Local/wait@test&app=app&channelId=after" >/dev/null
	wait_until 5 heard app '"id":"after"'
	configure
	[ "$(status_of GET asterisk/ping)" = 200 ]
}

@test "without its inner user it does not load, and says why" {
	cp "$ASTERISK_DIR/etc/stasis-http.conf" "$BATS_TEST_TMPDIR/good"
	sed -i 's/^inner_password.*/inner_password = wrong/' "$ASTERISK_DIR/etc/stasis-http.conf"
	console 'module unload res_stasis_http.so'
	console 'module load res_stasis_http.so' || true
	if [[ $ASTERISK_VERSION == 16* ]]; then
		[ "$(status_of GET asterisk/ping)" = 200 ]	# nobody is asked there
		console 'module unload res_stasis_http.so'
	else
		wait_until 5 grep -q "inner_user 'stasis-inner' cannot be used: inner_password" "$ASTERISK_LOG"
		if curl -s --max-time 2 "$MODULE_URL/stasis/asterisk/ping"; then false; fi
	fi
	cp "$BATS_TEST_TMPDIR/good" "$ASTERISK_DIR/etc/stasis-http.conf"
	console 'module load res_stasis_http.so'
	[ "$(status_of GET asterisk/ping)" = 200 ]
}

# A channel that plays something is added to a bridge only when that is over: so long the request
# has a thread. Red has more of these than there are threads.
@test "whose requests block holds up nobody else" {
	AS=red:red listen red app=red-app
	AS=blue:blue listen blue app=blue-app
	AS=blue:blue stasis POST 'channels?endpoint=Local/wait@blue&app=blue-app&channelId=fb' >/dev/null
	AS=red:red stasis POST bridges/rf >/dev/null
	for i in 1 2 3 4 5 6 7 8 9 10; do
		AS=red:red stasis POST "channels?endpoint=Local/wait@red&app=red-app&channelId=f$i" >/dev/null
		wait_until 5 is_up "f$i"
		AS=red:red stasis POST "channels/f$i/play?media=sound:demo-congrats" >/dev/null
	done
	for i in 1 2 3 4 5 6 7 8 9 10; do
		curl -sS --max-time 60 -o "$BATS_TEST_TMPDIR/add$i" -w '%{http_code}' -u red:red -X POST \
			"$MODULE_URL/stasis/bridges/rf/addChannel?channel=f$i" \
			>"$BATS_TEST_TMPDIR/code$i" 3>&- &
		echo $! >"$BATS_TEST_TMPDIR/add$i.pid"
	done
	wait_until 5 six_wait
	start=${EPOCHREALTIME/[^0-9]/}
	[ "$(AS=blue:blue status_of POST 'channels/fb/variable?variable=V&value=w')" = 204 ]
	[ "$(AS=crypter:secret status_of GET asterisk/ping)" = 200 ]
	[ "$(AS=blue:blue status_of POST 'channels/fb/answer')" = 204 ]
	[ $((${EPOCHREALTIME/[^0-9]/} - start)) -lt 3000000 ]
	six_wait
	for i in 1 2 3 4 5 6 7 8 9 10; do
		AS=$AUTH stasis DELETE "channels/f$i"
	done
	wait_until 10 all_answered
}

# Four of eight threads have a job of red's, the others of them wait.
six_wait() {
	console 'stasis-http show status' | grep -qF '(6 jobs wait)'
}

all_answered() {
	[ "$(cat "$BATS_TEST_TMPDIR"/code* | grep -oE '[1-5][0-9][0-9]' | wc -l)" = 10 ]
}

@test "the sessions there are" {
	listen app 'app=app&filter=type:Stasis*'
	stasis GET sessions | jq -e '.[] | select(.applications == ["app"] and .filter == "type:Stasis*")'
	[ "$(AS=red:red stasis GET sessions)" = '[]' ]
}

@test "300 half-open peers, and some that dribble, neither hold it up nor stay" {
	python3 - "$ASTERISK_SPARE_PORT" <<-'EOF' 3>&-
	import select, socket, sys, time
	port = int(sys.argv[1])
	request = b'POST /stasis/asterisk/ping HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n'
	def connect():
	    return socket.create_connection(('127.0.0.1', port))
	def ping():
	    start = time.monotonic()
	    with connect() as s:
	        s.sendall(b'GET /stasis/asterisk/ping HTTP/1.1\r\nHost: a\r\n\r\n')
	        assert b' 401 ' in s.recv(4096)
	    return time.monotonic() - start
	start = time.monotonic()
	peers = {connect(): sent for sent in [0, len(request) // 2, len(request)] * 100}
	dribblers = {connect(): 0 for _ in range(30)}
	for peer, sent in peers.items():
	    peer.sendall(request[:sent])
	told = slowest = 0
	left = set(peers) | set(dribblers)
	while left and time.monotonic() - start < 14:
	    for peer in left & set(dribblers):
	        try:
	            dribblers[peer] += peer.send((request + b'x' * 999)[dribblers[peer]:][:1])
	        except OSError:
	            left.discard(peer)
	    slowest = max(slowest, ping())
	    for peer in select.select(left, [], [], 0.2)[0]:
	        try:
	            text = peer.recv(4096)
	        except OSError:
	            text = b''
	        told += text.startswith(b'HTTP/1.1 408 ')
	        if not text:
	            left.discard(peer)
	# All of them are gone after the deadline for a request, and who had begun one was told.
	assert not left, len(left)
	assert told >= 200, told
	assert slowest < 0.5, slowest
	EOF
}

@test "reloaded and unloaded in the middle of traffic, Asterisk goes on" {
	listen app 'app=app&subscribeAll=true'
	"$MODULE_DIR/traffic" "$ASTERISK_SPARE_PORT" "$AUTH" 8 >"$BATS_TEST_TMPDIR/traffic" 3>&- &
	traffic=$!
	for i in 1 2 3; do
		console 'module reload res_stasis_http.so'
		console 'module unload res_stasis_http.so'
		console 'module load res_stasis_http.so'
		wait_until 5 [ "$(status_of GET asterisk/ping)" = 200 ]
		"$MODULE_DIR/ws" -u "$AUTH" -t 1 "$MODULE_WS/stasis/events?app=again" >/dev/null 3>&- || true
	done
	wait $traffic
	cat "$BATS_TEST_TMPDIR/traffic"
	grep -q '^ok [1-9][0-9][0-9]' "$BATS_TEST_TMPDIR/traffic"
	if grep -q missing "$BATS_TEST_TMPDIR/traffic"; then false; fi
	[ "$(curl -s -o /dev/null -w '%{http_code}' -u "$AUTH" "$STOCK_URL/ari/asterisk/ping")" = 200 ]
	run console 'core show uptime'
	[[ $output == *System* ]]
}

@test "in all of these, Asterisk has told nothing of a channel otherwise than the module" {
	if grep 'of a channel otherwise' "$ASTERISK_LOG"; then false; fi
}
