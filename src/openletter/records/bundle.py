"""A bundle: the evidence for one revision of a letter, in one text that travels (``spec/bundle.md``, "bundle/1").

What it holds is judged elsewhere; here it is read and written. No string in it has a character that JSON, HTML or a
shell would take for its own, and one bundle has one spelling.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from openletter.errors import BundleError, ForeignPath, IdError
from openletter.records.folder import Folder
from openletter.records.names import (
    MAX_NUMBER,
    RecordName,
    check_path,
    letter_folder,
    parse_letter_id,
    parse_organization_id,
)
from openletter.records.trees import Entry, parse_tree, tree_id

FORMAT: Final = "bundle/1"
MAX_BYTES: Final = 1 << 25
"""The most bytes that a bundle may have."""
MAX_FILES: Final = 100_000
MAX_TREES: Final = 10_000
MAX_KNOWN: Final = 10_000

_END: Final = re.compile(rb',"sha256":"([0-9a-f]{64})"\}')
_END_BYTES: Final = 77
_PLAIN: Final = re.compile(rb"[!-%'-;=?-\[\]-~]+")
"""ASCII that can be seen, but ``&``, ``<``, ``>`` and the backslash: nothing in it needs an escape."""
_MOST_BRACES: Final = {b"{": 2, b"}": 2, b"[": 2, b"]": 2}
_FIELDS: Final = ("format", "letter", "revision", "known", "files", "trees")
_OPTIONAL: Final = frozenset({"known", "trees"})


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """The evidence for one revision of a letter, valid from construction; raises `BundleError` with the field.

    `files` are paths in an archive and bytes; `trees` the bodies of git trees with SHA-256 ids that show what
    checkpoints hold, `known` ids of organizations that one in it could be taken for.
    """

    letter: str
    revision: int
    files: Mapping[str, bytes]
    trees: frozenset[bytes] = frozenset()
    known: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        try:
            parse_letter_id(self.letter)
        except IdError as error:
            raise BundleError(error.message, field="letter") from None
        if not 1 <= self.revision <= MAX_NUMBER:
            raise BundleError(f"a revision has a number from 1 to {MAX_NUMBER}", field="revision")
        self._check_known()
        self._check_files()
        self._check_trees()

    def _check_known(self) -> None:
        if len(self.known) > MAX_KNOWN:
            raise BundleError(f"more than {MAX_KNOWN} ids", field="known")
        for organization in self.known:
            try:
                parse_organization_id(organization)
            except IdError as error:
                raise BundleError(error.message, field="known") from None
        if list(self.known) != sorted(set(self.known)):
            raise BundleError("the ids are not sorted, each once", field="known")

    def _check_files(self) -> None:
        if len(self.files) > MAX_FILES:
            raise BundleError(f"more than {MAX_FILES} files", field="files")
        own = letter_folder(self.letter)
        for path in self.files:
            try:
                check_path(path)
            except ForeignPath as error:
                raise BundleError(f"{error.message}: {_shown(path)}", field="files") from None
            if not path.startswith((f"{own}/", "keys/", "archive/checkpoints/")):
                raise BundleError(f"this belongs to another letter: {path}", field="files")
        if f"{own}/{RecordName(number=self.revision)}" not in self.files:
            raise BundleError("the revision that it is about is not in it", field="files")

    def _check_trees(self) -> None:
        if len(self.trees) > MAX_TREES:
            raise BundleError(f"more than {MAX_TREES} trees", field="trees")
        self.entries  # noqa: B018  # it parses them

    @cached_property
    def entries(self) -> Mapping[bytes, Mapping[bytes, Entry]]:
        """The entries of its trees, by the ids of the trees."""
        try:
            return {tree_id(body): parse_tree(body) for body in self.trees}
        except ForeignPath as error:
            raise BundleError(error.message, field="trees") from None

    @cached_property
    def folders(self) -> Mapping[str, Folder]:
        """Its files as folders, by their paths."""
        found: dict[str, dict[str, bytes]] = {}
        for path, data in self.files.items():
            folder, _, name = path.rpartition("/")
            found.setdefault(folder, {})[name] = data
        return {path: Folder(path=path, files=files) for path, files in found.items()}

    def to_bytes(self) -> bytes:
        """The one text of this bundle: ASCII, without a line's end; raises `BundleError` where it is too large."""
        fields: dict[str, Any] = {"format": FORMAT, "letter": self.letter, "revision": self.revision}
        if self.known:
            fields["known"] = list(self.known)
        fields["files"] = {path: _encoded(data) for path, data in sorted(self.files.items())}
        if self.trees:
            fields["trees"] = [_encoded(body) for body in sorted(self.trees, key=tree_id)]
        start = json.dumps(fields, ensure_ascii=True, separators=(",", ":")).encode("ascii")[:-1]
        data = start + b',"sha256":"' + hashlib.sha256(start).hexdigest().encode("ascii") + b'"}'
        if len(data) > MAX_BYTES:
            raise BundleError(f"{len(data)} bytes, and at most {MAX_BYTES} may travel in one file")
        return data


def decode(data: bytes) -> Bundle:
    """The bundle that these bytes are; raises `BundleError`, with the field where one is at fault.

    The time and memory that it takes are bounded by the size, which is looked at first.
    """
    # Step 1: the size.
    if len(data) > MAX_BYTES:
        raise BundleError(f"{len(data)} bytes, and at most {MAX_BYTES} are allowed")
    # Step 2: the sum, against accidents.
    end = _END.fullmatch(data, max(len(data) - _END_BYTES, 0))
    if end is None:
        raise BundleError("it doesn't end in its own sum, so it is no bundle, or a part of one", field="sha256")
    start = data[:-_END_BYTES]
    if hashlib.sha256(start).hexdigest().encode("ascii") != end[1]:
        raise BundleError("it was changed or damaged: its sum is that of other bytes", field="sha256")
    # Step 3: no more characters and levels than there can be.
    if not _PLAIN.fullmatch(start):
        raise BundleError("a character that has no place in it")
    if any(data.count(brace) > most for brace, most in _MOST_BRACES.items()):
        raise BundleError("more levels than it has")
    # Step 4: JSON, with the fields in their order.
    fields = _fields(data)
    if fields.get("format") != FORMAT:
        raise BundleError(f"the format is not {FORMAT}", field="format")
    expected = tuple(name for name in _FIELDS if name in fields or name not in _OPTIONAL)
    if tuple(fields) != (*expected, "sha256"):
        raise BundleError(f"the fields are not {', '.join((*_FIELDS, 'sha256'))} in this order")
    # Step 5: their kinds and values.
    bundle = Bundle(
        letter=_text(fields["letter"], "letter"),
        revision=_number(fields["revision"]),
        known=tuple(_text(it, "known") for it in _list(fields.get("known", []), "known")),
        files={path: _decoded(it, "files") for path, it in _map(fields["files"]).items()},
        trees=_distinct([_decoded(it, "trees") for it in _list(fields.get("trees", []), "trees")]),
    )
    # Step 6: one spelling.
    if bundle.to_bytes() != data:
        raise BundleError("written again, this gives other bytes")
    return bundle


def _fields(data: bytes) -> dict[str, object]:
    def pairs(found: list[tuple[str, object]]) -> dict[str, object]:
        if len(whole := dict(found)) != len(found):
            raise BundleError("a name stands twice in it")
        return whole

    def refused(_: str) -> object:
        raise BundleError("a number that has no place in it")

    def number(text: str) -> object:
        return int(text) if len(text) <= len(str(MAX_NUMBER)) else refused(text)

    try:
        found = json.loads(
            data.decode("ascii"),
            object_pairs_hook=pairs,
            parse_int=number,
            parse_float=refused,
            parse_constant=refused,
        )
    except ValueError:
        raise BundleError("it is no JSON") from None
    if not isinstance(found, dict):
        raise BundleError("it is no object of JSON")
    return found


def _text(value: object, field: str) -> str:
    if not isinstance(value, str):
        raise BundleError("a text is due here", field=field)
    return value


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise BundleError("a whole number is due here", field="revision")
    return value


def _list(value: object, field: str) -> list[object]:
    if not isinstance(value, list):
        raise BundleError("a list is due here", field=field)
    return value


def _map(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise BundleError("an object is due here", field="files")
    return value


def _distinct(bodies: list[bytes]) -> frozenset[bytes]:
    if len(found := frozenset(bodies)) != len(bodies):
        raise BundleError("a tree stands twice in it", field="trees")
    return found


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _decoded(value: object, field: str) -> bytes:
    """The bytes of a text in base64; that it is the one text for them is seen when it is written again."""
    try:
        return base64.b64decode(_text(value, field), validate=True)
    except ValueError:
        raise BundleError("this is no base64", field=field) from None


def _shown(path: str) -> str:
    return path if len(path) <= 100 else path[:100] + "…"
