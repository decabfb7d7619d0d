"""How the cost of hostile input grows: the time for a size over the time for a quarter of it, in one run.

    python benchmarks/growth.py

A ratio near 4 is linear growth, near 16 quadratic. Medians of five; a busy machine moves them by a fifth or so.
"""

from __future__ import annotations

import atexit
import contextlib
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable

import pygit2
from pygit2.enums import FileMode, ObjectType

from openletter import Archive, canonical
from openletter.archive import ATTRIBUTES
from openletter.errors import CanonicalError
from openletter.records import Addressee, Letter
from openletter.records.difference import compare

SIZE = 1 << 20


def letter(body: str) -> Letter:
    """A letter with nothing but a body."""
    return Letter(
        letter="2026/a", revision=1, date="2026-01-01", language="en", addressees=(Addressee(name="A"),), body=body
    )


def load(document: Callable[[int], str]) -> Callable[[int], Callable[[], object]]:
    """Reading a document of a size, whatever comes of it."""

    def prepare(size: int) -> Callable[[], object]:
        data = document(size).encode()[: SIZE - 1]

        def act() -> None:
            with contextlib.suppress(CanonicalError):
                canonical.load(data)

        return act

    return prepare


def difference(size: int) -> Callable[[], object]:
    """Comparing two texts of a size that share every second line."""
    older = letter("\n".join(f"line {n}" for n in range(size // 16)))
    newer = letter("\n".join(f"line {n}" if n % 2 else f"other {n}" for n in range(size // 16)))
    return lambda: compare(older, newer)


def archive(fill: Callable[[pygit2.Repository, int], bytes]) -> Callable[[int], Callable[[], object]]:
    """Verifying a git archive whose year 2026 is the tree that `fill` makes of so many bytes."""

    def prepare(size: int) -> Callable[[], object]:
        folder = tempfile.mkdtemp()
        atexit.register(shutil.rmtree, folder)
        git = pygit2.init_repository(folder, initial_head="main")
        root = git.TreeBuilder()
        root.insert(".gitattributes", git.create_blob(ATTRIBUTES), FileMode.BLOB)
        root.insert("archive", write_tree(git, [(b"40000 2026", fill(git, size))]), FileMode.TREE)
        author = pygit2.Signature("Mallory", "mallory@thief.example", 0, 0)
        git.create_commit("HEAD", author, author, "forged", root.write(), [])
        return lambda: Archive.open(folder).verify()

    return prepare


def write_tree(git: pygit2.Repository, entries: Iterable[tuple[bytes, bytes]]) -> pygit2.Oid:
    """A tree as bytes, which git itself may not write."""
    return git.odb.write(ObjectType.TREE, b"".join(name + b"\0" + oid for name, oid in entries))


def strangers(git: pygit2.Repository, size: int) -> bytes:
    """Files where none has a place, all of one object."""
    one = git.create_blob(b"x").raw
    return write_tree(git, ((b"100644 n%07d" % n, one) for n in range(size // 36))).raw


def one_letter_again(git: pygit2.Repository, size: int) -> bytes:
    """Letters that are all one folder with nothing true in it."""
    one = write_tree(git, [(b"100644 0001.yaml", git.create_blob(b"rubbish\n").raw)]).raw
    return write_tree(git, ((b"40000 n%07d" % n, one) for n in range(size // 360))).raw


CASES: dict[str, Callable[[int], Callable[[], object]]] = {
    "load: one line": load(lambda size: 'a: "' + "x" * (size - 8) + '"\n'),
    "load: a list": load(lambda size: "a:\n" + '  - "x"\n' * (size // 8)),
    "load: a block": load(lambda size: "a: |-\n" + '  "x"\n' * (size // 6)),
    "load: quotes alone": load(lambda size: '"' * size),
    "load: spaces": load(lambda size: " " * size),
    "compare: every second line": difference,
    "archive: strangers in a folder": archive(strangers),
    "archive: one letter again": archive(one_letter_again),
}


def seconds(act: Callable[[], object]) -> float:
    """The median of five runs."""
    times = []
    for _ in range(5):
        start = time.process_time()
        act()
        times.append(time.process_time() - start)
    return statistics.median(times)


def main() -> None:
    """Print a table."""
    print(f"{'case':32}{'1/4 MiB':>12}{'1 MiB':>12}{'ratio':>8}")
    for name, prepare in CASES.items():
        small, large = seconds(prepare(SIZE // 4)), seconds(prepare(SIZE - 64))
        print(f"{name:32}{small * 1000:9.1f} ms{large * 1000:9.1f} ms{large / max(small, 1e-6):8.1f}")


if __name__ == "__main__":
    main()
