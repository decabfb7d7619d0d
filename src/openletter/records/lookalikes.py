"""Names that could deceive: remarks on printed names and on ids (``spec/verification.md``, "Names that look alike").

A remark is no fault, and changes no verdict. The ideas are those of UTS #39. The script of a letter is the first word
of its Unicode name, which never changes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import chain
from typing import Final

_NO_SCRIPT: Final = frozenset({"MODIFIER", "COMBINING", "KATAKANA-HIRAGANA", "IDEOGRAPHIC", "VERTICAL"})
_TOGETHER: Final = (
    frozenset({"LATIN", "CJK", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "CJK", "HANGUL"}),
    frozenset({"LATIN", "CJK", "BOPOMOFO"}),
)
"""Scripts that Japanese, Korean and Chinese write together."""
_UNJOINED: Final = frozenset({"LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "GEORGIAN", "CHEROKEE"})
"""Scripts that need no invisible character at a letter."""
_INVISIBLE: Final = re.compile("[\u034f\u061c\u180b-\u180f\u200b-\u200f\ufe00-\ufe02\ufe0e\ufe0f\U000e0100-\U000e01ef]")
_DIGITS: Final = str.maketrans("01i", "oll")
_MOST: Final = 40


class Kind(StrEnum):
    """What a remark is about."""

    MIXED = "mixed-scripts"
    OTHER_SCRIPT = "looks-latin"
    INVISIBLE = "invisible"
    INTERNATIONALIZED = "internationalized"
    ALIKE = "looks-alike"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something about a name or an id that could deceive; `message` is a sentence for people."""

    kind: Kind
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """An organization in sight: its id, where it has one, and the names that stand for it."""

    organization: str | None
    names: tuple[str, ...] = ()


def remarks(named: Sequence[Named], known: Iterable[str] = ()) -> list[tuple[Remark, ...]]:
    """The remarks on each of these organizations; `known` are more ids that theirs could be taken for."""
    ids = dict.fromkeys(chain((one.organization for one in named if one.organization), known))
    alike: dict[str, list[str]] = {}
    for organization in ids:
        alike.setdefault(id_skeleton(organization), []).append(organization)
    bearers: dict[str, dict[str, str]] = {}
    for one in named:
        for name in one.names:
            bearers.setdefault(name_skeleton(name), {}).setdefault(one.organization or "", name)
    return [tuple(dict.fromkeys(_on(one, alike, bearers))) for one in named]


def _on(one: Named, alike: dict[str, list[str]], bearers: dict[str, dict[str, str]]) -> Iterator[Remark]:
    if one.organization is not None:
        yield from on_id(one.organization)
        others = [other for other in alike[id_skeleton(one.organization)] if other != one.organization]
        if others:
            yield Remark(kind=Kind.ALIKE, message=f"this id looks like another one: {', '.join(others[:5])}")
    for name in one.names:
        yield from on_name(name)
        for organization, theirs in bearers[name_skeleton(name)].items():
            if organization != (one.organization or ""):
                whose = organization or "a signatory without an id"
                how = "has the same name" if theirs == name else f"has a name that looks the same: {_quoted(theirs)}"
                yield Remark(kind=Kind.ALIKE, message=f"{whose} {how}")


# --- names ---


def on_name(name: str) -> Iterator[Remark]:
    """The remarks on a printed name by itself."""
    if name.isascii():
        return
    bare = unicodedata.normalize("NFKC", _INVISIBLE.sub("", name))
    words = ["".join(letters) for letters in _words(bare)]
    scripts = [_scripts(word) for word in words]
    telling = {
        next(iter(found))
        for word, found in zip(words, scripts, strict=True)
        if len(found) == 1 and not all(_latin(letter) for letter in word)
    }
    for word, found in zip(words, scripts, strict=True):
        if len(found) > 1 and not any(found <= together for together in _TOGETHER):
            which = " and ".join(script.capitalize() for script in sorted(found, key="LATIN".__ne__))
            yield Remark(
                kind=Kind.MIXED, message=f"this name mixes {which} letters: {_quoted(word)}{_points(word, found)}"
            )
        elif len(found) == 1 and "LATIN" not in found and not found & telling:
            script = next(iter(found)).capitalize()
            yield Remark(
                kind=Kind.OTHER_SCRIPT,
                message=f"these letters look like Latin ones and are {script}: {_quoted(word)}{_points(word, found)}",
            )
    for match in _INVISIBLE.finditer(name):
        if match.start() and _script(name[match.start() - 1]) in _UNJOINED:
            yield Remark(kind=Kind.INVISIBLE, message=f"this name has invisible characters: {_quoted(name)}")
            break


def name_skeleton(name: str) -> str:
    """What a name looks like: two names with one skeleton are easily taken for each other."""
    if not name.isascii():
        bare = unicodedata.normalize("NFKC", _INVISIBLE.sub("", name))
        name = "".join(_latin(letter) or letter for letter in bare)
    return " ".join(_plain(name.casefold()).split())


def _plain(text: str) -> str:
    return text.replace("rn", "m").replace("vv", "w").translate(_DIGITS)


def _words(text: str) -> Iterator[list[str]]:
    word: list[str] = []
    for character in text:
        if unicodedata.category(character)[0] in "LM":
            word.append(character)
        elif word:
            yield word
            word = []
    if word:
        yield word


def _scripts(word: str) -> frozenset[str]:
    return frozenset(script for letter in word if (script := _script(letter)) is not None)


def _script(letter: str) -> str | None:
    """``LATIN``, ``CYRILLIC`` and so on; `None` for what all scripts share."""
    if unicodedata.category(letter)[0] != "L":
        return None
    script = unicodedata.name(letter, "").partition(" ")[0]
    return None if not script or script in _NO_SCRIPT else script


def _latin(letter: str) -> str | None:
    """The ASCII letter or digit that a letter looks like."""
    return letter if letter.isascii() else _table().get(letter)


@cache
def _table() -> dict[str, str]:
    from openletter.records.confusables import LIKE  # names in ASCII need none of it

    return {letter: plain for plain, letters in LIKE.items() for letter in letters}


def _points(word: str, scripts: frozenset[str]) -> str:
    """The letters of another script than Latin that look like Latin ones, by their code points."""
    odd = dict.fromkeys(c for c in word if _script(c) in scripts - {"LATIN"} and _latin(c))
    shown = [f"U+{ord(letter):04X} for {_latin(letter)}" for letter in list(odd)[:4]]
    return f" ({', '.join(shown)}{', …' if len(odd) > 4 else ''})" if shown else ""


def _quoted(text: str) -> str:
    cut = text if len(text) <= _MOST else text[:_MOST] + "…"
    return "“" + _INVISIBLE.sub(lambda found: f"\\u{{{ord(found[0]):X}}}", cut) + "”"


# --- ids ---


def on_id(organization: str) -> Iterator[Remark]:
    """The remarks on an id by itself."""
    for label in organization.split("."):
        decoded = _decoded(label)
        if decoded is None:
            continue
        if decoded == label:
            yield Remark(
                kind=Kind.INTERNATIONALIZED,
                message=f"{label} in this id has the form of an internationalized name, and stands for nothing",
            )
            continue
        odd = [f"U+{ord(letter):04X}" for letter in dict.fromkeys(decoded) if not letter.isascii()]
        points = ", ".join(odd[:4]) + (", …" if len(odd) > 4 else "")
        likeness = "".join(_latin(letter) or letter for letter in decoded)
        looks = f", and looks like {likeness}" if likeness.isascii() and likeness.isprintable() else ""
        yield Remark(
            kind=Kind.INTERNATIONALIZED,
            message=f"{label} in this id is an internationalized name: it stands for {_quoted(decoded)} "
            f"({points}){looks}",
        )


def id_skeleton(organization: str) -> str:
    """What an id looks like: two ids with one skeleton are easily taken for each other."""
    labels = [_decoded(label) or label for label in organization.split(".")]
    return ".".join(name_skeleton(label.replace("-", "")) for label in labels)


def _decoded(label: str) -> str | None:
    """What a label ``xn--`` stands for, or the label itself where that is nothing; `None` for any other label."""
    if not label.startswith("xn--"):
        return None
    try:
        decoded = label[4:].encode("ascii").decode("punycode")
    except (UnicodeError, ValueError, OverflowError):
        return label
    return label if not decoded or decoded.isascii() else decoded
