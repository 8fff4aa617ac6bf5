# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 The astctl authors
#
# Memory that the module does not give back, in Asterisk: tests/module/leaks, with a few cycles.

@test "nothing is left behind by requests, sessions, calls, reloads and unloads" {
	case ${BUILD:-} in *-san) skip 'the sanitizers count memory themselves' ;; esac
	gcc -std=gnu11 -O1 -shared -fPIC -o "$BATS_TEST_TMPDIR/count.so" \
		"${BATS_TEST_FILENAME%/*}/count_memory.c" -ldl -lpthread
	run "${BATS_TEST_FILENAME%.bats}" "$BATS_TEST_TMPDIR/count.so" 4
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *'0 places leak'* ]]
}
