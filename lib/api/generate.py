#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 The astctl authors
"""Make libari's tables from the API description.

    generate.py            write the files below
    generate.py --check    compare them with what would be written; fail if one is stale

ari.json is the source. From it come lib/operation_table.c (the operations),
lib/ari/event_kind.h and lib/event_kind.c (the kinds of events); what only the server
module has is described in module/api/stasis.json. The same input gives the same bytes. tests/api/check_server reads the operations from here too.
"""

import itertools
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
LIB = os.path.dirname(HERE)
SOURCE = os.path.join(HERE, "ari.json")
MODULE = os.path.join(os.path.dirname(LIB), "module", "api", "stasis.json")
METHODS = ("get", "put", "post", "delete")
TYPES = {
    "string": "ARI_TYPE_STRING",
    "number": "ARI_TYPE_DOUBLE",
    "boolean": "ARI_TYPE_BOOL",
    "object": "ARI_TYPE_OBJECT",
    "array": "ARI_TYPE_LIST",
}
PLACES = {"path": "ARI_IN_PATH", "query": "ARI_IN_QUERY", "body": "ARI_IN_BODY"}


class Invalid(Exception):
    """The description breaks a rule of this generator; the text is one line."""


# --- reading the description -------------------------------------------------


def load(path=SOURCE):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def resolve(description, node):
    """Follow $ref; members beside it win over those of the target."""
    while "$ref" in node:
        target = description
        for key in node["$ref"].removeprefix("#/").split("/"):
            target = target[key]
        node = {**target, **{key: value for key, value in node.items() if key != "$ref"}}
    return node


def c_type(where, schema):
    kind = schema.get("type")
    if kind == "integer":
        return "ARI_TYPE_LONG" if schema.get("format") == "int64" else "ARI_TYPE_INT"
    if kind not in TYPES:
        raise Invalid(f"{where}: type {kind!r} is not one of integer, {', '.join(TYPES)}")
    return TYPES[kind]


def text_of(value):
    """A default or a limit as the text that goes on the wire."""
    return json.dumps(value) if isinstance(value, bool) else str(value)


def make_param(where, name, place, schema, summary, since, required):
    multiple = place == "query" and schema.get("type") == "array"
    value = schema["items"] if multiple else schema
    if not summary:
        raise Invalid(f"{where}: parameter {name} has no description")
    return {
        "name": name,
        "in": place,
        "summary": summary,
        "type": c_type(f"{where}: parameter {name}", value),
        "required": required,
        "multiple": multiple,
        "whole_body": False,
        "allowed": value.get("enum"),
        "default": text_of(schema["default"]) if "default" in schema else None,
        "minimum": text_of(value["minimum"]) if "minimum" in value else None,
        "maximum": text_of(value["maximum"]) if "maximum" in value else None,
        "since": ", ".join(since) if since else None,
    }


def url_params(description, where, operation):
    for node in operation.get("parameters", []):
        node = resolve(description, node)
        schema = resolve(description, node["schema"])
        yield make_param(where, node["name"], node["in"], schema, node.get("description"),
                         node.get("x-since"), node.get("required", False))


def body_params(description, where, operation):
    if "requestBody" not in operation:
        return
    body = resolve(description, operation["requestBody"])
    schema = resolve(description, body["content"]["application/json"]["schema"])
    whole = body.get("x-astctl-parameter")
    if whole:
        param = make_param(where, whole, "body", schema, body.get("description"),
                           body.get("x-since"), body.get("required", False))
        param["whole_body"] = True
        yield param
        return
    for name, member in schema["properties"].items():
        member = resolve(description, member)
        yield make_param(where, name, "body", member, member.get("description"),
                         member.get("x-since"), name in schema.get("required", []))


def result_of(description, where, responses):
    """The model of the first success that has one: Channel, List[Channel], binary or None."""
    for status in sorted(responses):
        if status > "299":
            break
        for media, content in responses[status].get("content", {}).items():
            if media != "application/json":
                return "binary"
            schema = content["schema"]
            if "$ref" in schema:
                return schema["$ref"].rpartition("/")[2]
            if schema.get("type") == "array" and "$ref" in schema["items"]:
                return "List[" + schema["items"]["$ref"].rpartition("/")[2] + "]"
            raise Invalid(f"{where}: the result is neither a model nor a list of one")
    return None


def errors_of(responses):
    """Only the operation's own errors: those that any operation can answer are references."""
    return [(int(status), response["description"]) for status, response in sorted(responses.items())
            if status >= "400" and "$ref" not in response]


def make_operation(description, path, method, node):
    name = node.get("operationId", "")
    where = f"{method.upper()} {path}"
    resource, dot, nickname = name.partition(".")
    if not dot or node.get("tags") != [resource]:
        raise Invalid(f"{where}: operationId {name!r} is not its tag, a dot and a nickname")
    if not node.get("summary") or not node.get("x-since"):
        raise Invalid(f"{where}: summary or x-since is missing")
    params = [*url_params(description, where, node), *body_params(description, where, node)]
    names = [param["name"] for param in params]
    if len(set(names)) != len(names):
        raise Invalid(f"{where}: a parameter is there twice")
    in_path = {param["name"] for param in params if param["in"] == "path"}
    if in_path != set(re.findall(r"{(\w+)}", path)):
        raise Invalid(f"{where}: the path and its parameters do not match")
    return {
        "name": name,
        "resource": resource,
        "nickname": nickname,
        "method": method.upper(),
        "path": path,
        "summary": node["summary"],
        "detail": node.get("description"),
        "since": ", ".join(node["x-since"]),
        "result": result_of(description, where, node["responses"]),
        "websocket": node.get("x-astctl-websocket", False),
        "module": node.get("x-astctl-module", False),
        "params": params,
        "errors": errors_of(node["responses"]),
    }


def operations(description):
    """Every operation as a dictionary, sorted by name."""
    found = [make_operation(description, path, method, node[method])
             for path, node in description["paths"].items() for method in METHODS if method in node]
    found.sort(key=lambda operation: operation["name"].encode())
    for one, other in zip(found, found[1:]):
        if one["name"] == other["name"]:
            raise Invalid(f"operationId {one['name']} is there twice")
    return found


def module_operations(description, overlay):
    """Those that only the module has; its description lies on top of ARI's."""
    paths = {path: {method: node for method, node in methods.items() if "operationId" in node}
             for path, methods in overlay["paths"].items()}
    return operations({**description, "paths": paths})


def event_kinds(description, overlay):
    """Names of the messages of the event stream, in the order that numbers them: ARI's, then the
    events (not the marks) of the module."""
    stream = description["components"]["schemas"]["AnyMessage"]["oneOf"]
    names = [node["$ref"].rpartition("/")[2] for node in stream]
    ours = overlay["components"]["schemas"]
    return names + [name for name in ours if "allOf" in ours[name]]


# --- writing C ---------------------------------------------------------------


def c_string(text):
    if text is None:
        return "NULL"
    out = []
    for byte in text.encode():
        char = chr(byte)
        if char in '"\\':
            out.append("\\" + char)
        elif 32 <= byte < 127 and char != "?":
            out.append(char)
        else:
            out.append("?" if char == "?" else f"\\{byte:03o}")
    return '"' + "".join(out) + '"'


def c_name(operation):
    return operation["name"].replace(".", "_")


def header(prose):
    lines = "\n".join(" * " + line if line else " *" for line in prose.strip().split("\n"))
    return ("/* SPDX-License-Identifier: GPL-2.0-or-later */\n"
            "/* Copyright (C) 2026 The astctl authors */\n"
            "/*\n"
            " * generated by lib/api/generate.py: do not edit\n *\n"
            + lines + "\n */\n")


def emit_allowed(table):
    """One array for each distinct list of allowed values; returns the text and the names."""
    names = {}
    out = []
    for operation in table:
        for param in operation["params"]:
            values = param["allowed"]
            if not values or tuple(values) in names:
                continue
            name = f"allowed_{c_name(operation)}_{param['name']}"
            names[tuple(values)] = name
            out.append(f"static const char *const {name}[] = {{\n"
                       + "".join(f"\t{c_string(value)},\n" for value in values) + "\tNULL,\n};\n\n")
    return "".join(out), names


def emit_param(param, allowed):
    fields = [("name", c_string(param["name"])), ("summary", c_string(param["summary"])),
              ("in", PLACES[param["in"]]), ("type", param["type"])]
    fields += [(flag, "true") for flag in ("required", "multiple", "whole_body") if param[flag]]
    if param["allowed"]:
        fields.append(("allowed", allowed[tuple(param["allowed"])]))
    for field, key in (("def", "default"), ("minimum", "minimum"), ("maximum", "maximum"),
                       ("since", "since")):
        if param[key] is not None:
            fields.append((field, c_string(param[key])))
    return "\t{\n" + "".join(f"\t\t.{field} = {value},\n" for field, value in fields) + "\t},\n"


def emit_arrays(operation, allowed):
    out = []
    if operation["params"]:
        out.append(f"static const struct ari_param params_{c_name(operation)}[] = {{\n"
                   + "".join(emit_param(param, allowed) for param in operation["params"])
                   + "};\n\n")
    if operation["errors"]:
        rows = "".join(f"\t{{ .status = {status}, .reason = {c_string(reason)} }},\n"
                       for status, reason in operation["errors"])
        out.append(f"static const struct ari_op_error errors_{c_name(operation)}[] = {{\n"
                   + rows + "};\n\n")
    return "".join(out)


def emit_row(operation):
    fields = [(key, c_string(operation[key])) for key in
              ("name", "resource", "nickname", "method", "path", "summary", "detail", "since",
               "result") if operation[key] is not None]
    fields += [(flag, "true") for flag in ("websocket", "module") if operation[flag]]
    for key in ("params", "errors"):
        if operation[key]:
            array = f"{key}_{c_name(operation)}"
            fields += [(key, array), (f"n_{key}", f"sizeof({array}) / sizeof({array}[0])")]
    return "\t{\n" + "".join(f"\t\t.{field} = {value},\n" for field, value in fields) + "\t},\n"


def emit_table(name, table):
    return (f"const struct ari_operation arip_{name}_table[] = {{\n"
            + "".join(emit_row(operation) for operation in table)
            + f"}};\n\nconst size_t arip_{name}_count =\n"
            + f"\tsizeof(arip_{name}_table) / sizeof(arip_{name}_table[0]);\n")


def emit_operations(table, ours):
    allowed, names = emit_allowed(table + ours)
    return (header("The operation tables of libari, sorted by name: ARI's, and what only the server\n"
                   "module has. operation.c looks things up in them.")
            + '#include "operation_table.h"\n\n' + allowed
            + "".join(emit_arrays(operation, names) for operation in table + ours)
            + emit_table("operation", table) + "\n" + emit_table("module_operation", ours))


def constant(kind):
    """ARI_EVENT_STASIS_START for StasisStart, ARI_EVENT_REST_RESPONSE for RESTResponse."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z]*", kind)
    return "ARI_EVENT_" + "_".join(words).upper()


EVENT_H = """#ifndef ARI_EVENT_KIND_H
#define ARI_EVENT_KIND_H

#include <stddef.h>

#pragma GCC visibility push(default)
#ifdef __cplusplus
extern "C" {
#endif

enum ari_event_kind {
	ARI_EVENT_UNKNOWN = 0,	/* a type that this version does not know: not an error */
%s	ARI_EVENT_KINDS		/* how many there are, UNKNOWN included; grows with the API */
};

/** The type of KIND as on the wire ("StasisStart"); "unknown" for any other value. Never NULL. */
const char *ari_event_kind_name(enum ari_event_kind kind);

/** The kind whose type is the LEN bytes at NAME, or ARI_EVENT_UNKNOWN. NAME may hold any bytes. */
enum ari_event_kind ari_event_kind_find(const char *name, size_t len);

#ifdef __cplusplus
}
#endif
#pragma GCC visibility pop

#endif
"""

EVENT_C = """#include "ari/event_kind.h"

#include <stdint.h>
#include <string.h>

struct kind_name {
	const char *text;
	size_t len;
};

static const struct kind_name names[ARI_EVENT_KINDS] = {
	[ARI_EVENT_UNKNOWN] = { "unknown", 7 },
%(names)s};

/* The slot of a type is %(formula)s. */
static const uint8_t slots[%(size)d] = {
%(slots)s};

const char *ari_event_kind_name(enum ari_event_kind kind)
{
	if ((unsigned int)kind >= ARI_EVENT_KINDS) {
		kind = ARI_EVENT_UNKNOWN;
	}
	return names[kind].text;
}

enum ari_event_kind ari_event_kind_find(const char *name, size_t len)
{
	const unsigned char *s = (const unsigned char *)name;
	enum ari_event_kind kind;

	if (len < %(shortest)d || len > %(longest)d) {
		return ARI_EVENT_UNKNOWN;
	}
	kind = slots[(%(expression)s) %% %(size)d];
	if (names[kind].len != len || memcmp(names[kind].text, name, len) != 0) {
		return ARI_EVENT_UNKNOWN;
	}
	return kind;
}
"""


def slot_of(kind, size, first, last, other, x, y):
    return (len(kind) + x * ord(kind[first]) + y * ord(kind[-last]) + ord(kind[-other])) % size


def perfect_hash(kinds):
    """A character from the start, two from the end and two factors that never collide."""
    shortest = min(map(len, kinds))
    ends = range(1, shortest + 1)
    for size in (64, 128, 256):
        for choice in itertools.product(range(shortest), ends, ends, range(1, 32), range(1, 32)):
            if (choice[1] != choice[2]
                    and len({slot_of(kind, size, *choice) for kind in kinds}) == len(kinds)):
                return (size, *choice)
    raise Invalid("no perfect hash for the event kinds: widen the search in generate.py")


def emit_event_h(kinds):
    rows = "".join(f"\t{constant(kind)},\n" for kind in kinds)
    return header("The kinds of messages that the event stream carries. The numbers are part of the ABI of\n"
                  "one major version.") + EVENT_H % rows


def emit_event_c(kinds):
    size, first, last, other, x, y = perfect_hash(kinds)
    slots = {slot_of(kind, size, first, last, other, x, y): kind for kind in kinds}
    return header("Names of the event kinds. Finding one is called for each event: a perfect hash, then one\n"
                  "comparison.") + EVENT_C % {
        "names": "".join(f"\t[{constant(kind)}] = {{ {c_string(kind)}, {len(kind)} }},\n"
                         for kind in kinds),
        "formula": f"a sum of its length and of three of its characters, modulo {size}",
        "slots": "".join(f"\t[{slot}] = {constant(slots[slot])},\n" for slot in sorted(slots)),
        "size": size,
        "shortest": min(map(len, kinds)),
        "longest": max(map(len, kinds)),
        "expression": f"len + {x} * s[{first}] + {y} * s[len - {last}] + s[len - {other}]",
    }


# --- files -------------------------------------------------------------------


def outputs(description, overlay):
    kinds = event_kinds(description, overlay)
    return {
        os.path.join(LIB, "operation_table.c"): emit_operations(
            operations(description), module_operations(description, overlay)),
        os.path.join(LIB, "ari", "event_kind.h"): emit_event_h(kinds),
        os.path.join(LIB, "event_kind.c"): emit_event_c(kinds),
    }


def read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return None


def write(path, text):
    if read(path) == text:
        return
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(path + ".new", path)


def main(arguments):
    if arguments not in ([], ["--check"]):
        print("generate.py: expected no argument or --check", file=sys.stderr)
        return 2
    try:
        files = outputs(load(), load(MODULE))
    except (Invalid, KeyError, ValueError) as error:
        print(f"{os.path.relpath(SOURCE)}: {error}", file=sys.stderr)
        return 1
    if not arguments:
        for path, text in files.items():
            write(path, text)
        return 0
    stale = [os.path.relpath(path) for path, text in files.items() if read(path) != text]
    for path in stale:
        print(f"{path}: stale, run: python3 lib/api/generate.py", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
