"""Which letters translate which: a letter says so by the digest of the text that it translates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from openletter.site.manifest import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """Another letter's revision that stands beside revision `of_revision` of this one.

    `original` says that the other one is what this one translates. `signed` counts who signed the other text: a
    translation that nobody signed is a courtesy.
    """

    of_revision: int
    letter: str
    revision: int
    language: str
    subject: str | None
    original: bool
    signed: int


def translations(told: Mapping[str, Json]) -> Mapping[str, tuple[Translation, ...]]:
    """For each letter those that translate it and those that it translates, by what is told of all of them."""
    by_digest = {text["digest"]: (letter, text) for letter, facts in sorted(told.items()) for text in facts["texts"]}
    found: defaultdict[str, list[Translation]] = defaultdict(list)
    for letter, facts in sorted(told.items()):
        for text in facts["texts"]:
            other, original = by_digest.get(text["translation_of"], (None, None))
            if other is None or original is None or other == letter:
                continue
            found[other].append(_of(original, letter, text, original=False))
            found[letter].append(_of(text, other, original, original=True))
    return {letter: tuple(those) for letter, those in found.items()}


def _of(here: Json, letter: str, there: Json, *, original: bool) -> Translation:
    return Translation(
        of_revision=here["revision"],
        letter=letter,
        revision=there["revision"],
        language=there["language"],
        subject=there["subject"],
        original=original,
        signed=there["signed"],
    )
