# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 The astctl authors
#
# Who does not read, or reads too slowly, while calls come and go: tests/module/slow_readers.

@test "who reads slowly is bounded and told so; nobody else loses anything, SIP is answered" {
	run "${BATS_TEST_FILENAME%.bats}"
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *'0 wrong'* ]]
}
