"""``openletter export``: a letter with its evidence in one file, to read, to print and to check anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from openletter.cli.environment import Environment, authorities, pass_environment
from openletter.cli.handing import hand_out
from openletter.cli.terminal import prose, safe
from openletter.errors import InputError
from openletter.reports.plain import digest_groups

if TYPE_CHECKING:
    from openletter.records.bundle import Bundle

_KINDS = (".html", ".pdf", ".json")


@click.command()
@click.argument("letter", metavar="LETTER[@N]")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    required=True,
    type=click.Path(path_type=Path),
    help="Where to write it: FILE.html, FILE.pdf, or FILE.json for the evidence alone.",
)
@click.option("--base-url", metavar="URL", help="Where the site of this archive is; the QR code of a PDF leads there.")
@click.option("--yes", is_flag=True, help="Don't ask before an existing FILE is replaced.")
@pass_environment
def export(environment: Environment, letter: str, output: Path, base_url: str | None, yes: bool) -> None:
    """Put a letter with its history, signatures and keys into one file.

    A page (.html) opens by a double click, without a network, and checks itself. A PDF is to be printed, and has the
    record and the signatures attached. Whoever gets the file checks it with: openletter verify FILE

    \b
    Example: openletter export 2026/open-water-record -o open-water-record.html
             openletter export 2026/open-water-record@2 -o open-water-record.pdf
    """
    from openletter.records.names import parse_revision

    kind = output.suffix.lower()
    if kind not in _KINDS:
        raise InputError(
            "what kind of file this should be is told by the end of its name",
            path=str(output),
            hint="name it FILE.html, FILE.pdf or FILE.json",
        )
    if base_url is not None and kind != ".pdf":
        raise InputError("--base-url is for the QR code of a PDF", hint="leave it out, or name a FILE.pdf")
    name, number = parse_revision(letter)
    bundle = environment.archive().bundle(name, number, authorities=authorities())
    if not hand_out(output, _rendered(bundle, kind, base_url), yes=yes):
        click.echo("Nothing was written.")
        return
    prose(f"{safe(str(output))} holds {bundle.letter}, revision {bundle.revision}, with the evidence for it.")
    prose("SHA-256 of this text: " + digest_groups(_digest(bundle)), "", "  ")
    prose(f"Whoever gets it can check it with: openletter verify {safe(output.name)}")


def _rendered(bundle: Bundle, kind: str, base_url: str | None) -> bytes:
    if kind == ".html":
        from openletter.packet import page

        return page.render(bundle)
    if kind == ".pdf":
        from openletter.api.bundles import verify_bundle
        from openletter.packet import pdf

        return pdf.render(bundle, verify_bundle(bundle), base_url=base_url)
    return bundle.to_bytes()


def _digest(bundle: Bundle) -> str:
    from openletter import records
    from openletter.records.names import RecordName, letter_folder

    return records.digest(bundle.files[f"{letter_folder(bundle.letter)}/{RecordName(number=bundle.revision)}"])
