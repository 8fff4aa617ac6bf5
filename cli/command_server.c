/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Commands on applications, endpoints and the server itself.
 * Rows of the command table: each is one operation of the API, so that the words, the arguments
 * without a name and the examples are all there is to say; see command.h.
 */
#include "command.h"

const struct command command_rows_server[] = {
	{
		.words = "application list",
		.summary = "List the Stasis applications",
		.operation = "applications.list",
		.examples =
			(const struct command_example[]){
				{"astctl application list", "Who is connected to the server"},
				{0},
			},
		.related = "application show, events",
	},
	{
		.words = "application show",
		.summary = "Show a Stasis application and its subscriptions",
		.operation = "applications.get",
		.examples =
			(const struct command_example[]){
				{"astctl application show astctl", "What it is subscribed to"},
				{0},
			},
		.related = "application subscribe",
	},
	{
		.words = "application subscribe",
		.summary = "Subscribe an application to event sources",
		.operation = "applications.subscribe",
		.positionals =
			(const struct command_positional[]){
				{.name = "application", .param = "applicationName"},
				{.name = "source", .param = "eventSource", .repeat = true},
				{0},
			},
		.examples =
			(const struct command_example[]){
				{"astctl application subscribe astctl bridge:conf1",
				 "Get the events of a bridge"},
				{0},
			},
		.related = "application unsubscribe",
		.flags = COMMAND_CHANGES,
	},
	{
		.words = "application unsubscribe",
		.summary = "Unsubscribe an application from event sources",
		.operation = "applications.unsubscribe",
		.positionals =
			(const struct command_positional[]){
				{.name = "application", .param = "applicationName"},
				{.name = "source", .param = "eventSource", .repeat = true},
				{0},
			},
		.examples =
			(const struct command_example[]){
				{"astctl application unsubscribe astctl bridge:conf1",
				 "No more events of this bridge"},
				{0},
			},
		.related = "application subscribe",
		.flags = COMMAND_CHANGES,
	},
	{
		.words = "application filter",
		.summary = "Filter the events that an application gets",
		.operation = "applications.filter",
		.positionals =
			(const struct command_positional[]){
				{.name = "application", .param = "applicationName"},
				{.name = "filter", .param = "filter"},
				{0},
			},
		.examples =
			(const struct command_example[]){
				{"astctl application filter astctl "
				 "'{\"disallowed\":[{\"type\":\"ChannelVarset\"}]}'",
				 "No variable events"},
				{0},
			},
		.related = "application show",
		.flags = COMMAND_CHANGES,
	},
	{
		.words = "endpoint list",
		.summary = "List the endpoints",
		.operation = "endpoints.list",
		.examples =
			(const struct command_example[]){
				{"astctl endpoint list", "All endpoints and their state"},
				{0},
			},
		.related = "endpoint show",
	},
	{
		.words = "endpoint show",
		.summary = "Show an endpoint",
		.operation = "endpoints.get",
		.positionals =
			(const struct command_positional[]){
				{.name = "endpoint", .param = "tech", .rest = "resource",
				 .summary = "TECHNOLOGY/RESOURCE."},
				{0},
			},
		.examples =
			(const struct command_example[]){
				{"astctl endpoint show PJSIP/alice",
				 "Is it online, and in which channels"},
				{0},
			},
		.related = "endpoint list",
	},
	{
		.words = "endpoint message",
		.summary = "Send a text message to an endpoint",
		.operation = "endpoints.sendMessageToEndpoint",
		.positionals =
			(const struct command_positional[]){
				{.name = "endpoint", .param = "tech", .rest = "resource",
				 .summary = "TECHNOLOGY/RESOURCE."},
				{.name = "body", .param = "body"},
				{0},
			},
		.examples =
			(const struct command_example[]){
				{"astctl endpoint message PJSIP/alice 'Call back' --from "
				 "sip:ops@pbx",
				 "Send a SIP MESSAGE"},
				{0},
			},
		.related = "endpoint show",
		.done = "sent to %s",
		.flags = COMMAND_CHANGES,
	},
	{
		.words = "device-state list",
		.summary = "List the device states that ARI controls",
		.operation = "deviceStates.list",
		.examples =
			(const struct command_example[]){
				{"astctl device-state list", "All of them"},
				{0},
			},
		.related = "device-state set",
	},
	{
		.words = "device-state show",
		.summary = "Show a device state",
		.operation = "deviceStates.get",
		.examples =
			(const struct command_example[]){
				{"astctl device-state show Stasis:door", "Works for any device"},
				{0},
			},
		.related = "device-state list",
	},
	{
		.words = "device-state set",
		.summary = "Set a device state (Stasis: devices only)",
		.operation = "deviceStates.update",
		.positionals =
			(const struct command_positional[]){
				{.name = "device", .param = "deviceName"},
				{.name = "state", .param = "deviceState"},
				{0},
			},
		.examples =
			(const struct command_example[]){
				{"astctl device-state set Stasis:door INUSE", "Light a lamp"},
				{0},
			},
		.related = "device-state delete",
		.done = "set %s",
		.flags = COMMAND_CHANGES,
	},
	{
		.words = "device-state delete",
		.summary = "Delete a device state",
		.operation = "deviceStates.delete",
		.examples =
			(const struct command_example[]){
				{"astctl device-state delete Stasis:door", "Forget it"},
				{0},
			},
		.related = "device-state set",
		.done = "deleted %s",
		.flags = COMMAND_CHANGES | COMMAND_EACH,
	},
	{
		.words = "mailbox list",
		.summary = "List the mailboxes",
		.operation = "mailboxes.list",
		.examples =
			(const struct command_example[]){
				{"astctl mailbox list", "All mailboxes"},
				{0},
			},
		.related = "mailbox show",
	},
	{
		.words = "mailbox show",
		.summary = "Show a mailbox",
		.operation = "mailboxes.get",
		.examples =
			(const struct command_example[]){
				{"astctl mailbox show 100@default", "New and old messages"},
				{0},
			},
		.related = "mailbox list",
	},
	{
		.words = "mailbox set",
		.summary = "Set the message counts of a mailbox",
		.operation = "mailboxes.update",
		.positionals =
			(const struct command_positional[]){
				{.name = "mailbox", .param = "mailboxName"},
				{.name = "old", .param = "oldMessages"},
				{.name = "new", .param = "newMessages"},
				{0},
			},
		.examples =
			(const struct command_example[]){
				{"astctl mailbox set 100@default 2 1", "Two old messages, one new"},
				{0},
			},
		.related = "mailbox delete",
		.done = "set %s",
		.flags = COMMAND_CHANGES,
	},
	{
		.words = "mailbox delete",
		.summary = "Delete a mailbox",
		.operation = "mailboxes.delete",
		.examples =
			(const struct command_example[]){
				{"astctl mailbox delete 100@default", "Delete it"},
				{0},
			},
		.related = "mailbox set",
		.done = "deleted %s",
		.flags = COMMAND_CHANGES | COMMAND_EACH,
	},
	{
		.words = "sound list",
		.summary = "List the sounds that the server can play",
		.operation = "sounds.list",
		.examples =
			(const struct command_example[]){
				{"astctl sound list --lang en", "The English ones"},
				{0},
			},
		.related = "play, sound show",
	},
	{
		.words = "sound show",
		.summary = "Show a sound",
		.operation = "sounds.get",
		.examples =
			(const struct command_example[]){
				{"astctl sound show hello-world",
				 "Its text, languages and formats"},
				{0},
			},
		.related = "sound list",
	},
	{
		.words = "asterisk info",
		.summary = "Show the server: version, system, configuration",
		.operation = "asterisk.getInfo",
		.examples =
			(const struct command_example[]){
				{"astctl asterisk info --only system", "Only one part"},
				{0},
			},
		.related = "asterisk ping",
	},
	{
		.words = "asterisk ping",
		.summary = "Check that the server answers",
		.operation = "asterisk.ping",
		.examples =
			(const struct command_example[]){
				{"astctl asterisk ping", "Exit status 0 when it does"},
				{0},
			},
		.related = "asterisk info",
	},
	{
		.words = "variable get",
		.summary = "Show a global variable",
		.operation = "asterisk.getGlobalVar",
		.positionals =
			(const struct command_positional[]){
				{.name = "variable", .param = "variable"},
				{0},
			},
		.examples =
			(const struct command_example[]){
				{"astctl variable get TRUNK", "Its value"},
				{0},
			},
		.related = "variable set",
	},
	{
		.words = "variable set",
		.summary = "Set a global variable",
		.operation = "asterisk.setGlobalVar",
		.positionals =
			(const struct command_positional[]){
				{.name = "variable", .param = "variable"},
				{.name = "value", .param = "value", .optional = true},
				{0},
			},
		.examples =
			(const struct command_example[]){
				{"astctl variable set TRUNK PJSIP/provider", "Set it"},
				{0},
			},
		.related = "variable get",
		.done = "set %s",
		.flags = COMMAND_CHANGES,
	},
	{
		.words = "module list",
		.summary = "List the modules of the server",
		.operation = "asterisk.listModules",
		.examples =
			(const struct command_example[]){
				{"astctl module list", "All loaded modules"},
				{0},
			},
		.related = "module show",
	},
	{
		.words = "module show",
		.summary = "Show a module",
		.operation = "asterisk.getModule",
		.examples =
			(const struct command_example[]){
				{"astctl module show res_ari.so", "Its state"},
				{0},
			},
		.related = "module list",
	},
	{
		.words = "module load",
		.summary = "Load a module",
		.operation = "asterisk.loadModule",
		.examples =
			(const struct command_example[]){
				{"astctl module load res_ari_mailboxes.so", "Load it"},
				{0},
			},
		.related = "module unload",
		.done = "loaded %s",
		.flags = COMMAND_CHANGES | COMMAND_EACH,
	},
	{
		.words = "module unload",
		.summary = "Unload a module",
		.operation = "asterisk.unloadModule",
		.examples =
			(const struct command_example[]){
				{"astctl module unload app_echo.so", "Unload it"},
				{0},
			},
		.related = "module load",
		.done = "unloaded %s",
		.flags = COMMAND_CHANGES | COMMAND_EACH | COMMAND_CONFIRM,
	},
	{
		.words = "module reload",
		.summary = "Reload a module",
		.operation = "asterisk.reloadModule",
		.examples =
			(const struct command_example[]){
				{"astctl module reload res_ari.so", "Read its configuration again"},
				{0},
			},
		.related = "module list",
		.done = "reloaded %s",
		.flags = COMMAND_CHANGES | COMMAND_EACH,
	},
	{
		.words = "log-channel list",
		.summary = "List the log channels of the server",
		.operation = "asterisk.listLogChannels",
		.examples =
			(const struct command_example[]){
				{"astctl log-channel list", "All of them"},
				{0},
			},
		.related = "log-channel add",
	},
	{
		.words = "log-channel add",
		.summary = "Add a log channel",
		.operation = "asterisk.addLog",
		.positionals =
			(const struct command_positional[]){
				{.name = "log-channel", .param = "logChannelName"},
				{.name = "configuration", .param = "configuration"},
				{0},
			},
		.examples =
			(const struct command_example[]){
				{"astctl log-channel add debug.log notice,warning,error",
				 "Log three levels to a file"},
				{0},
			},
		.related = "log-channel delete",
		.done = "added %s",
		.flags = COMMAND_CHANGES,
	},
	{
		.words = "log-channel delete",
		.summary = "Delete a log channel",
		.operation = "asterisk.deleteLog",
		.examples =
			(const struct command_example[]){
				{"astctl log-channel delete debug.log", "Delete it"},
				{0},
			},
		.related = "log-channel list",
		.done = "deleted %s",
		.flags = COMMAND_CHANGES | COMMAND_EACH,
	},
	{
		.words = "log-channel rotate",
		.summary = "Rotate a log file",
		.operation = "asterisk.rotateLog",
		.examples =
			(const struct command_example[]){
				{"astctl log-channel rotate messages", "Start a new file"},
				{0},
			},
		.related = "log-channel list",
		.done = "rotated %s",
		.flags = COMMAND_CHANGES | COMMAND_EACH,
	},
	{
		.words = "event send",
		.summary = "Send a user event to an application",
		.operation = "events.userEvent",
		.positionals =
			(const struct command_positional[]){
				{.name = "event", .param = "eventName"},
				{.name = "application", .param = "application"},
				{0},
			},
		.examples =
			(const struct command_example[]){
				{"astctl event send OrderReady kitchen --variable table=7",
				 "With a variable"},
				{0},
			},
		.related = "events",
		.done = "sent %s",
		.flags = COMMAND_CHANGES,
	},
	{0},
};
