"""Days, numbers, digests and lists in plain words, the same on a terminal and on a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def short(text: str, most: int = 300) -> str:
    """A text cut where it is very long; it is not safe yet."""
    return text if len(text) <= most else text[:most] + "…"


def digest_groups(digest: str) -> str:
    """A digest in groups of four hex digits, to read aloud; ``sha256:`` is left out."""
    digits = digest.removeprefix("sha256:")
    return " ".join(digits[start : start + 4] for start in range(0, len(digits), 4))


def day(date: str) -> str:
    """``2026-05-14`` as 14 May 2026."""
    year, month, number = date.split("-")
    return f"{int(number)} {_MONTHS[int(month) - 1]} {year}"


def number_word(number: int) -> str:
    """A number, as a word where it is small."""
    words = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
    return words[number] if number < len(words) else str(number)


def count(number: int, one: str, many: str) -> str:
    """A number and its noun."""
    return f"{number_word(number)} {one if number == 1 else many}"


def listed(names: Sequence[str]) -> str:
    """Names as a sentence lists them: ``a``, ``a and b``, ``a, b and c``."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
