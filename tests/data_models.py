"""Data of all kinds that canonical YAML can hold, as hypothesis makes it: spec/canonical-yaml.md, "Data"."""

from __future__ import annotations

import unicodedata
from typing import Any

from hypothesis import strategies as st

from openletter import canonical
from openletter.canonical import Value
from openletter.canonical.repertoire import RANGES

SPACES = "".join(canonical._SPACES)
TRICKY = "ab \"\\:#-'{}[]&*!|>%@`~,?=.0\u00a0\u200b\u200c\u200dé“–\u0301\u0323한😀م"

characters = st.one_of(
    st.sampled_from(TRICKY),
    st.sampled_from(RANGES[1:]).flatmap(lambda ends: st.integers(*ends)).map(chr),
)


def trimmed(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip(SPACES)


LIKE_OTHER_DATA = (
    *(
        "yes",
        "No",
        "true",
        "null",
        "~",
        "0",
        "012",
        "0o7",
        "0x1F",
        "1_000",
        "1e3",
        "12:30:45",
        ".inf",
        ".NaN",
        "-",
        "=",
    ),
    *("2026-01-01", "2026-01-01T00:00:00Z", "<<", ":a", "!ruby/object", "*a", "&a b", "[a]", "{a: b}", "a: b", "# a"),
    *("---", "...", "%YAML 1.1", "|", ">-", "? a", "- a", "@a", "`a", "'a'", '"a"', "\\", "\\n", "a\\", '"', "''"),
)
"""Texts that mean something else to YAML readers where they stand without quotes."""
KEY_WORDS = ("constructor", "prototype", "inf", "nan", "nil", "none", "undefined", "merge", "hash", "e", "o", "t", "x")
"""Keys that a language could take for something of its own."""

lines = st.one_of(
    st.text(characters, min_size=1, max_size=12).map(trimmed).filter(bool), st.sampled_from(LIKE_OTHER_DATA)
)
later_lines = st.tuples(st.sampled_from(["", "\n"]), st.sampled_from(["", " ", "    "]), lines).map("".join)
texts = st.one_of(lines, st.tuples(lines, st.lists(later_lines, max_size=4)).map(lambda t: "\n".join([t[0], *t[1]])))
words = st.one_of(st.text("abnoyxz", min_size=1, max_size=4), st.sampled_from(KEY_WORDS))
keys = st.lists(words, min_size=1, max_size=3).map("_".join).filter(lambda key: key not in canonical._NO_KEYS)


def maps(depth: int) -> st.SearchStrategy[dict[str, Value]]:
    values: list[st.SearchStrategy[Any]] = [texts, st.lists(texts, min_size=1, max_size=3)]
    if depth < 4:
        values += [maps(depth + 1), st.lists(maps(depth + 2), min_size=1, max_size=3)]
    return st.dictionaries(keys, st.one_of(values), min_size=1, max_size=3)


documents = maps(1)


def shape(data: object) -> object:
    """Data as nested lists, in which the order of a map's keys counts."""
    if isinstance(data, dict):
        return [[key, shape(value)] for key, value in data.items()]
    if isinstance(data, list):
        return ["list", *map(shape, data)]
    return data
