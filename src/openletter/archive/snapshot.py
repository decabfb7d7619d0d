"""One state of an archive, read by its grammar (``spec/archive.md``, "Reading").

A `Source` lists and reads entries: a git tree, or a plain folder. A `Snapshot` admits from it what the grammar of names
admits, and turns all else into faults that name the path. Sizes are looked at before bytes are read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

from openletter.archive.layout import (
    ATTRIBUTES,
    ATTRIBUTES_MARK,
    ATTRIBUTES_PATH,
    CHECKPOINTS,
    MAX_FOLDER,
    MAX_SIZES,
    YEAR,
)
from openletter.errors import AttributesChanged, ForeignPath, IdError, Invalid, NotAnArchive, TooLarge
from openletter.records.folder import Folder
from openletter.records.names import (
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

    def read(self, path: str) -> bytes:
        """The bytes of a file."""


class Snapshot:
    """One state of an archive. `commit` is the commit's id in hex, or `None` for a plain folder."""

    def __init__(self, source: Source, *, commit: str | None) -> None:
        self._source = source
        self.commit = commit

    def check_mark(self) -> None:
        """Raise `NotAnArchive` where the mark is missing, `AttributesChanged` where it isn't the fixed one."""
        entries = {entry.name: entry.kind for entry in self._source.list("") or ()}
        for name in ("archive", "keys"):
            if entries.get(name, FOLDER) != FOLDER:
                raise ForeignPath(f"{entries[name]} stands where a folder is due", path=name)
        hint = "make an archive with: openletter init FOLDER"
        if ATTRIBUTES_PATH not in entries:
            raise NotAnArchive("this is no archive of letters: it has no .gitattributes that marks one", hint=hint)
        if entries[ATTRIBUTES_PATH] != FILE:
            raise AttributesChanged(f"{entries[ATTRIBUTES_PATH]} stands in its place", path=ATTRIBUTES_PATH)
        size = self._source.size(ATTRIBUTES_PATH)
        data = self._source.read(ATTRIBUTES_PATH) if size <= 1 << 16 else b""
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
            for slug in self._source.list(f"archive/{year.name}") or ()
            if slug.kind == FOLDER and _is(parse_letter_id, f"{year.name}/{slug.name}")
        )

    def letter(self, letter: str) -> Folder | None:
        """The folder of a letter; `None` where there is none."""
        return self._folder(letter_folder(letter), parse_letter_file)

    def _years(self) -> Iterator[Entry]:
        for entry in self._source.list("archive") or ():
            if entry.kind == FOLDER and YEAR.fullmatch(entry.name):
                yield entry

    # --- key records ---

    def organizations(self) -> tuple[str, ...]:
        """The ids of all organizations with key records, sorted."""
        return tuple(
            entry.name
            for entry in self._source.list("keys") or ()
            if entry.kind == FOLDER and _is(parse_organization_id, entry.name)
        )

    def keys(self, organization: str) -> Folder | None:
        """The folder of an organization's key records; `None` where there is none."""
        return self._folder(key_folder(organization), parse_key_file)

    def key_file_names(self, organization: str) -> tuple[str, ...]:
        """The names in the folder of an organization's key records, without reading a file."""
        return tuple(entry.name for entry in self._source.list(key_folder(organization)) or ())

    # --- checkpoints ---

    def checkpoints(self) -> Mapping[str, Folder]:
        """The folders of checkpoints, by organization."""
        path = f"archive/{CHECKPOINTS}"
        found = (
            (entry.name, self._folder(f"{path}/{entry.name}", parse_checkpoint_file))
            for entry in self._source.list(path) or ()
            if entry.kind == FOLDER and _is(parse_organization_id, entry.name)
        )
        return {name: folder for name, folder in found if folder is not None}

    # --- what belongs to no letter and no organization ---

    def faults(self) -> tuple[Invalid, ...]:
        """What stands in ``archive`` and ``keys`` outside the folders of letters, organizations and checkpoints."""
        return tuple(self._faults())

    def _faults(self) -> Iterator[Invalid]:
        for entry in self._source.list("archive") or ():
            path = f"archive/{entry.name}"
            if entry.kind != FOLDER:
                yield ForeignPath(f"{entry.kind} has no place here", path=path)
            elif YEAR.fullmatch(entry.name):
                yield from self._strangers(path, partial(_parse_slug, entry.name))
            elif entry.name == CHECKPOINTS:
                yield from self._strangers(path, parse_organization_id)
            else:
                yield ForeignPath("a folder here is a year or checkpoints", path=path)
        yield from self._strangers("keys", parse_organization_id)

    def _strangers(self, path: str, parse: Callable[[str], object]) -> Iterator[Invalid]:
        for entry in self._source.list(path) or ():
            where = f"{path}/{entry.name}"
            if entry.kind != FOLDER:
                yield ForeignPath(f"{entry.kind} has no place here", path=where)
                continue
            try:
                parse(entry.name)
            except IdError as error:
                yield ForeignPath(error.message, path=where)

    def _folder(self, path: str, parse: Callable[[str], object]) -> Folder | None:
        entries = self._source.list(path)
        if entries is None:
            return None
        files: dict[str, bytes] = {}
        faults: list[Invalid] = []
        total = 0
        for entry in entries:
            where = f"{path}/{entry.name}"
            try:
                parse(entry.name)
                if entry.kind != FILE:
                    raise ForeignPath(f"{entry.kind} stands where a plain file is due")
                most = MAX_SIZES[entry.name[entry.name.rindex(".") :]]
                if (size := self._source.size(where)) > most:
                    raise TooLarge(f"{size} bytes, and at most {most} are allowed")
                if (total := total + size) > MAX_FOLDER:
                    raise TooLarge(
                        f"the files of one folder may have {MAX_FOLDER} bytes together; this one is not read"
                    )
                files[entry.name] = self._source.read(where)
            except Invalid as error:
                faults.append(error.at(path=where))
        return Folder(path=path, files=files, faults=tuple(faults))


def _parse_slug(year: str, slug: str) -> str:
    return parse_letter_id(f"{year}/{slug}")


def _is(parse: Callable[[str], object], text: str) -> bool:
    try:
        parse(text)
    except IdError:
        return False
    return True
