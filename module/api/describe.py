#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 The astctl authors
"""Make the module's API description: lib/api/ari.json with module/api/stasis.json on top.

    describe.py [FILE]     write it to FILE, or to the standard output

stasis.json says only what differs. An object is merged member by member, anything else
replaces what was there. A name that ends in "+" adds to a list; "parameters=" changes
parameters that are there, by name. Each JSON body gets an XML twin. The same input gives
the same bytes.
"""

import copy
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
BASE = os.path.join(HERE, "../../lib/api/ari.json")
OVERLAY = os.path.join(HERE, "stasis.json")
METHODS = ("get", "put", "post", "delete")


class Invalid(Exception):
    """The overlay does not fit; the text is one line."""


def change_named(items, changes, where):
    for name, change in changes.items():
        found = [item for item in items if item.get("name") == name]
        if len(found) != 1:
            raise Invalid(f"{where}: {len(found)} parameters are called {name}, expected one")
        merge(found[0], change, f"{where}/{name}")


def merge(base, overlay, where=""):
    for key, value in overlay.items():
        place = f"{where}/{key}"
        if key.endswith("="):
            change_named(base.get(key[:-1], []), value, place)
        elif key.endswith("+"):
            if not isinstance(base.get(key[:-1]), list):
                raise Invalid(f"{place}: there is no such list to add to")
            base[key[:-1]].extend(value)
        elif isinstance(value, dict) and isinstance(base.get(key), dict):
            merge(base[key], value, place)
        else:
            base[key] = value


def add_xml(node):
    """Where JSON goes in or out, XML does."""
    content = node.get("content", {})
    if "application/json" in content:
        content["application/xml"] = copy.deepcopy(content["application/json"])


def bodies(description):
    for path in description["paths"].values():
        for method in METHODS:
            if method not in path:
                continue
            operation = path[method]
            if "requestBody" in operation:
                yield operation["requestBody"]
            yield from operation["responses"].values()
    yield from description["components"]["responses"].values()


def describe():
    with open(BASE, encoding="utf-8") as file:
        description = json.load(file)
    with open(OVERLAY, encoding="utf-8") as file:
        merge(description, json.load(file))
    for body in bodies(description):
        add_xml(body)
    description["paths"] = dict(sorted(description["paths"].items()))
    return json.dumps(description, ensure_ascii=False, separators=(",", ":")) + "\n"


def main():
    try:
        text = describe()
    except (Invalid, OSError, ValueError) as error:
        print(f"describe.py: {error}", file=sys.stderr)
        return 1
    if len(sys.argv) > 1:
        with open(sys.argv[1], "w", encoding="utf-8") as file:
            file.write(text)
    else:
        sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
