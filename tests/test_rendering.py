"""Letters, verdicts and differences as HTML: what is shown, and that nothing else can be."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from html import unescape
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import strategies
from builders import ALDER, BIRCH, CEDAR, DOGWOOD, ELM, Desk, a_desk, a_letter
from hostile_pages import (
    ATTRIBUTES,
    CASES,
    CLASSES,
    ELEMENTS,
    OUR_ATTRIBUTES,
    OURS,
    Seen,
    a_letter_of,
    render,
    words_of,
)
from openletter import records
from openletter.errors import MissingExtra
from openletter.records import Folder, Letter, Signatory
from openletter.records.text import as_lines
from openletter.rendering import Html, assets, directions
from openletter.rendering.differences import TITLES, inline_html, side_by_side_html, signed_which_html
from openletter.rendering.letters import letter_html, record_html
from openletter.rendering.pages import Pages
from openletter.rendering.verdicts import SYMBOLS, Addresses, signatories_html
from openletter.reports import sentences
from openletter.verify import Verdict, judge_keys, judge_letter
from tools import need

HOME = Path(__file__).resolve().parents[1]


# --- nothing breaks out ---


@pytest.mark.parametrize("case", CASES)
def test_a_hostile_letter_becomes_no_element_but_those_of_letters(case: str) -> None:
    hostile = render(case)
    seen = Seen(hostile.article)
    assert not seen.strange
    assert not seen.open
    for element, attributes in seen.elements:
        assert element in ELEMENTS
        assert attributes.keys() <= ATTRIBUTES
        assert set(attributes.get("class", "").split()) <= CLASSES
        assert attributes.get("id") == ("letter" if element == "article" else None)
        assert re.match("https://|http://|mailto:|$", attributes.get("href", "")), "a link that does something else"
        assert ("href" in attributes) == (element == "a")
        assert attributes.get("rel") == ("noopener noreferrer nofollow" if element == "a" else None)
    assert [element for element, _ in seen.elements].count("article") == 1


@pytest.mark.parametrize("case", CASES)
def test_nothing_hostile_breaks_out_of_what_is_shown_of_a_letter(case: str) -> None:
    for piece in render(case).pieces:
        assert isinstance(piece, Html)
        seen = Seen(piece)
        assert not seen.strange
        assert not seen.open
        for element, attributes in seen.elements:
            assert element in OURS
            assert attributes.keys() <= OUR_ATTRIBUTES
            assert re.match("https://|http://|mailto:|$", attributes.get("href", ""))
            assert attributes.get("data-organization", "") in {"", ALDER, BIRCH, CEDAR, DOGWOOD}


@pytest.mark.parametrize("case", CASES)
def test_the_words_of_a_hostile_letter_are_those_of_its_record(case: str) -> None:
    hostile = render(case)
    assert Seen(hostile.article).text == words_of(hostile.letter)


@pytest.mark.parametrize("case", CASES)
def test_a_template_escapes_what_it_is_given(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "pages_of_a_test"
    (package / "templates").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "templates" / "page.html").write_text(
        '{% extends "base.html" %}{% block title %}{{ words }}{% endblock %}'
        '{% block main %}<p class="{{ words }}">{{ words }}</p>{{ words | name }}{{ letter }}{% endblock %}'
    )
    monkeypatch.syspath_prepend(tmp_path)
    hostile = render(case)
    words = hostile.letter.subject
    page = Pages(package.name).render("page.html", words=words, letter=hostile.article, style_address="s.css", csp="")
    monkeypatch.delitem(sys.modules, package.name)
    seen = Seen(re.sub("<!DOCTYPE html>|<(?:meta|link) [^>]*>", "", page))
    assert not seen.strange
    assert {element for element, _ in seen.elements} <= ELEMENTS | {"html", "head", "title", "body", "main"}
    assert {"class": words} in [attributes for _, attributes in seen.elements]
    assert seen.text.count(words_of(hostile.letter)) == 1


def test_a_fact_that_a_template_names_and_nobody_gives_is_an_error() -> None:
    from jinja2 import UndefinedError

    with pytest.raises(UndefinedError, match="style_address"):
        Pages().render("base.html")


@pytest.mark.parametrize("missing", ["jinja2", "markdown_it"])
def test_a_missing_extra_is_one_line(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from openletter.rendering import commonmark

    commonmark._reader.cache_clear()
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(MissingExtra, match="isn't installed") as refusal:
        Pages() if missing == "jinja2" else letter_html(a_letter())
    assert "openletter[site]" in (refusal.value.hint or "")
    commonmark._reader.cache_clear()


def test_a_deep_body_is_bounded() -> None:
    deep = ">" * 200_000 + "x"
    html = letter_html(a_letter(body=deep))
    assert html.count("<blockquote>") < 20
    assert Seen(html).text.count(">") > 199_900


# --- a letter ---


def test_a_letter_is_read_in_the_order_of_its_lines() -> None:
    letter = records.decode((HOME / "archive/2026/open-water-record/0003.yaml").read_bytes())
    assert isinstance(letter, Letter)
    marks = "|".join((r"\d\.", "Re:"))
    as_text = re.sub(rf"^(?:{marks}) ", "", "\n".join(as_lines(letter)), flags=re.M)
    assert Seen(letter_html(letter)).text == " ".join(as_text.split())


def test_names_are_printed_glyph_for_glyph_and_keep_their_direction_to_themselves() -> None:
    name = "FIDH – معهد  “x” &amp; A\u200dB"
    html = letter_html(a_letter(signatories=(Signatory(organization=ALDER, of=name),)))
    assert f"<li><bdi>{name.replace('&', '&amp;')}</bdi></li>" in html


@pytest.mark.parametrize(
    ("language", "direction"),
    [
        *(("en", "ltr"), ("ar", "rtl"), ("he", "rtl"), ("fa", "rtl"), ("ug", "rtl"), ("ur", "rtl"), ("yi", "rtl")),
        *(("ps", "rtl"), ("sd", "rtl"), ("dv", "rtl"), ("ckb", "rtl"), ("ar-EG", "rtl"), ("zh-Hans", "ltr")),
        *(("ug-Latn", "ltr"), ("az-Arab", "rtl"), ("az", "ltr"), ("pa-Arab-PK", "rtl"), ("ff-Adlm", "rtl")),
        *(("ug-Cyrl", "ltr"), ("ku", "ltr"), ("hi-IN", "ltr"), ("ku-Arab", "rtl")),
    ],
)
def test_a_letter_runs_the_way_of_its_language_and_script(language: str, direction: directions.Direction) -> None:
    assert directions.of_language(language) == direction
    html = letter_html(a_letter(language=language))
    assert html.startswith(f'<article id="letter" class="letter" lang="{language}" dir="{direction}">')


def test_a_paragraph_that_runs_the_other_way_says_so() -> None:
    html = letter_html(a_letter(body="An English one with שלום.\n\nשלום לכולם, hello.\n\n123"))
    assert "<p>An English one" in html
    assert '<p dir="rtl">שלום' in html
    assert "<p>123</p>" in html


def test_headings_of_a_body_stand_below_the_subject_and_skip_no_level() -> None:
    html = letter_html(a_letter(body="### a\n\n# b\n\n###### c\n\n###### d\n\n###### e\n\n###### f"), level=1)
    assert re.findall(r"<(h\d)", html) == ["h1", "h2", "h2", "h3", "h4", "h5", "h6"]
    assert re.findall(r"<(h\d)", letter_html(a_letter(body="# a\n\n## b"), level=5)) == ["h5", "h6", "h6"]


def test_a_link_shows_where_it_goes_unless_it_says_so() -> None:
    html = letter_html(a_letter(body="[here](https://a.example/x) <https://b.example/> <mailto:c@c.example>"))
    assert '>here</a> <small class="address"><bdi>https://a.example/x</bdi></small>' in html
    assert html.count("<small") == 1
    assert html.count('rel="noopener noreferrer nofollow"') == 3


def test_an_image_is_its_words_and_its_address() -> None:
    html = letter_html(a_letter(body='![a well](https://a.example/w.png "in May")'))
    assert "<img" not in html
    assert "a well https://a.example/w.png in May" in Seen(html).text


def test_line_breaks_are_those_of_commonmark() -> None:
    html = letter_html(a_letter(body="one\ntwo\\\nthree"))
    assert "<p>one two<br>three</p>" in html


def test_what_a_record_says_beside_its_words_is_told_too() -> None:
    letter = a_letter(revision=2, note="Two words changed.", translation_of="sha256:" + "7" * 64, date_line="In March")
    text = Seen(record_html(letter)).text
    assert "Two words changed." in text
    assert "2 March 2026" in text
    for digest in (letter.digest, letter.previous, letter.translation_of):
        assert digest is not None
        assert digest.removeprefix("sha256:") in text  # copied, it has no spaces


def test_a_page_can_hold_two_letters() -> None:
    assert ' id="' not in letter_html(a_letter(), name=None)
    assert letter_html(a_letter(), name="other").startswith('<article id="other"')


# --- who signed ---


def _rows(html: str) -> dict[str, str]:
    found = re.findall(r'<li data-organization="([^"]*)" data-verdict="([^"]*)">', html)
    assert len(dict(found)) == len(found)
    return dict(found)


def test_each_organization_has_a_row_with_its_verdict_and_its_id_stands_first() -> None:
    desk = a_desk()
    html = signatories_html(desk.judge(), list(desk.keys))
    assert _rows(html) == {
        ALDER: "signed",
        BIRCH: "signed-earlier",
        CEDAR: "named",
        ELM: "named",
        DOGWOOD: "endorsed",
    }
    text = Seen(html).text
    for found in desk.judge().organizations:
        assert f"{found.organization} {found.printed or found.record_name}" in text
        assert sentences.HEADINGS[found.verdict] in text
        for note in sentences.notes(found):
            assert note in text
    assert "Listed is not signed." in text
    assert sentences.summary(desk.judge()) in text


def test_every_verdict_has_words_and_a_mark_of_its_own() -> None:
    assert SYMBOLS.keys() == sentences.HEADINGS.keys() == set(Verdict)
    assert len(set(SYMBOLS.values())) == len(SYMBOLS)


def test_another_name_on_the_key_record_and_a_look_alike_are_told() -> None:
    desk = Desk()
    desk.enrol(ALDER, name="Alder Trust")
    letter = a_letter()
    other = Signatory(organization="a1der.example", of="Alder lnstitute")
    desk.revise(replace(letter, signatories=(*letter.signatories, other)))
    desk.sign(ALDER)
    text = Seen(signatories_html(desk.judge(), [ALDER])).text
    assert "its own key record calls it “Alder Trust”" in text
    assert "Look twice: this id looks like another one: alder.example" in text


def test_a_withdrawal_gives_its_reason_and_a_false_signature_its_fault() -> None:
    desk = a_desk()
    desk.withdraw(ALDER, 2, reason="We were not asked.")
    desk.files["0002.cedar.example.0123456789abcdef.sig"] = b"rubbish"
    html = signatories_html(desk.judge(), ())
    assert _rows(html)[ALDER] == "withdrawn"
    assert _rows(html)[CEDAR] == "invalid"
    text = Seen(html).text
    assert "Its reason: We were not asked." in text
    assert "False in this letter" in text
    assert "0002.cedar.example.0123456789abcdef.sig" in text


def test_of_what_is_no_letter_nothing_is_said_but_the_fault() -> None:
    desk = a_desk()
    desk.files["0002.yaml"] = b"rubbish\n"
    html = signatories_html(desk.judge(), ())
    assert "not a valid record" in html
    assert "data-verdict" not in html


def test_two_thousand_signatories_have_a_row_each_and_what_holds_of_all_is_said_once() -> None:
    listed = tuple(Signatory(organization=f"org-{n}.example", of=f"Organization {n}") for n in range(2000))
    letter = a_letter(signatories=listed)
    folder = Folder(path=f"archive/{letter.letter}", files={"0001.yaml": letter.to_bytes()})
    html = signatories_html(judge_letter(letter.letter, folder, judge_keys({})), ())
    assert set(_rows(html).values()) == {"named"}
    assert len(_rows(html)) == 2000
    assert html.count("that alone shows no consent") == 1
    assert "<details open><summary>All 2000 of them</summary>" in html
    assert letter_html(letter).count("<li>") == 2000


def test_a_page_links_where_it_is_told_to() -> None:
    desk = a_desk()
    where = Addresses(organization=lambda one: f"/o/{one}", difference=lambda a, b: f"/d/{a}-{b}")
    html = signatories_html(desk.judge(), (), addresses=where)
    assert '<a href="/o/alder.example">' in html
    assert '<a href="/d/1-2">what changed since</a>' in html
    assert "<a " not in signatories_html(desk.judge(), ())


@pytest.mark.parametrize("letter", ["2026/open-water-record", "2026/night-bus", "2026/reading-room-hours"])
def test_the_commands_to_check_by_hand_check(letter: str) -> None:
    need("ssh-keygen")
    folders = {
        path: Folder(path=path, files={file.name: file.read_bytes() for file in (HOME / path).iterdir()})
        for path in (f"archive/{letter}", *(f"keys/{one.name}" for one in (HOME / "keys").iterdir()))
    }
    keyring = judge_keys({path[5:]: folder for path, folder in folders.items() if path.startswith("keys/")})
    report = judge_letter(letter, folders[f"archive/{letter}"], keyring)
    counts = {organization: found.records for organization, found in keyring.reports.items()}
    html = signatories_html(report, counts, records=counts)
    commands = [unescape(one) for one in re.findall(r'<pre class="command" dir="ltr"><code>(.*?)</code>', html, re.S)]
    assert len(commands) == sum(len(found.rests_on) for found in report.organizations) > 0
    for command in commands:
        done = subprocess.run(["sh", "-c", command], cwd=HOME, capture_output=True, check=False, text=True)
        assert done.stdout.startswith('Good "openletter" signature for '), done.stderr


# --- what changed ---


def _one_side(html: str, left_out: str) -> str:
    """The letters and digits of a difference, without those of one kind and without ours."""
    for ours in (
        r'<span class="hidden"[^>]*>[^<]*</span>',
        r'<span aria-hidden="true">[^<]*</span>',
        r"<summary[^>]*>[^<]*</summary>",
        rf"<{left_out}>.*?</{left_out}>",
    ):
        html = re.sub(ours, "", html, flags=re.S)
    return re.sub(r"\s", "", unescape(re.sub(r"<[^>]*>", "", html)))


def _squeezed(letter: Letter, field: str) -> str:
    value = getattr(letter, field)
    return re.sub(r"\s", "", value or "")


def _check_sides(older: Letter, newer: Letter) -> None:
    html = inline_html(older, newer)
    beside = side_by_side_html(older, newer)
    for field in ("body", "note", "sender", "subject"):
        if getattr(older, field) == getattr(newer, field):
            assert f">{TITLES[field]}</h3>" not in html
            continue
        prose = re.search(rf'>{TITLES[field]}</h3><div class="prose"[^>]*>(.*?)</div></section>', html, re.S)
        assert prose is not None
        assert _one_side(prose[1], "ins") == _squeezed(older, field)
        assert _one_side(prose[1], "del") == _squeezed(newer, field)
        table = re.search(rf">{TITLES[field]}</h3><table.*?<tbody[^>]*>(.*?)</tbody>", beside, re.S)
        assert table is not None
        cells = re.findall(r"<td( role=\"cell\" colspan=\"2\")?[^>]*>(.*?)</td>", table[1], re.S)
        left = right = ""
        place = 0
        for both, cell in cells:
            if both:
                left += cell
                right += cell
                continue
            left, right = (left + cell, right) if place % 2 == 0 else (left, right + cell)
            place += 1
        assert _one_side(left, "none") == _squeezed(older, field)
        assert _one_side(right, "none") == _squeezed(newer, field)


_WORDS = st.lists(
    st.sampled_from(["one", "two", "1.", "-", "#", "three", "水", "أربع", "```", "end\\", ">", "¶"]),
    min_size=1,
    max_size=6,
).map(" ".join)
_TEXTS = st.lists(_WORDS, min_size=1, max_size=12).flatmap(
    lambda lines: st.lists(st.sampled_from(["\n", "\n\n"]), min_size=len(lines), max_size=len(lines)).map(
        lambda gaps: "".join(line + gap for line, gap in zip(lines, gaps, strict=True)).strip("\n")
    )
)


@given(older=_TEXTS, newer=_TEXTS, note=_TEXTS)
def test_each_side_of_a_difference_is_the_whole_text_of_that_side(older: str, newer: str, note: str) -> None:
    _check_sides(a_letter(body=older), a_letter(body=newer, note=note, sender=note))


@settings(max_examples=30)
@given(older=strategies.letters(), newer=strategies.letters())
def test_each_side_of_a_difference_of_any_two_letters_is_whole(older: Letter, newer: Letter) -> None:
    _check_sides(older, newer)


def test_what_came_and_went_is_marked_for_the_eye_and_for_the_ear() -> None:
    html = inline_html(a_letter(), a_letter(body="We urge you to open the records.\n\nThey belong to everybody."))
    assert '<del><span class="hidden" lang="en">deleted: </span>ask' in html
    assert '<ins><span class="hidden" lang="en">inserted: </span>urge' in html
    assert html.count("end of insertion") == html.count("<ins>") == 1


def test_a_line_break_of_a_body_is_prose() -> None:
    older = a_letter(body="One sentence.\nTwo sentences.\n\n- an item\n- another")
    html = inline_html(older, replace(older, body=older.body.replace("another", "a third")))
    assert "<p>One sentence. Two sentences.</p><p>- an item</p>" in html


def test_a_paragraph_that_was_only_parted_shows_where() -> None:
    html = inline_html(a_letter(body="One.\nTwo."), a_letter(body="One.\n\nTwo."))
    assert '<span aria-hidden="true">¶</span><span class="hidden" lang="en">new paragraph</span>' in html


def test_long_unchanged_runs_are_folded_away_with_their_words() -> None:
    text = "\n\n".join(f"Paragraph {n}." for n in range(30))
    for show in (inline_html, side_by_side_html):
        html = show(a_letter(body=text), a_letter(body=text.replace("graph 15.", "graph XV.")))
        assert [
            re.sub(r"^.*<summary[^>]*>|</summary>.*", "", part, flags=re.S) for part in html.split("<details")[1:]
        ] == [
            "14 paragraphs unchanged",
            "13 paragraphs unchanged",
        ]
        assert "Paragraph 3." in html


def test_equal_texts_are_said_to_be_equal() -> None:
    assert "only the number of the revision differs" in inline_html(a_letter(), a_letter(2))


def test_every_field_of_a_letter_has_a_title_in_plain_words() -> None:
    for field in set(TITLES):
        assert hasattr(a_letter(), field)
    older = a_letter_of("Old words")
    newer = a_letter_of("New lines", date="2026-05-05", language="fr", translation_of="sha256:" + "1" * 64)
    titles = re.findall("<h3>(.*?)</h3>", inline_html(older, newer))
    assert titles == list(TITLES.values())


def test_who_signed_which_is_a_table() -> None:
    desk = a_desk()
    html = signed_which_html(desk.judge(1), desk.judge(2))
    rows = [Seen(f"<table>{row}</table>").text for row in re.findall('<tr role="row"><th scope="row".*?</tr>', html)]
    assert f"{BIRCH} Birch Institute ● signed this text ◐ signed an earlier text, not this one" in rows
    assert (
        f"{DOGWOOD} Dogwood Institute not named, and no signature here ◆ {sentences.HEADINGS[Verdict.ENDORSED]}" in rows
    )


# --- the style sheet and the templates ---


def _palettes() -> dict[str, dict[str, str]]:
    light, dark = re.findall(r":root \{(.*?)\}", assets.style(), re.S)[:2]
    read = {
        name: dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", text))
        for name, text in (("light", light), ("dark", dark))
    }
    assert read["light"].keys() == read["dark"].keys()
    return read


def _luminance(colour: str) -> float:
    """The relative luminance of WCAG 2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_colours_can_be_told_apart(mode: str) -> None:
    palette = _palettes()[mode]
    assert 2.9 < _contrast("#000000", "#5b5b5b") < 3.2, "the formula is that of WCAG"
    for ground in ("ground", "paper", "panel"):
        for ink in ("ink", "soft", "link", "good", "doubt", "bad"):
            assert _contrast(palette[ink], palette[ground]) >= 4.5, (ink, ground)
        assert _contrast(palette["edge"], palette[ground]) >= 3, ("edge", ground)
    assert _contrast(palette["come-ink"], palette["come"]) >= 4.5
    assert _contrast(palette["gone-ink"], palette["gone"]) >= 4.5


def test_the_style_sheet_loads_nothing_and_knows_no_left_and_right() -> None:
    style = re.sub(r"/\*.*?\*/", "", assets.style(), flags=re.S)
    assert not re.search(r"url\(|@import|@font-face|</", style)
    assert not re.search(r"\b(?:margin|padding|border|inset)-(?:left|right|top|bottom)\b", style)
    assert not re.search(r"[{;]\s*(?:left|right|top|bottom|float|width|height|min-width|max-width)\s*:", style)
    assert not re.search(r"text-align:\s*(?:left|right)", style)
    for wish in ("prefers-color-scheme", "prefers-reduced-motion", "forced-colors", "print", "focus-visible"):
        assert wish in style
    assert style.count("{") == style.count("}")


def test_templates_hold_no_script_no_style_and_let_nothing_through() -> None:
    folder = resources.files("openletter.rendering") / "templates"
    files = [file for file in folder.iterdir() if file.name.endswith(".html")]
    assert len(files) >= 2
    for file in files:
        text = file.read_text("utf-8")
        assert not re.search(r"\|\s*safe|autoescape|\bstyle=|\son[a-z]+=|<script|javascript:", text), file.name


def test_a_page_has_what_every_page_needs() -> None:
    page = Pages().render("base.html", style_address="s.css", csp="default-src 'none'", lang="ar")
    assert '<html lang="ar" dir="rtl">' in page
    assert 'content="default-src &#39;none&#39;"' in page
    assert 'href="#main">Skip to the content' in page
    assert '<main id="main"' in page
    assert "http-equiv" not in Pages().render("base.html", style_address="s.css")
