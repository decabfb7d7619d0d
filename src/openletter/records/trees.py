"""Git's trees with SHA-256 ids, by their bytes (``spec/history.md``, "Tree ids"; ``spec/bundle.md``, "Trees")."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from openletter.errors import ForeignPath

FILE: Final = b"100644"
FOLDER: Final = b"40000"

_ENTRY: Final = re.compile(rb"(100644|100755|120000|40000) ([^\0/]+)\0(.{32})", re.DOTALL)
_ID_BYTES: Final = 32
_AROUND: Final = 2
"""The space and the zero byte of an entry."""


class Entry(NamedTuple):
    """An entry of a tree: its mode as it stands there, and the 32 bytes of its id."""

    mode: bytes
    id: bytes


def blob_id(data: bytes) -> bytes:
    """The SHA-256 id, 32 bytes, that git gives to a file."""
    return object_id(b"blob", data)


def tree_id(body: bytes) -> bytes:
    """The SHA-256 id, 32 bytes, that git gives to a tree of this body."""
    return object_id(b"tree", body)


def object_id(kind: bytes, data: bytes) -> bytes:
    """The SHA-256 id, 32 bytes, that git gives to an object of this kind."""
    return hashlib.sha256(b"%s %d\0" % (kind, len(data)) + data).digest()


def entry(mode: bytes, name: bytes, inner: bytes) -> bytes:
    """The bytes of one entry of a tree."""
    return mode + b" " + name + b"\0" + inner


def parse_tree(body: bytes) -> Mapping[bytes, Entry]:
    """The entries of a tree that git could have written, by name; raises `ForeignPath` for any other bytes."""
    found = _ENTRY.findall(body)
    if sum(len(mode) + len(name) for mode, name, _ in found) + (_ID_BYTES + _AROUND) * len(found) != len(body):
        raise ForeignPath("these bytes are not those of a tree of files, links and folders")
    # Git sorts a folder as if its name ended in a slash.
    places = [name + b"/" if mode == FOLDER else name for mode, name, _ in found]
    entries = {name: Entry(mode, inner) for mode, name, inner in found}
    if len(entries) != len(found) or not all(map(bytes.__lt__, places, places[1:])):
        raise ForeignPath("the entries of this tree are not as git orders them, each once")
    return entries
