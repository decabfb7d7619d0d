"""The lines of a file of pins: an ``allowed_signers`` file, read strictly (``spec/pins.md``, "The file of pins").

Nothing here touches a file. A file is refused as a whole (`PinsError`), and every byte of it that isn't a pin is kept
when pins are added or removed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, Self

from openletter.errors import ActRefused, IdError, PinsError, PublicKeyError, WeakKey
from openletter.keys import PublicKey, printable
from openletter.records.names import parse_organization_id

MAX_BYTES: Final = 1 << 20
NAMESPACE: Final = "openletter"

_SEPARATOR: Final = re.compile(r"[ \t]+")
_OPTION: Final = re.compile(r'([a-z-]+)="([^"\\]*)"')
_NAMES: Final = re.compile(r"[A-Za-z0-9._@-]+(?:,[A-Za-z0-9._@-]+)*")
_TIME: Final = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:([0-9]{2})([0-9]{2})([0-9]{2})?)?Z")
_KEY_TYPE: Final = re.compile(r"(?:ssh|sk-ssh|ecdsa-sha2|sk-ecdsa-sha2)-[a-z0-9@.-]+")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

_ID_HINT: Final = (
    "begin the line with one organization's id, such as alder.example, and give each organization its own line"
)
_FORM_HINT: Final = f'write it as: ORG namespaces="{NAMESPACE}" KEY, or put a # before it'
_OPTION_HINT: Final = f'use namespaces="{NAMESPACE}", valid-after="20260131Z" and valid-before="20261231Z" alone'


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """A key that the verifier confirmed for an organization; it holds from `after` to `before`, seconds in UTC.

    `comment` is what stands behind the key. `line` counts from 1; it is 0 for a pin that stands in no file.
    """

    organization: str
    key: PublicKey
    after: datetime | None = None
    before: datetime | None = None
    comment: str = ""
    line: int = 0

    def holds(self, moment: datetime) -> bool:
        """Does it hold at a moment? Whole seconds are compared, the ends included, as ``ssh-keygen`` does."""
        second = moment.replace(microsecond=0)
        return (self.after is None or second >= self.after) and (self.before is None or second <= self.before)

    @property
    def text(self) -> str:
        """The line of this pin, as it is added: without its comment, and with its line feed."""
        options = [f'namespaces="{NAMESPACE}"']
        options += [
            f'{name}="{time:%Y%m%d%H%M%S}Z"'
            for name, time in (("valid-after", self.after), ("valid-before", self.before))
            if time is not None
        ]
        return f"{self.organization} {','.join(options)} {self.key.line}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pins:
    """A file of pins: `data` are its bytes, `path` is what messages call it."""

    path: str
    data: bytes
    pins: tuple[Pin, ...]

    @classmethod
    def parse(cls, data: bytes, path: str) -> Self:
        """Read a file; raises `PinsError` with the line where anything in it isn't understood."""
        # Step 1: the bytes.
        text = _decode(data, path)
        # Steps 2 to 6: each line by itself.
        found: list[Pin] = []
        for number, line in enumerate(text.split("\n"), 1):
            entry = line.strip(" \t")
            if entry and not entry.startswith("#"):
                try:
                    found.append(replace(_pin(entry), line=number))
                except PinsError as error:
                    raise error.at(path=path, line=number) from None
        # Step 7: no key speaks for two.
        first: dict[PublicKey, Pin] = {}
        for pin in found:
            other = first.setdefault(pin.key, pin)
            if other.organization != pin.organization:
                raise PinsError(
                    f"this key is pinned for {other.organization} too, in line {other.line}, and can't speak for both",
                    path=path,
                    line=pin.line,
                    hint="find out whose key it is, and remove the other line",
                )
        return cls(path=path, data=data, pins=tuple(found))

    def at(self, moment: datetime) -> Mapping[str, frozenset[PublicKey]]:
        """The keys that are pinned at a moment (which knows its zone), by organization; none is empty."""
        found: defaultdict[str, set[PublicKey]] = defaultdict(set)
        for pin in self.pins:
            if pin.holds(moment):
                found[pin.organization].add(pin.key)
        return {organization: frozenset(keys) for organization, keys in found.items()}

    def of(self, organization: str, fingerprint: str | None = None) -> tuple[Pin, ...]:
        """The pins of an organization, or of one key of it, in their order; those too that don't hold now."""
        return tuple(
            pin for pin in self.pins if pin.organization == organization and fingerprint in {None, pin.key.fingerprint}
        )

    def missing(self, pins: Iterable[Pin]) -> tuple[Pin, ...]:
        """Those of some pins whose key isn't pinned here; raises `ActRefused` where it is for another organization."""
        holders = {pin.key: pin.organization for pin in self.pins}
        found: list[Pin] = []
        for pin in pins:
            holder = holders.get(pin.key)
            if holder not in {None, pin.organization}:
                raise ActRefused(
                    f"the key {pin.key.fingerprint} is pinned for {holder} already, and can't speak for "
                    f"{pin.organization} too",
                    hint="find out whose key it is; if that pin is the wrong one: "
                    f"openletter trust remove {holder} {pin.key.fingerprint}",
                )
            if holder is None:
                found.append(pin)
        return tuple(found)

    def adding(self, pins: Iterable[Pin]) -> Self:
        """The file with the pins that are missing in it as lines at its end; raises what `missing` raises."""
        more = "".join(pin.text for pin in self.missing(pins)).encode("ascii")
        glue = b"\n" if more and self.data and not self.data.endswith(b"\n") else b""
        return self.parse(self.data + glue + more, self.path)

    def removing(self, organization: str, fingerprint: str | None = None) -> Self:
        """The file without the lines of an organization, or of one key of it."""
        gone = {pin.line for pin in self.of(organization, fingerprint)}
        lines = self.data.split(b"\n")
        ends = [line + b"\n" for line in lines[:-1]] + lines[-1:]
        return self.parse(b"".join(line for number, line in enumerate(ends, 1) if number not in gone), self.path)


def _decode(data: bytes, path: str) -> str:
    if len(data) > MAX_BYTES:
        raise PinsError(f"this is larger than {MAX_BYTES >> 20} MiB", path=path, hint="keep the keys that you need")
    if data.startswith(b"\xef\xbb\xbf"):
        raise PinsError("a byte order mark stands before the first line", path=path, line=1, hint="save it without one")
    for byte, what in ((b"\0", "a NUL byte"), (b"\r", "a carriage return (CR)")):
        if (place := data.find(byte)) >= 0:
            raise PinsError(
                f"{what} stands in this line",
                path=path,
                line=data.count(b"\n", 0, place) + 1,
                hint="save it as plain text, with line ends of Unix (LF)",
            )
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise PinsError("this line is not UTF-8", path=path, line=line, hint="save it as UTF-8") from None


def _pin(entry: str) -> Pin:
    word, rest = _next(entry)
    # Step 3: one exact id.
    organization = _organization(word)
    # Steps 4 and 5: the options, where the next word is no type of a key.
    word, rest = _next(rest)
    after = before = None
    if word and not _KEY_TYPE.fullmatch(word):
        after, before = _options(word)
        word, rest = _next(rest)
    # Step 6: the key.
    blob, comment = _next(rest)
    if not blob:
        raise PinsError("there is no key in this line", hint=_FORM_HINT)
    try:
        key = PublicKey.from_line(f"{word} {blob}")
    except WeakKey as error:
        raise PinsError(error.message, hint="remove this line, and never trust this key") from None
    except PublicKeyError as error:
        raise PinsError(error.message, hint="take its Ed25519 key, whole, or remove the line") from None
    return Pin(organization=organization, key=key, after=after, before=before, comment=comment)


def _next(text: str) -> tuple[str, str]:
    """The first word of a text without space at its ends, and what follows the space behind it."""
    word, *rest = _SEPARATOR.split(text, maxsplit=1)
    return word, "".join(rest)


def _organization(word: str) -> str:
    if any(character in word for character in '*?!"'):
        raise PinsError(f"{printable(word.encode())} is a pattern, and a pin is for one organization", hint=_ID_HINT)
    if "," in word:
        raise PinsError(f"{printable(word.encode())} is a list, and a pin is for one organization", hint=_ID_HINT)
    try:
        return parse_organization_id(word)
    except IdError:
        raise PinsError(f"{printable(word.encode())} is no organization id", hint=_ID_HINT) from None


def _options(word: str) -> tuple[datetime | None, datetime | None]:
    found: dict[str, str] = {}
    rest = word
    while True:
        if rest.startswith("cert-authority"):
            raise PinsError("cert-authority trusts keys that nobody has compared", hint="pin each key by itself")
        option = _OPTION.match(rest)
        if option is None or option[1] not in {"namespaces", "valid-after", "valid-before"}:
            raise PinsError(f"the option {printable(rest.encode())} is not used here", hint=_OPTION_HINT)
        if option[1] in found:
            raise PinsError(f"the option {option[1]} stands here twice", hint="keep one of the two")
        found[option[1]] = option[2]
        rest = rest[option.end() :]
        if not rest:
            break
        if not rest.startswith(","):
            raise PinsError(f"the option {printable(rest.encode())} is not used here", hint=_OPTION_HINT)
        rest = rest[1:]
    names = found.get("namespaces", NAMESPACE)
    if not _NAMES.fullmatch(names) or NAMESPACE not in names.split(","):
        raise PinsError(
            f'namespaces="…" must name {NAMESPACE}, and no pattern',
            hint=f'write namespaces="{NAMESPACE}", or keep the line in another file',
        )
    after, before = (_time(found[name], name) if name in found else None for name in ("valid-after", "valid-before"))
    if after is not None and before is not None and before <= after:
        raise PinsError("valid-before is not after valid-after", hint="mend the times")
    return after, before


def _time(text: str, name: str) -> datetime:
    match = _TIME.fullmatch(text)
    if match is None:
        if _TIME.fullmatch(f"{text}Z"):
            raise PinsError(
                f"{name} has no Z at its end: it would mean another time on another machine",
                hint=f'write the time in UTC, and say so: {name}="{text}Z"',
            )
        raise PinsError(f"{name} is no time", hint=f'write it as {name}="20261231Z" or {name}="20261231235959Z"')
    try:
        time = datetime(*(int(part or 0) for part in match.groups()), tzinfo=UTC)  # type: ignore[arg-type,misc]
    except ValueError:
        raise PinsError(f"{name}: there is no such day, or no such time", hint="mend the time") from None
    if time <= _EPOCH:
        raise PinsError(f"{name}: times begin with 1970", hint="mend the time")
    return time
