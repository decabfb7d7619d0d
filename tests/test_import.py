"""Import: the parts of a letter are found by where they stand; no word is lost or changed; what is unsure is said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openletter.canonical import Value, check_text
from openletter.errors import DocumentError
from openletter.intake import dates, document, draft, parts, source, words
from openletter.records.text import as_lines

LETTERS = Path(__file__).resolve().parent / "fixtures" / "letters"
# A letter that was really sent; it lies beside the project on some machines only, and its text is never copied here.
SENT = Path(__file__).resolve().parents[2] / "shared" / "letters" / "2019-09-16-joint-letter-secretary-general.md"
RECORD = {"Alder Institute": "alder.example", "BIRCH – Society for Open Records": "birch.example"}

BY_HAND: dict[str, Value] = {"date": "2026-01-01", "language": "ar"}  # what is missing in some of our letters


def fixture(name: str) -> document.Imported:
    return document.read((LETTERS / name).read_bytes(), name=name, organizations=RECORD)


def imported(text: str, *, name: str = "letter.txt") -> document.Imported:
    return document.read(text.encode(), name=name, organizations=RECORD)


def folded(text: str) -> str:
    return " ".join(text.split())


def maps(found: document.Imported, name: str) -> list[dict[str, Value]]:
    """The entries of a list of maps."""
    value = found.fields.get(name, [])
    assert isinstance(value, list)
    return [entry for entry in value if isinstance(entry, dict)]


def printed_text(found: document.Imported) -> str:
    """The letter as `as_lines` prints it; what the importer left to a person is filled in, and not printed."""
    left = {name: value for name, value in BY_HAND.items() if name not in found.fields}
    read = draft.read(draft.write(found.fields | left, comments={}).encode(), path="d.yaml")
    made = draft.to_letter(read, letter="2026/x", revision=1, previous=None, path="d.yaml")
    return "\n".join(line for line in as_lines(made) if line not in left.values())


def letter(head: str = "", tail: str = "") -> str:
    """A short plain letter with this before its salutation and this behind its valediction."""
    prose = "We ask for the records of the river, and we ask that they be open to all of the people in the valley."
    return f"{head}\n\nDear Minister,\n\n{prose}\n\nSincerely,\n\n{tail}\n"


# --- a letter that was sent ----------------------------------------------------------------------------------------


@pytest.mark.skipif(not SENT.exists(), reason="the letter lies beside the project only on some machines")
def test_a_letter_that_was_sent_comes_out_whole() -> None:
    source = SENT.read_text("utf-8")
    lines = [line.strip() for line in source.splitlines() if line.strip()]
    found = document.read(source.encode(), name=SENT.name, organizations={lines[-1]: "elm.example"})
    fields = found.fields
    assert fields["date"] == "2019-09-16"
    assert fields["date_line"] == lines[0]
    assert fields["language"] == "en"
    assert maps(found, "addressees") == [
        {"name": lines[1], "title": lines[2], "organization": lines[3], "address": [lines[4]]}
    ]
    assert f"Re: {fields['subject']}" == lines[5]
    assert fields["salutation"] == lines[6]
    assert fields["valediction"] == lines[14]
    body = str(fields["body"])
    assert [folded(paragraph) for paragraph in body.split("\n\n")] == [folded(line) for line in lines[7:14]]
    assert len(body.replace("\n\n", "\n").split("\n")) == 27  # sentences
    blocks = [lines[place : place + 3] for place in range(15, 30, 3)]
    printed = [[entry["name"], entry["title"], entry["of"]] for entry in maps(found, "signatories")]
    assert printed == blocks
    assert [entry.get("organization") for entry in maps(found, "signatories")] == [None] * 4 + ["elm.example"]
    assert folded(printed_text(found)) == folded(source)
    assert "" not in found.comments


# --- letters of our own --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(LETTERS.iterdir()), ids=lambda path: path.name)
def test_no_word_of_a_letter_is_lost(path: Path) -> None:
    """In order: the words of the source are those of the fields, but for labels and for what is said to be left out."""
    found = document.read(path.read_bytes(), name=path.name, organizations=RECORD)
    source = path.read_text("utf-8")
    for remark in found.remarks:
        if left := re.fullmatch(r"line \d+: left out: (.*)", remark):
            assert left[1] in source
            source = source.replace(left[1], "", 1)
    # The definition of a footnote stands behind the body, not behind the signatories.
    notes = re.findall(r"^\[\^.*$", source, re.M)
    text = re.sub(r"\[\^.*", "", printed_text(found)) + "\n".join(notes)
    labels = r"Our ref|Ref|Re|Subject|Objet|Asunto|Betreff|To|cc|Copie(?: à)?|Kopie|C\. c\."
    label = re.compile(rf"^\W*(?:{labels})\s*:\W*", re.I | re.M)
    assert re.findall(r"\w+", label.sub("", text)) == re.findall(r"\w+", label.sub("", source))


@pytest.mark.parametrize("path", sorted(LETTERS.iterdir()), ids=lambda path: path.name)
def test_a_draft_of_an_imported_letter_reads_back_without_a_remark(path: Path) -> None:
    found = document.read(path.read_bytes(), name=path.name, organizations=RECORD)
    again = draft.read(draft.write(found.fields, comments=found.comments).encode(), path="d.yaml")
    assert again.fields == found.fields
    assert again.remarks == ()


@pytest.mark.parametrize("path", sorted(LETTERS.iterdir()), ids=lambda path: path.name)
def test_an_imported_letter_that_lacks_nothing_can_be_added(path: Path) -> None:
    found = document.read(path.read_bytes(), name=path.name, organizations=RECORD)
    missing = [name for name in BY_HAND if name not in found.fields]
    assert set(missing) == {name for name in found.comments if name in BY_HAND}
    fields = {name: value for name, value in BY_HAND.items() if name in missing} | found.fields
    read = draft.read(draft.write(fields, comments={}).encode(), path="d.yaml")
    made = draft.to_letter(read, letter="2026/x", revision=1, previous=None, path="d.yaml")
    assert made.body == found.fields["body"]


def test_hard_breaks_letterhead_reference_and_copies() -> None:
    found = fixture("hard-breaks.md")
    assert found.fields["sender"] == "Alder Institute\n12 Mill Lane, Alderbridge"
    assert found.fields["place"] == "Alderbridge"
    assert found.fields["date_line"] == "Alderbridge, 14 May 2026"
    assert found.fields["reference"] == "LV/2026/3"
    assert found.fields["subject"] == "Open the water records of the Lower Valley"
    assert maps(found, "addressees") == [
        {
            "name": "H.E. Ms. Irena Holm",
            "title": "Minister for Rivers and Harbours",
            "organization": "Ministry of Public Works",
            "address": ["4 Quay Street", "Port Linden"],
        }
    ]
    assert found.fields["copies"] == ["Governor of the Lower Valley", "Archive of Port Linden"]
    assert maps(found, "signatories")[1] == {
        "organization": "birch.example",
        "name": "Dr. Mara Finch",
        "title": "Secretary General",
        "of": "BIRCH – Society for Open Records",
    }
    assert "line 1" in found.comments[""]  # the heading, for which there is no field
    body = str(found.fields["body"])
    assert "\n2. Say who closed them. And say why.\n" in body  # a list stays as it is
    assert "`record. 12`.\\\nWe would" in body  # a hard break stays one


def test_plain_text_is_escaped_and_its_paragraphs_are_joined() -> None:
    found = fixture("plain.txt")
    paragraphs = str(found.fields["body"]).split("\n\n")
    assert paragraphs[0].split("\n")[1:] == ["The notice gives no reason.", 'It was signed "by order" & nothing else.']
    assert paragraphs[1].split("\n")[1] == "\\- keep the quay open until the council has met;\\"
    assert [entry.get("title") for entry in maps(found, "signatories")] == ["Coordinator", "Treasurer", None]
    assert [entry["of"] for entry in maps(found, "signatories")] == [
        "Birch Society",
        "Dogwood Union of Ferrymen",
        "Elm Congress",
    ]


@pytest.mark.parametrize(
    ("name", "language", "date", "subject", "salutation", "valediction", "signatories", "copies"),
    [
        ("french.md", "fr", "2026-03-03", "Ouverture", "Madame", "Veuillez", 2, 1),
        ("spanish.txt", "es", "2026-04-07", "Apertura", "Estimado", "Atentamente", 3, 0),
        ("german-copies.txt", "de", "2026-06-10", "Öffnung", "Sehr geehrte", "Mit freundlichen", 1, 2),
    ],
)
def test_letters_in_other_languages(
    name: str, language: str, date: str, subject: str, salutation: str, valediction: str, signatories: int, copies: int
) -> None:
    found = fixture(name)
    assert found.fields["language"] == language
    assert found.fields["date"] == date
    assert str(found.fields["subject"]).startswith(subject)
    assert str(found.fields["salutation"]).startswith(salutation)
    assert str(found.fields["valediction"]).startswith(valediction)
    assert len(maps(found, "signatories")) == signatories
    assert len(found.fields.get("copies", [])) == copies


def test_a_bulleted_list_of_signatories() -> None:
    found = fixture("list-of-signatories.md")
    assert found.fields["valediction"] == "Signatories:"
    assert maps(found, "signatories") == [
        {"organization": "alder.example", "of": "Alder Institute"},
        {"organization": "birch.example", "of": "BIRCH – Society for Open Records"},
        {"of": "Cedar Network, Lower Valley"},
        {"name": "Jane Marsh", "title": "Ferrywoman", "of": "Dogwood Union"},
        {"of": "Elm Congress"},
    ]
    assert found.comments["subject"] == "taken from the heading"
    assert str(found.fields["body"]).endswith("\n\n[^1]: The council's own count, May 2026.")


def test_two_addressees_and_lines_that_stand_apart() -> None:
    found = fixture("two-addressees.md")
    assert [entry["name"] for entry in maps(found, "addressees")] == ["H.E. Mr. Ivo Brandt", "H.E. Ms. Irena Holm"]
    assert maps(found, "addressees")[0]["title"] == "President of the Valley"
    assert maps(found, "addressees")[1]["address"] == ["By e-mail: rivers@works.example"]
    assert found.fields["salutation"] == "Dear President Brandt,\nDear Minister Holm,"
    assert [entry["of"] for entry in maps(found, "signatories")] == ["Alder Institute", "Birch Society"]
    assert "are these three lines one signatory?" in found.comments["signatories[0]"]
    assert "line 3: left out: OPEN" in found.remarks


def test_a_letter_without_subject_and_with_an_enclosure() -> None:
    found = fixture("without-subject.txt")
    assert "subject" not in found.fields
    assert found.fields["date"] == "2026-03-16"
    assert found.fields["salutation"] == "Excellency,"
    assert found.fields["valediction"] == "We remain, with respect,"
    assert "line 16: left out: Enclosure: a map of the quay" in found.remarks


def test_in_a_language_it_does_not_read_the_body_survives_and_the_rest_is_left_to_the_person() -> None:
    found = fixture("arabic.md")
    source = (LETTERS / "arabic.md").read_text("utf-8")
    assert folded(source).endswith(folded(str(found.fields["body"])))
    assert len(str(found.fields["body"]).split("\n")) == 7  # four sentences, an empty line, two
    assert "date, language" in found.comments[""]
    assert {"date", "language", "salutation", "valediction"} <= found.comments.keys()


# --- dates ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "iso", "place"),
    [
        ("September 16, 2019", "2019-09-16", None),
        ("16 September 2019", "2019-09-16", None),
        ("Sept. 16th, 2019", "2019-09-16", None),
        ("the 16th of September 2019", "2019-09-16", None),
        ("2019-09-16", "2019-09-16", None),
        ("16/09/2019", "2019-09-16", None),
        ("09/16/2019", "2019-09-16", None),
        ("05/05/2019", "2019-05-05", None),
        ("Date: 16.09.2019", "2019-09-16", None),
        ("Monday, 16 September 2019", "2019-09-16", None),
        ("Geneva, 16 September 2019", "2019-09-16", "Geneva"),
        ("Den Haag, 16 September 2019", "2019-09-16", "Den Haag"),
        ("16 September 2019, Port Linden", "2019-09-16", "Port Linden"),
        ("Genève, le 1er mai 2019", "2019-05-01", "Genève"),
        ("San José, a 16 de septiembre de 2019", "2019-09-16", "San José"),
        ("Berlin, den 16. März 2019", "2019-03-16", "Berlin"),
        ("2019年9月16日", "2019-09-16", None),
    ],
)
def test_a_date_that_reads_in_one_way_is_read(line: str, iso: str, place: str | None) -> None:
    assert dates.read(line) == dates.PrintedDate(iso=iso, place=place)


@pytest.mark.parametrize("line", ["03/04/2019", "3.4.2019", "Geneva, 12-11-2019"])
def test_a_date_that_reads_in_two_ways_is_never_guessed(line: str) -> None:
    found = dates.read(line)
    assert found is not None
    assert found.iso is None
    assert len(found.readings) == 2


@pytest.mark.parametrize("line", ["31 February 2019", "2019-13-01", "31/31/2019", "1 May 0000"])
def test_a_day_that_no_calendar_has_is_no_date(line: str) -> None:
    assert dates.read(line) == dates.PrintedDate(iso=None)


@pytest.mark.parametrize(
    "line", ["", "We wrote on 16 September 2019 to you.", "Published on 3 May 2019", "Room 12, 2019", "May we", "2019"]
)
def test_a_line_that_is_no_date_line_is_none(line: str) -> None:
    assert dates.read(line) is None


def test_an_ambiguous_date_stays_as_printed_and_is_asked_about() -> None:
    found = fixture("ambiguous-date.txt")
    assert "date" not in found.fields
    assert found.fields["date_line"] == "03/04/2026"
    assert "2026-04-03 or 2026-03-04" in found.comments["date"]
    assert any("2026-04-03 or 2026-03-04" in remark for remark in found.remarks)
    assert "date" in found.comments[""]


def test_an_impossible_date_is_asked_about() -> None:
    found = imported(letter("31 February 2026"))
    assert "date" not in found.fields
    assert "calendar" in found.comments["date"]


# --- parts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "fields", "doubtful"),
    [
        (
            ["Secretary-General", "United Nations"],
            {"title": "Secretary-General", "organization": "United Nations"},
            False,
        ),
        (
            ["The Secretary-General, United Nations", "Quay 1"],
            {"title": "The Secretary-General", "organization": "United Nations", "address": ["Quay 1"]},
            True,
        ),
        (["Ministry of Rivers", "Quay 1"], {"organization": "Ministry of Rivers", "address": ["Quay 1"]}, False),
        (["Ana Holm", "Quay 1"], {"name": "Ana Holm", "address": ["Quay 1"]}, True),
        (["Mr. Ivo Holm", "Quay 1"], {"name": "Mr. Ivo Holm", "address": ["Quay 1"]}, False),
        (["Elders of the town"], {"organization": "Elders of the town"}, True),
        (
            ["Dr. A. Holm", "Minister for Rivers", "and Harbours", "Northland"],
            {"name": "Dr. A. Holm", "title": "Minister for Rivers and Harbours", "organization": "Northland"},
            True,
        ),
    ],
)
def test_an_address_block_is_divided(lines: list[str], fields: dict[str, Value], doubtful: bool) -> None:
    [part] = parts.addressees(lines)
    assert part.fields == fields
    assert bool(part.doubt) == doubtful


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ([["Ana Holm", "Director", "Reed House"]], [{"name": "Ana Holm", "title": "Director", "of": "Reed House"}]),
        ([["Ana Holm", "Alder – Institute"]], [{"name": "Ana Holm", "of": "Alder – Institute"}]),
        ([["Ana Holm", "Director"]], [{"name": "Ana Holm", "title": "Director"}]),
        ([["Ana Holm, Director", "Reed House"]], [{"name": "Ana Holm", "title": "Director", "of": "Reed House"}]),
        ([["Ana Holm", "Director, Reed House"]], [{"name": "Ana Holm", "title": "Director", "of": "Reed House"}]),
        ([["Ana Holm", "Reed House", "Director"]], [{"name": "Ana Holm", "title": "Director", "of": "Reed House"}]),
        ([["Director", "Reed House"]], [{"title": "Director", "of": "Reed House"}]),
        ([["Alder Institute", "Ana Holm"]], [{"name": "Ana Holm", "of": "Alder Institute"}]),
        ([["Ana Holm, Director, Reed House"]], [{"name": "Ana Holm", "title": "Director", "of": "Reed House"}]),
        ([["Ana Holm, Reed House"]], [{"name": "Ana Holm", "of": "Reed House"}]),
        ([["Ana Holm, Director"]], [{"name": "Ana Holm", "title": "Director"}]),
        ([["Dr. Holm"]], [{"name": "Dr. Holm"}]),
        ([["Ana Holm, Director, Centre for Water, Bread and Salt"]],
         [{"name": "Ana Holm", "title": "Director", "of": "Centre for Water, Bread and Salt"}]),
        ([["FIDH – International Federation"]], [{"of": "FIDH – International Federation"}]),
        ([["Alder Institute", "Birch Society"]], [{"of": "Alder Institute"}, {"of": "Birch Society"}]),
        ([["1. Alder Institute", "2. Rowan"]], [{"of": "Alder Institute"}, {"of": "Rowan"}]),
        ([["Reeds", "Rushes", "Sedges", "Willows", "Ferns"]],
         [{"of": name} for name in ("Reeds", "Rushes", "Sedges", "Willows", "Ferns")]),
        ([["Ana Holm", "Director", "Reeds", "Ivo Marsh", "Chair", "Rushes"]],
         [{"name": "Ana Holm", "title": "Director", "of": "Reeds"},
          {"name": "Ivo Marsh", "title": "Chair", "of": "Rushes"}]),
        ([["Ana Holm", "Director", "Institute of Wells", "and Springs"]],
         [{"name": "Ana Holm", "title": "Director", "of": "Institute of Wells and Springs"}]),
    ],
)  # fmt: skip
def test_signatories_are_divided(groups: list[list[str]], expected: list[dict[str, Value]]) -> None:
    assert [part.fields for part in parts.signatories(groups, frozenset())] == expected


@pytest.mark.parametrize("line", [",", ", ,", "Minister, ,", ", Mr Minister"])
def test_a_line_of_commas_empties_no_field(line: str) -> None:
    # The fuzzer found this: an addressee without a word made a draft that could not be read.
    text = letter(f"14 May 2026\n\n{line}\n{line}", f"{line}\n\n{line}\n{line}")
    found = imported(text)
    assert all(
        value for name in ("addressees", "signatories") for entry in maps(found, name) for value in entry.values()
    )
    again = draft.read(draft.write({"note": "x"} | found.fields, comments=found.comments).encode(), path="d")
    assert again.fields == {"note": "x"} | found.fields


def test_a_line_between_two_salutations_is_not_lost() -> None:
    # The fuzzer found this.
    text = "Dear Minister Holm,\nand by his kindness\nDear President Brandt,\n\nWe ask you to open the records.\n"
    found = document.read(text.encode(), name="letter.txt", organizations={})
    assert found.fields["salutation"] == "Dear Minister Holm,\nand by his kindness\nDear President Brandt,"


def test_a_line_of_a_mark_alone_is_no_signatory() -> None:
    # The fuzzer found this: a signatory without a word made a draft that read otherwise than it was written.
    text = "We ask you.\n\nSincerely,\n\nJonas Reed\n\n \\\n\nAna Holm\n"
    found = document.read(text.encode(), name="letter.md", organizations={})
    assert maps(found, "signatories")
    assert all(maps(found, "signatories"))
    again = draft.read(draft.write({"note": "x"} | found.fields, comments=found.comments).encode(), path="d")
    assert again.fields == {"note": "x"} | found.fields


def test_a_name_on_record_is_an_organization_whatever_it_looks_like() -> None:
    [part] = parts.signatories([["Ana Holm"]], frozenset({"Ana Holm"}))
    assert part == parts.Part(fields={"of": "Ana Holm"})


def test_an_id_is_named_only_where_the_printed_name_is_exactly_the_one_on_record() -> None:
    tail = "Alder  Institute\n\nalder institute\n\nThe Alder Institute\n\nAlder Institute"
    found = imported(letter("2026-05-14", tail))
    assert [entry.get("organization") for entry in maps(found, "signatories")] == ["alder.example", None, None, None]
    assert "on record" in found.comments["signatories[1]"]
    assert "listed once" in found.comments["signatories[3]"]
    assert any(remark.startswith("3 of 4 signatories have no id") for remark in found.remarks)


@pytest.mark.parametrize(
    ("head", "subject"),
    [
        ("Re: Water", "Water"),
        ("Subject: Water\nand bread", "Water and bread"),
        ("**Re:** Water", "Water"),
        ("**Re: Water \\* bread**", "Water * bread"),
        ("Re: \\*Water\\* _now_", "*Water* now"),
        ("# Water", "Water"),
        ("Water\n=====", "Water"),
        ("Open letter on water", "Open letter on water"),
    ],
)
def test_a_subject_stands_behind_its_label_or_in_a_heading(head: str, subject: str) -> None:
    found = imported(letter(f"2026-05-14\n\nElm Council\n\n{head}"), name="letter.md")
    assert found.fields["subject"] == subject


def test_a_subject_may_stand_below_the_salutation() -> None:
    found = imported(letter("2026-05-14\n\nElm Council").replace("We ask for", "Re: Water\n\nWe ask for"))
    assert found.fields["subject"] == "Water"
    assert str(found.fields["body"]).startswith("We ask for")


@pytest.mark.parametrize(
    "line",
    ["Dear Minister,", "Your Excellency,", "Excellency", "To whom it may concern:", "Madame, Monsieur,",
     "Estimada señora:", "Sehr geehrte Damen und Herren,", "Honourable Members,", "Ladies and Gentlemen,"],
)  # fmt: skip
def test_these_lines_greet(line: str) -> None:
    assert words.is_salutation(line)


@pytest.mark.parametrize(
    "line", ["Care International", "Madame Claire Aubier", "H.E. Ms. Holm", "Dear me. So it is.", "Mr. Ivo Holm"]
)
def test_these_lines_do_not_greet(line: str) -> None:
    assert not words.is_salutation(line)


def test_without_closing_words_blocks_of_persons_at_the_end_are_asked_about() -> None:
    text = letter("2026-05-14\n\nElm Council", "Ana Holm\nDirector\nReed House").replace("Sincerely,\n\n", "")
    found = imported(text)
    assert maps(found, "signatories") == [{"name": "Ana Holm", "title": "Director", "of": "Reed House"}]
    assert "are these signatories?" in found.comments["signatories"]


def test_the_addressee_may_stand_above_the_date() -> None:
    found = imported(letter("To: Dr. Ana Holm\nMinister\n\n2026-05-14"))
    assert maps(found, "addressees") == [{"name": "Dr. Ana Holm", "title": "Minister"}]
    assert "sender" not in found.fields


def test_without_any_addressee_the_draft_says_what_to_fill_in() -> None:
    found = imported(letter("Alder Institute\n\n2026-05-14"))
    assert found.fields["sender"] == "Alder Institute"
    assert "addressees" in found.comments[""]
    assert "addressees" in found.comments


def test_invisible_characters_and_open_accents_are_tidied_and_told() -> None:
    found = imported("\ufeff" + letter("2026-05-14\n\nElm Cafe\u0301 Coun\u00adcil"))
    assert maps(found, "addressees")[0]["organization"] == "Elm Café Council"
    assert "line 3: removed soft hyphens (U+00AD)" in found.remarks
    assert any("NFC" in remark for remark in found.remarks)


def test_a_page_feed_parts_two_paragraphs() -> None:
    found = imported(letter().replace("Sincerely,", "And more.\f\nAnd more again.\n\nSincerely,"))
    assert str(found.fields["body"]).endswith("And more.\n\nAnd more again.")


@pytest.mark.parametrize(
    ("name", "text", "body"),
    [
        ("a.md", "Dear you,\n\n**a**", "**a**"),
        ("a.txt", "Dear you,\n\n**a**", "\\*\\*a\\*\\*"),
        ("a", "Dear you,\n\n**a**", "**a**"),
        ("a", "Dear you,\n\n*a", "\\*a"),
    ],
)
def test_the_name_or_the_text_tells_markdown_from_plain_text(name: str, text: str, body: str) -> None:
    assert imported(text, name=name).fields["body"] == body


# --- refusals ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "why", "cure"),
    [
        (b"", "empty", "text of the letter"),
        (b" \n\t\xc2\xad\n", "empty", "text of the letter"),
        (b"%PDF-1.7 x", "a PDF", "copy its text"),
        (b"PK\x03\x04x", "word processor", "save it as plain text"),
        (b"\xd0\xcf\x11\xe0x", "word processor", "save it as plain text"),
        (b"{\\rtf1 x}", "rich text", "save it as plain text"),
        (b"<!DOCTYPE html><p>x", "web page", "copy its text"),
        ("x".encode("utf-16"), "UTF-16", "iconv -f UTF-16"),
        (b"a\0b", "no text", "save it as plain text"),
        (b"a\nAnt\xf3nio", "not UTF-8", "iconv -f WINDOWS-1252"),
        (b"a" * (source.MAX_BYTES + 1), "more than 1 MiB", "letter alone"),
        ("a\nb\u202ec".encode(), "U+202E", "delete it"),
        ("a\nb\uf0b7c".encode(), "U+F0B7", "delete it"),
    ],
)
def test_what_is_no_text_is_refused_with_a_cure(data: bytes, why: str, cure: str) -> None:
    with pytest.raises(DocumentError) as caught:
        document.read(data, name="letter", organizations={})
    assert why in caught.value.message
    assert caught.value.path == "letter"
    assert caught.value.hint is not None
    assert cure in caught.value.hint


@pytest.mark.parametrize("data", [b"a\nAnt\xf3nio", "a\nb\u202ec".encode()])
def test_a_refusal_names_the_line(data: bytes) -> None:
    with pytest.raises(DocumentError) as caught:
        document.read(data, name="letter", organizations={})
    assert caught.value.line == 2


LINES = (
    "", "", "", "Dear Minister,", "Re: Water", "Ref: 1", "16 May 2026", "03/04/2026", "To: Dr. Ana Holm",
    "Director", "Alder Institute", "Sincerely,", "Signed:", "cc: A; B", "cc:", "- Elm Congress", "# Title",
    "---", "===", "*", "**Re:**", "[^1]: note", "```", "> a",
    "We ask for the records of the river, and we ask that they be open to all. Now. Please.", "Enclosure: x",
    "To:", "Subject:", "Ana Holm, Director, Reed House", "Ana Holm  ", "\u00a0", "  - a", "é", "e\u0301",
    "نعم؟ لا", ":", "_____", "By email: a@b.example",
)  # fmt: skip


@settings(max_examples=600)
@given(st.lists(st.sampled_from(LINES), max_size=16).map("\n".join), st.sampled_from(["a.md", "a.txt"]))
def test_whatever_the_document_its_fields_are_texts_that_a_record_can_keep(text: str, name: str) -> None:
    try:
        found = imported(text, name=name)
    except DocumentError as error:
        assert "empty" in error.message  # noqa: PT017 (nothing else may be raised)
        return
    again = draft.read(draft.write({"note": "x"} | found.fields, comments=found.comments).encode(), path="d")
    assert again.fields == found.fields | {"note": "x"}
    assert again.remarks == ()
    for value in found.fields.values():
        if isinstance(value, str):
            check_text(value, lines=True)
