"""Addressees and signatories, read from the lines in which they are printed.

Every word is kept as it stands, and goes to the field that it most likely belongs to; what is not certain is said.
A dash never divides: "Alder – Institute for Water" is one name.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from openletter.canonical import Value
from openletter.intake import words

# The mark of an item of a list: a bullet or a number.
_BULLET = re.compile(r"(?:[-+*•◦▪‣·–—]|\(?[0-9]{1,3}[.)])\s+(?=\S)")
_MAX_BLOCK: Final = 4  # lines of the block of one signatory


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """An addressee or a signatory; `doubt` says what a person should check, or is empty."""

    fields: dict[str, Value]
    doubt: str = ""


def folded(name: str) -> str:
    """A printed name with its white space folded: how names are compared."""
    return " ".join(name.split())


def _bare(line: str) -> str:
    """A line without the comma that leads on to the next; a line of nothing but commas stays."""
    return line.rstrip(", ") or line


# --- addressees ----------------------------------------------------------------------------------------------------


def addressees(lines: Sequence[str]) -> list[Part]:
    """The addressees of one block: a further one begins at each further line that addresses a person."""
    if not lines:
        return []
    starts = [place for place, line in enumerate(lines) if place and words.has_honorific(line)]
    edges = [0, *starts, len(lines)]
    return [_addressee(lines[first:last]) for first, last in pairwise(edges)]


def _addressee(lines: Sequence[str]) -> Part:
    rest = list(lines)
    fields: dict[str, Value] = {}
    doubts: list[str] = []
    if words.has_honorific(rest[0]) or words.is_person(rest[0]):
        name, comma, behind = rest.pop(0).partition(", ")
        if name and comma and words.is_title(behind):
            rest.insert(0, behind)
        elif comma:
            name = f"{name}, {behind}"
        fields["name"] = _bare(name)
        if not words.has_honorific(name) and not (rest and words.is_title(rest[0])):
            doubts.append("is this a person's name?")
    if rest and _titled(rest[0], bool(fields)):
        title, comma, behind = _bare(rest.pop(0)).rpartition(", ")
        if comma and words.is_organization(behind) and not words.is_title(behind):
            rest.insert(0, behind)
            doubts.append("do title and organization divide here?")
        else:
            title = f"{title}{comma}{behind}"
        while rest and rest[0][:1].islower():
            title = f"{title} {rest.pop(0)}"
        fields["title"] = title
    if rest and (not fields or not words.is_address(rest[0])):
        line = _bare(rest[0])
        if words.is_organization(line) or not fields:
            fields["organization"] = line
            rest.pop(0)
            if not words.is_organization(line):
                doubts.append("a person, an office or an organization?")
        elif "title" in fields and not (words.is_town(line) and len(rest) == 1):
            fields["organization"] = line
            rest.pop(0)
            doubts.append("is this the organization?")
    if rest:
        fields["address"] = rest
        if words.is_organization(rest[0]) and not words.is_address(rest[0]):
            doubts.append("does the first line of the address belong to the organization?")
    return Part(fields=fields, doubt=" ".join(doubts))


def _titled(line: str, named: bool) -> bool:
    """Is this line a title? "Ministry of Health" and "Secretariat" are organizations."""
    if not words.is_title(line):
        return False
    return named or not words.is_organization(line.partition(",")[0]) or line.casefold().startswith("the ")


# --- signatories ---------------------------------------------------------------------------------------------------


def item(line: str) -> str | None:
    """The content of a line that is an item of a list, None where it is none."""
    found = _BULLET.match(line)
    return line[found.end() :] if found else None


def signatories(groups: Sequence[Sequence[str]], known: Collection[str]) -> list[Part]:
    """The signatories in these groups of lines, one of each group or several; `known` are names on record, folded."""
    found: list[Part] = []
    place = 0
    while place < len(groups):
        group = groups[place]
        three = groups[place : place + 3]
        if (
            len(three) == 3
            and all(len(lines) == 1 for lines in three)
            and _is_block([lines[0] for lines in three], known)
        ):
            one = _block([lines[0] for lines in three], known)
            found.append(Part(fields=one.fields, doubt=one.doubt or "are these three lines one signatory?"))
            place += 3
            continue
        found += _group(group, known)
        place += 1
    return found


def _group(lines: Sequence[str], known: Collection[str]) -> list[Part]:  # noqa: PLR0911 (a return for each layout)
    items = [item(line) for line in lines]
    contents = [content for content in items if content is not None]
    if len(contents) == len(lines):
        return [_one_line(content, known) for content in contents]
    if len(lines) == 1:
        return [_one_line(lines[0], known)]
    if all(_is_listed(line, known) for line in lines):
        return [_one_line(line, known) for line in lines]
    if len(lines) > 3 and len(lines) % 3 == 0:
        threes = [lines[place : place + 3] for place in range(0, len(lines), 3)]
        if all(_is_block(three, known) for three in threes):
            return [_block(three, known) for three in threes]
    if len(lines) <= _MAX_BLOCK and _is_person(lines[0]):
        return [_block(lines, known)]
    if len(lines) == 2 and words.is_title(lines[0]) and not words.is_organization(lines[0]):
        return [Part(fields={"title": _bare(lines[0]), "of": lines[1]})]
    if len(lines) == 2 and words.is_organization(lines[0]) and words.is_person(lines[1]):
        return [
            Part(fields={"name": lines[1], "of": lines[0]}, doubt="is this a person, signing for the organization?")
        ]
    return [_one_line(line, known) for line in lines]


def _is_organization(line: str, known: Collection[str]) -> bool:
    return folded(line) in known or words.is_organization(line)


def _is_person(line: str) -> bool:
    """Is this line, or what stands before its first comma, a person's name?"""
    return words.has_honorific(line) or words.is_person(line.partition(", ")[0])


def _is_listed(line: str, known: Collection[str]) -> bool:
    """Does this line stand for a signatory of its own: an organization, or "Name, Title, Organization"?"""
    if folded(line) in known:
        return True
    first, comma, behind = line.partition(", ")
    if comma and words.is_person(first):
        return not words.is_title(behind) or words.is_organization(behind)
    return words.is_organization(line) and not words.is_title(line)


def _is_block(lines: Sequence[str], known: Collection[str]) -> bool:
    """Are these surely name, title and organization, in this order?"""
    return (
        len(lines) == 3
        and _is_person(lines[0])
        and words.is_title(lines[1])
        and folded(lines[1]) not in known
        and item(lines[0]) is None
    )


def _block(lines: Sequence[str], known: Collection[str]) -> Part:  # noqa: PLR0911 (a return for each layout)
    """The block of one person: a name, then a title, then the organization."""
    name, *rest = map(_bare, lines)
    fields: dict[str, Value] = {"name": name}
    first, comma, title = name.partition(", ")
    if first and comma and words.is_title(title) and rest and not words.is_title(rest[0]):
        fields = {"name": first, "title": title}
        return Part(fields=fields | {"of": " ".join(rest)}, doubt="" if len(rest) == 1 else _TOGETHER)
    if len(rest) == 1:
        title, comma, of = rest[0].partition(", ")
        if comma and words.is_title(title) and not words.is_title(of) and folded(rest[0]) not in known:
            return Part(fields=fields | {"title": title, "of": of}, doubt="do title and organization divide here?")
        if words.is_title(rest[0]) and not _is_organization(rest[0], known):
            return Part(fields=fields | {"title": rest[0]}, doubt="for which organization?")
        sure = _is_organization(rest[0], known)
        return Part(fields=fields | {"of": rest[0]}, doubt="" if sure else "is this a person, then an organization?")
    if len(rest) == 2:
        if words.is_title(rest[1]) and not words.is_title(rest[0]):
            return Part(fields=fields | {"title": rest[1], "of": rest[0]})
        sure = words.is_title(rest[0])
        return Part(
            fields=fields | {"title": rest[0], "of": rest[1]}, doubt="" if sure else "name, title and organization?"
        )
    return Part(fields=fields | {"title": rest[0], "of": " ".join(rest[1:])}, doubt=_TOGETHER)


_TOGETHER: Final = "several lines were put together: what is the organization's name?"


def _one_line(line: str, known: Collection[str]) -> Part:
    """A signatory on one line: an organization, or a person with a title, an organization or both."""
    if folded(line) in known:
        return Part(fields={"of": line})
    name, *behind = _bare(line).split(", ")
    if not behind or not _is_person(name):
        if words.has_honorific(line):
            return Part(fields={"name": line}, doubt="for which organization?")
        doubt = "" if words.is_organization(line) else "an organization, or a person (then name, not of)?"
        return Part(fields={"of": line}, doubt=doubt)
    rest = ", ".join(behind)
    titled = words.is_title(behind[0])
    if folded(rest) in known or not (titled or (len(behind) == 2 and not words.is_organization(behind[0]))):
        return Part(fields={"name": name, "of": rest})
    if len(behind) == 1:
        return Part(fields={"name": name, "title": rest}, doubt="for which organization?")
    of = ", ".join(behind[1:])
    sure = titled and (len(behind) == 2 or folded(of) in known)
    return Part(
        fields={"name": name, "title": behind[0], "of": of},
        doubt="" if sure else "do title and organization divide here?",
    )
