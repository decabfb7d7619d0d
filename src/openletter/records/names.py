"""Ids, and the names of files in an archive (``spec/archive.md``, "Names").

A name is read by one grammar and written by one function, so that reading and writing again gives the same name.
Whatever is outside the grammar is a `ForeignPath`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from openletter.errors import ForeignPath, IdError

MAX_NUMBER: Final = 9999
MAX_SLUG: Final = 80
MAX_ORGANIZATION: Final = 180

_YEAR = re.compile(r"[0-9]{4}")
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
# Names that Windows gives to devices: a file or folder of that name can't be checked out there.
_DEVICE = re.compile(r"con|prn|aux|nul|com[0-9]|lpt[0-9]")

_NUMBER = r"(?P<number>[0-9]{4})"
_ORGANIZATION = r"(?P<organization>[a-z0-9.-]+)"
_KEY = r"(?P<key>[0-9a-f]{16})"
_ACT = r"(?P<act>[0-9a-f]{16})"
_RECORD_NAME = re.compile(rf"{_NUMBER}\.yaml")
_SIGNATURE_NAME = re.compile(rf"{_NUMBER}\.{_ORGANIZATION}\.{_KEY}\.sig")
_WITHDRAWAL_NAME = re.compile(rf"{_NUMBER}\.{_ORGANIZATION}_withdrawal\.{_ACT}\.yaml")
_WITHDRAWAL_SIGNATURE_NAME = re.compile(rf"{_NUMBER}\.{_ORGANIZATION}_withdrawal\.{_ACT}\.{_KEY}\.sig")
_SIGNERS_NAME = re.compile(rf"{_NUMBER}\.allowed_signers")
_CHECKPOINT_NAME = re.compile(rf"{_ACT}\.yaml")
_CHECKPOINT_SIGNATURE_NAME = re.compile(rf"{_ACT}\.{_KEY}\.sig")
_TIMESTAMP_NAME = re.compile(rf"{_ACT}\.{_ORGANIZATION}\.tsr")


def parse_letter_id(text: str) -> str:
    """The id of a letter, ``YEAR/SLUG``, as it is; raises `IdError` with the reason."""
    year, slash, slug = text.partition("/")
    hint = "a letter's id is a year and a short name, such as 2026/open-water-record"
    if not slash or not _YEAR.fullmatch(year):
        raise IdError(f"{_quoted(text)} is no letter id: it begins with a year of four digits and a slash", hint=hint)
    if not _SLUG.fullmatch(slug):
        raise IdError(
            f"{_quoted(text)} is no letter id: after the year come lower-case letters a to z and digits, "
            "in words joined by single hyphens",
            hint=hint,
        )
    if len(slug) > MAX_SLUG:
        raise IdError(f"{_quoted(text)} is no letter id: the name has more than {MAX_SLUG} characters", hint=hint)
    if _DEVICE.fullmatch(slug):
        raise IdError(f"{_quoted(text)} is no letter id: Windows reserves the name {slug}", hint=hint)
    return text


def parse_organization_id(text: str) -> str:
    """The id of an organization, a domain name in lower case, as it is; raises `IdError` with the reason."""
    hint = "an organization's id is a domain name that it controls, in lower case, such as alder.example"
    labels = text.split(".")
    if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels) or labels[-1].isdigit():
        raise IdError(f"{_quoted(text)} is no organization id", hint=hint)
    if len(text) > MAX_ORGANIZATION:
        raise IdError(f"{_quoted(text)} is no organization id: more than {MAX_ORGANIZATION} characters", hint=hint)
    if _DEVICE.fullmatch(labels[0]):
        raise IdError(f"{_quoted(text)} is no organization id: Windows reserves the name {labels[0]}", hint=hint)
    return text


def parse_revision(text: str) -> tuple[str, int | None]:
    """``YEAR/SLUG`` or ``YEAR/SLUG@N`` as letter id and revision number (from 1); raises `IdError`."""
    letter, at, number = text.partition("@")
    if not at:
        return parse_letter_id(letter), None
    return parse_letter_id(letter), parse_number(number)


def parse_number(text: str) -> int:
    """A revision number, decimal from 1 to 9999 without leading zero; raises `IdError`."""
    if not re.fullmatch(r"[1-9][0-9]{0,3}", text):
        raise IdError(
            f"{_quoted(text)} is no revision number: it is a whole number from 1 to {MAX_NUMBER}",
            hint="name a revision as in 2026/open-water-record@2",
        )
    return int(text)


def _quoted(text: str) -> str:
    shown = text if len(text) <= 100 else text[:100] + "…"
    return f'"{shown}"'


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordName:
    """``NNNN.yaml``: a revision of a letter, or a key record."""

    number: int

    def __str__(self) -> str:
        return f"{self.number:04}.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureName:
    """``NNNN.<organization>.<key>.sig``: a signature over ``NNNN.yaml``; `key` is `PublicKey.short`."""

    number: int
    organization: str
    key: str

    def __str__(self) -> str:
        return f"{self.number:04}.{self.organization}.{self.key}.sig"


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalName:
    """``NNNN.<organization>_withdrawal.<act>.yaml``; `act` is the first 16 hex digits of its own SHA-256."""

    number: int
    organization: str
    act: str

    def __str__(self) -> str:
        return f"{self.number:04}.{self.organization}_withdrawal.{self.act}.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalSignatureName:
    """``NNNN.<organization>_withdrawal.<act>.<key>.sig``: a signature over that withdrawal."""

    number: int
    organization: str
    act: str
    key: str

    def __str__(self) -> str:
        return f"{self.number:04}.{self.organization}_withdrawal.{self.act}.{self.key}.sig"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignersName:
    """``NNNN.allowed_signers``: the keys of ``NNNN.yaml`` as ssh-keygen reads them."""

    number: int

    def __str__(self) -> str:
        return f"{self.number:04}.allowed_signers"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointName:
    """``<act>.yaml``; `act` is the first 16 hex digits of its own SHA-256."""

    act: str

    def __str__(self) -> str:
        return f"{self.act}.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointSignatureName:
    """``<act>.<key>.sig``: a signature over that checkpoint."""

    act: str
    key: str

    def __str__(self) -> str:
        return f"{self.act}.{self.key}.sig"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimestampName:
    """``<act>.<authority>.tsr``: an RFC 3161 timestamp of that checkpoint; the authority is named by its domain."""

    act: str
    authority: str

    def __str__(self) -> str:
        return f"{self.act}.{self.authority}.tsr"


LetterFile = RecordName | SignatureName | WithdrawalName | WithdrawalSignatureName
KeyFile = RecordName | SignatureName | SignersName
CheckpointFile = CheckpointName | CheckpointSignatureName | TimestampName


def parse_letter_file(name: str) -> LetterFile:
    """A file's name in the folder of a letter; raises `ForeignPath`."""
    if found := _RECORD_NAME.fullmatch(name):
        return RecordName(number=_number(found))
    if found := _SIGNATURE_NAME.fullmatch(name):
        return SignatureName(number=_number(found), organization=_organization(found), key=found["key"])
    if found := _WITHDRAWAL_NAME.fullmatch(name):
        return WithdrawalName(number=_number(found), organization=_organization(found), act=found["act"])
    if found := _WITHDRAWAL_SIGNATURE_NAME.fullmatch(name):
        return WithdrawalSignatureName(
            number=_number(found), organization=_organization(found), act=found["act"], key=found["key"]
        )
    raise ForeignPath("no file of a letter has such a name")


def parse_key_file(name: str) -> KeyFile:
    """A file's name in the folder of an organization's key records; raises `ForeignPath`."""
    if found := _RECORD_NAME.fullmatch(name):
        return RecordName(number=_number(found))
    if found := _SIGNATURE_NAME.fullmatch(name):
        return SignatureName(number=_number(found), organization=_organization(found), key=found["key"])
    if found := _SIGNERS_NAME.fullmatch(name):
        return SignersName(number=_number(found))
    raise ForeignPath("no file of a key record has such a name")


def parse_checkpoint_file(name: str) -> CheckpointFile:
    """A file's name in the folder of an organization's checkpoints; raises `ForeignPath`."""
    if found := _CHECKPOINT_NAME.fullmatch(name):
        return CheckpointName(act=found["act"])
    if found := _CHECKPOINT_SIGNATURE_NAME.fullmatch(name):
        return CheckpointSignatureName(act=found["act"], key=found["key"])
    if found := _TIMESTAMP_NAME.fullmatch(name):
        return TimestampName(act=found["act"], authority=_organization(found))
    raise ForeignPath("no file of a checkpoint has such a name")


def check_path(path: str) -> None:
    """Raise `ForeignPath` where no record or signature has this path in an archive."""
    folders, _, name = path.rpartition("/")
    top, _, inner = folders.partition("/")
    try:
        if top == "keys":
            parse_organization_id(inner)
            parse_key_file(name)
        elif top == "archive" and inner.startswith("checkpoints/"):
            parse_organization_id(inner.removeprefix("checkpoints/"))
            parse_checkpoint_file(name)
        elif top == "archive":
            parse_letter_id(inner)
            parse_letter_file(name)
        else:
            raise ForeignPath("nothing of an archive lies there")
    except IdError as error:
        raise ForeignPath(error.message) from None


def _number(found: re.Match[str]) -> int:
    number = int(found["number"])
    if number == 0:
        raise ForeignPath("numbers begin at 0001")
    return number


def _organization(found: re.Match[str]) -> str:
    try:
        return parse_organization_id(found["organization"])
    except IdError as error:
        raise ForeignPath(error.message) from None


def letter_folder(letter: str) -> str:
    """The folder of a letter in the archive, without a slash at its end."""
    return f"archive/{letter}"


def key_folder(organization: str) -> str:
    """The folder of an organization's key records in the archive, without a slash at its end."""
    return f"keys/{organization}"


def checkpoint_folder(organization: str) -> str:
    """The folder of an organization's checkpoints in the archive, without a slash at its end."""
    return f"archive/checkpoints/{organization}"
