"""``openletter checkpoint``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from openletter.cli import keyfiles
from openletter.cli.environment import (
    Environment,
    committer,
    configuration_folder,
    now,
    pass_environment,
    today,
)
from openletter.cli.terminal import (
    confirm,
    prose,
    remark,
    safe,
)
from openletter.errors import ActRefused, StorageError
from openletter.reports.plain import count, day, digest_groups

if TYPE_CHECKING:
    from openletter.api import Archive
    from openletter.cli.stamping import Address
    from openletter.records import Checkpoint
    from openletter.timestamps import Answer

_APART: Final = timedelta(hours=1)
"""How far an authority's time may be from that of this computer without a remark."""


@click.command()
@click.option("--as", "organization", metavar="ORG", help="The organization that says what it saw.")
@click.option("--key", "key_file", metavar="FILE", type=click.Path(path_type=Path), help=keyfiles.HELP)
@click.option(
    "-o", "--output", metavar="FILE", type=click.Path(path_type=Path), help="Record nothing: keep a copy of your own."
)
@click.option("--timestamp", "url", metavar="URL", help="Have an authority at URL witness when this was (RFC 3161).")
@click.option("--yes", is_flag=True, help="Don't ask.")
@pass_environment
def checkpoint(
    environment: Environment,
    organization: str | None,
    key_file: Path | None,
    output: Path | None,
    url: str | None,
    yes: bool,
) -> None:
    """Say what the archive holds now, so that it can't be lost or changed unnoticed.

    With --as, an organization signs that it saw this state, and that is recorded. Signing a letter does so too.
    With --timestamp, a time-stamping authority confirms the time, and its word is recorded in the same act.
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
        if url is not None:
            raise click.UsageError("a copy of your own gets no timestamp: leave out --timestamp")
        _keep(archive, output)
    elif organization is not None:
        keyfiles.complete(archive)
        _record(archive, organization, key_file, url, yes=yes)


def _record(archive: Archive, organization: str, key_file: Path | None, url: str | None, *, yes: bool) -> None:
    from openletter.api.checkpoints import checkpoint_act, day_of
    from openletter.records.names import parse_organization_id

    parse_organization_id(organization)
    witness = _Witness.at(url) if url is not None else None
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
    if witness is not None:
        prose(f"{witness.address.host} will be asked for the time. It gets the SHA-512 of this, and nothing else.")
    if not confirm(f"Sign and record it for {organization}?", yes=yes):
        click.echo("Nothing was recorded.")
        return
    answer = witness.stamp(record) if witness is not None else None
    tokens = {witness.address.host: answer.stored} if witness is not None and answer is not None else {}
    recorded = archive.checkpoint(record, key, who, tokens=tokens)
    if recorded is None:
        prose(f"{organization} has recorded this checkpoint already. Nothing was changed.")
        return
    click.echo()
    prose(f"Recorded: {next(iter(checkpoint_act(record, key).files))}")
    if witness is not None and answer is not None:
        _witnessed(witness.address.host, answer)
    keyfiles.mention_unfinished(recorded)
    prose("Whoever has it notices when anything of this is lost or changed: share it.")


@dataclass(frozen=True, slots=True)
class _Witness:
    """A time-stamping authority, and the root certificates that the user names for it."""

    address: Address
    roots: tuple[bytes, ...]

    @classmethod
    def at(cls, url: str) -> _Witness:
        """The authority at a URL; raises `FetchError` where that is none, `PinsError`."""
        from openletter.cli.stamping import parse_address
        from openletter.pins import read_authorities

        address = parse_address(url)
        return cls(address, read_authorities(configuration_folder()).get(address.host, ()))

    def stamp(self, record: Checkpoint) -> Answer:
        """Its timestamp over a checkpoint; raises `FetchError`."""
        from openletter.cli.stamping import stamp

        return stamp(record.to_bytes(), self.address, self.roots)


def _witnessed(host: str, answer: Answer) -> None:
    """Say what a timestamp says, and what it is worth to the user."""
    from openletter.timestamps import Stamped

    judged = answer.judged
    time = datetime.fromisoformat(judged.time if isinstance(judged, Stamped) else judged.claimed)
    prose(f"{host} says that it existed on {day(time.date().isoformat())} at {time:%H:%M:%S} UTC.")
    if abs(time - now()) > _APART:
        remark("Note: the clock of this computer says something else: one of the two is wrong.")
    if not isinstance(judged, Stamped):
        remark(
            f"Note: you name no root certificate for {host}, so its word counts for nothing with you yet. Name it "
            f"with: openletter trust authority add {host} FILE"
        )


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
    prose("Keep it where nobody can change it who can change the archive. To compare later, in the archive:")
    click.echo(f"  openletter compare {safe(str(output))} .")
