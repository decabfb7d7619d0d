"""What differs between two trees: the entries about the difference tell what all entries tell (spec/history.md)."""

from __future__ import annotations

from itertools import pairwise
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openletter.archive import difference
from openletter.archive.difference import Tree, differing
from openletter.archive.tree import parse_tree, usual_entries
from openletter.errors import ForeignPath, TooLarge

FALSE = b"\x0040000 b\0" + b"100644 a\0"
"""Bytes of an id that read as entries."""

MODES = st.sampled_from([b"100644", b"40000", b"40000", b"100755", b"160000", b"040000", b"1"])
NAMES = st.sampled_from([b"a", b"b", b"a.", b"a-b", b"a0", b"letter", b"z", b"\xff", b"\\xff", "é".encode(), b"A" * 40])
IDS = st.sampled_from([b"x" * 20, b"y" * 20, b"\0" * 20, FALSE.ljust(20, b"0"), b"0" * 2 + FALSE])
ENTRIES = st.tuples(MODES, NAMES, IDS)
Entries = list[tuple[bytes, bytes, bytes]]


def written(entries: Entries, *, in_order: bool) -> bytes:
    if in_order:
        named = {name: (mode, name, oid) for mode, name, oid in entries}
        entries = sorted(named.values(), key=lambda e: e[1] + b"/" * (e[0] == b"40000"))
    return b"".join(mode + b" " + name + b"\0" + oid for mode, name, oid in entries)


@st.composite
def chains(draw: st.DrawFn) -> list[bytes]:
    """Trees of which each is the one before with some entries more, fewer or others; now and then out of order."""
    entries: Entries = draw(st.lists(ENTRIES, max_size=8))
    found = [written(entries, in_order=True)]
    for _ in range(draw(st.integers(1, 6))):
        for added in draw(st.lists(ENTRIES | st.integers(0, 9), min_size=1, max_size=3)):
            if not isinstance(added, int):
                entries.append(added)
            elif entries:
                entries.pop(added % len(entries))
        found.append(written(entries, in_order=draw(st.integers(0, 4)) > 0))
    if draw(st.integers(0, 9)) == 0:
        found[-1] = found[-1][: draw(st.integers(0, len(found[-1])))]
    return found


def answer(known: Tree, data: bytes) -> tuple[Tree | None, object]:
    try:
        tree, gone, come = differing(known, data, "p")
    except (ForeignPath, TooLarge) as error:
        return None, type(error)
    return tree, (gone, come)


def by_all_entries(old: bytes, new: bytes) -> object:
    ours = parse_tree(old, "p")
    try:
        theirs = parse_tree(new, "p")
    except ForeignPath:
        return ForeignPath
    return dict(ours.items() - theirs.items()), dict(theirs.items() - ours.items())


@given(chains(), st.sampled_from([1, 24, 60, 256]))
@settings(max_examples=400)
def test_the_difference_is_that_of_all_entries(chain: list[bytes], apart: int) -> None:
    with patch.object(difference, "_APART", apart), patch.object(difference, "_SPARSE", 3 * apart):
        tree: Tree | None = Tree(chain[0], "p")
        for old, new in pairwise(chain):
            assert tree is not None
            tree, found = answer(tree, new)
            assert found == by_all_entries(old, new)
            if tree is None:
                return
            everything = parse_tree(new, "p")
            assert tree.entries() == everything
            assert tree.count == len(everything)
            for name in ("a", "b", "letter", "z", "none"):
                assert tree.get(name) == everything.get(name)
            # A tree that is said to be in order is, and where an entry is said to begin, one does.
            if tree.anchors:
                assert usual_entries(new) is not None
                places = {0}
                for mode, name, _ in difference._ENTRY.findall(new):
                    places.add(max(places) + len(mode) + len(name) + 22)
                assert set(tree.anchors) <= places
                assert tree.anchors == sorted(set(tree.anchors))


def large(count: int) -> Entries:
    return [(b"40000", b"letter-%05d" % number, b"%020d" % number) for number in range(count)]


@pytest.mark.parametrize("place", [0, 1, 499, 500, 998, 999])
def test_of_a_thousand_entries_a_few_are_read(place: int) -> None:
    entries = large(1000)
    data = written(entries, in_order=True)
    removed = written(entries[:place] + entries[place + 1 :], in_order=True)
    mode, name, _ = entries[place]
    changed = written([*entries[:place], (mode, name, b"z" * 20), *entries[place + 1 :]], in_order=True)
    known = Tree(data, "p")
    with patch.object(difference, "usual_entries", side_effect=AssertionError("a tree was read whole")):
        for other in (removed, changed):
            tree, gone, come = differing(known, other, "p")
            assert (list(gone), list(come)) == ([name.decode()], [] if other is removed else [name.decode()])
            assert differing(tree, data, "p")[1:] == (come, gone)


def test_a_file_and_a_folder_of_one_name_are_noticed_wherever_they_stand() -> None:
    between = [(b"100644", b"a.%03d" % number, b"x" * 20) for number in range(100)]
    data = written([(b"100644", b"a", b"x" * 20), *between], in_order=False)
    twice = data + b"40000 a\0" + b"y" * 20
    tree, _, come = differing(Tree(data, "p"), twice, "p")
    assert come["a"][0] == "one of two entries of one name"
    assert tree.anchors == []


def test_a_folder_that_grows_beyond_its_limit_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(difference, "MAX_ENTRIES", 100)
    monkeypatch.setattr("openletter.archive.tree.MAX_ENTRIES", 100)
    known = Tree(written(large(100), in_order=True), "p")
    with pytest.raises(TooLarge, match="more than 100 entries"):
        differing(known, written(large(101), in_order=True), "p")
