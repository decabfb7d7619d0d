"""``openletter audit``."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

import click

from openletter.cli.environment import Environment, pass_environment
from openletter.cli.status import FALSE
from openletter.cli.terminal import (
    barred,
    prose,
    told,
    write_json,
)
from openletter.reports import documents
from openletter.reports.plain import count, day

if TYPE_CHECKING:
    from openletter.api import AuditReport, HistoryFault
    from openletter.archive import There

_SHORT: Final = 12
"""How many digits of an id are shown."""

_NOUNS: Final = {
    "revisions": ("text of a letter", "texts of letters"),
    "signatures": ("signature over a letter", "signatures over letters"),
    "withdrawals": ("withdrawal", "withdrawals"),
    "withdrawal_signatures": ("signature over a withdrawal", "signatures over withdrawals"),
    "key_records": ("record of an organization's keys", "records of organizations' keys"),
    "key_record_signatures": ("signature over such a record", "signatures over such records"),
    "allowed_signers": ("list of keys for other programs", "lists of keys for other programs"),
    "checkpoints": ("checkpoint", "checkpoints"),
    "checkpoint_signatures": ("signature over a checkpoint", "signatures over checkpoints"),
    "timestamps": ("timestamp", "timestamps"),
}


@click.command()
@click.option(
    "--from", "since", metavar="COMMIT", help="Check only what came after this commit, named by its id in the history."
)
@click.option("--json", "as_json", is_flag=True, help="Print the facts as JSON (spec/json/audit.schema.json).")
@pass_environment
def audit(environment: Environment, since: str | None, as_json: bool) -> None:
    """Check the whole history: files only ever came in, and each was valid when it did.

    An archive grows in steps, which are called commits. Each is compared with the one before it, or with all of them
    where several were joined: no file of a letter or of a key may change or go, not even to come back later.

    \b
    Exit status: 0 nothing false was found; 1 something false was found; 2 wrong usage.

    \b
    Example: openletter audit
             openletter audit --from 4f3c2b1a0d9e
    """
    archive = environment.archive()
    shown = not as_json and sys.stderr.isatty()

    def advance(done: int) -> None:
        if shown:
            click.echo(f"\rChecking commits: {done}", nl=False, err=True)

    report = archive.audit(since, progress=advance)
    if shown:
        click.echo("\r\033[K", nl=False, err=True)
    status = FALSE if report.faults else 0
    if as_json:
        write_json(_document(report, status))
    else:
        _print(report)
    click.get_current_context().exit(status)


def _document(report: AuditReport, status: int) -> documents.Json:
    return {
        "format": "openletter-audit/1",
        "commit": report.commit,
        "since": report.since,
        "commits": report.commits,
        "roots": report.roots,
        "cut": report.cut,
        "first": None if report.first is None else report.first.isoformat(),
        "last": None if report.last is None else report.last.isoformat(),
        "arrived": dict(report.arrived),
        "faults": [asdict(fault) | {"path": fault.path or None, "before": _there(fault)} for fault in report.faults],
        "more_faults": report.more,
        "status": status,
    }


def _there(fault: HistoryFault) -> list[documents.Json]:
    return [asdict(there) for there in fault.before]


def _print(report: AuditReport) -> None:
    begin = "from the beginning " if report.since is None else f"after commit {report.since[:_SHORT]} "
    if report.since is None and report.cut:
        begin = ""  # it is not known where this began
    end = f"up to the newest, {report.commit[:_SHORT]}"
    if not report.commits:
        prose(f"There is no commit {begin.rstrip()}, {end}: nothing came in since.")
        return
    were = "was" if report.commits == 1 else "were"
    prose(
        f"{_capital(count(report.commits, 'commit', 'commits'))} {were} checked, {begin}{end}. "
        "A commit is a step by which an archive grows."
    )
    if report.first is not None and report.last is not None:
        days = [day(when.date().isoformat()) for when in (report.first, report.last)]
        dated = f"on {days[0]}" if days[0] == days[1] else f"from {days[0]} to {days[1]}"
        say = "It says of itself that it was" if report.commits == 1 else "They say of themselves that they were"
        prose(f"{say} made {dated}; nothing here proves it.")
    if report.roots > 1:
        prose(f"This history has {count(report.roots, 'beginning', 'beginnings')}, which were joined later.")
    click.echo()
    _print_arrived(report)
    _print_faults(report)
    if report.cut:
        click.echo()
        prose(
            f"COULD NOT BE ESTABLISHED: what came before "
            f"{'it' if report.commits == 1 else count(report.cut, 'of these commits', 'of these commits')}. "
            f"This copy was made without it, so what {'it' if report.commits == 1 else 'they'} held from before was "
            "taken as it is. To get the rest: "
            "git fetch --unshallow"
        )
    click.echo()
    _print_limits()
    click.echo()
    _print_conclusion(report)


def _print_arrived(report: AuditReport) -> None:
    came = [(number, _NOUNS[kind][number != 1]) for kind, number in report.arrived.items() if number]
    if not came:
        prose(f"No file of a letter or of a key came in by {'it' if report.commits == 1 else 'them'}.")
        return
    click.echo("What came in:")
    room = max(len(str(number)) for number, _ in came)
    for number, noun in came:
        click.echo(f"  {number:>{room}}  {noun}")


def _print_faults(report: AuditReport) -> None:
    if not report.faults:
        return
    click.echo()
    click.secho("FALSE IN THIS HISTORY", fg="red", bold=True)
    for fault in report.faults:
        line = f":{fault.line}" if fault.line is not None else ""
        field = f"{fault.field}: " if fault.field else ""
        place = fault.path + line if fault.path else "the commit itself"
        for shown in (
            *barred(place, "  "),
            *told(f"{field}{fault.message} ({fault.error})", "      ", "      "),
            *told(f"commit {fault.commit[:_SHORT]}{_contents(fault)}", "      ", "      "),
        ):
            click.echo(shown)
    if report.more:
        prose(f"and {count(report.more, 'more fault', 'more faults')}", "  ")


def _contents(fault: HistoryFault) -> str:
    if not fault.before:
        return ""
    before = " and ".join(map(_named, fault.before))
    return f"; before it: {before}; in it: {'nothing' if fault.after is None else _named(fault.after)}"


def _named(there: There) -> str:
    return f"{there.kind} ({there.id[:_SHORT]})"


def _print_limits() -> None:
    click.echo("What an audit can't show:")
    for limit in (
        "that this copy holds everything that exists: what was never given to it leaves no trace here",
        "that nobody replaced the whole history by another: for that, compare it with a copy that you or others kept",
        "when something happened, and who did it: dates and names of commits are claims",
        "which signatures count today, and for whom: that is what verify tells; openletter verify",
    ):
        prose(limit, "  ", "    ")


def _print_conclusion(report: AuditReport) -> None:
    if report.faults:
        places = count(len(report.faults) + report.more, "place", "places")
        shown = f"{len(report.faults)} of them shown above" if report.more else "shown above"
        text = f"Something false was found ({places}, {shown}). Don't rely on what it touches."
        click.secho("\n".join(told(text, "", "")), fg="red", bold=True)
        return
    text = "Nothing was changed or removed, and each file that came in was valid when it did."
    if report.cut:
        text = f"As far as this copy goes: {text[0].lower()}{text[1:]}"
    click.secho("\n".join(told(text, "", "")), bold=True)


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
