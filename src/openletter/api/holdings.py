"""What one copy of an archive holds more than another, told by letters and organizations instead of by paths."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from openletter.errors import ForeignPath
from openletter.records.names import (
    CheckpointName,
    RecordName,
    SignatureName,
    SignersName,
    WithdrawalName,
    WithdrawalSignatureName,
    check_path,
    parse_checkpoint_file,
    parse_key_file,
    parse_letter_file,
)

MAX_TOLD: Final = 10_000
"""Of how many files is told what they are; the others are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterHoldings:
    """Files of one letter: revisions by number; signatures and withdrawals by organization and revision."""

    letter: str
    revisions: tuple[int, ...]
    signatures: tuple[tuple[str, int], ...]
    withdrawals: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyHoldings:
    """Files of one organization's key records: records by number, and who else signed which of them."""

    organization: str
    records: tuple[int, ...]
    signatures: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """How many `files`, and what they are; `others` are the paths that no record and no signature has.

    Of more than `MAX_TOLD` files the first are told, and `left_out` counts the others.
    """

    files: int
    letters: tuple[LetterHoldings, ...] = ()
    keys: tuple[KeyHoldings, ...] = ()
    checkpoints: tuple[tuple[str, int], ...] = ()
    others: tuple[str, ...] = ()
    left_out: int = 0

    @classmethod
    def of(cls, paths: Iterable[str]) -> Holdings:
        """What these paths are, each list sorted."""
        letters: dict[str, list[object]] = {}
        keys: dict[str, list[object]] = {}
        checkpoints: dict[str, int] = {}
        others: list[str] = []
        every = sorted(paths)
        for path in every[:MAX_TOLD]:
            folder, _, name = path.rpartition("/")
            top, _, inner = folder.partition("/")
            try:
                check_path(path)
            except ForeignPath:
                others.append(path)
                continue
            if top == "keys":
                keys.setdefault(inner, []).append(parse_key_file(name))
            elif inner.startswith("checkpoints/"):
                organization = inner.partition("/")[2]
                is_one = isinstance(parse_checkpoint_file(name), CheckpointName)
                checkpoints[organization] = checkpoints.get(organization, 0) + is_one
            else:
                letters.setdefault(inner, []).append(parse_letter_file(name))
        return cls(
            files=len(every),
            left_out=max(0, len(every) - MAX_TOLD),
            letters=tuple(_letter(letter, names) for letter, names in sorted(letters.items())),
            keys=tuple(_keys(organization, names) for organization, names in sorted(keys.items())),
            checkpoints=tuple(sorted(checkpoints.items())),
            others=tuple(sorted(others)),
        )


def _letter(letter: str, names: Iterable[object]) -> LetterHoldings:
    found = list(names)
    return LetterHoldings(
        letter=letter,
        revisions=tuple(sorted(name.number for name in found if isinstance(name, RecordName))),
        signatures=tuple(sorted({(n.organization, n.number) for n in found if isinstance(n, SignatureName)})),
        withdrawals=tuple(
            sorted(
                {
                    (name.organization, name.number)
                    for name in found
                    if isinstance(name, WithdrawalName | WithdrawalSignatureName)
                }
            )
        ),
    )


def _keys(organization: str, names: Iterable[object]) -> KeyHoldings:
    found = list(names)
    own = {name.number for name in found if isinstance(name, RecordName | SignersName)}
    return KeyHoldings(
        organization=organization,
        records=tuple(sorted(own)),
        signatures=tuple(
            sorted(
                {
                    (name.organization, name.number)
                    for name in found
                    if isinstance(name, SignatureName) and name.number not in own
                }
            )
        ),
    )
