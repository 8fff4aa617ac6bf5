#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 The astctl authors
"""The API page and a real server behind it, on one port of 127.0.0.1, as the module has them.

    docs_server.py DIRECTORY ARI_URL

/stasis/docs/FILE and /stasis/api-docs/stasis.json come from DIRECTORY (module/docs/build made
it), everything else under /stasis/ from the ARI at ARI_URL. Prints its own URL and serves until its
standard input ends.
"""

import http.server
import os
import sys
import threading
import urllib.error
import urllib.request

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
}
FORWARDED = ("Authorization", "Content-Type", "Accept", "X-API-Key")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def file(self, name):
        path = os.path.join(self.server.directory, name)
        if "/" in name or name.startswith(".") or not os.path.isfile(path):
            self.answer(404)
            return
        with open(path, "rb") as file:
            body = file.read()
        kind = TYPES.get(os.path.splitext(name)[1], "text/plain; charset=utf-8")
        self.answer(200, body, Content_Type=kind)

    def forward(self, path):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name: self.headers[name] for name in FORWARDED if name in self.headers}
        request = urllib.request.Request(f"{self.server.ari}/{path}", body or None, headers,
                                         method=self.command)
        try:
            with urllib.request.urlopen(request, timeout=10) as reply:
                self.answer(reply.status, reply.read(), Content_Type=reply.headers["Content-Type"])
        except urllib.error.HTTPError as error:
            kind = error.headers.get("Content-Type", "text/plain")
            self.answer(error.code, error.read(), Content_Type=kind)

    def do_GET(self):
        path, _, query = self.path.partition("?")
        if path == "/stasis/docs":
            self.answer(308, Location="docs/")
        elif path == "/stasis/api-docs/stasis.json":
            self.file("stasis.json")
        elif path.startswith("/stasis/docs/"):
            self.file(path.removeprefix("/stasis/docs/") or "index.html")
        elif path.startswith("/stasis/"):
            self.forward(self.path.removeprefix("/stasis/"))
        else:
            self.answer(404)

    do_POST = do_PUT = do_DELETE = do_GET


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.directory, server.ari = sys.argv[1:]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_port}/stasis", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
