"""What changed between two revisions: nothing is lost, nothing is hidden, and no text makes it take long."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import strategies
from builders import a_letter
from openletter.records import Addressee, Letter, Signatory
from openletter.records.difference import FieldChange, Kind, Part, compare

SHOWN = {"same": "{}", "deleted": "[-{}-]", "inserted": "{{+{}+}}"}


def shown(before: str, after: str) -> list[str]:
    """The change of a body, a string for each line, marked as people see it."""
    (change,) = compare(a_letter(body=before), a_letter(body=after))
    assert change.field == "body"
    return ["".join(SHOWN[part.kind].format(part.text) for part in line) for line in change.lines]


def side(change: FieldChange, kind: Kind) -> str:
    """The text that a change leaves of one side, without line ends."""
    return "".join(part.text for line in change.lines for part in line if part.kind in ("same", kind))


def flat(value: object) -> str:
    """A field's text without line ends, items one behind the other."""
    if value is None:
        return ""
    if isinstance(value, Addressee):
        return "".join(part or "" for part in (value.name, value.title, value.organization, *value.address))
    if isinstance(value, Signatory):
        names = ", ".join(part for part in (value.name, value.title, value.of) if part is not None)
        return names + (f" ({value.organization})" if value.organization else "")
    if isinstance(value, tuple):
        return "".join(map(flat, value))
    return str(value).replace("\n", "")


# Few words, so that two texts share many; more than one line, so that lines meet lines.
_words = st.sampled_from(
    ["a", "b", "water", " ", "  ", "\n", "\n\n", ".", "水", "山", "น้ำ", "m̂", "पानी", "\u0301", "-", '"']
)
_bodies = st.lists(_words, min_size=1, max_size=30).map(lambda words: "x" + "".join(words) + "y")


def _body(text: str) -> str:
    """The nearest body that a letter may have."""
    lines = [line.strip(" ") for line in unicodedata.normalize("NFC", text).split("\n")]
    return "\n".join(line for place, line in enumerate(lines) if line or (place and lines[place - 1]))


bodies = _bodies.map(_body)

# --- laws --------------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(bodies, bodies)
def test_same_and_deleted_is_the_old_text_same_and_inserted_the_new(before: str, after: str) -> None:
    for change in compare(a_letter(body=before), a_letter(body=after)):
        assert side(change, "deleted") == flat(before)
        assert side(change, "inserted") == flat(after)


@settings(deadline=None, max_examples=25)
@given(strategies.letters(), strategies.letters())
def test_the_law_holds_for_every_field_of_any_two_letters(older: Letter, newer: Letter) -> None:
    for change in compare(older, newer):
        before, after = getattr(older, change.field), getattr(newer, change.field)
        if flat(before) != flat(after):
            assert side(change, "deleted") == flat(before)
            assert side(change, "inserted") == flat(after)


@settings(deadline=None)
@given(bodies, bodies)
def test_every_change_is_marked(before: str, after: str) -> None:
    changes = compare(a_letter(body=before), a_letter(body=after))
    assert bool(changes) == (before != after)
    for change in changes:
        assert any(part.kind != "same" for line in change.lines for part in line)


@settings(deadline=None, max_examples=25)
@given(strategies.letters(), strategies.letters())
def test_exactly_the_fields_that_differ_are_changes_in_the_order_of_the_letter(older: Letter, newer: Letter) -> None:
    names = [name for name in Letter.__dataclass_fields__ if name not in ("letter", "revision", "previous")]
    differing = [name for name in names if getattr(older, name) != getattr(newer, name)]
    changes = compare(older, newer)
    assert [change.field for change in changes] == differing
    for change in changes:
        assert any(part.kind != "same" for line in change.lines for part in line)


@settings(deadline=None)
@given(bodies, bodies)
def test_compared_the_other_way_round_insertions_are_deletions(before: str, after: str) -> None:
    there = compare(a_letter(body=before), a_letter(body=after))
    back = compare(a_letter(body=after), a_letter(body=before))
    for one, other in zip(there, back, strict=True):
        assert side(one, "deleted") == side(other, "inserted")
        assert side(one, "inserted") == side(other, "deleted")


@settings(deadline=None)
@given(bodies, bodies)
def test_no_part_holds_a_line_end_and_only_a_changed_line_end_is_empty(before: str, after: str) -> None:
    for change in compare(a_letter(body=before), a_letter(body=after)):
        for line in change.lines:
            assert all("\n" not in part.text for part in line)
            assert all(part.text for part in line[:-1])


# --- what people see ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("a b c", "a x c", ["a [-b-]{+x+} c"]),
        ("a c", "a b c", ["a {+b +}c"]),
        ("a b c", "a c", ["a [-b -]c"]),
        ("the quick brown fox", "a slow red fox", ["[-the quick brown-]{+a slow red+} fox"]),
        ("a, b", "a; b", ["a[-,-]{+;+} b"]),
        ("won't", "wont", ["[-won't-]{+wont+}"]),
        ("a\nb\nc", "a\nb\nd", ["a", "b", "[-c-]{+d+}"]),
        ("a\nb", "a\nx\nb", ["a", "{+x+}", "b"]),
        ("a\nx\nb", "a\nb", ["a", "[-x-]", "b"]),
        ("a\n\nb", "a\n\nx\n\nb", ["a", "", "{+x+}", "{++}", "b"]),
    ],
)
def test_words_that_changed_are_marked(before: str, after: str, expected: list[str]) -> None:
    assert shown(before, after) == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("a\nb", "a\n\nb", ["a", "{++}", "b"]),
        ("a\n\nb", "a\nb", ["a", "[--]", "b"]),
        ("a b", "a\nb", ["a[- -]{++}", "b"]),
        ("a\nb", "a b", ["a[--]", "{+ +}b"]),
        ("a b", "a\n\nb", ["a[- -]{++}", "{++}", "b"]),
    ],
)
def test_a_break_of_line_or_paragraph_that_came_or_went_is_marked(before: str, after: str, expected: list[str]) -> None:
    assert shown(before, after) == expected


def test_spaces_that_were_doubled_are_marked() -> None:
    assert shown("a b", "a  b") == ["a[- -]{+  +}b"]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("水を公開せよ", "水を全て公開せよ", ["水を{+全て+}公開せよ"]),
        ("ขอน้ำดี", "ขอน้ำใส", ["ขอน้ำ[-ดี-]{+ใส+}"]),
        ("पानी दो", "पाना दो", ["[-पानी-]{+पाना+} दो"]),
        ("m̂n", "mn", ["[-m̂n-]{+mn+}"]),
        ("می\u200cخواهیم آب", "میخواهیم آب", ["[-می\u200cخواهیم-]{+میخواهیم+} آب"]),
        ("ok 👩\u200d🌾", "ok 👩\u200d🔧", ["ok [-👩\u200d🌾-]{+👩\u200d🔧+}"]),
    ],
)
def test_scripts_are_cut_where_they_may_be_cut(before: str, after: str, expected: list[str]) -> None:
    assert shown(before, after) == expected


@settings(deadline=None)
@given(bodies, bodies)
def test_no_part_begins_with_a_combining_mark_that_has_something_to_mark(before: str, after: str) -> None:
    for change in compare(a_letter(body=before), a_letter(body=after)):
        for line in change.lines:
            for part in line:
                # A mark behind a space or at the start of a line has nothing to stay with.
                alone = any(f"{space}\u0301" in f"{before}\n{after}" for space in " \n")
                assert alone or not part.text.startswith("\u0301")


def test_nothing_but_number_and_predecessor_is_no_change() -> None:
    assert compare(a_letter(1), a_letter(2)) == ()
    assert compare(a_letter(1), replace(a_letter(1), letter="2026/other")) == ()


def test_a_field_that_came_or_went_is_marked_whole() -> None:
    with_note = a_letter(note="One.\n\nTwo.")
    assert compare(a_letter(), with_note) == (
        FieldChange(
            field="note",
            lines=tuple((Part(kind="inserted", text=text),) for text in ("One.", "", "Two.")),
        ),
    )
    assert compare(with_note, a_letter()) == (
        FieldChange(
            field="note",
            lines=tuple((Part(kind="deleted", text=text),) for text in ("One.", "", "Two.")),
        ),
    )


def _only(older: Letter, newer: Letter) -> list[str]:
    (change,) = compare(older, newer)
    return ["".join(SHOWN[part.kind].format(part.text) for part in line) for line in change.lines]


def test_a_signatory_that_joined_is_one_inserted_line() -> None:
    older = a_letter()
    joined = Signatory(organization="fir.example", name="Jo Lind", of="Fir League")
    newer = replace(older, signatories=(*older.signatories[:2], joined, *older.signatories[2:]))
    assert _only(older, newer)[2] == "{+Jo Lind, Fir League (fir.example)+}"
    assert sum("{+" in line for line in _only(older, newer)) == 1


def test_a_signatory_whose_id_changed_is_seen_though_all_names_stay() -> None:
    older = a_letter()
    newer = replace(
        older, signatories=(replace(older.signatories[0], organization="alder.example.org"), *older.signatories[1:])
    )
    assert "alder.example" in _only(older, newer)[0]
    assert _only(older, newer)[0].count("{+") == 1


def test_words_that_moved_to_another_field_of_an_addressee_are_seen() -> None:
    older = a_letter(addressees=(Addressee(name="The Commissioner"),))
    newer = a_letter(addressees=(Addressee(title="The Commissioner"),))
    assert _only(older, newer) == ["1. [-name-]{+title+}: The Commissioner"]


def test_words_that_moved_to_another_addressee_are_seen() -> None:
    older = a_letter(addressees=(Addressee(name="A", title="B"), Addressee(name="C")))
    newer = a_letter(addressees=(Addressee(name="A"), Addressee(name="B", title="C")))
    assert len(_only(older, newer)) == 3


# --- bounds ------------------------------------------------------------------------------------------------------

MIB = 1 << 20


def _spread(words: Iterable[str], gap: str = " ") -> str:
    """As many of these words as a letter holds."""
    return gap.join(words)[: MIB - 2000].strip()


def _hostile() -> dict[str, tuple[str, str]]:
    dice = random.Random(1)  # noqa: S311
    few = [dice.choice("ab") for _ in range(MIB)]
    return {
        "two words at random": (_spread(few), _spread(reversed(few))),
        "two characters at random, each a word": (
            "".join("山川"[c == "a"] for c in few[:340_000]),
            "".join("山川"[c == "b"] for c in few[1:340_000]),
        ),
        "no word in common": (_spread(f"a{n}" for n in range(200_000)), _spread(f"b{n}" for n in range(200_000))),
        "no line in common": (
            _spread((f"a{n}" for n in range(200_000)), "\n"),
            _spread((f"b{n}" for n in range(199_999)), "\n"),
        ),
        "many lines of many words": (
            _spread((" ".join(few[n : n + 500]) for n in range(0, MIB // 2, 500)), "\n"),
            _spread((" ".join(few[n + 1 : n + 501][::-1]) for n in range(0, MIB // 2, 500)), "\n"),
        ),
        "combining marks": ("x" + "\u0323" * 500_000, "x" + "\u0324" * 500_000),
        "blank lines": ("x\n\n" * 300_000 + "x", "x\n\ny\n\n" * 150_000 + "x"),
    }


HOSTILE = _hostile()


@pytest.mark.parametrize("before_and_after", HOSTILE.values(), ids=HOSTILE)
def test_two_hostile_texts_of_1_mib_are_compared_and_nothing_is_lost(
    before_and_after: tuple[str, str],
) -> None:
    older, newer = (a_letter(body=body) for body in before_and_after)
    # Without its bound of effort the comparison would take hours.
    (change,) = compare(older, newer)
    assert side(change, "deleted") == flat(older.body)
    assert side(change, "inserted") == flat(newer.body)


def test_one_changed_word_is_found_in_1_mib() -> None:
    words = [f"w{n}" for n in range(140_000)]
    before = " ".join(words)
    words[3] = words[70_000] = words[139_990] = "other"
    (line,) = shown(before, " ".join(words))
    assert [line.count(mark) for mark in ("[-w3-]", "[-w70000-]", "[-w139990-]", "{+other+}")] == [1, 1, 1, 3]


def test_lines_that_share_nothing_but_spaces_are_one_change() -> None:
    before, after = (" ".join(f"{letter}{n}" for n in range(900)) for letter in "ab")
    assert shown(before, after) == [f"[-{before}-]{{+{after}+}}"]
