"""What a snapshot holds, by the ids that people use: letters, revisions, key records.

Functions over one state of an archive; each raises a typed error that says what is near.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from openletter import records
from openletter.archive import Snapshot
from openletter.errors import ChainError, Invalid, MisplacedRecord, UnknownFormat, UnknownName
from openletter.keys import PublicKey
from openletter.records import Folder, Letter
from openletter.records.names import RecordName, parse_letter_file, parse_letter_id, parse_organization_id
from openletter.verify import (
    Authorities,
    Keyring,
    OrganizationReport,
    Pins,
    holders_in,
    judge_keys,
    judge_letter,
    needed,
)

NO_PINS: Final[Pins] = MappingProxyType({})
"""Of a verifier who has confirmed no key."""

NO_AUTHORITIES: Final[Authorities] = MappingProxyType({})
"""Of a verifier who believes no time-stamping authority."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A stored revision: the letter, and the exact bytes that it is (`digest` is ``sha256:`` and 64 hex digits)."""

    letter: Letter
    data: bytes
    digest: str


def letter_folder_of(snapshot: Snapshot, letter: str) -> Folder:
    parse_letter_id(letter)
    folder = snapshot.letter(letter)
    if folder is None:
        raise _unknown(f"there is no letter {letter} in this archive", letter, snapshot.letters(), "openletter list")
    return folder


def require_organization(snapshot: Snapshot, organization: str) -> None:
    parse_organization_id(organization)
    known = snapshot.organizations()
    if organization not in known:
        raise _unknown(
            f"{organization} has no key record in this archive",
            organization,
            known,
            "openletter keys list; if it is your own organization, record its first key with: "
            f"openletter keys add {organization} --name NAME",
        )


def _unknown(message: str, name: str, known: Iterable[str], otherwise: str) -> UnknownName:
    from difflib import get_close_matches

    close = get_close_matches(name, list(known), n=1, cutoff=0.85)
    return UnknownName(message, hint=f"did you mean {close[0]}?" if close else f"see {otherwise}")


def numbers_in(folder: Folder) -> tuple[int, ...]:
    parsed = (parse_letter_file(name) for name in folder.files)
    return tuple(sorted(name.number for name in parsed if isinstance(name, RecordName)))


def no_revision(folder: Folder, letter: str, number: int) -> UnknownName:
    numbers = numbers_in(folder)
    return UnknownName(
        f"{letter} has no revision {number}",
        hint=f"it has revisions {numbers[0]} to {numbers[-1]}" if len(numbers) > 1 else "it has one revision, @1",
    )


def revision_in(folder: Folder, letter: str, number: int | None) -> Revision:
    numbers = numbers_in(folder)
    if not numbers:
        raise ChainError("this letter has no revision that can be read", path=folder.path)
    number = numbers[-1] if number is None else number
    if number not in numbers:
        raise no_revision(folder, letter, number)
    name = str(RecordName(number=number))
    data = folder.files[name]
    try:
        record = records.decode(data)
        if not isinstance(record, Letter):
            raise UnknownFormat(f"a letter is due here, and this is {record.FORMAT}", line=1)
    except Invalid as error:
        error.hint = error.hint or f"don't rely on it; see openletter verify {letter}"
        raise error.at(path=f"{folder.path}/{name}") from None
    if record.letter != letter or record.revision != number:
        raise MisplacedRecord(
            f"this is revision {record.revision} of {record.letter}",
            path=f"{folder.path}/{name}",
            hint=f"don't rely on it; see openletter verify {letter}",
        )
    return Revision(letter=record, data=data, digest=records.digest(data))


def keyring_for(snapshot: Snapshot, organizations: Iterable[str], pins: Pins = NO_PINS) -> Keyring:
    """Judge the key records of these organizations, read in this order, and of all whose records that takes."""
    return judge_keys(key_folders_for(snapshot, organizations), pins)


def key_folders_for(snapshot: Snapshot, organizations: Iterable[str]) -> dict[str, Folder]:
    """The key records of these organizations, read in this order, and of all whose records it takes to judge them."""
    names = _key_file_names(snapshot)
    holders = holders_in(names)
    folders: dict[str, Folder] = {}
    waiting = deque(organization for organization in organizations if organization in names)
    while waiting:
        organization = waiting.popleft()
        folder = None if organization in folders else snapshot.keys(organization)
        if folder is not None:
            folders[organization] = folder
            waiting += sorted((needed(organization, folder, holders) & names.keys()) - folders.keys())
    return folders


def holders_of(snapshot: Snapshot, key: PublicKey) -> Mapping[str, OrganizationReport]:
    """The organizations on whose records a key is, judged, by id. Only those are read in whose folder it has signed."""
    near = holders_in(_key_file_names(snapshot)).get(key.short)
    reports = keyring_for(snapshot, sorted(near)).reports if near else {}
    return {
        organization: report
        for organization, report in reports.items()
        if any(standing.fingerprint == key.fingerprint for standing in report.keys)
    }


def _key_file_names(snapshot: Snapshot) -> dict[str, tuple[str, ...]]:
    return {organization: snapshot.key_file_names(organization) for organization in snapshot.organizations()}


def check_chain(folder: Folder, letter: str, number: int) -> None:
    """Raise `ChainError` where a revision, or one before it, doesn't follow."""
    revisions = judge_letter(letter, folder, judge_keys({})).revisions
    if not any(found.number == number and found.chained for found in revisions):
        raise ChainError(
            f"revision {number} doesn't follow from the ones before it",
            path=f"{folder.path}/{RecordName(number=number)}",
            hint=f"see what is wrong with: openletter verify {letter}",
        )
