"""Trees as git writes them are read at once, all others entry by entry: both ways say the same."""

from __future__ import annotations

from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openletter.archive import tree
from openletter.errors import ForeignPath

ENTRIES = st.lists(
    st.tuples(
        st.sampled_from([b"100644", b"40000", b"040000", b"120000", b"1", b""]),
        st.text("ab./é", min_size=0, max_size=3).map(str.encode) | st.sampled_from([b"\xff", b"\\xff", b"a" * 300]),
        st.binary(min_size=20, max_size=20),
    ),
    max_size=5,
)


def parse(data: bytes) -> object:
    try:
        return tree.parse_tree(data, "")
    except ForeignPath:
        return ForeignPath


@given(ENTRIES, st.booleans(), st.integers(min_value=0, max_value=3))
def test_the_quick_way_says_what_the_careful_one_says(
    entries: list[tuple[bytes, bytes, bytes]], ordered: bool, cut: int
) -> None:
    if ordered:
        entries = sorted(entries, key=lambda entry: entry[1] + b"/" * (entry[0] == b"40000"))
    data = b"".join(mode + b" " + name + b"\0" + oid for mode, name, oid in entries)
    data = data[: len(data) - cut]
    quick = parse(data)
    with patch.object(tree, "usual_entries", return_value=None):
        assert parse(data) == quick


def test_a_tree_whose_last_id_is_cut_short_is_not_read() -> None:
    assert parse(b"100644 a\0" + b"i" * 20) == {"a": ("a file", b"i" * 20)}
    assert parse(b"100644 a\0" + b"i" * 19) is ForeignPath


@pytest.mark.parametrize("size", [100, 1000])
def test_an_honest_tree_takes_the_quick_way(size: int) -> None:
    data = b"".join(f"40000 letter-{number:04}".encode() + b"\0" + b"i" * 20 for number in range(size))
    assert len(tree.usual_entries(data) or ()) == size
