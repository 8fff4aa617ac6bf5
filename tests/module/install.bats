#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 The astctl authors
#
# make install-module, into a directory of the test's own.
#
# - what is installed, and where
# - the configuration is of whom its directory is (Asterisk's user), for nobody else to read
# - a configuration that is there stays

setup() {
	ROOT=$BATS_TEST_TMPDIR/root
	TOP=$BATS_TEST_DIRNAME/../..
	BUILD=${BUILD:-$TOP/build}
}

install_module() {
	make -s -C "$TOP" install-module O="$BUILD" M="$BUILD/module-22" DESTDIR="$ROOT" \
		PREFIX=/usr ASTMODDIR=/usr/lib/asterisk/modules \
		ASTERISK_INCLUDE="$("$TOP/tests/asterisk" headers 22)"
}

@test "module, samples and manual pages are installed; a configuration that is there stays" {
	install_module
	test -x "$ROOT/usr/lib/asterisk/modules/res_stasis_http.so"
	cmp "$TOP/module/stasis-core.conf.sample" "$ROOT/etc/asterisk/stasis-core.conf"
	test -e "$ROOT/usr/share/man/man8/res_stasis_http.8"
	test -e "$ROOT/usr/share/man/man5/stasis-http.conf.5"
	echo '; mine' >"$ROOT/etc/asterisk/stasis-http.conf"
	install_module
	[ "$(cat "$ROOT/etc/asterisk/stasis-http.conf")" = '; mine' ]
}

@test "the configuration belongs to whom its directory belongs, and nobody else reads it" {
	mkdir -p "$ROOT/etc/asterisk"
	if [ "$(id -u)" = 0 ]; then
		chown nobody:nogroup "$ROOT/etc/asterisk"
	fi
	install_module
	[ "$(stat -c '%a %U %G' "$ROOT/etc/asterisk/stasis-http.conf")" = "640 $(stat -c '%U %G' "$ROOT/etc/asterisk")" ]
}
