"""Dates as letters print them, read where they can be read in one way only."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from typing import Final

_NAMES: Final = (
    "january jan janvier janv enero ene januar jänner gennaio janeiro januari",
    "february feb février févr fevrier febrero februar febbraio fevereiro februari",
    "march mar mars marzo märz maerz mrz março maart",
    "april apr avril avr abril abr aprile",
    "may mai mayo maggio maio mei",
    "june jun juin junio juni giugno junho",
    "july jul juillet juil julio juli luglio julho",
    "august aug août aout agosto ago augustus",
    "september sept sep septembre septiembre setiembre settembre setembro",
    "october oct octobre octubre oktober okt ottobre outubro",
    "november nov novembre noviembre novembro",
    "december dec décembre déc decembre diciembre dic dezember dez dicembre dezembro",
)
_MONTHS: Final = {name: number for number, names in enumerate(_NAMES, 1) for name in names.split()}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))

_PATTERNS: Final = (
    # 2019-09-16, 2019/09/16, 2019.09.16, 2019年9月16日
    re.compile(
        r"(?<!\w)(?P<year>\d{4})(?:(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})(?!\w)|年(?P<m>\d{1,2})月(?P<d>\d{1,2})日)"
    ),
    # September 16, 2019; Sept. 16th 2019
    re.compile(rf"(?<!\w)(?P<name>{_MONTH})\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})(?!\w)", re.I),
    # 16 September 2019; the 16th of September, 2019; 1er mai 2019; 16 de septiembre de 2019; 16. September 2019
    re.compile(
        rf"(?<!\w)(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|\.|º|°)?\s*(?:day\s+)?(?:of\s+|de\s+)?"
        rf"(?P<name>{_MONTH})\.?,?\s+(?:de\s+|del\s+)?(?P<year>\d{{4}})(?!\w)",
        re.I,
    ),
)
# 16/09/2019, 09/16/2019, 16.09.2019, 16-09-2019: which number is the month, only the numbers can tell.
_NUMERIC = re.compile(r"(?<!\w)(?P<one>\d{1,2})(?P<mark>[-/.])(?P<two>\d{1,2})(?P=mark)(?P<year>\d{4})(?!\w)")

# What may stand around the date on its line, besides a place: a label at the start, a weekday, a little word before it.
_LABEL = re.compile(r"\s*(?:dated?|fecha|datum|data)\s*[:：]", re.I)
_WEEKDAY = re.compile(
    r"(?<!\w)(?:(?:mon|tues?|wed|thu(?:rs?)?|fri|sat|sun)\.|"
    r"monday|tuesday|wednesday|thursday|friday|saturday|sunday|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|"
    r"lunes|martes|miércoles|jueves|viernes|sábado|domingo|"
    r"montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag)(?!\w)",
    re.I,
)
_BEFORE_DATE = re.compile(r"(?:(?:^|(?<=[\s,]))(?:on|this|the|le|a|al|el|den|der|dem|am|em|il|li)\s*,?\s*)+$", re.I)
# "Published on 3 May 2019", "Dated this 3 May 2019" name no place.
_SENTENCE = re.compile(r"\w\s+(?:on|this|vom|am)(?:\s+the)?\s*$", re.I)
_MARKS: Final = " \u00a0,()–—-|·"
_MAX_PLACE: Final = 60
# A place is words and their marks, with no number and no end of a sentence.
_PLACE = re.compile(r"[^\W\d_][^\d_:;!?\"“”]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedDate:
    """A line that prints a date: `iso` (``YYYY-MM-DD``) where one reading is possible, else `readings` has both."""

    iso: str | None
    readings: tuple[str, ...] = ()
    place: str | None = None


def read(line: str) -> PrintedDate | None:
    """The date that this line prints and nothing else but perhaps a place; None where it is no such line.

    A date whose day and month could be exchanged, such as 03/04/2019, is never guessed: `iso` is None. Neither is a day
    that no calendar has.
    """
    for pattern in _PATTERNS:
        if found := pattern.search(line):
            parts = found.groupdict()
            month = _MONTHS[parts["name"].casefold()] if parts.get("name") else int(parts.get("month") or parts["m"])
            day = int(parts.get("day") or parts["d"])
            place = _place(line[: found.start()], line[found.end() :])
            return None if place is None else PrintedDate(iso=_iso(found["year"], month, day), place=place or None)
    if found := _NUMERIC.search(line):
        place = _place(line[: found.start()], line[found.end() :])
        if place is None:
            return None
        one, two = int(found["one"]), int(found["two"])
        readings = dict.fromkeys((_iso(found["year"], two, one), _iso(found["year"], one, two)))
        possible = tuple(reading for reading in readings if reading is not None)
        return PrintedDate(
            iso=possible[0] if len(possible) == 1 else None,
            readings=possible if len(possible) > 1 else (),
            place=place or None,
        )
    return None


def _iso(year: str, month: int, day: int) -> str | None:
    try:
        return datetime.date(int(year), month, day).isoformat()
    except ValueError:
        return None


def _place(before: str, behind: str) -> str | None:
    """The place printed beside a date, an empty text where there is none, None where other words stand there."""
    if _SENTENCE.search(before):
        return None
    before = _BEFORE_DATE.sub("", _LABEL.sub("", before, count=1))
    places = [_WEEKDAY.sub("", side).strip(_MARKS) for side in (before, behind)]
    words = [place for place in places if place.strip(".")]
    if not words:
        return ""
    if len(words) > 1 or len(words[0]) > _MAX_PLACE or not _PLACE.fullmatch(words[0]) or not words[0][0].isupper():
        return None
    return words[0]
