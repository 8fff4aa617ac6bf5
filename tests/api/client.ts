/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * A client in TypeScript as somebody would write it on the types that
 * openapi-typescript makes of lib/api/ari.json. It is only compiled: it shows that
 * the types say what they should, and refuse what they should.
 */
import type { components, operations, paths } from "./ari";

type Message = components["schemas"]["AnyMessage"];
type Originate = operations["channels.originate"]["parameters"]["query"];
type Body = NonNullable<operations["channels.originate"]["requestBody"]>["content"]["application/json"];
type Channels = paths["/channels"]["get"]["responses"][200]["content"]["application/json"];

/* The type of a message tells which members it has. */
export function describe(message: Message): string {
	switch (message.type) {
	case "StasisStart":
		return `${message.timestamp} ${message.channel.name} ${message.args.join()}`;
	case "ChannelTalkingFinished":
		return `${message.channel.id} talked for ${message.duration.toFixed()} ms`;
	case "PlaybackFinished":
		return `${message.playback.media_uri}: ${message.playback.state}`;
	case "MissingParams":
		return message.params.join();
	case "RESTResponse":
		return `${message.request_id} ${message.status_code.toFixed()}`;
	default:
		return message.type;
	}
}

export const states = (channels: Channels): string[] => channels.map((channel) => channel.state);

export const call: Originate = { endpoint: "Local/prompt@test", app: "astctl", timeout: 30 };
export const body: Body = { variables: { A: "1", B: { value: "2", report_events: true } } };

// @ts-expect-error the endpoint is required
export const incomplete: Originate = { app: "astctl" };

// @ts-expect-error a timeout is a number
export const wrong: Originate = { endpoint: "Local/prompt@test", timeout: "30" };

export const hangup: operations["channels.hangup"]["parameters"]["query"] = {
	// @ts-expect-error not a reason
	reason: "bored",
};

// @ts-expect-error no message has this type
export const unknown: Message["type"] = "StasisMiddle";
