"""``openletter keys compromise``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from openletter.cli import keyfiles, keytexts
from openletter.cli.environment import Environment, pass_environment, today
from openletter.cli.rotating import SIGNER_HELP, warn_of_last
from openletter.cli.terminal import (
    confirm,
    prose,
    remark,
)
from openletter.reports.plain import day

if TYPE_CHECKING:
    from openletter.api import Archive
    from openletter.keys import PublicKey
    from openletter.records import Organization

_MOST = 50
"""How many signatures are told one by one."""


@click.command()
@click.argument("organization", metavar="ORG")
@click.argument("fingerprint", metavar="FINGERPRINT")
@click.option(
    "--since",
    metavar="DATE",
    required=True,
    help="The day from which its signatures are doubted, such as 2026-05-14. It can only be moved to an earlier one.",
)
@click.option("--key", "key_file", metavar="FILE", type=click.Path(path_type=Path), help=SIGNER_HELP)
@click.option("--note", metavar="TEXT", help=keytexts.NOTE_HELP)
@click.option("--yes", is_flag=True, help="Don't ask.")
@pass_environment
def compromise(
    environment: Environment,
    organization: str,
    fingerprint: str,
    since: str,
    key_file: Path | None,
    note: str | None,
    yes: bool,
) -> None:
    """Record that a key of an organization is, or may be, in other hands.

    What the key signed then proves nothing, unless a witness shows that it is older. This can't be undone. To end the
    support for a letter is another act: openletter withdraw

    FINGERPRINT is SHA256: and what follows it, as keys show prints it.

    Example: openletter keys compromise alder.example FINGERPRINT --since 2026-05-14
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
        archive.preview_compromise(organization, fingerprint, public, since=since, date=date, note=note)
    key = keyfiles.load(path)
    record = archive.preview_compromise(organization, fingerprint, key.public, since=since, date=date, note=note)
    _present(archive, record, fingerprint, since, key.public)
    if not confirm(f"Declare that this key of {organization} is in other hands?", yes=yes):
        click.echo("Nothing was recorded.")
        return
    keyfiles.record(archive, record, key)
    prose("Whoever has an older copy of this archive can't see it: tell the others.")


def _present(archive: Archive, record: Organization, fingerprint: str, since: str, signer: PublicKey) -> None:
    organization = record.organization
    prose(f"Key record {record.record} of {organization} will say:")
    keytexts.changes(archive.key_record(organization).record, record)
    click.echo()
    what_it_signed(archive, organization, fingerprint, since)
    if named_by := archive.named_by(organization):
        remark(
            f"Note: {keytexts.names(named_by)} named {organization} to agree to new keys. Whoever has this key could "
            "still agree to some in its name: warn them."
        )
    prose("This will be public and permanent, and nothing lifts it.")
    prose(
        f"If {organization} only regrets a letter, that is another act: openletter withdraw LETTER --as {organization}"
    )
    if signer.fingerprint == fingerprint:
        remark(
            "Note: you sign this with the very key that is in other hands. That is allowed, and whoever else has the "
            "key could do it too."
        )
    warn_of_last(record)
    if not any(key.status == "active" for key in record.keys):
        if record.recovery is not None:
            command = f"recover {organization} --new FILE --compromised {fingerprint} --since {since}"
            prose(f"Better stop here, and ask for a new key in the same act: openletter keys {command}")
        else:
            prose(
                "Better stop here, record a new key first, and sign this with it: "
                f"openletter keys rotate {organization} --new FILE"
            )


def what_it_signed(archive: Archive, organization: str, fingerprint: str, since: str) -> None:
    """What a key signed in this archive, and what becomes of it once the key is doubted."""
    signed = archive.signatures_by(organization, fingerprint)
    if signed:
        prose(f"The key {fingerprint} signed, in this archive:")
        for letter, signature in signed[:_MOST]:
            what = "the withdrawal from " if signature.withdrawal else ""
            click.echo(f"  {what}{letter}@{signature.revision}")
        if len(signed) > _MOST:
            click.echo(f"  and {len(signed) - _MOST} more")
        prose(
            "From now on these prove nothing where no witness shows when they were made. Where one shows that they are "
            f"older than {day(since)}, they stand; where they are from that day or later, they are disputed."
        )
        if any(signature.withdrawal for _, signature in signed):
            remark("Note: such a withdrawal then ends nothing. Withdraw again with another key.")
    else:
        prose(f"The key {fingerprint} signed no letter in this archive that counts.")
    click.echo()
