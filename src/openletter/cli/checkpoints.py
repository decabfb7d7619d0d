"""``openletter checkpoint``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from openletter.cli import keyfiles
from openletter.cli.environment import Environment, committer, pass_environment, today
from openletter.cli.terminal import confirm, count, day, digest_groups, prose, safe
from openletter.errors import ActRefused, StorageError

if TYPE_CHECKING:
    from openletter.api import Archive
    from openletter.records import Checkpoint


@click.command()
@click.option("--as", "organization", metavar="ORG", help="The organization that says what it saw.")
@click.option("--key", "key_file", metavar="FILE", type=click.Path(path_type=Path), help=keyfiles.HELP)
@click.option(
    "-o", "--output", metavar="FILE", type=click.Path(path_type=Path), help="Record nothing: keep a copy of your own."
)
@click.option("--yes", is_flag=True, help="Don't ask.")
@pass_environment
def checkpoint(
    environment: Environment, organization: str | None, key_file: Path | None, output: Path | None, yes: bool
) -> None:
    """Say what the archive holds now, so that it can't be lost or changed unnoticed.

    With --as, an organization signs that it saw this state, and that is recorded. Signing a letter does so too.
    With -o, whoever reads the archive keeps a copy of what it was, to compare later; nothing is recorded.

    Example: openletter checkpoint --as alder.example --key ~/alder-key
    """
    if (organization is None) == (output is None):
        raise click.UsageError(
            "say either who saw it, with --as ORG, or where to keep a copy of your own, with -o FILE"
        )
    archive = environment.archive()
    if output is not None:
        if key_file is not None:
            raise click.UsageError("a copy of your own is not signed: leave out --key")
        _keep(archive, output)
    elif organization is not None:
        keyfiles.complete(archive)
        _record(archive, organization, key_file, yes=yes)


def _record(archive: Archive, organization: str, key_file: Path | None, *, yes: bool) -> None:
    from openletter.api.checkpoints import checkpoint_act, day_of
    from openletter.records.names import parse_organization_id

    parse_organization_id(organization)
    who = committer(archive.configured_identity())
    path = keyfiles.path(organization, key_file)
    public = keyfiles.public(path)
    if public is not None:
        # What can be refused is refused before anybody types a passphrase.
        archive.preview_checkpoint(organization, public, date=day_of(who))
    key = keyfiles.load(path)
    record = archive.preview_checkpoint(organization, key.public, date=day_of(who))
    _present(archive, record)
    prose(f"You sign as {organization}, with the key {key.public.fingerprint}.")
    click.echo()
    prose("This will be public and permanent. It says that you saw this, not that you agree with any of it.")
    if not confirm(f"Sign and record it for {organization}?", yes=yes):
        click.echo("Nothing was recorded.")
        return
    recorded = archive.checkpoint(record, key, who)
    if recorded is None:
        prose(f"{organization} has recorded this checkpoint already. Nothing was changed.")
        return
    click.echo()
    prose(f"Recorded: {next(iter(checkpoint_act(record, key).files))}")
    keyfiles.mention_unfinished(recorded)
    prose("Whoever has it notices when anything of this is lost or changed: share it.")


def _present(archive: Archive, record: Checkpoint) -> None:
    """Say what the checkpoint will say."""
    click.secho(f"This checkpoint says that {record.organization} saw, on {day(record.date)}:", bold=True)
    letters = count(len(archive.letters()), "letter", "letters")
    organizations = count(len(archive.organization_ids()), "organization", "organizations")
    prose(f"this archive with {letters} and the keys of {organizations},", "  ")
    prose(f"as its commit {record.commit} has it,", "  ")
    prose(f"which is, in SHA-256, {digest_groups(record.tree)}", "  ")
    click.echo()


def _keep(archive: Archive, output: Path) -> None:
    kept = archive.keep(date=today())
    try:
        with output.open("xb") as file:
            try:
                file.write(kept.to_bytes())
            except OSError:
                output.unlink(missing_ok=True)
                raise
    except FileExistsError as error:
        raise ActRefused(
            "there is a file already, and a copy that was kept is never replaced",
            path=str(output),
            hint="name another file",
        ) from error
    except OSError as error:
        raise StorageError(
            f"the copy can't be written: {error.strerror}", path=str(output), hint="check the path"
        ) from error
    prose(f"Kept: what this archive is at its commit {kept.commit}.")
    click.echo(f"The copy is in {safe(str(output))}")
    if not kept.complete:
        prose(f"Of its history the newest {len(kept.commits):,} commits are listed.")
    prose("Keep it where nobody can change it who can change the archive.")
