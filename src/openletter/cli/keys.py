"""``openletter keygen`` and ``openletter keys``."""

from __future__ import annotations

from pathlib import Path

import click

from openletter.cli import keyfiles, keytexts, likeness, words
from openletter.cli.environment import Environment, committer, pass_environment, pins, today
from openletter.cli.lazy import LazyGroup
from openletter.cli.status import FALSE
from openletter.cli.terminal import (
    ask_new_passphrase,
    confirm,
    prose,
    quoted,
    remark,
    safe,
    write_json,
)
from openletter.reports import documents
from openletter.reports import remarks as remarks_on


@click.command()
@click.argument("organization", metavar="ORG")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where the key shall lie. Without this, in your own configuration folder.",
)
@click.option("--no-passphrase", is_flag=True, help="Don't ask for a passphrase, and protect the key with none.")
@click.option(
    "--yes", is_flag=True, expose_value=False, help="As everywhere; but for a passphrase nothing is asked here."
)
def keygen(organization: str, output: Path | None, no_passphrase: bool) -> None:
    """Make a key for an organization to sign with, and say where it lies.

    It is an Ed25519 key in OpenSSH form. The private file stays in your own configuration folder, or where you say, and
    is for nobody's eyes but yours; a passphrase protects it where the file is stolen.

    Example: openletter keygen alder.example
    """
    from openletter.keys import PrivateKey
    from openletter.records.names import parse_organization_id

    parse_organization_id(organization)
    file = keyfiles.check_place(organization, output)
    passphrase = b"" if no_passphrase else ask_new_passphrase()
    key = PrivateKey.generate()
    keyfiles.write(file, organization, key, passphrase or None)
    click.secho(f"A key for {organization} is made.", bold=True)
    click.echo()
    click.echo(f"  Private key:  {safe(str(file))}")
    click.echo(f"  Public key:   {safe(str(file))}.pub")
    click.echo(f"  Fingerprint:  {key.public.fingerprint}")
    click.echo()
    if not passphrase:
        remark("Note: the private key has no passphrase. Whoever gets the file can sign as you.")
    prose(
        "Back it up now: copy the private key to two storage devices that are kept in different places, such as two "
        "memory sticks in two safes. If it is lost, you can't sign any more; if it is stolen, a thief can. "
        "Never mail it, and never put it into an archive."
    )
    click.echo()
    prose(f"Next, in the archive: openletter keys add {organization} --name NAME")
    if output is not None:
        prose(f"Or, where it has a key there already: openletter keys rotate {organization} --new FILE")


@click.group(
    cls=LazyGroup,
    table={
        "add": ("keys:add", "Record an organization's first key."),
        "list": ("keys:list_", "List the organizations and their keys."),
        "show": ("keys:show", "Show an organization's keys, and how to check them."),
        "rotate": ("rotating:rotate", "Record a new key, or who can give new keys when all are lost."),
        "retire": ("rotating:retire", "Record that a key signs no more."),
        "compromise": ("doubting:compromise", "Record that a key is in other hands."),
        "recover": ("recovering:recover", "Ask for new keys when the old ones are lost."),
        "authorize": ("recovering:authorize", "Agree that another organization gets new keys."),
        "vouch": ("vouching:vouch", "Say that you checked another organization's keys."),
        "publish": ("publishing:publish", "Print the file that an organization puts on its own domain."),
    },
)
def keys() -> None:
    """Which keys speak for an organization.

    Example: openletter keys show alder.example
    """


@click.command()
@click.argument("organization", metavar="ORG")
@click.option("--name", required=True, help="The organization's name, as it appears in letters.")
@click.option("--key", "key_file", metavar="FILE", type=click.Path(path_type=Path), help=keyfiles.HELP)
@keytexts.recovery_options
@click.option("--yes", is_flag=True, help="Don't ask.")
@pass_environment
def add(
    environment: Environment,
    organization: str,
    name: str,
    key_file: Path | None,
    recovery: str | None,
    threshold: int | None,
    yes: bool,
) -> None:
    """Record an organization's first key, signed by that key.

    ORG is a domain name that the organization controls. The record will be public and permanent.

    Example: openletter keys add alder.example --name "Alder Institute" --key ~/alder-key
    """
    from openletter.records.names import parse_organization_id

    archive = environment.archive()
    keyfiles.complete(archive)
    parse_organization_id(organization)
    wanted = keytexts.wanted_recovery(recovery, threshold)
    path = keyfiles.path(organization, key_file)
    day = today()
    public = keyfiles.public(path)
    if public is not None:
        # What can be refused is refused before anybody types a passphrase.
        archive.preview_organization(organization, name, public, date=day, recovery=wanted)
    key = keyfiles.load(path)
    record = archive.preview_organization(organization, name, key.public, date=day, recovery=wanted)
    prose(f"The archive will say that this key speaks for {organization}:")
    prose(f"{key.public.fingerprint}", "  ")
    prose("and that the organization's name is:")
    for line in quoted([name]):
        click.echo(line)
    reports = archive.organizations()
    likeness.say(remarks_on.of_new(organization, name, reports.values()), "")
    if record.recovery is not None:
        keytexts.recovery(record.recovery, organization)
        keytexts.warn_of_recovery(record.recovery, reports)
    else:
        prose("Nobody is named who could give it new keys if all of its own are lost; you can name some later.")
    prose("This will be public and permanent.")
    if not confirm(f"Record this key for {organization}?", yes=yes):
        click.echo("Nothing was recorded.")
        return
    _, recorded = archive.add_organization(
        organization, name, key, committer(archive.configured_identity()), date=day, recovery=wanted
    )
    click.echo()
    prose(f"Recorded: keys/{organization}/0001.yaml")
    keyfiles.mention_unfinished(recorded)
    prose("Tell others this fingerprint by a route that they trust: on your own web site, or by telephone.")


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print the facts as JSON (spec/json/keys.schema.json).")
@pass_environment
def list_(environment: Environment, as_json: bool) -> None:
    """List the organizations on record, and their keys.

    Example: openletter keys list
    """
    reports = environment.archive().organizations(pins())
    if as_json:
        write_json({"format": "openletter-keys/1", "organizations": documents.organizations(reports.values())})
    else:
        for report, remarks in zip(reports.values(), remarks_on.of_keys(reports.values(), ()), strict=True):
            words.organization(report, remarks)
        if not reports:
            prose("No organization is on record yet. To begin: openletter keys add ORG --name NAME")
    _exit(any(report.faults for report in reports.values()))


@click.command()
@click.argument("organization", metavar="ORG")
@click.option("--json", "as_json", is_flag=True, help="Print the facts as JSON (spec/json/keys.schema.json).")
@pass_environment
def show(environment: Environment, organization: str, as_json: bool) -> None:
    """Show an organization's keys, and how to check them.

    Example: openletter keys show alder.example
    """
    archive = environment.archive()
    report, known = archive.organization(organization, pins()), archive.organization_ids()
    if as_json:
        write_json({"format": "openletter-keys/1", "organizations": documents.organizations([report], known)})
    else:
        words.organization(report, remarks_on.of_keys([report], known)[0])
        keytexts.about_waiting(report)
        if report.records:
            keytexts.on_record(archive.key_record(organization).record)
    if not as_json and report.records:
        click.echo()
        keytexts.how_to_confirm(report)
        click.echo()
        prose("With stock tools, in the folder of the archive, and of a letter that it signed:")
        click.echo(f"  ssh-keygen -Y verify -f keys/{organization}/{report.records:04}.allowed_signers \\")
        click.echo(f"    -I {organization} -n openletter -s archive/YEAR/NAME/NNNN.{organization}.KEY.sig \\")
        click.echo("    < archive/YEAR/NAME/NNNN.yaml")
    _exit(bool(report.faults))


def _exit(false: bool) -> None:
    click.get_current_context().exit(FALSE if false else 0)
