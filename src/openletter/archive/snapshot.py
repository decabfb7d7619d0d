"""One state of an archive, read by its grammar (``spec/archive.md``, "Reading").

A `Source` lists and reads entries: a git tree, or a plain folder. A `Snapshot` admits from it what the grammar of names
admits, and turns all else into faults that name the path. Sizes are looked at before bytes are read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

from openletter.archive.layout import (
    ATTRIBUTES,
    ATTRIBUTES_MARK,
    ATTRIBUTES_PATH,
    CHECKPOINTS,
    MAX_FAULTS,
    MAX_FOLDER,
    MAX_SIZES,
    MAX_STATE,
    MAX_STATE_ENTRIES,
    YEAR,
)
from openletter.errors import AttributesChanged, ForeignPath, IdError, Invalid, NotAnArchive, TooLarge
from openletter.records.folder import Folder
from openletter.records.names import (
    RecordName,
    checkpoint_folder,
    key_folder,
    letter_folder,
    parse_checkpoint_file,
    parse_key_file,
    parse_letter_file,
    parse_letter_id,
    parse_organization_id,
)

FILE: Final = "a file"
FOLDER: Final = "a folder"

# What HFS+ leaves out when it compares names; where Windows sees the end of a name; the short names that NTFS gives.
_IGNORED: Final = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
_BEYOND: Final = re.compile(r"[:/\\]")
_SHORT: Final = re.compile(r"(gitatt|gi[0-9a-f]{4})~[0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A name in a folder; `kind` is `FILE`, `FOLDER`, or in words what else stands there."""

    name: str
    kind: str


class Source(Protocol):
    """Where a snapshot comes from. Paths are relative, with slashes, and were built from names that `list` gave."""

    def list(self, path: str) -> list[Entry] | None:
        """The entries of a folder, sorted by name; `None` where there is no such folder."""

    def size(self, path: str) -> int:
        """The size of a file in bytes."""

    def read(self, path: str, most: int) -> bytes:
        """The bytes of a file; raises `TooLarge` where it has more than `most`, without reading on."""

    def state(self, path: str) -> str | None:
        """What is another wherever anything in a folder is another; `None` where that takes reading all of it."""


@dataclass(frozen=True, slots=True)
class _Ahead:
    """A source, and files that are to be added to it."""

    source: Source
    files: Mapping[str, bytes]

    def list(self, path: str) -> list[Entry] | None:
        start = f"{path}/" if path else ""
        below = (file.removeprefix(start).partition("/") for file in self.files if file.startswith(start))
        added = {name: Entry(name=name, kind=FOLDER if slash else FILE) for name, slash, _ in below}
        entries = self.source.list(path)
        if entries is None and not added:
            return None
        merged = {entry.name: entry for entry in entries or ()} | added
        return [merged[name] for name in sorted(merged)]

    def size(self, path: str) -> int:
        return len(self.files[path]) if path in self.files else self.source.size(path)

    def read(self, path: str, most: int) -> bytes:
        return self.files[path] if path in self.files else self.source.read(path, most)

    def state(self, path: str) -> str | None:
        return None if any(file.startswith(f"{path}/") for file in self.files) else self.source.state(path)


class Snapshot:
    """One state of an archive. `commit` is the commit's id in hex, or `None` for a plain folder."""

    def __init__(self, source: Source, *, commit: str | None) -> None:
        self._source = source
        self._entries: dict[str, int] = {}
        self._bytes: dict[str, int] = {}
        self._total = 0
        self._total_bytes = 0
        self.commit = commit

    def with_files(self, files: Mapping[str, bytes]) -> Snapshot:
        """This state with more files, by path: as it will be once they are recorded."""
        return Snapshot(_Ahead(self._source, files), commit=None)

    def check_mark(self) -> None:
        """Raise `NotAnArchive` where the mark is missing, `AttributesChanged` where it isn't the fixed one."""
        entries = {entry.name: entry.kind for entry in self._list("") or ()}
        for name in entries:
            if (place := mistaken_for(name)) is not None:
                raise ForeignPath(f"some file systems can't tell this name from {place}", path=name)
        for name in ("archive", "keys"):
            if entries.get(name, FOLDER) != FOLDER:
                raise ForeignPath(f"{entries[name]} stands where a folder is due", path=name)
        hint = "make an archive with: openletter init FOLDER"
        if ATTRIBUTES_PATH not in entries:
            raise NotAnArchive("this is no archive of letters: it has no .gitattributes that marks one", hint=hint)
        if entries[ATTRIBUTES_PATH] != FILE:
            raise AttributesChanged(f"{entries[ATTRIBUTES_PATH]} stands in its place", path=ATTRIBUTES_PATH)
        size = self._source.size(ATTRIBUTES_PATH)
        data = self._source.read(ATTRIBUTES_PATH, 1 << 16) if size <= 1 << 16 else b""
        if data == ATTRIBUTES:
            return
        if not data.startswith(ATTRIBUTES_MARK) and not {"archive", "keys"} & entries.keys():
            raise NotAnArchive("this is no archive of letters: its .gitattributes doesn't mark one", hint=hint)
        raise AttributesChanged(
            "this file is fixed, and it was changed: it could hide or convert files of the archive",
            path=ATTRIBUTES_PATH,
            hint="restore it from an older commit or another copy, or compare with: openletter init elsewhere",
        )

    # --- letters ---

    def letters(self) -> tuple[str, ...]:
        """The ids of all letters, sorted."""
        return tuple(
            f"{year.name}/{slug.name}"
            for year in self._years()
            for slug in self._list(f"archive/{year.name}") or ()
            if slug.kind == FOLDER and _is(parse_letter_id, f"{year.name}/{slug.name}")
        )

    def letter(self, letter: str) -> Folder | None:
        """The folder of a letter; `None` where there is none."""
        return self._folder(letter_folder(letter), parse_letter_file)

    def letter_texts(self, letter: str) -> Folder | None:
        """The folder of a letter without its signatures and withdrawals; `None` where there is none."""
        return self._folder(letter_folder(letter), parse_letter_file, only=RecordName)

    def letter_state(self, letter: str) -> str | None:
        """What is another wherever anything in the letter's folder is another: git's id of it in hex.

        `None` where there is no such id, as in a plain folder: that has to be read.
        """
        return self._source.state(letter_folder(letter))

    def letter_file_names(self, letter: str) -> tuple[str, ...]:
        """The names in the folder of a letter, without reading a file."""
        return self._names(letter_folder(letter))

    def _years(self) -> Iterator[Entry]:
        for entry in self._list("archive") or ():
            if entry.kind == FOLDER and YEAR.fullmatch(entry.name):
                yield entry

    # --- key records ---

    def organizations(self) -> tuple[str, ...]:
        """The ids of all organizations with key records, sorted."""
        return tuple(
            entry.name
            for entry in self._list("keys") or ()
            if entry.kind == FOLDER and _is(parse_organization_id, entry.name)
        )

    def keys(self, organization: str) -> Folder | None:
        """The folder of an organization's key records; `None` where there is none."""
        return self._folder(key_folder(organization), parse_key_file)

    def keys_state(self, organization: str) -> str | None:
        """What is another wherever anything in the folder of key records is, as `letter_state`."""
        return self._source.state(key_folder(organization))

    def key_file_names(self, organization: str) -> tuple[str, ...]:
        """The names in the folder of an organization's key records, without reading a file."""
        return self._names(key_folder(organization))

    def _names(self, path: str) -> tuple[str, ...]:
        try:
            return tuple(entry.name for entry in self._list(path) or ())
        except Invalid:
            return ()  # it is told where this folder is read

    # --- checkpoints ---

    def checkpoints(self, organizations: Iterable[str] | None = None) -> Mapping[str, Folder]:
        """The folders of checkpoints, by organization; where `organizations` are named, theirs, in that order."""
        path = f"archive/{CHECKPOINTS}"
        there = self.checkpoint_organizations()
        wanted = there if organizations is None else [name for name in dict.fromkeys(organizations) if name in there]
        found = ((name, self._folder(f"{path}/{name}", parse_checkpoint_file)) for name in wanted)
        return {name: folder for name, folder in found if folder is not None}

    def checkpoint_organizations(self) -> tuple[str, ...]:
        """The ids of all organizations with checkpoints, sorted."""
        return tuple(
            entry.name
            for entry in self._list(f"archive/{CHECKPOINTS}") or ()
            if entry.kind == FOLDER and _is(parse_organization_id, entry.name)
        )

    def checkpoint_file_names(self, organization: str) -> tuple[str, ...]:
        """The names in the folder of an organization's checkpoints, without reading a file."""
        try:
            return tuple(entry.name for entry in self._list(checkpoint_folder(organization)) or ())
        except Invalid:
            return ()  # it is told where this folder is read

    # --- what belongs to no letter and no organization ---

    def faults(self) -> tuple[Invalid, ...]:
        """What stands in ``archive`` and ``keys`` outside the folders of letters, organizations and checkpoints."""
        return tuple(_few(self._faults(), "archive", 10 * MAX_FAULTS))

    def _faults(self) -> Iterator[Invalid]:
        for entry in self._list("archive") or ():
            path = f"archive/{entry.name}"
            if entry.kind != FOLDER:
                yield ForeignPath(f"{entry.kind} has no place here", path=path)
            elif YEAR.fullmatch(entry.name):
                yield from _few(self._strangers(path, partial(_parse_slug, entry.name)), path)
            elif entry.name == CHECKPOINTS:
                yield from _few(self._strangers(path, parse_organization_id), path)
            else:
                yield ForeignPath("a folder here is a year or checkpoints", path=path)
        yield from _few(self._strangers("keys", parse_organization_id), "keys")

    def _strangers(self, path: str, parse: Callable[[str], object]) -> Iterator[Invalid]:
        for entry in self._list(path) or ():
            where = f"{path}/{entry.name}"
            if entry.kind != FOLDER:
                yield ForeignPath(f"{entry.kind} has no place here", path=where)
                continue
            try:
                parse(entry.name)
            except IdError as error:
                yield ForeignPath(error.message, path=where)

    def _folder(self, path: str, parse: Callable[[str], object], *, only: type[object] | None = None) -> Folder | None:
        try:
            entries = self._list(path)
        except Invalid as error:
            return Folder(path=path, files={}, faults=(error,))
        if entries is None:
            return None
        if only is not None:
            entries = [entry for entry in entries if _names(parse, entry.name, only)]
        files: dict[str, bytes] = {}
        left = MAX_STATE - self._total_bytes + self._bytes.get(path, 0)
        faults = tuple(_few(self._files(path, entries, parse, files, left), path))
        size = sum(map(len, files.values()))
        self._total_bytes += size - self._bytes.get(path, 0)
        self._bytes[path] = size
        return Folder(path=path, files=files, faults=faults)

    def _files(
        self, path: str, entries: Iterable[Entry], parse: Callable[[str], object], files: dict[str, bytes], left: int
    ) -> Iterator[Invalid]:
        """Read the files of a folder into `files`, at most `left` bytes, and yield what is wrong with the others.

        The small ones come first: whoever fills a folder up with large ones takes nothing from the records in it.
        """
        found: list[tuple[int, str, int]] = []
        for entry in entries:
            where = f"{path}/{entry.name}"
            try:
                parse(entry.name)
                if entry.kind != FILE:
                    raise ForeignPath(f"{entry.kind} stands where a plain file is due")
                most = MAX_SIZES[entry.name[entry.name.rindex(".") :]]
                if (size := self._source.size(where)) > most:
                    raise TooLarge(f"{size} bytes, and at most {most} are allowed")
                found.append((size, entry.name, most))
            except Invalid as error:
                yield error.at(path=where)
        total = 0
        for size, name, most in sorted(found):
            where = f"{path}/{name}"
            total += size
            try:
                if total > min(MAX_FOLDER, left):
                    what, limit = ("one folder", MAX_FOLDER) if left >= MAX_FOLDER else ("an archive", MAX_STATE)
                    raise TooLarge(f"the files of {what} may have {limit} bytes together; this one is not read")
                files[name] = self._source.read(where, most)
            except Invalid as error:
                yield error.at(path=where)

    def _list(self, path: str) -> list[Entry] | None:
        """The entries of a folder, counted: one small folder can stand in a million places."""
        entries = self._source.list(path)
        self._total += len(entries or ()) - self._entries.get(path, 0)
        self._entries[path] = len(entries or ())
        if self._total > MAX_STATE_ENTRIES:
            raise TooLarge(f"the folders of an archive may have {MAX_STATE_ENTRIES} entries together", path=path)
        return entries


def _few(faults: Iterable[Invalid], path: str, most: int = MAX_FAULTS) -> Iterator[Invalid]:
    """The first of many faults, and how many more there are."""
    more = 0
    for number, fault in enumerate(faults):
        if number < most:
            yield fault
        else:
            more += 1
    if more:
        yield ForeignPath(f"and {more} more faults like these", path=path)


def mistaken_for(name: str) -> str | None:
    """Which of the three names at the top of an archive some file system takes this one for, where it is none."""
    place = _place(name)
    return place if place != name and place in ("archive", "keys", ATTRIBUTES_PATH) else None


def _place(name: str) -> str:
    """The name that a file system may take a name for: letter case, invisible characters, streams and short names."""
    shown = _IGNORED.sub("", unicodedata.normalize("NFD", name))
    folded = _BEYOND.split(shown, maxsplit=1)[0].rstrip(" .").casefold()
    return ATTRIBUTES_PATH if _SHORT.fullmatch(folded) else folded


def _parse_slug(year: str, slug: str) -> str:
    return parse_letter_id(f"{year}/{slug}")


def _names(parse: Callable[[str], object], name: str, kind: type[object]) -> bool:
    """Is this a name of this kind?"""
    try:
        return isinstance(parse(name), kind)
    except Invalid:
        return False


def _is(parse: Callable[[str], object], text: str) -> bool:
    try:
        parse(text)
    except IdError:
        return False
    return True
