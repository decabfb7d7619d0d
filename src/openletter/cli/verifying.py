"""``openletter verify``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Final

import click

from openletter.cli import carried, remembering, words
from openletter.cli.environment import Environment, authorities, pass_environment, pins
from openletter.cli.status import FALSE, NOT_MET
from openletter.cli.terminal import (
    prose,
    safe,
    write_json,
)
from openletter.reports import documents, sentences

if TYPE_CHECKING:
    from pathlib import Path

    from openletter.api.remembering import Remembered
    from openletter.verify import Demand, Report, Trust

_IN_FULL: Final = 20
"""Up to so many letters, a whole archive is shown in full; above, a line each and what is false."""


_NO_HISTORY: Final = "could not be looked at: this is a folder without git."


@click.command()
@click.argument("letters", metavar="[LETTER[@N] ... | FILE]", nargs=-1)
@click.option("--require", metavar="all|N|ORG,...", help="Who must have signed this very text; else exit status 3.")
@click.option(
    "--trust",
    metavar="pinned|vouched:N|recorded",
    help="How the keys must be known for a signature to count: confirmed by you, by N organizations that you trust, or "
    "by this archive alone; else exit status 3.",
)
@click.option("--no-memory", is_flag=True, help="Neither look up what you saw of this archive before, nor remember it.")
@click.option("--json", "as_json", is_flag=True, help="Print the facts as JSON (spec/json/verify.schema.json).")
@pass_environment
def verify(
    environment: Environment,
    letters: tuple[str, ...],
    require: str | None,
    trust: str | None,
    no_memory: bool,
    as_json: bool,
) -> None:
    """Check letters: which organizations signed which text, and how far you can rely on it.

    Without a LETTER the whole archive is checked. LETTER is YEAR/NAME; without @N the newest revision is meant.
    A FILE that carries a letter with its evidence (.html, .pdf, .json) is checked by itself, without any archive.
    A folder without git, such as an unpacked download, can be checked too: openletter --archive FOLDER verify

    \b
    Exit status: 0 nothing false was found; 1 something false was found;
                 2 wrong usage; 3 nothing false, but --require or --trust was not met.

    \b
    Example: openletter verify 2026/open-water-record@3
             openletter verify --require alder.example,birch.example 2026/open-water-record
             openletter verify --require 3 --trust vouched:2 2026/open-water-record
             openletter verify open-water-record.html
    """
    from openletter.verify import Demand, Trust

    demand = Demand.parse(require) if require is not None else None
    evidence = Trust.parse(trust) if trust is not None else Trust()
    if (path := carried.file_in(letters)) is not None:
        _file(path, demand, evidence, require=require, trust=trust, as_json=as_json)
        return
    archive = environment.archive()
    progress = (
        click.progressbar(length=1, label="Checking letters", file=sys.stderr)
        if not letters and not as_json and sys.stderr.isatty()
        else nullcontext()
    )
    with progress as bar:

        def advance(done: int, total: int) -> None:
            if bar is not None:
                bar.length = total
                bar.update(done - bar.pos)

        report = archive.verify(*letters, pins=pins(), authorities=authorities(), progress=advance)
    unmet = _unmet(report, demand, evidence, trust)
    demanded = demand is not None or trust is not None
    met = not demanded or (bool(unmet) and not any(reasons for _, reasons in unmet))
    seen = remembering.recollect(archive, report, memory=not no_memory)
    status = FALSE if report.false or remembering.contradicts(seen) else 0 if met else NOT_MET
    if as_json:
        document = documents.report(report, require=require, trust=trust, met=met, unmet=unmet, status=status)
        write_json(document | {"memory": remembering.document(seen)})
    else:
        _print(report, seen, has_history=archive.has_history)
        if demanded:
            _print_demand(require, trust, unmet, met=met)
    click.get_current_context().exit(status)


def _unmet(
    report: Report, demand: Demand | None, evidence: Trust, trust: str | None
) -> list[tuple[str, tuple[str, ...]]]:
    """What is lacking of what was demanded, for each letter."""
    return [
        (
            f"{found.letter}@{found.revision}" if found.revision is not None else found.letter,
            tuple(demand.unmet(found, evidence) if demand is not None else evidence.unmet(found)),
        )
        for found in report.letters
        if demand is not None or trust is not None
    ]


def _file(
    path: Path, demand: Demand | None, evidence: Trust, *, require: str | None, trust: str | None, as_json: bool
) -> None:
    """Judge the evidence in a file by itself, and what the file shows beside it."""
    found = carried.judge(path, pins(), authorities())
    unmet = _unmet(found.report, demand, evidence, trust)
    demanded = demand is not None or trust is not None
    met = not demanded or not any(reasons for _, reasons in unmet)
    status = FALSE if found.report.false else 0 if met else NOT_MET
    if as_json:
        document = documents.report(found.report, require=require, trust=trust, met=met, unmet=unmet, status=status)
        write_json(document | {"memory": None, "file": found.document()})
    else:
        carried.say(found)
        if demanded:
            _print_demand(require, trust, unmet, met=met)
    click.get_current_context().exit(status)


def _print(report: Report, seen: Remembered | None, *, has_history: bool) -> None:
    in_full = not report.whole or len(report.letters) <= _IN_FULL
    for position, found in enumerate(report.letters):
        if in_full:
            if position:
                click.echo("\n")
            words.letter(found, report.known)
        elif found.faults:
            words.heading(found)
            words.faults(found.faults, "FALSE IN THIS LETTER")
    if not in_full:
        click.echo(
            f"{len(report.letters)} letters were checked. One of them: openletter verify LETTER; all: openletter list"
        )
    if not report.letters:
        prose("There is no letter in this archive yet; only key records were checked.")
    for organization in report.organizations:
        if (waits := sentences.waiting(organization)) is not None:
            click.echo()
            prose(waits)
        if organization.faults:
            words.faults(organization.faults, f"FALSE IN THE KEY RECORDS OF {organization.organization}")
    words.faults(report.faults, "WHAT HAS NO PLACE IN AN ARCHIVE")
    remembering.say(seen)
    if report.letters:
        words.reliance(report, history=None if has_history else _NO_HISTORY)
        remembering.row(seen)
    if report.false or not remembering.contradicts(seen):
        words.conclusion(report)
    remembering.conclusion(seen)


def _print_demand(
    require: str | None, trust: str | None, unmet: Sequence[tuple[str, Sequence[str]]], *, met: bool
) -> None:
    demand = " ".join(
        f"{option} {value}" for option, value in (("--require", require), ("--trust", trust)) if value is not None
    )
    click.echo()
    if met:
        click.echo(f"What was demanded ({demand}) is met.")
        return
    click.secho(f"What was demanded ({demand}) is not met:", fg="yellow", bold=True)
    for letter, reasons in unmet:
        for reason in reasons:
            prose(f"{letter}: {safe(reason)}", "  ", "    ")
