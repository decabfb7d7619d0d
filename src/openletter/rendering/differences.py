"""What changed between two revisions, by words, as prose: in one text, or side by side; and who signed which."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

from openletter.records import Letter
from openletter.records.difference import FieldChange, Part, compare
from openletter.rendering.assets import hidden_html, id_html, name_html
from openletter.rendering.directions import Direction, of_language, of_text
from openletter.rendering.html import EMPTY, Html, joined
from openletter.rendering.verdicts import Addresses, verdict_html
from openletter.reports.plain import count, listed
from openletter.verify import LetterReport, OrganizationVerdict

TITLES: Final = {
    "date": "Date",
    "date_line": "Date as printed",
    "place": "Place",
    "reference": "Reference",
    "language": "Language",
    "sender": "Sender",
    "addressees": "Addressees",
    "subject": "Subject",
    "salutation": "Salutation",
    "body": "Text",
    "valediction": "Valediction",
    "signatories": "Named as signing",
    "copies": "Copies to",
    "translation_of": "Translation of",
    "note": "Note on this revision",
}
"""The fields of a letter in plain words."""


_BREAK: Final = "\n"
"""The text of a part that stands for the end of a paragraph, where nothing else came or went; no line has it."""
_PROSE: Final = frozenset({"body", "note"})
"""The fields in which a single line break is a space."""
_NOTHING: Final = Part(kind="same", text="")
_CODED: Final = frozenset({"date", "language", "translation_of"})
"""The fields that are in no language."""
_MARKED: Final = re.compile(r" {4}| {0,3}(?:[-*+>]|[0-9]{1,9}[.)]|#{1,6})(?: |$)| {0,3}(?:```|~~~)")
"""A line that begins something: an item, a heading, a quote, lines of code."""
_LONG: Final = 500
"""A run of unchanged paragraphs of so many characters is folded away, or of so many paragraphs:"""
_LINES: Final = 6

_Paragraph = tuple[Part, ...]


def inline_html(older: Letter, newer: Letter, *, level: int = 3) -> Html:
    """What changed, field by field, in one text: what went in ``<del>``, what came in ``<ins>``, in words too."""

    def section(change: FieldChange) -> Html:
        way: Direction = "ltr" if change.field in _CODED else of_language(newer.language)
        shown = joined(
            _folded(run, way) if fold else joined(_paragraph(one, way) for one in run)
            for fold, run in _runs(_paragraphs(change))
        )
        return Html('<div class="prose" lang="{}" dir="{}">{}</div>').format(newer.language, way, shown)

    return _sections("inline", older, newer, level, section)


def side_by_side_html(older: Letter, newer: Letter, *, level: int = 3, names: tuple[str, str] | None = None) -> Html:
    """What changed, field by field, in a table of two columns; `names` are their headings, else "Revision N"."""
    heads = names or (f"Revision {older.revision}", f"Revision {newer.revision}")

    def section(change: FieldChange) -> Html:
        coded = change.field in _CODED
        columns = tuple(
            _Column(head, letter.language, "ltr" if coded else of_language(letter.language))
            for head, letter in zip(heads, (older, newer), strict=True)
        )
        rows = joined(
            _folded_row(run, columns[1]) if fold else joined(_row(pair, columns) for pair in _pairs(run))
            for fold, run in _runs(_paragraphs(change))
        )
        return Html(
            '<table class="sides stack" role="table"><caption class="hidden">{}: {} and {}</caption>'
            '<thead role="rowgroup"><tr role="row">{}</tr></thead><tbody role="rowgroup">{}</tbody></table>'
        ).format(TITLES[change.field], *heads, joined(map(_head, heads)), rows)

    return _sections("beside", older, newer, level, section)


def signed_which_html(older: LetterReport, newer: LetterReport, *, addresses: Addresses | None = None) -> Html:
    """Which organization signed which of two revisions: a table of both verdicts, in words."""
    where = addresses or Addresses()
    befores = {_whose(found): found for found in older.organizations}
    afters = {_whose(found): found for found in newer.organizations}
    heads = ("Organization", f"Revision {older.revision}", f"Revision {newer.revision}")

    def row(key: tuple[str | None, str]) -> Html:
        before, after = befores.get(key), afters.get(key)
        organization, printed = key[0], next((f.printed or f.record_name for f in (after, before) if f), None)
        address = where.organization(organization) if organization is not None else None
        who = Html('<th scope="row" role="rowheader">{} {}</th>').format(
            id_html(organization, address),
            Html('<span class="printed">{}</span>').format(name_html(printed)) if printed else EMPTY,
        )
        cells = (
            Html('<td role="cell" data-label="{}">{}</td>').format(
                head, verdict_html(found.verdict) if found is not None else "not named, and no signature here"
            )
            for head, found in zip(heads[1:], (before, after), strict=True)
        )
        return Html('<tr role="row">{}{}</tr>').format(who, joined(cells))

    rows = joined(row(key) for key in dict.fromkeys((*afters, *befores)))
    return Html(
        '<table class="signed stack" role="table"><caption class="hidden">Who signed which revision</caption>'
        '<thead role="rowgroup"><tr role="row">{}</tr></thead><tbody role="rowgroup">{}</tbody></table>'
    ).format(joined(map(_head, heads)), rows)


def _whose(found: OrganizationVerdict) -> tuple[str | None, str]:
    return found.organization, "" if found.organization is not None else found.printed or ""


def _sections(kind: str, older: Letter, newer: Letter, level: int, section: Callable[[FieldChange], Html]) -> Html:
    changes = compare(older, newer)
    parts = [
        Html('<section class="change"><h{0}>{1}</h{0}>{2}</section>').format(
            level, TITLES[change.field], section(change)
        )
        for change in changes
    ]
    changed = {change.field for change in changes}
    same = [title.lower() for field, title in TITLES.items() if getattr(newer, field) and field not in changed]
    if not changes:
        parts = [Html("<p>Every word is the same; only the number of the revision differs.</p>")]
    elif same:
        parts.append(Html('<p class="same">Unchanged: {}.</p>').format(listed(same)))
    return Html('<div class="difference {}">{}</div>').format(kind, joined(parts))


# --- a field as paragraphs ---


def _paragraphs(change: FieldChange) -> list[_Paragraph]:
    """The lines of a field as paragraphs; a line break that is a space joins lines."""
    prose = change.field in _PROSE
    found: list[list[Part]] = []
    going, fenced = False, False
    for line in (line or (_NOTHING,) for line in change.lines):
        text = "".join(part.text for part in line)
        fence = prose and text.lstrip(" ").startswith(("```", "~~~"))
        if prose and not text:
            going = False
            if line[0].kind != "same":
                found.append([Part(kind=line[0].kind, text=_BREAK)])
            continue
        if going and not fenced and not _MARKED.match(text):
            found[-1] = _continued(found[-1], line)
        else:
            found.append(list(line))
        fenced ^= fence
        going = prose and not text.endswith("\\") and not fence
    return [tuple(one) for one in _without_breaks(found)]


def _continued(before: list[Part], line: _Paragraph) -> list[Part]:
    """A paragraph and its next line, with a space between, or nothing in a script that has none."""
    parts = list(before)
    for place, part in enumerate(line):
        gap = ""
        if place == 0 and parts and not (_wide(parts[-1].text[-1:]) and _wide(part.text[:1])):
            gap = " "
        if parts and parts[-1].kind == part.kind:
            parts[-1] = Part(kind=part.kind, text=parts[-1].text + gap + part.text)
        else:
            if gap and part.kind != "same" and parts:
                parts[-1] = Part(kind=parts[-1].kind, text=parts[-1].text + gap)
                gap = ""
            parts.append(Part(kind=part.kind, text=gap + part.text))
    return parts


def _wide(character: str) -> bool:
    return bool(character) and unicodedata.east_asian_width(character) in "WF"


def _without_breaks(found: Sequence[list[Part]]) -> Iterator[list[Part]]:
    """Without the end of a paragraph that came or went together with the paragraph."""
    for place, parts in enumerate(found):
        if parts[0].text == _BREAK and len(parts) == 1:
            kind = parts[0].kind
            beside = [found[at] for at in (place - 1, place + 1) if 0 <= at < len(found)]
            if any(all(part.kind == kind for part in other) for other in beside):
                continue
        yield parts


def _runs(paragraphs: Sequence[_Paragraph]) -> Iterator[tuple[bool, Sequence[_Paragraph]]]:
    """Paragraphs in runs; True for a run that is unchanged and long, but for what stands next to a change."""
    same = [all(part.kind == "same" for part in one) for one in paragraphs]
    start = 0
    while start < len(paragraphs):
        end = start
        while end < len(paragraphs) and same[end] == same[start]:
            end += 1
        first, last = start + (start > 0), end - (end < len(paragraphs))
        inner = paragraphs[first:last] if same[start] else ()
        if len(inner) >= _LINES or (len(inner) > 1 and sum(len(p.text) for one in inner for p in one) >= _LONG):
            yield False, paragraphs[start:first]
            yield True, inner
            yield False, paragraphs[last:end]
        else:
            yield False, paragraphs[start:end]
        start = end


def _pairs(run: Sequence[_Paragraph]) -> Iterator[tuple[_Paragraph, _Paragraph]]:
    """Each row of two columns: what is there in the older text, and in the newer; what replaces stands beside."""
    gone: list[_Paragraph] = []
    come: list[_Paragraph] = []
    for one in run:
        kinds = {part.kind for part in one}
        if kinds == {"deleted"} and not come:
            gone.append(one)
        elif kinds == {"inserted"}:
            come.append(one)
        else:
            yield from zip_longest(gone, come, fillvalue=())
            gone, come = ([one], []) if kinds == {"deleted"} else ([], [])
            if kinds != {"deleted"}:
                yield (
                    tuple(part for part in one if part.kind != "inserted"),
                    tuple(part for part in one if part.kind != "deleted"),
                )
    yield from zip_longest(gone, come, fillvalue=())


# --- as HTML ---


def _paragraph(parts: _Paragraph, way: Direction) -> Html:
    text = "".join(part.text for part in parts)
    own = of_text(text, way)
    turned = Html(' dir="{}"').format(own) if own != way else EMPTY
    return Html("<p{}>{}</p>").format(turned, joined(map(_part, parts)))


def _part(part: Part) -> Html:
    if part.kind == "same":
        return Html.escape(part.text)
    text = part.text
    shown = Html("{}").format(text)
    if text in {"", _BREAK}:
        what = "line break" if not text else "new paragraph"
        shown = Html('<span aria-hidden="true">{}</span>{}').format("↵" if not text else "¶", hidden_html(what))
    if part.kind == "deleted":
        return Html("<del>{}{}{}</del>").format(hidden_html("deleted: "), shown, hidden_html(" (end of deletion) "))
    return Html("<ins>{}{}{}</ins>").format(hidden_html("inserted: "), shown, hidden_html(" (end of insertion) "))


def _folded(run: Sequence[_Paragraph], way: Direction) -> Html:
    return Html('<details class="folded"><summary lang="en" dir="ltr">{} unchanged</summary>{}</details>').format(
        count(len(run), "paragraph", "paragraphs").capitalize(), joined(_paragraph(one, way) for one in run)
    )


def _head(name: str) -> Html:
    return Html('<th scope="col" role="columnheader">{}</th>').format(name)


@dataclass(frozen=True, slots=True)
class _Column:
    head: str
    language: str
    way: Direction


def _folded_row(run: Sequence[_Paragraph], column: _Column) -> Html:
    return Html('<tr role="row"><td role="cell" colspan="2" aria-colspan="2" lang="{}" dir="{}">{}</td></tr>').format(
        column.language, column.way, _folded(run, column.way)
    )


def _row(pair: Sequence[_Paragraph], columns: Sequence[_Column]) -> Html:
    one_text = pair[0] == pair[1] and columns[0].language == columns[1].language
    same = Html(' class="same"') if one_text else EMPTY
    return Html('<tr role="row"{}>{}</tr>').format(
        same, joined(_cell(parts, column) for parts, column in zip(pair, columns, strict=True))
    )


def _cell(parts: _Paragraph, column: _Column) -> Html:
    if not parts:
        return Html('<td role="cell" class="none" data-label="{}">{}</td>').format(
            column.head, hidden_html("nothing here")
        )
    return Html('<td role="cell" data-label="{}" lang="{}" dir="{}">{}</td>').format(
        column.head, column.language, column.way, _paragraph(parts, column.way)
    )
