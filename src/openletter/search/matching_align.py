"""Two sequences of words aligned by runs and words that come once in both, so that length costs little."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Final, NamedTuple

_RUNS: Final = (4, 1)
"""How many words are an anchor, where they come once in both: first runs, then single words."""
_MOST_COMPARED: Final = 40_000
"""Where no anchor is, so many pairs of words at most are compared one by one."""
_MOST_PASSES: Final = 30
"""How often each word may be looked at in search of anchors; what is left then is taken as different."""


_MOST_SLIDES: Final = 8


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
    left = _MOST_PASSES * (len(first) + len(second))
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
        left -= a_end - a + b_end - b
        anchors = _anchors(first, second, a, a_end, b, b_end) if left > 0 else []
        if anchors:
            for anchor_a, anchor_b, length in anchors:
                todo.append((a, anchor_a, b, anchor_b))
                pairs.append(Block(anchor_a, anchor_b, length))
                a, b = anchor_a + length, anchor_b + length
            todo.append((a, a_end, b, b_end))
        elif left > 0 and (a_end - a) * (b_end - b) <= _MOST_COMPARED:
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


def slid(blocks: list[Block], first: Sequence[str], second: Sequence[str]) -> list[Block]:
    """Blocks joined to a neighbour, where one side alone is divided and the same words stand there too."""
    changed = True
    for _ in range(_MOST_SLIDES):
        if not changed or len(blocks) < 2:
            break
        changed = False
        out = [blocks[0]]
        for block in blocks[1:]:
            before = out[-1]
            gap_a = block.a - before.a - before.size
            gap_b = block.b - before.b - before.size
            if (gap_a == 0) != (gap_b == 0) and before.size != block.size:
                small = min(before.size, block.size)
                words, moved, whole = (
                    (second, (before.b, block.b - small), Block(block.a - small, block.b - small, block.size + small))
                    if gap_a == 0
                    else (
                        first,
                        (before.a, block.a - small),
                        Block(block.a - small, block.b - small, block.size + small),
                    )
                )
                if before.size == small:
                    if words[moved[0] : moved[0] + small] == words[moved[1] : moved[1] + small]:
                        out[-1] = whole
                        changed = True
                        continue
                else:
                    own, to = (block.b, before.b + before.size) if gap_a == 0 else (block.a, before.a + before.size)
                    if words[own : own + small] == words[to : to + small]:
                        out[-1] = Block(before.a, before.b, before.size + small)
                        changed = True
                        continue
            out.append(block)
        blocks = out
    return blocks


def without_strays(blocks: list[Block], line_of: Sequence[int]) -> list[Block]:
    """Without a word or two that both have by chance amid others that differ."""
    if len(blocks) < 2:
        return blocks
    ends = len(line_of)
    out: list[Block] = []
    for number, block in enumerate(blocks):
        left = blocks[number - 1] if number else Block(0, 0, 0)
        before = max(block.a - left.a - left.size, block.b - left.b - left.size)
        after = 10**9
        if number + 1 < len(blocks):
            right = blocks[number + 1]
            after = max(right.a - block.a - block.size, right.b - block.b - block.size)
        lone = block.size <= 2 and min(before, after) > 6 * block.size
        first, last = line_of[block.a], line_of[block.a + block.size - 1]
        whole = (block.a == 0 or line_of[block.a - 1] != first) and (
            block.a + block.size == ends or line_of[block.a + block.size] != last
        )
        if not lone or whole:
            out.append(block)
    return out or blocks
