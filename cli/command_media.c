/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Commands on bridges, playbacks and recordings.
 * Rows of the command table: each is one operation of the API, so that the words, the arguments
 * without a name and the examples are all there is to say; see command.h.
 */
#include "command.h"

const struct command command_rows_media[] = {
	{
		.words = "bridge list",
		.summary = "List the bridges of the server",
		.operation = "bridges.list",
		.examples = (const struct command_example[]){
			{ "astctl bridge list", "All bridges, with their channels" },
			{ 0 },
		},
		.related = "bridge show, bridge create",
	},
	{
		.words = "bridge show",
		.summary = "Show one bridge",
		.operation = "bridges.get",
		.examples = (const struct command_example[]){
			{ "astctl bridge show conf1", "Everything that is known about it" },
			{ 0 },
		},
		.related = "bridge list",
	},
	{
		.words = "bridge destroy",
		.summary = "Destroy a bridge; its channels stay, alone",
		.operation = "bridges.destroy",
		.examples = (const struct command_example[]){
			{ "astctl bridge destroy conf1", "Dissolve a conference" },
			{ 0 },
		},
		.related = "bridge create, hangup",
		.done = "destroyed %s",
		.flags = COMMAND_CHANGES | COMMAND_EACH,
	},
	{
		.words = "bridge add-channel",
		.summary = "Put channels into a bridge",
		.operation = "bridges.addChannel",
		.positionals = (const struct command_positional[]){
			{ .name = "bridge", .param = "bridgeId" },
			{ .name = "channel", .param = "channel", .repeat = true },
			{ 0 },
		},
		.examples = (const struct command_example[]){
			{ "astctl bridge add-channel conf1 1700000000.12 1700000000.14",
			  "Two channels at once" },
			{ 0 },
		},
		.related = "bridge remove-channel",
		.done = "added to %s",
		.flags = COMMAND_CHANGES,
	},
	{
		.words = "bridge remove-channel",
		.summary = "Take channels out of a bridge",
		.operation = "bridges.removeChannel",
		.positionals = (const struct command_positional[]){
			{ .name = "bridge", .param = "bridgeId" },
			{ .name = "channel", .param = "channel", .repeat = true },
			{ 0 },
		},
		.examples = (const struct command_example[]){
			{ "astctl bridge remove-channel conf1 1700000000.12",
			  "The channel stays in its application" },
			{ 0 },
		},
		.related = "bridge add-channel",
		.done = "removed from %s",
		.flags = COMMAND_CHANGES,
	},
	{
		.words = "bridge start-moh",
		.summary = "Play music on hold to a bridge",
		.operation = "bridges.startMoh",
		.examples = (const struct command_example[]){
			{ "astctl bridge start-moh conf1", "All in it hear the music" },
			{ 0 },
		},
		.related = "bridge stop-moh",
		.done = "music on hold for %s",
		.flags = COMMAND_CHANGES,
	},
	{
		.words = "bridge stop-moh",
		.summary = "Stop music on hold in a bridge",
		.operation = "bridges.stopMoh",
		.examples = (const struct command_example[]){
			{ "astctl bridge stop-moh conf1", "Stop it" },
			{ 0 },
		},
		.related = "bridge start-moh",
		.done = "stopped music on hold for %s",
		.flags = COMMAND_CHANGES,
	},
	{
		.words = "bridge video-source set",
		.summary = "Show one channel's video to all in a bridge",
		.operation = "bridges.setVideoSource",
		.examples = (const struct command_example[]){
			{ "astctl bridge video-source set conf1 1700000000.12",
			  "Fix the video source" },
			{ 0 },
		},
		.related = "bridge video-source clear",
		.done = "set the video source of %s",
		.flags = COMMAND_CHANGES,
	},
	{
		.words = "bridge video-source clear",
		.summary = "Let the bridge choose its video source again",
		.operation = "bridges.clearVideoSource",
		.examples = (const struct command_example[]){
			{ "astctl bridge video-source clear conf1", "Undo video-source set" },
			{ 0 },
		},
		.related = "bridge video-source set",
		.done = "cleared the video source of %s",
		.flags = COMMAND_CHANGES,
	},
	{
		.words = "playback show",
		.summary = "Show a playback",
		.operation = "playbacks.get",
		.examples = (const struct command_example[]){
			{ "astctl playback show 7f1c", "Its state and media" },
			{ 0 },
		},
		.related = "play",
	},
	{
		.words = "playback stop",
		.summary = "Stop a playback",
		.operation = "playbacks.stop",
		.examples = (const struct command_example[]){
			{ "astctl playback stop 7f1c", "Stop it" },
			{ 0 },
		},
		.related = "playback control",
		.done = "stopped %s",
		.flags = COMMAND_CHANGES | COMMAND_EACH,
	},
	{
		.words = "playback control",
		.summary = "Pause, unpause, restart, reverse or forward a playback",
		.operation = "playbacks.control",
		.positionals = (const struct command_positional[]){
			{ .name = "playback", .param = "playbackId" },
			{ .name = "operation", .param = "operation" },
			{ 0 },
		},
		.examples = (const struct command_example[]){
			{ "astctl playback control 7f1c pause", "Pause it" },
			{ 0 },
		},
		.related = "playback stop",
		.done = "told %s",
		.flags = COMMAND_CHANGES,
	},
	{
		.words = "recording list",
		.summary = "List the stored recordings",
		.operation = "recordings.listStored",
		.examples = (const struct command_example[]){
			{ "astctl recording list", "All stored recordings" },
			{ 0 },
		},
		.related = "record, recording fetch",
	},
	{
		.words = "recording show",
		.summary = "Show a stored recording",
		.operation = "recordings.getStored",
		.examples = (const struct command_example[]){
			{ "astctl recording show note", "Its name and format" },
			{ 0 },
		},
		.related = "recording list",
	},
	{
		.words = "recording fetch",
		.summary = "Write a stored recording to standard output",
		.operation = "recordings.getStoredFile",
		.examples = (const struct command_example[]){
			{ "astctl recording fetch note >note.wav", "Download a recording" },
			{ "astctl recording fetch note | aplay", "Listen to it" },
			{ 0 },
		},
		.related = "recording list, record",
	},
	{
		.words = "recording copy",
		.summary = "Copy a stored recording",
		.operation = "recordings.copyStored",
		.positionals = (const struct command_positional[]){
			{ .name = "recording", .param = "recordingName" },
			{ .name = "destination", .param = "destinationRecordingName" },
			{ 0 },
		},
		.examples = (const struct command_example[]){
			{ "astctl recording copy note archive/note", "Keep a copy" },
			{ 0 },
		},
		.related = "recording delete",
		.flags = COMMAND_CHANGES,
	},
	{
		.words = "recording delete",
		.summary = "Delete a stored recording",
		.operation = "recordings.deleteStored",
		.examples = (const struct command_example[]){
			{ "astctl recording delete note", "Delete the file on the server" },
			{ 0 },
		},
		.related = "recording list",
		.done = "deleted %s",
		.flags = COMMAND_CHANGES | COMMAND_EACH,
	},
	{
		.words = "live-recording show",
		.summary = "Show a recording that is being made",
		.operation = "recordings.getLive",
		.examples = (const struct command_example[]){
			{ "astctl live-recording show note", "Its state and target" },
			{ 0 },
		},
		.related = "record",
	},
	{
		.words = "live-recording stop",
		.summary = "Stop a recording and keep it",
		.operation = "recordings.stop",
		.examples = (const struct command_example[]){
			{ "astctl live-recording stop note", "Stop and store" },
			{ 0 },
		},
		.related = "live-recording cancel",
		.done = "stopped %s",
		.flags = COMMAND_CHANGES | COMMAND_EACH,
	},
	{
		.words = "live-recording cancel",
		.summary = "Stop a recording and throw it away",
		.operation = "recordings.cancel",
		.examples = (const struct command_example[]){
			{ "astctl live-recording cancel note", "Stop and discard" },
			{ 0 },
		},
		.related = "live-recording stop",
		.done = "cancelled %s",
		.flags = COMMAND_CHANGES | COMMAND_EACH,
	},
	{
		.words = "live-recording pause",
		.summary = "Pause a recording",
		.operation = "recordings.pause",
		.examples = (const struct command_example[]){
			{ "astctl live-recording pause note", "Record nothing for a while" },
			{ 0 },
		},
		.related = "live-recording unpause",
		.done = "paused %s",
		.flags = COMMAND_CHANGES | COMMAND_EACH,
	},
	{
		.words = "live-recording unpause",
		.summary = "Go on with a paused recording",
		.operation = "recordings.unpause",
		.examples = (const struct command_example[]){
			{ "astctl live-recording unpause note", "Go on" },
			{ 0 },
		},
		.related = "live-recording pause",
		.done = "unpaused %s",
		.flags = COMMAND_CHANGES | COMMAND_EACH,
	},
	{
		.words = "live-recording mute",
		.summary = "Record silence instead of sound",
		.operation = "recordings.mute",
		.examples = (const struct command_example[]){
			{ "astctl live-recording mute note", "While a card number is read" },
			{ 0 },
		},
		.related = "live-recording unmute",
		.done = "muted %s",
		.flags = COMMAND_CHANGES | COMMAND_EACH,
	},
	{
		.words = "live-recording unmute",
		.summary = "Record sound again",
		.operation = "recordings.unmute",
		.examples = (const struct command_example[]){
			{ "astctl live-recording unmute note", "Go on with sound" },
			{ 0 },
		},
		.related = "live-recording mute",
		.done = "unmuted %s",
		.flags = COMMAND_CHANGES | COMMAND_EACH,
	},
	{ 0 },
};
