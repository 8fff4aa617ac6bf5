# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 The astctl authors
#
# The API description of the module, its page, and clients made by others:
# - the description is ari.json with the module's part on top, the same each time, and public
#   tools accept it; an overlay that does not fit gives one line;
# - the page is assembled from pinned files, a second time without a network, under a strict policy;
# - in a real browser it lists every operation and shows a real server's answer;
# - the npm package ari-client takes a call on stock ARI (the same script serves for the module).

load helper

setup_file() {
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	export root XDG_CACHE_HOME=${XDG_CACHE_HOME:-$HOME/.cache}
	export DOCS=$BATS_FILE_TMPDIR/stasis-docs CHROMIUM=${CHROMIUM:-/usr/bin/chromium}
	TOOLS=$("$root/module/docs/npm_ci" "$root/tests/module")
	export TOOLS
	"$root/module/docs/build" "$DOCS"
	module_start
	sed -i "s|^bindport.*|&\ndocs_directory = $DOCS|" "$ASTERISK_DIR/etc/stasis-http.conf"
	console 'module reload res_stasis_http.so'
}

teardown_file() {
	module_stop
}

# A copy of the description's sources, in which things can be broken.
copy_sources() {
	mkdir -p "$BATS_TEST_TMPDIR/lib" "$BATS_TEST_TMPDIR/module"
	cp -R "$root/lib/api" "$BATS_TEST_TMPDIR/lib/"
	cp -R "$root/module/api" "$BATS_TEST_TMPDIR/module/"
	cd "$BATS_TEST_TMPDIR" || return 1
}

@test "description: public tools accept it" {
	run "$root/tests/api/check_description" "$DOCS/stasis.json"
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"Your API description is valid"* ]]
}

@test "description: everything of ARI is in it, and what the module adds" {
	names='[.paths[][] | objects | .operationId] | sort | .[]'
	jq -r "$names" "$root/lib/api/ari.json" >"$BATS_TEST_TMPDIR/ari"
	jq -r "$names" "$DOCS/stasis.json" >"$BATS_TEST_TMPDIR/ours"
	run comm -13 "$BATS_TEST_TMPDIR/ari" "$BATS_TEST_TMPDIR/ours"
	[ "$output" = $'bridges.speakers\nplaybacks.list\nrecordings.listLive\nsessions.list' ]
	run comm -23 "$BATS_TEST_TMPDIR/ari" "$BATS_TEST_TMPDIR/ours"
	[ -z "$output" ]
	run jq -r '.paths["/events"].get.parameters[] | "\(.name) \(.required)"' "$DOCS/stasis.json"
	[ "$output" = $'app false\nsubscribeAll false\nobserver false\nfilter false\nsnapshot false\nsince false' ]
	run jq -r '[.components.schemas.AnyMessage.oneOf[]."$ref" | sub(".*/"; "")] | join(" ")' \
		"$DOCS/stasis.json"
	[[ $output == *" BridgeSpeakersChanged StreamMark SnapshotObject FilterSet" ]]
	run jq -r '.components.securitySchemes | keys | join(" ")' "$DOCS/stasis.json"
	[ "$output" = "apiKey apiKeyQuery basic digest" ]
}

@test "description: whatever has a JSON body has an XML one" {
	run jq -r '[.. | objects | .content? | objects | select(has("application/json"))
		| select(.["application/json"] != .["application/xml"])] | length' "$DOCS/stasis.json"
	[ "$output" -eq 0 ]
	run jq -r '.paths["/channels"].get.responses["200"].content | keys | join(" ")' "$DOCS/stasis.json"
	[ "$output" = "application/json application/xml" ]
}

@test "description: every text of ours is a sentence" {
	run jq -r '.. | objects | (.summary, .description) | strings | select(test("^[^a-z ].*[.]$"; "m") | not)' \
		"$root/module/api/stasis.json"
	[ -z "$output" ]
}

@test "description: the same bytes each time" {
	PYTHONHASHSEED=1 "$root/module/api/describe.py" | cmp - "$DOCS/stasis.json"
	PYTHONHASHSEED=2 "$root/module/api/describe.py" | cmp - "$DOCS/stasis.json"
}

@test "description: an overlay that does not fit gives one line and no file" {
	copy_sources
	while IFS='|' read -r filter expected; do
		jq "$filter" "$root/module/api/stasis.json" >module/api/stasis.json
		run module/api/describe.py out.json
		echo "$output"
		[ "$status" -eq 1 ]
		[ "${#lines[@]}" -eq 1 ]
		[[ $output == *"$expected"* ]]
		[ ! -e out.json ]
	done <<-'END'
	.["servants+"] = []|/servants+: there is no such list to add to
	.paths["/events"].get["parameters="].nobody = {}|0 parameters are called nobody, expected one
	END
	echo '{' >module/api/stasis.json
	run module/api/describe.py out.json
	[ "$status" -eq 1 ]
	[ "${#lines[@]}" -eq 1 ]
}

@test "page: pinned, and no registry is named" {
	for dir in module/docs tests/module; do
		run grep resolved "$root/$dir/package-lock.json"
		[ "$status" -eq 1 ]
		run jq -r '.dependencies[]' "$root/$dir/package.json"
		[[ ! $output =~ [^0-9.$'\n'] ]]
	done
}

@test "page: assembled a second time without a network, the same files" {
	run env http_proxy=http://127.0.0.1:1 https_proxy=http://127.0.0.1:1 \
		npm_config_registry=http://127.0.0.1:1 "$root/module/docs/build" "$BATS_TEST_TMPDIR/docs"
	[ "$status" -eq 0 ]
	diff -r "$DOCS" "$BATS_TEST_TMPDIR/docs"
	[ "$(stat -c %a "$DOCS" "$DOCS/index.html" | xargs)" = "755 644" ]
}

@test "page: its policy lets nothing in from elsewhere" {
	policy="default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
	grep -qF "content=\"$policy connect-src 'self'; base-uri 'none'; form-action 'none'\"" "$DOCS/index.html"
	run grep -nE '(src|href)="(https?:)?//' "$DOCS/index.html"
	[ "$status" -eq 1 ]
	run grep -nE '<script>|<style|[[:space:]]on[a-z]+=' "$DOCS/index.html"
	[ "$status" -eq 1 ]
}

# fetch PATH [CURL-OPTION...]: status, type and the headers, without a login.
fetch() {
	local path=$1
	shift
	curl -sS --path-as-is --max-time 10 -D "$BATS_TEST_TMPDIR/headers" -o "$BATS_TEST_TMPDIR/body" \
		-w '%{http_code} %{content_type}' "$@" "$MODULE_URL/stasis/$path"
}

has_header() {
	grep -qiF "$1" "$BATS_TEST_TMPDIR/headers"
}

@test "page: the module serves these files, as what they are" {
	[ "$(fetch docs)" = "308 " ]
	has_header 'Location: docs/'
	[ "$(fetch docs/)" = "200 text/html; charset=utf-8" ]
	cmp "$BATS_TEST_TMPDIR/body" "$DOCS/index.html"
	has_header "Content-Security-Policy: default-src 'none'; script-src 'self'; "
	has_header "frame-ancestors 'none'"
	has_header 'X-Content-Type-Options: nosniff'
	[ "$(fetch docs/swagger-ui-bundle.js)" = "200 text/javascript; charset=utf-8" ]
	cmp "$BATS_TEST_TMPDIR/body" "$DOCS/swagger-ui-bundle.js"
	[ "$(fetch docs/swagger-ui.css)" = "200 text/css; charset=utf-8" ]
	[ "$(fetch docs/LICENSE)" = "200 text/plain; charset=utf-8" ]
	[ "$(fetch api-docs/stasis.json)" = "200 application/json" ]
	cmp "$BATS_TEST_TMPDIR/body" "$DOCS/stasis.json"
	[ "$(fetch docs/ -X POST)" = "405 application/json" ]
	[ "$(fetch docs/index.html -I)" = "200 text/html; charset=utf-8" ]
}

@test "page: nothing but these files, and no way out of their directory" {
	echo secret >"$BATS_FILE_TMPDIR/secret"
	ln -s ../secret "$DOCS/link"
	mkdir "$DOCS/directory"
	mkfifo "$DOCS/fifo"
	echo secret >"$DOCS/.hidden"
	for path in ../secret %2e%2e/secret ..%2fsecret ../stasis-docs/index.html ./index.html none link \
		directory directory/ fifo .hidden .. . %2e /etc/passwd index.html%00 index.html/ \
		"$(printf '%0200d' 1)"; do
		run fetch "docs/$path"
		echo "$path: $output"
		[[ $output == "404 application/json" || $output == "400 application/json" ]]
		if grep -q secret "$BATS_TEST_TMPDIR/body"; then false; fi
	done
	rm -r "$DOCS/link" "$DOCS/directory" "$DOCS/fifo" "$DOCS/.hidden"
}

@test "page: a person reads and tries it in a browser" {
	if [ ! -x "$CHROMIUM" ]; then
		echo "$CHROMIUM is missing: install Debian's package chromium"
		return 1
	fi
	run timeout 180 node "$BATS_TEST_DIRNAME/docs.mjs" "$TOOLS" "$MODULE_URL/stasis" \
		"$ASTCTL_USER" "$ASTCTL_PASSWORD_FILE" "$BATS_TEST_TMPDIR" 3>&-
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"GET /asterisk/info shows the real answer"* ]]
	[[ $output != *"not ok:"* ]]
	[ -s "$BATS_TEST_TMPDIR/info.png" ]
}

@test "ari-client: a wrong password is noticed" {
	echo wrong >"$BATS_TEST_TMPDIR/password"
	run timeout 60 node "$BATS_TEST_DIRNAME/ari_client.mjs" "$TOOLS" "$MODULE_URL/ari" "$ASTCTL_USER" \
		"$BATS_TEST_TMPDIR/password"
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"not ok: 401 "* ]]
}
