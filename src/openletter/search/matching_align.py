"""Two sequences of words aligned: unique runs and words as anchors, so that length costs little (``spec/identify.md``)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Final, NamedTuple

_RUNS: Final = (4, 1)
"""How many words are an anchor, where they come once in both: first runs, then single words."""
_MOST_COMPARED: Final = 40_000
"""Where no anchor is, so many pairs of words at most are compared one by one."""


class Block(NamedTuple):
    """The words ``a`` to ``a + size`` of the first are those from ``b`` of the second."""

    a: int
    b: int
    size: int


def align(first: Sequence[str], second: Sequence[str]) -> list[Block]:
    """The words that both have in the same order, as blocks in order, none adjoining the one before in both.

    It takes time in proportion to the lengths, times a small number.
    """
    pairs: list[Block] = []
    todo = [(0, len(first), 0, len(second))]
    while todo:
        a, a_end, b, b_end = todo.pop()
        size = 0
        while a + size < a_end and b + size < b_end and first[a + size] == second[b + size]:
            size += 1
        if size:
            pairs.append(Block(a, b, size))
            a, b = a + size, b + size
        size = 0
        while a_end - size > a and b_end - size > b and first[a_end - size - 1] == second[b_end - size - 1]:
            size += 1
        if size:
            a_end, b_end = a_end - size, b_end - size
            pairs.append(Block(a_end, b_end, size))
        if a == a_end or b == b_end:
            continue
        anchors = _anchors(first, second, a, a_end, b, b_end)
        if anchors:
            for anchor_a, anchor_b, length in anchors:
                todo.append((a, anchor_a, b, anchor_b))
                pairs.append(Block(anchor_a, anchor_b, length))
                a, b = anchor_a + length, anchor_b + length
            todo.append((a, a_end, b, b_end))
        elif (a_end - a) * (b_end - b) <= _MOST_COMPARED:
            matcher = SequenceMatcher(None, first[a:a_end], second[b:b_end], autojunk=False)
            pairs += [Block(a + one, b + two, size) for one, two, size in matcher.get_matching_blocks() if size]
    pairs.sort()
    joined: list[Block] = []
    for block in pairs:
        before = joined[-1] if joined else None
        if before and before.a + before.size == block.a and before.b + before.size == block.b:
            joined[-1] = Block(before.a, before.b, before.size + block.size)
        else:
            joined.append(block)
    return joined


def _anchors(
    first: Sequence[str], second: Sequence[str], a: int, a_end: int, b: int, b_end: int
) -> list[tuple[int, int, int]]:
    for length in _RUNS:
        in_first = _once(first, a, a_end, length)
        in_second = _once(second, b, b_end, length)
        common = sorted(
            (place, in_second[run]) for run, place in in_first.items() if place >= 0 and in_second.get(run, -1) >= 0
        )
        chain = _longest_rising(common)
        if chain:
            found: list[tuple[int, int, int]] = []
            after_a, after_b = a, b
            for one, two in chain:  # runs that overlap in step are one; others are left out
                if one >= after_a and two >= after_b:
                    found.append((one, two, length))
                    after_a, after_b = one + length, two + length
            return found
    return []


def _once(words: Sequence[str], start: int, end: int, length: int) -> dict[tuple[str, ...], int]:
    """Runs to their place, -1 where they come more than once."""
    places: dict[tuple[str, ...], int] = {}
    for place in range(start, end - length + 1):
        run = tuple(words[place : place + length])
        places[run] = -1 if run in places else place
    return places


def _longest_rising(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest chain of pairs, in order of the first, whose second rises."""
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = [-1] * len(pairs)
    for number, (_, second) in enumerate(pairs):
        place = bisect_left(tails, second)
        before[number] = ends[place - 1] if place else -1
        if place == len(tails):
            tails.append(second)
            ends.append(number)
        else:
            tails[place] = second
            ends[place] = number
    chain: list[tuple[int, int]] = []
    number = ends[-1] if ends else -1
    while number >= 0:
        chain.append(pairs[number])
        number = before[number]
    return chain[::-1]
