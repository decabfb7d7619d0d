"""A scenario of ``trust``: its form, the lines of its answer, and what most of them begin with.

Headers and the form of the payload are in ``vectors/README.md``, "A scenario".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from archivefiles import LETTER, Archive, Key, own, tree

ALDER, BIRCH, CEDAR, DOGWOOD, ELM = map(tree, ("alder", "birch", "cedar", "dogwood", "elm"))
PUPPET, PUPPETS = tree("puppet"), (tree("puppet-one"), tree("puppet-two"))
THIEF = Key("thief")
OLD, NEW, THIRD = own(ALDER), own(ALDER, "2"), own(ALDER, "3")
RECOVERY = (2, (BIRCH, CEDAR, DOGWOOD))

PINNED_DEMAND = {"require": ALDER, "trust": "pinned"}

Pin = tuple[str, Key]

vectors: dict[str, tuple[dict[str, str], bytes]] = {}


def scenario(
    name: str,
    comment: str,
    archive: Archive,
    *answer: str,
    judge: str = LETTER,
    pins: Sequence[Pin] = (),
    sightings: Sequence[str] = (),
    timestamps: Sequence[str] = (),
    require: str | None = None,
    trust: str | None = None,
    honest: str | None = None,
) -> None:
    """A scenario, and all that must come out of it but the status, which follows."""
    faults = sorted(line for line in answer if line.startswith("fault "))
    unmet = "demand unmet" in answer
    assert ("demand met" in answer or unmet) == (require is not None or trust is not None), name
    lines = sorted([*answer, f"status {1 if faults else 3 if unmet else 0}"])
    headers = {"expect": faults[0].split(" ")[2] if faults else "accept", "comment": comment}
    if honest is not None:
        headers["honest"] = honest
    headers["judge"] = judge
    headers |= {option: value for option, value in (("require", require), ("trust", trust)) if value is not None}
    parts = dict(sorted(archive.files.items()))
    parts |= {
        "pins": text(f'{organization} namespaces="openletter" {key.line}' for organization, key in pins),
        "sightings": text(sightings),
        "timestamps": text(timestamps),
        "answer": text(lines),
    }
    payload = b"".join(b"%s %d\n%s\n" % (path.encode(), len(data), data) for path, data in parts.items())
    assert name not in vectors, name
    vectors[name] = (headers, payload)


def text(lines: Iterable[str]) -> bytes:
    """Lines, each ended by a line feed."""
    return "".join(f"{line}\n" for line in lines).encode()


# --- the lines of an answer -------------------------------------------------------------------------------------------


def fault(path: str, error: str) -> str:
    return f"fault {path} {error}"


def verdict(
    organization: str, said: str, revision: int | None = None, evidence: str | None = None, letter: str = LETTER
) -> str:
    return f"verdict {letter} {organization} {said} {revision or '-'} {evidence or '-'}"


def key(
    organization: str,
    which: Key,
    status: str = "active",
    evidence: str = "recorded",
    vouched: str = "-",
    unpinned: str = "-",
) -> str:
    return f"key {organization} {which.short} {status} {evidence} {vouched} {unpinned}"


def seen(path: str, day: str, by: str) -> str:
    return f"seen {path} {day} {by}"


def waiting(path: str, threshold: int, able: Sequence[str], agreed: Sequence[str] = ()) -> str:
    return f"waiting {path} {threshold} {','.join(able)} {','.join(agreed) or '-'}"


# --- what the archives have in common ---------------------------------------------------------------------------------


def enrolled(*more: str, recovery: tuple[int, Sequence[str]] | None = None) -> Archive:
    """Alder with its key, and a letter that lists it; the others with theirs."""
    archive = Archive()
    archive.enrol(ALDER, recovery=recovery)
    archive.enrol(*more)
    archive.letter(listed=(ALDER,))
    return archive


def first_digests(archive: Archive, *organizations: str) -> list[str]:
    return [archive.digest(f"keys/{organization}/0001.yaml") for organization in organizations]
