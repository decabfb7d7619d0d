"""Write the vectors of kept checkpoints: ``python vectors/make_kept.py [OUT]`` (OUT/kept, if given).

Nothing here imports openletter: most cases vary one thing of one copy. Commit ids are the SHA-1, or the SHA-256, of
``openletter vectors: commit N``.

Headers: ``expect`` (``accept``, or the type of the failure), ``comment``, and ``field`` where the failure has one, such
as ``commits[0]``.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from vectorfile import remove_stale, write

_vectors: dict[str, tuple[dict[str, str], bytes]] = {}
TREE = hashlib.sha256(b"tree 0\0").hexdigest()


def commit(number: int, algorithm: str = "sha1") -> str:
    return hashlib.new(algorithm, f"openletter vectors: commit {number}".encode()).hexdigest()


def kept(
    commits: list[str],
    roots: list[str],
    *,
    kind: str = "kept-checkpoint/1",
    date: str = "2026-05-14",
    newest: str | None = None,
    tree: str = TREE,
) -> str:
    lines = [f'format: "{kind}"', f'date: "{date}"', f'commit: "{newest or commits[0]}"', f'tree: "{tree}"']
    for name, ids in (("roots", roots), ("commits", commits)):
        lines += [f"{name}:", *(f'  - "{one}"' for one in ids)]
    return "".join(line + "\n" for line in lines)


def good(name: str, comment: str, document: str) -> None:
    _add(name, {"expect": "accept", "comment": comment}, document)


def bad(name: str, expect: str, field: str | None, comment: str, document: str) -> None:
    headers = {"expect": expect, "comment": comment}
    if field is not None:
        headers["field"] = field
    _add(name, headers, document)


def _add(name: str, headers: dict[str, str], document: str) -> None:
    assert name not in _vectors, name
    assert all(document.encode() != other for _, other in _vectors.values()), name
    _vectors[name] = (headers, document.encode())


def drop(document: str, begin: str) -> str:
    lines = [line for line in document.split("\n") if not line.startswith(begin)]
    assert document.count("\n") == len(lines), begin
    return "\n".join(lines)


A, B, C, D = (commit(number) for number in range(4))
LOW, HIGH = sorted((C, D))
PLAIN = kept([A, B, C], [C])

good("one", "a history of one commit", kept([A], [A]))
good("plain", "a history of three commits, newest first", PLAIN)
good("two-roots", "a history that was merged out of two", kept([A, B, HIGH, LOW], [LOW, HIGH]))
good("cut", "the root is not listed: the list was cut", kept([A, B], [C]))
good("sha256", "ids of 64 digits", kept([commit(n, "sha256") for n in range(3)], [commit(2, "sha256")]))
good("order", "what else follows from the order is left to the writer", kept([A, C, B], [C]))

bad("format-checkpoint", "UnknownFormat", None, "a record of the archive", kept([A, B, C], [C], kind="checkpoint/1"))
bad("format-two", "UnknownFormat", None, "a version that isn't known", kept([A, B, C], [C], kind="kept-checkpoint/2"))
bad("format-absent", "UnknownFormat", None, "no format", drop(PLAIN, "format"))
bad("no-date", "MissingField", "date", "no date", drop(PLAIN, "date"))
bad("no-commit", "MissingField", "commit", "no commit", drop(PLAIN, "commit:"))
bad("no-tree", "MissingField", "tree", "no tree", drop(PLAIN, "tree"))
bad("no-roots", "MissingField", "roots", "no roots", PLAIN.replace(f'roots:\n  - "{C}"\n', ""))
bad("no-commits", "MissingField", "commits", "no commits", PLAIN[: PLAIN.index("commits:")])
bad(
    "organization", "UnknownField", "organization", "whose it is is not said", PLAIN + 'organization: "alder.example"\n'
)
bad(
    "order-of-fields",
    "FieldOrder",
    "date",
    "the date after the commit",
    PLAIN.replace('date: "2026-05-14"\n', "").replace("tree:", 'date: "2026-05-14"\ntree:'),
)
bad("date-day", "FieldValue", "date", "no day of the calendar", kept([A, B, C], [C], date="2026-02-30"))
bad("commit-short", "FieldValue", "commit", "an id that was shortened", kept([A, B, C], [C], newest=A[:12]))
bad("tree-sha1", "FieldValue", "tree", "a tree id of 40 digits", kept([A, B, C], [C], tree=B))
bad("root-upper-case", "FieldValue", "roots[0]", "upper case", kept([A, B, C], [C.upper()]))
bad("roots-text", "FieldValue", "roots", "a text where a list is due", PLAIN.replace("roots:\n  - ", "roots: "))
bad("commit-other-length", "FieldConflict", "commits[2]", "ids of two lengths", kept([A, B, commit(2, "sha256")], [C]))
bad("root-other-length", "FieldConflict", "roots[0]", "ids of two lengths", kept([A, B, C], [commit(2, "sha256")]))
bad("commit-twice", "FieldConflict", "commits[2]", "a commit that is listed twice", kept([A, B, B], [C]))
bad("root-twice", "FieldConflict", "roots[1]", "a root that is listed twice", kept([A, B, C], [C, C]))
bad("roots-unsorted", "FieldConflict", "roots", "roots that are not sorted", kept([A, HIGH, LOW], [HIGH, LOW]))
bad("commit-not-first", "FieldConflict", "commits[0]", "the commit is not the first", kept([B, A, C], [C], newest=A))
bad("commit-not-listed", "FieldConflict", "commits[0]", "the commit is not listed", kept([B, C], [C], newest=A))
bad(
    "roots-too-many",
    "FieldValue",
    "roots",
    "more than 100 roots",
    kept([A, B, C], sorted(commit(number) for number in range(101))),
)


def main(arguments: list[str]) -> None:
    """Write all vectors, and remove what is no longer one."""
    out = Path(arguments[0]) if arguments else Path(__file__).resolve().parent
    for name, (headers, payload) in _vectors.items():
        write(out / "kept" / f"{name}.vec", headers, payload)
    remove_stale(out / "kept", {f"{name}.vec" for name in _vectors})


if __name__ == "__main__":
    main(sys.argv[1:])
