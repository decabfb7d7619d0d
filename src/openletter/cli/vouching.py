"""``openletter keys vouch``."""

from __future__ import annotations

from pathlib import Path

import click

from openletter.cli import keyfiles
from openletter.cli.environment import Environment, committer, pass_environment
from openletter.cli.recovering import who
from openletter.cli.terminal import (
    confirm,
    prose,
)


@click.command()
@click.argument("organization", metavar="ORG")
@click.option("--as", "other", metavar="OTHER", required=True, help="The organization that has checked the keys.")
@click.option(
    "--key",
    "key_file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The private key of OTHER. Without this, the one that keygen made for it.",
)
@click.option(
    "--record", "number", metavar="N", type=click.IntRange(min=1), help="The key record; without this, the newest."
)
@click.option("--yes", is_flag=True, help="Don't ask; the keys are shown all the same.")
@pass_environment
def vouch(
    environment: Environment, organization: str, other: str, key_file: Path | None, number: int | None, yes: bool
) -> None:
    """Say for OTHER: we checked these keys with ORG.

    Whoever trusts OTHER can then trust the keys. Compare every fingerprint first, by a route that you trust.

    Example: openletter keys vouch alder.example --as birch.example
    """
    from openletter.records.names import parse_organization_id

    archive = environment.archive()
    keyfiles.complete(archive)
    parse_organization_id(organization)
    parse_organization_id(other)
    found = archive.key_record(organization, number)
    record = found.record
    path = keyfiles.path(other, key_file)
    public = keyfiles.public(path)
    # What can be refused is refused before anybody types a passphrase.
    if public is not None and not archive.check_vouchable(organization, other, public, record.record):
        _already(organization, other, record.record)
        return
    key = keyfiles.load(path)
    if not archive.check_vouchable(organization, other, key.public, record.record):
        _already(organization, other, record.record)
        return
    report = archive.organization(organization)
    who(archive, report)
    prose(f"{other} will say that it checked with {organization} the keys that are active in record {record.record}:")
    for listed in record.keys:
        click.echo(f"  {listed.public.fingerprint}")
        prose(listed.status if listed.status == "active" else f"{listed.status}: nothing is said of it", "      ")
    if record.record < report.records:
        prose(f"This is not its newest record; that is {report.records}.")
    click.echo()
    prose(
        "Others will rely on it. Say so only if you compared every fingerprint with people of this organization whom "
        "you knew before: face to face, or by a telephone number that you had before. That a key is in this archive is "
        "no check."
    )
    prose("This will be public and permanent, and can't be taken back.")
    if not confirm(f"Say for {other} that you checked these keys with {organization}?", yes=yes):
        click.echo("Nothing was recorded.")
        return
    recorded = archive.vouch(
        organization,
        other,
        key,
        committer(archive.configured_identity()),
        digest=found.digest,
        number=record.record,
    )
    if recorded is None:
        _already(organization, other, record.record)
        return
    click.echo()
    prose(f"Recorded: {other} vouches for the keys in record {record.record} of {organization}.")
    prose(f"The signature is keys/{organization}/{record.record:04}.{other}.{key.public.short}.sig")
    keyfiles.mention_unfinished(recorded)


def _already(organization: str, other: str, number: int) -> None:
    prose(f"{other} has vouched already for record {number} of {organization}, with this key. Nothing was changed.")
