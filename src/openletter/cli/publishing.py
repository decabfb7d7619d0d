"""``openletter keys publish``: the file by which an organization says on its own domain which keys are its own."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from openletter.cli.environment import Environment, pass_environment
from openletter.cli.handing import hand_out
from openletter.cli.status import FALSE
from openletter.cli.terminal import remark, safe

PATH: Final = "/.well-known/openletter/allowed_signers"


def url(organization: str) -> str:
    """Where an organization publishes its keys (``spec/pins.md``, "The published file")."""
    return f"https://{organization}{PATH}"


@click.command()
@click.argument("organization", metavar="ORG")
@click.option("-o", "--output", metavar="FILE", type=click.Path(path_type=Path), help="Where to write the file.")
@click.option("--yes", is_flag=True, help="Don't ask before an existing FILE is replaced.")
@pass_environment
def publish(environment: Environment, organization: str, output: Path | None, yes: bool) -> None:
    """Print the file that an organization puts on its own domain, and say where.

    It has the keys of the newest key record that counts, but those that were compromised. Without -o it is printed.

    Example: openletter keys publish alder.example -o allowed_signers
    """
    archive = environment.archive()
    data = archive.published_keys(organization)
    report = archive.organization(organization)
    if output is None:
        click.echo(data.decode("ascii"), nl=False)
    else:
        if not hand_out(output, data, yes=yes):
            click.echo("Nothing was written.")
            return
        click.echo(f"The file is {safe(str(output))}")
    remark(
        f"It belongs at {url(organization)} on the web server of {organization}, and says what record {report.records} "
        f"here says. Whoever likes can then compare: openletter trust check {organization}"
    )
    if report.waiting is not None:
        remark(f"Note: record {report.waiting.record} waits for others to agree, and is not in it.")
    if report.faults:
        remark(f"Note: something is false in these key records. See: openletter keys show {organization}")
    click.get_current_context().exit(FALSE if report.faults else 0)
