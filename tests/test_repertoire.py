"""The frozen table of permitted characters: how it was made, and what it decides."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import unicodedata
from itertools import pairwise
from pathlib import Path

import pytest

from openletter import canonical
from openletter.canonical.repertoire import RANGES, UNICODE

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "vectors"))

import make_repertoire  # noqa: E402

TABLE = ROOT / "spec" / "repertoire.txt"
PYTHON = ROOT / "src" / "openletter" / "canonical" / "repertoire.py"
SPEC = (ROOT / "spec" / "canonical-yaml.md").read_text(encoding="utf-8")


def permitted_points() -> list[int]:
    return [point for first, last in RANGES for point in range(first, last + 1)]


@pytest.mark.skipif(unicodedata.unidata_version != UNICODE, reason=f"the table is made from Unicode {UNICODE}")
def test_the_generator_still_makes_the_same_table(tmp_path: Path) -> None:
    subprocess.run([sys.executable, ROOT / "vectors" / "make_repertoire.py", tmp_path], check=True)
    assert (tmp_path / "spec" / "repertoire.txt").read_bytes() == TABLE.read_bytes()
    assert (tmp_path / "src/openletter/canonical/repertoire.py").read_bytes() == PYTHON.read_bytes()


def test_the_generator_refuses_another_unicode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(make_repertoire, "UNICODE", "13.0.0")
    message = make_repertoire.main([str(tmp_path)])
    assert message is not None
    assert "made from 13.0.0" in message
    assert "CPython 3.11" in message
    assert list(tmp_path.iterdir()) == []


def test_both_forms_of_the_table_say_the_same() -> None:
    lines = [line for line in TABLE.read_text(encoding="utf-8").split("\n") if line and line[0] != "#"]
    ranges = []
    for line in lines:
        match = re.fullmatch(r"U\+([0-9A-F]{4,6})(?:\.\.U\+([0-9A-F]{4,6}))?  # .+", line)
        assert match, line
        ranges.append((int(match[1], 16), int(match[2] or match[1], 16)))
    assert tuple(ranges) == RANGES


def test_the_spec_names_the_digest_of_the_table() -> None:
    assert f"\n    {hashlib.sha256(TABLE.read_bytes()).hexdigest()}\n" in SPEC


def test_ranges_ascend_and_never_touch() -> None:
    assert all(first <= last for first, last in RANGES)
    assert all(one[1] + 1 < following[0] for one, following in pairwise(RANGES))


def test_every_permitted_character_is_assigned_in_this_python() -> None:
    assert [hex(point) for point in permitted_points() if unicodedata.category(chr(point)) == "Cn"] == []


def test_permitted_says_what_the_table_says() -> None:
    in_table = set(permitted_points())
    assert all(canonical.permitted(chr(point)) is (point in in_table) for point in range(sys.maxunicode + 1))


def test_the_space_characters_of_the_spec_are_zs_and_the_zero_width_space() -> None:
    zs = {point for point in permitted_points() if unicodedata.category(chr(point)) == "Zs"}
    assert {ord(space) for space in canonical._SPACES} == zs | {0x200B}
    sentence = re.search(r"The space characters are (.+)\.", SPEC)
    assert sentence
    assert make_repertoire.points(spans(sentence[1])) == zs | {0x200B}


def test_the_spec_lists_what_is_invisible_and_permitted() -> None:
    sentence = re.search(r"\*\*Invisible, and permitted:\*\* ([^.]+)\.", SPEC)
    assert sentence
    ignorable = make_repertoire.points(make_repertoire.DEFAULT_IGNORABLE)
    assert make_repertoire.points(spans(sentence[1])) == ignorable & set(permitted_points())


def decisions() -> list[tuple[str, bool]]:
    """The rows of the spec's table of decisions: code points, and whether they are permitted."""
    found = []
    for line in SPEC.split("\n"):
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) == 6 and "U+" in cells[1]:
            found.append((cells[1], cells[3].startswith("permitted")))
    return found


@pytest.mark.parametrize(("points", "permitted"), decisions())
def test_the_table_follows_each_decision_of_the_spec(points: str, permitted: bool) -> None:
    for point in make_repertoire.points(spans(points)):
        assert canonical.permitted(chr(point)) is permitted, hex(point)


def test_the_spec_has_a_decision_for_every_format_character_and_every_ignorable_one() -> None:
    decided = {point for points, _ in decisions() for point in make_repertoire.points(spans(points))}
    asked = make_repertoire.points(make_repertoire.DEFAULT_IGNORABLE)
    asked |= {point for point in range(sys.maxunicode + 1) if unicodedata.category(chr(point)) == "Cf"}
    assigned = {point for point in asked if unicodedata.category(chr(point)) != "Cn"}
    if unicodedata.unidata_version == UNICODE:
        assert [hex(point) for point in sorted(assigned - decided)] == []
    refused = {point for point in assigned - decided if not canonical.permitted(chr(point))}
    assert refused == assigned - decided, "what a later Unicode adds is refused"


def spans(text: str) -> list[tuple[int, int]]:
    """The ranges that a sentence names: U+00A0, U+2000 to U+200B, U+202A–202E."""
    found = re.findall(r"U\+([0-9A-F]{4,6})(?:(?: to U\+|–)([0-9A-F]{4,6}))?", text)
    return [(int(first, 16), int(last or first, 16)) for first, last in found]
