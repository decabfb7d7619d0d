"""`Auditing`: every commit of an archive, judged (``spec/history.md``, "Audit").

The walk of `archive` says what was changed or removed, and what came in; the rules of `verify` say whether each file
was valid when it came in. It is judged by itself and by the files that it rests on, in the same tree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import chain
from typing import Final

from openletter import records, sshsig
from openletter.api.reading import Reading
from openletter.archive import Arrived, There, Wrong
from openletter.archive.layout import CHECKPOINTS, MAX_FAULTS, MAX_FOLDER, MAX_STATE
from openletter.errors import (
    ForeignPath,
    Invalid,
    NotAnArchive,
    SignatureError,
    SignatureMismatch,
    TooLarge,
    UnknownName,
)
from openletter.records import Folder, Organization, Withdrawal
from openletter.records.names import (
    CheckpointName,
    CheckpointSignatureName,
    RecordName,
    SignatureName,
    SignersName,
    TimestampName,
    WithdrawalName,
    WithdrawalSignatureName,
    parse_checkpoint_file,
    parse_key_file,
    parse_letter_file,
)
from openletter.verify import Fault, judge_checkpoints, judge_keys, judge_letter
from openletter.verify.signatures import Matching, open_signature

Steps = Callable[[int], None]
"""Called now and then with how many commits are done."""

_STEP: Final = 500

KINDS: Final = (
    *("revisions", "signatures", "withdrawals", "withdrawal_signatures"),
    *("key_records", "key_record_signatures", "allowed_signers"),
    *("checkpoints", "checkpoint_signatures", "timestamps"),
)
"""What files can be that came in."""

_LETTER: Final = dict(zip((RecordName, SignatureName, WithdrawalName, WithdrawalSignatureName), KINDS[:4], strict=True))
_KEYS: Final = dict(zip((RecordName, SignatureName, SignersName), KINDS[4:7], strict=True))
_CHECKPOINT: Final = dict(zip((CheckpointName, CheckpointSignatureName, TimestampName), KINDS[7:], strict=True))

_NOBODY: Final = judge_keys({})
_LOST: Final = frozenset({"HistoryError", "Fork", "AttributesChanged"})
"""The faults about what was there before."""
_SEARCHES: Final = 20
"""How often, in one audit, it is looked for what a false signature was made for."""
_CHECKPOINT_SIZE: Final = 4096
"""More bytes than any checkpoint has."""


@dataclass(slots=True)
class _Tally:
    """What an audit has judged so far: files by kind, their bytes together, and searches for what was signed."""

    counts: Counter[str] = field(default_factory=Counter)
    size: int = 0
    searches: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryFault:
    """Something false that a commit did, or brought in: `error` is the name of the class in `openletter.errors`.

    `path` is empty where it is the commit itself. Where something was there before, `before` is what the commit's
    parents had under the path, each content once, and `after` what the commit has there.
    """

    commit: str
    path: str
    error: str
    message: str
    before: tuple[There, ...] = ()
    after: There | None = None
    line: int | None = None
    field: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """A history, audited from `since` (not included, `None` for the beginnings) to `commit`.

    `commits` were looked at; `roots` of them have no parents, and of `cut` ones this copy lacks parents. `first` and
    `last` are the earliest and the latest time that a commit claims. `arrived` counts the files that came in, by kind
    (`KINDS`). `faults` are in the order of history, then the checkpoints that it contradicts, at the newest commit; and
    `more` were found and are not told.
    """

    commit: str
    since: str | None
    commits: int
    roots: int
    cut: int
    first: datetime | None
    last: datetime | None
    arrived: Mapping[str, int]
    faults: tuple[HistoryFault, ...]
    more: int


class Auditing(Reading):
    """What is asked of a whole history."""

    def audit(self, since: str | None = None, *, progress: Steps | None = None) -> AuditReport:
        """Judge every commit from the beginnings, or behind the commit `since`, to the newest one.

        Raises `NotAnArchive` for a plain folder, `UnknownName` where `since` is no commit of this history.
        """
        if self._repository is None:
            raise NotAnArchive(
                "this is a plain folder, and an audit needs the history that a git repository has",
                path=str(self._folder),
                hint="audit a clone of the archive, made with: git clone; a folder can be verified: openletter verify",
            )
        history = self._repository.history(since)
        tally = _Tally()
        lost: list[tuple[int, HistoryFault]] = []
        wrong: list[tuple[int, HistoryFault]] = []
        found = 0
        for event in history:
            if progress is not None and history.commits % _STEP == 0:
                progress(history.commits)
            for fault in (_told(event),) if isinstance(event, Wrong) else _judge(event, tally):
                found += 1
                # What came in wrong, however often, doesn't hide what was changed or removed.
                kept = lost if fault.error in _LOST else wrong
                if len(kept) < MAX_FAULTS:
                    kept.append((found, fault))
        if not history.met:
            raise UnknownName(
                f"commit {since} is not part of the history of this archive's newest commit",
                hint="if it once was, this history was rewritten: keep the copy that has it; "
                "openletter audit, without --from, judges what is here now",
            )
        untrue: list[HistoryFault] = []
        for contradicted in self._untrue_checkpoints(self._snapshot()):
            found += 1
            if len(lost) + len(untrue) < MAX_FAULTS:
                error, path, message = contradicted.error, contradicted.path, contradicted.message
                untrue.append(HistoryFault(commit=history.head, path=path, error=error, message=message))
        walked = sorted((lost + wrong)[: MAX_FAULTS - len(untrue)], key=lambda numbered: numbered[0])
        told = [fault for _, fault in reversed(walked)] + untrue
        return AuditReport(
            commit=history.head,
            since=history.since,
            commits=history.commits,
            roots=history.roots,
            cut=history.cut,
            first=_time(history.first),
            last=_time(history.last),
            arrived={kind: tally.counts[kind] for kind in KINDS},
            faults=tuple(told),
            more=found - len(told),
        )


def _told(wrong: Wrong) -> HistoryFault:
    error = wrong.error
    return HistoryFault(
        commit=wrong.commit,
        path=error.path or "",
        error=type(error).__name__,
        message=error.message,
        before=wrong.before,
        after=wrong.after,
    )


def _time(seconds: int | None) -> datetime | None:
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None  # a calendar has no such day


# --- what came in ---


def _judge(arrived: Arrived, tally: _Tally) -> Iterator[HistoryFault]:
    """Judge the files that came into a folder with a commit, and count them."""
    top, _, inner = arrived.folder.partition("/")
    for name in arrived.names:
        path = f"{arrived.folder}/{name}"
        try:
            # Step 4: the name is in the grammar, and the file no larger than it may be.
            if top == "keys":
                faults = _judge_key_file(inner, arrived, name, tally)
            elif inner.startswith(f"{CHECKPOINTS}/"):
                faults = _judge_checkpoint_file(inner.removeprefix(f"{CHECKPOINTS}/"), arrived, name, tally)
            else:
                faults = _judge_letter_file(inner, arrived, name, tally)
        except Invalid as error:
            faults = (Fault.of(error, path),)
        for fault in faults:
            # What is wrong with the files that it rests on was told where they came in.
            if fault.path == path:
                yield HistoryFault(
                    commit=arrived.commit,
                    path=path,
                    error=fault.error,
                    message=fault.message,
                    line=fault.line,
                    field=fault.field,
                )


def _judge_letter_file(letter: str, arrived: Arrived, name: str, tally: _Tally) -> tuple[Fault, ...]:
    parsed = parse_letter_file(name)
    data = _data(arrived, name, tally)
    tally.counts[_LETTER[type(parsed)]] += 1
    # Step 5: a signature proves the revision that its name says.
    if isinstance(parsed, SignatureName):
        _check_signature(arrived, parsed, data, "revision", tally)
        return ()
    # Step 6: a revision follows the one before it.
    if isinstance(parsed, RecordName):
        return judge_letter(letter, _with(arrived, {name: data}, _records_under(parsed)), _NOBODY).faults
    # Step 7: a withdrawal is of a revision, and its signature of a withdrawal.
    if isinstance(parsed, WithdrawalName):
        return _judge_withdrawal(letter, arrived, parsed, data)
    withdrawal = WithdrawalName(number=parsed.number, organization=parsed.organization, act=parsed.act)
    signed = _beside(arrived, str(withdrawal))
    if signed is None:
        raise SignatureError("the withdrawal that it signs is not here")
    sshsig.verify(open_signature(data, parsed.key), signed)
    return ()


def _judge_withdrawal(letter: str, arrived: Arrived, name: WithdrawalName, data: bytes) -> tuple[Fault, ...]:
    faults = judge_letter(letter, _with(arrived, {str(name): data}, []), _NOBODY).faults
    if any(fault.error == "ChainError" and fault.path == f"{arrived.folder}/{name}" for fault in faults):
        # All else was found to be in order, and the revision was left out: many could withdraw from a long one, and to
        # read it again for each would have no end. What is asked of it is its digest.
        revision = _beside(arrived, str(RecordName(number=name.number)))
        record = records.decode(data)
        if revision is not None and isinstance(record, Withdrawal) and record.text == records.digest(revision):
            return ()
    return faults


def _judge_key_file(organization: str, arrived: Arrived, name: str, tally: _Tally) -> tuple[Fault, ...]:
    parsed = parse_key_file(name)
    data = _data(arrived, name, tally)
    tally.counts[_KEYS[type(parsed)]] += 1
    if isinstance(parsed, SignatureName):
        _check_signature(arrived, parsed, data, "record", tally)
        return ()
    # Step 8: a key record follows the one before it; the list of its keys says what it says.
    others = _records_under(parsed)
    folder = _with(arrived, {name: data}, others)
    faults = judge_keys({organization: folder}).reports[organization].faults
    if isinstance(parsed, RecordName) and _follows(data, next(map(folder.files.get, others), None)):
        # Who must have signed it is another question: signatures may come later, and `verify` asks for them.
        return tuple(fault for fault in faults if fault.error != "ChainError")
    return faults


def _records_under(parsed: RecordName | SignersName) -> list[str]:
    """The names of the records that a file rests on: a record on the one before it, a list of keys on its own."""
    number = parsed.number - isinstance(parsed, RecordName)
    return [str(RecordName(number=number))] if number else []


def _follows(data: bytes, previous: bytes | None) -> bool:
    """Does a key record name the bytes of the one before it, or nothing where it is the first?"""
    try:
        record = records.decode(data)
    except Invalid:
        return False
    before = None if previous is None else records.digest(previous)
    return isinstance(record, Organization) and record.previous == before


def _judge_checkpoint_file(organization: str, arrived: Arrived, name: str, tally: _Tally) -> tuple[Fault, ...]:
    parsed = parse_checkpoint_file(name)
    data = _data(arrived, name, tally)
    tally.counts[_CHECKPOINT[type(parsed)]] += 1
    # Step 9: a checkpoint by its own name, and what lies beside it by the checkpoint.
    folder = _with(arrived, {name: data}, [str(CheckpointName(act=parsed.act))])
    # What is larger than a checkpoint was told where it came in.
    small = {other: read for other, read in folder.files.items() if other == name or len(read) <= _CHECKPOINT_SIZE}
    return judge_checkpoints(organization, replace(folder, files=small), _NOBODY)[1]


def _check_signature(arrived: Arrived, name: SignatureName, data: bytes, noun: str, tally: _Tally) -> None:
    """Judge a signature by the record that its name says; raises `SignatureError` or `PublicKeyError`."""
    signature = open_signature(data, name.key)
    record = _beside(arrived, str(RecordName(number=name.number)))
    try:
        Matching({} if record is None else {name.number: record}).match(signature, name.number)
    except SignatureMismatch:
        tally.searches += 1
        if tally.searches > _SEARCHES:
            raise
        matches = Matching(_all_records(arrived)).match(signature, name.number)
        raise SignatureError(f"it was made for {noun} {matches}, not for {noun} {name.number}") from None


def _all_records(arrived: Arrived) -> dict[int, bytes]:
    """The records of a folder by number, as many as a folder may hold."""
    found: dict[int, bytes] = {}
    size = 0
    for name in sorted(arrived.listing()):
        try:
            parsed = parse_letter_file(name)
        except ForeignPath:
            continue
        data = _beside(arrived, name) if isinstance(parsed, RecordName) else None
        if data is not None:
            size += len(data)
            if size > MAX_FOLDER:
                break
            found[parsed.number] = data
    return found


def _data(arrived: Arrived, name: str, tally: _Tally) -> bytes:
    """A file that came in, counted."""
    if tally.size > MAX_STATE:
        raise TooLarge(f"the files of a history may have {MAX_STATE} bytes together; this one is not read")
    data = arrived.read(name)
    if data is None:
        raise ForeignPath("no file is here")
    tally.size += len(data)
    return data


def _beside(arrived: Arrived, name: str) -> bytes | None:
    """A file that another rests on, where it is there and can be one; if not, that was told where it came in."""
    try:
        return arrived.read(name)
    except Invalid:
        return None


def _with(arrived: Arrived, files: dict[str, bytes], others: list[str]) -> Folder:
    """A folder of these files and of the others, as far as they are there."""
    beside = ((name, _beside(arrived, name)) for name in others)
    return Folder(
        path=arrived.folder,
        files=dict(chain(((name, data) for name, data in beside if data is not None), files.items())),
    )
