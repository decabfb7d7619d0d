"""A letter as PDF: its words, its evidence, its code; hostile letters; fonts that are missing."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pypdf
import pytest
import segno

from builders import ALDER, BIRCH, CEDAR, Desk, a_desk, key_of, signed_by
from openletter import records
from openletter.errors import DocumentError, FontsMissing, InputError, MissingExtra, UnknownFormat
from openletter.packet import pdf, pdf_signed
from openletter.packet.pdf import render
from openletter.records import Addressee, Letter, Signatory
from openletter.records.bundle import decode
from openletter.rendering.blocks import blocks
from openletter.verify import Evidence, Fault, Report
from pdf_letters import ARABIC, CHINESE, ENGLISH, FRENCH, HINDI, LETTERS, packed, packet
from tools import need

INVISIBLE = re.compile(r"[\s\u00ad\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def text_of(data: bytes) -> str:
    """The text of a PDF in the order of reading, as poppler has it."""
    command = [need("pdftotext"), "-enc", "UTF-8", "-", "-"]
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout.decode()


def close(text: str) -> str:
    """Text without spaces, and without the hyphens that were put in at line ends (no record has U+00AD)."""
    return INVISIBLE.sub("", text)


def words_of(letter: Letter) -> Iterator[str]:
    """What is printed of a letter, in its order; the body without its marks."""
    yield from (letter.sender or "").split("\n")
    yield from filter(None, (letter.place, letter.date_line, letter.reference))
    for addressee in letter.addressees:
        yield from filter(None, (addressee.name, addressee.title, addressee.organization, *addressee.address))
    yield from filter(None, (letter.subject, letter.salutation))
    for block in blocks(letter.body):
        yield from _strings(block)
    yield from filter(None, (letter.valediction,))
    for signatory in letter.signatories:
        yield from filter(None, (signatory.name, signatory.title, signatory.of))
    yield from letter.copies
    yield from filter(None, (letter.note,))


def _strings(part: object) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, tuple):
        for inner in part:
            yield from _strings(inner)
    elif hasattr(part, "items"):
        yield from _strings(part.items)
    elif hasattr(part, "content"):
        yield from _strings(part.content)
    elif hasattr(part, "text"):
        yield part.text


def attachments(data: bytes) -> dict[str, bytes]:
    return {name: found[0] for name, found in pypdf.PdfReader(io.BytesIO(data)).attachments.items()}


def off_the_paper(data: bytes) -> list[str]:
    """The words, as poppler has them, whose box goes far into the margins of the page."""
    command = [need("pdftotext"), "-bbox", "-", "-"]
    found = subprocess.run(command, input=data, capture_output=True, check=True).stdout.decode()
    left, right = 20 / 25.4 * 72, (210 - 20) / 25.4 * 72
    boxes = re.findall(r'<word xMin="([0-9.-]+)" yMin="[0-9.-]+" xMax="([0-9.-]+)"[^>]*>(.*?)</word>', found)
    assert boxes
    return [word for start, end, word in boxes if float(start) < left or float(end) > right]


# --- the words ---


@pytest.mark.parametrize("letter", [ENGLISH, FRENCH, CHINESE], ids=["english", "french", "chinese"])
def test_every_word_of_the_record_is_in_the_pages_in_order(letter: Letter) -> None:
    found = close(text_of(render(*packet(letter))))
    place = 0
    for words in words_of(letter):
        at = found.find(close(words), place)
        assert at >= 0, words
        place = at + len(close(words))


@pytest.mark.parametrize("letter", [ARABIC, LETTERS["uyghur"], HINDI], ids=["arabic", "uyghur", "hindi"])
def test_every_word_of_a_script_whose_letters_join_is_in_the_pages_in_order(letter: Letter) -> None:
    # Poppler says a letter twice that has a mark or a stroke above, and moves figures in a line from the right.
    def once(text: str) -> str:
        return re.sub(r"(र्.|[\u0600-\u06ff])\1+", r"\1", re.sub("[\u064b-\u0652]", "", close(text)))

    found = once(text_of(render(*packet(letter))))
    place = 0
    for words in words_of(letter):
        for word in words.split():
            if letter is not HINDI and re.search(r"[0-9A-Za-z\u0660-\u0669().،]", word):
                assert all(once(part) in found for part in re.findall(r"[^\W\d]+|\d+", word)), word
                continue
            at = found.find(once(word), place)
            assert at >= 0, word
            place = at


def test_a_hyphen_at_a_line_s_end_is_one_that_no_record_has_and_those_of_the_letter_stay() -> None:
    body = "incomprehensible responsibilities " * 50 + "and forty-one well-known wells"
    data = render(*packet(replace(ENGLISH, body=body)))
    plain = pypdf.PdfReader(io.BytesIO(data)).pages[0].extract_text()
    for text in (text_of(data), plain):
        assert "\u00ad" in text
        assert close(body) in close(text)
        assert "well-known" in text


def test_where_hyphens_are_too_many_no_word_is_broken() -> None:
    body = "incomprehensible responsibilities " * 50 + "- " * pdf.MAX_HYPHENS + "x"
    assert "\u00ad" not in text_of(render(*packet(replace(ENGLISH, body=body))))


def test_the_pages_say_their_language_their_title_and_the_day_of_the_record() -> None:
    reader = pypdf.PdfReader(io.BytesIO(render(*packet(FRENCH))))
    root: Any = reader.root_object
    assert root["/Lang"] == "fr"
    assert root["/MarkInfo"]["/Marked"]
    assert reader.metadata is not None
    assert reader.metadata.title == FRENCH.subject
    assert reader.metadata.creation_date is not None
    assert reader.metadata.creation_date.date().isoformat() == FRENCH.date
    xmp = root["/Metadata"].get_object().get_data()
    assert b"pdfaid:part>3<" in xmp
    assert b"pdfuaid:part>1<" in xmp


def test_the_page_of_signatures_says_the_id_the_verdict_and_the_key_of_each() -> None:
    desk = a_desk()
    desk.withdraw(BIRCH, 1)
    text = close(text_of(render(*packed(desk))))
    assert close("Signed this text: one organization alder.example Alder Institute") in text
    assert close("Signed this text without being named in it: one organization dogwood.example") in text
    assert close("Withdrew its support: one organization birch.example Birch Institute") in text
    assert (
        close("No signature here: two organizations Of each: the letter names it; that alone shows no consent.") in text
    )
    assert close("cedar.example Cedar Institute elm.example Elm Institute no key of it is on record here") in text
    assert key_of(ALDER).public.fingerprint in text
    assert close("A page can’t vouch for itself") in text


def test_a_key_is_never_said_to_be_confirmed_by_whoever_reads_the_page() -> None:
    bundle, report = packet(ENGLISH)
    found = report.letters[0]
    pinned = tuple(
        replace(
            verdict,
            confirmed_another=True,
            signatures=tuple(replace(one, evidence=Evidence.PINNED) for one in verdict.signatures),
        )
        for verdict in found.organizations
    )
    told = replace(report, letters=(replace(found, organizations=pinned),))
    assert render(bundle, told) == render(bundle, report)


def test_what_is_false_is_told_on_the_page() -> None:
    desk = Desk()
    desk.enrol(ALDER)
    desk.revise()
    desk.files[desk.sign(ALDER)] = signed_by(key_of(ALDER), b"another text")
    text = close(text_of(render(*packed(desk))))
    assert close("Something false was found. Don’t rely on what it touches.") in text
    assert close("A signature that does not hold: one organization alder.example") in text


# --- the evidence ---


def test_every_file_is_attached_byte_for_byte() -> None:
    desk = a_desk()
    desk.withdraw(BIRCH, 1)
    bundle, report = packed(desk)
    found = attachments(render(bundle, report))
    folder = f"archive/{bundle.letter}/"
    expected = {
        (path.removeprefix(folder) if path.startswith(folder) else path.replace("/", "_")): data
        for path, data in bundle.files.items()
    }
    assert found == {**expected, "bundle.json": bundle.to_bytes()}
    assert {"0001.yaml", "0002.yaml", "keys_alder.example_0001.yaml", "keys_alder.example_0001.allowed_signers"} <= set(
        found
    )
    assert decode(found["bundle.json"]) == bundle


def test_bytes_that_are_no_text_are_attached_too() -> None:
    desk = a_desk()
    name = f"0001.{CEDAR}.0123456789abcdef.sig"
    desk.files[name] = bytes(range(256))
    assert attachments(render(*packed(desk)))[name] == bytes(range(256))


def test_the_record_is_the_source_of_the_pages_and_the_rest_is_data() -> None:
    root: Any = pypdf.PdfReader(io.BytesIO(render(*packet(ENGLISH)))).root_object
    kinds = {file.get_object()["/UF"]: file.get_object()["/AFRelationship"] for file in root["/AF"]}
    assert kinds.pop("0001.yaml") == "/Source"
    assert set(kinds.values()) == {"/Data"}


def test_the_command_that_is_printed_checks_the_signature(tmp_path: Path) -> None:
    need("ssh-keygen")
    data = render(*packet(ENGLISH))
    for name, content in attachments(data).items():
        (tmp_path / name).write_bytes(content)
    text = re.sub(r"\s+", " ", text_of(data))
    found = re.search(r"ssh-keygen -Y verify .*? < 0001\.yaml", text)
    assert found is not None
    done = subprocess.run(["sh", "-c", found[0]], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert 'Good "openletter" signature for alder.example' in done.stdout


def test_the_same_bundle_gives_the_same_bytes_whatever_the_clock_and_the_process() -> None:
    script = (
        "import hashlib, sys; sys.path.insert(0, 'tests')\n"
        "from pdf_letters import ARABIC, packet\nfrom openletter.packet.pdf import render\n"
        "print(hashlib.sha256(render(*packet(ARABIC))).hexdigest())"
    )
    found = set()
    for seed, zone, epoch in (("1", "UTC", "0"), ("2", "Asia/Tokyo", "1700000000")):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "SOURCE_DATE_EPOCH": epoch}
        done = subprocess.run(
            [sys.executable, "-c", script],
            cwd=Path(__file__).parents[1],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        found.add(done.stdout)
    assert len(found) == 1


# --- the code ---


def pixels(data: bytes, page: int, dots: int) -> tuple[int, bytes]:
    """A page as grey pixels: the width, and the rows from the top."""
    command = [need("pdftoppm"), "-r", str(dots), "-gray", "-f", str(page), "-l", str(page), "-"]
    image = subprocess.run(command, input=data, capture_output=True, check=True).stdout
    found = re.match(rb"P5\s+(\d+)\s+(\d+)\s+255\s", image)
    assert found is not None
    return int(found[1]), image[found.end() :]


def seen_code(data: bytes, size: int, dots: int = 300) -> list[list[bool]]:
    """The dark and light modules of the code on the last page, as a camera would see them; `size` is their number."""
    width, grey = pixels(data, len(pypdf.PdfReader(io.BytesIO(data)).pages), dots)
    module = 36 / 25.4 * dots / (size + 8)
    left = (210 - 29 - 36) / 25.4 * dots + 4 * module

    def dark(x: float, y: float) -> bool:
        return grey[int(y) * width + int(x)] < 128

    def corner(y: int) -> bool:
        across = [left + (column + 0.5) * module for column in range(7)]
        return all(dark(x, y + module / 2) for x in across) and all(
            dark(across[0], y + module * row) for row in range(7)
        )

    top = next(y for y in range(len(grey) // width - int(40 / 25.4 * dots)) if corner(y))
    return [
        [dark(left + (column + 0.5) * module, top + (row + 0.5) * module) for column in range(size)]
        for row in range(size)
    ]


@pytest.mark.parametrize("base_url", [None, "https://letters.alder.example/archive/"])
def test_the_code_on_the_page_says_the_revision_and_its_digest(base_url: str | None) -> None:
    bundle, report = packet(ENGLISH)
    digest = records.digest(bundle.files[f"archive/{bundle.letter}/0001.yaml"])
    said = (
        f"openletter:2026/open-water-record@1 {digest}"
        if base_url is None
        else f"https://letters.alder.example/archive/2026/open-water-record/1/#{digest}"
    )
    expected = [[bool(module) for module in row] for row in segno.make_qr(said, error="m").matrix]
    data = render(bundle, report, base_url=base_url)
    assert seen_code(data, len(expected)) == expected
    text = pypdf.PdfReader(io.BytesIO(data)).pages[-1].extract_text()
    assert close(said) in close(text)
    assert " ".join(re.findall("....", digest.removeprefix("sha256:"))[:8]) in text


@pytest.mark.parametrize(
    "base_url", ["javascript:alert(1)", "letters.alder.example", "https://a.example/?q", "https://" + "a" * 400, ""]
)
def test_an_address_that_is_none_of_a_site_is_refused(base_url: str) -> None:
    with pytest.raises(InputError, match="no address of a site") as refused:
        render(*packet(ENGLISH), base_url=base_url)
    assert refused.value.field == "base_url"


# --- hostile letters ---

TYPST = (
    '#import "@preview/cetz:0.1.0"',
    '#read("/etc/passwd")',
    "#panic()",
    "@ref <label> #context here()",
    "$ x^2 $ // comment /* more */",
    "= Heading *bold* _it_ `code` ~ -- --- ...",
    '\\u{41} \\ #"; ] } ) " #eval("1+1")',
    "#set page(width: 1cm)",
    "https://x.example #link",
)


@pytest.mark.parametrize("markup", TYPST)
def test_typst_in_any_field_is_printed_as_it_stands(markup: str) -> None:
    letter = replace(
        ENGLISH,
        sender=f"1 {markup}\n{markup}",
        place=f"2 {markup}",
        date_line=f"3 {markup}",
        reference=f"4 {markup}",
        addressees=(
            Addressee(name=f"5 {markup}", title=f"6 {markup}", organization=f"7 {markup}", address=(f"8 {markup}",)),
        ),
        subject=f"9 {markup}",
        salutation=f"10 {markup}",
        body="11 `" + markup.replace("`", "'") + "`",
        valediction=f"12 {markup}",
        signatories=(
            Signatory(organization=ALDER, name=f"13 {markup}", title=f"14 {markup}", of=f"15 {markup}"),
            Signatory(name=f"16 {markup}"),
        ),
        copies=(f"17 {markup}",),
        note=f"18 {markup}",
    )
    text = close(text_of(render(*packet(letter))))
    for number in (*range(1, 11), *range(12, 19)):
        assert close(f"{number} {markup}") in text, number
    assert close("11 " + markup.replace("`", "'")) in text
    assert "root:" not in text


def test_nothing_of_a_letter_is_in_what_typst_reads_and_no_file_is_in_its_reach(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import typst

    given: list[dict[str, Any]] = []
    compiled: Any = typst.compile

    def spy(source: bytes, **options: Any) -> Any:
        given.append({"source": source, "files": list(Path(options["root"]).iterdir()), **options})
        return compiled(source, **options)

    monkeypatch.setattr(typst, "compile", spy)
    render(*packet(ENGLISH))
    render(*packet(replace(ENGLISH, subject=TYPST[1], body=TYPST[0])))
    assert given[0]["source"] == given[1]["source"] == Path(pdf.__file__).with_name("letter.typ").read_bytes()
    for one in given:
        assert one["files"] == []
        assert one["package_path"] == one["package_cache_path"] == one["root"]
        assert not Path(one["root"]).exists()
    for word in (b"#import", b"#include", b"read(", b"eval(", b"plugin("):
        assert word not in given[0]["source"]


def test_addresses_and_titles_are_seen_and_other_schemes_are_text() -> None:
    body = (
        '[a](https://b.example/c "d e") ![f](https://g.example/h.png) [i](javascript:j) <k@l.example> [m](<https://n>)'
    )
    text = close(text_of(render(*packet(replace(ENGLISH, body=body)))))
    assert "a(https://b.example/c)“de”[fhttps://g.example/h.png][i](javascript:j)k@l.examplem(https://n)" in text
    reader = pypdf.PdfReader(io.BytesIO(render(*packet(replace(ENGLISH, body=body)))))
    addresses = {
        note.get_object()["/A"]["/URI"]
        for page in reader.pages
        for note in page.get("/Annots", [])
        if "/A" in note.get_object()
    }
    assert addresses == {"https://b.example/c", "mailto:k@l.example", "https://n"}


def test_a_word_wider_than_the_page_breaks_and_stays_one_word() -> None:
    word = "".join(f"{number:04}" for number in range(500))
    name = "N" * 900
    letter = replace(ENGLISH, body=word, subject=word, sender=name, signatories=(Signatory(name=name, of=word),) * 1)
    data = render(*packet(letter))
    assert close(text_of(data)).count(word) >= 2
    assert not off_the_paper(data)


@pytest.mark.parametrize("word", ["W" * 32, "W" * 33, "\u2e3b" * 40, "Ꮤ" * 60, "m\u0303" * 200], ids=ascii)
def test_wide_letters_stay_on_the_paper(word: str) -> None:
    signatories = (Signatory(name=word[:24], of=word[:24]), Signatory(organization=ALDER, name=word, of=word))
    letter = replace(ENGLISH, subject=word, body=f"# {word}\n\n- {word}\n\n`{word}`", signatories=signatories)
    assert not off_the_paper(render(*packet(letter)))


@pytest.mark.parametrize("body", ["> " * 300 + "end", "- " * 300 + "end", "*" * 500 + "end" + "*" * 500])
def test_what_is_nested_deep_is_printed(body: str) -> None:
    assert "end" in text_of(render(*packet(replace(ENGLISH, body=body))))


@pytest.mark.parametrize("body", ["###### six\n\n# one\n\n#### four", "### three", "# one"])
@pytest.mark.parametrize("subject", [None, "A subject"])
def test_headings_of_any_level_are_printed(body: str, subject: str | None) -> None:
    assert "one" in text_of(render(*packet(replace(ENGLISH, body=body, subject=subject)))) or "three" in body


def test_two_thousand_signatories_are_printed_in_order() -> None:
    signatories = tuple(
        Signatory(organization=f"o{number}.example", name=f"Person {number} of many", of=f"Organization no. {number}")
        for number in range(2000)
    )
    text = close(text_of(render(*packet(replace(ENGLISH, signatories=signatories)))))
    place = 0
    for number in range(2000):
        place = text.index(close(f"Person {number} of many"), place)
    assert close("No signature here: 2000 organizations") in text


def test_a_body_of_a_mebibyte_is_printed() -> None:
    paragraph = "Water is measured every month at forty-one wells of the valley, and nobody may read it. " * 5
    body = "\n\n".join(f"{number} {paragraph.strip()}" for number in range(2300))
    letter = replace(ENGLISH, body=body)
    assert len(letter.to_bytes()) > 1_000_000
    assert close("2299 Water is measured") in close(text_of(render(*packet(letter))))


def test_more_paragraphs_than_can_be_of_use_are_refused() -> None:
    with pytest.raises(DocumentError, match="more than 20000 paragraphs"):
        render(*packet(replace(ENGLISH, body="\n\n".join(["a"] * 20_001))))
    with pytest.raises(DocumentError, match="more than 20000 lines"):
        render(*packet(replace(ENGLISH, copies=("a",) * 20_001)))


@pytest.mark.parametrize("date", ["0001-01-01", "9999-12-31"])
def test_any_day_can_be_printed(date: str) -> None:
    assert date in text_of(render(*packet(replace(ENGLISH, date=date, date_line=None))))


def test_a_letter_of_nothing_but_what_is_required_is_printed() -> None:
    letter = Letter(
        letter="2026/short",
        revision=1,
        date="2026-01-01",
        language="en",
        addressees=(Addressee(name="A. Reader"),),
        body="Yes.",
    )
    text = text_of(render(*packet(letter)))
    assert "A. Reader" in text
    assert "This letter lists no signatories." in text


# --- what is missing ---


@pytest.mark.parametrize(
    ("letter", "script", "package"),
    [
        (HINDI, "Devanagari", "fonts-noto-core"),
        (ARABIC, "Arabic", "fonts-noto-core"),
        (CHINESE, "Chinese or Japanese", "fonts-noto-cjk"),
        (replace(ENGLISH, subject="우리"), "Korean", "fonts-noto-cjk"),
        (replace(ENGLISH, subject="\U0001f4a7"), "symbol", "fonts-noto-color-emoji"),
    ],
    ids=["hindi", "arabic", "chinese", "korean", "emoji"],
)
def test_a_character_that_no_font_has_is_an_error_that_names_it_its_script_and_a_package(
    letter: Letter, script: str, package: str, tmp_path: Path
) -> None:
    with pytest.raises(FontsMissing, match="no font here has the character") as missing:
        render(*packet(letter), fonts=[tmp_path])
    assert script in missing.value.message
    assert missing.value.hint is not None
    assert missing.value.hint.endswith(package)


def test_a_stranger_s_name_that_no_font_has_stands_as_numbers_and_stops_no_letter(tmp_path: Path) -> None:
    desk = Desk()
    desk.enrol("dogwood.example", name="नदी a\u20dd")
    desk.revise()
    desk.sign("dogwood.example")
    text = close(text_of(render(*packed(desk), fonts=[tmp_path])))
    assert close("dogwood.example U+0928U+0926U+0940 a") in text


def test_strange_characters_in_what_is_false_are_told_by_their_numbers() -> None:
    bundle, report = packet(ENGLISH)
    fault = Fault(path="archive/2026/x/0001.yaml", error="NotCanonical", message='here is "\u202e\x01\ue000"\nand more')
    text = close(text_of(render(bundle, replace(report, faults=(fault,)))))
    assert close('0001.yaml: here is "U+202EU+0001U+E000" and more') in text


def test_a_stranger_s_long_words_are_cut_on_the_page_of_signatures() -> None:
    desk = Desk()
    desk.enrol("dogwood.example", name="N" * 100_000)
    desk.revise()
    desk.sign("dogwood.example")
    desk.enrol(BIRCH)
    desk.sign(BIRCH)
    desk.withdraw(BIRCH, 1, reason="Because. " * 50_000 + "x")
    assert len(pypdf.PdfReader(io.BytesIO(render(*packed(desk)))).pages) <= 4


def test_letters_of_europe_need_no_font_of_the_system(tmp_path: Path) -> None:
    for letter in (ENGLISH, FRENCH, replace(ENGLISH, body="Мы просим. Ζητούμε το άνοιγμα. Żądamy. אנו מבקשים")):
        assert render(*packet(letter), fonts=[tmp_path])


def test_a_folder_of_fonts_is_used(tmp_path: Path) -> None:
    font = Path("/usr/share/fonts/truetype/noto/NotoSerifDevanagari-Regular.ttf")
    if not font.exists():
        pytest.skip("fonts-noto-core is not installed")
    (tmp_path / font.name).write_bytes(font.read_bytes())
    assert "नदी" in text_of(render(*packet(HINDI), fonts=[tmp_path]))


@pytest.mark.parametrize("package", ["typst", "segno"])
def test_a_missing_part_of_the_installation_is_named(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    pdf._Fonts.of.cache_clear()
    with pytest.raises(MissingExtra, match=package) as missing:
        render(*packet(ENGLISH))
    assert missing.value.hint == "install it with: pip install 'openletter[pdf]'"
    pdf._Fonts.of.cache_clear()


def test_a_report_on_something_else_is_refused() -> None:
    bundle, report = packet(ENGLISH)
    with pytest.raises(InputError, match="the report is not about revision 1"):
        render(bundle, Report(commit=None, whole=False, letters=(), organizations=(), faults=()))
    with pytest.raises(InputError, match="the report is not about revision 1"):
        render(bundle, replace(report, letters=(replace(report.letters[0], revision=2),)))


def test_a_record_that_is_no_letter_is_not_printed() -> None:
    bundle, report = packet(ENGLISH)
    path = f"archive/{bundle.letter}/0001.yaml"
    other = replace(bundle, files={**bundle.files, path: bundle.files[f"keys/{ALDER}/0001.yaml"]})
    with pytest.raises(UnknownFormat, match="a letter is due here"):
        render(other, report)


def test_every_attached_file_is_said_to_be_what_it_is() -> None:
    folder = "archive/2026/x"
    said = {
        f"{folder}/0002.yaml": "Revision 2 of the letter, as it was signed",
        f"{folder}/0002.a.example.{'0' * 16}.sig": "Signature of a.example over revision 2",
        f"{folder}/0002.a.example_withdrawal.{'0' * 16}.yaml": "Withdrawal from revision 2",
        f"{folder}/0002.a.example_withdrawal.{'0' * 16}.{'1' * 16}.sig": "Signature over a withdrawal from revision 2",
        "keys/a.example/0003.yaml": "Key record 3 of a.example",
        f"keys/a.example/0003.b.example.{'0' * 16}.sig": "Signature of b.example over key record 3 of a.example",
        "keys/a.example/0003.allowed_signers": "The keys of a.example, as ssh-keygen reads them",
    }
    assert {path: pdf_signed.described(path, folder) for path in said} == said
