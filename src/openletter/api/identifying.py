"""`Identifying`: which letter, and which revision of it, is this copy? (``spec/identify.md``)

The exact bytes of a record are looked for first. Else an index names candidates, and what is said of them comes from
their records alone, read from the archive now. Beside the answer stand facts about the revision that was found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from openletter import records
from openletter.api.reading import Progress, Reading
from openletter.api.stored import NO_AUTHORITIES, NO_PINS, keyring_for, letter_folder_of, revision_in
from openletter.archive import Snapshot
from openletter.errors import DocumentError, Invalid, UnknownName
from openletter.records import Letter
from openletter.records.names import RecordName, parse_letter_file
from openletter.verify import (
    Authorities,
    OrganizationVerdict,
    Pins,
    Verdict,
    WithdrawalFinding,
    judge_letter,
    organizations_of,
)

if TYPE_CHECKING:
    from openletter.intake.copies import Copy
    from openletter.search.matching import Finding, Known

RECORD: Final = "record"
"""The kind of a copy that is the bytes of a letter's record."""
MOST_CANDIDATES: Final = 12
"""How many revisions are read and graded."""
_FIRST_LINE: Final = b'format: "letter/1"\n'
_BUNDLE: Final = "bundle.json"
_ARTICLE: Final = b'<article id="letter"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """The bytes that were handed in are a valid record of a letter: what it calls itself, and its digest."""

    letter: str
    revision: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Facts about the revision that was found, judged as `Reading.verify` judges them.

    `revisions` are the numbers of all revisions of the letter. `signed` are the organizations that signed exactly
    this revision and stand behind it, listed in it or not; `withdrawn` those that withdrew from it. `false` says that
    something false was found in the letter.
    """

    letter: str
    revision: int
    digest: str
    record: Letter
    revisions: tuple[int, ...]
    signed: tuple[str, ...]
    withdrawn: tuple[tuple[str, WithdrawalFinding], ...]
    false: bool

    @property
    def newer(self) -> tuple[int, ...]:
        """The numbers of the revisions after it."""
        return tuple(number for number in self.revisions if number > self.revision)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """What a copy is. `exact` says that it is a record of this archive, byte for byte; then there is no `finding`.

    `claimed` is there where the copy is the bytes of a valid record, of this archive or not. `finding` grades its
    words, and `standing` tells of the revision that was found; it is `None` where none is known here.
    `carries_evidence` says that the file holds signatures to be verified. `dropped` are the parts of the file that were
    not read as text, `letters` is how many letters the archive holds.
    """

    kind: str
    exact: bool
    claimed: Claimed | None
    finding: Finding | None
    standing: Standing | None
    carries_evidence: bool
    dropped: tuple[str, ...]
    letters: int

    @property
    def grade(self) -> str:
        """``exact``, or the grade of the words (`openletter.search.matching.Grade`)."""
        return "exact" if self.exact or self.finding is None else self.finding.grade.value


class Identifying(Reading):
    """Finding the letter of a copy; nothing here changes the archive."""

    def identify(
        self,
        data: bytes,
        name: str = "",
        *,
        cache: Path | None = None,
        pins: Pins = NO_PINS,
        authorities: Authorities = NO_AUTHORITIES,
        progress: Progress | None = None,
    ) -> Identified:
        """Which revision is this copy? `name` is that of its file, and helps to tell what kind of file it is.

        `cache` is a folder of the user's own for the index, which is kept in memory without one. `progress` is called
        while letters are read for it. Raises `DocumentError` where the copy can't be read, `MissingExtra`.
        """
        snapshot = self._snapshot()
        letters = snapshot.letters()
        record = _record_in(data)
        claim = None
        if record is not None:
            claim = Claimed(letter=record.letter, revision=record.revision, digest=records.digest(data))
            if _holds(snapshot, record, data):
                return Identified(
                    kind=RECORD,
                    exact=True,
                    claimed=claim,
                    finding=None,
                    standing=self._standing(record.letter, record.revision, pins, authorities),
                    carries_evidence=False,
                    dropped=(),
                    letters=len(letters),
                )
        copy = _copy_of(data, name, record)
        finding = self._grade(snapshot, letters, copy.text, cache, progress)
        known = finding.known
        return Identified(
            kind=copy.kind,
            exact=False,
            claimed=claim,
            finding=finding,
            standing=None if known is None else self._standing(known.letter, known.revision, pins, authorities),
            carries_evidence=_carries_evidence(copy.kind, data),
            dropped=copy.dropped,
            letters=len(letters),
        )

    def _grade(
        self, snapshot: Snapshot, letters: Iterable[str], text: str, cache: Path | None, progress: Progress | None
    ) -> Finding:
        from openletter.search.folding import words
        from openletter.search.index import Index
        from openletter.search.matching import grade

        states = {letter: snapshot.letter_state(letter) for letter in letters}
        file = None if cache is None else Index.file_in(cache, self.path)
        with Index(file) as index:
            index.update(states, partial(_texts, snapshot), progress)
            named = index.candidates([word.folded for word in words(text)], MOST_CANDIDATES)
        # What the index says is not believed: what it names is looked for among the letters that are here.
        near = [(letter, number) for letter, number in named if letter in states]
        return grade(text, [*_known(snapshot, near)])

    def _standing(self, letter: str, number: int, pins: Pins, authorities: Authorities) -> Standing:
        report = self.verify(f"{letter}@{number}", pins=pins, authorities=authorities)
        found = report.letters[0]
        judged = found.judged
        assert judged is not None  # noqa: S101  # a revision that isn't there raises `UnknownName`
        assert judged.letter is not None  # noqa: S101  # it was read before
        by_verdict: dict[Verdict, list[OrganizationVerdict]] = {}
        for verdict in found.organizations:
            by_verdict.setdefault(verdict.verdict, []).append(verdict)
        signed = [*by_verdict.get(Verdict.SIGNED, ()), *by_verdict.get(Verdict.ENDORSED, ())]
        return Standing(
            letter=letter,
            revision=number,
            digest=judged.digest,
            record=judged.letter,
            revisions=tuple(revision.number for revision in found.revisions),
            signed=tuple(sorted(verdict.organization or "" for verdict in signed)),
            withdrawn=tuple(
                (verdict.organization or "", verdict.withdrawal)
                for verdict in by_verdict.get(Verdict.WITHDRAWN, ())
                # One that ended support for an older text alone says nothing of this one.
                if verdict.withdrawal is not None and verdict.withdrawal.revision >= number
            ),
            false=bool(report.false),
        )


def _record_in(data: bytes) -> Letter | None:
    """The letter's record that these bytes are, if they are one."""
    if not data.startswith(_FIRST_LINE):
        return None
    try:
        record = records.decode(data)
    except Invalid:
        return None
    return record if isinstance(record, Letter) else None


def _holds(snapshot: Snapshot, record: Letter, data: bytes) -> bool:
    """Are these bytes the revision of this archive that they call themselves?"""
    folder = snapshot.letter_texts(record.letter)
    return folder is not None and folder.files.get(str(RecordName(number=record.revision))) == data


def _copy_of(data: bytes, name: str, record: Letter | None) -> Copy:
    from openletter.intake.copies import Copy, read_copy
    from openletter.records.text import as_lines

    if record is not None:
        return Copy(kind=RECORD, text="\n".join(as_lines(record)), dropped=())
    copy = read_copy(data, name)
    return _article_of(data, copy) if copy.kind == "html" and _ARTICLE in data else copy


def _article_of(data: bytes, copy: Copy) -> Copy:
    """The letter alone, where the copy is a page of ours: it says which part of it that is."""
    from openletter.intake.html import article

    try:
        text = article(data, "letter")
    except DocumentError:
        text = None  # it could be read in another way than ours: then all of it is looked at
    if text is None:
        return copy
    return replace(copy, text=text, dropped=("what stands around the letter in this page", *copy.dropped))


def _carries_evidence(kind: str, data: bytes) -> bool:
    """Is this one of the files that `openletter verify` takes?"""
    if kind != "pdf":
        return kind == "html" and b'id="bundle"' in data
    from openletter.intake.pdf import attachments

    return _BUNDLE in attachments(data)


def _texts(snapshot: Snapshot, letter: str) -> Mapping[int, bytes]:
    """The bytes of a letter's revisions, by their numbers."""
    folder = snapshot.letter_texts(letter)
    return {parse_letter_file(name).number: data for name, data in folder.files.items()} if folder is not None else {}


def _known(snapshot: Snapshot, near: Sequence[tuple[str, int]]) -> Iterable[Known]:
    """These revisions as they lie in the archive; what isn't there, or is no valid record of itself, is left out."""
    from openletter.search.matching import Known

    letters = {letter: (snapshot.letter_texts(letter), _withdrawals(snapshot, letter)) for letter, _ in near}
    for letter, number in near:
        texts, withdrawals = letters[letter]
        try:
            revision = revision_in(texts, letter, number) if texts is not None else None
        except (Invalid, UnknownName):
            continue
        if revision is None:
            continue
        yield Known(
            letter=letter,
            revision=number,
            digest=revision.digest,
            record=revision.letter,
            withdrawn=tuple(sorted({who for who, until in withdrawals if number <= until})),
        )


def _withdrawals(snapshot: Snapshot, letter: str) -> tuple[tuple[str, int], ...]:
    """Who withdrew validly, and up to which revision; a letter without withdrawals isn't judged for that."""
    if not any("_withdrawal." in name for name in snapshot.letter_file_names(letter)):
        return ()
    folder = letter_folder_of(snapshot, letter)
    report = judge_letter(letter, folder, keyring_for(snapshot, organizations_of(folder)))
    return tuple((organization, found.revision) for organization, found in report.withdrawals)
