// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 The astctl authors
//
// The npm package ari-client, unmodified, takes a call: start, originate, StasisStart, answer, play,
// PlaybackFinished, hangup, StasisEnd.
//
//   ari_client.mjs TOOLS URL USER PASSWORD-FILE
//
// TOOLS has node_modules. Of URL the package uses scheme, host and port only: it always asks
// under /ari, and its WebSocket carries api_key=USER:PASSWORD in the query. Prints one line for each step
// and fails when one goes wrong or does not come in time.

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const [tools, url, user, passwordFile] = process.argv.slice(2);
const password = readFileSync(passwordFile, "utf8").trim();
const ari = createRequire(join(tools, "package.json"))("ari-client");
const app = `ari-client-${process.pid}`;

function step(what) {
	console.log(`ok: ${what}`);
}

// The promise, or an error after ten seconds.
function soon(promise, what) {
	let timer;
	const late = new Promise((_, reject) => {
		timer = setTimeout(() => reject(new Error(`${what}: not within 10 s`)), 10000);
	});
	return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

// The next event of this type for which FITS holds.
function event(emitter, type, fits = () => true) {
	return soon(new Promise((resolve) => {
		emitter.on(type, function seen(message, instance) {
			if (fits(message)) {
				emitter.removeListener(type, seen);
				resolve({ message, instance });
			}
		});
	}), type);
}

async function call(client) {
	const id = `${app}-call`;
	const started = event(client, "StasisStart", (message) => message.channel.id === id);
	// The caller is the near half; the far half enters the application unanswered. Neither id may
	// be the beginning of the other: Asterisk would call it taken.
	await client.channels.originate({
		endpoint: `Local/stasis-${app}@test`, context: "test", extension: "wait",
		channelId: `${app}-near`, otherChannelId: id,
	});
	const { message, instance: channel } = await started;
	if (message.channel.state !== "Ring") {
		throw new Error(`the call comes in as ${message.channel.state}, not Ring`);
	}
	step("StasisStart of a call that rings");

	await channel.answer();
	step("answered");
	const shown = await client.channels.get({ channelId: id });
	if (shown.state !== "Up") {
		throw new Error(`the channel is ${shown.state}, not Up`);
	}

	const playback = client.Playback();
	const finished = event(client, "PlaybackFinished", ({ playback: one }) => one.id === playback.id);
	await channel.play({ media: "sound:hello-world" }, playback);
	step("playing");
	const { message: end } = await finished;
	if (end.playback.state !== "done") {
		throw new Error(`the playback ended as ${end.playback.state}`);
	}
	step("PlaybackFinished");

	const ended = event(client, "StasisEnd", (one) => one.channel.id === id);
	await channel.hangup();
	await ended;
	step("hung up, StasisEnd");
	// StasisEnd is told a moment before the channel itself is gone.
	const look = () => client.channels.get({ channelId: id }).then(() => "still there",
		(error) => JSON.parse(error.message).message);
	const deadline = Date.now() + 5000;
	let gone = await look();
	while (gone === "still there" && Date.now() < deadline) {
		await new Promise((again) => setTimeout(again, 20));
		gone = await look();
	}
	if (gone !== "Channel not found") {
		throw new Error(`the channel that was hung up: ${gone}`);
	}
	step("the channel is gone");
}

// The package throws what its Swagger client tells, out of anybody's reach.
process.on("uncaughtException", (error) => {
	console.log(`not ok: ${error}`);
	process.exit(1);
});

try {
	const client = await soon(ari.connect(new URL(url).origin, user, password), "connect");
	const resources = ["applications", "asterisk", "bridges", "channels", "deviceStates", "endpoints",
		"events", "mailboxes", "playbacks", "recordings", "sounds"];
	const missing = resources.filter((name) => typeof client[name] !== "object");
	if (missing.length) {
		throw new Error(`no ${missing.join(", ")}`);
	}
	step(`connected: ${resources.length} resources`);
	await soon(client.start(app), "start");
	step("started");
	await call(client);
	client.stop();
	process.exit(0);
} catch (error) {
	console.log(`not ok: ${error.message}`);
	process.exit(1);
}
