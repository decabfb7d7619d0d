"""Verdicts in words, for people who have never heard of keys (``spec/verification.md``, "Words").

An organization's id comes first: verdicts are about it. The printed name is a claim beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import click

from openletter.cli import likeness
from openletter.cli.terminal import (
    barred,
    beside,
    pad,
    prose,
    quoted,
    told,
    width,
    wrap,
)
from openletter.reports import remarks as remarks_on
from openletter.reports import sentences
from openletter.reports.plain import count, day, digest_groups, listed, number_word, short
from openletter.verify import (
    CONFIRMED,
    Evidence,
    Fault,
    LetterReport,
    OrganizationReport,
    OrganizationVerdict,
    Report,
    State,
    Verdict,
)

_TINTS: Final = {
    Verdict.SIGNED: "green",
    Verdict.ENDORSED: "green",
    Verdict.INVALID: "red",
}


def heading(report: LetterReport, *, archived: bool = True) -> None:
    """Which text this is about."""
    judged = report.judged
    if judged is None:
        click.secho(report.letter, bold=True)
        return
    if report.revision == report.newest:
        which = "the newest" if report.newest != 1 else "the only one"
    else:
        which = f"the newest is {report.newest}"
    which += "" if archived else " in this file"
    dated = f", dated {day(judged.letter.date)}" if judged.letter is not None else ""
    click.secho(f"{report.letter}, revision {report.revision} ({which}){dated}", bold=True)
    if judged.letter is not None and judged.letter.subject is not None:
        for line in quoted([short(judged.letter.subject)]):
            click.echo(line)


def letter(report: LetterReport, known: Sequence[str] = (), *, archived: bool = True) -> None:
    """What was found of one letter; `known` are the ids that names could be taken for besides those in it.

    What is `archived` has commands that tell more; a file that travels doesn't.
    """
    heading(report, archived=archived)
    faults(report.faults, "FALSE IN THIS LETTER")
    judged = report.judged
    if judged is None or judged.letter is None:
        click.echo()
        prose("Nothing can be said of who signed it: this text is not a valid record.")
        sound = [r.number for r in report.revisions if r.letter is not None]
        if sound:
            prose(f"The newest revision that can be judged: openletter verify {report.letter}@{sound[-1]}")
        return
    click.echo()
    prose(sentences.summary(report))
    lengths = (len(v.organization) for v in report.organizations if v.organization)
    longest = max((length for length in lengths if length <= width() // 2), default=0)
    pairs = list(zip(report.organizations, remarks_on.of_letter(report, known), strict=True))
    for verdict, title in sentences.HEADINGS.items():
        those = [(found, remarks) for found, remarks in pairs if found.verdict is verdict]
        if not those:
            continue
        click.echo()
        click.secho(title.upper(), fg=_TINTS.get(verdict, "yellow"), bold=True)
        for found, remarks in those:
            _organization(report, found, remarks, longest, archived=archived)
    for path in report.unsigned_withdrawals:
        click.echo()
        prose(f"A withdrawal without a valid signature lies here and ends nothing: {path}")


def _organization(
    report: LetterReport, found: OrganizationVerdict, remarks: remarks_on.Remarks, longest: int, *, archived: bool
) -> None:
    start = f"  {pad(found.organization or '(no id)', longest)}   "
    for line in beside(start, found.printed or found.record_name or "", "    "):
        click.echo(line)
    if found.organization is not None and found.printed is not None and found.record_name not in {None, found.printed}:
        for line in told(f"printed so; its own key record calls it “{found.record_name}”", "      ", "      "):
            click.echo(line)
    likeness.say(remarks, "      ")
    for note in sentences.notes(found):
        prose(note, "      ")
    if found.verdict is Verdict.SIGNED_EARLIER and archived:
        prose(f"what changed: openletter diff {report.letter}@{found.revision} @{report.revision}", "      ")
    if found.verdict in {Verdict.DISPUTED, Verdict.UNPROVEN, Verdict.INVALID}:
        for signature in found.signatures:
            if signature.reason is not None:
                for line in told(sentences.fault_of(signature), "      ", "      "):
                    click.echo(line)
    withdrawal = found.withdrawal
    if withdrawal is not None and found.verdict is Verdict.WITHDRAWN and withdrawal.reason is not None:
        click.echo("      its reason:")
        for line in quoted(short(withdrawal.reason, 2000).split("\n"), "      "):
            click.echo(line)


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


def reliance(report: Report, *, history: str | None, file: str | None = None, command: str = "openletter") -> None:
    """How far what was printed can be relied on, and what to do about it.

    `history` says why no history could be looked at, `file` what was found of the file that the evidence came in, and
    `command` how a command on it begins.
    """
    click.echo()
    click.secho("How far can you rely on this?", bold=True)
    _row("Text", sentences.texts(report))
    if len(report.letters) == 1 and report.letters[0].judged is not None:
        _row("", "its SHA-256, to compare aloud: " + digest_groups(report.letters[0].judged.digest))
    if file is not None:
        _row("File", file)
    keys, unknown = _keys(report, command, archived=file is None)
    _row("Keys", keys)
    if unknown is not None:
        _row("", f"Where it is the same, say so: {command} trust add {unknown} FINGERPRINT")
    _row("Time", sentences.time(report))
    _row("Withdrawals", sentences.withdrawals(report))
    if history is not None:
        _row("History", history)
    if (told := _checkpoints(report)) is not None:
        _row("Checkpoints", told)


def _checkpoints(report: Report) -> str | None:
    """What organizations say that they saw, and whether it is still there; `None` where none says anything."""
    signed = [item for item in report.checkpoints if item.signed]
    found = [item for item in signed if item.state is State.MATCHES]
    unknown = sum(item.state is State.UNKNOWN for item in signed)
    parts: list[str] = []
    if found:
        who = listed(sorted({item.organization for item in found})[:10])
        saw = "it saw" if len(found) == 1 else "they saw"
        parts.append(f"{number_word(len(found))} by {who}: what {saw} is part of this history.")
        parts.append("That nothing was changed or removed since, another command says: openletter audit")
    if unknown:
        parts.append(f"{number_word(unknown)} could not be checked, for part of the history isn't here.")
    return " ".join(parts) or None


def _row(label: str, text: str) -> None:
    prose(text, pad(f"  {label}", 15), " " * 15)


def _keys(report: Report, command: str, *, archived: bool) -> tuple[str, str | None]:
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
        where = "this archive" if archived else "this file"
        known = f"known only from {where}"
        which = known if len(recorded) == len(strongest) else f"{known}: {_some(recorded)}"
        joint = ":" if len(recorded) == len(strongest) else ";"
        maker = "runs it" if archived else "made it"
        parts.append(
            f"{which}{joint} whoever {maker} could have invented them. Ask each organization, by a route that you "
            f"already trust, to read you its key's fingerprint, and compare it with: {command} keys show {recorded[0]}"
        )
    return " ".join(parts), recorded[0] if recorded else None


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")


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


def organization(report: OrganizationReport, remarks: remarks_on.Remarks) -> None:
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
        prose(sentences.how_known(key.evidence, key.vouched_by), "      ")
        if (told := sentences.key_history(key)) is not None:
            prose(told, "      ")
        if key.vouched_unpinned:
            prose(f"also confirmed by {listed(key.vouched_unpinned)}, whose own keys you have not confirmed", "      ")
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
    if (waits := sentences.waiting(report)) is not None:
        prose(waits, "  ")
    faults(report.faults, "FALSE IN ITS KEY RECORDS")
