"""Two git trees compared by their bytes: what differs is found without reading what is the same.

A year of letters is a tree of a thousand entries, and a commit changes one. Where a tree is known to be in order, and
another has the same bytes before and behind some place, only the entries about that place are read, and the other is
then known to be in order too. What can't be shown so is read whole, by the rules of `archive.tree`.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from typing import Final

from openletter.archive.layout import MAX_ENTRIES
from openletter.archive.tree import kind_of, parse_tree, text_of, usual_entries

Entry = tuple[str, bytes]
"""A kind, in the words of `archive.snapshot`, and an id of 20 bytes."""

_Found = tuple[bytes, bytes, bytes]
_Changed = tuple[int, str, str]

_ENTRY: Final = re.compile(rb"([0-7]{5,6}) ([^\0]{1,255})\0(.{20})", re.DOTALL)
_ID: Final = 20
_BESIDES: Final = 22
"""The bytes of an entry besides its mode and its name: a space, a zero and the id."""
_APART: Final = 256
"""How many bytes lie between two anchors, at least."""
_SPARSE: Final = 8 * _APART
"""Where more bytes lie between two anchors, they are set anew."""


class Tree:
    """A tree of `count` entries; raises `ForeignPath` for bytes that are no tree's, `TooLarge`.

    `anchors` are places where an entry begins, in a tree that is in order, which is one that `usual_entries` reads; any
    other has none. `changed` tells of an entry in it that once had another id: where its id ends, its name, its kind.
    """

    __slots__ = ("_entries", "anchors", "changed", "count", "data")

    def __init__(self, data: bytes, path: str) -> None:
        self.data = data
        self.changed: _Changed | None = None
        self.anchors: list[int] = []
        self._entries = usual_entries(data)
        if self._entries is None:
            self._entries = parse_tree(data, path)
            self.count = len(self._entries)
            return
        self.count = len(self._entries)
        self.anchors = _anchors(_ENTRY.findall(data), 0, [0]) if len(data) > _APART else [0]
        if len(data) > _SPARSE:
            self._entries = None  # they are read again where they are asked for: most trees are only compared

    @classmethod
    def known(cls, data: bytes, anchors: list[int], count: int, changed: _Changed | None = None) -> Tree:
        """A tree that was shown to be in order."""
        made = cls.__new__(cls)
        made.data, made.anchors, made.count, made.changed, made._entries = data, anchors, count, changed, None
        return made

    def entries(self) -> dict[str, Entry]:
        """All entries by name."""
        return self._entries if self._entries is not None else _by_name(_ENTRY.findall(self.data))

    def get(self, name: str) -> Entry | None:
        """The entry of a name of plain ASCII without a backslash."""
        if self._entries is not None:
            return self._entries.get(name)
        wanted = name.encode()
        at = self.data.find(b" " + wanted + b"\0")
        while at >= 0:
            # An id may hold these bytes by chance: an entry is what is read as one from an anchor on.
            found = _ENTRY.match(self.data, self.anchors[bisect_right(self.anchors, at) - 1])
            while found is not None and found.end() <= at:
                found = _ENTRY.match(self.data, found.end())
            if found is not None and found[2] == wanted:
                return kind_of(found[1]), found[3]
            at = self.data.find(b" " + wanted + b"\0", at + 1)
        return None


Difference = tuple[Tree, dict[str, Entry], dict[str, Entry]]


def differing(known: Tree, data: bytes, path: str) -> Difference:
    """The tree that these bytes are, and the entries by name that only `known` has, and that only the other one has.

    An entry that both have under one name, with another kind or id, is in both answers. Raises what `Tree` raises.
    """
    if data == known.data:
        return known, {}, {}
    if known.anchors and (found := _near(known, data)) is not None:
        return found
    other = Tree(data, path)
    ours, theirs = known.entries().items(), other.entries().items()
    return other, dict(ours - theirs), dict(theirs - ours)


def _near(known: Tree, new: bytes) -> Difference | None:  # noqa: PLR0911  # each is a thing that is not shown
    """What `differing` answers, where it can be shown by the entries about the difference; `known` is in order."""
    old, anchors = known.data, known.anchors
    shift = len(new) - len(old)
    if not shift and known.changed is not None:
        end = known.changed[0]
        if new[: end - _ID] == old[: end - _ID] and new[end:] == old[end:]:
            return _other_id(known, new, known.changed)
    same = _same_before(old, new)
    if not shift and (changed := _id_at(known, same)) is not None and new[changed[0] :] == old[changed[0] :]:
        return _other_id(known, new, changed)
    same_behind = _same_behind(old, new, min(len(old), len(new)) - same)
    # Up to `same` the bytes are the same, and so is how they are read. The window begins at the anchor before the last
    # one there, and ends behind the first one from which on the bytes are the same: so it has an entry in front of the
    # first that differs, and one behind the last, if there are any.
    end = begin = anchors[max(bisect_right(anchors, same) - 2, 0)]
    behind = bisect_left(anchors, len(old) - same_behind) + 1
    window: list[_Found] = _ENTRY.findall(old, begin, anchors[behind] if behind < len(anchors) else len(old))
    # The entries from `first` to `last` are those that differ; they lie from `begin` to `end`.
    first = last = 0
    for number, (mode, name, _) in enumerate(window):
        if end >= len(old) - same_behind:
            break
        last = number + 1
        end += len(mode) + len(name) + _BESIDES
        if end <= same:
            begin, first = end, last
    was, now = window[first:last], _ENTRY.findall(new, begin, end + shift)
    # These are whole entries and nothing else, so what lies behind them is read as in the known tree.
    if sum(len(mode) + len(name) + _BESIDES for mode, name, _ in now) != end + shift - begin:
        return None
    around = [*window[max(first - 1, 0) : first], *now, *window[last : last + 1]]
    places = [name + b"/" if mode == b"40000" else name for mode, name, _ in around]
    if not all(map(bytes.__lt__, places, places[1:])):
        return None
    stayed = set(was).intersection(now)
    gone, come = [e for e in was if e not in stayed], [e for e in now if e not in stayed]
    replaced = {(mode, name) for mode, name, _ in gone}
    for mode, name, _ in come:
        # A name that is no plain text may read as another's; a file and a folder of one name need not stand side by
        # side, but these bytes stand wherever one of them does.
        plain = name.isascii() and b"\\" not in name
        if (mode, name) not in replaced and not (plain and new.count(b" " + name + b"\0") == 1):
            return None
    count = known.count - len(gone) + len(come)
    if count > MAX_ENTRIES:
        return None
    front = _anchors(now, begin, anchors[: bisect_right(anchors, begin)])
    back = [anchor + shift for anchor in anchors[bisect_left(anchors, end) :]]
    if back and back[0] == front[-1]:
        del back[0]  # nothing is left between the two
    if (back[0] if back else len(new)) - front[-1] > _SPARSE:
        front, back = _anchors(_ENTRY.findall(new), 0, [0]), []
    return Tree.known(new, front + back, count), _by_name(gone), _by_name(come)


def _id_at(known: Tree, place: int) -> _Changed | None:
    """The entry whose id has this place within it, in a tree that is in order."""
    found = _ENTRY.match(known.data, known.anchors[bisect_right(known.anchors, place) - 1])
    while found is not None and found.end() <= place:
        found = _ENTRY.match(known.data, found.end())
    if found is None or place < found.end() - _ID:
        return None
    return found.end(), text_of(found[2]), kind_of(found[1])


def _other_id(known: Tree, new: bytes, changed: _Changed) -> Difference:
    """What `differing` answers where nothing differs but the id of one entry: all else is in order as it was."""
    end, name, kind = changed
    tree = Tree.known(new, known.anchors, known.count, changed)
    return tree, {name: (kind, known.data[end - _ID : end])}, {name: (kind, new[end - _ID : end])}


def _anchors(entries: Iterable[_Found], start: int, anchors: list[int]) -> list[int]:
    """Add to `anchors` what is far enough from the last of them, for entries that begin at `start`."""
    at, latest = start, anchors[-1]
    for mode, name, _ in entries:
        if at - latest >= _APART:
            anchors.append(at)
            latest = at
        at += len(mode) + len(name) + _BESIDES
    return anchors


def _by_name(entries: Iterable[_Found]) -> dict[str, Entry]:
    return {text_of(name): (kind_of(mode), raw) for mode, name, raw in entries}


def _same_before(old: bytes, new: bytes) -> int:
    """How many bytes are the same at the beginning."""
    low, high = 0, min(len(old), len(new))
    if old[:high] == new[:high]:
        return high
    # Up to `low` they are the same, and up to `high` they are not.
    while high - low > 1:
        middle = (low + high) // 2
        if old[low:middle] == new[low:middle]:
            low = middle
        else:
            high = middle
    return low


def _same_behind(old: bytes, new: bytes, most: int) -> int:
    """How many bytes, at most so many, are the same at the end."""
    low, high, ours, theirs = 0, most + 1, len(old), len(new)
    while high - low > 1:
        middle = (low + high) // 2
        if old[ours - middle : ours - low] == new[theirs - middle : theirs - low]:
            low = middle
        else:
            high = middle
    return low
