# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 The astctl authors
#
# Half a minute of tests/module/soak: calls, clients that come, go, stall and resume, SIP OPTIONS
# all the while, reload and unload in the middle. The hour is `tests/module/soak 60`.

@test "half a minute of everything at once leaves Asterisk well" {
	run "${BATS_TEST_FILENAME%.bats}" 0.5
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *'0 wrong'* ]]
}
