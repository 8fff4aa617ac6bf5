/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Commands on one channel.
 * Rows of the command table: each is one operation of the API, so that the words, the arguments
 * without a name and the examples are all there is to say; see command.h.
 */
#include "command.h"

const struct command command_rows_call[] = {
	{
		.words = "answer",
		.summary = "Answer a channel",
		.operation = "channels.answer",
		.examples = (const struct command_example[]){
			{ "astctl answer 1700000000.12", "Answer an incoming call that rings" },
			{ 0 },
		},
		.related = "hangup, channel ring",
		.done = "answered %s",
		.flags = COMMAND_CHANGES | COMMAND_EACH,
	},
	{
		.words = "hangup",
		.summary = "Hang up a channel",
		.operation = "channels.hangup",
		.examples = (const struct command_example[]){
			{ "astctl hangup 1700000000.12", "Hang up" },
			{ "astctl hangup 1700000000.12 --reason busy",
			  "Hang up, and say that it is busy" },
			{ 0 },
		},
		.related = "channel list, continue",
		.done = "hung up %s",
		.flags = COMMAND_CHANGES | COMMAND_EACH,
	},
	{ 0 },
};

const struct command command_rows_channel[] = {
	{
		.words = "channel list",
		.summary = "List the channels of the server",
		.operation = "channels.list",
		.examples = (const struct command_example[]){
			{ "astctl channel list", "All channels, as a table" },
			{ "astctl channel list --columns id,state,caller,context",
			  "Choose the columns" },
			{ 0 },
		},
		.related = "channel show, hangup, events",
	},
	{
		.words = "channel show",
		.summary = "Show one channel",
		.operation = "channels.get",
		.examples = (const struct command_example[]){
			{ "astctl channel show 1700000000.12",
			  "Everything that is known about it" },
			{ 0 },
		},
		.related = "channel list, channel variable get",
	},
	{
		.words = "channel dial",
		.summary = "Dial a created channel",
		.operation = "channels.dial",
		.examples = (const struct command_example[]){
			{ "astctl channel dial 1700000000.12 --timeout 20",
			  "Ring for at most 20 seconds" },
			{ 0 },
		},
		.related = "channel create",
		.done = "dialling %s",
		.flags = COMMAND_CHANGES,
	},
	{
		.words = "channel answer",
		.summary = "Answer a channel",
		.operation = "channels.answer",
		.examples = (const struct command_example[]){
			{ "astctl channel answer 1700000000.12", "The same as astctl answer" },
			{ 0 },
		},
		.related = "answer",
		.done = "answered %s",
		.flags = COMMAND_CHANGES | COMMAND_EACH,
	},
	{
		.words = "channel hangup",
		.summary = "Hang up a channel",
		.operation = "channels.hangup",
		.examples = (const struct command_example[]){
			{ "astctl channel hangup 1700000000.12", "The same as astctl hangup" },
			{ 0 },
		},
		.related = "hangup",
		.done = "hung up %s",
		.flags = COMMAND_CHANGES | COMMAND_EACH,
	},
	{
		.words = "channel ring",
		.summary = "Indicate ringing to a channel",
		.operation = "channels.ring",
		.examples = (const struct command_example[]){
			{ "astctl channel ring 1700000000.12", "Let the caller hear ringing" },
			{ 0 },
		},
		.related = "channel ring-stop",
		.done = "ringing %s",
		.flags = COMMAND_CHANGES | COMMAND_EACH,
	},
	{
		.words = "channel ring-stop",
		.summary = "Stop the ringing indication",
		.operation = "channels.ringStop",
		.examples = (const struct command_example[]){
			{ "astctl channel ring-stop 1700000000.12", "Stop it" },
			{ 0 },
		},
		.related = "channel ring",
		.done = "stopped ringing %s",
		.flags = COMMAND_CHANGES | COMMAND_EACH,
	},
	{
		.words = "channel progress",
		.summary = "Indicate progress to a channel (183, without media)",
		.operation = "channels.progress",
		.examples = (const struct command_example[]){
			{ "astctl channel progress 1700000000.12",
			  "Answer nothing yet, but say that it goes on" },
			{ 0 },
		},
		.related = "channel ring",
		.done = "progress on %s",
		.flags = COMMAND_CHANGES | COMMAND_EACH,
	},
	{
		.words = "channel hold",
		.summary = "Put a channel on hold",
		.operation = "channels.hold",
		.examples = (const struct command_example[]){
			{ "astctl channel hold 1700000000.12", "Hold" },
			{ 0 },
		},
		.related = "channel unhold",
		.done = "held %s",
		.flags = COMMAND_CHANGES | COMMAND_EACH,
	},
	{
		.words = "channel unhold",
		.summary = "Take a channel off hold",
		.operation = "channels.unhold",
		.examples = (const struct command_example[]){
			{ "astctl channel unhold 1700000000.12", "Go on" },
			{ 0 },
		},
		.related = "channel hold",
		.done = "took %s off hold",
		.flags = COMMAND_CHANGES | COMMAND_EACH,
	},
	{
		.words = "channel mute",
		.summary = "Mute a channel",
		.operation = "channels.mute",
		.presets = (const struct command_preset[]){
			{ "direction", "both" },	/* Asterisk asks for it, whatever it says */
			{ 0 },
		},
		.examples = (const struct command_example[]){
			{ "astctl channel mute 1700000000.12 --direction in",
			  "Others no longer hear it" },
			{ 0 },
		},
		.related = "channel unmute",
		.done = "muted %s",
		.flags = COMMAND_CHANGES | COMMAND_EACH,
	},
	{
		.words = "channel unmute",
		.summary = "Unmute a channel",
		.operation = "channels.unmute",
		.presets = (const struct command_preset[]){
			{ "direction", "both" },	/* Asterisk asks for it, whatever it says */
			{ 0 },
		},
		.examples = (const struct command_example[]){
			{ "astctl channel unmute 1700000000.12 --direction in",
			  "Others hear it again" },
			{ 0 },
		},
		.related = "channel mute",
		.done = "unmuted %s",
		.flags = COMMAND_CHANGES | COMMAND_EACH,
	},
	{
		.words = "channel dtmf",
		.summary = "Send digits to a channel",
		.operation = "channels.sendDTMF",
		.positionals = (const struct command_positional[]){
			{ .name = "channel", .param = "channelId" },
			{ .name = "digits", .param = "dtmf" },
			{ 0 },
		},
		.examples = (const struct command_example[]){
			{ "astctl channel dtmf 1700000000.12 1234#", "Send five digits" },
			{ 0 },
		},
		.related = "play",
		.done = "sent digits to %s",
		.flags = COMMAND_CHANGES,
	},
	{
		.words = "channel start-moh",
		.summary = "Play music on hold to a channel",
		.operation = "channels.startMoh",
		.examples = (const struct command_example[]){
			{ "astctl channel start-moh 1700000000.12 --moh-class jazz",
			  "Choose the music" },
			{ 0 },
		},
		.related = "channel stop-moh",
		.done = "music on hold for %s",
		.flags = COMMAND_CHANGES | COMMAND_EACH,
	},
	{
		.words = "channel stop-moh",
		.summary = "Stop music on hold",
		.operation = "channels.stopMoh",
		.examples = (const struct command_example[]){
			{ "astctl channel stop-moh 1700000000.12", "Stop it" },
			{ 0 },
		},
		.related = "channel start-moh",
		.done = "stopped music on hold for %s",
		.flags = COMMAND_CHANGES | COMMAND_EACH,
	},
	{
		.words = "channel start-silence",
		.summary = "Send silence to a channel",
		.operation = "channels.startSilence",
		.examples = (const struct command_example[]){
			{ "astctl channel start-silence 1700000000.12",
			  "Keep media flowing while nothing plays" },
			{ 0 },
		},
		.related = "channel stop-silence",
		.done = "silence on %s",
		.flags = COMMAND_CHANGES | COMMAND_EACH,
	},
	{
		.words = "channel stop-silence",
		.summary = "Stop sending silence",
		.operation = "channels.stopSilence",
		.examples = (const struct command_example[]){
			{ "astctl channel stop-silence 1700000000.12", "Stop it" },
			{ 0 },
		},
		.related = "channel start-silence",
		.done = "stopped silence on %s",
		.flags = COMMAND_CHANGES | COMMAND_EACH,
	},
	{
		.words = "channel redirect",
		.summary = "Redirect a channel to another endpoint",
		.operation = "channels.redirect",
		.positionals = (const struct command_positional[]){
			{ .name = "channel", .param = "channelId" },
			{ .name = "endpoint", .param = "endpoint" },
			{ 0 },
		},
		.examples = (const struct command_example[]){
			{ "astctl channel redirect 1700000000.12 PJSIP/bob",
			  "Let the device call somebody else" },
			{ 0 },
		},
		.related = "channel move",
		.done = "redirected %s",
		.flags = COMMAND_CHANGES,
	},
	{
		.words = "channel rtp-statistics",
		.summary = "Show the RTP statistics of a channel",
		.operation = "channels.rtpstatistics",
		.examples = (const struct command_example[]){
			{ "astctl channel rtp-statistics 1700000000.12",
			  "Packets, loss and jitter" },
			{ 0 },
		},
		.related = "channel show",
	},
	{
		.words = "channel variable get",
		.summary = "Show a variable or function of a channel",
		.operation = "channels.getChannelVar",
		.positionals = (const struct command_positional[]){
			{ .name = "channel", .param = "channelId" },
			{ .name = "variable", .param = "variable" },
			{ 0 },
		},
		.examples = (const struct command_example[]){
			{ "astctl channel variable get 1700000000.12 CALLERID(num)",
			  "The number of the caller" },
			{ 0 },
		},
		.related = "channel variable set",
	},
	{
		.words = "channel variable set",
		.summary = "Set a variable or function of a channel",
		.operation = "channels.setChannelVar",
		.positionals = (const struct command_positional[]){
			{ .name = "channel", .param = "channelId" },
			{ .name = "variable", .param = "variable" },
			{ .name = "value", .param = "value", .optional = true },
			{ 0 },
		},
		.examples = (const struct command_example[]){
			{ "astctl channel variable set 1700000000.12 TALK_DETECT(set) ''",
			  "Report who talks as events" },
			{ 0 },
		},
		.related = "channel variable get",
		.done = "set a variable of %s",
		.flags = COMMAND_CHANGES,
	},
	{ 0 },
};
