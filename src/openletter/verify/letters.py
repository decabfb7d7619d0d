"""A letter judged (``spec/verification.md``, "A letter"): bytes in, verdicts out, in numbered steps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from openletter import records, sshsig
from openletter.errors import (
    ChainError,
    ForeignPath,
    Invalid,
    MisplacedRecord,
    PublicKeyError,
    SignatureError,
    UnknownFormat,
)
from openletter.records import Folder, Letter, Withdrawal
from openletter.records.letter import Signatory
from openletter.records.names import (
    RecordName,
    SignatureName,
    WithdrawalName,
    WithdrawalSignatureName,
    parse_letter_file,
)
from openletter.sshsig import Signature
from openletter.verify.keyring import Keyring
from openletter.verify.signatures import Matching, open_signature
from openletter.verify.verdicts import (
    Fault,
    LetterReport,
    OrganizationVerdict,
    Outcome,
    RevisionFinding,
    SignatureFinding,
    Verdict,
    WithdrawalFinding,
    Witness,
)
from openletter.verify.witnesses import first_seen

# Where several things can be said of an organization without a valid signature, the first of these is.
_WITHOUT_SIGNATURE: Final = (
    (Outcome.DISPUTED, Verdict.DISPUTED),
    (Outcome.UNPROVEN, Verdict.UNPROVEN),
    (Outcome.INVALID, Verdict.INVALID),
)


_Place = tuple[int, str, str]


def _place(name: WithdrawalName | WithdrawalSignatureName) -> _Place:
    """Which withdrawal a file belongs to."""
    return name.number, name.organization, name.act


@dataclass(slots=True)
class _Findings:
    """What was found of one organization."""

    signed: set[int] = field(default_factory=set)
    signatures: list[SignatureFinding] = field(default_factory=list)
    withdrawals: list[WithdrawalFinding] = field(default_factory=list)


def organizations_of(folder: Folder) -> dict[str, None]:
    """The organizations whose key records are needed to judge a letter, in the order in which they are to be read.

    First those that it lists, then those that its files are named for: anybody can name a file for anybody.
    """
    listed: dict[str, None] = {}
    named: dict[str, None] = {}
    for name, data in sorted(folder.files.items()):
        parsed = parse_letter_file(name)
        if not isinstance(parsed, RecordName):
            named[parsed.organization] = None
            continue
        try:
            record = records.decode(data)
        except Invalid:
            continue
        if isinstance(record, Letter):
            listed.update((s.organization, None) for s in record.signatories if s.organization is not None)
    return listed | named


def judge_letter(
    letter: str, folder: Folder, keyring: Keyring, revision: int | None = None, witnesses: Sequence[Witness] = ()
) -> LetterReport:
    """Judge a revision of a letter by the files in its folder: the newest where none is named.

    `witnesses` are checkpoints that show how old its signatures are (`paths_to_witness`, `weigh_checkpoints`).
    """
    return _Judge(letter, folder, keyring, witnesses).report(revision)


class _Judge:
    def __init__(self, letter: str, folder: Folder, keyring: Keyring, witnesses: Sequence[Witness]) -> None:
        self.witnesses = witnesses
        self.letter = letter
        self.path = folder.path
        self.keyring = keyring
        self.faults = [Fault.of(error, folder.path) for error in folder.faults]
        self.texts: dict[int, bytes] = {}
        self.placed: set[int] = set()
        self.findings: dict[str, _Findings] = {}
        self.matching = Matching(self.texts)
        signatures: list[tuple[SignatureName, bytes]] = []
        withdrawals: dict[_Place, tuple[WithdrawalName, bytes]] = {}
        withdrawal_signatures: list[tuple[WithdrawalSignatureName, bytes]] = []
        # Step 1: every name is in the grammar, and every entry a plain file.
        for name, data in sorted(folder.files.items()):
            try:
                parsed = parse_letter_file(name)
            except ForeignPath as error:
                self.fault(error, name)
                continue
            if isinstance(parsed, RecordName):
                self.texts[parsed.number] = data
            elif isinstance(parsed, SignatureName):
                signatures.append((parsed, data))
            elif isinstance(parsed, WithdrawalName):
                withdrawals[_place(parsed)] = (parsed, data)
            else:
                withdrawal_signatures.append((parsed, data))
        self.revisions = tuple(self.judge_revisions())
        for signature_name, data in signatures:
            self.judge_signature(signature_name, data)
        self.unsigned = self.judge_withdrawals(withdrawals, withdrawal_signatures)

    def fault(self, error: Invalid, name: object) -> None:
        self.faults.append(Fault.of(error, f"{self.path}/{name}"))

    def found(self, organization: str) -> _Findings:
        return self.findings.setdefault(organization, _Findings())

    # --- steps 2 and 3: the revisions ---

    def judge_revisions(self) -> Iterable[RevisionFinding]:
        if not self.texts:
            self.faults.append(Fault.of(ChainError("no revision is here"), self.path))
        whole = True
        for number, data in sorted(self.texts.items()):
            record: Letter | None = None
            name = RecordName(number=number)
            try:
                # Step 2: a letter, canonical, under its own name.
                record = self.decode(number, data)
                self.placed.add(number)
                # Step 3: numbers without gaps, each naming the bytes before it.
                previous = self.texts.get(number - 1)
                if number > 1 and previous is None:
                    raise ChainError(f"revision {number - 1} is missing")
                if previous is not None and record.previous != records.digest(previous):
                    raise ChainError(f"it was made to follow another text than revision {number - 1} has here")
            except Invalid as error:
                self.fault(error, name)
                whole = False
            yield RevisionFinding(number=number, digest=records.digest(data), letter=record, chained=whole)

    def decode(self, number: int, data: bytes) -> Letter:
        record = records.decode(data)
        if not isinstance(record, Letter):
            raise UnknownFormat(f"a letter is due here, and this is {record.FORMAT}", line=1)
        if record.letter != self.letter or record.revision != number:
            raise MisplacedRecord(f"this is revision {record.revision} of {record.letter}")
        return record

    # --- steps 4 and 5: the signatures ---

    def judge_signature(self, name: SignatureName, data: bytes) -> None:
        finding: SignatureFinding
        signature: Signature | None = None
        matches: int | None = None
        try:
            # Step 4: the signature proves this text.
            signature = open_signature(data, name.key)
            matches = self.matching.match(signature, name.number)
            if matches != name.number:
                raise SignatureError(f"it was made for revision {matches}, not for revision {name.number}")
        except (SignatureError, PublicKeyError) as error:
            self.fault(error, name)
            finding = SignatureFinding(
                path=f"{self.path}/{name}",
                organization=name.organization,
                revision=name.number,
                outcome=Outcome.INVALID,
                key=signature.key.fingerprint if signature else None,
                matches=matches,
                error=type(error).__name__,
                reason=error.message,
            )
        else:
            finding = self.weigh(name, signature, withdrawal=False)
        found = self.found(name.organization)
        found.signatures.append(finding)
        # What is no revision of this letter in its place was never signed as one.
        if finding.outcome is Outcome.VALID and name.number in self.placed:
            found.signed.add(name.number)

    def weigh(
        self, name: SignatureName | WithdrawalSignatureName, signature: Signature, *, withdrawal: bool
    ) -> SignatureFinding:
        """Step 5: the key is the organization's, by its records, and was when the signature was made."""
        standing = self.keyring.standing(name.organization, signature.key)
        path = f"{self.path}/{name}"
        outcome, reason, seen = Outcome.UNPROVEN, None, None
        if standing is None:
            reason = "the key is on no valid key record of this organization"
        else:
            seen = first_seen(path, name.organization, standing.doubted_by, self.witnesses)
            if standing.shared_with:
                # A witness shows that it is older than that, and not whom it spoke for.
                outcome = Outcome.DISPUTED if seen is not None else Outcome.UNPROVEN
                reason = f"the key is also listed by {', '.join(standing.shared_with)}, so it counts for neither"
            elif standing.compromised is None or (seen is not None and seen.day < (standing.since or "")):
                outcome = Outcome.VALID
            elif seen is not None:
                outcome = Outcome.DISPUTED
                reason = (
                    f"the key is said to have been in other hands since {standing.since}, and the first that shows "
                    f"this signature is of {seen.day}: it may be anybody's"
                )
            else:
                reason = "the key was declared compromised, and nothing independent shows that the signature is older"
        older = (
            seen is not None
            and standing is not None
            and standing.status == "retired"
            and not standing.shared_with
            and seen.day < (standing.retired_on or "")
        )
        if standing is not None and seen is None:
            seen = first_seen(path, name.organization, (), self.witnesses)
        return SignatureFinding(
            path=path,
            organization=name.organization,
            revision=name.number,
            outcome=outcome,
            withdrawal=withdrawal,
            key=signature.key.fingerprint,
            key_status=standing.status if standing else None,
            evidence=standing.evidence if standing else None,
            matches=name.number,
            reason=reason,
            seen=seen,
            vouched_by=standing.vouched_by if standing else (),
            older_than_retirement=older,
        )

    # --- step 6: the withdrawals ---

    def judge_withdrawals(
        self,
        withdrawals: dict[_Place, tuple[WithdrawalName, bytes]],
        signatures: list[tuple[WithdrawalSignatureName, bytes]],
    ) -> tuple[str, ...]:
        """Judge them, and return the paths of those that nobody signed validly: they end nothing."""
        unsigned: dict[_Place, str] = {}
        sound: dict[_Place, tuple[Withdrawal, bytes]] = {}
        for place, (withdrawal_name, data) in withdrawals.items():
            try:
                sound[place] = (self.decode_withdrawal(withdrawal_name, data), data)
                unsigned[place] = f"{self.path}/{withdrawal_name}"
            except Invalid as error:
                self.fault(error, withdrawal_name)
        for name, armored in signatures:
            place = _place(name)
            found = self.found(name.organization)
            try:
                if place not in sound:
                    raise SignatureError("the withdrawal that it signs is not here, or not valid")
                record, data = sound[place]
                signature = open_signature(armored, name.key)
                sshsig.verify(signature, data)
            except (SignatureError, PublicKeyError) as error:
                self.fault(error, name)
                continue
            finding = self.weigh(name, signature, withdrawal=True)
            found.signatures.append(finding)
            if finding.outcome is Outcome.VALID:
                path = unsigned.pop(place, f"{self.path}/{name}")
                if all(other.path != path for other in found.withdrawals):
                    found.withdrawals.append(
                        WithdrawalFinding(path=path, revision=record.revision, date=record.date, reason=record.reason)
                    )
        return tuple(sorted(unsigned.values()))

    def decode_withdrawal(self, name: WithdrawalName, data: bytes) -> Withdrawal:
        record = records.decode(data)
        if not isinstance(record, Withdrawal):
            raise UnknownFormat(f"a withdrawal is due here, and this is {record.FORMAT}", line=1)
        if not records.digest(data).startswith(f"sha256:{name.act}"):
            raise MisplacedRecord("its name isn't the beginning of its own SHA-256")
        if (record.letter, record.revision, record.organization) != (
            self.letter,
            name.number,
            name.organization,
        ):
            raise MisplacedRecord(
                f"this is a withdrawal by {record.organization} from revision {record.revision} of {record.letter}"
            )
        text = self.texts.get(name.number)
        if text is None or record.text != records.digest(text):
            raise ChainError(f"it withdraws from another text than revision {name.number} has here")
        return record

    # --- step 7: the verdicts ---

    def report(self, revision: int | None) -> LetterReport:
        if revision is None and self.revisions:
            revision = self.revisions[-1].number
        judged = next((r for r in self.revisions if r.number == revision), None)
        verdicts: list[OrganizationVerdict] = []
        # Of a text that is no valid letter nothing is said but the fault.
        if judged is not None and judged.letter is not None:
            signatories = judged.letter.signatories
            verdicts += [self.verdict(judged, signatory.organization, signatory) for signatory in signatories]
            listed = {signatory.organization for signatory in signatories}
            for organization in sorted(self.findings.keys() - listed):
                verdict = self.verdict(judged, organization, None)
                # An organization that the letter doesn't list, and that signed only later texts, is no matter here.
                if verdict.verdict is not Verdict.NAMED:
                    verdicts.append(verdict)
        signed = {number for found in self.findings.values() for number in found.signed}
        return LetterReport(
            letter=self.letter,
            revision=revision if judged is not None else None,
            revisions=self.revisions,
            organizations=tuple(verdicts),
            newest_signed=max(signed, default=None),
            signatures=tuple(signature for _, found in sorted(self.findings.items()) for signature in found.signatures),
            withdrawals=tuple(
                (organization, withdrawal)
                for organization, found in sorted(self.findings.items())
                for withdrawal in found.withdrawals
            ),
            unsigned_withdrawals=self.unsigned,
            faults=tuple(self.faults),
        )

    def verdict(
        self, judged: RevisionFinding, organization: str | None, signatory: Signatory | None
    ) -> OrganizationVerdict:
        found = self.findings.get(organization, _Findings()) if organization is not None else _Findings()
        report = self.keyring.reports.get(organization) if organization is not None else None
        latest = max(found.withdrawals, key=lambda withdrawal: withdrawal.revision, default=None)
        ended = latest.revision if latest is not None else 0
        supported = [number for number in found.signed if ended < number <= judged.number]
        newest = max(supported, default=None)
        verdict = Verdict.NAMED
        if newest == judged.number:
            verdict = Verdict.SIGNED if signatory is not None else Verdict.ENDORSED
        elif newest is not None:
            verdict = Verdict.SIGNED_EARLIER
        elif latest is not None:
            verdict = Verdict.WITHDRAWN
            newest = max((number for number in found.signed if number <= judged.number), default=None)
        else:
            outcomes = {finding.outcome for finding in found.signatures if finding.revision <= judged.number}
            # One that is valid, over what is no revision of this letter, says nothing; but not all are invalid then.
            verdict = next((v for outcome, v in _WITHOUT_SIGNATURE if outcome in outcomes), Verdict.NAMED)
            if verdict is Verdict.INVALID and Outcome.VALID in outcomes:
                verdict = Verdict.NAMED
        return OrganizationVerdict(
            organization=organization,
            verdict=verdict,
            listed=signatory is not None,
            judged=judged.number,
            printed=signatory.printed if signatory is not None else None,
            person=signatory.name if signatory is not None else None,
            title=signatory.title if signatory is not None else None,
            record_name=report.name if report is not None else None,
            recovered=report.recovered if report is not None else None,
            confirmed_another=report is not None and report.confirmed_another,
            revision=newest,
            same_wording=self.same_wording(newest, judged) if newest is not None else None,
            later=tuple(sorted(number for number in found.signed if number > max(judged.number, ended))),
            signatures=tuple(found.signatures),
            withdrawal=latest,
        )

    def same_wording(self, number: int, judged: RevisionFinding) -> bool | None:
        other = next((r.letter for r in self.revisions if r.number == number), None)
        if other is None or judged.letter is None:
            return None
        return other.same_wording(judged.letter)
