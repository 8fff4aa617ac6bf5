// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 The astctl authors
//
// Reads and tries the API page in a real browser, as a person would:
//
//   docs.mjs TOOLS URL USER PASSWORD-FILE [SCREENSHOT-DIR]
//
// TOOLS has node_modules, URL is the API root (http://127.0.0.1:8088/stasis). Prints one line for each
// thing that holds, and fails on the first that does not. The browser is Debian's chromium.

import { createRequire } from "node:module";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [tools, url, user, passwordFile, shots] = process.argv.slice(2);
const password = readFileSync(passwordFile, "utf8").trim();
const { chromium } = createRequire(join(tools, "package.json"))("playwright-core");
const origin = new URL(url).origin;

function check(holds, what) {
	if (!holds) {
		throw new Error(what);
	}
	console.log(`ok: ${what}`);
}

async function shoot(page, name) {
	if (shots) {
		await page.screenshot({ path: join(shots, `${name}.png`) });
	}
}

// The answer that "Execute" shows below the operation, and its status.
async function execute(block) {
	await block.locator("button.execute").click();
	const row = block.locator(".live-responses-table .response").first();
	await row.waitFor();
	return row;
}

// Wait until the row tells STATUS; the row of the request before may stand there still.
async function told(row, status) {
	await row.locator(".response-col_status", { hasText: String(status) }).waitFor();
}

// The block of the operation called NAME ("channels.list").
function operation(page, name) {
	return page.locator(".opblock").filter({
		has: page.locator(".opblock-summary-operation-id").getByText(name, { exact: true }),
	});
}

async function openOperation(page, name) {
	const block = operation(page, name);
	await block.locator(".opblock-summary-control").click();
	await block.locator("button.try-out__btn").click();
	return block;
}

async function authorize(page, name, secret) {
	await page.locator("button.authorize").first().click();
	const dialog = page.locator(".dialog-ux");
	const basic = dialog.locator(".auth-container", { hasText: "basic" }).first();
	await basic.locator("input").nth(0).fill(name);
	await basic.locator("input").nth(1).fill(secret);
	await shoot(page, "authorize");
	const ways = await dialog.locator(".auth-container").count();
	check(ways === 3, "a password or an API key can be given");
	await basic.locator("button.authorize").click();
	await dialog.locator(".close-modal").click();
}

async function visit(page) {
	const description = await (await fetch(`${url}/api-docs/stasis.json`)).json();
	const methods = ["get", "put", "post", "delete"];
	const operations = Object.values(description.paths)
		.flatMap((path) => methods.filter((method) => method in path).map((m) => path[m].operationId));

	await page.goto(`${url}/docs`);
	check(page.url().startsWith(`${url}/docs/`), "the page has an address of its own");
	await page.locator(".opblock").first().waitFor();
	await page.waitForFunction((n) => document.querySelectorAll(".opblock").length >= n,
		operations.length);
	const listed = await page.locator(".opblock").count();
	check(listed === operations.length && listed >= 113, `the page lists ${listed} operations`);
	for (const name of ["channels.originate", "sessions.list", "bridges.speakers"]) {
		check(await operation(page, name).count() === 1, `${name} is there`);
	}
	await shoot(page, "page");
}

async function tryInfo(page) {
	const block = await openOperation(page, "asterisk.getInfo");
	/* Asked without, the browser itself would want to know who it is. */
	await authorize(page, user, password);
	const row = await execute(block);
	await told(row, 200);
	const shown = await row.locator(".response-col_description pre").first().innerText();
	check(/"version": "\d+\.\d+/.test(shown), "GET /asterisk/info shows the real answer");
	const address = await block.locator(".request-url").innerText();
	check(address.includes(`${url}/asterisk/info`), "the request went to the server of the page");
	await block.scrollIntoViewIfNeeded();
	await shoot(page, "info");
	const sent = page.waitForRequest(`${url}/asterisk/info`);
	await block.locator(".response-control-media-type select").first().selectOption("application/xml");
	await execute(block);
	check((await (await sent).allHeaders()).accept === "application/xml", "XML can be asked for");
}

async function tryVariable(page) {
	const set = await openOperation(page, "asterisk.setGlobalVar");
	await set.locator("tr[data-param-name=variable] input").fill("DOCS_PAGE");
	await set.locator("tr[data-param-name=value] input").fill("seen & <heard>");
	await told(await execute(set), 204);
	const get = await openOperation(page, "asterisk.getGlobalVar");
	await get.locator("tr[data-param-name=variable] input").fill("DOCS_PAGE");
	const row = await execute(get);
	await told(row, 200);
	const shown = await row.locator(".response-col_description pre").first().innerText();
	check(JSON.parse(shown).value === "seen & <heard>", "a variable is set and read through the page");
}

const profile = mkdtempSync(join(tmpdir(), "docs-"));
let context;
try {
	context = await chromium.launchPersistentContext(profile, {
		executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
		headless: true,
		viewport: { width: 1280, height: 1000 },
		args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
			"--disable-component-update", "--disable-sync"],
	});
	const page = await context.newPage();
	const foreign = [], complaints = [];
	page.setDefaultTimeout(60000);
	page.on("request", (request) => {
		if (!request.url().startsWith(`${origin}/`) && !/^(data|blob):/.test(request.url())) {
			foreign.push(request.url());
		}
	});
	page.on("pageerror", (error) => complaints.push(String(error)));
	page.on("console", (message) => {
		if (message.type() === "error" && !/status of 401/.test(message.text())) {
			complaints.push(message.text());
		}
	});
	await visit(page);
	await tryInfo(page);
	await tryVariable(page);
	check(foreign.length === 0, `no other host is asked ${foreign.join(" ")}`);
	check(complaints.length === 0, `the browser complains of nothing ${complaints.join(" | ")}`);
} catch (error) {
	console.log(`not ok: ${error.message}`);
	process.exitCode = 1;
} finally {
	await context?.close();
	rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
}
