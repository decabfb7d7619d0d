"""Verdicts in sentences, for people who have never heard of keys (``spec/verification.md``, "Words").

The same on a terminal and on a page. No command, no colour and no mark-up is in them; where one quotes a stranger (a
name, a path), whoever shows it makes it safe.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from openletter.reports.plain import day, listed, number_word
from openletter.verify import (
    CONFIRMED,
    Evidence,
    KeyStanding,
    LetterReport,
    OrganizationReport,
    OrganizationVerdict,
    Outcome,
    Report,
    Seen,
    SignatureFinding,
    Verdict,
)

HEADINGS: Final = {
    Verdict.SIGNED: "signed this text",
    Verdict.ENDORSED: "signed this text without being named in it",
    Verdict.SIGNED_EARLIER: "signed an earlier text, not this one",
    Verdict.WITHDRAWN: "withdrew its support",
    Verdict.DISPUTED: "disputed",
    Verdict.UNPROVEN: "a signature that proves nothing",
    Verdict.INVALID: "a signature that does not hold",
    Verdict.NAMED: "no signature here",
}
"""Each verdict in words, in the order in which they are told."""


def summary(report: LetterReport) -> str:
    """How many of those named signed exactly this text."""
    verdicts = [verdict for verdict in report.organizations if verdict.listed]
    named, signed = len(verdicts), sum(verdict.verdict is Verdict.SIGNED for verdict in verdicts)
    did = "signed exactly this text"
    if any(v.verdict is Verdict.WITHDRAWN and v.revision == report.revision for v in report.organizations):
        did += " and not withdrawn since"
    if named == 0:
        text = "This letter lists no signatories."
    elif named == 1:
        text = f"The one signatory named in this letter has {did}."
        if not signed:
            text = "One signatory is named in this letter, and no signature of it over exactly this text holds here."
    elif signed == named:
        text = f"{'Both' if named == 2 else f'All {number_word(named)}'} organizations named in this letter have {did}."
    else:
        who = "none has" if signed == 0 else "one has" if signed == 1 else f"{number_word(signed)} have"
        text = f"Of the {number_word(named)} organizations named in this letter, {who} {did}."
    if report.newest_signed is None:
        text += " No valid signature over any revision of it is here."
    elif report.newest_signed != report.revision and not any(
        v.verdict in {Verdict.SIGNED, Verdict.ENDORSED} for v in report.organizations
    ):
        text += f" The newest revision that anyone signed is {report.newest_signed}."
    return text


def notes(found: OrganizationVerdict) -> Iterator[str]:
    """What a verdict means and rests on, a sentence each; none of them names a command."""
    if found.verdict not in {Verdict.DISPUTED, Verdict.UNPROVEN, Verdict.WITHDRAWN}:
        for signature in found.rests_on:
            yield from signature_notes(signature)
    if found.verdict is Verdict.NAMED:
        if found.organization is None:
            yield "printed without an id, so no signature can be matched to it; that it is printed shows no consent"
        else:
            yield "the letter names it; that alone shows no consent"
            if found.record_name is None:
                yield "no key of it is on record here"
    if found.verdict is Verdict.SIGNED_EARLIER and found.revision is not None:
        yield f"signed revision {found.revision}; {_wording(found)}"
    if found.verdict is Verdict.WITHDRAWN and found.withdrawal is not None:
        yield (
            f"withdrew its support for revision {found.withdrawal.revision} and every earlier one, "
            f"on {day(found.withdrawal.date)} by its own account"
        )
        for signature in found.rests_on:
            yield from signature_notes(signature)
    confirmed = any(s.evidence in CONFIRMED for s in found.rests_on)
    if found.confirmed_another and found.recovered is None and found.rests_on and not confirmed:
        yield "you have confirmed another key of it, and nothing leads from that one to this: find out which is its own"
    if found.recovered is not None and not confirmed:
        yield (
            f"the key that you confirmed was replaced by others (key record {found.recovered}), with the consent of "
            "those named for that: you have not confirmed the new keys"
        )
    if found.later:
        yield f"signed revision {found.later[-1]}, a later text"


def signature_notes(signature: SignatureFinding) -> Iterator[str]:
    """A signature that a verdict rests on: its key, how that is known, and how old it is shown to be."""
    yield f"key {signature.key}"
    if signature.evidence is not None:
        yield "key " + how_known(signature.evidence, signature.vouched_by)
    if signature.seen is not None:
        yield _seen(signature.seen)
    if signature.key_status == "retired":
        if signature.older_than_retirement:
            yield "this key was retired later"
        else:
            yield "with a key that has been retired since; nothing independent shows which came first"
    if signature.key_status == "compromised":
        yield "this key got into other hands later, by the organization's own account"


def how_known(evidence: Evidence, vouched_by: Sequence[str]) -> str:
    """How a key is known, in the words of ``spec/trust.md``."""
    if evidence is Evidence.PINNED:
        return "confirmed by you"
    if evidence is Evidence.PINNED_THROUGH_ROTATION:
        return "confirmed by you, through a change of keys that the confirmed key signed"
    if evidence is Evidence.VOUCHED:
        return f"confirmed by {listed(vouched_by)}, whom you trust"
    return "known only from this archive"


def _seen(seen: Seen) -> str:
    if seen.authority is not None:
        return f"shown to exist on {day(seen.day)} by a time stamp of {seen.authority}"
    return f"seen on {day(seen.day)} by {seen.organization}, by its own account"


def fault_of(signature: SignatureFinding) -> str:
    """Why a signature doesn't hold, or proves nothing; it may quote a stranger."""
    what = "withdrawal from revision" if signature.withdrawal else "revision"
    if signature.error == "SignatureMismatch":
        return (
            f"{what} {signature.revision}: a signature lies here, and it is not over this text: either the text or the "
            "signature was changed"
        )
    return f"{what} {signature.revision}: {signature.reason or ''}"


def _wording(found: OrganizationVerdict) -> str:
    if found.same_wording is None:
        return "whether the words have changed since can't be told"
    if found.same_wording:
        return "the words are the same, the list of signatories or the note is not"
    return "the words have changed since"


def waiting(found: OrganizationReport) -> str | None:
    """What a key record waits for; `None` where none waits."""
    waits = found.waiting
    if waits is None:
        return None
    missing = [organization for organization in waits.organizations if organization not in waits.agreed]
    what = "gives it new keys without the old ones" if waits.basis == "recovery" else "changes who may do that for it"
    return (
        f"Key record {waits.record} of {found.organization}, which {what}, waits for consent: "
        f"{len(waits.agreed)} of {waits.threshold} organizations have agreed"
        + (f" ({listed(waits.agreed)})" if waits.agreed else "")
        + f", and {listed(missing)} can. Until then it doesn't count."
    )


def key_history(key: KeyStanding) -> str | None:
    """By which records a key came, was retired and was doubted; `None` where there is nothing to tell."""
    told = [f"on record since record {key.record}"] if key.record > 1 else []
    if key.retired is not None and key.retired != key.compromised:
        told.append(f"retired by record {key.retired}")
    if key.compromised is not None:
        told.append(
            f"declared by record {key.compromised} to be in other hands: "
            "what it signed counts only where something shows that it is older"
        )
    return "; ".join(told) or None


def texts(report: Report) -> str:
    """How the texts and the signatures over them agree."""
    files = [
        signature
        for item in report.letters
        for signature in item.signatures
        if not signature.withdrawal and signature.revision == item.revision
    ]
    valid = sum(signature.outcome is Outcome.VALID for signature in files)
    over = "it" if len(report.letters) == 1 else "these texts"
    parts: list[str] = []
    if not valid:
        parts.append(f"no signature here holds for {over}")
    elif valid == len(files):
        parts.append(f"matches {_all(valid, 'signature')} over {over}")
    else:
        parts.append(f"matches {valid} of the {len(files)} signatures over {over}; for the rest, see above")
    broken = [item for item in report.letters if item.revisions and not item.revisions[-1].chained]
    if len(report.letters) == 1 and not broken:
        last = report.letters[0].newest
        parts.append("it has one revision" if last == 1 else f"revisions 1 to {last} form an unbroken chain")
    elif not broken:
        parts.append("the revisions of each letter form an unbroken chain")
    else:
        parts.append(f"the chain of revisions is broken in {', '.join(item.letter for item in broken[:5])}")
    return "; ".join(parts) + "."


def _all(number: int, noun: str) -> str:
    return f"the one {noun}" if number == 1 else f"both {noun}s" if number == 2 else f"all {number} {noun}s"


def withdrawals(report: Report) -> str:
    """Which withdrawals are in this copy."""
    found = dict.fromkeys(
        f"{organization} from {item.letter}@{withdrawal.revision}"
        for item in report.letters
        for organization, withdrawal in item.withdrawals
    )
    if not found:
        unsigned = sum(len(item.unsigned_withdrawals) for item in report.letters)
        none = "none that is validly signed" if unsigned else "none"
        return f"{none} in this copy; a newer copy may hold one."
    shown = ", ".join(list(found)[:10]) + (f", and {len(found) - 10} more" if len(found) > 10 else "")
    return f"in this copy: {shown}; a newer copy may hold more."


def time(report: Report) -> str:
    """What shows since when signatures exist."""
    if report.unestablished:
        return (
            "what checkpoints could show could not all be established: part of them, or of the history, can't be read "
            f"here. {_seen_or_not(report)}"
        )
    return _seen_or_not(report)


def _seen_or_not(report: Report) -> str:
    if report.whole and len(report.letters) != 1:
        return (
            "since when a signature is shown to exist is said where one letter is checked: openletter verify LETTER. "
            "Other dates are claims."
        )
    shown = any(s.seen is not None for item in report.letters for s in item.signatures)
    if shown:
        return (
            "where something independent shows since when a signature exists, it is said above. Other dates are claims."
        )
    return "nothing independent shows when anyone signed. The dates in a letter are its own claim."
