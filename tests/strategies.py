"""Records as hypothesis makes them: valid ones, with the text that real letters hold and the text that breaks tools."""

from __future__ import annotations

import hashlib
import unicodedata
from functools import cache
from typing import Any

from hypothesis import strategies as st

from openletter.keys import SK_ED25519, PrivateKey, PublicKey
from openletter.records import Addressee, Checkpoint, Key, Letter, Organization, Recovery, Signatory, Withdrawal

WORDS = (
    *("the", "water", "Alder", "O'Neill", "café", "Łódź", "naïve", "№ 7", "§ 3", "100 %", "e-mail", "2026", "…"),
    *('"wells"', "“wells”", "«puits»", "‘now’", "it's", '"', "\\", "C:\\wells", "a\\", "\\n", '\\"'),
    *("key:", "- item", "# not a comment", "|-", "---", "...", "%YAML", "&a", "*b", "!c", "{d}", "[e]", "yes", "null"),
    *("[-x-]", "{+y+}", "<b>", "&amp;", "![i](http://x)", "**bold**", "_it_", "1.", "~"),
    *(
        "воду",
        "νερό",
        "מים",
        "ماء",
        "می\u200cخواهیم",
        "पानी",
        "क्\u200dष",
        "水を",
        "开放",
        "물을",
        "น้ำ",
        "ទឹក\u200bជីវិត",
        "m̂",
        "👩\u200d🌾",
        "\u200e5\u200f",
    ),
)
"""Words in several scripts, and what means something to YAML, Markdown, HTML or a terminal."""

words = st.sampled_from(WORDS)
digests = st.binary(min_size=32, max_size=32).map(lambda value: "sha256:" + value.hex())
dates = st.dates().map(lambda day: day.isoformat())
numbers = st.one_of(st.integers(1, 9), st.integers(1, 9999))
languages = st.from_regex(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?", fullmatch=True)

_DEVICES = {"con", "prn", "aux", "nul"} | {f"{port}{number}" for port in ("com", "lpt") for number in range(10)}


def _joined(parts: list[str], gap: str) -> str:
    return unicodedata.normalize("NFC", gap.join(parts))


lines = st.builds(_joined, st.lists(words, min_size=1, max_size=8), st.sampled_from([" ", "  ", "\u00a0", ", "]))
"""Texts on one line."""

_later = st.builds(str.__add__, st.sampled_from(["", "", "  ", "    ", "\n"]), lines)
texts = st.builds(lambda first, others: "\n".join([first, *others]), lines, st.lists(_later, max_size=5))
"""Texts on one line or more, with paragraphs and indented lines."""

slugs = st.from_regex(r"[a-z0-9]{1,12}(-[a-z0-9]{1,9}){0,5}", fullmatch=True).filter(lambda slug: slug not in _DEVICES)
letter_ids = st.builds(lambda year, slug: f"{year:04}/{slug}", st.integers(0, 9999), slugs)
_labels = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True)
organization_ids = st.builds(
    lambda labels, last: ".".join([*labels, last]),
    st.lists(_labels, min_size=1, max_size=4).filter(lambda labels: labels[0] not in _DEVICES),
    st.sampled_from(["example", "org.example", "xn--p1ai", "e"]),
)


@cache
def key_lines() -> tuple[str, ...]:
    """Some public keys, half of them of hardware."""
    points = [
        PrivateKey.from_seed(hashlib.sha256(f"openletter strategies: {number}".encode()).digest()).public
        for number in range(6)
    ]
    return tuple(
        key.line if number % 2 else PublicKey(algorithm=SK_ED25519, point=key.point).line
        for number, key in enumerate(points)
    )


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """The value, or its absence."""
    return st.one_of(st.none(), strategy)


def several(strategy: st.SearchStrategy[Any], least: int = 0) -> st.SearchStrategy[tuple[Any, ...]]:
    """Up to three values."""
    return st.lists(strategy, min_size=least, max_size=3).map(tuple)


addressees = st.builds(
    Addressee, name=maybe(lines), title=maybe(lines), organization=maybe(lines), address=several(lines)
).filter(lambda it: any((it.name, it.title, it.organization)))
signatories = st.builds(
    Signatory, organization=maybe(organization_ids), name=maybe(lines), title=maybe(lines), of=maybe(lines)
).filter(lambda it: it.name is not None or it.of is not None)
signatory_lists = st.lists(signatories, max_size=4, unique_by=lambda it: it.organization or object()).map(tuple)


@st.composite
def letters(draw: st.DrawFn) -> Letter:
    """Valid letters: first revisions and later ones."""
    revision = draw(numbers)
    return Letter(
        letter=draw(letter_ids),
        revision=revision,
        previous=draw(digests) if revision > 1 else None,
        date=draw(dates),
        date_line=draw(maybe(lines)),
        place=draw(maybe(lines)),
        reference=draw(maybe(lines)),
        language=draw(languages),
        sender=draw(maybe(texts)),
        addressees=draw(several(addressees, 1)),
        subject=draw(maybe(lines)),
        salutation=draw(maybe(texts)),
        body=draw(texts),
        valediction=draw(maybe(texts)),
        signatories=draw(signatory_lists),
        copies=draw(several(lines)),
        translation_of=draw(maybe(digests)),
        note=draw(maybe(texts)),
    )


@st.composite
def organizations(draw: st.DrawFn) -> Organization:
    """Valid key records: of each basis, with keys of each status, with and without recovery."""
    number = draw(numbers)
    first = number == 1
    lines_of_keys = draw(st.lists(st.sampled_from(key_lines()), min_size=1, max_size=4, unique=True))
    statuses = [draw(st.sampled_from(["active", "retired", "compromised"])) for _ in lines_of_keys]
    if first and "active" not in statuses:
        statuses[0] = "active"
    own = draw(organization_ids)
    others = draw(st.lists(organization_ids.filter(lambda it: it != own), max_size=4, unique=True))
    return Organization(
        organization=own,
        record=number,
        previous=None if first else draw(digests),
        basis="first" if first else draw(st.sampled_from(["rotation", "recovery"])),
        date=draw(dates),
        name=draw(lines),
        keys=tuple(
            Key(key=line, status=status, since=draw(dates) if status == "compromised" else None)
            for line, status in zip(lines_of_keys, statuses, strict=True)
        ),
        recovery=Recovery(threshold=draw(st.integers(1, len(others))), organizations=tuple(others)) if others else None,
        authorized_by=() if first else tuple(draw(st.lists(digests, max_size=3, unique=True))),
        note=draw(maybe(texts)),
    )


withdrawals = st.builds(
    Withdrawal,
    letter=letter_ids,
    revision=numbers,
    text=digests,
    organization=organization_ids,
    date=dates,
    reason=maybe(texts),
)
checkpoints = st.builds(
    Checkpoint,
    organization=organization_ids,
    date=dates,
    commit=st.sampled_from([20, 32]).flatmap(lambda size: st.binary(min_size=size, max_size=size)).map(bytes.hex),
    tree=st.binary(min_size=32, max_size=32).map(bytes.hex),
)
records = st.one_of(letters(), organizations(), withdrawals, checkpoints)
"""Valid records of all kinds."""
