// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 The astctl authors
//
// A call application on the npm package ari-client, unmodified, that does as it is told:
//
//   ari_client.mjs TOOLS URL USER PASSWORD-FILE APP EVENTS
//
// TOOLS has node_modules; every event that comes is appended to the file EVENTS, a line each. On
// standard input: "call ID" takes a call and answers it, "play ID" plays a prompt to its end, "hangup ID"
// hangs up and waits for the StasisEnd. Each is answered with "ok LINE", or "not ok" and why. Ends
// with its input.

import { createRequire } from "node:module";
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const [tools, url, user, passwordFile, app, events] = process.argv.slice(2);
const password = readFileSync(passwordFile, "utf8").trim();
const ari = createRequire(join(tools, "package.json"))("ari-client");

// The next event of this type for which FITS holds, or an error after twenty seconds.
function event(client, type, fits) {
	return new Promise((resolve, reject) => {
		const late = setTimeout(() => reject(new Error(`no ${type} within 20 s`)), 20000);
		client.on(type, function seen(message, instance) {
			if (fits(message)) {
				clearTimeout(late);
				client.removeListener(type, seen);
				resolve(instance);
			}
		});
	});
}

const channels = new Map();

const verbs = {
	async call(client, id) {
		const started = event(client, "StasisStart", (message) => message.channel.id === id);
		// Neither id may be the beginning of the other: Asterisk would call it taken.
		await client.channels.originate({
			endpoint: `Local/stasis-${app}@test`, context: "test", extension: "wait",
			channelId: `near-${id}`, otherChannelId: id,
		});
		const channel = (await started).channel ?? await started;
		channels.set(id, channel);
		await channel.answer();
	},
	async play(client, id) {
		const playback = client.Playback();
		const finished = event(client, "PlaybackFinished",
			(message) => message.playback.id === playback.id);
		await channels.get(id).play({ media: "sound:hello-world" }, playback);
		await finished;
	},
	async hangup(client, id) {
		const ended = event(client, "StasisEnd", (message) => message.channel.id === id);
		await channels.get(id).hangup();
		await ended;
	},
};

// The package throws what its Swagger client tells, out of anybody's reach.
process.on("uncaughtException", (error) => {
	console.log(`not ok ${error}`);
	process.exit(1);
});

const client = await ari.connect(new URL(url).origin, user, password);
const emit = client.emit.bind(client);
client.emit = (type, message, ...rest) => {
	if (message && message.type) {
		appendFileSync(events, `${JSON.stringify(message)}\n`);
	}
	return emit(type, message, ...rest);
};
await client.start(app);
console.log("ok start");
for await (const line of createInterface({ input: process.stdin })) {
	const [verb, id] = line.split(" ");
	try {
		await verbs[verb](client, id);
		console.log(`ok ${line}`);
	} catch (error) {
		console.log(`not ok ${line}: ${error.message}`);
	}
}
client.stop();
process.exit(0);
