"""The words of a letter in the order in which a PDF of ours prints them, to compare a PDF with its record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from openletter.records import Letter
from openletter.records.text import dated
from openletter.rendering import blocks as tree


def printed(letter: Letter) -> Iterator[str]:
    """The parts of a letter, the body's marks left out; raises `MissingExtra`."""
    yield letter.sender or ""
    yield " ".join(dated(letter))
    yield letter.reference or ""
    for one in letter.addressees:
        yield " ".join(part for part in (one.name, one.title, one.organization, *one.address) if part is not None)
    yield letter.subject or ""
    yield letter.salutation or ""
    yield from _blocks(tree.blocks(letter.body))
    yield letter.valediction or ""
    for signatory in letter.signatories:
        yield " ".join(part for part in (signatory.name, signatory.title, signatory.of) if part is not None)
    yield from letter.copies


def _blocks(found: Iterable[tree.Block]) -> Iterator[str]:
    for block in found:
        match block:
            case tree.Paragraph(content) | tree.Heading(_, content):
                yield "".join(_inline(content))
            case tree.Quote(inner):
                yield from _blocks(inner)
            case tree.List(items, start):
                for place, item in enumerate(items):
                    if start is not None:
                        yield str(start + place)
                    yield from _blocks(item)
            case tree.CodeBlock(text, info):
                yield f"{info or ''} {text}"
            case tree.Rule():
                pass


def _inline(content: Sequence[tree.Inline]) -> Iterator[str]:
    for part in content:
        match part:
            case tree.Text(text) | tree.CodeSpan(text):
                yield text
            case tree.Emphasis(inner) | tree.Strong(inner):
                yield from _inline(inner)
            case tree.Link(inner, address, title, shown):
                yield from _inline(inner) if inner else (address,)
                yield "" if shown or not inner else address.removeprefix("mailto:")
                yield title or ""
            case tree.Image(text, address, title):
                yield f"{text} {address} {title or ''}"
            case tree.LineBreak():
                yield " "
