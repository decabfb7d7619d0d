"""An index of wordings: which letters of an archive share text with a copy (``spec/identify.md``, "The index").

It is derived from the archive and decides nothing: it names candidates, which are then read from the archive and
graded. A false index can so hide a letter from this search, and do nothing else. It is one SQLite file in a folder of
the user's own, or lies in memory where no such file can be kept. Whatever is wrong with the file, it is made again.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import stat
import unicodedata
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from fcntl import LOCK_EX, flock
from math import log
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeVar
from zlib import crc32

from openletter.search.shingles import asked, of_record

Texts = Callable[[str], Mapping[int, bytes]]
"""Reads a letter: the bytes of its revisions, by their numbers."""
Progress = Callable[[int, int], None]
"""Called with how many letters are read, and how many there are to read."""

_T = TypeVar("_T")
_FORMAT: Final = "openletter wordings/1"
_APPLICATION: Final = 0x6F6C6977
# An index that folds or reads in another way is another index.
_VERSION: Final = crc32(f"{_FORMAT} {unicodedata.unidata_version}".encode()) & 0x7FFFFFFF
_SCHEMA: Final = (
    "CREATE TABLE letter (id INTEGER PRIMARY KEY, name TEXT UNIQUE, state TEXT, digest BLOB NOT NULL)",
    "CREATE TABLE revision (letter INTEGER NOT NULL, number INTEGER NOT NULL, size INTEGER NOT NULL,"
    " added BLOB NOT NULL, removed BLOB NOT NULL, PRIMARY KEY (letter, number)) WITHOUT ROWID",
    "CREATE TABLE posting (shingle INTEGER NOT NULL, letter INTEGER NOT NULL,"
    " PRIMARY KEY (shingle, letter)) WITHOUT ROWID",
)
_SETTINGS: Final = (
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cell_size_check = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA mmap_size = 0",
    "PRAGMA cache_size = -65536",
    "PRAGMA synchronous = NORMAL",
)
_PATIENCE: Final = 60.0
"""Seconds to wait for another process that is making the index."""
_AT_ONCE: Final = 500_000
"""How many postings are sorted before they are written: in order, they are written much faster."""
_COMMON: Final = 200
"""What more letters than this share tells none of them apart."""
_LEAST_SHARE: Final = 0.2
"""A letter that shares less than this part of what the best one shares is no candidate beside it."""
_LEAST_HITS: Final = ((100, 3), (30, 2), (0, 1))
"""How many shingles a letter must share at least, by how many are asked for: some come in any text of a language."""
_SPARE: Final = 1_000
"""How many outdated letters may stay in an index that is small."""


class _Unsound(ValueError):
    """The file holds what was not written there by `Index`."""


class Index:
    """The wordings of one archive. `file` is where it is kept, `None` for memory alone; nothing of it raises."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._lost = 0
        self._source: tuple[Mapping[str, str | None], Texts, Progress | None] = ({}, lambda _: {}, None)
        self._database = self._open()

    @classmethod
    def file_in(cls, folder: Path, archive: Path) -> Path:
        """The file for the archive at this path, in a folder that holds nothing else."""
        return folder / f"{hashlib.sha256(os.fsencode(os.path.realpath(archive))).hexdigest()[:32]}.sqlite"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self._database.close()

    @property
    def kept(self) -> bool:
        """Does it lie in its file, to be used again?"""
        return self._file is not None

    def update(self, states: Mapping[str, str | None], texts: Texts, progress: Progress | None = None) -> None:
        """Make it that of these letters, by their ids: those whose state is another are read by `texts`.

        A letter without a state is always read. What `texts` raises is passed on, and nothing is kept then.
        """
        self._source = states, texts, progress
        self._tried(self._update)

    def candidates(self, words: Sequence[str], most: int) -> tuple[tuple[str, int], ...]:
        """The revisions that share most with a copy of these folded words, the best first, at most so many."""
        wanted = asked(words)
        return self._tried(lambda: self._candidates(wanted, most))

    # --- the file ---

    def _tried(self, act: Callable[[], _T]) -> _T:
        """Do something with the database; where that fails, make it anew and do it again, in the end in memory."""
        while True:
            try:
                return act()
            except (sqlite3.Error, _Unsound) as error:
                if self._file is None:
                    raise
                self._begin_anew(in_memory=_busy(error) or self._lost > 0)
            if act != self._update:
                self._tried(self._update)

    def _begin_anew(self, *, in_memory: bool) -> None:
        self._lost += 1
        with suppress(sqlite3.Error):
            self._database.close()
        if in_memory:
            self._file = None
        elif self._file is not None:
            with suppress(OSError):
                _remove(self._file)
        self._database = self._open()

    def _open(self) -> sqlite3.Connection:
        if self._file is not None:
            for _ in range(2):
                try:
                    _prepare(self._file)
                    return _connected(str(self._file))
                except (sqlite3.Error, _Unsound) as error:
                    if _busy(error):
                        break
                    with suppress(OSError):
                        _remove(self._file)
                except (OSError, ValueError):
                    break
            self._file = None
        return _connected(":memory:")

    # --- what is stale ---

    def _update(self) -> None:
        states, texts, progress = self._source
        known = self._known()
        if known.keys() == states.keys() and not _stale(states, known):
            return
        with _transaction(self._database):
            known = self._known()  # another process may have been here
            self._forget_outdated(known)
            stale = _stale(states, known)
            for name in known.keys() - states.keys():
                self._retire(known[name][0])
            postings = self._replaced(stale, known, texts, states, progress)
            self._write(postings)

    def _known(self) -> dict[str, tuple[int, str | None, bytes]]:
        """The letters that are here by their ids: number, state, and a digest of the texts that were read."""
        rows = self._database.execute("SELECT name, id, state, digest FROM letter WHERE name IS NOT NULL").fetchall()
        return {
            _is(str, name): (_is(int, number), None if state is None else _is(str, state), _is(bytes, digest))
            for name, number, state, digest in rows
        }

    def _forget_outdated(self, known: dict[str, tuple[int, str | None, bytes]]) -> None:
        """Empty an index of which most is outdated: what is taken out of it piece by piece costs more."""
        (outdated,) = self._database.execute("SELECT count(*) FROM letter WHERE name IS NULL").fetchone()
        if _is(int, outdated) > len(known) + _SPARE:
            for table in ("letter", "revision", "posting"):
                self._database.execute(f"DELETE FROM {table}")  # noqa: S608  # words of our own
            known.clear()

    def _retire(self, number: int) -> None:
        self._database.execute("UPDATE letter SET name = NULL, state = NULL WHERE id = ?", (number,))
        self._database.execute("DELETE FROM revision WHERE letter = ?", (number,))

    def _replaced(
        self,
        stale: Sequence[str],
        known: Mapping[str, tuple[int, str | None, bytes]],
        texts: Texts,
        states: Mapping[str, str | None],
        progress: Progress | None,
    ) -> Iterator[tuple[int, int]]:
        """Read what is stale, write it but for its postings, and yield those."""
        for done, name in enumerate(stale):
            found = texts(name)
            digest = _digest(found)
            if name in known and known[name][2] == digest:
                if known[name][1] != states[name]:
                    self._database.execute("UPDATE letter SET state = ? WHERE id = ?", (states[name], known[name][0]))
            else:
                if name in known:
                    self._retire(known[name][0])
                row = (name, states[name], digest)
                number = self._database.execute(
                    "INSERT INTO letter (name, state, digest) VALUES (?, ?, ?)", row
                ).lastrowid
                assert number is not None  # noqa: S101  # a row was inserted
                for shingle in self._add(number, found):
                    yield shingle, number
            if progress is not None:
                progress(done + 1, len(stale))

    def _add(self, letter: int, texts: Mapping[int, bytes]) -> set[int]:
        """Write a letter's revisions, each as what it has and lacks beside the one before; the shingles to post."""
        posted: set[int] = set()
        before: set[int] | None = None
        for number in sorted(texts):
            every, kept = of_record(texts[number])
            posted |= kept
            added, removed = (every - before, before - every) if before is not None else (set(), set())
            row = (letter, number, len(every), array("I", added).tobytes(), array("I", removed).tobytes())
            self._database.execute("INSERT INTO revision VALUES (?, ?, ?, ?, ?)", row)
            before = every
        return posted

    def _write(self, postings: Iterable[tuple[int, int]]) -> None:
        waiting: list[tuple[int, int]] = []
        for posting in postings:
            waiting.append(posting)
            if len(waiting) == _AT_ONCE:
                self._post(waiting)
                waiting = []
        self._post(waiting)

    def _post(self, postings: list[tuple[int, int]]) -> None:
        self._database.executemany("INSERT INTO posting VALUES (?, ?)", sorted(postings))

    # --- what is near ---

    def _candidates(self, wanted: Sequence[int], most: int) -> tuple[tuple[str, int], ...]:
        scores = self._scores(wanted)
        ranked = sorted(scores, key=lambda letter: (-scores[letter], letter))
        chosen: list[tuple[str, int]] = []
        for letter in ranked:
            if len(chosen) >= most or scores[letter] < _LEAST_SHARE * scores[ranked[0]]:
                break
            name = self._database.execute("SELECT name FROM letter WHERE id = ?", (letter,)).fetchone()
            if name is None or name[0] is None:
                continue  # outdated
            share = min(most - len(chosen), 3 if chosen else -(-most // 2))
            chosen += ((_is(str, name[0]), number) for number in self._nearest(letter, wanted, share))
        return tuple(chosen)

    def _scores(self, wanted: Sequence[int]) -> dict[int, float]:
        """How much letters share, by their numbers: what few have counts for more."""
        (letters,) = self._database.execute("SELECT count(*) FROM letter").fetchone()
        scores: dict[int, float] = {}
        hits: Counter[int] = Counter()
        common: list[list[tuple[int]]] = []
        for shingle in wanted:
            rows = self._database.execute(
                "SELECT letter FROM posting WHERE shingle = ? LIMIT ?", (shingle, _COMMON + 1)
            ).fetchall()
            if len(rows) > _COMMON:
                common.append(rows)
            elif rows:
                weight = log(1 + _is(int, letters) / len(rows))
                for (letter,) in rows:
                    hits[letter] += 1
                    scores[letter] = scores.get(letter, 0.0) + weight
        least = next(few for asked_for, few in _LEAST_HITS if len(wanted) >= asked_for)
        scores = {letter: score for letter, score in scores.items() if hits[letter] >= least}
        # Where nothing tells letters apart, any that has most of it will do.
        for rows in () if scores else common:
            for (letter,) in rows:
                scores[letter] = scores.get(letter, 0.0) + 1
        return {_is(int, letter): score for letter, score in scores.items()}

    def _nearest(self, letter: int, wanted: Sequence[int], most: int) -> list[int]:
        """The revisions of a letter that share most with the copy, the best first.

        Of those that share as much, the one whose length is nearest, where the copy may be the whole; else the newest.
        """
        rows = self._database.execute(
            "SELECT number, size, added, removed FROM revision WHERE letter = ? ORDER BY number", (letter,)
        ).fetchall()
        asked_for = set(wanted)
        share = 0
        order: list[tuple[int, int, int]] = []
        for number, size, added, removed in rows:
            share += len(asked_for & _numbers(added)) - len(asked_for & _numbers(removed))
            whole = 2 * len(asked_for) >= _is(int, size)
            order.append((-share, abs(size - len(asked_for)) if whole else 0, -_is(int, number)))
        return [-number for _, _, number in sorted(order)[:most]]


def _busy(error: Exception) -> bool:
    """Did another process keep the file for itself for too long?"""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def _stale(states: Mapping[str, str | None], known: Mapping[str, tuple[int, str | None, bytes]]) -> list[str]:
    return [name for name, state in states.items() if state is None or name not in known or known[name][1] != state]


def _digest(texts: Mapping[int, bytes]) -> bytes:
    """A digest of a letter's texts."""
    digest = hashlib.sha256()
    for number in sorted(texts):
        digest.update(f"{number} {len(texts[number])}\n".encode())
        digest.update(texts[number])
    return digest.digest()


def _numbers(data: object) -> set[int]:
    found = array("I")
    try:
        found.frombytes(_is(bytes, data))
    except ValueError as error:
        raise _Unsound("these bytes are no shingles") from error
    return set(found)


def _is(kind: type[_T], value: object) -> _T:
    """The value, that is of this kind; raises `_Unsound`: SQLite keeps anything anywhere."""
    if not isinstance(value, kind):
        raise _Unsound(f"{type(value).__name__} stands where {kind.__name__} is due")
    return value


@contextmanager
def _transaction(database: sqlite3.Connection) -> Iterator[None]:
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        database.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            database.execute("ROLLBACK")
        raise


def _connected(place: str) -> sqlite3.Connection:
    """A database with our tables and nothing else; raises `_Unsound` for a foreign or an older one, `sqlite3.Error`."""
    database = sqlite3.connect(place, timeout=_PATIENCE, isolation_level=None)
    try:
        for setting in _SETTINGS:
            database.execute(setting)
        with closing(database.execute("SELECT count(*) FROM sqlite_master")) as found:
            (tables,) = found.fetchone()
        if not tables:
            with _transaction(database):
                if database.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,):
                    _furnish(database)
        if place != ":memory:":
            with closing(sqlite3.connect(":memory:", isolation_level=None)) as model:
                _furnish(model)
                if _marks(database) != _marks(model):
                    raise _Unsound("this is no index of this kind")
    except BaseException:
        database.close()
        raise
    return database


def _furnish(database: sqlite3.Connection) -> None:
    for statement in _SCHEMA:
        database.execute(statement)
    database.execute(f"PRAGMA application_id = {_APPLICATION}")
    database.execute(f"PRAGMA user_version = {_VERSION}")


def _marks(database: sqlite3.Connection) -> tuple[object, ...]:
    """By what an index is known: its marks, and its tables as they were declared, so that none is a view."""
    tables = database.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name").fetchall()
    return (
        database.execute("PRAGMA application_id").fetchone(),
        database.execute("PRAGMA user_version").fetchone(),
        tables,
    )


def _prepare(file: Path) -> None:
    """See that the file is the user's own in a folder of the user's own, and make both where they are missing.

    What stands in the place of the file and isn't a plain file of the user alone is removed. Raises `OSError`.
    """
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = file.parent.lstat()
    if not stat.S_ISDIR(folder.st_mode) or folder.st_uid != os.geteuid() or folder.st_mode & 0o022:
        raise PermissionError("this folder is not the user's alone")
    with suppress(FileNotFoundError):
        found = file.lstat()
        if stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid() and found.st_nlink == 1:
            if found.st_mode & 0o077:
                file.chmod(0o600)
            return
        _remove(file)
    with suppress(FileExistsError):  # another process is first
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))


def _remove(file: Path) -> None:
    """Remove an index, and what SQLite left beside it, one process at a time; raises `OSError`."""
    folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        flock(folder, LOCK_EX)
        for name in (f"{file.name}-journal", f"{file.name}-wal", f"{file.name}-shm", file.name):
            with suppress(FileNotFoundError):
                os.unlink(name, dir_fd=folder)
    finally:
        os.close(folder)
