"""Verdicts in words, for people who have never heard of keys (``spec/verification.md``, "Words").

An organization's id comes first: verdicts are about it. The printed name is a claim beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from openletter.cli.terminal import count, day, digest_groups, number_word, pad, prose, quoted, safe, short
from openletter.verify import Fault, LetterReport, OrganizationReport, OrganizationVerdict, Outcome, Report, Verdict

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
        for line in quoted([short(judged.letter.subject, 300)]):
            click.echo(line)


def letter(report: LetterReport) -> None:
    """What was found of one letter."""
    heading(report)
    faults(report.faults, "FALSE IN THIS LETTER")
    judged = report.judged
    if judged is None or judged.letter is None:
        click.echo()
        prose("Nothing can be said of who signed it: this text is not a valid record.")
        return
    listed = [verdict for verdict in report.organizations if verdict.listed]
    signed = [verdict for verdict in listed if verdict.verdict is Verdict.SIGNED]
    click.echo()
    prose(_summary(report, len(listed), len(signed)))
    width = max((len(v.organization) for v in report.organizations if v.organization), default=0)
    for verdict, title, tint in _HEADINGS:
        those = [found for found in report.organizations if found.verdict is verdict]
        if not those:
            continue
        click.echo()
        click.secho(title, fg=tint, bold=True)
        for found in those:
            _organization(report, found, width)
    for path in report.unsigned_withdrawals:
        click.echo()
        prose(f"A withdrawal without a valid signature lies here and ends nothing: {path}")


def _summary(report: LetterReport, listed: int, signed: int) -> str:
    if listed == 0:
        return "This letter lists no signatories."
    if listed == 1:
        text = "The organization named in this letter has " + ("" if signed else "not ") + "signed exactly this text."
    elif signed == listed:
        text = (
            f"All {count(listed, 'organization', 'organizations')} named in this letter have signed exactly this text."
        )
    elif signed == 0:
        text = f"Of the {number_word(listed)} organizations named in this letter, none has signed exactly this text."
    else:
        have = "has" if signed == 1 else "have"
        text = (
            f"Of the {count(listed, 'organization', 'organizations')} named in this letter, "
            f"{number_word(signed)} {have} signed exactly this text."
        )
    if report.newest_signed is None:
        text += " Nobody has signed any revision of it."
    elif not any(v.verdict in {Verdict.SIGNED, Verdict.ENDORSED} for v in report.organizations):
        text += f" The newest revision that anyone signed is {report.newest_signed}."
    return text


def _organization(report: LetterReport, found: OrganizationVerdict, width: int) -> None:
    name = short(found.printed or found.record_name or "")
    if found.organization is None:
        click.echo(f"  {pad('(no id)', width)}   {name}")
    else:
        click.echo(f"  {pad(found.organization, width)}   {name}".rstrip())
    for note in _notes(report, found):
        prose(note, "      ")


def _notes(report: LetterReport, found: OrganizationVerdict) -> Iterator[str]:
    if found.organization is not None and found.printed is not None and found.record_name not in {None, found.printed}:
        yield f"printed so; its own key record calls it: {short(found.record_name or '')}"
    if found.verdict in {Verdict.SIGNED, Verdict.ENDORSED, Verdict.SIGNED_EARLIER}:
        for signature in found.signatures:
            if signature.revision == found.revision and signature.outcome is Outcome.VALID and not signature.withdrawal:
                yield f"key {signature.key}"
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
        if found.withdrawal.reason is not None:
            yield f"its reason: {short(found.withdrawal.reason, 400)}"
    if found.verdict in {Verdict.UNPROVEN, Verdict.INVALID}:
        for signature in found.signatures:
            if signature.outcome is Outcome.INVALID and signature.key is not None and signature.matches is None:
                yield (
                    f"revision {signature.revision}: a signature lies here, and it is not over this text: either the "
                    "text or the signature was changed"
                )
            elif signature.reason is not None:
                yield f"revision {signature.revision}: {signature.reason}"
    if found.later:
        yield f"signed revision {found.later[-1]}, a later text"
    if found.verdict in {Verdict.SIGNED, Verdict.ENDORSED} and any(
        s.key_status == "retired" and s.revision == found.revision for s in found.signatures
    ):
        yield "signed with a key that has been retired since; nothing independent shows which came first"


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
        place = safe(fault.path) + (f":{fault.line}" if fault.line is not None else "")
        field = f"{safe(fault.field)}: " if fault.field else ""
        prose(f"{place}", "  ", "    ")
        prose(f"{field}{safe(fault.message)} ({fault.error})", "      ")


def reliance(report: Report) -> None:
    """How far what was printed can be relied on, and what to do about it."""
    click.echo()
    click.secho("How far can you rely on this?", bold=True)
    _row("Text", _text(report))
    if len(report.letters) == 1 and report.letters[0].judged is not None:
        _row("", "its SHA-256, to compare aloud: " + digest_groups(report.letters[0].judged.digest))
    _row("Keys", _keys(report))
    _row("Time", "nothing independent shows when anyone signed. The dates in a letter are its own claim.")
    withdrawn = [v for item in report.letters for v in item.organizations if v.verdict is Verdict.WITHDRAWN]
    _row(
        "Withdrawals",
        f"{count(len(withdrawn), 'organization', 'organizations')} withdrew, see above; a newer copy may hold more."
        if withdrawn
        else "none in this copy; a newer copy may hold one.",
    )


def _row(label: str, text: str) -> None:
    prose(text, pad(f"  {label}", 15), " " * 15)


def _text(report: Report) -> str:
    valid = sum(
        1
        for item in report.letters
        for v in item.organizations
        for s in v.signatures
        if s.outcome is Outcome.VALID and not s.withdrawal and s.revision == item.revision
    )
    parts: list[str] = []
    if valid:
        parts.append(
            f"matches {_all(valid, 'signature')} over {'it' if len(report.letters) == 1 else 'the texts shown'}"
        )
    else:
        parts.append(f"no signature here holds for {'it' if len(report.letters) == 1 else 'any of them'}")
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


def _keys(report: Report) -> str:
    used = [
        v.organization
        for item in report.letters
        for v in item.organizations
        if v.organization is not None and any(s.evidence is not None for s in v.signatures)
    ]
    if not used:
        return "no signature here is by a key on record."
    return (
        "known only from this archive: whoever runs it could have invented them. Ask each organization, by a route "
        "that you already trust, to read you its key's fingerprint, and compare it with: "
        f"openletter keys show {used[0]}"
    )


def conclusion(report: Report) -> None:
    """The last sentence: what was, and what was not, established."""
    click.echo()
    if report.false:
        click.secho(
            f"Something false was found ({count(len(report.false), 'place', 'places')}, shown above). "
            "Don't rely on what it touches.",
            fg="red",
            bold=True,
        )
        return
    open_names = [
        v for item in report.letters for v in item.organizations if v.listed and v.verdict is not Verdict.SIGNED
    ]
    text = "Nothing false was found."
    if open_names:
        text += " That does not mean that everyone named has signed: read above who did."
    click.secho(text, bold=True)


def organization(report: OrganizationReport) -> None:
    """The key records of one organization."""
    click.secho(report.organization, bold=True, nl=False)
    click.echo(f"   {short(report.name or '(no valid key record)')}")
    for key in report.keys:
        kind = "" if key.algorithm == "ssh-ed25519" else "  (hardware key)"
        since = f" since {day(key.since)}" if key.since is not None else ""
        click.echo(f"  {key.fingerprint}  {key.status}{since}{kind}")
        if key.shared_with:
            prose(f"also listed by {', '.join(key.shared_with)}: it counts for neither", "      ")
    faults(report.faults, "FALSE IN ITS KEY RECORDS")
