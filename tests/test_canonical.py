"""Canonical YAML: one spelling for the same data, and a refusal with its reason for everything else."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from data_models import documents, shape, texts
from openletter import canonical, errors
from openletter.canonical import MAX_BYTES, MAX_DEPTH, MAX_KEY, Value, check_text, dump, load
from openletter.errors import CanonicalError, ForbiddenText, NotCanonical, NotNormalized, NotUtf8, TooLarge
from spec_examples import examples

SPEC = Path(__file__).resolve().parent.parent / "spec" / "canonical-yaml.md"
EXAMPLES = [example for example in examples(SPEC) if len(example.words) == 2]

# --- laws ----------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(documents)
def test_what_is_written_reads_back_with_its_order_and_is_written_the_same(data: dict[str, Value]) -> None:
    written = dump(data)
    assert shape(load(written)) == shape(data)
    assert dump(load(written)) == written


pieces = st.sampled_from(
    [
        "a",
        "b",
        ":",
        ": ",
        ' "x"',
        '"',
        "\\",
        "|-",
        " ",
        "  ",
        "    ",
        "\n",
        "- ",
        "-",
        "a:",
        'a: "x"\n',
        "# c",
        "|",
        "é",
        "~",
    ]
)


@settings(deadline=None, max_examples=200)
@given(documents, st.data())
def test_changed_bytes_are_refused_or_are_the_one_spelling_of_what_they_say(
    data: dict[str, Value], draw: st.DataObject
) -> None:
    changed = bytearray(dump(data))
    for _ in range(draw.draw(st.integers(1, 3))):
        at = draw.draw(st.integers(0, len(changed)))
        removed = draw.draw(st.integers(0, 4))
        added = draw.draw(st.one_of(st.binary(max_size=2), pieces.map(str.encode)))
        changed[at : at + removed] = added
    assert_refused_or_canonical(bytes(changed))


@settings(deadline=None, max_examples=500)
@given(st.lists(pieces, max_size=12).map("".join))
def test_bytes_that_resemble_yaml_are_refused_or_are_the_one_spelling_of_what_they_say(text: str) -> None:
    assert_refused_or_canonical(text.encode())


@given(st.binary())
def test_any_bytes_are_refused_or_are_the_one_spelling_of_what_they_say(data: bytes) -> None:
    assert_refused_or_canonical(data)


def assert_refused_or_canonical(data: bytes) -> None:
    """Nothing but a `CanonicalError`; accepted exactly where another reader's data is written as these bytes."""
    read, refusal = None, None
    try:
        read = load(data)
    except CanonicalError as error:
        refusal = error
    try:
        other = yaml.load(data, yaml.CSafeLoader)
        same = isinstance(other, dict) and dump(other) == data
    except (yaml.YAMLError, CanonicalError, ValueError):
        other, same = None, False
    if refusal is None:
        assert read is not None
        assert dump(read) == data
        assert shape(read) == shape(other)
    else:
        assert not same
        assert refusal.line is not None
        assert 1 <= refusal.line <= data.count(b"\n") + 1


@given(texts)
def test_a_text_that_may_stand_in_a_record_passes_the_check(text: str) -> None:
    check_text(text, lines=True)


@given(st.text(max_size=8))
def test_the_check_of_a_text_and_writing_it_agree(text: str) -> None:
    refusal = None
    try:
        check_text(text, lines=True)
    except ForbiddenText as error:
        refusal = error
    if refusal is None:
        assert load(dump({"a": text})) == {"a": text}
        return
    with pytest.raises(CanonicalError) as caught:
        dump({"a": text})
    assert type(caught.value) is (type(refusal) if text else NotCanonical)
    assert caught.value.field == "a"


# --- the proof -----------------------------------------------------------------------------------------------


def test_a_reader_that_misreads_is_caught_by_writing_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canonical._Reader, "read_map", lambda *_: {"a": "y"})
    with pytest.raises(NotCanonical, match="not the bytes that this data is written as"):
        load(b'a: "x"\n')


# --- writing -------------------------------------------------------------------------------------------------


def test_the_layout_of_every_shape() -> None:
    data: dict[str, Any] = {
        "a": "x",
        "b": {"c": "y\nz", "d": ["1"]},
        "e": [{"f": ["g", '"'], "h": {"i": "j"}}, {"k": "l\n\n  m"}],
    }
    assert dump(data).decode().split("\n") == [
        'a: "x"',
        "b:",
        "  c: |-",
        "    y",
        "    z",
        "  d:",
        '    - "1"',
        "e:",
        "  - f:",
        '      - "g"',
        "      - |-",
        '        "',
        "    h:",
        '      i: "j"',
        "  - k: |-",
        "      l",
        "",
        "        m",
        "",
    ]


def test_any_mapping_can_be_written() -> None:
    assert dump(MappingProxyType({"a": "x"})) == b'a: "x"\n'


def nested(levels: int) -> dict[str, Any]:
    data: Any = "x"
    for _ in range(levels):
        data = {"a": data}
    assert isinstance(data, dict)
    return data


def test_maps_nest_to_the_limit_and_no_deeper() -> None:
    assert load(dump(nested(MAX_DEPTH))) == nested(MAX_DEPTH)
    with pytest.raises(NotCanonical, match="more than 8 levels"):
        dump(nested(MAX_DEPTH + 1))


def test_lists_count_as_levels() -> None:
    fits: Any = nested(MAX_DEPTH - 2)
    assert load(dump({"a": [fits]})) == {"a": [fits]}
    with pytest.raises(NotCanonical, match="more than 8 levels"):
        dump({"a": [nested(MAX_DEPTH - 1)]})
    too_deep = dump({"a": [fits]}).replace(b' "x"', b"\n" + b" " * 16 + b'- "x"')
    with pytest.raises(NotCanonical, match="more than 8 levels"):
        load(too_deep)


def test_data_that_holds_itself_is_refused() -> None:
    data: dict[str, Any] = {}
    data["a"] = data
    with pytest.raises(NotCanonical, match="more than 8 levels"):
        dump(data)


NOT_DATA: list[tuple[Any, str | None, str]] = [
    ({}, None, "empty"),
    (None, None, "an empty value stands where a map must"),
    ("x", None, "type str"),
    ({"a": ""}, "a", "empty"),
    ({"a": None}, "a", "an empty value"),
    ({"a": 1}, "a", "type int"),
    ({"a": True}, "a", "type bool"),
    ({"a": b"x"}, "a", "type bytes"),
    ({"a": ("x",)}, "a", "type tuple"),
    ({"a": []}, "a", "empty"),
    ({"a": {}}, "a", "empty"),
    ({"a": {"b": {}}}, "a.b", "empty"),
    ({"a": [""]}, "a[0]", "empty"),
    ({"a": ["x", {"b": "y"}]}, "a[1]", "strings only or maps only"),
    ({"a": [{"b": "y"}, "x"]}, "a[1]", "strings only or maps only"),
    ({"a": [["x"]]}, "a[0]", "type list stands where a map must"),
    ({"a": ["x", None]}, "a[1]", "strings only or maps only"),
    ({"a": [{"b": "x"}, {"b": 2}]}, "a[1].b", "type int"),
    ({1: "x"}, None, "a key must be a string"),
    ({"a": {None: "x"}}, "a", "a key must be a string"),
    ({"e0": "x"}, "e0", "can't be a key"),
    ({"A": "x"}, "A", "can't be a key"),
    ({"a\n": "x"}, "a\n", "can't be a key"),
    ({"": "x"}, "", "can't be a key"),
    ({"a": {"no": "x"}}, "a.no", "can't be a key"),
    ({"k" * (MAX_KEY + 1): "x"}, "k" * (MAX_KEY + 1), "at most 64 characters"),
]


@pytest.mark.parametrize(("data", "field", "reason"), NOT_DATA)
def test_what_is_not_in_the_data_model_is_not_written(data: Any, field: str | None, reason: str) -> None:
    with pytest.raises(NotCanonical, match=reason) as caught:
        dump(data)
    assert type(caught.value) is NotCanonical
    assert caught.value.field == field


def test_a_refused_text_is_named_by_its_field_and_its_line() -> None:
    signatories: list[dict[str, Value]] = [{"name": "x"}, {"name": "x"}, {"name": "x\ny\u202ez"}]
    with pytest.raises(ForbiddenText, match=r"U\+202E \(RIGHT-TO-LEFT OVERRIDE\)") as caught:
        dump({"signatories": signatories})
    assert (caught.value.field, caught.value.line) == ("signatories[2].name", 2)


def test_a_document_has_at_most_one_mebibyte() -> None:
    room = MAX_BYTES - len(b'a: ""\n')
    assert len(dump({"a": "x" * room})) == MAX_BYTES
    assert load(dump({"a": "x" * room})) == {"a": "x" * room}
    with pytest.raises(TooLarge):
        dump({"a": "x" * (room + 1)})
    with pytest.raises(TooLarge):
        dump({"a": "é" * (room // 2 + 1)})


def test_size_is_judged_before_anything_else() -> None:
    with pytest.raises(TooLarge):
        load(b"\xff" * (MAX_BYTES + 1))
    with pytest.raises(NotUtf8):
        load(b"\xff" * MAX_BYTES)


# --- text ----------------------------------------------------------------------------------------------------

REFUSED_TEXTS: list[tuple[str, type[CanonicalError], int | None, str]] = [
    ("", ForbiddenText, None, "empty"),
    ("a\tb", ForbiddenText, 1, r"U\+0009 \(TAB\), which is character 2 of the line"),
    ("a\nb\rc", ForbiddenText, 2, r"U\+000D \(CARRIAGE RETURN\), which is character 2"),
    ("a\x01", ForbiddenText, 1, r"U\+0001, which"),
    ("a\ud800b", ForbiddenText, 1, r"U\+D800, which"),
    ("a\u00adb", ForbiddenText, 1, r"U\+00AD \(SOFT HYPHEN\)"),
    ("a\n\nb\U000e0061", ForbiddenText, 3, r"U\+E0061 \(TAG LATIN SMALL LETTER A\)"),
    ("e\u0301", NotNormalized, 1, r"U\+0301 \(COMBINING ACUTE ACCENT\), character 2 of the line"),
    ("x\ny e\u0301", NotNormalized, 2, r"character 4 of the line"),
    ("\u0301\u0323", NotNormalized, 1, r"U\+0323"),
    (" a", ForbiddenText, 1, r"may not begin with U\+0020"),
    ("\u3000a", ForbiddenText, 1, r"may not begin with U\+3000"),
    ("a ", ForbiddenText, 1, r"may not end with U\+0020"),
    ("a\nb\u00a0\nc", ForbiddenText, 2, r"may not end with U\+00A0"),
    ("a\n   \nb", ForbiddenText, 2, r"may not end with U\+0020"),
    ("a\n  \u2003b", ForbiddenText, 2, r"not by U\+2003"),
    ("a\n\u200bb", ForbiddenText, 2, r"not by U\+200B"),
    ("\na", ForbiddenText, 1, "begin with an empty line"),
    ("\n", ForbiddenText, 1, "begin with an empty line"),
    ("a\n", ForbiddenText, 2, "end with an empty line"),
    ("a\n\n\nb", ForbiddenText, 3, "two empty lines"),
]


@pytest.mark.parametrize(("text", "expected", "line", "reason"), REFUSED_TEXTS)
def test_a_text_is_refused_for_its_reason(
    text: str, expected: type[CanonicalError], line: int | None, reason: str
) -> None:
    with pytest.raises(ForbiddenText, match=reason) as caught:
        check_text(text, lines=True)
    assert type(caught.value) is expected
    assert caught.value.line == line


def test_where_one_line_is_asked_for_a_line_feed_is_refused() -> None:
    check_text("a\nb", lines=True)
    with pytest.raises(ForbiddenText, match="one line"):
        check_text("a\nb", lines=False)


# --- reading -------------------------------------------------------------------------------------------------

REFUSED: list[tuple[str, int, str]] = [
    ("", 1, "the file is empty"),
    ('a: "x"\nb: "y"', 2, "doesn't end in a line feed"),
    ('a: "x"\n\nb: "y"\n', 2, "empty line may stand only between the lines of a block"),
    ('a: "x"\n# y\n', 2, "no comments"),
    ('---\na: "x"\n', 1, "document markers"),
    ('a: "x"\n- "y"\n', 2, "two spaces more than its key"),
    ('a: "x"\nb: y\n', 2, "'y' is neither a string in double quotes nor"),
    ("a: |\n  x\n", 1, "nor the |- of a block"),
    ('a: "x"\na: "y"\n', 2, "the key 'a' stands here a second time"),
    ('a: "x"\nnull: "y"\n', 2, "'null' can't be a key"),
    ('a:\nb: "x"\n', 2, "indented by 2 spaces"),
    ("a:\n", 1, "indented by 2 spaces"),
    ('a: "x"\n   b: "y"\n', 2, "indented by 3 spaces"),
    ('a: "x\n', 1, "double quote that closes"),
    ('a: "x" \n', 1, "double quote that closes"),
    ('a: ""\n', 1, "not empty"),
    ('a: "x\\ny"\n', 1, "written as a |- block"),
    ("a: |-\n  x\n", 1, "written in double quotes"),
    ('a: |-\nb: "x"\n', 1, "a block has lines below it"),
    ("a: |-\n  x\n  y\n\n", 4, "an empty line stands behind the last line"),
    ('a:\n  - "x"\n  -"y"\n', 3, "a dash and one space"),
    ('a:\n  - "x"\n  - b: "y"\n', 3, "strings only or maps only"),
    ("key " + "k" * 100 + "\n", 1, "…' is neither a key"),
]


@pytest.mark.parametrize(("document", "line", "reason"), REFUSED)
def test_a_refusal_says_where_and_why(document: str, line: int, reason: str) -> None:
    with pytest.raises(NotCanonical) as caught:
        load(document.encode())
    assert reason in caught.value.message
    assert caught.value.line == line


def test_what_is_not_utf8_is_named_by_its_line_and_byte() -> None:
    with pytest.raises(NotUtf8, match=r"byte 11 \(0xE9\)") as caught:
        load(b'a: "x"\nb: "\xe9"\n')
    assert caught.value.line == 2


def test_text_in_a_document_is_named_by_the_line_of_the_document() -> None:
    with pytest.raises(ForbiddenText, match="two empty lines") as caught:
        load(b'a: "x"\nb: |-\n  one\n\n\n  two\n')
    assert caught.value.line == 5


MIB = MAX_BYTES
HOSTILE: dict[str, Callable[[], str]] = {
    "strings": lambda: "a:\n" + '  - "x"\n' * (MIB // 8 - 1),
    "blocks": lambda: "a:\n" + '  - |-\n    "\n' * (MIB // 13 - 1),
    "empty lines": lambda: "\n" * MIB,
    "empty lines in a block": lambda: "a: |-\n  x" + "\n" * (MIB - 9),
    "lines of spaces": lambda: "a: |-\n  x\n" + "      \n" * (MIB // 7 - 2),
    "depth": lambda: "".join("  " * level + "a:\n" for level in range(1000)),
    "dashes": lambda: "a:\n  " + "- " * (MIB // 2 - 4) + "\n",
    "a long key": lambda: "a_" * (MIB // 2 - 4) + 'a: "x"\n',
    "many keys": lambda: "".join(f"{'a' * 40}_{'ab' * n}\n" for n in range(1000)),
    "spaces": lambda: 'a: "x' + " " * (MIB - 8) + '"\n',
    "indentation": lambda: "a:\n" + " " * (MIB - 10) + "b\n",
    "unsorted marks": lambda: 'a: "x' + "\u0301\u0323" * (MIB // 4 - 4) + '"\n',
    "sorted marks": lambda: 'a: "\u0635' + "\u0323" * (MIB // 5) + "\u0301" * (MIB // 5) + '"\n',
    "marks that may compose": lambda: 'a: "' + "\u0635\u0301" * (MIB // 4 - 4) + '"\n',
    "one wrong mark at the end": lambda: 'a: "' + "\u0635\u0301" * (MIB // 4 - 4) + 'e\u0301"\n',
    "jamo": lambda: 'a: "' + "\u1100" * (MIB // 3 - 4) + '\u1161"\n',
    "many refused characters": lambda: 'a: "' + "".join(map(chr, range(0xE000, 0xF8FF))) * 50 + '"\n',
    "quotes": lambda: "a: |-\n  " + '"' * (MIB - 10) + "\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_mebibyte_of_hostile_bytes_is_read_or_refused(name: str) -> None:
    data = HOSTILE[name]().encode()
    assert len(data) <= MAX_BYTES
    # Whatever grew with the square of a mebibyte would not come to its end here.
    with contextlib.suppress(CanonicalError):
        assert dump(load(data)) == data


# --- the spec ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("example", EXAMPLES, ids=[f"line {example.line}" for example in EXAMPLES])
def test_an_example_of_the_spec_holds(example: Any) -> None:
    language, expected = example.words
    assert language == "yaml"
    if expected == "accept":
        assert dump(load(example.content)) == example.content
        return
    with pytest.raises(CanonicalError) as caught:
        load(example.content)
    assert type(caught.value) is getattr(errors, expected)


def test_the_worked_example_has_the_data_and_the_digest_that_the_spec_says() -> None:
    accepted = [example.content for example in EXAMPLES if example.words[1] == "accept"]
    shown = next(example.content for example in examples(SPEC) if example.words == ["json"])
    assert shape(load(accepted[0])) == shape(json.loads(shown))
    digest = hashlib.sha256(accepted[0]).hexdigest()
    assert f"It has {len(accepted[0])} bytes, and the SHA-256\n\n    {digest}\n" in SPEC.read_text(encoding="utf-8")


def test_the_shorter_example_has_the_bytes_that_the_spec_says() -> None:
    blocks = examples(SPEC)
    at = next(at for at, block in enumerate(blocks) if block.words == ["hex"])
    assert blocks[at - 1].content == bytes.fromhex(blocks[at].content.decode())


def test_the_examples_of_a_page_are_its_fenced_blocks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_bytes("x\n```yaml accept\né: \n\n  ``\n```\n````text\n```\n````\n".encode())
    assert examples(page) == [
        (["yaml", "accept"], "é: \n\n  ``\n".encode(), 2),
        (["text"], b"```\n", 7),
    ]
    page.write_bytes(b"```yaml accept\n")
    with pytest.raises(ValueError, match="1: this block is not closed"):
        examples(page)
