/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The field tables, and which of them belongs to a model of the API description: a reply of an
 * operation without a row of its own (astctl api) is shown like that of one that has.
 */
#include "field.h"

#include <string.h>

const struct field field_channel[] = {
	{ .name = "id", .title = "ID", .path = "id" },
	{ .name = "name", .title = "NAME", .path = "name", .width = 60 },
	{ .name = "state", .title = "STATE", .path = "state" },
	{ .name = "caller", .title = "CALLER", .path = "caller.number", .also = "caller.name",
	  .width = 28 },
	{ .name = "connected", .title = "CONNECTED", .path = "connected.number",
	  .also = "connected.name", .width = 28 },
	{ .name = "application", .title = "APPLICATION", .path = "dialplan.app_name",
	  .also = "dialplan.app_data", .kind = FIELD_APPLICATION },
	{ .name = "data", .title = "DATA", .path = "dialplan.app_data", .width = 32 },
	{ .name = "context", .title = "CONTEXT", .path = "dialplan.context" },
	{ .name = "extension", .title = "EXTENSION", .path = "dialplan.exten" },
	{ .name = "priority", .title = "PRIORITY", .path = "dialplan.priority" },
	{ .name = "account", .title = "ACCOUNT", .path = "accountcode" },
	{ .name = "language", .title = "LANGUAGE", .path = "language" },
	{ .name = "protocol-id", .title = "PROTOCOL-ID", .path = "protocol_id" },
	{ .name = "variables", .title = "VARIABLES", .path = "channelvars",
	  .kind = FIELD_MEMBERS, .width = 32 },
	{ .name = "rdnis", .title = "RDNIS", .path = "caller_rdnis" },
	{ .name = "tenant", .title = "TENANT", .path = "tenantid" },
	{ .name = "created", .title = "CREATED", .path = "creationtime", .kind = FIELD_TIME },
	{ 0 },
};

const struct field field_bridge[] = {
	{ .name = "id", .title = "ID", .path = "id" },
	{ .name = "name", .title = "NAME", .path = "name", .width = 28 },
	{ .name = "type", .title = "TYPE", .path = "bridge_type" },
	{ .name = "technology", .title = "TECHNOLOGY", .path = "technology" },
	{ .name = "count", .title = "COUNT", .path = "channels", .kind = FIELD_COUNT },
	{ .name = "channels", .title = "CHANNELS", .path = "channels" },
	{ .name = "creator", .title = "CREATOR", .path = "creator" },
	{ .name = "class", .title = "CLASS", .path = "bridge_class" },
	{ .name = "video", .title = "VIDEO", .path = "video_mode" },
	{ .name = "created", .title = "CREATED", .path = "creationtime", .kind = FIELD_TIME },
	{ 0 },
};

const struct field field_playback[] = {
	{ .name = "id", .title = "ID", .path = "id" },
	{ .name = "state", .title = "STATE", .path = "state" },
	{ .name = "media", .title = "MEDIA", .path = "media_uri" },
	{ .name = "target", .title = "TARGET", .path = "target_uri" },
	{ .name = "language", .title = "LANGUAGE", .path = "language" },
	{ 0 },
};

const struct field field_live_recording[] = {
	{ .name = "name", .title = "NAME", .path = "name" },
	{ .name = "format", .title = "FORMAT", .path = "format" },
	{ .name = "state", .title = "STATE", .path = "state" },
	{ .name = "target", .title = "TARGET", .path = "target_uri" },
	{ .name = "duration", .title = "DURATION", .path = "duration" },
	{ .name = "talking", .title = "TALKING", .path = "talking_duration" },
	{ .name = "silence", .title = "SILENCE", .path = "silence_duration" },
	{ .name = "cause", .title = "CAUSE", .path = "cause" },
	{ 0 },
};

const struct field field_stored_recording[] = {
	{ .name = "name", .title = "NAME", .path = "name" },
	{ .name = "format", .title = "FORMAT", .path = "format" },
	{ 0 },
};

const struct field field_application[] = {
	{ .name = "name", .title = "NAME", .path = "name" },
	{ .name = "channels", .title = "CHANNELS", .path = "channel_ids", .kind = FIELD_COUNT },
	{ .name = "bridges", .title = "BRIDGES", .path = "bridge_ids", .kind = FIELD_COUNT },
	{ .name = "endpoints", .title = "ENDPOINTS", .path = "endpoint_ids", .kind = FIELD_COUNT },
	{ .name = "devices", .title = "DEVICES", .path = "device_names", .kind = FIELD_COUNT },
	{ .name = "channel-ids", .title = "CHANNEL-IDS", .path = "channel_ids" },
	{ .name = "bridge-ids", .title = "BRIDGE-IDS", .path = "bridge_ids" },
	{ .name = "endpoint-ids", .title = "ENDPOINT-IDS", .path = "endpoint_ids" },
	{ .name = "device-names", .title = "DEVICE-NAMES", .path = "device_names" },
	{ 0 },
};

const struct field field_endpoint[] = {
	{ .name = "endpoint", .title = "ENDPOINT", .path = "technology", .also = "resource",
	  .kind = FIELD_ENDPOINT },
	{ .name = "resource", .title = "RESOURCE", .path = "resource" },
	{ .name = "technology", .title = "TECHNOLOGY", .path = "technology" },
	{ .name = "state", .title = "STATE", .path = "state" },
	{ .name = "count", .title = "COUNT", .path = "channel_ids", .kind = FIELD_COUNT },
	{ .name = "channels", .title = "CHANNELS", .path = "channel_ids" },
	{ 0 },
};

const struct field field_device_state[] = {
	{ .name = "name", .title = "NAME", .path = "name" },
	{ .name = "state", .title = "STATE", .path = "state" },
	{ 0 },
};

const struct field field_mailbox[] = {
	{ .name = "name", .title = "NAME", .path = "name" },
	{ .name = "new", .title = "NEW", .path = "new_messages" },
	{ .name = "old", .title = "OLD", .path = "old_messages" },
	{ 0 },
};

const struct field field_sound[] = {
	{ .name = "id", .title = "ID", .path = "id" },
	{ .name = "text", .title = "TEXT", .path = "text", .width = 60 },
	{ .name = "formats", .title = "FORMATS", .path = "formats" },
	{ 0 },
};

const struct field field_module[] = {
	{ .name = "name", .title = "NAME", .path = "name" },
	{ .name = "status", .title = "STATUS", .path = "status" },
	{ .name = "uses", .title = "USES", .path = "use_count" },
	{ .name = "support", .title = "SUPPORT", .path = "support_level" },
	{ .name = "description", .title = "DESCRIPTION", .path = "description", .width = 60 },
	{ 0 },
};

const struct field field_log_channel[] = {
	{ .name = "channel", .title = "CHANNEL", .path = "channel" },
	{ .name = "type", .title = "TYPE", .path = "type" },
	{ .name = "status", .title = "STATUS", .path = "status" },
	{ .name = "configuration", .title = "CONFIGURATION", .path = "configuration" },
	{ 0 },
};

const struct field field_variable[] = {
	{ .name = "value", .title = "VALUE", .path = "value" },
	{ 0 },
};

static const struct {
	const char *model;
	const struct field *fields;
	const char *columns;
} models[] = {
	{ "Channel", field_channel, "id,name,state,caller,application,created" },
	{ "Bridge", field_bridge, "id,name,type,technology,channels" },
	{ "Playback", field_playback, NULL },
	{ "LiveRecording", field_live_recording, "name,format,state,target,duration" },
	{ "StoredRecording", field_stored_recording, NULL },
	{ "Application", field_application, "name,channels,bridges,endpoints,devices" },
	{ "Endpoint", field_endpoint, "endpoint,state,channels" },
	{ "DeviceState", field_device_state, NULL },
	{ "Mailbox", field_mailbox, NULL },
	{ "Sound", field_sound, "id,text" },
	{ "Module", field_module, "name,status,uses,description" },
	{ "LogChannel", field_log_channel, NULL },
	{ "Variable", field_variable, NULL },
};

const struct field *field_of_model(const char *model, const char **columns)
{
	char name[48];
	size_t len;

	if (!model)
		return NULL;
	if (strncmp(model, "List[", 5) == 0)
		model += 5;
	len = strcspn(model, "]");
	if (len >= sizeof(name))
		return NULL;
	memcpy(name, model, len);
	name[len] = '\0';
	for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++) {
		if (strcmp(models[i].model, name) == 0) {
			*columns = models[i].columns;
			return models[i].fields;
		}
	}
	return NULL;
}
