"""How much is written for one letter, whatever lies in its folder (``spec/site.md``, "Limits")."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, pairwise
from typing import Final

from openletter.records import Folder

MOST_COMPARED: Final = 20
"""Of a letter with more revisions, not every pair is compared: neighbours, and each with the first and the newest."""
COMPARED_BYTES: Final = 1 << 24
"""The most bytes of the two records of each pair that is compared, all pairs together."""
EVIDENCE_BYTES: Final = 1 << 26
"""Where a letter's folder, taken once for each revision, is larger, the evidence is beside the newest one only."""
MOST_FILES: Final = 100_000
"""How many files, taken once for each revision, pages tell of."""


def pairs_of(sizes: Mapping[int, int]) -> list[tuple[int, int]]:
    """The pairs of revisions that are compared, each the older first, in order; `sizes` are those of their records.

    Neighbours come first, the newest of them before others, then the first with the newest, then others: as many as
    have room.
    """
    numbers = sorted(sizes)
    found: set[tuple[int, int]] = set()
    room = COMPARED_BYTES
    for pair in _by_rank(numbers):
        size = sizes[pair[0]] + sizes[pair[1]]
        if pair not in found and size <= room:
            found.add(pair)
            room -= size
    return sorted(found)


def _by_rank(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    if len(numbers) < 2:
        return
    first, last = numbers[0], numbers[-1]
    yield from reversed(list(pairwise(numbers)))
    yield first, last
    for number in reversed(numbers[1:-1]):
        yield number, last
        yield first, number
    if len(numbers) <= MOST_COMPARED:
        yield from reversed(list(combinations(numbers, 2)))


def with_pages(numbers: Sequence[int], folder: Folder) -> tuple[int, ...]:
    """The revisions that have pages, the oldest first: all, or the newest that have room, one at least."""
    return tuple(sorted(numbers))[-max(1, MOST_FILES // max(1, len(folder.files))) :]


def with_evidence(numbers: Sequence[int], folder: Folder) -> frozenset[int]:
    """The revisions that have the evidence beside them: all, or only the newest."""
    size = sum(map(len, folder.files.values()))
    return frozenset(numbers if size * len(numbers) <= EVIDENCE_BYTES else sorted(numbers)[-1:])
