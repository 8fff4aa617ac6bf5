#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 The astctl authors
#
# What a packager and a C programmer meet:
# - make install puts everything under DESTDIR and PREFIX, and make uninstall takes all of it away
# - a program builds with what pkg-config says, against the shared and the static library, and runs
# - the shared library exports ari_* only, has a soname, and needs neither libcurl nor libwebsockets
#   to be linked, but tells packagers that it loads them
# - the sources keep the rules that can be checked (tests/lint)

bats_require_minimum_version 1.5.0

setup() {
	ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	: "${BUILD:=$ROOT/build}"
	stage=$BATS_TEST_TMPDIR/stage
}

# What is stale is built as the rest of that build was.
make_quiet() {
	local san=
	case $BUILD in *-san) san=address,undefined ;; esac
	make --no-print-directory -C "$ROOT" O="$BUILD" SAN=$san "$@" >"$BATS_TEST_TMPDIR/make.log" 2>&1 || {
		cat "$BATS_TEST_TMPDIR/make.log"
		return 1
	}
}

@test "install and uninstall, under DESTDIR" {
	make_quiet install DESTDIR="$stage" PREFIX=/usr
	for file in bin/astctl lib/libari.so lib/libari.so.0 lib/libari.a lib/pkgconfig/libari.pc \
		include/ari/client.h share/man/man1/astctl.1; do
		[ -e "$stage/usr/$file" ]
	done
	grep -qx 'prefix=/usr' "$stage/usr/lib/pkgconfig/libari.pc"
	"$stage/usr/bin/astctl" version
	make_quiet uninstall DESTDIR="$stage" PREFIX=/usr
	run find "$stage" ! -type d
	[ -z "$output" ]
}

@test "a program builds with pkg-config, against both libraries, and runs" {
	make_quiet install PREFIX="$stage"
	export PKG_CONFIG_PATH=$stage/lib/pkgconfig
	san=()
	case $BUILD in *-san) san=(-fsanitize=address,undefined) ;; esac
	read -ra flags < <(pkg-config --cflags --libs libari)
	gcc -Wall -Werror "${san[@]}" -o "$BATS_TEST_TMPDIR/hello" "$ROOT/examples/hello.c" "${flags[@]}"
	ldd "$BATS_TEST_TMPDIR/hello" | grep -q 'libari.so.0'
	read -ra flags < <(pkg-config --static --cflags --libs libari)
	gcc -Wall -Werror "${san[@]}" -o "$BATS_TEST_TMPDIR/hello-static" "$ROOT/examples/hello.c" \
		"${flags[@]/-lari/-l:libari.a}"
	echo 'machine 127.0.0.1 login u password p' >"$BATS_TEST_TMPDIR/.netrc"
	chmod 600 "$BATS_TEST_TMPDIR/.netrc"
	for program in hello hello-static; do # nobody listens on port 1
		HOME=$BATS_TEST_TMPDIR ASTCTL_URL=http://127.0.0.1:1/ari LD_LIBRARY_PATH=$stage/lib run timeout --foreground 20 "$BATS_TEST_TMPDIR/$program"
		echo "$status $output"
		[ "$status" -ne 0 ] && [ "$status" -lt 124 ]
		[[ $output == *127.0.0.1* ]]
	done
}

@test "the shared library exports ari_* only, and loads what it rarely needs" {
	run bash -c "nm -D --defined-only '$BUILD/libari.so' | awk '\$2 ~ /[TDBR]/ && \$3 !~ /^ari_/'"
	[ -z "$output" ]
	readelf -d "$BUILD/libari.so" | grep -q 'soname: \[libari.so.0\]'
	run readelf -d "$BUILD/astctl" "$BUILD/libari.so"
	[[ $output != *libcurl* ]]
	[[ $output != *libwebsockets* ]]
	run readelf -p .note.dlopen "$BUILD/libari.so"
	[[ $output == *libcurl.so.4* ]]
	[[ $output == *libwebsockets.so.17* ]]
}

@test "lint is clean" {
	run "$ROOT/tests/lint" "$BUILD"
	echo "$output"
	[ "$status" -eq 0 ]
}
