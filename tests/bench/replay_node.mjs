// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 The astctl authors
// The peer of replay.c: Node's ws and JSON.parse, and nothing else. Prints what `replay drink` prints.
// usage: node replay_node.mjs WS_MODULE URL
import { createRequire } from 'node:module';

const [module, url] = process.argv.slice(2);
const WebSocket = createRequire(import.meta.url)(module);
const socket = new WebSocket(url + '/events?app=bench', { perMessageDeflate: false });
let events = 0;
let first = 0n;

socket.on('message', (text) => {
	JSON.parse(text);
	if (!events++)
		first = process.hrtime.bigint();
});
socket.on('error', (error) => {
	console.error(error.message);
	process.exit(2);
});
socket.on('close', () => {
	const seconds = Number(process.hrtime.bigint() - first) / 1e9;
	const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
	console.log(events, seconds.toFixed(4), ((userCPUTime + systemCPUTime) / 1e6).toFixed(4), (maxRSS / 1024).toFixed(1));
});
