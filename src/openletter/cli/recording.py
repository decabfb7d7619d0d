"""``openletter init``, ``import``, ``add`` and ``revise``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from openletter.cli import keyfiles, likeness
from openletter.cli.environment import Environment, committer, pass_environment
from openletter.cli.terminal import (
    confirm,
    prose,
    quoted,
    remark,
    safe,
)
from openletter.errors import DocumentError, DraftError, NotAnArchive, OpenletterError, StorageError
from openletter.reports.plain import day, digest_groups

if TYPE_CHECKING:
    from openletter.api import Revision
    from openletter.intake.draft import Draft

_MOST = 1 << 24


@click.command()
@click.argument("path", metavar="PATH", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Don't ask where the folder is a git repository already.")
def init(path: Path, yes: bool) -> None:
    """Make a folder an archive of letters: a git repository, marked and ready.

    Example: openletter init letters
    """
    from openletter.api import Archive

    if (path / ".git").exists() and not _is_archive(path):
        click.echo(f"{safe(str(path))} is a git repository already. A file .gitattributes will be committed to it.")
        if not confirm("Make it an archive of letters?", yes=yes):
            click.echo("Nothing was changed.")
            return
    archive, recorded = Archive.init(path, committer(_configured(path)))
    if recorded is None:
        keyfiles.complete(archive)
        click.echo(f"{safe(str(archive.path))} is an archive already. Nothing was changed.")
        return
    click.echo(f"{safe(str(archive.path))} is now an archive of letters.")
    keyfiles.mention_unfinished(recorded)
    prose("Next, make a key with: openletter keygen ORG")
    prose("and a draft with: openletter import FILE")


def _is_archive(path: Path) -> bool:
    from openletter.api import Archive

    try:
        Archive.open(path)
    except NotAnArchive:
        return False
    return True


def _configured(path: Path) -> tuple[str | None, str | None]:
    from openletter.archive import configured_identity

    return configured_identity(path)


@click.command("import")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("-o", "--output", metavar="DRAFT", type=click.Path(path_type=Path), help="Where to write the draft.")
@click.option("--yes", is_flag=True, help="Don't ask before an existing DRAFT is replaced.")
@pass_environment
def import_(environment: Environment, file: Path, output: Path | None, yes: bool) -> None:
    """Make a draft out of a letter in Markdown or plain text, for a person to check.

    The draft is plain YAML. What was found, and what was unsure, is said; nothing is recorded. Without -o the draft is
    printed. FILE may be - for standard input. In an archive, printed organizations get the ids that are on record.

    Example: openletter import letter.md -o draft.yaml
    """
    from openletter.intake import document, draft

    data = _read(file, DocumentError)
    known = _organizations(environment)
    imported = document.read(data, name=str(file), organizations=known)
    text = draft.write(imported.fields, comments=imported.comments)
    for found in imported.remarks:
        remark(found)
    if output is None:
        click.echo(text, nl=False)
        return
    if output.exists() and not confirm(f"Replace {output}?", yes=yes):
        click.echo("Nothing was written.")
        return
    try:
        output.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise StorageError(
            f"the draft can't be written: {error.strerror}", path=str(output), hint="check the path"
        ) from error
    click.echo(f"The draft is in {safe(str(output))}")
    prose("Read it against the letter, mend it, then record it with:")
    click.echo(f"  openletter add {safe(str(output))} --letter YEAR/NAME")


def _organizations(environment: Environment) -> dict[str, str]:
    """The names of the organizations on record; none where the person is in no archive and names none."""
    try:
        archive = environment.archive()
    except NotAnArchive:
        if environment.archive_path is not None:
            raise
        return {}
    return {report.name: org for org, report in archive.organizations().items() if report.name is not None}


@click.command()
@click.argument("draft_file", metavar="DRAFT", type=click.Path(path_type=Path))
@click.option("--letter", metavar="YEAR/NAME", required=True, help="The id of the new letter.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@pass_environment
def add(environment: Environment, draft_file: Path, letter: str, yes: bool) -> None:
    """Record a draft as revision 1 of a new letter. DRAFT may be - for standard input.

    Example: openletter add draft.yaml --letter 2026/open-water-record
    """
    archive = environment.archive()
    keyfiles.complete(archive)
    draft = _draft(draft_file)
    preview = archive.preview_add(letter, draft, path=str(draft_file))
    likeness.say_of_list(preview.signatories, archive.organization_ids())
    prose(f"The draft will be recorded as {letter}, revision 1. This will be permanent: nothing is ever taken away.")
    if not confirm("Record it?", yes=yes):
        click.echo("Nothing was recorded.")
        return
    revision, recorded = archive.add(letter, draft, committer(archive.configured_identity()), path=str(draft_file))
    _recorded(revision)
    keyfiles.mention_unfinished(recorded)


@click.command()
@click.argument("letter", metavar="LETTER")
@click.argument("draft_file", metavar="DRAFT", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Don't ask.")
@pass_environment
def revise(environment: Environment, letter: str, draft_file: Path, yes: bool) -> None:
    """Record a draft as the next revision of a letter, chained to the one before. DRAFT may be - for standard input.

    Signatures stay with the text that they were made for: whoever signed an earlier revision is to be asked again.
    To begin from the newest text: openletter show LETTER --record > draft.yaml

    Example: openletter revise 2026/open-water-record draft.yaml
    """
    from openletter.cli.browsing import print_changes
    from openletter.records.difference import compare

    archive = environment.archive()
    keyfiles.complete(archive)
    draft = _draft(draft_file)
    before = archive.revision(letter)
    after = archive.preview_revise(letter, draft, path=str(draft_file))
    click.secho(f"{letter}, from revision {before.letter.revision} to revision {after.revision}", bold=True)
    print_changes(compare(before.letter, after))
    click.echo()
    likeness.say_of_list(after.signatories, archive.organization_ids())
    prose("This will be permanent: nothing is ever taken away.")
    if not confirm(f"Record it as revision {after.revision}?", yes=yes):
        click.echo("Nothing was recorded.")
        return
    revision, recorded = archive.revise(letter, draft, committer(archive.configured_identity()), path=str(draft_file))
    _recorded(revision)
    keyfiles.mention_unfinished(recorded)
    if signers := archive.signers(letter, before.letter.revision):
        prose(f"These signed revision {before.letter.revision}, not this one; ask them again: {', '.join(signers)}")


def _draft(file: Path) -> Draft:
    from openletter.intake import draft

    found = draft.read(_read(file, DraftError), path=str(file))
    for normalized in found.remarks:
        remark(normalized)
    return found


def _recorded(revision: Revision) -> None:
    letter = revision.letter
    click.echo()
    click.secho(f"Recorded: {letter.letter}, revision {letter.revision}, dated {day(letter.date)}", bold=True)
    if letter.subject is not None:
        for line in quoted([letter.subject]):
            click.echo(line)
    click.echo(f"  archive/{letter.letter}/{letter.revision:04}.yaml")
    prose("SHA-256 " + digest_groups(revision.digest), "  ", "          ")
    prose(f"To sign it: openletter sign {letter.letter}@{letter.revision} --as ORG")


def _read(file: Path, failure: type[OpenletterError]) -> bytes:
    hint = "check the path"
    try:
        if str(file) == "-":
            data = sys.stdin.buffer.read(_MOST + 1)
        else:
            with file.open("rb") as opened:
                data = opened.read(_MOST + 1)
    except OSError as error:
        raise failure(f"this can't be read: {error.strerror}", path=str(file), hint=hint) from error
    if len(data) > _MOST:
        raise failure("this is too large to be a letter", path=str(file), hint="give the letter alone, as text")
    if b"PRIVATE KEY-----" in data:
        raise failure(
            "this holds a private key, and a private key must never get into an archive",
            path=str(file),
            hint="give the letter, and keep the key where nobody else can read it",
        )
    return data
