#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 The astctl authors
#
# The module in an Asterisk that tells more of a channel than the module knows (newer.c): what
# it writes itself is compared with Asterisk's now and then.
#
# - a member that the module does not know is in lists and events, once it was noticed
# - the log says so, once

load helper

setup_file() {
	MODULE_VARIANT=newer module_start
}

teardown_file() {
	module_stop
}

setup() {
	hang_up_all
}

# one_more: a channel comes up; has one that came the member already?
one_more() {
	stasis POST 'channels?endpoint=Local/wait@test&context=test&extension=wait&priority=1' >/dev/null
	[ "$(stasis GET channels | jq '[.[].mood // empty] | length')" -gt 0 ]
}

# told NAME: an event of the stream NAME, of what came late, has it.
told() {
	jq -se 'any(.type == "ChannelStateChange" and .channel.id == "late" and
		.channel.mood == "calm")' "$BATS_TEST_TMPDIR/$1" >/dev/null
}

@test "what another Asterisk tells of a channel is noticed, and told" {
	listen own snapshot=true
	wait_until 10 one_more
	stasis POST 'channels/late?endpoint=Local/wait@test&context=test&extension=wait&priority=1' >/dev/null
	wait_until 5 told own
	stasis GET channels | jq -e '.[] | select(.id == "late") | .mood == "calm"'
	[ "$(grep -c "NOTICE.*has 'mood' of a channel otherwise" "$ASTERISK_LOG")" = 1 ]
}
