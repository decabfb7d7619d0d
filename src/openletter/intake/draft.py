"""Drafts: letters in ordinary YAML, as people type them (``docs/drafts.md``).

Keys may stand in any order, comments and any quoting are welcome, and nothing is taken for a number, a date or a truth
value: every scalar is the text that was typed. What a record can't keep is either tidied, and told, or refused, with
the line. A draft may come from anybody: reading one takes memory and time in proportion to its size, which is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from openletter import canonical
from openletter.canonical import Value
from openletter.errors import CanonicalError, DraftError, InputError, RecordError
from openletter.intake import tidying
from openletter.records import fields as grammar
from openletter.records.letter import GRAMMAR, Letter

if TYPE_CHECKING:
    import yaml

MAX_BYTES: Final = canonical.MAX_BYTES
"""The most bytes that a draft may have: as many as a record."""

_BY_TOOL: Final = ("revision", "previous")  # set when the letter is added; what a draft says of them is not used
_FORMAT: Final = Letter.FORMAT
_BOM = b"\xef\xbb\xbf"

_HINTS: Final = {
    "date": "write the day as year, month and day, such as 2026-05-14",
    "language": "write the language of the letter as a tag, such as en, fr or pt-BR",
    "addressees": "say to whom the letter goes, with a name, a title or an organization:\naddressees:\n  - name: …",
    "body": "write the text of the letter as a block:\nbody: |\n  …",
    "organization": "organization is a domain name, such as alder.example; the name as printed goes under of",
    "translation_of": "name the revision that this one translates, such as 2026/open-water-record@3",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a draft says, tidied: its fields, the line of each in the file (by path), and what had to be changed.

    The path of a field is such as ``signatories[2].name``, items counted from 0; lines are counted from 1.
    """

    fields: dict[str, Value]
    lines: dict[str, int]
    remarks: tuple[str, ...]


# --- reading -------------------------------------------------------------------------------------------------------


def read(data: bytes, *, path: str) -> Draft:
    """The draft in these bytes; `path` is its name in messages. Raises `DraftError` with the line and a cure."""
    text, changes = _decode(data, path)
    reader = _Reader(path)
    reader.changes += changes
    fields = reader.document(text)
    return Draft(fields=fields, lines=reader.lines, remarks=tidying.summary(sorted(reader.changes)))


def _decode(data: bytes, path: str) -> tuple[str, list[tuple[int, str]]]:
    changes: list[tuple[int, str]] = []
    if len(data) > MAX_BYTES:
        raise DraftError(
            "the draft has more than 1 MiB", path=path, hint="a letter is text alone: take out what is not"
        )
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DraftError("the draft is UTF-16, not UTF-8", path=path, hint="save it as UTF-8")
    if data.startswith(_BOM):
        data = data[len(_BOM) :]
        changes.append((1, "removed the byte order mark"))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DraftError("the draft is not UTF-8", path=path, line=line, hint="save it as UTF-8") from None
    if "\r" in text:
        changes.append((text.count("\n", 0, text.index("\r")) + 1, "made the line ends plain (LF)"))
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    at = tidying.first_refused(text)
    if at is not None:
        raise DraftError(
            f"a letter may not have the character {tidying.code_point(text[at])}",
            path=path,
            line=text.count("\n", 0, at) + 1,
            hint="delete it, or write it in another way",
        )
    return text, changes


class _Reader:
    """Walks the events of a YAML stream along the grammar of a letter; nothing recurses deeper than the grammar."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.lines: dict[str, int] = {}
        self.changes: list[tuple[int, str]] = []

    def document(self, text: str) -> dict[str, Value]:
        """The fields of the one document of this stream."""
        import yaml

        try:
            events = _Events(self, yaml.parse(text, Loader=yaml.SafeLoader))
            events.skip(yaml.StreamStartEvent)
            start = events.next()
            if isinstance(start, yaml.StreamEndEvent):
                raise self.error("the draft is empty", 1, "write the letter's fields, such as date: 2026-05-14")
            top = events.next()
            if isinstance(top, yaml.ScalarEvent) and not top.value:
                raise self.error("the draft is empty", 1, "write the letter's fields, such as date: 2026-05-14")
            if not isinstance(top, yaml.MappingStartEvent):
                raise self.error(
                    "a draft is a list of fields, each with its name and a colon",
                    _line(top),
                    "begin with date: 2026-05-14",
                )
            fields = self.map(events, GRAMMAR, "")
            events.skip(yaml.DocumentEndEvent)
            end = events.next()
            if not isinstance(end, yaml.StreamEndEvent):
                raise self.error(
                    "a second document begins here", _line(end), "one draft holds one letter: take out the ---"
                )
        except yaml.MarkedYAMLError as error:
            raise self.syntax(error) from None
        except (yaml.YAMLError, ValueError, OverflowError):  # PyYAML lets out what chr() and int() raise
            escape = _NO_CODE_POINT.search(text)
            line = text.count("\n", 0, escape.start()) + 1 if escape else 1
            raise self.error(
                "there is no such character as is escaped here", line, "type the character itself"
            ) from None
        if not fields:
            raise self.error("the draft is empty", 1, "write the letter's fields, such as date: 2026-05-14")
        return fields

    def map(self, events: _Events, rows: Sequence[grammar.Field], where: str) -> dict[str, Value]:
        """The map whose start was just read, with the fields of `rows` only, in the order of the grammar."""
        import yaml

        known = {row.name: row for row in rows}
        values: dict[str, Value] = {}
        while not isinstance(key := events.next(), yaml.MappingEndEvent):
            line = _line(key)
            if not isinstance(key, yaml.ScalarEvent):
                raise self.error(
                    "the name of a field is a word", line, "put the text in quotes, or correct the indentation"
                )
            name = key.value
            field = f"{where}.{name}" if where else name
            if name not in known:
                raise self.unknown(name, known, line, where)
            if field in self.lines:
                raise self.error(
                    f"this field stands here and in line {self.lines[field]}", line, "keep one of the two", field=field
                )
            self.lines[field] = line
            value = self.value(events, events.next(), known[name], field)
            if field in _BY_TOOL:
                self.changes.append((line, f"{name} is set by the tool; what stands here is not used"))
            else:
                values[name] = value
        return {row.name: values[row.name] for row in rows if row.name in values}

    def value(self, events: _Events, event: yaml.Event, row: grammar.Field, field: str) -> Value:
        import yaml

        line = self.lines[field]
        if isinstance(event, yaml.ScalarEvent):
            if not event.value.strip():
                raise self.error("nothing stands here", line, "leave out a field that has nothing to say", field=field)
            if row.many:
                due = f"write {row.name}: and below it a line for each, indented, that begins with a dash"
                raise self.error("a list is due here, not a text", line, due, field=field)
            if row.grammar:
                due = "write its fields, such as name: …"
                raise self.error("a group of fields is due here, not a text", line, due, field=field)
            return self.text(event, row, field)
        if isinstance(event, yaml.SequenceStartEvent):
            if not row.many:
                due = (
                    "write it without a dash"
                    if row.grammar
                    else "write it as one text; put it in quotes if it begins with - or ["
                )
                raise self.error(f"a {_due(row)} is due here, not a list", _line(event), due, field=field)
            return self.list(events, row, field)
        if row.many or not row.grammar:
            due = (
                f"begin each of the {row.name} with a dash"
                if row.many
                else "put the text in quotes; a colon followed by a space begins a field"
            )
            raise self.error(f"a {_due(row)} is due here, not a group of fields", _line(event), due, field=field)
        return self.map(events, row.grammar, field)

    def list(self, events: _Events, row: grammar.Field, field: str) -> Value:
        import yaml

        item = grammar.Field(row.name, row.check, grammar=row.grammar)
        texts: list[str] = []
        maps: list[dict[str, Value]] = []
        while not isinstance(event := events.next(), yaml.SequenceEndEvent):
            place = f"{field}[{len(texts) + len(maps)}]"
            self.lines[place] = _line(event)
            value = self.value(events, event, item, place)
            if isinstance(value, str):
                texts.append(value)
            elif isinstance(value, dict):
                if not value:
                    raise self.error(
                        "nothing stands here",
                        self.lines[place],
                        "leave out an entry that has nothing to say",
                        field=place,
                    )
                maps.append(value)
        if not texts and not maps:
            raise self.error(
                "nothing stands here", self.lines[field], "leave out a field that has nothing to say", field=field
            )
        return texts or maps

    def text(self, event: yaml.ScalarEvent, row: grammar.Field, field: str) -> str:
        """A scalar as the text that a record can keep; `lines` and `changes` learn of it."""
        value: str = event.value
        block = event.style in ("|", ">")
        if block:
            value = value.removesuffix("\n")  # the line feed that ends the block's last line is YAML's, not the text's
        first = _line(event) + (1 if block else 0)

        def place(number: int) -> int:
            # Only a literal block has a line of the file for each of its lines.
            return first + number - 1 if event.style == "|" else first

        several = row.check is grammar.text
        tidied = tidying.tidy(value, lines=several, markdown=field == "body")
        self.changes += [(place(number), what) for number, what in tidied.changes]
        if not tidied.text:
            raise self.error(
                "nothing stands here", self.lines[field], "leave out a field that has nothing to say", field=field
            )
        try:
            canonical.check_text(tidied.text, lines=several)
        except CanonicalError as error:
            line = place(tidied.origin[(error.line or 1) - 1])
            hint = error.hint or "delete it, or write it in another way"
            raise self.error(error.message, line, hint, field=field) from None
        return tidied.text

    def unknown(self, name: str, known: Mapping[str, grammar.Field], line: int, where: str) -> DraftError:
        shown = _shown(name)
        if name == "<<":
            return self.error("a draft has no merge keys (<<)", line, "write out every field")
        near = get_close_matches(name.casefold().replace("-", "_").replace(" ", "_")[:80], known, n=1)
        holder = "an entry here" if where else "a letter"
        hint = f"did you mean {near[0]}?" if near else f"the fields of {holder}: {', '.join(known)}"
        return self.error(f"{holder} has no field {shown}", line, hint)

    def syntax(self, error: yaml.MarkedYAMLError) -> DraftError:
        """What a YAML parser says, in plain words."""
        mark, problem = error.problem_mark, error.problem or ""
        line = mark.line + 1 if mark else 1
        context = error.context or ""
        if "expected ':'" in problem and error.context_mark:
            line = error.context_mark.line + 1
        if "quoted scalar" in context and "end of stream" in problem and error.context_mark:
            line = error.context_mark.line + 1
            return self.error("a quotation mark opens here and never closes", line, "close it, or use a block: |")
        for sign, message, hint in _SYNTAX:
            if sign in problem or sign in context:
                return self.error(message, line, hint)
        return self.error(f"this is no YAML: {problem or 'it breaks off'}", line, _QUOTES)

    def error(self, message: str, line: int, hint: str, *, field: str | None = None) -> DraftError:
        return DraftError(message, hint=hint, path=self.path, line=line, field=field)


# An escape in double quotes for a number beyond the last code point.
_NO_CODE_POINT = re.compile(r"\\U(?!000|0010)[0-9A-Fa-f]{8}")
_QUOTES: Final = "put the text in quotes, or below its field as a block: |"
_SYNTAX: Final = (
    ("mapping values are not allowed", "a colon stands in a text without quotes, or the indentation is off", _QUOTES),
    ("'\\t'", "a tab stands where spaces must", "indent with spaces"),
    ("could not find expected ':'", "a field's name and colon are missing, or a text is not indented", _QUOTES),
    (
        "unknown escape character",
        "a backslash in double quotes means something else",
        "use single quotes, or two backslashes",
    ),
    ("escape sequence", "a backslash in double quotes means something else", "use single quotes, or two backslashes"),
    ("flow", "a bracket opens here and never closes", "put a text that begins with a bracket in quotes"),
    ("cannot start any token", "a text can't begin with this character unless it is in quotes", _QUOTES),
    ("expected <block end>", "the indentation, or a quotation mark inside a text, is not in order", _QUOTES),
    ("expected alphabetic", "a text that begins with & or * must be in quotes", _QUOTES),
    ("found undefined tag", "a text that begins with ! must be in quotes", _QUOTES),
)


class _Events:
    """The events of a YAML parser, without what a draft may not have."""

    def __init__(self, reader: _Reader, events: Iterator[yaml.Event]) -> None:
        self._reader = reader
        self._events = events

    def next(self) -> yaml.Event:
        import yaml

        event = next(self._events)
        if isinstance(event, yaml.AliasEvent):
            raise self._reader.error(
                "a draft has no references (*)",
                _line(event),
                "put a text that begins with * in quotes; write out what repeats",
            )
        if getattr(event, "anchor", None) is not None:
            raise self._reader.error(
                "a draft has no anchors (&)", _line(event), "put a text that begins with & in quotes"
            )
        if isinstance(event, yaml.NodeEvent) and getattr(event, "tag", None) is not None:
            raise self._reader.error("a draft has no tags (!)", _line(event), "put a text that begins with ! in quotes")
        return event

    def skip(self, kind: type[yaml.Event]) -> None:
        event = self.next()
        if not isinstance(event, kind):  # the parser's own grammar admits nothing else
            raise self._reader.error("this is no YAML", _line(event), _QUOTES)


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _due(row: grammar.Field) -> str:
    if row.many:
        return "list"
    return "group of fields" if row.grammar else "text"


def _shown(name: str) -> str:
    cut = name if len(name) <= 40 else name[:40] + "…"
    return f'"{cut}"' if all(canonical.permitted(char) and char != "\n" for char in cut) else ascii(cut)


# --- from a draft to a letter --------------------------------------------------------------------------------------


def to_letter(
    draft: Draft,
    *,
    letter: str,
    revision: int,
    previous: str | None,
    path: str,
    resolve: Callable[[str], str] | None = None,
) -> Letter:
    """The revision that this draft makes; raises `DraftError` with line, field and a cure.

    `letter`, `revision` and `previous` are those of the revision to be. `resolve` gives the digest of a revision named
    as ``2026/open-water-record@3``; it raises an `InputError` for one that it doesn't know.
    """
    fields = dict(draft.fields)
    _expect(draft, "format", _FORMAT, path, f"this version of openletter writes {_FORMAT}")
    _expect(draft, "letter", letter, path, f"leave the field out, or make it {letter}")
    fields |= {"format": _FORMAT, "letter": letter, "revision": str(revision)}
    if previous is not None:
        fields["previous"] = previous
    named = fields.get("translation_of")
    if isinstance(named, str) and resolve is not None and not named.startswith("sha256:"):
        try:
            fields["translation_of"] = resolve(named)
        except InputError as error:
            line = draft.lines.get("translation_of")
            raise DraftError(
                error.message, hint=error.hint or _HINTS["translation_of"], path=path, line=line, field="translation_of"
            ) from None
    try:
        return Letter.from_data({row.name: fields[row.name] for row in GRAMMAR if row.name in fields})
    except (RecordError, CanonicalError) as error:
        field = error.field or ""
        hint = error.hint or _HINTS.get(re.split(r"[.\]]", field)[-1]) or _HINTS.get(field) or "correct the draft"
        raise DraftError(error.message, hint=hint, path=path, line=_nearest(draft, field), field=error.field) from None


def _expect(draft: Draft, field: str, value: str, path: str, hint: str) -> None:
    found = draft.fields.get(field, value)
    if found != value:
        raise DraftError(
            f"the draft is for {_shown(str(found))}, not for {value}",
            hint=hint,
            path=path,
            line=draft.lines.get(field),
            field=field,
        )


def _nearest(draft: Draft, field: str) -> int | None:
    """The line of this field or, where it is missing, of what would hold it."""
    while field:
        if field in draft.lines:
            return draft.lines[field]
        field = field[: max(field.rfind("."), field.rfind("["), 0)]
    return None


# --- writing -------------------------------------------------------------------------------------------------------

# A one-line text that YAML reads as it stands, without quotes: it begins with a plain character, and no colon or number
# sign in it begins something else.
_PLAIN = re.compile(r"[^\s\-?:,\[\]{}#&*!|>'\"%@`](?:[^:#\n]|:(?=\S)|(?<=\S)#)*")
# Words and numbers that other readers of YAML take for something else than a text.
_TYPED = re.compile(r"(?i:y|n|yes|no|on|off|true|false|null|~|\.(?:inf|nan))|[-+.]?[0-9][0-9_.,:eExXoO+]*|=|<<")
_UNSEEN = re.compile(r"[^\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]|[\u2028\u2029]")


def write(fields: Mapping[str, Value], *, comments: Mapping[str, str]) -> str:
    """A draft for a person to check: readable YAML in the order of the grammar, `read` gives the fields back.

    `comments` are by path: each becomes a ``# check:`` line above its field or, where the letter has no such field, at
    its place; the one under the empty path stands at the top.
    """
    out = [f"# {line}" for line in _comment(comments.get("", ""))]
    if out:
        out.append("")
    _write_map(fields, GRAMMAR, "", "", "", comments, out)
    return "\n".join(out) + "\n"


def _write_map(
    fields: Mapping[str, Value],
    rows: Sequence[grammar.Field],
    where: str,
    indent: str,
    lead: str,
    comments: Mapping[str, str],
    out: list[str],
) -> None:
    """Write the fields of a map at `indent`; the first begins with `lead` instead, which holds a list's dash."""
    for row in rows:
        field = f"{where}.{row.name}" if where else row.name
        value = fields.get(row.name)
        comment = comments.get(field, "")
        if comment and value is None:
            comment = f"{row.name}: {comment}"
        _write_comment(comment, lead.partition("-")[0] if lead else indent, out)
        if value is None:
            continue
        start = (lead or indent) + row.name + ":"
        lead = ""
        if isinstance(value, str):
            _write_text(value, start, indent, out, block=field == "body")
        elif isinstance(value, list):
            out.append(start)
            for place, item in enumerate(value):
                entry = f"{field}[{place}]"
                _write_comment(comments.get(entry, ""), indent + "  ", out)
                if isinstance(item, str):
                    _write_text(item, f"{indent}  -", indent + "  ", out, block=False)
                elif isinstance(item, dict):
                    _write_map(item, row.grammar, entry, indent + "    ", f"{indent}  - ", comments, out)


def _write_comment(text: str, indent: str, out: list[str]) -> None:
    for number, line in enumerate(_comment(text)):
        out.append(f"{indent}# {'       ' if number else 'check: '}{line}")


def _comment(text: str) -> list[str]:
    return ["".join(char if canonical.permitted(char) else "?" for char in line).strip() for line in text.splitlines()]


def _write_text(text: str, start: str, indent: str, out: list[str], *, block: bool) -> None:
    if _UNSEEN.search(text.replace("\n", "")):
        out.append(f"{start} {_double_quoted(text)}")
    elif block or "\n" in text:
        out.append(f"{start} |")
        out += [f"{indent}  {line}" if line else "" for line in text.split("\n")]
    elif _PLAIN.fullmatch(text) and text == text.strip() and not text.endswith(":") and not _TYPED.fullmatch(text):
        out.append(f"{start} {text}")
    else:
        out.append(f"{start} {_double_quoted(text)}")


def _double_quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return '"' + _UNSEEN.sub(lambda found: f"\\U{ord(found[0]):08X}", escaped) + '"'
