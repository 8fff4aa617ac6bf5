# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 The astctl authors
"""The bytes: HTTP/1.1 requests and replies, WebSocket frames.

Pure but for the two read functions, which take an asyncio StreamReader. Nothing
here refuses to build something wrong: a reply may lie about its length and a
frame about its size, because that is what a fault test asks for.
"""
import base64
import gzip
import hashlib
import http
import json
import struct
import urllib.parse

HEAD_MAX = 1 << 20

# The opcodes of RFC 6455, by the names that scenarios use.
OPCODES = {"continuation": 0, "text": 1, "binary": 2, "close": 8, "ping": 9, "pong": 10}
OPCODE_NAMES = {number: name for name, number in OPCODES.items()}


class Request:
    """One request as it came: nothing is normalised, so that a test can assert on the bytes."""

    def __init__(self, head, body=b""):
        lines = head.decode("latin-1").split("\r\n")
        self.method, _, rest = lines[0].partition(" ")
        self.target, _, self.version = rest.rpartition(" ")
        self.path, _, self.query_string = self.target.partition("?")
        self.query = dict(urllib.parse.parse_qsl(self.query_string, keep_blank_values=True))
        fields = (line.partition(":") for line in lines[1:] if line)
        self.headers = {name.strip().lower(): value.strip() for name, _, value in fields}
        self.head = head
        self.body = body

    def record(self):
        """The request as a record of the ledger."""
        return {"method": self.method, "target": self.target, "path": self.path,
                "query": self.query, "headers": self.headers,
                "body": self.body.decode("utf-8", "replace"),
                "bytes": len(self.head) + len(self.body)}

    def params(self):
        """Query and JSON body in one dictionary, as ARI reads them."""
        body = json.loads(self.body) if self.body else {}
        return {**self.query, **body} if isinstance(body, dict) else dict(self.query)

    def wants_upgrade(self):
        return self.headers.get("upgrade", "").lower() == "websocket"


async def read_request(reader):
    """The next request, None at the end of the connection."""
    head = bytearray()
    while not head.endswith(b"\r\n\r\n"):
        line = await reader.readline()
        if not line or len(head) > HEAD_MAX:
            return None
        head += line
    request = Request(bytes(head))
    length = int(request.headers.get("content-length", 0))
    if length:
        request.body = await reader.readexactly(length)
    return request


class Response:
    """A reply under construction; render() makes the bytes."""

    def __init__(self, status=200, body=b"", headers=()):
        self.status = str(status)
        self.headers = list(headers)
        self.body = body
        self.chunked = False
        self.length = "right"	# or a number of octets to claim, or None for no Content-Length

    @classmethod
    def of_json(cls, value, status=200):
        return cls(status, json.dumps(value).encode(), [("Content-type", "application/json")])

    def compress(self):
        """As members of 1 MiB, equal ones compressed once: a bomb has to be ready in no time."""
        size = 1 << 20
        pieces = [self.body[at:at + size] for at in range(0, len(self.body), size)]
        packed = {piece: gzip.compress(piece, 9) for piece in set(pieces)}
        self.body = b"".join(packed[piece] for piece in pieces)
        self.headers.append(("Content-Encoding", "gzip"))

    def status_line(self):
        """`status` may carry its own reason ("200 Fine"); the usual one is filled in else."""
        code, _, reason = self.status.partition(" ")
        if not reason and code in {str(status.value) for status in http.HTTPStatus}:
            reason = http.HTTPStatus(int(code)).phrase
        return f"HTTP/1.1 {code} {reason}"

    def render(self):
        headers, body = list(self.headers), self.body
        bodiless = self.status[:3] in ("101", "204", "304")
        if self.chunked:
            headers.append(("Transfer-Encoding", "chunked"))
            body = chunks(body)
        elif self.length is not None and not (bodiless and self.length == "right"):
            claimed = len(body) if self.length == "right" else self.length
            headers.append(("Content-Length", str(claimed)))
        lines = [self.status_line()] + [f"{name}: {value}" for name, value in headers]
        return "\r\n".join(lines).encode("utf-8") + b"\r\n\r\n" + body


def chunks(body, size=65536):
    parts = [body[at:at + size] for at in range(0, len(body), size)] + [b""]
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)


def unescape(text):
    r"""Octets of a text with \r \n \0 \xHH escapes; a pair of quotes around it is dropped."""
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1]
    return text.encode("utf-8").decode("unicode_escape").encode("latin-1")


def accept_key(key):
    digest = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
    return base64.b64encode(digest).decode()


def frame(opcode, payload, fin=True, rsv=0, mask=None, length=None):
    """A WebSocket frame. MASK (4 octets) is wrong for a server; LENGTH claims another size."""
    size = len(payload) if length is None else length
    head = bytes([(0x80 if fin else 0) | rsv << 4 | opcode])
    bit = 0x80 if mask else 0
    if size < 126:
        head += bytes([bit | size])
    elif size < 1 << 16:
        head += struct.pack("!BH", bit | 126, size)
    else:
        head += struct.pack("!BQ", bit | 127, size)
    if mask:
        payload = mask + bytes(octet ^ mask[at % 4] for at, octet in enumerate(payload))
    return head + payload


def close_frame(code=1000, reason=""):
    return frame(OPCODES["close"], struct.pack("!H", code) + reason.encode())


async def read_frame(reader):
    """The client's next frame: (opcode, payload, masked)."""
    first, second = await reader.readexactly(2)
    size, masked = second & 0x7F, bool(second & 0x80)
    if size == 126:
        size, = struct.unpack("!H", await reader.readexactly(2))
    elif size == 127:
        size, = struct.unpack("!Q", await reader.readexactly(8))
    mask = await reader.readexactly(4) if masked else bytes(4)
    payload = await reader.readexactly(size)
    return first & 15, bytes(o ^ mask[at % 4] for at, o in enumerate(payload)), masked
