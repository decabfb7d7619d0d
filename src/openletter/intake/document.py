"""A letter in Markdown or plain text, as it arrives, into the fields of a draft (``docs/drafts.md``, "Import").

The importer finds the parts of a letter by where they stand and by the words that letters use. It keeps every word as
it is printed, guesses no date, and says what it was unsure of and what it left out; a person checks the draft.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from openletter.canonical import Value
from openletter.errors import DocumentError
from openletter.intake import blocks, body, dates, parts, source, tidying, words
from openletter.intake.source import Block, Line
from openletter.records.letter import FIELDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What was found in a document.

    `fields` are those of a draft. `comments` say what a person should check, by the path of the field; the one under
    the empty path says what is missing and what was left out. `remarks` say the same for the terminal, a line each.
    """

    fields: dict[str, Value]
    comments: dict[str, str]
    remarks: tuple[str, ...]


def read(data: bytes, *, name: str, organizations: Mapping[str, str]) -> Imported:
    """The parts of the letter in this document; raises `DocumentError`.

    `name` is the file's name: its ending tells Markdown from plain text. `organizations` gives the id of each
    organization on record, by its name as printed there.
    """
    text = source.decode(data, name)
    importer = _Importer(
        rows=[],
        markdown=source.is_markdown(text, name),
        known={parts.folded(key): value for key, value in organizations.items()},
    )
    importer.clean(text)
    try:
        importer.letter()
    except DocumentError as error:
        raise error.at(path=name) from None
    return importer.imported()


# --- the importer --------------------------------------------------------------------------------------------------


@dataclass(slots=True, kw_only=True)
class _Importer:
    """One document on its way: its rows, and what was found in them so far."""

    rows: list[str]
    markdown: bool
    known: Mapping[str, str]  # the ids of the organizations on record, by their folded names
    fields: dict[str, Value] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    left_out: list[Line] = field(default_factory=list)
    definitions: list[int] = field(default_factory=list)  # rows behind the signatories that belong to the body

    def clean(self, text: str) -> None:
        changes: list[tuple[int, str]] = []
        for number, raw in enumerate(text.split("\n"), 1):
            row, told = tidying.clean(raw)
            self.rows.append(row)
            changes += [(number, what) for what in told if "\t" not in raw or "tabs" not in what]
        self.remarks += tidying.summary(changes)

    def letter(self) -> None:
        """Find the parts: what stands before the body, the body, what closes it, and who signs."""
        found = source.blocks(self.rows, markdown=self.markdown)
        if not found:
            raise DocumentError("the document is empty: it holds nothing but rules", hint="give the text of the letter")
        salutation, start = self.salutation(found)
        end = self.valediction(found, start)
        header = [block for block in (_cut(block, 0, salutation) for block in found) if block]
        subject = self.subject_below(found, start)
        start = max(start, subject)
        self.head(header)
        self.tail([block for block in (_cut(block, end[1], len(self.rows)) for block in found) if block])
        own = self.rows[start : end[0]]
        if self.definitions:
            own += ["", *(self.rows[row] for row in self.definitions)]
        self.body(own)

    # --- finding the parts ------------------------------------------------------------------------------------------

    def salutation(self, found: Sequence[Block]) -> tuple[int, int]:
        """The rows at which the head ends and the body begins; the salutation stands between them."""
        candidates = [
            (len(block) > 1, place, block)
            for place, block in enumerate(found)
            if any(words.is_salutation(line.text) for line in block)
        ]
        # A line alone between empty ones is rather a salutation than one in an address.
        for _, place, block in sorted(candidates, key=lambda one: one[:2]):
            if any(source.is_prose(before) for before in found[:place]):
                continue
            places = [at for at, line in enumerate(block) if words.is_salutation(line.text)]
            greeting = block[places[0] : places[-1] + 1]  # with what stands between two of them
            self.set("salutation", "\n".join(line.text for line in greeting))
            return greeting[0].row, greeting[-1].row + 1
        prose = next(
            (block for block in found if source.is_prose(block) and not words.SUBJECT.match(block[0].text)), None
        )
        start = prose[0].row if prose else found[0][0].row
        self.note("salutation", "none was found; if the letter has one, take it out of the body and put it here")
        return start, start

    def subject_below(self, found: Sequence[Block], start: int) -> int:
        """The row behind a subject that stands below the salutation; 0 where none does."""
        below = next((block for block in found if block[0].row >= start), None)
        if below is None or not words.SUBJECT.match(below[0].text):
            return 0
        self.take_subject(below)
        return below[-1].row + 1

    def valediction(self, found: Sequence[Block], start: int) -> tuple[int, int]:
        """The rows at which the body ends and the signatories begin; the valediction stands between them."""
        lines = [line for block in found for line in block if line.row >= start]
        closing = [place for place, line in enumerate(lines) if words.is_closing(line.text)]
        formulas = [
            block
            for block in found
            if block[0].row >= start and words.is_formula(" ".join(line.text for line in block))
        ]
        signed = [place for place, line in enumerate(lines) if words.is_signed(line.text)]
        own: list[Line]
        if closing:
            own = [lines[closing[-1]]]
        elif formulas:
            own = formulas[-1]
            self.set("valediction", " ".join(line.text for line in own))
        elif signed:
            own = [lines[signed[-1]]]
        else:
            return self.without_valediction(found, start)
        last = lines.index(own[-1])
        heads = [place for place in signed if place == last + 1]
        own = [*own, *(lines[place] for place in heads if lines[place] not in own)]
        text = "\n".join(line.text for line in own)
        if formulas and not closing:
            text = "\n".join([str(self.fields["valediction"]), *(lines[place].text for place in heads)])
        self.set("valediction", text)
        return own[0].row, own[-1].row + 1

    def without_valediction(self, found: Sequence[Block], start: int) -> tuple[int, int]:
        """Blocks of a few short lines at the end may be signatories even so."""
        end = len(self.rows)
        for block in reversed([block for block in found if block[0].row >= start]):
            if len(block) < 2 or source.is_prose(block) or not words.is_person(block[0].text):
                break
            end = block[0].row
        if end < len(self.rows):
            self.note("signatories", "no closing words were found: are these signatories?")
        else:
            self.note(
                "valediction", "none was found, and so no signatories; if there are any, take them out of the body"
            )
        return end, end

    # --- the head ---------------------------------------------------------------------------------------------------

    def head(self, found: Sequence[Block]) -> None:
        """Date, reference, subject, letterhead and addressees, out of the blocks before the salutation."""
        before: list[Block] = []
        behind: list[Block] = []
        titles: list[Line] = []
        groups = before
        for block in found:
            group: Block = []
            for place, line in enumerate(block):
                date = dates.read(line.text) if len(line.text) <= words.MAX_LABEL_LINE else None
                if date is not None and "date_line" not in self.fields:
                    self.date(line, date)
                    if group:
                        groups.append(group)
                    group, groups = [], behind
                elif (reference := words.REFERENCE.fullmatch(line.text)) and "reference" not in self.fields:
                    self.set("reference", reference["rest"])
                elif words.SUBJECT.match(line.text) and "subject" not in self.fields:
                    self.take_subject(block[place:])
                    break
                elif line.heading or (words.TITLE.match(line.text) and len(block) == 1):
                    titles.append(line)
                else:
                    group.append(line)
            if group:
                groups.append(group)
        self.title(titles)
        dated = "date_line" in self.fields
        if not dated:
            self.note("date", "none was found")
        sender, addressees = _sorted(before, behind, dated)
        if sender:
            self.set("sender", "\n\n".join("\n".join(line.text for line in group) for group in sender))
            if not dated:
                self.note("sender", "is this the letterhead?")
        self.addressees(addressees)

    def date(self, line: Line, date: dates.PrintedDate) -> None:
        self.set("date_line", line.text)
        if date.place:
            self.set("place", date.place)
        if date.iso:
            self.set("date", date.iso)
        elif date.readings:
            self.note("date", f"the line can be read as {' or '.join(date.readings)}: which is it?")
        else:
            self.note("date", "the calendar has no such day: which is meant?")

    def take_subject(self, block: Sequence[Line]) -> None:
        found = words.SUBJECT.match(block[0].text)
        first = found["rest"] if found else block[0].text
        self.set("subject", " ".join(text for text in (first, *(line.text for line in block[1:])) if text))

    def title(self, titles: Sequence[Line]) -> None:
        for line in titles:
            if "subject" in self.fields:
                self.left_out.append(line)
            else:
                self.set("subject", line.text)
                self.note("subject", "taken from the heading")

    def addressees(self, groups: Sequence[Block]) -> None:
        found: list[parts.Part] = []
        deliveries: list[str] = []
        for group in groups:
            lines = [_behind_to(line.text) for line in group]
            if len(lines) == 1 and words.DELIVERY.match(lines[0]):
                deliveries.append(lines[0])
            elif (
                len(lines) == 1
                and lines[0].isupper()
                and not words.is_title(lines[0])
                and not words.is_organization(lines[0])
            ):
                self.left_out.append(group[0])
            else:
                found += parts.addressees([line for line in lines if line])
        if found and deliveries:
            address = found[-1].fields.get("address", [])
            found[-1].fields["address"] = [*(one for one in address if isinstance(one, str)), *deliveries]
        if not found:
            self.note("addressees", "none were found; give at least one, with a name, a title or an organization")
            return
        self.fields["addressees"] = [part.fields for part in found]
        for place, part in enumerate(found):
            if part.doubt:
                self.note(f"addressees[{place}]", part.doubt)

    # --- the body ---------------------------------------------------------------------------------------------------

    def body(self, rows: Sequence[str]) -> None:
        text = tidying.tidy("\n".join(rows), lines=True, markdown=self.markdown).text
        language = words.language_of(text)
        if language is None:
            self.note("language", "it could not be told; write its tag, such as en or ar")
        else:
            self.fields["language"] = language
        written = (body.from_markdown if self.markdown else body.from_plain)(text, language=language)
        if written:
            self.fields["body"] = written
        else:
            self.note("body", "none was found; write the text of the letter here")

    # --- the tail ---------------------------------------------------------------------------------------------------

    def tail(self, found: Sequence[Block]) -> None:
        """Signatories and copies, out of the blocks behind the valediction."""
        groups: list[list[str]] = []
        copies: list[str] = []
        copying = False
        for place, block in enumerate(found):
            first = block[0]
            if self.markdown and blocks.is_definition(self.rows[first.row]):
                self.definitions += [line.row for line in block]
                continue
            if words.POSTSCRIPT.match(first.text):
                self.left_out += [line for rest in found[place:] for line in rest]
                break
            label = next((at for at, line in enumerate(block) if words.COPIES.fullmatch(line.text)), None)
            if label is not None:
                self.group(block[:label], groups)
                copies += _copies(block[label:])
                copying = not copies
            elif copying or (copies and all(parts.item(line.text) for line in block)):
                copies += _copies(block)
                copying = False
            elif copies or (source.is_prose(block) and not _is_list(block)):
                self.left_out += block
            else:
                self.group(block, groups)
        self.signatories(parts.signatories(groups, self.known.keys()))
        if copies:
            self.fields["copies"] = [tidying.tidy(line, lines=False).text for line in copies]

    def group(self, block: Sequence[Line], groups: list[list[str]]) -> None:
        """Add the lines of a group of signatories, without what only heads them or waits for a pen."""
        lines: list[str] = []
        for line in block:
            if (
                line.text.endswith(":")
                or line.heading
                or line.text.strip("[]() ").casefold() in ("signature", "signed")
            ):
                self.left_out.append(line)
            else:
                lines.append(line.text)
        if lines:
            groups.append(lines)

    def signatories(self, found: Sequence[parts.Part]) -> None:
        if not found:
            return
        entries: list[Value] = []
        seen: set[str] = set()
        unknown = 0
        for part in found:
            texts = {key: tidying.tidy(str(value), lines=False).text for key, value in part.fields.items()}
            entry: dict[str, Value] = {key: value for key, value in texts.items() if value}
            if not entry:
                continue  # a line of nothing but a mark of Markdown
            place = len(entries)
            doubts = [part.doubt] if part.doubt else []
            organization = self.known.get(parts.folded(texts.get("of", "")))
            if organization is None or organization in seen:
                unknown += 1
                doubts.append(
                    "no organization of this name is on record, so its id is left out"
                    if organization is None
                    else f"{organization} stands above already; an organization is listed once"
                )
            else:
                seen.add(organization)
                entry = {"organization": organization, **entry}
            entries.append(entry)
            if doubts:
                self.comments[f"signatories[{place}]"] = "\n".join(doubts)
            if part.doubt:
                self.remarks.append(f"signatory {place + 1} ({', '.join(texts.values())}): {part.doubt}")
        if not entries:
            return
        self.fields["signatories"] = entries  # type: ignore[assignment]  # every entry is a map
        if unknown:
            self.remarks.append(
                f"{unknown} of {len(entries)} signatories have no id: "
                "no organization of that name is on record, or it is listed twice"
            )

    # --- keeping ----------------------------------------------------------------------------------------------------

    def set(self, name: str, text: str) -> None:
        several = name in ("sender", "salutation", "valediction")
        tidied = tidying.tidy(text, lines=several).text
        if tidied:
            self.fields[name] = tidied

    def note(self, path: str, text: str) -> None:
        self.comments[path] = f"{self.comments[path]}\n{text}" if path in self.comments else text
        self.remarks.append(f"{path}: {text}")

    def imported(self) -> Imported:
        fields = {name: self.fields[name] for name in FIELDS if name in self.fields}
        head: list[str] = []
        missing = [name for name in ("date", "language", "addressees", "body") if name not in fields]
        if missing:
            head.append(f"To be filled in before this can be added: {', '.join(missing)}.")
        if self.left_out:
            head.append("Left out, because a letter has no field for it:")
            head += [f"  line {line.row + 1}: {line.text}" for line in self.left_out]
            self.remarks += [f"line {line.row + 1}: left out: {line.text}" for line in self.left_out]
        comments = {**({"": "\n".join(head)} if head else {}), **self.comments}
        return Imported(fields=fields, comments=comments, remarks=(_summary(fields), *self.remarks))


def _cut(block: Block, first: int, last: int) -> Block:
    return [line for line in block if first <= line.row < last]


def _behind_to(text: str) -> str:
    found = words.TO.fullmatch(text)
    return found["rest"] if found else text


def _is_addressed(group: Block) -> bool:
    return any(words.TO.fullmatch(line.text) or words.has_honorific(line.text) for line in group) or words.is_title(
        group[0].text
    )


def _sorted(before: list[Block], behind: list[Block], dated: bool) -> tuple[list[Block], list[Block]]:
    """The blocks of the letterhead and those of addressees, by where they stand and by what they say."""
    if not dated:
        start = next((place for place, group in enumerate(before) if _is_addressed(group)), max(len(before) - 1, 0))
        return before[:start], before[start:]
    if behind:
        labelled = [group for group in before if words.TO.fullmatch(group[0].text)]
        return [group for group in before if group not in labelled], [*labelled, *behind]
    addressed = [group for group in before if _is_addressed(group)]
    return [group for group in before if group not in addressed], addressed


def _is_list(block: Sequence[Line]) -> bool:
    return len(block) > 1 or parts.item(block[0].text) is not None


def _copies(block: Sequence[Line]) -> list[str]:
    """The items of a list of copies: a line each, or divided by semicolons."""
    found: list[str] = []
    for line in block:
        label = words.COPIES.fullmatch(line.text)
        text = (label["rest"] or label["bare"] or "") if label else parts.item(line.text) or line.text
        found += [one.strip(" ") for one in text.split(";") if one.strip(" ")]
    return found


def _summary(fields: Mapping[str, Value]) -> str:
    counts = []
    for name in ("addressees", "signatories", "copies"):
        many = fields.get(name)
        if isinstance(many, list):
            counts.append(f"{name} ({len(many)})")
        elif name == "addressees":
            continue
    body_text = fields.get("body")
    paragraphs = len(str(body_text).split("\n\n")) if body_text else 0
    single = [
        name for name in fields if isinstance(fields[name], str) and name not in ("body", "language", "date_line")
    ]
    return "found: " + ", ".join([*single, *counts, f"body ({paragraphs} paragraph{'' if paragraphs == 1 else 's'})"])
