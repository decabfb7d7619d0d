"""``openletter sign``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from openletter.cli import keyfiles, likeness
from openletter.cli.environment import Environment, committer, pass_environment
from openletter.cli.terminal import (
    barred,
    confirm,
    prose,
    quoted,
    remark,
)
from openletter.reports.plain import day, digest_groups

if TYPE_CHECKING:
    from openletter.api import Archive, Revision


@click.command()
@click.argument("letter", metavar="LETTER[@N]")
@click.option("--as", "organization", metavar="ORG", required=True, help="The organization that signs.")
@click.option("--key", "key_file", metavar="FILE", type=click.Path(path_type=Path), help=keyfiles.HELP)
@click.option("--yes", is_flag=True, help="Don't ask; the text is shown all the same.")
@pass_environment
def sign(environment: Environment, letter: str, organization: str, key_file: Path | None, yes: bool) -> None:
    """Sign a revision for an organization: show its text, ask, and record the signature.

    The signature holds for exactly this text, and for no later one. It will be public and permanent.

    Example: openletter sign 2026/open-water-record@3 --as alder.example --key ~/alder-key
    """
    from openletter.records.names import parse_organization_id, parse_revision

    archive = environment.archive()
    keyfiles.complete(archive)
    parse_organization_id(organization)
    name, number = parse_revision(letter)
    revision = archive.revision(name, number)
    number = revision.letter.revision
    path = keyfiles.path(organization, key_file)
    public = keyfiles.public(path)
    if public is not None:
        # What can be refused is refused before anybody types a passphrase.
        archive.check_signable(name, number, organization, public)
        if archive.signed_with(name, number, organization, public):
            _already(name, number, organization)
            return
    key = keyfiles.load(path)
    archive.check_signable(name, number, organization, key.public)
    if archive.signed_with(name, number, organization, key.public):
        _already(name, number, organization)
        return
    _present(archive, revision, organization)
    prose(f"You sign as {organization}, with the key {key.public.fingerprint}.")
    click.echo()
    prose(
        "With it goes a checkpoint, signed by the same key: it says what this archive holds now, so that nothing of "
        "that can be lost or changed unnoticed."
    )
    prose("This will be public and permanent; you can withdraw it, not erase it.")
    if not confirm(f"Sign revision {number} of {name} for {organization}?", yes=yes):
        click.echo("Nothing was signed.")
        return
    signed = archive.sign(
        name, number, organization, key, committer(archive.configured_identity()), digest=revision.digest
    )
    if signed is None:
        _already(name, number, organization)
        return
    click.echo()
    prose(f"Signed: {organization} has signed revision {number} of {name}.")
    prose(f"The signature is archive/{name}/{number:04}.{organization}.{key.public.short}.sig")
    if signed.checkpoint is not None:
        prose(f"The checkpoint is {signed.checkpoint}")
    else:
        for line in barred(
            f"no checkpoint goes with it, for none can be made of this archive: {signed.lacks}", "Note: "
        ):
            click.echo(line, err=True)
    keyfiles.mention_unfinished(signed.recorded)
    prose(f"Check it with: openletter verify {name}@{number}")


def _already(name: str, number: int, organization: str) -> None:
    prose(f"{organization} has already signed revision {number} of {name} with this key. Nothing was changed.")


def _present(archive: Archive, revision: Revision, organization: str) -> None:
    """Show what is about to be signed, out of the bytes that will be signed."""
    from openletter.cli.browsing import print_changes, print_note
    from openletter.records.difference import compare
    from openletter.records.text import as_lines

    letter = revision.letter
    whole = archive.verify(f"{letter.letter}@{letter.revision}")
    report = whole.letters[0]
    mine = next((verdict for verdict in report.organizations if verdict.organization == organization), None)
    earlier = mine.revision if mine is not None and mine.revision != letter.revision else None
    click.secho(
        f"You are about to sign {letter.letter}, revision {letter.revision}, dated {day(letter.date)}.", bold=True
    )
    if report.newest != letter.revision:
        remark(f"Note: this is not the newest revision; that is {report.newest}.")
    click.echo()
    for line in quoted(as_lines(letter)):
        click.echo(line)
    click.echo()
    print_note(letter)
    if earlier is not None:
        before = archive.revision(letter.letter, earlier)
        prose(f"{organization} signed revision {earlier} before. What has changed since:")
        print_changes(compare(before.letter, letter))
        click.echo()
    elif letter.revision > 1:
        prose(f"{organization} has signed no earlier revision of this letter.")
    listed = letter.listed(organization)
    if listed is None:
        prose(
            f"This letter doesn't name {organization}. Your signature will be shown as an endorsement by an "
            "organization that is not named in it."
        )
    else:
        prose(f"The letter names {organization} as:")
        for line in quoted([listed.printed]):
            click.echo(line)
    likeness.say_of_list(letter.signatories, whole.known)
    prose("SHA-256 of this text, to compare with others aloud:")
    prose(digest_groups(revision.digest), "  ")
    click.echo()
