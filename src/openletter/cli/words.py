"""Verdicts in words, for people who have never heard of keys (``spec/verification.md``, "Words").

An organization's id comes first: verdicts are about it. The printed name is a claim beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from openletter.cli import keytexts, likeness
from openletter.cli.terminal import (
    barred,
    beside,
    count,
    day,
    digest_groups,
    number_word,
    pad,
    prose,
    quoted,
    short,
    told,
    width,
    wrap,
)
from openletter.verify import (
    CONFIRMED,
    Evidence,
    Fault,
    LetterReport,
    OrganizationReport,
    OrganizationVerdict,
    Outcome,
    Report,
    Seen,
    SignatureFinding,
    State,
    Verdict,
)

_HEADINGS = (
    (Verdict.SIGNED, "SIGNED THIS TEXT", "green"),
    (Verdict.ENDORSED, "SIGNED THIS TEXT WITHOUT BEING NAMED IN IT", "green"),
    (Verdict.SIGNED_EARLIER, "SIGNED AN EARLIER TEXT, NOT THIS ONE", "yellow"),
    (Verdict.WITHDRAWN, "WITHDREW ITS SUPPORT", "yellow"),
    (Verdict.DISPUTED, "DISPUTED", "yellow"),
    (Verdict.UNPROVEN, "A SIGNATURE THAT PROVES NOTHING", "yellow"),
    (Verdict.INVALID, "A SIGNATURE THAT DOES NOT HOLD", "red"),
    (Verdict.NAMED, "NO SIGNATURE HERE", "yellow"),
)


def heading(report: LetterReport) -> None:
    """Which text this is about."""
    judged = report.judged
    if judged is None:
        click.secho(report.letter, bold=True)
        return
    if report.revision == report.newest:
        which = "the newest" if report.newest != 1 else "the only one"
    else:
        which = f"the newest is {report.newest}"
    dated = f", dated {day(judged.letter.date)}" if judged.letter is not None else ""
    click.secho(f"{report.letter}, revision {report.revision} ({which}){dated}", bold=True)
    if judged.letter is not None and judged.letter.subject is not None:
        for line in quoted([short(judged.letter.subject)]):
            click.echo(line)


def letter(report: LetterReport, known: Sequence[str] = ()) -> None:
    """What was found of one letter; `known` are the ids that names could be taken for besides those in it."""
    heading(report)
    faults(report.faults, "FALSE IN THIS LETTER")
    judged = report.judged
    if judged is None or judged.letter is None:
        click.echo()
        prose("Nothing can be said of who signed it: this text is not a valid record.")
        sound = [r.number for r in report.revisions if r.letter is not None]
        if sound:
            prose(f"The newest revision that can be judged: openletter verify {report.letter}@{sound[-1]}")
        return
    listed = [verdict for verdict in report.organizations if verdict.listed]
    signed = [verdict for verdict in listed if verdict.verdict is Verdict.SIGNED]
    click.echo()
    prose(_summary(report, len(listed), len(signed)))
    lengths = (len(v.organization) for v in report.organizations if v.organization)
    longest = max((length for length in lengths if length <= width() // 2), default=0)
    pairs = list(zip(report.organizations, likeness.of_letter(report, known), strict=True))
    for verdict, title, tint in _HEADINGS:
        those = [(found, remarks) for found, remarks in pairs if found.verdict is verdict]
        if not those:
            continue
        click.echo()
        click.secho(title, fg=tint, bold=True)
        for found, remarks in those:
            _organization(report, found, remarks, longest)
    for path in report.unsigned_withdrawals:
        click.echo()
        prose(f"A withdrawal without a valid signature lies here and ends nothing: {path}")


def _summary(report: LetterReport, listed: int, signed: int) -> str:
    did = "signed exactly this text"
    if any(v.verdict is Verdict.WITHDRAWN and v.revision == report.revision for v in report.organizations):
        did += " and not withdrawn since"
    if listed == 0:
        text = "This letter lists no signatories."
    elif listed == 1:
        text = f"The one signatory named in this letter has {did}."
        if not signed:
            text = "One signatory is named in this letter, and no signature of it over exactly this text holds here."
    elif signed == listed:
        text = (
            f"{'Both' if listed == 2 else f'All {number_word(listed)}'} organizations named in this letter have {did}."
        )
    else:
        who = "none has" if signed == 0 else "one has" if signed == 1 else f"{number_word(signed)} have"
        text = f"Of the {number_word(listed)} organizations named in this letter, {who} {did}."
    if report.newest_signed is None:
        text += " No valid signature over any revision of it is here."
    elif report.newest_signed != report.revision and not any(
        v.verdict in {Verdict.SIGNED, Verdict.ENDORSED} for v in report.organizations
    ):
        text += f" The newest revision that anyone signed is {report.newest_signed}."
    return text


def _organization(report: LetterReport, found: OrganizationVerdict, remarks: likeness.Remarks, longest: int) -> None:
    start = f"  {pad(found.organization or '(no id)', longest)}   "
    for line in beside(start, found.printed or found.record_name or "", "    "):
        click.echo(line)
    if found.organization is not None and found.printed is not None and found.record_name not in {None, found.printed}:
        for line in told(f"printed so; its own key record calls it “{found.record_name}”", "      ", "      "):
            click.echo(line)
    likeness.say(remarks, "      ")
    for note in _notes(report, found):
        prose(note, "      ")
    if found.verdict in {Verdict.DISPUTED, Verdict.UNPROVEN, Verdict.INVALID}:
        for signature in found.signatures:
            if signature.reason is not None:
                for line in told(_fault_of(signature), "      ", "      "):
                    click.echo(line)
    withdrawal = found.withdrawal
    if withdrawal is not None and found.verdict is Verdict.WITHDRAWN and withdrawal.reason is not None:
        click.echo("      its reason:")
        for line in quoted(short(withdrawal.reason, 2000).split("\n"), "      "):
            click.echo(line)


def _notes(report: LetterReport, found: OrganizationVerdict) -> Iterator[str]:
    if found.verdict not in {Verdict.DISPUTED, Verdict.UNPROVEN, Verdict.WITHDRAWN}:
        for signature in found.rests_on:
            yield from _signature(signature)
    if found.verdict is Verdict.NAMED:
        if found.organization is None:
            yield "printed without an id, so no signature can be matched to it; that it is printed shows no consent"
        else:
            yield "the letter names it; that alone shows no consent"
            if found.record_name is None:
                yield "no key of it is on record here"
    if found.verdict is Verdict.SIGNED_EARLIER and found.revision is not None:
        yield f"signed revision {found.revision}; {_wording(found)}"
        yield f"what changed: openletter diff {report.letter}@{found.revision} @{report.revision}"
    if found.verdict is Verdict.WITHDRAWN and found.withdrawal is not None:
        yield (
            f"withdrew its support for revision {found.withdrawal.revision} and every earlier one, "
            f"on {day(found.withdrawal.date)} by its own account"
        )
        for signature in found.rests_on:
            yield from _signature(signature)
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


def _signature(signature: SignatureFinding) -> Iterator[str]:
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
        return f"confirmed by {_and(vouched_by)}, whom you trust"
    return "known only from this archive"


def _seen(seen: Seen) -> str:
    if seen.authority is not None:
        return f"shown to exist on {day(seen.day)} by a time stamp of {seen.authority}"
    return f"seen on {day(seen.day)} by {seen.organization}, by its own account"


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _fault_of(signature: SignatureFinding) -> str:
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


def faults(found: Sequence[Fault], title: str) -> None:
    """What is false, each with its place."""
    if not found:
        return
    click.echo()
    click.secho(title, fg="red", bold=True)
    for fault in found:
        line = f":{fault.line}" if fault.line is not None else ""
        field = f"{fault.field}: " if fault.field else ""
        for shown in (
            *barred(fault.path + line, "  "),
            *told(f"{field}{fault.message} ({fault.error})", "      ", "      "),
        ):
            click.echo(shown)


def reliance(report: Report, *, has_history: bool) -> None:
    """How far what was printed can be relied on, and what to do about it."""
    click.echo()
    click.secho("How far can you rely on this?", bold=True)
    _row("Text", _text(report))
    if len(report.letters) == 1 and report.letters[0].judged is not None:
        _row("", "its SHA-256, to compare aloud: " + digest_groups(report.letters[0].judged.digest))
    keys, unknown = _keys(report)
    _row("Keys", keys)
    if unknown is not None:
        _row("", f"Where it is the same, say so: openletter trust add {unknown} FINGERPRINT")
    _row("Time", _time(report))
    _row("Withdrawals", _withdrawals(report))
    if not has_history:
        _row("History", "could not be looked at: this is a folder without git.")
    if (told := _checkpoints(report)) is not None:
        _row("Checkpoints", told)


def _checkpoints(report: Report) -> str | None:
    """What organizations say that they saw, and whether it is still there; `None` where none says anything."""
    signed = [item for item in report.checkpoints if item.signed]
    found = [item for item in signed if item.state is State.MATCHES]
    unknown = sum(item.state is State.UNKNOWN for item in signed)
    parts: list[str] = []
    if found:
        who = _and(sorted({item.organization for item in found})[:10])
        saw = "it saw" if len(found) == 1 else "they saw"
        parts.append(f"{number_word(len(found))} by {who}: what {saw} is part of this history.")
        parts.append("That nothing was changed or removed since, another command says: openletter audit")
    if unknown:
        parts.append(f"{number_word(unknown)} could not be checked, for part of the history isn't here.")
    return " ".join(parts) or None


def _withdrawals(report: Report) -> str:
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


def _row(label: str, text: str) -> None:
    prose(text, pad(f"  {label}", 15), " " * 15)


def _text(report: Report) -> str:
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


def _keys(report: Report) -> tuple[str, str | None]:
    """How the keys are known, and an organization whose key is known only from this archive."""
    strongest: dict[str, Evidence] = {}
    for item in report.letters:
        for verdict in item.organizations:
            found = [s.evidence for s in verdict.signatures if s.evidence is not None]
            if verdict.organization is not None and found:
                best = verdict.evidence or min(found, key=list(Evidence).index)
                strongest.setdefault(verdict.organization, best)
    if not strongest:
        return "no signature here is by a key on record.", None
    by_hand = [org for org, evidence in strongest.items() if evidence in CONFIRMED]
    vouched = [org for org, evidence in strongest.items() if evidence is Evidence.VOUCHED]
    recorded = [org for org, evidence in strongest.items() if evidence is Evidence.RECORDED]
    parts: list[str] = []
    if by_hand:
        parts.append(f"confirmed by you: {_some(by_hand)}.")
    if vouched:
        parts.append(f"confirmed by organizations that you trust: {_some(vouched)}.")
    if recorded:
        which = (
            "known only from this archive"
            if len(recorded) == len(strongest)
            else (f"known only from this archive: {_some(recorded)}")
        )
        joint = ":" if len(recorded) == len(strongest) else ";"
        parts.append(
            f"{which}{joint} whoever runs it could have invented them. Ask each organization, by a route that you "
            f"already trust, to read you its key's fingerprint, and compare it with: openletter keys show {recorded[0]}"
        )
    return " ".join(parts), recorded[0] if recorded else None


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")


def _time(report: Report) -> str:
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
        + (f" ({_and(waits.agreed)})" if waits.agreed else "")
        + f", and {_and(missing)} can. Until then it doesn't count."
    )


def conclusion(report: Report) -> None:
    """The last sentence: what was, and what was not, established."""
    click.echo()
    if report.false:
        _final(
            f"Something false was found ({count(len(report.false), 'place', 'places')}, shown above). "
            "Don't rely on what it touches.",
            "red",
        )
        return
    listed = [verdict for item in report.letters for verdict in item.organizations if verdict.listed]
    text = "Nothing false was found."
    if any(verdict.verdict is not Verdict.SIGNED for verdict in listed):
        text += " That does not mean that everyone named has signed: read above who did."
    _final(text)


def _final(text: str, tint: str | None = None) -> None:
    for line in wrap(text, "", ""):
        click.secho(line, fg=tint, bold=True)


def organization(report: OrganizationReport, remarks: likeness.Remarks) -> None:
    """The key records of one organization."""
    first, *more = beside(f"{report.organization}   ", report.name or "(no valid key record)", "  ")
    head = report.organization if first.startswith(report.organization) else first
    click.secho(head, bold=True, nl=False)
    click.echo(first.removeprefix(head))
    for line in more:
        click.echo(line)
    likeness.say(remarks, "  ")
    for key in report.keys:
        kind = "" if key.algorithm == "ssh-ed25519" else "  (hardware key)"
        since = f" since {day(key.since)}" if key.since is not None else ""
        click.echo(f"  {key.fingerprint}  {key.status}{since}{kind}")
        prose(how_known(key.evidence, key.vouched_by), "      ")
        if (told := keytexts.history(key)) is not None:
            prose(told, "      ")
        if key.vouched_unpinned:
            prose(f"also confirmed by {_and(key.vouched_unpinned)}, whose own keys you have not confirmed", "      ")
        if key.shared_with:
            prose(f"also listed by {', '.join(key.shared_with)}: it counts for neither", "      ")
    if report.recovered is not None:
        prose(
            f"The key that you confirmed was replaced by others in record {report.recovered}, with the consent of "
            "those named for that: you have not confirmed the new keys.",
            "  ",
        )
    elif report.confirmed_another:
        prose(
            "You have confirmed another key of this organization, and nothing leads from that one to these: find out "
            "which are its own.",
            "  ",
        )
    if (waits := waiting(report)) is not None:
        prose(waits, "  ")
    faults(report.faults, "FALSE IN ITS KEY RECORDS")
