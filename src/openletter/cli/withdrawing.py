"""``openletter withdraw``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from openletter.cli import keyfiles
from openletter.cli.environment import Environment, committer, pass_environment, today
from openletter.cli.terminal import (
    confirm,
    prose,
    quoted,
    remark,
)
from openletter.reports.plain import count, day

if TYPE_CHECKING:
    from openletter.api import Archive, Revision


@click.command()
@click.argument("letter", metavar="LETTER[@N]")
@click.option("--as", "organization", metavar="ORG", required=True, help="The organization that withdraws.")
@click.option("--key", "key_file", metavar="FILE", type=click.Path(path_type=Path), help=keyfiles.HELP)
@click.option("--reason", metavar="TEXT", help="Why, in the organization's own words. It will be public.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@pass_environment
def withdraw(
    environment: Environment, letter: str, organization: str, key_file: Path | None, reason: str | None, yes: bool
) -> None:
    """End an organization's support for a revision of a letter, and for every earlier one.

    Without @N the newest revision is meant. Nothing is erased: that it signed, and that it withdrew, both stay on
    record. Only its signature on a later revision renews its support.

    Example: openletter withdraw 2026/open-water-record --as alder.example --reason "Our board was not asked."
    """
    from openletter.records.names import parse_organization_id, parse_revision

    archive = environment.archive()
    keyfiles.complete(archive)
    parse_organization_id(organization)
    name, number = parse_revision(letter)
    revision = archive.revision(name, number)
    number = revision.letter.revision
    path = keyfiles.path(organization, key_file)
    date = today()
    public = keyfiles.public(path)
    if public is not None:
        # What can be refused is refused before anybody types a passphrase.
        archive.preview_withdrawal(name, number, organization, public, date=date, reason=reason)
    key = keyfiles.load(path)
    if archive.preview_withdrawal(name, number, organization, key.public, date=date, reason=reason) is None:
        _already(name, number, organization)
        return
    _present(archive, revision, organization, reason)
    if not confirm(f"Withdraw the support of {organization} for revision {number} of {name}?", yes=yes):
        click.echo("Nothing was recorded.")
        return
    recorded = archive.withdraw(
        name,
        number,
        organization,
        key,
        committer(archive.configured_identity()),
        digest=revision.digest,
        date=date,
        reason=reason,
    )
    if recorded is None:
        _already(name, number, organization)
        return
    click.echo()
    earlier = " and every earlier one" if number > 1 else ""
    prose(f"Withdrawn: {organization} does not support revision {number} of {name}{earlier}.")
    keyfiles.mention_unfinished(recorded)
    prose("Whoever has an older copy of this archive can't see it: tell the others.")
    prose(f"Check it with: openletter verify {name}@{number}")


def _already(name: str, number: int, organization: str) -> None:
    prose(f"{organization} has already withdrawn from revision {number} of {name}. Nothing was changed.")


def _present(archive: Archive, revision: Revision, organization: str, reason: str | None) -> None:
    """Say what is about to end."""
    from openletter.verify import Outcome

    letter = revision.letter
    report = archive.verify(f"{letter.letter}@{letter.revision}").letters[0]
    click.secho(f"{letter.letter}, revision {letter.revision}, dated {day(letter.date)}", bold=True)
    if letter.subject is not None:
        for line in quoted([letter.subject]):
            click.echo(line)
    click.echo()
    signed = sorted(
        {
            signature.revision
            for signature in report.signatures
            if signature.organization == organization
            and signature.outcome is Outcome.VALID
            and not signature.withdrawal
        }
    )
    before = max((w.revision for org, w in report.withdrawals if org == organization), default=0)
    ended = [number for number in signed if before < number <= letter.revision]
    if ended:
        which = ", ".join(str(number) for number in ended)
        prose(
            f"This ends the support that {organization} gave by its signature on "
            f"{count(len(ended), 'revision', 'revisions')}: {which}."
        )
    elif before:
        prose(f"{organization} withdrew from revision {before} before, and has signed none since up to this one.")
    else:
        prose(f"{organization} has signed no revision up to this one. It will be said that it does not support them.")
    if later := [number for number in signed if number > letter.revision]:
        remark(
            f"Note: its signature on revision {later[-1]} stands. To end that too: "
            f"openletter withdraw {letter.letter}@{later[-1]} --as {organization}"
        )
    if reason is None:
        prose("No reason is given.")
    else:
        prose("The reason that will be read:")
        for line in quoted(reason.split("\n")):
            click.echo(line)
    click.echo()
    erased = " Nothing is erased: that it signed stays on record too." if signed else ""
    prose(f"This will be public and permanent.{erased}")
