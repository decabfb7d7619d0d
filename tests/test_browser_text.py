"""Does a page show the words of a record? Compared without a parser of Markdown, so it can't always be said."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from openletter import canonical
from tools import need

PROGRAM = Path(__file__).parent / "independent" / "shown.mjs"
Pieces = list[dict[str, str]]

HEAD = "Coalition 14 May 2026 Ms. Dana Whitlow Commissioner Opening the wells"


def record(body: str, **more: Any) -> str:
    fields: dict[str, Any] = {
        "format": "letter/1",
        "letter": "2026/wells",
        "revision": "1",
        "date": "2026-05-14",
        "date_line": "14 May 2026",
        "language": "en",
        "sender": "Coalition",
        "addressees": [{"name": "Ms. Dana Whitlow", "title": "Commissioner"}],
        "subject": "Opening the wells",
        "body": body,
        "signatories": [{"organization": "alder.example", "name": "Ida Marsh", "of": "Alder Institute"}],
    }
    order = [
        "format",
        "letter",
        "revision",
        "date",
        "date_line",
        "place",
        "language",
        "sender",
        "addressees",
        "subject",
    ]
    order += ["salutation", "body", "signatories", "copies", "note"]
    whole = fields | more
    return canonical.dump({name: whole[name] for name in order if name in whole}).decode()


def pieces(*shown: str | tuple[str, str]) -> Pieces:
    """What a page shows: its text, and pieces of other kinds."""
    return [dict(zip(("kind", "text"), ("text", it) if isinstance(it, str) else it, strict=True)) for it in shown]


def page(*body: str | tuple[str, str]) -> Pieces:
    return pieces(HEAD, *body, "Alder Institute, Ida Marsh (alder.example)")


def matches(cases: list[tuple[str, Pieces]]) -> list[dict[str, str]]:
    asked = json.dumps([{"record": text, "pieces": shown} for text, shown in cases])
    run = subprocess.run([need("node"), PROGRAM], input=asked.encode(), capture_output=True, check=True)
    found: list[dict[str, str]] = json.loads(run.stdout)
    return found


URL = "https://birch.example/wells"
CASES: dict[str, tuple[str, Pieces, str]] = {
    "words as they are": ("We ask *you* to open **all** wells.", page("We ask you to open all wells."), "same"),
    "other scripts": ("نطلب فتح الآبار。我们要求。हम माँगते हैं।", page("نطلب فتح الآبار。我们要求。हम माँगते हैं।"), "same"),
    "numbers of a list": ("1. Open.\n2. Tell.", page(("number", "1"), "Open.", ("number", "2"), "Tell."), "same"),
    "numbers that HTML counts otherwise": (
        "1. Open.\n1. Tell.",
        page(("number", "1"), "Open.", ("number", "2"), "Tell."),
        "unmatched",
    ),
    "a link that leads where the record says": (
        f"See [the wells]({URL}).",
        page("See the wells", ("address", URL)),
        "same",
    ),
    "a link whose address is printed": (
        f"See [the wells]({URL}).",
        page(f"See the wells {URL}", ("address", URL)),
        "same",
    ),
    "a link by a definition, and its address behind it": (
        f"See [the wells][1].\n\n[1]: {URL}",
        page("See the wells", ("address", URL), ("printed", URL), f". [1]: {URL}"),
        "unmatched",
    ),
    "another word beside a definition": (
        f"See [the wells][1].\n\n[1]: {URL}",
        page("See the walls", ("address", URL), ("printed", URL), f". [1]: {URL}"),
        "different",
    ),
    "an address that is printed in another way": (
        "See [it](https://birch.example/ä).",
        page("See it", ("address", "https://birch.example/%C3%A4"), ("printed", "https://birch.example/%C3%A4")),
        "unmatched",
    ),
    "a link to mail": (
        "Write to <a@birch.example>.",
        page("Write to a@birch.example", ("same-address", "mailto:a@birch.example")),
        "same",
    ),
    "a link that leads elsewhere": (
        f"See [the wells]({URL}).",
        page("See the wells", ("address", "https://cedar.example/")),
        "different",
    ),
    "a printed address that leads elsewhere": (
        f"See <{URL}>.",
        page(f"See {URL}", ("same-address", "https://cedar.example/")),
        "different",
    ),
    "an address that a renderer writes in another way": (
        "See [it](https://birch.example/ä).",
        page("See it", ("address", "https://birch.example/%C3%A4")),
        "unmatched",
    ),
    "a link without its address": (f"See [the wells]({URL}).", page("See the wells."), "unmatched"),
    "a fence with a word behind it": ("```text\nopen\n```", page("open"), "unmatched"),
    "a named character": ("Caf&eacute; of the wells.", page("Café of the wells."), "unmatched"),
    "an escaped character": (r"1\. Open the wells.", page("1. Open the wells."), "same"),
    "another word": ("Open all wells.", page("Open no wells."), "different"),
    "a word less": ("Open all wells.", page("Open wells."), "different"),
    "a word more": ("Open all wells.", page("Open all wells now."), "different"),
    "words in another order": ("Open all wells.", page("Open wells all."), "different"),
    "another mark on a letter": ("Ouvrez les puits à côté.", page("Ouvrez les puits a côté."), "different"),
    "a vowel sign less": ("हम माँगते हैं।", page("हम मागते हैं।"), "different"),
    "another word beside a link": (f"See [the wells]({URL}).", page("See the walls", ("address", URL)), "different"),
}


def test_each_page_is_matched_as_it_is_said() -> None:
    found = matches([(record(body), shown) for body, shown, _ in CASES.values()])
    said = {name: match for name, (_, _, match) in CASES.items()}
    assert dict(zip(CASES, [one["match"] for one in found], strict=True)) == said


def test_difference_is_told_with_the_words_around_it() -> None:
    (found,) = matches(
        [
            (
                record("We ask you to open the forty wells of the valley."),
                page("We ask you to open the fifty wells of the valley."),
            )
        ]
    )
    assert "fifty wells" in found["near"]
    assert len(found["near"]) < 100


BODY = "We ask you, 1. to open the forty wells at [the lake](https://birch.example/)\n2. and to tell."


def test_no_other_letter_or_digit_anywhere_is_called_the_same() -> None:
    text = "".join(piece["text"] for piece in page(BODY))
    spoiled = [
        text[:at] + ("x" if text[at] != "x" else "y") + text[at + 1 :] for at in range(len(text)) if text[at].isalnum()
    ]
    # The id of an organization may be left away, and not changed.
    found = matches([(record(BODY), pieces(one)) for one in [text, *spoiled]])
    assert [one["match"] for one in found[:1]] == ["same"]
    assert len(spoiled) > 100
    assert {one["match"] for one in found[1:]} <= {"different", "unmatched"}


@pytest.mark.parametrize(
    ("more", "shown", "match"),
    [
        (
            {"place": "Alder Bridge", "date_line": "Alder Bridge, 14 May 2026"},
            "Alder Bridge, 14 May 2026 Coalition",
            "same",
        ),
        ({"place": "Alder Bridge"}, "Coalition Alder Bridge 14 May 2026", "same"),
        ({"place": "Alder Bridge"}, "Coalition 14 May 2026", "different"),
        ({}, "2026-05-14 14 May 2026 Coalition", "same"),
        ({}, "Coalition 15 May 2026", "different"),
        ({"note": "The third draft."}, "Coalition 14 May 2026 The third draft.", "different"),
    ],
    ids=["a place in the date line", "a place", "no place", "the date in digits too", "another date", "the note"],
)
def test_head_of_a_letter_may_stand_in_any_order_and_whole(more: dict[str, Any], shown: str, match: str) -> None:
    rest = "Ms. Dana Whitlow Commissioner Opening the wells Open. Alder Institute Ida Marsh"
    (found,) = matches([(record("Open.", **more), pieces(f"{shown} {rest}"))])
    assert found["match"] == match
