# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 The astctl authors
"""An honest, small ARI: enough of Asterisk that a command can be tested in milliseconds.

Channels, bridges, playbacks, recordings and applications live in dictionaries.
What an endpoint does is in its name, as in the dialplan of the real tests:
Local/busy@test, Local/noanswer@test, Local/nosuch@test; any other is answered.
Prompts last PROMPT seconds; `sound:no-such...` fails, and a medium of unknown
scheme or a missing recording starts and never finishes, as in Asterisk. Statuses
and messages are Asterisk's own. Faults are no business of this file.
"""
import asyncio
import base64
import datetime
import io
import itertools
import json
import math
import re
import struct
import urllib.parse
import wave

import wire

ANSWER, PROMPT = 0.02, 0.3	# seconds
ROUTES = []


class Refusal(Exception):
    """A reply other than success."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status, self.message = status, message


def route(method, pattern):
    regex = re.compile("/ari/" + re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", pattern))

    def keep(function):
        ROUTES.append((method, regex, function))
        return function
    return keep


def now():
    return datetime.datetime.now().astimezone().isoformat(timespec="milliseconds")


class Application:
    """A Stasis application: who listens (at most one socket) and to what."""

    def __init__(self, name):
        self.name, self.socket, self.all = name, None, False
        self.subscribed = set()		# of (kind, id)
        self.filter = {"events_allowed": [], "events_disallowed": []}

    def json(self):
        ids = {kind: sorted(i for k, i in self.subscribed if k == kind)
               for kind in ("channel", "bridge", "endpoint", "deviceState")}
        return {"name": self.name, "channel_ids": ids["channel"], "bridge_ids": ids["bridge"],
                "endpoint_ids": ids["endpoint"], "device_names": ids["deviceState"],
                **self.filter}

    def wants(self, event, about):
        named = {rule["type"] for rule in self.filter["events_allowed"]}
        return (self.socket is not None and (self.all or self.subscribed & about)
                and (not named or event in named)
                and event not in {r["type"] for r in self.filter["events_disallowed"]})


class Ari:
    """The whole state of the pretended Asterisk."""

    def __init__(self, ledger, user, password, channels):
        self.ledger, self.credentials = ledger, (user, password)
        self.channels, self.bridges, self.playbacks = {}, {}, {}
        self.live, self.stored, self.applications = {}, {}, {}
        self.variables = {}
        self.serial = itertools.count(1)
        for number in range(channels):
            self.add_channel(f"mock-{number}", "PJSIP/phone", "Up", "")

    # Requests

    def actions(self, request):
        """How to answer, in the words of a scenario."""
        if request.wants_upgrade() and request.path == "/ari/events":
            if self.check_subscriber(request) is None:
                return [("ws-accept", ""), ("ws-serve", "")]
        return [("ari", "")]

    def check_subscriber(self, request):
        try:
            self.authenticate(request)
            if not request.query.get("app"):
                raise Refusal(400, "HTTP request is missing param: [app]")
        except Refusal as refusal:
            return refusal
        return None

    def answer(self, request):
        """A wire.Response to REQUEST, carried out."""
        try:
            self.authenticate(request)
            status, value = self.dispatch(request)
        except Refusal as refusal:
            status, value = refusal.status, {"message": refusal.message}
        except ValueError:
            status, value = 400, {"message": "Request body is not valid JSON"}
        if isinstance(value, bytes):
            return wire.Response(status, value, [("Content-type", "audio/wav")])
        reply = wire.Response.of_json(value, status) if value is not None else wire.Response(204)
        reply.headers.append(("Server", "Asterisk/mock"))
        if status == 401:
            reply.headers.append(("WWW-Authenticate", 'Basic realm="Asterisk REST Interface"'))
        return reply

    def authenticate(self, request):
        user, password = self.credentials
        if user is None:
            return
        expected = base64.b64encode(f"{user}:{password}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {expected}":
            raise Refusal(401, "Authentication required")

    def dispatch(self, request):
        allowed = []
        for method, regex, function in ROUTES:
            match = regex.fullmatch(request.path)
            if match and method == request.method:
                ids = {k: urllib.parse.unquote(v) for k, v in match.groupdict().items()}
                outcome = function(self, {**request.params(), **ids})
                return outcome if isinstance(outcome, tuple) else (200, outcome)
            allowed += [method] if match else []
        if allowed:
            raise Refusal(405, "Invalid method")
        raise Refusal(404, "Resource not found")

    def find(self, kind, key):
        table, name = {"channel": (self.channels, "Channel"), "bridge": (self.bridges, "Bridge"),
                       "playback": (self.playbacks, "Playback"), "live": (self.live, "Recording"),
                       "stored": (self.stored, "Recording"),
                       "application": (self.applications, "Application")}[kind]
        if key not in table:
            raise Refusal(404, f"{name} not found")
        return table[key]

    def new_id(self):
        return f"1700000000.{next(self.serial)}"

    @staticmethod
    def later(seconds, function, *args):
        asyncio.get_running_loop().call_later(seconds, function, *args)

    # Events

    async def serve_events(self, connection, request):
        """Be the event stream of the applications that REQUEST names, while it lasts."""
        names = request.query["app"].split(",")
        for name in names:
            self.register(name, connection, request.query.get("subscribeAll") == "true")
        await connection.drained()
        for name in names:
            application = self.applications.get(name)
            if application and application.socket is connection:
                application.socket = None
                if not application.subscribed:
                    del self.applications[name]

    def register(self, name, connection, subscribe_all):
        application = self.applications.get(name)
        if application is None:
            application = self.applications[name] = Application(name)
            application.all = subscribe_all		# counts for a new application only
        elif application.socket is not None:
            self.push(application, {"type": "ApplicationReplaced", "timestamp": now()})
        application.socket = connection

    def push(self, application, event):
        text = json.dumps({**event, "application": application.name})
        application.socket.writer.write(wire.frame(wire.OPCODES["text"], text.encode()))

    def publish(self, event, about, **fields):
        """Tell every application that follows one of ABOUT, a set of (kind, id)."""
        for application in list(self.applications.values()):
            if application.wants(event, about):
                self.push(application, {"type": event, "timestamp": now(), **fields,
                                        "asterisk_id": "02:00:00:00:00:01"})

    def broadcast(self, text):
        """Send TEXT as it stands to every subscriber."""
        for application in self.applications.values():
            if application.socket:
                application.socket.writer.write(wire.frame(1, text.encode()))

    # Channels

    def add_channel(self, key, endpoint, state, app):
        channel = {"id": key, "name": f"{endpoint}-{next(self.serial):08x}", "state": state,
                   "protocol_id": "", "caller": {"name": "", "number": ""},
                   "connected": {"name": "", "number": ""}, "accountcode": "",
                   "dialplan": {"context": "test", "exten": "s", "priority": 1,
                                "app_name": "Stasis" if app else "AppDial2", "app_data": app},
                   "creationtime": now(), "language": "en"}
        self.channels[key] = channel
        self.variables[key] = {}
        self.ledger.note(event="created", kind="channel", id=key)
        return channel

    def channel_event(self, event, channel, **fields):
        self.publish(event, {("channel", channel["id"])}, **fields, channel=dict(channel))

    def set_state(self, channel, state):
        if channel["id"] in self.channels and channel["state"] != state:
            channel["state"] = state
            self.channel_event("ChannelStateChange", channel)

    def ring(self, channel, endpoint, timeout, answered):
        """The far end does what its name says; ANSWERED is called if it picks up."""
        if "/busy" in endpoint:
            self.later(ANSWER, self.destroy, channel, 17, "User busy")
        elif "/noanswer" in endpoint:
            self.later(ANSWER, self.set_state, channel, "Ringing")
            self.later(timeout, self.destroy, channel, 19, "User alerting, no answer")
        else:
            self.later(ANSWER, self.pick_up, channel, answered)

    def pick_up(self, channel, answered):
        if channel["id"] in self.channels:
            self.set_state(channel, "Up")
            answered(channel)

    def enter(self, channel, app, args):
        """Into the application, which may have gone meanwhile: the end of the call."""
        if app and app not in self.applications:
            self.destroy(channel, 16, "Normal Clearing")	# STASISSTATUS=FAILED, and no more
        elif app:
            channel["dialplan"].update(app_name="Stasis", app_data=app)
            self.applications[app].subscribed.add(("channel", channel["id"]))
            self.channel_event("StasisStart", channel, args=args.split(",") if args else [])

    def move(self, channel, app, args):
        """From one application to another, if there is somebody."""
        old, new = (self.applications.get(name) for name in (channel["dialplan"]["app_data"], app))
        if new is not None and new.socket is not None:
            self.channel_event("StasisEnd", channel)
            if old:
                old.subscribed.discard(("channel", channel["id"]))
            self.enter(channel, app, args)
        elif old is not None and old.socket is not None:
            self.push(old, {"type": "ApplicationMoveFailed", "timestamp": now(),
                            "destination": app, "args": [], "channel": dict(channel)})

    def destroy(self, channel, cause, text):
        if self.channels.pop(channel["id"], None) is None:
            return
        for bridge in self.bridges.values():
            if channel["id"] in bridge["channels"]:
                self.leave(bridge, channel)
        if channel["dialplan"]["app_name"] == "Stasis":
            self.channel_event("StasisEnd", channel)
        self.channel_event("ChannelDestroyed", channel, cause=cause, cause_txt=text)
        for application in self.applications.values():
            application.subscribed.discard(("channel", channel["id"]))

    def controlled(self, call):
        """The channel of a request that only the application's channels obey."""
        channel = self.find("channel", call["channelId"])
        if channel["dialplan"]["app_name"] != "Stasis":
            raise Refusal(409, "Channel not in Stasis application")
        if channel["state"] != "Up":
            raise Refusal(412, "Channel in invalid state")
        return channel

    # Bridges, media

    def bridge_event(self, event, bridge, **fields):
        about = {("bridge", bridge["id"])}
        if "channel" in fields:
            about.add(("channel", fields["channel"]["id"]))
        self.publish(event, about, **fields, bridge=dict(bridge))

    def leave(self, bridge, channel):
        bridge["channels"].remove(channel["id"])
        self.bridge_event("ChannelLeftBridge", bridge, channel=dict(channel))

    def start_playback(self, call, kind, target):
        media = call.get("media") or None
        if media is None:
            raise Refusal(400, "Media must be specified")
        uri = media[-1] if isinstance(media, list) else media.split(",")[-1]
        playback = {"id": call.get("playbackId") or self.new_id(), "media_uri": uri,
                    "target_uri": f"{kind}:{target}", "language": "en", "state": "queued"}
        self.playbacks[playback["id"]] = playback
        reply = dict(playback)
        self.play_state(playback, "playing", "PlaybackStarted")
        name = uri.partition(":")[2]
        known = uri.startswith(("sound:", "tone:", "number:", "digits:", "characters:"))
        if known or (uri.startswith("recording:") and name in self.stored):
            state = "failed" if name.startswith("no-such") else "done"
            wait = ANSWER if state == "failed" else PROMPT
            self.later(wait, self.end_playback, playback, state)
        return 201, reply

    def play_state(self, playback, state, event):
        playback["state"] = state
        about = {tuple(playback["target_uri"].split(":", 1))}
        self.publish(event, about, playback=dict(playback))

    def end_playback(self, playback, state):
        if self.playbacks.pop(playback["id"], None):
            self.play_state(playback, state, "PlaybackFinished")

    def start_recording(self, call, kind, target):
        name = call.get("name") or ""
        if not name:
            raise Refusal(400, "Parameter 'name' is required")
        if name in self.live or (name in self.stored and call.get("ifExists", "fail") == "fail"):
            raise Refusal(409, f"Recording '{name}' already exists and can not be overwritten.")
        recording = {"name": name, "format": call.get("format", "wav"), "state": "recording",
                     "target_uri": f"{kind}:{target}"}
        self.live[name] = recording
        self.recording_event("RecordingStarted", recording)
        seconds = float(call.get("maxDurationSeconds", 0))
        if seconds:
            self.later(seconds, self.end_recording, recording, "done", int(seconds))
        return 201, {**recording, "state": "queued"}

    def recording_event(self, event, recording):
        about = {tuple(recording["target_uri"].split(":", 1))}
        self.publish(event, about, recording=dict(recording))

    def end_recording(self, recording, state, seconds=1):
        if self.live.pop(recording["name"], None):
            recording.update(state="done", duration=seconds)
            if state == "done":
                self.stored[recording["name"]] = recording
            self.recording_event("RecordingFinished", recording)


# The operations. Each takes the state and the parameters (ids included) and returns
# the JSON of a 200, or (status, JSON); None is 204.

@route("GET", "asterisk/info")
def asterisk_info(ari, call):
    return {"system": {"version": "22.0.0-mock", "entity_id": "02:00:00:00:00:01"},
            "config": {"name": "mock", "default_language": "en"},
            "status": {"startup_time": now(), "last_reload_time": now()}}


@route("GET", "asterisk/ping")
def asterisk_ping(ari, call):
    return {"asterisk_id": "02:00:00:00:00:01", "ping": "pong", "timestamp": now()}


@route("GET", "endpoints")
def endpoints_list(ari, call):
    return [{"technology": "PJSIP", "resource": "phone", "state": "online", "channel_ids": []}]


@route("GET", "applications")
def applications_list(ari, call):
    return [application.json() for application in ari.applications.values()]


@route("GET", "applications/{applicationName}")
def applications_get(ari, call):
    return ari.find("application", call["applicationName"]).json()


def sources(call):
    return {tuple(source.split(":", 1)) for source in call["eventSource"].split(",")}


@route("POST", "applications/{applicationName}/subscription")
def applications_subscribe(ari, call):
    application = ari.find("application", call["applicationName"])
    for kind, key in sources(call):
        if kind in ("channel", "bridge") and key:
            table = ari.channels if kind == "channel" else ari.bridges
            if key not in table:
                raise Refusal(422, "Event source does not exist")
        application.subscribed.add((kind, key))
        application.all |= not key
    return application.json()


@route("DELETE", "applications/{applicationName}/subscription")
def applications_unsubscribe(ari, call):
    application = ari.find("application", call["applicationName"])
    application.subscribed -= sources(call)
    return application.json()


@route("PUT", "applications/{applicationName}/eventFilter")
def applications_filter(ari, call):
    application = ari.find("application", call["applicationName"])
    for key in ("allowed", "disallowed"):
        if key in call:
            application.filter["events_" + key] = call[key]
    return application.json()


@route("GET", "channels")
def channels_list(ari, call):
    return list(ari.channels.values())


def new_channel(ari, call):
    """The channel of a request that makes one, checked as Asterisk checks."""
    endpoint, app = call.get("endpoint"), call.get("app", "")
    key = call.get("channelId") or ari.new_id()
    if not endpoint:
        raise Refusal(400, "Endpoint must be specified")
    if not app and not call.get("extension"):
        raise Refusal(400, "Application or extension must be specified")
    if key in ari.channels:
        raise Refusal(409, "Channel with given unique ID already exists")
    if "/nosuch" in endpoint:
        raise Refusal(500, "Allocation failed")
    channel = ari.add_channel(key, endpoint, "Down", "")
    channel["caller"]["number"] = call.get("callerId", "")
    if app in ari.applications:
        ari.applications[app].subscribed.add(("channel", key))
    ari.channel_event("ChannelCreated", channel)
    return channel


@route("POST", "channels/create")
def channels_create(ari, call):
    channel = new_channel(ari, call)
    reply = dict(channel)
    ari.later(0, ari.enter, channel, call.get("app"), call.get("appArgs"))
    return reply


@route("POST", "channels/{channelId}/dial")
def channels_dial(ari, call):
    channel = ari.find("channel", call["channelId"])
    if channel["state"] != "Down":
        raise Refusal(409, "Channel has invalid state")
    timeout = float(call.get("timeout") or 1e6)
    ari.ring(channel, channel["name"], timeout, lambda channel: None)


@route("POST", "channels/{channelId}/move")
def channels_move(ari, call):
    channel = ari.find("channel", call["channelId"])
    if channel["dialplan"]["app_name"] != "Stasis":
        raise Refusal(409, "Channel not in Stasis application")
    ari.later(0, ari.move, channel, call["app"], call.get("appArgs"))


@route("POST", "channels")
@route("POST", "channels/{channelId}")
def channels_originate(ari, call):
    channel = new_channel(ari, call)
    reply = dict(channel)
    ari.ring(channel, call["endpoint"], float(call.get("timeout", 30)),
             lambda channel: ari.enter(channel, call.get("app"), call.get("appArgs")))
    return reply


@route("GET", "channels/{channelId}")
def channels_get(ari, call):
    return ari.find("channel", call["channelId"])


@route("DELETE", "channels/{channelId}")
def channels_hangup(ari, call):
    channel = ari.find("channel", call["channelId"])
    ari.channel_event("ChannelHangupRequest", channel, cause=16)
    ari.later(0, ari.destroy, channel, 16, "Normal Clearing")


@route("POST", "channels/{channelId}/continue")
def channels_continue(ari, call):
    channel = ari.controlled(call)
    ari.later(0, ari.destroy, channel, 16, "Normal Clearing")


@route("POST", "channels/{channelId}/answer")
def channels_answer(ari, call):
    ari.controlled(call)


@route("POST", "channels/{channelId}/(?:ring|dtmf|mute|hold|moh|silence)")
@route("DELETE", "channels/{channelId}/(?:ring|mute|hold|moh|silence)")
def channels_indicate(ari, call):
    ari.controlled(call)


@route("GET", "channels/{channelId}/variable")
def channels_get_variable(ari, call):
    variables = ari.variables[ari.find("channel", call["channelId"])["id"]]
    if call.get("variable") not in variables:
        raise Refusal(404, "Provided variable was not found")
    return {"value": variables[call["variable"]]}


@route("POST", "channels/{channelId}/variable")
def channels_set_variable(ari, call):
    channel = ari.controlled(call)
    ari.variables[channel["id"]][call["variable"]] = call.get("value", "")


@route("POST", "channels/{channelId}/play")
@route("POST", "channels/{channelId}/play/{playbackId}")
def channels_play(ari, call):
    return ari.start_playback(call, "channel", ari.controlled(call)["id"])


@route("POST", "channels/{channelId}/record")
def channels_record(ari, call):
    return ari.start_recording(call, "channel", ari.controlled(call)["id"])


@route("GET", "bridges")
def bridges_list(ari, call):
    return list(ari.bridges.values())


@route("POST", "bridges")
@route("POST", "bridges/{bridgeId}")
def bridges_create(ari, call):
    key = call.get("bridgeId") or ari.new_id()
    if key in ari.bridges:
        raise Refusal(409, "Bridge with given id already exists")
    bridge = {"id": key, "technology": "simple_bridge", "bridge_type": "mixing",
              "bridge_class": "stasis", "creator": "Stasis", "name": call.get("name", ""),
              "channels": [], "creationtime": now(), "video_mode": "talker"}
    ari.bridges[key] = bridge
    ari.ledger.note(event="created", kind="bridge", id=key)
    ari.bridge_event("BridgeCreated", bridge)
    return bridge


@route("GET", "bridges/{bridgeId}")
def bridges_get(ari, call):
    return ari.find("bridge", call["bridgeId"])


@route("DELETE", "bridges/{bridgeId}")
def bridges_destroy(ari, call):
    bridge = ari.find("bridge", call["bridgeId"])
    for key in list(bridge["channels"]):
        ari.leave(bridge, ari.channels[key])
    del ari.bridges[bridge["id"]]
    ari.bridge_event("BridgeDestroyed", bridge)


@route("POST", "bridges/{bridgeId}/addChannel")
def bridges_add(ari, call):
    bridge = ari.find("bridge", call["bridgeId"])
    for key in call["channel"].split(","):
        if key not in ari.channels:
            raise Refusal(400, "Channel not found")
        if ari.channels[key]["dialplan"]["app_name"] != "Stasis":
            raise Refusal(422, "Channel not in Stasis application")
        if key not in bridge["channels"]:
            bridge["channels"].append(key)
            ari.bridge_event("ChannelEnteredBridge", bridge, channel=dict(ari.channels[key]))


@route("POST", "bridges/{bridgeId}/removeChannel")
def bridges_remove(ari, call):
    bridge = ari.find("bridge", call["bridgeId"])
    for key in call["channel"].split(","):
        if key not in bridge["channels"]:
            raise Refusal(422, "Channel not in this bridge")
        ari.leave(bridge, ari.channels[key])


@route("POST", "bridges/{bridgeId}/play")
@route("POST", "bridges/{bridgeId}/play/{playbackId}")
def bridges_play(ari, call):
    return ari.start_playback(call, "bridge", ari.find("bridge", call["bridgeId"])["id"])


@route("POST", "bridges/{bridgeId}/record")
def bridges_record(ari, call):
    return ari.start_recording(call, "bridge", ari.find("bridge", call["bridgeId"])["id"])


@route("GET", "playbacks/{playbackId}")
def playbacks_get(ari, call):
    return ari.find("playback", call["playbackId"])


@route("DELETE", "playbacks/{playbackId}")
def playbacks_stop(ari, call):
    ari.end_playback(ari.find("playback", call["playbackId"]), "done")


@route("GET", "recordings/live/{recordingName}")
def recordings_live_get(ari, call):
    return ari.find("live", call["recordingName"])


@route("POST", "recordings/live/{recordingName}/stop")
def recordings_stop(ari, call):
    ari.end_recording(ari.find("live", call["recordingName"]), "done")


@route("DELETE", "recordings/live/{recordingName}")
def recordings_cancel(ari, call):
    ari.end_recording(ari.find("live", call["recordingName"]), "canceled")


@route("GET", "recordings/stored")
def recordings_list(ari, call):
    return [{"name": r["name"], "format": r["format"]} for r in ari.stored.values()]


@route("GET", "recordings/stored/{recordingName}")
def recordings_get(ari, call):
    recording = ari.find("stored", call["recordingName"])
    return {"name": recording["name"], "format": recording["format"]}


@route("DELETE", "recordings/stored/{recordingName}")
def recordings_delete(ari, call):
    del ari.stored[ari.find("stored", call["recordingName"])["name"]]


@route("GET", "recordings/stored/{recordingName}/file")
def recordings_file(ari, call):
    """A WAV with a tone of 440 Hz, as long as was recorded."""
    recording, out = ari.find("stored", call["recordingName"]), io.BytesIO()
    samples = range(8000 * recording["duration"])
    with wave.open(out, "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(b"".join(struct.pack("<h", int(8000 * math.sin(at * 0.3456)))
                                  for at in samples))
    return out.getvalue()


@route("POST", "events/user/{eventName}")
def events_user(ari, call):
    application = ari.find("application", call.get("application", ""))
    if application.socket:
        ari.push(application, {"type": "ChannelUserevent", "timestamp": now(),
                               "eventname": call["eventName"],
                               "userevent": call.get("variables", {})})
