"""``openletter keys rotate`` and ``openletter keys retire``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from openletter.cli import keyfiles, keytexts
from openletter.cli.environment import Environment, pass_environment, today
from openletter.cli.terminal import (
    confirm,
    prose,
    remark,
    safe,
)
from openletter.errors import InputError

if TYPE_CHECKING:
    from openletter.keys import PublicKey
    from openletter.records import Organization

SIGNER_HELP = "An active private key of ORG, which signs this. Without this option, the one that keygen made for ORG."


@click.command()
@click.argument("organization", metavar="ORG")
@click.option("--key", "key_file", metavar="FILE", type=click.Path(path_type=Path), help=SIGNER_HELP)
@click.option(
    "--new",
    "new_file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The new private key; openletter keygen ORG -o FILE makes one.",
)
@click.option("--keep", is_flag=True, help="Let the key that signs this stay active beside the new one.")
@keytexts.recovery_options
@click.option("--note", metavar="TEXT", help=keytexts.NOTE_HELP)
@click.option("--yes", is_flag=True, help="Don't ask.")
@pass_environment
def rotate(
    environment: Environment,
    organization: str,
    key_file: Path | None,
    new_file: Path | None,
    keep: bool,
    recovery: str | None,
    threshold: int | None,
    note: str | None,
    yes: bool,
) -> None:
    """Record a new key of an organization, or who can give it new keys when all are lost.

    The new key takes the place of the one that signs this, which is retired: what it signed stays signed. Where
    others are named for recovery already, they must agree to a change of that.

    Example: openletter keys rotate alder.example --new ~/alder-key-2 --key ~/alder-key
    """
    from openletter.records.names import parse_organization_id

    archive = environment.archive()
    keyfiles.complete(archive)
    parse_organization_id(organization)
    if new_file is None and recovery is None and threshold is None:
        raise InputError(
            "nothing is to change", hint="give a new key with --new FILE, or --recovery ORG,ORG with --threshold N"
        )
    if keep and new_file is None:
        raise InputError("--keep goes with --new: without a new key the old one stays active", hint="leave it out")
    wanted = keytexts.wanted_recovery(recovery, threshold)
    path = keyfiles.path(organization, key_file)
    date = today()

    def preview(signer: PublicKey, new: PublicKey | None) -> Organization:
        return archive.preview_rotation(organization, signer, new=new, keep=keep, recovery=wanted, date=date, note=note)

    public, new_public = keyfiles.public(path), None if new_file is None else keyfiles.public(new_file)
    if public is not None and (new_file is None or new_public is not None):
        # What can be refused is refused before anybody types a passphrase.
        preview(public, new_public)
    key = keyfiles.load(path)
    new = None if new_file is None else keyfiles.load(new_file)
    record = preview(key.public, None if new is None else new.public)
    before = archive.key_record(organization).record
    _present(before, record)
    if record.recovery is not None and record.recovery != before.recovery:
        keytexts.warn_of_recovery(record.recovery, archive.organizations())
    if record.authorized_by:
        prose("Those who are named for recovery until now must agree. Before that, nothing of this counts.")
        if new is not None:
            remark(
                "Note: the new key waits too. To have it at once, stop here, rotate without --recovery first, and "
                "change that later."
            )
    prose("This will be public and permanent.")
    if not confirm(f"Record this for {organization}?", yes=yes):
        click.echo("Nothing was recorded.")
        return
    signers = [key] if new is None else [key, new]
    keyfiles.record(archive, record, *signers)
    report = archive.organization(organization)
    if report.waiting is not None:
        keytexts.asked(report)
    elif new_file is not None:
        _next(organization, new_file)


def _next(organization: str, file: Path) -> None:
    prose("Back the new key up, and tell others its fingerprint by a route that they trust.")
    prose(f"To sign with it, name it: openletter sign LETTER --as {organization} --key {safe(str(file))}")


@click.command()
@click.argument("organization", metavar="ORG")
@click.argument("fingerprint", metavar="FINGERPRINT")
@click.option("--key", "key_file", metavar="FILE", type=click.Path(path_type=Path), help=SIGNER_HELP)
@click.option("--note", metavar="TEXT", help=keytexts.NOTE_HELP)
@click.option("--yes", is_flag=True, help="Don't ask.")
@pass_environment
def retire(
    environment: Environment, organization: str, fingerprint: str, key_file: Path | None, note: str | None, yes: bool
) -> None:
    """Record that a key of an organization signs no more.

    What it signed stays signed. This is for a key that is out of use and in nobody else's hands; for one that may be
    in other hands there is: openletter keys compromise

    FINGERPRINT is SHA256: and what follows it, as keys show prints it.

    Example: openletter keys retire alder.example FINGERPRINT
    """
    from openletter.records.names import parse_organization_id

    archive = environment.archive()
    keyfiles.complete(archive)
    parse_organization_id(organization)
    path = keyfiles.path(organization, key_file)
    date = today()
    public = keyfiles.public(path)
    if public is not None:
        # What can be refused is refused before anybody types a passphrase.
        archive.preview_retirement(organization, fingerprint, public, date=date, note=note)
    key = keyfiles.load(path)
    record = archive.preview_retirement(organization, fingerprint, key.public, date=date, note=note)
    _present(archive.key_record(organization).record, record)
    warn_of_last(record)
    prose("This will be public and permanent. A retired key never becomes active again.")
    if not confirm(f"Retire this key of {organization}?", yes=yes):
        click.echo("Nothing was recorded.")
        return
    keyfiles.record(archive, record, key)
    prose("What the key signed stays signed; it signs nothing new.")


def _present(before: Organization, record: Organization) -> None:
    prose(f"Key record {record.record} of {record.organization} will say:")
    keytexts.changes(before, record)
    click.echo()


def warn_of_last(record: Organization) -> None:
    """Say what it means where no active key is left."""
    if any(key.status == "active" for key in record.keys):
        return
    organization = record.organization
    remark(f"Note: after this, {organization} has no active key. It can't sign, rotate or withdraw any more.")
    if record.recovery is None:
        remark("Nobody is named who could give it new ones: this is for an organization that ends, and for no other.")
    else:
        remark(f"New keys can then be given to it only by {keytexts.together(record.recovery)}.")
