/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Starts the viewer on the description that the server itself gives. Nothing is asked of any other
 * host: no validator, no fonts, no tracking. What is typed in "Authorize" stays in the page.
 */
"use strict";

/*
 * The description as this page needs it: requests go where the page came from, whatever proxy is in
 * between, and Digest is left out because the viewer cannot do it and the browser does it unasked.
 */
function adapt(text) {
	const description = JSON.parse(text);

	description.servers = [{ url: new URL("..", window.location).pathname.replace(/\/$/, "") }];
	delete description.components.securitySchemes.digest;
	description.security = description.security.filter((way) => !("digest" in way));
	return JSON.stringify(description);
}

window.addEventListener("DOMContentLoaded", () => {
	const source = new URL("../api-docs/stasis.json", window.location).href;

	window.viewer = window.SwaggerUIBundle({
		url: source,
		dom_id: "#viewer",
		deepLinking: true,
		displayOperationId: true,
		displayRequestDuration: true,
		docExpansion: "list",
		defaultModelsExpandDepth: 0,
		filter: true,
		persistAuthorization: false,
		showExtensions: true,
		tagsSorter: "alpha",
		validatorUrl: null,
		responseInterceptor: (response) => {
			if (response.url === source && response.ok) {
				response.text = adapt(response.text);
			}
			return response;
		},
	});
});
