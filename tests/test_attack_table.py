"""The table of attacks: each has its vector, and says of it what the vector says."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[1]
VECTORS = ROOT / "vectors"
sys.path.insert(0, str(VECTORS))

from vectorfile import Vector, read  # noqa: E402

PAGE = (ROOT / "spec" / "attacks.md").read_text(encoding="utf-8")
HEAD = "| attack | what comes of it | exit status | vector | twin |"
# What stands in `code` in the second column and is no word of an answer: fields and commands.
NO_ANSWER = {"recovery", "audit", "compare", "verify"}


class Row(NamedTuple):
    """An attack, what the page says of it, and the vectors that it names."""

    attack: str
    outcome: str
    status: str
    vectors: list[str]
    twins: list[str]

    @property
    def words(self) -> set[str]:
        return set(re.findall(r"`([^`]+)`", self.outcome)) - NO_ANSWER


def rows() -> list[Row]:
    found = []
    for line in PAGE.splitlines():
        if line.startswith("| ") and line != HEAD:
            attack, outcome, status, *named = (cell.strip() for cell in line.strip("|").split(" | "))
            vectors, twins = (re.findall(r"`([^`]+)`", cell) for cell in named)
            # Nothing but names in the last two columns.
            assert [", ".join(f"`{name}`" for name in names) for names in (vectors, twins)] == [
                cell.strip("| ") for cell in named
            ]
            found.append(Row(attack, outcome, status, vectors, twins))
    return found


ROWS = rows()
ALL = {
    f"{path.parent.name}/{path.stem}": read(path)
    for folder in ("trust", "history")
    for path in sorted((VECTORS / folder).glob("*.vec"))
}


def status(vector: Vector) -> str:
    found = re.findall(rb"^status ([013])$", vector.payload, re.MULTILINE)
    return vector.headers["status"] if "status" in vector.headers else found[-1].decode()


def words(vector: Vector) -> set[str]:
    """The types, the verdicts and the evidence in an answer."""
    if "do" in vector.headers:
        faults = vector.headers.get("faults", "")
        answer = {vector.headers["answer"]} if "answer" in vector.headers else set()
        return answer | {one.split(" ")[0] for one in faults.split(", ") if one}
    lines = [line.split(" ") for line in vector.payload.decode(errors="replace").split("\n")]
    return {
        *(line[2] for line in lines if line[0] == "fault" and len(line) == 3),
        *(word for line in lines if line[0] == "verdict" and len(line) == 6 for word in (line[3], line[5])),
    }


@pytest.mark.parametrize("row", ROWS, ids=[row.attack for row in ROWS])
def test_a_row_says_what_its_vectors_say(row: Row) -> None:
    assert row.attack
    assert row.vectors
    for name in row.vectors:
        vector = ALL[name]
        assert status(vector) == row.status
        if vector.expect != "accept" and "answer" not in vector.headers:
            assert vector.expect in row.words
        # Each type of fault that comes of it is in the row, and each word of the row comes of it.
        types = {word for word in words(vector) if word[0].isupper()}
        assert types <= row.words
        assert row.words <= words(vector)


@pytest.mark.parametrize("row", ROWS, ids=[row.attack for row in ROWS])
def test_a_row_names_the_honest_twins_of_its_vectors(row: Row) -> None:
    honest = {name.split("/")[0] + "/" + ALL[name].headers["honest"] for name in row.vectors if row.twins}
    assert honest == set(row.twins)
    for name in row.twins:
        assert ALL[name].expect == "accept"


def test_every_attack_among_the_vectors_has_its_row_and_no_other() -> None:
    named = [name for row in ROWS for name in row.vectors]
    assert sorted(named) == sorted(set(named))
    assert {name for name, vector in ALL.items() if "honest" in vector.headers} <= set(named)


# The attacks that the whole is measured by, each with the words of the row that answers it.
LISTED = {
    "a host swaps a key record": "swaps the key record",
    "a rotation signed by the wrong key": "signed by the wrong key",
    "a thief rotates": "a thief with a confirmed key rotates",
    "a thief puts sock puppets into recovery": "puts inventions of its own into",
    "a recovery below its threshold": "signed by fewer than it takes",
    "a recovery with one organization counted twice": "is counted twice",
    "records that authorize each other in a circle": "in a circle",
    "a threshold of 0": "that takes nobody",
    "a vouch by an organization that is not pinned": "that nobody confirmed vouches",
    "a vouch passed off as consent to a recovery": "is copied beside a recovery",
    "consent to a recovery passed off as a vouch": "is taken for a vouch",
    "a key listed by two organizations": "lists another's key as its own",
    "another's signature under one's own id": "copied under one's own id",
    "a backdated signature by a compromised key": "with a date of long ago",
    "a checkpoint by a sock puppet with an old date": "an invented organization signs a checkpoint",
    "since 1900, by an organization that regrets": "since 1900",
    "a withdrawal signed by another": "signed by another",
    "a withdrawal replayed onto another revision": "put under the name of another",
    "a record of one kind passed off as another": "is passed off as another",
    "five invented endorsers": "--require 5",
    "a letter without ids": "--require all",
    "a famous name beside somebody else's id": "a famous name",
    "a checkpoint that never matched": "of what it never saw",
    "a timestamp that does not count": "a timestamp over other bytes",
    "rubbish elsewhere": "rubbish elsewhere",
    "an old archive served as new": "served as new",
    "two views": "are shown different things",
    "two views, merged afterwards": "merged afterwards",
    "a force-pushed history": "made anew by force",
    "a file added, removed and added again": "removed and added again",
    "a merge that drops a side": "drops what one side added",
}


@pytest.mark.parametrize("attack", LISTED)
def test_each_attack_that_was_thought_of_has_a_row(attack: str) -> None:
    assert sum(LISTED[attack] in row.attack for row in ROWS) >= 1


def test_the_page_has_its_tables() -> None:
    assert PAGE.count(HEAD) == 5
    assert len(ROWS) >= 60
