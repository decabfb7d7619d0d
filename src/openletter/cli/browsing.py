"""``openletter list``, ``show``, ``log`` and ``diff``: reading an archive."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from openletter.cli.environment import Environment, authorities, pass_environment, pins
from openletter.cli.status import FALSE
from openletter.cli.terminal import (
    BAR,
    beside,
    chop,
    columns,
    inline,
    pad,
    prose,
    quoted,
    safe,
    told,
    width,
    write_json,
)
from openletter.errors import InputError
from openletter.reports import documents
from openletter.reports.plain import count, day, digest_groups, short

if TYPE_CHECKING:
    from openletter.api import Event
    from openletter.records import Letter
    from openletter.records.difference import FieldChange, Part
    from openletter.verify import LetterReport


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print the facts as JSON (spec/json/list.schema.json).")
@pass_environment
def list_(environment: Environment, as_json: bool) -> None:
    """List the letters: their newest revision, and how many of the organizations named have signed it.

    Example: openletter list
    """
    from openletter.errors import EmptyArchive

    try:
        report = environment.archive().verify(pins=pins(), authorities=authorities())
    except EmptyArchive as error:
        if as_json:
            write_json(documents.listing(None))
        else:
            prose(f"{error.message[0].upper()}{error.message[1:]}. To begin: {error.hint}")
        return
    rows = documents.listing(report)["letters"]
    status = FALSE if report.false else 0
    if as_json:
        write_json(documents.listing(report))
        click.get_current_context().exit(status)
    if not rows:
        prose("There is no letter in this archive yet.")
    width = max((len(str(row["letter"])) for row in rows), default=0)
    for row in rows:
        state = f"{row['signed']} of {row['listed']} signed" if row["listed"] else "lists nobody"
        if row["endorsed"]:
            state += f", {row['endorsed']} more"
        if row["faults"]:
            state = "SOMETHING FALSE: openletter verify " + str(row["letter"])
        click.secho(pad(str(row["letter"]), width), bold=True, nl=False)
        click.echo(f"  revision {row['revision'] or '?'}  {row['date'] or '?'}  {state}")
        if row["subject"]:
            for line in quoted([short(str(row["subject"]))]):
                click.echo(line)
    if report.false:
        prose("Something false was found in this archive; see what: openletter verify")
    click.get_current_context().exit(status)


@click.command()
@click.argument("letter", metavar="LETTER[@N]")
@click.option("--record", "as_record", is_flag=True, help="Write the exact bytes that are signed, and nothing else.")
@click.option("--json", "as_json", is_flag=True, help="Print the facts as JSON (spec/json/show.schema.json).")
@pass_environment
def show(environment: Environment, letter: str, as_record: bool, as_json: bool) -> None:
    """Show the text of a letter, out of the very bytes that are signed.

    \b
    Example: openletter show 2026/open-water-record@2
             openletter show 2026/open-water-record --record > draft.yaml
    """
    from openletter.records.names import parse_revision
    from openletter.records.text import as_lines

    name, number = parse_revision(letter)
    archive = environment.archive()
    revision = archive.revision(name, number)
    text = revision.letter
    if as_record:
        sys.stdout.flush()
        sys.stdout.buffer.write(revision.data)
        return
    if as_json:
        write_json(documents.show(revision))
        return
    newest = archive.revisions(name)[-1]
    which = "the newest" if text.revision == newest else f"the newest is {newest}"
    click.secho(
        f"{name}, revision {text.revision} ({which}), dated {day(text.date)}, language {text.language}", bold=True
    )
    click.echo()
    for line in quoted(as_lines(text)):
        click.echo(line)
    click.echo()
    print_note(text)
    if text.translation_of is not None:
        prose(f"It says that it translates the text with the SHA-256 {text.translation_of.removeprefix('sha256:')}.")
    prose("SHA-256 of this text: " + digest_groups(revision.digest), "", "  ")
    prose(f"A name in the text is a claim. Who signed it: openletter verify {name}@{text.revision}")


def print_note(letter: Letter) -> None:
    """Write what a revision says of itself, where it says anything."""
    if letter.note is not None:
        click.echo("What changed in this revision, by its own account:")
        for line in quoted(letter.note.split("\n")):
            click.echo(line)
        click.echo()


@click.command()
@click.argument("letter", metavar="LETTER")
@click.option("--json", "as_json", is_flag=True, help="Print the facts as JSON (spec/json/log.schema.json).")
@pass_environment
def log(environment: Environment, letter: str, as_json: bool) -> None:
    """Show how a letter came about: its revisions, oldest first, and who signed each.

    When something was recorded is what the archive says, and no evidence.

    Example: openletter log 2026/open-water-record
    """
    from openletter.records.names import parse_letter_id

    archive = environment.archive()
    whole = archive.verify(parse_letter_id(letter), pins=pins(), authorities=authorities())
    report, false = whole.letters[0], whole.false
    events = {event.path: event for event in archive.history(letter)}
    if as_json:
        write_json(documents.log(report, events))
    else:
        _print_log(report, events)
    click.get_current_context().exit(FALSE if false else 0)


def _print_log(report: LetterReport, events: dict[str, Event]) -> None:
    from openletter.cli import words

    before = None
    for found in report.revisions:
        path = f"archive/{report.letter}/{found.number:04}.yaml"
        dated = f", dated {day(found.letter.date)}" if found.letter is not None else ""
        click.secho(f"{report.letter}, revision {found.number}{dated}", bold=True)
        if path in events:
            for line in told(f"recorded on {_when(events[path])}, the archive says", "  "):
                click.echo(line)
        if found.letter is None:
            click.secho("  not a valid record", fg="red")
        else:
            if found.letter.note is not None:
                click.echo("  What changed, by its own account:")
                for line in quoted(found.letter.note.split("\n"), "  "):
                    click.echo(line)
            if before is not None:
                same = found.letter.same_wording(before)
                prose(
                    ("the words are those of the revision before" if same else "the words changed")
                    + f": openletter diff {report.letter}@{found.number - 1} @{found.number}",
                    "  ",
                )
        before = found.letter
        _print_signatures(report, found.number, events)
        prose("SHA-256 " + digest_groups(found.digest), "  ", "          ")
        click.echo()
    words.faults(report.faults, "FALSE IN THIS LETTER")
    prose(f"How far you can rely on these signatures: openletter verify {report.letter}")


def _print_signatures(report: LetterReport, number: int, events: dict[str, Event]) -> None:
    signatures = [signature for signature in report.signatures if signature.revision == number]
    if not signatures:
        click.echo("  no signature over it is here")
    names = {v.organization: v.printed or v.record_name or "" for v in report.organizations}
    for signature in signatures:
        act = "withdrew from it and every earlier one" if signature.withdrawal else "signed it"
        if signature.outcome.value in {"unproven", "disputed"}:
            act = f"{signature.outcome.value}{' withdrawal' if signature.withdrawal else ''}: {signature.reason or ''}"
        if signature.outcome.value == "invalid":
            act = f"FALSE: {signature.reason or ''}"
        for line in beside(f"  - {signature.organization}   ", names.get(signature.organization, ""), "    "):
            click.echo(line)
        said = f" (recorded on {_when(events[signature.path])}, the archive says)" if signature.path in events else ""
        for line in told(act + said, "      ", "      "):
            click.echo(line)


def _when(event: Event) -> str:
    on = day(event.when.date().isoformat()) if event.when is not None else "a day that no calendar has"
    return f"{on} by “{inline(event.committer, 40)}”"


@click.command()
@click.argument("older", metavar="LETTER[@A]")
@click.argument("newer", metavar="[@B]", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print the facts as JSON (spec/json/diff.schema.json).")
@pass_environment
def diff(environment: Environment, older: str, newer: str | None, as_json: bool) -> None:
    """Show what changed between two revisions, by words.

    Deleted words stand in [-brackets and minus-], inserted ones in {+braces and plus+}; on a terminal they are red and
    green as well. The sign ¶ in such marks is the end of a line that went or came. Without @B the newest revision is
    meant; without @A the one before it.

    Example: openletter diff 2026/open-water-record@2 @3
    """
    from openletter.records.difference import compare
    from openletter.records.names import parse_number, parse_revision

    archive = environment.archive()
    name, first = parse_revision(older)
    numbers = archive.revisions(name)
    if newer is not None and not newer.startswith("@"):
        other, second = parse_revision(newer)
        if other != name:
            raise InputError(
                "two revisions of one letter are compared", hint=f"for example: openletter diff {name}@1 @2"
            )
    else:
        second = parse_number(newer[1:]) if newer is not None else None
    second = numbers[-1] if second is None and numbers else second
    if first is None:
        first = (second or 1) - 1
    if first == 0:
        raise InputError(f"{name} has no revision before the first one", hint=f"to read it: openletter show {name}@1")
    before, after = archive.revision(name, first), archive.revision(name, second)
    changes = compare(before.letter, after.letter)
    same = before.letter.same_wording(after.letter)
    if as_json:
        write_json(documents.diff(before, after))
        return
    click.secho(f"{name}, from revision {before.letter.revision} to revision {after.letter.revision}", bold=True)
    if not changes:
        click.echo("Nothing differs.")
        return
    click.echo("The wording is the same." if same else "The wording differs.")
    print_changes(changes)


_TITLES = {
    "date_line": "date as printed",
    "signatories": "signatories (a name here is a claim)",
    "copies": "copies to",
    "translation_of": "translation of",
    "note": "note on what changed",
}


def print_changes(changes: tuple[FieldChange, ...]) -> None:
    """Write what changed, field by field; long runs of unchanged lines are left out."""
    click.echo("Deleted: [-words-]   Inserted: {+words+}")
    for change in changes:
        click.echo()
        click.secho(_TITLES.get(change.field, change.field), bold=True)
        changed = {place for place, line in enumerate(change.lines) if any(part.kind != "same" for part in line)}
        near = {place + step for place in changed for step in (-1, 0, 1)}
        skipped = 0
        for place, line in enumerate(change.lines):
            if place not in near:
                skipped += 1
                continue
            if skipped:
                click.echo(f"  ({count(skipped, 'line', 'lines')} unchanged)")
            skipped = 0
            for shown in quoted_parts(line):
                click.echo(shown)
        if skipped:
            click.echo(f"  ({count(skipped, 'line', 'lines')} unchanged)")


_BREAK = "¶"
_MARKS = {"deleted": ("[-", "-]", "red"), "inserted": ("{+", "+}", "green")}


def quoted_parts(line: tuple[Part, ...]) -> list[str]:
    """One line in parts, marked, behind a bar; marks that the text itself holds get a backslash."""
    if all(part.kind == "same" and not part.text for part in line):
        return [BAR.rstrip()]
    lines: list[str] = [BAR]
    used = len(BAR)
    for part in line:
        text = safe(part.text) or _BREAK
        for mark in ("[-", "-]", "{+", "+}"):
            text = text.replace(mark, mark[0] + "\\" + mark[1])
        opening, closing, tint = _MARKS.get(part.kind, ("", "", ""))
        for position, word in enumerate((opening + text + closing).split(" ")):
            glue = " " if position else ""
            if used + len(glue) + columns(word) > width() and used > len(BAR):
                lines.append(BAR)
                used, glue = len(BAR), ""
            for number, piece in enumerate(chop(word, width() - len(BAR))):
                if number:
                    lines.append(BAR)
                    used, glue = len(BAR), ""
                lines[-1] += click.style(glue + piece, fg=tint or None) if tint else glue + piece
                used += columns(glue + piece)
    return lines
