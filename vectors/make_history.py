"""Write the vectors of histories: ``python vectors/make_history.py [OUT]`` (OUT/history, if given).

Nothing here imports openletter. A payload is a stream for ``git fast-import``; headers and form are in
``vectors/README.md``, "A history". An attack differs from its honest twin in one thing.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from archivefiles import FOLDER, Archive, own, tree
from vectorfile import remove_stale, write

ALDER, BIRCH, CEDAR = map(tree, ("alder", "birch", "cedar"))
ATTRIBUTES = "-text !eol -ident -filter !working-tree-encoding -export-ignore -export-subst -merge"
MARK = "# openletter archive/1: the bytes of this file are fixed\n" + "".join(
    f"{pattern} {ATTRIBUTES}\n" for pattern in ("/.gitattributes", "/archive/**", "/keys/**")
)
LETTER = f"{FOLDER}/0001.yaml"
BEGIN = 1_800_000_000

_vectors: dict[str, tuple[dict[str, str], bytes]] = {}


class Stream:
    """A history as it grows: every commit has a mark, the next number, which `commit` returns."""

    def __init__(self) -> None:
        self.data = b""
        self.marks = 0

    def commit(
        self,
        branch: str,
        files: Mapping[str, bytes | None],
        *parents: int,
        act: int | None = None,
        mode: str = "100644",
        who: str = "The secretariat",
    ) -> int:
        """A commit on the first of these parents, or on none, that gives files their bytes, or removes them (`None`).

        The author's line is that of the commit with the mark `act`, where one is named: the same act, made again.
        """
        self.marks += 1
        author = BEGIN + 60 * (act or self.marks)
        lines = [
            f"commit refs/heads/{branch}",
            f"mark :{self.marks}",
            f"author {who} <secretariat@alder.example> {author} +0000",
            f"committer {who} <secretariat@alder.example> {BEGIN + 60 * self.marks} +0000",
            "data 7",
            "an act",
        ]
        lines += [f"{'merge' if at else 'from'} :{parent}" for at, parent in enumerate(parents)]
        self.data += "\n".join([*lines, ""]).encode()
        for path, data in sorted(files.items()):
            if data is None:
                self.data += f"D {path}\n".encode()
            else:
                self.data += f"M {mode} inline {path}\ndata {len(data)}\n".encode() + data + b"\n"
        self.data += b"\n"
        return self.marks


def add(name: str, comment: str, stream: Stream, expect: str, honest: str | None, headers: Mapping[str, str]) -> None:
    assert name not in _vectors, name
    twin = {"honest": honest} if honest is not None else {}
    _vectors[name] = ({"expect": expect, "comment": comment, **twin, **headers}, stream.data + b"done\n")


def audit(
    name: str,
    comment: str,
    stream: Stream,
    *faults: tuple[str, int, str],
    honest: str | None = "additions",
) -> None:
    """What comes of ``audit``: its faults, each a type, the mark of a commit and a path."""
    headers = {"do": "audit a"}
    if faults:
        headers["faults"] = ", ".join(f"{error} {mark} {path}" for error, mark, path in faults)
    headers["status"] = "1" if faults else "0"
    add(name, comment, stream, faults[0][0] if faults else "accept", honest, headers)


def compare(
    name: str, comment: str, stream: Stream, answer: str, path: str | None = None, *, honest: str | None = "copy"
) -> None:
    """What comes of ``compare``."""
    false = answer not in {"same", "a-ahead", "b-ahead", "diverged"}
    headers = {"do": "compare a b", "answer": answer}
    if path is not None:
        headers["path"] = path
    headers["status"] = "1" if false else "0"
    expect = "Fork" if answer == "fork" else "HistoryError" if false else "accept"
    add(name, comment, stream, expect, honest, headers)


# --- the archive whose history it is ----------------------------------------------------------------------------------


def files() -> dict[str, bytes]:
    archive = Archive()
    archive.enrol(ALDER, BIRCH, CEDAR)
    archive.letter(listed=(ALDER, BIRCH, CEDAR))
    for organization in (ALDER, BIRCH, CEDAR):
        archive.sign(organization)
    return archive.files


FILES = files()
KEYS = {path: data for path, data in FILES.items() if path.startswith("keys/")}


def signature(organization: str) -> str:
    return f"{FOLDER}/0001.{organization}.{own(organization).short}.sig"


def signed(*organizations: str) -> dict[str, bytes | None]:
    return {signature(organization): FILES[signature(organization)] for organization in organizations}


def begun(branch: str = "a", *, who: str = "The secretariat") -> tuple[Stream, int]:
    """A history of three commits: the mark, the keys, the letter; and the mark of the last."""
    stream = Stream()
    return stream, begin(stream, branch, who=who)


def begin(stream: Stream, branch: str, *, who: str = "The secretariat") -> int:
    first = stream.commit(branch, {".gitattributes": MARK.encode()}, who=who)
    second = stream.commit(branch, KEYS, first, who=who)
    return stream.commit(branch, {LETTER: FILES[LETTER]}, second, who=who)


def branch(stream: Stream, name: str, at: int) -> None:
    """A branch that ends where a commit is already."""
    stream.data += f"reset refs/heads/{name}\nfrom :{at}\n\n".encode()


# --- audit ------------------------------------------------------------------------------------------------------------


def audits() -> None:
    stream, at = begun()
    at = stream.commit("a", signed(ALDER), at)
    stream.commit("a", signed(BIRCH), at)
    audit("additions", "every commit only adds files, each valid when it came in", stream, honest=None)

    path = signature(ALDER)
    other_bytes: dict[str, bytes | None] = {path: FILES[signature(BIRCH)]}
    gone: dict[str, bytes | None] = {path: None}
    for name, comment, acts, guilty in (
        ("removed", "a signature is removed", [gone], [5]),
        (
            "removed-and-added-again",
            "a signature is removed, and added again unchanged: the newest state shows nothing of it",
            [gone, signed(ALDER)],
            [5],
        ),
        (
            "changed-and-changed-back",
            "a signature is changed, and changed back: the newest state shows nothing of it",
            [other_bytes, signed(ALDER)],
            [5, 6],
        ),
    ):
        stream, at = begun()
        at = stream.commit("a", signed(ALDER), at)
        for changed in acts:
            at = stream.commit("a", changed, at)
        audit(name, comment, stream, *(("HistoryError", mark, path) for mark in guilty))

    stream, at = begun()
    at = stream.commit("a", signed(ALDER), at)
    at = stream.commit("a", signed(ALDER), at, mode="100755")
    audit("made-executable", "a file gets another mode", stream, ("HistoryError", at, path))

    stream, at = begun()
    one = stream.commit("a", {".gitattributes": MARK.encode() + b"/archive/** export-ignore\n"}, at)
    stream.commit("a", {".gitattributes": MARK.encode()}, one)
    audit(
        "mark-changed-and-changed-back",
        "for one commit, attributes hide the archive",
        stream,
        ("AttributesChanged", one, ".gitattributes"),
    )

    stream, at = begun()
    at = stream.commit("a", {f"{FOLDER}/0001.{ALDER}.{own(BIRCH).short}.sig": FILES[signature(ALDER)]}, at)
    audit(
        "invalid-when-it-came",
        "a signature comes in under the name of a key that didn't make it",
        stream,
        ("ArmorError", at, f"{FOLDER}/0001.{ALDER}.{own(BIRCH).short}.sig"),
    )

    merged = "two sides that each added a signature are merged, and both are kept"
    for name, comment, kept, fault in (
        ("merge", merged, (ALDER, BIRCH), False),
        (
            "merge-that-drops-a-side",
            "the merge keeps what one side added, and drops what the other did",
            (ALDER,),
            True,
        ),
    ):
        stream, at = begun()
        one = stream.commit("a", signed(ALDER), at)
        other = stream.commit("a", signed(BIRCH), at)
        # The tree of the merge is that of its first parent, and what is said here.
        at = stream.commit("a", signed(*(org for org in kept if org != ALDER)), one, other)
        audit(
            name,
            comment,
            stream,
            *([("HistoryError", at, signature(BIRCH))] if fault else []),
            honest="merge" if fault else None,
        )

    stream, at = begun()
    one = stream.commit("a", signed(ALDER), at)
    other = stream.commit("a", signed(BIRCH), at)
    at = stream.commit("a", {signature(BIRCH): FILES[signature(CEDAR)]}, one, other)
    audit(
        "merge-that-changes-a-side",
        "the merge has another content than the side that added a file",
        stream,
        ("HistoryError", at, signature(BIRCH)),
        honest="merge",
    )

    stream, at = begun()
    alone = {path: FILES[path] for path in KEYS if path.startswith(f"keys/{CEDAR}/")}
    first = stream.commit("other", {".gitattributes": MARK.encode()} | alone)
    stream.commit("a", {}, at, first)
    audit("two-beginnings", "two histories that begin by themselves are merged, and all is kept", stream, honest=None)

    stream, one, other, _ = two_letters()
    at = stream.commit("a", {}, one, other)
    audit(
        "merge-of-two-contents",
        "two sides have different texts under one number, and the merge keeps one",
        stream,
        ("Fork", at, LETTER),
        honest="merge",
    )

    stream, at = begun()
    stream.commit("a", signed(BIRCH), at)
    audit(
        "rewritten-alone",
        "a history made anew without alder's signature: by itself it is sound; only who kept something of it knows",
        stream,
    )


def two_letters() -> tuple[Stream, int, int, bytes]:
    """Keys, and then on each of two branches another text under one number."""
    other_text = FILES[LETTER].replace(b"open the water records", b"close the water records")
    stream = Stream()
    first = stream.commit("a", {".gitattributes": MARK.encode()})
    keys = stream.commit("a", KEYS, first)
    one = stream.commit("a", {LETTER: FILES[LETTER]}, keys)
    other = stream.commit("b", {LETTER: other_text}, keys)
    return stream, one, other, other_text


# --- compare ----------------------------------------------------------------------------------------------------------


def compares() -> None:
    stream, at = begun()
    at = stream.commit("a", signed(ALDER), at)
    branch(stream, "b", at)
    compare("copy", "two copies of one history", stream, "same", honest=None)

    stream, old = begun()
    stream.commit("a", signed(ALDER), old)
    branch(stream, "b", old)
    compare("old-served-as-new", "a host serves an archive as it was before alder signed", stream, "a-ahead")

    stream, at = begun()
    stream.commit("a", signed(ALDER), at)
    stream.commit("b", signed(BIRCH), at)
    compare("two-views", "two readers were each shown what the other wasn't: nothing contradicts", stream, "diverged")

    for name, comment, answer in (
        ("two-views-merged", "the two views are merged: who has one finds it whole in the merge", "a-ahead"),
        ("two-views-merged-by-both", "each reader merged the other's view: what they hold is the same", "same"),
    ):
        stream, at = begun()
        one = stream.commit("a", signed(ALDER), at)
        other = stream.commit("b", signed(BIRCH), at)
        stream.commit("a", signed(BIRCH), one, other)
        if answer == "same":
            stream.commit("b", signed(ALDER), other, one)
        compare(name, comment, stream, answer, honest=None)

    stream, _, _, _ = two_letters()
    compare("two-views-of-one-path", "two readers were shown different texts under one number", stream, "fork", LETTER)

    stream, at = begun()
    at = stream.commit("a", signed(ALDER), at)
    stream.commit("b", {signature(ALDER): None}, at)
    compare("taken-away", "a signature that both had is removed from one", stream, "removed", signature(ALDER))

    stream, at = begun()
    one = stream.commit("a", signed(ALDER), at)
    last = stream.commit("a", signed(BIRCH), one)
    stream.commit("b", signed(BIRCH), at, act=last)
    compare(
        "force-pushed",
        "a commit is left out and the one after it made again: what came in by the same act came by another commit",
        stream,
        "rewritten",
        signature(BIRCH),
    )

    stream, at = begun()
    one = stream.commit("a", signed(ALDER), at)
    stream.commit("a", signed(BIRCH), one)
    stream.commit("b", signed(ALDER, BIRCH), at)
    compare("squashed", "two acts are made one", stream, "rewritten", signature(ALDER))

    stream, at = begun()
    stream.commit("a", signed(ALDER), at)
    stream.commit("b", signed(CEDAR), at)
    compare(
        "force-pushed-and-gone-on",
        "a commit is left out, and others follow: from two copies alone it looks like an act not exchanged yet",
        stream,
        "diverged",
        honest="copy",
    )

    stream, _ = begun()
    begin(stream, "b", who="Somebody else")
    compare("made-anew", "the same files, in a history that has no commit in common", stream, "unrelated")


def main(arguments: list[str]) -> None:
    """Write all vectors, and remove what is no longer one."""
    out = Path(arguments[0]) if arguments else Path(__file__).resolve().parent
    audits()
    compares()
    for name, (headers, payload) in _vectors.items():
        write(out / "history" / f"{name}.vec", headers, payload)
    remove_stale(out / "history", {f"{name}.vec" for name in _vectors})


if __name__ == "__main__":
    main(sys.argv[1:])
