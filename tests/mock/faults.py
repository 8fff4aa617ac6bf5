# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 The astctl authors
"""The scenario language: which request is answered how badly.

A scenario is a list of rules, each an `on` line and the actions under it:

    on GET /ari/channels times 1
        status 200
        json [{"id": "c1"}]
        truncate 40
        reset

The first rule that matches and has uses left performs; what no rule takes is
answered by the honest ARI. Actions that shape a reply (status, header, json ...)
gather it; the first action that does something (sleep, close, raw ...), or the end
of the rule, sends what was gathered. Each do_* method of Performance is an action
and its docstring is the manual (`mock --actions` prints it).
"""
import asyncio
import re
import ssl

import wire


class ScenarioError(Exception):
    """A scenario that says nothing sensible; the text names the line."""


class Hangup(Exception):
    """The connection is over, on purpose."""


class Rule:
    """`on connect [N]` or `on METHOD PATH-REGEX [reused] [times N]`, and what to do then."""

    def __init__(self, words):
        self.times = int(words.pop()) if words[-2:-1] == ["times"] else None
        if self.times is not None:
            words.pop()
        self.reused = words[-1] == "reused" and bool(words.pop())
        self.connect = words[0] == "connect"
        if self.connect:
            self.number = int(words[1]) if len(words) > 1 else None
        else:
            method, pattern = words
            self.method, self.pattern = re.compile(method), re.compile(pattern)
        self.actions = []

    def takes_connection(self, number):
        return self.connect and self.number in (None, number) and self._use()

    def takes_request(self, request, nth):
        """REQUEST is the NTH of its connection."""
        return (not self.connect and (nth > 1 or not self.reused)
                and bool(self.method.fullmatch(request.method))
                and bool(self.pattern.fullmatch(request.path)) and self._use())

    def _use(self):
        if self.times == 0:
            return False
        if self.times is not None:
            self.times -= 1
        return True


class Scenario:
    """The rules of one or more scenario texts."""

    def __init__(self):
        self.rules = []

    def parse(self, text, variables):
        """Add the rules of TEXT; ${NAME} in it stands for VARIABLES[NAME]."""
        block = None
        stack = []
        for number, line in enumerate(text.splitlines(), 1):
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            try:
                line = re.sub(r"\$\{(\w+)\}", lambda m: variables[m.group(1)], line)
                verb, _, argument = line.partition(" ")
                if verb == "on":
                    self.rules.append(Rule(argument.split()))
                    block, stack = self.rules[-1].actions, []
                elif block is None:
                    raise ValueError("expected 'on METHOD PATH' first")
                elif verb == "repeat":
                    stack.append(block)
                    block.append((verb, (int(argument) if argument else None, [])))
                    block = block[-1][1][1]
                elif verb == "end":
                    block = stack.pop()
                else:
                    method_of(Performance, verb)
                    block.append((verb, argument.strip()))
            except (ValueError, KeyError, IndexError, re.error) as problem:
                raise ScenarioError(f"line {number}: {line!r}: {problem!r}") from None

    def for_connection(self, number):
        return next((r.actions for r in self.rules if r.takes_connection(number)), None)

    def for_request(self, request, nth):
        return next((r.actions for r in self.rules if r.takes_request(request, nth)), None)


def method_of(owner, verb):
    method = getattr(owner, "do_" + verb.replace("-", "_"), None)
    if method is None:
        raise ValueError(f"no such action; there are: {', '.join(actions())}")
    return method


def actions():
    return [name[3:].replace("_", "-") for name in vars(Performance) if name.startswith("do_")]


def manual():
    """One line for each action."""
    docs = ((verb, method_of(Performance, verb).__doc__) for verb in actions())
    return "".join(f"{verb:<16}{doc.strip()}\n" for verb, doc in docs)


class Performance:
    """One rule being carried out on one connection, for one request (None: at connect)."""

    def __init__(self, connection, request, honest):
        self.connection = connection
        self.request = request
        self.honest = honest	# the honest ARI, for `ari` and `ws-serve`
        self.reply = None	# the reply being gathered
        self.upgraded = False

    async def run(self, block):
        await self.perform(block)
        if self.upgraded:
            await self.connection.drained()
            raise Hangup
        await self.flush()

    async def perform(self, block):
        for verb, argument in block:
            if verb == "repeat":
                await self.repeat(*argument)
                continue
            outcome = method_of(self, verb)(argument)
            if asyncio.iscoroutine(outcome):
                await outcome

    async def repeat(self, count, block):
        while count is None or count > 0:
            await self.perform(block)
            count = None if count is None else count - 1

    def gathered(self):
        self.reply = self.reply or wire.Response()
        return self.reply

    async def flush(self):
        """Send the gathered reply, or the part of it that `truncate` left."""
        reply, self.reply = self.reply, None
        if reply is not None:
            octets = reply.render()
            await self.connection.send(octets[:getattr(reply, "truncate", len(octets))])

    async def deed(self, octets=b""):
        await self.flush()
        await self.connection.send(octets)

    # Shaping a reply

    def do_status(self, argument):
        """CODE [REASON]: begin a reply"""
        self.reply = wire.Response(argument)

    def do_header(self, argument):
        """NAME: VALUE, with escapes in the value"""
        name, _, value = argument.partition(":")
        self.gathered().headers.append((name, wire.unescape(value.strip()).decode("latin-1")))

    def do_json(self, argument):
        """TEXT: a JSON body, sent as it stands (broken, if it is)"""
        self.gathered().headers.append(("Content-type", "application/json"))
        self.reply.body = argument.encode()

    def do_html(self, argument):
        """TEXT: an HTML body"""
        self.gathered().headers.append(("Content-type", "text/html"))
        self.reply.body = argument.encode()

    def do_body(self, argument):
        r"""TEXT: a body with escapes \r \n \0 \xHH"""
        self.gathered().body = wire.unescape(argument)

    def do_body_file(self, argument):
        """FILE: a body out of a file"""
        with open(argument, "rb") as file:
            self.gathered().body = file.read()

    def do_big(self, argument):
        """N: a valid JSON body of N octets (one long string in a list)"""
        self.do_json("")
        self.reply.body = b'["' + b"x" * (int(argument) - 4) + b'"]'

    def do_flood(self, argument):
        """N: N header lines more"""
        self.gathered().headers += [(f"X-Flood-{at}", "x" * 100) for at in range(int(argument))]

    def do_redirect(self, argument):
        """CODE URL: a reply that sends the client elsewhere"""
        code, url = argument.split(None, 1)
        self.reply = wire.Response(code, b"", [("Location", url)])

    def do_chunked(self, _):
        """send the body chunked, without Content-Length"""
        self.gathered().chunked = True

    def do_gzip(self, _):
        """compress the body that was given before this line"""
        self.gathered().compress()

    def do_length(self, argument):
        """N | none: claim another Content-Length (any text), or send none"""
        self.gathered().length = None if argument == "none" else argument

    def do_truncate(self, argument):
        """N: of the whole reply, send the first N octets only"""
        self.gathered().truncate = int(argument)

    def do_ari(self, _):
        """let the honest ARI carry the request out; its reply is gathered, not yet sent"""
        self.reply = self.honest.answer(self.request)

    # Doing something

    async def do_send(self, _):
        """send the gathered reply now"""
        await self.deed()

    async def do_raw(self, argument):
        r"""TEXT: these octets, with escapes \r \n \0 \xHH"""
        await self.deed(wire.unescape(argument))

    async def do_hex(self, argument):
        """HH HH ...: these octets"""
        await self.deed(bytes.fromhex(argument))

    def do_dribble(self, argument):
        """N: from here on, send N octets a second (0: at full speed)"""
        self.connection.rate = int(argument)

    async def do_sleep(self, argument):
        """SECONDS"""
        await self.deed()
        await asyncio.sleep(float(argument))

    async def do_wait(self, _):
        """until the test says `step` (or sends SIGUSR1)"""
        await self.deed()
        await self.connection.server.next_step()

    async def do_expect(self, _):
        """until the client has sent something more, or has gone"""
        await self.deed()
        await self.connection.activity()

    async def do_silence(self, _):
        """never say anything again; ends when the client gives up"""
        await self.deed()
        self.connection.mute = True
        await self.connection.drained()
        raise Hangup

    async def do_close(self, _):
        """end the connection in good order (FIN)"""
        await self.deed()
        raise Hangup

    async def do_reset(self, _):
        """end the connection with a RST"""
        await self.deed()
        await self.connection.flushed()
        self.connection.reset()
        raise Hangup

    # TLS, in `on connect` rules

    async def do_tls_cut(self, argument):
        """N: answer the ClientHello with the first N octets of the handshake, and close"""
        self.connection.writer.transport.resume_reading()
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = self.connection.server.tls.wrap_bio(incoming, outgoing, server_side=True)
        incoming.write(await self.connection.reader.read(65536))
        try:
            tls.do_handshake()
        except ssl.SSLWantReadError:
            pass
        await self.deed(outgoing.read()[:int(argument)])
        raise Hangup

    # WebSocket, after a request to upgrade

    async def do_ws_accept(self, argument):
        """[wrong | none | stasis]: 101 with the right Sec-WebSocket-Accept, a wrong one, or none;
        stasis: as the module does, and not stock ARI"""
        self.reply = self.reply or wire.Response("101 Switching Protocols")
        self.reply.headers += [("Upgrade", "websocket"), ("Connection", "Upgrade")]
        key = self.request.headers.get("sec-websocket-key", "")
        key = "not " + key if argument == "wrong" else key
        if argument != "none":
            self.reply.headers.append(("Sec-WebSocket-Accept", wire.accept_key(key)))
        if "sec-websocket-protocol" in self.request.headers:
            protocol = "stasis" if argument == "stasis" else "ari"
            self.reply.headers.append(("Sec-WebSocket-Protocol", protocol))
        await self.deed()
        self.upgraded = True
        self.connection.start_frames()

    async def do_ws_text(self, argument):
        """TEXT: a text message"""
        await self.deed(wire.frame(wire.OPCODES["text"], argument.encode()))

    async def do_ws_frame(self, argument):
        """OPCODE [nofin] [masked] [rsv=N] [length=N] [DATA with escapes]: any frame at all"""
        words = argument.split(" ")
        opcode = words.pop(0)
        options = {"fin": True}
        while words and re.fullmatch(r"nofin|masked|(rsv|length)=\d+", words[0]):
            name, _, value = words.pop(0).partition("=")
            options.update({"nofin": {"fin": False}, "masked": {"mask": b"mask"}}.get(name)
                           or {name: int(value)})
        opcode = wire.OPCODES.get(opcode) if opcode in wire.OPCODES else int(opcode)
        await self.deed(wire.frame(opcode, wire.unescape(" ".join(words)), **options))

    async def do_ws_fragment(self, argument):
        """N TEXT: a text message in frames of N octets"""
        size, text = argument.split(None, 1)
        size, octets = int(size), text.encode()
        for at in range(0, len(octets), size):
            await self.deed(wire.frame(0 if at else 1, octets[at:at + size],
                                       fin=at + size >= len(octets)))

    async def do_ws_big(self, argument):
        """N: a valid event in a text message of N octets"""
        start, end = b'{"type":"Big","text":"', b'"}'
        await self.deed(wire.frame(1, start + b"x" * (int(argument) - len(start + end)) + end))

    async def do_ws_ping(self, argument):
        """[TEXT]: a ping; the client's pong is in the ledger"""
        await self.deed(wire.frame(wire.OPCODES["ping"], argument.encode()))

    async def do_ws_close(self, argument):
        """CODE [REASON]: a close frame, and an end in good order once the client answered"""
        code, _, reason = argument.partition(" ")
        await self.deed(wire.close_frame(int(code), reason))
        self.connection.mute = True	# the client's close ends it, and wants no third one
        await self.connection.drained(1.0)
        raise Hangup

    async def do_ws_serve(self, _):
        """from here on, be the honest event stream"""
        self.upgraded = True
        await self.honest.serve_events(self.connection, self.request)
        raise Hangup
