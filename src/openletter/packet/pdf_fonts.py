"""Which fonts set a letter, and what to say where none has a character of it.

Typst brings a serif for Latin, Greek, Cyrillic and Hebrew, and the system's Noto fonts have the other scripts. Fonts
are tried in a fixed order. Whether one has a character is decided by Typst alone, while it writes: PDF/A admits no
glyph that stands for a missing one, so there never is a box on the page.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from openletter.errors import FontsMissing

SERIF: Final = "Libertinus Serif"
MONO: Final = "DejaVu Sans Mono"
_EAST_ASIAN: Final = (
    "CJK",
    "HIRAGANA",
    "KATAKANA",
    "HANGUL",
    "BOPOMOFO",
    "IDEOGRAPHIC",
    "FULLWIDTH",
    "HALFWIDTH",
)
_CORE, _CJK, _EMOJI = "fonts-noto-core", "fonts-noto-cjk", "fonts-noto-color-emoji"
# Families whose name is not that of the script, by the first word of a character's name in Unicode.
_FAMILIES: Final = {
    "ARABIC": ("Noto Naskh Arabic", "Noto Sans Arabic"),
    "CANADIAN": ("Noto Sans Canadian Aboriginal",),
    "HEBREW": (SERIF, "Noto Serif Hebrew"),
    "MYANMAR": ("Noto Serif Myanmar", "Noto Sans Myanmar"),
    "NKO": ("Noto Sans NKo",),
    "OL": ("Noto Sans Ol Chiki",),
    "MEETEI": ("Noto Sans Meetei Mayek",),
    "TAI": ("Noto Sans Tai Le", "Noto Sans New Tai Lue", "Noto Sans Tai Tham", "Noto Sans Tai Viet"),
    "SYLOTI": ("Noto Sans Syloti Nagri",),
}
_IN_SERIF: Final = frozenset(
    ("LATIN", "GREEK", "CYRILLIC", "HEBREW", "COMBINING", "MODIFIER", "SUPERSCRIPT", "SUBSCRIPT")
)
_UNFIT: Final = re.compile("Mono|Math|Courier|Typewriter|New Computer Modern")
_LAST: Final = ("Noto Serif", "Noto Sans", "Noto Sans Symbols", "Noto Sans Symbols2", "Noto Sans Math", "DejaVu Sans")
# Scripts by language: the first word of the names of their characters, where it is none of those in the serif.
_SCRIPT_OF: Final = {
    **dict.fromkeys(("ar", "fa", "ur", "ug", "ps", "sd", "ckb", "ku-Arab", "kk-Arab", "ky-Arab", "prs"), "ARABIC"),
    **dict.fromkeys(("hi", "mr", "ne", "sa", "mai", "bho", "kok", "awa"), "DEVANAGARI"),
    **dict.fromkeys(("zh", "ja", "yue", "wuu", "nan", "lzh"), "CJK"),
    **dict.fromkeys(("bn", "as"), "BENGALI"),
    **dict.fromkeys(("bo", "dz"), "TIBETAN"),
    **dict.fromkeys(("am", "ti"), "ETHIOPIC"),
    "ko": "HANGUL",
    "th": "THAI",
    "lo": "LAO",
    "km": "KHMER",
    "my": "MYANMAR",
    "ta": "TAMIL",
    "te": "TELUGU",
    "kn": "KANNADA",
    "ml": "MALAYALAM",
    "gu": "GUJARATI",
    "pa": "GURMUKHI",
    "or": "ORIYA",
    "si": "SINHALA",
    "ka": "GEORGIAN",
    "hy": "ARMENIAN",
    "dv": "THAANA",
}
# Space between lines, in parts of the size: scripts that reach high or low need more.
_LEADING: Final = {
    "ARABIC": 0.95,
    "DEVANAGARI": 0.9,
    "BENGALI": 0.9,
    "THAI": 0.95,
    "LAO": 0.95,
    "KHMER": 1.1,
    "MYANMAR": 1.15,
    "TIBETAN": 1.0,
    "CJK": 0.85,
    "HANGUL": 0.85,
    "TAMIL": 0.9,
    "TELUGU": 1.0,
    "KANNADA": 1.0,
    "MALAYALAM": 0.9,
    "SINHALA": 0.9,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a letter is set: families for its text, for what the page says itself and for code; `leading` in em."""

    text: tuple[dict[str, str], ...]
    page: tuple[dict[str, str], ...]
    mono: tuple[dict[str, str], ...]
    leading: float
    slanted: bool


def look(language: str, characters: Iterable[str], installed: frozenset[str]) -> Look:
    """The look of a letter in this language with these characters, of the families that are there."""
    words = sorted({_word(char) for char in characters} - _IN_SERIF)
    own = _SCRIPT_OF.get("-".join(language.split("-")[:2])) or _SCRIPT_OF.get(language.split("-", maxsplit=1)[0])
    found = [family for word in ([own] if own else []) + words for family in _families(word, language)]
    there = [family for family in dict.fromkeys(found) if family in installed and family != SERIF]
    last: list[str] = [family for family in _LAST if family in installed]
    # Then whatever else is there, by name; but fixed-width letters in a text of another script can hardly be read.
    last += sorted(family for family in installed if not _UNFIT.search(family))
    first: list[dict[str, str]] = []
    if own and there:
        # A script's own font has the marks of its script too; Latin words and digits look best in the serif.
        first = [{"name": there[0], "covers": "[^\\p{Latin}0-9]"}]
    names = [{"name": name} for name in dict.fromkeys([SERIF, *there, *last])]
    return Look(
        text=(*first, *names),
        page=tuple(names),
        mono=({"name": MONO}, *names),
        leading=_LEADING.get(own or "", 0.66),
        slanted=own is None,
    )


def missing(texts: Iterable[str]) -> FontsMissing:
    """The error that tells which characters of these no font has, and which package has a font for them."""
    chars = sorted({char for text in texts for char in text})
    scripts = list(dict.fromkeys(map(script, chars)))
    packages = list(dict.fromkeys(map(_package, chars))) or [_CORE]
    shown = ", ".join(f"{char} (U+{ord(char):04X})" for char in chars[:8])
    more = f" and {len(chars) - 8} more" if len(chars) > 8 else ""
    named = f", {' and '.join(scripts[:3])}" if scripts else ""
    noun = "character" if len(chars) == 1 else "characters"
    return FontsMissing(
        f"no font here has the {noun} {shown}{more}{named}"
        if chars
        else "no font here has all characters of this letter",
        hint=f"install fonts for them: on Debian and Ubuntu, apt install {' '.join(packages)}",
        characters=frozenset(chars),
    )


def script(char: str) -> str:
    """The script of a character in words, such as ``Devanagari``."""
    word = _word(char)
    if word in _EAST_ASIAN:
        return "Korean" if word == "HANGUL" else "Chinese or Japanese"
    if unicodedata.category(char).startswith("S"):
        return "a symbol"
    return word.title() if word else "no name"


def unquoted(text: str) -> str:
    """A string as Typst's messages quote it, without its escapes."""
    text = re.sub(r"\\u\{([0-9a-fA-F]{1,6})\}", lambda found: chr(int(found[1], 16)), text)
    return re.sub(r"\\(.)", r"\1", text)


def _word(char: str) -> str:
    return unicodedata.name(char, "").split(" ")[0].split("-")[0]


def _package(char: str) -> str:
    if _word(char) in _EAST_ASIAN:
        return _CJK
    return _EMOJI if ord(char) >= 0x1F000 and unicodedata.category(char).startswith("S") else _CORE


def _families(word: str, language: str) -> tuple[str, ...]:
    if word in _EAST_ASIAN:
        primary, *more = language.split("-")
        place = {"ja": "JP", "ko": "KR"}.get(primary)
        if place is None:
            region = "HK" if "HK" in more or "MO" in more or primary == "yue" else "TC"
            place = region if "Hant" in more or {"TW", "HK", "MO"} & set(more) or primary == "yue" else "SC"
        if primary not in {"zh", "ja", "ko", "yue"}:
            place = "KR" if word == "HANGUL" else "JP" if word in {"HIRAGANA", "KATAKANA"} else "SC"
        return (f"Noto Serif CJK {place}", f"Noto Sans CJK {place}")
    if word in _FAMILIES:
        return _FAMILIES[word]
    return (f"Noto Serif {word.title()}", f"Noto Sans {word.title()}")
