"""Which way a text runs: by its language (BCP 47), and by its letters where these run the other way."""

from __future__ import annotations

import unicodedata
from typing import Final, Literal

Direction = Literal["ltr", "rtl"]

_SCRIPTS: Final = frozenset(
    (
        *("Adlm", "Arab", "Aran", "Armi", "Avst", "Chrs", "Cprt", "Elym", "Hatr", "Hebr", "Hung", "Khar", "Lydi"),
        *("Mand", "Mani", "Mend", "Merc", "Mero", "Narb", "Nbat", "Nkoo", "Orkh", "Ougr", "Palm", "Phli", "Phlp"),
        *("Phnx", "Prti", "Rohg", "Samr", "Sarb", "Sogd", "Sogo", "Syrc", "Syre", "Syrj", "Syrn", "Thaa", "Yezi"),
    )
)
"""The scripts that run from right to left (ISO 15924)."""

_LANGUAGES: Final = frozenset(
    (
        *(
            "ar",
            "arc",
            "arz",
            "aeb",
            "acm",
            "acw",
            "afb",
            "ajp",
            "apc",
            "apd",
            "arb",
            "arq",
            "ars",
            "ary",
            "ayl",
            "ayn",
        ),
        *("azb", "bal", "bcc", "bgn", "bqi", "brh", "ckb", "dv", "fa", "glk", "hac", "haz", "he", "iw", "ji", "jpr"),
        *("khw", "ks", "lrc", "luz", "mzn", "nqo", "pes", "phl", "pnb", "prs", "pbt", "pbu", "ps", "rhg", "sam", "sd"),
        *("sdh", "skr", "syr", "aii", "cld", "tmr", "trw", "ug", "ur", "uzs", "ydd", "yi"),
    )
)
"""The languages that are written so where no script is named."""


def of_language(tag: str) -> Direction:
    """The direction of a language tag such as ``ug``, ``ug-Latn`` or ``pa-Arab``."""
    language, *subtags = tag.split("-")
    script = next((subtag.title() for subtag in subtags if len(subtag) == 4 and subtag.isalpha()), None)
    right = script in _SCRIPTS if script is not None else language.lower() in _LANGUAGES
    return "rtl" if right else "ltr"


def of_text(text: str, base: Direction) -> Direction:
    """The direction of most of a text's letters; `base` where it has none, or as many of each."""
    balance = 0
    for character in text:
        strong = unicodedata.bidirectional(character)
        balance += strong == "L"
        balance -= strong in {"R", "AL"}
    return base if balance == 0 else "ltr" if balance > 0 else "rtl"
