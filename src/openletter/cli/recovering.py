"""``openletter keys recover`` and ``openletter keys authorize``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from openletter.cli import keyfiles, keytexts, likeness
from openletter.cli.doubting import what_it_signed
from openletter.cli.environment import Environment, committer, pass_environment, today
from openletter.cli.terminal import (
    confirm,
    prose,
    quoted,
    remark,
)
from openletter.errors import InputError
from openletter.reports import remarks as remarks_on

if TYPE_CHECKING:
    from openletter.api import Archive
    from openletter.records import Organization
    from openletter.verify import OrganizationReport


@click.command()
@click.argument("organization", metavar="ORG")
@click.option(
    "--new",
    "new_file",
    metavar="FILE",
    required=True,
    type=click.Path(path_type=Path),
    help="The new private key; openletter keygen ORG -o FILE makes one.",
)
@click.option(
    "--compromised",
    metavar="FINGERPRINT",
    multiple=True,
    help="An old key that is in other hands, with --since; can be given again for another. The others are retired.",
)
@click.option(
    "--since",
    metavar="DATE",
    multiple=True,
    help="The day from which what that key signed is doubted, such as 2026-05-14; one for each --compromised.",
)
@click.option("--note", metavar="TEXT", help=keytexts.NOTE_HELP)
@click.option("--yes", is_flag=True, help="Don't ask.")
@pass_environment
def recover(
    environment: Environment,
    organization: str,
    new_file: Path,
    compromised: tuple[str, ...],
    since: tuple[str, ...],
    note: str | None,
    yes: bool,
) -> None:
    """Ask the organizations that are named for recovery to agree to a new key, where no old one can sign.

    The record waits until enough of them agree, and counts for nothing before. All old keys are retired with it.

    Example: openletter keys recover alder.example --new ~/alder-key-2
    """
    from openletter.records.names import parse_organization_id

    archive = environment.archive()
    keyfiles.complete(archive)
    parse_organization_id(organization)
    doubted = _doubted(compromised, since)
    date = today()
    public = keyfiles.public(new_file)
    if public is not None:
        # What can be refused is refused before anybody types a passphrase.
        archive.preview_recovery(organization, public, compromised=doubted, date=date, note=note)
    key = keyfiles.load(new_file)
    record = archive.preview_recovery(organization, key.public, compromised=doubted, date=date, note=note)
    before = archive.key_record(organization).record
    prose(f"You ask for key record {record.record} of {organization}. Once enough agree, it will say:")
    keytexts.changes(before, record)
    if record.recovery is not None:
        prose(f"It needs the agreement of {keytexts.together(record.recovery)}.")
    click.echo()
    for fingerprint, from_day in doubted.items():
        what_it_signed(archive, organization, fingerprint, from_day)
    if any(key.status == "active" for key in before.keys):
        prose(
            "This is for keys that are lost or stolen. With an active key that nobody else has, sign instead: "
            f"openletter keys rotate {organization} --new FILE"
        )
    prose(
        "This will be public and permanent. While it waits, no other key record of this organization can be recorded. "
        "Verifiers who confirmed an old key of it are told that this one doesn't come from it."
    )
    if not confirm(f"Ask for this key of {organization}?", yes=yes):
        click.echo("Nothing was recorded.")
        return
    keyfiles.record(archive, record, key)
    keytexts.asked(archive.organization(organization))


def _doubted(fingerprints: Sequence[str], days: Sequence[str]) -> dict[str, str]:
    if len(fingerprints) != len(days) or len(set(fingerprints)) != len(fingerprints):
        raise InputError(
            "each --compromised has a --since of its own, and each key is named once",
            hint="for example --compromised SHA256:… --since 2026-05-14",
        )
    return dict(zip(fingerprints, days, strict=True))


@click.command()
@click.argument("organization", metavar="ORG")
@click.option("--as", "other", metavar="OTHER", required=True, help="The organization that agrees.")
@click.option(
    "--key",
    "key_file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The private key of OTHER. Without this, the one that keygen made for it.",
)
@click.option("--yes", is_flag=True, help="Don't ask; what is agreed to is shown all the same.")
@pass_environment
def authorize(environment: Environment, organization: str, other: str, key_file: Path | None, yes: bool) -> None:
    """Agree, for an organization that is named for recovery, to the key record of ORG that waits.

    It shows what would change, and asks. Check it with ORG first, by a route that you trust.

    Example: openletter keys authorize alder.example --as birch.example
    """
    from openletter.records.names import parse_organization_id

    archive = environment.archive()
    keyfiles.complete(archive)
    parse_organization_id(organization)
    parse_organization_id(other)
    waiting = archive.waiting_record(organization)
    path = keyfiles.path(other, key_file)
    public = keyfiles.public(path)
    # What can be refused is refused before anybody types a passphrase.
    if public is not None and not archive.check_authorizable(organization, other, public):
        _already(archive, organization, other)
        return
    key = keyfiles.load(path)
    if not archive.check_authorizable(organization, other, key.public):
        _already(archive, organization, other)
        return
    report = archive.organization(organization)
    _present(archive, report, waiting.record, other)
    if not confirm(f"Agree to this for {other}?", yes=yes):
        click.echo("Nothing was recorded.")
        return
    recorded = archive.authorize(
        organization, other, key, committer(archive.configured_identity()), digest=waiting.digest
    )
    if recorded is None:
        _already(archive, organization, other)
        return
    click.echo()
    prose(f"Agreed: {other} has signed record {waiting.record.record} of {organization}.")
    keyfiles.mention_unfinished(recorded)
    keytexts.outcome(archive.organization(organization), waiting.record.record)


def _already(archive: Archive, organization: str, other: str) -> None:
    prose(f"{other} has agreed already, with this key. Nothing was changed.")
    prose(keytexts.agreement(archive.organization(organization)))


def _present(archive: Archive, report: OrganizationReport, record: Organization, other: str) -> None:
    """Show what is about to be agreed to, out of the bytes that will be signed."""
    organization = report.organization
    who(archive, report)
    before = archive.key_record(organization).record
    if record.basis == "recovery":
        prose(
            f"Record {record.record} of {organization} asks for new keys, and needs none of its old ones for that. "
            "It would say:"
        )
    else:
        prose(
            f"Record {record.record} of {organization} would change who can give it new keys. One of its own keys "
            "signed it. It would say:"
        )
    keytexts.changes(before, record)
    if record.name != before.name:
        others = (other for other in archive.organizations().values() if other.organization != organization)
        likeness.say(remarks_on.of_new(organization, record.name, others), "")
    click.echo()
    prose(keytexts.agreement(report))
    for agreed, status in archive.agreed_by(organization).items():
        if status != "active":
            remark(f"Note: {agreed} agreed by a key that is {status} now: ask it whether it was that organization.")
    prose(
        "Whoever can write to this archive can ask for that, a thief too. Call people of this organization whom you "
        "knew before, at a number that you had before. Ask whether this is theirs, and let them read you every "
        "fingerprint that is new. Don't use an address or a number that came with the request."
    )
    click.echo()
    prose(f"Agreeing for {other} will be public and permanent, and can't be taken back.")


def who(archive: Archive, report: OrganizationReport) -> None:
    """The organization that somebody is asked about, and what of its id or its name could deceive."""
    click.secho(report.organization, bold=True)
    for line in quoted([report.name or ""]):
        click.echo(line)
    likeness.say(remarks_on.of_keys([report], archive.organization_ids())[0], "")
    click.echo()
