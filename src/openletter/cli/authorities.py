"""``openletter trust authority``: whose word on time the user takes (``spec/pins.md``, "Authorities")."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from openletter.cli.environment import configuration_folder
from openletter.cli.lazy import LazyGroup
from openletter.cli.terminal import (
    confirm,
    prose,
    quoted,
    safe,
)
from openletter.errors import PinsError
from openletter.reports import documents
from openletter.reports.plain import digest_groups, short


@click.group(
    cls=LazyGroup,
    table={
        "add": ("authorities:add", "Name an authority by its host and its root certificates."),
        "remove": ("authorities:remove", "Name an authority no more."),
    },
)
def authority() -> None:
    """The time-stamping authorities that you name: whose word on when something existed you take.

    Example: openletter trust authority add tsa.example root.pem
    """


@click.command()
@click.argument("host", metavar="HOST")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Don't ask; the certificates are shown all the same.")
def add(host: str, file: Path, yes: bool) -> None:
    """Name a time-stamping authority by its HOST and the root certificates in FILE, which is in PEM.

    Take the certificates from the authority itself. Those that it has already stay.

    Example: openletter trust authority add tsa.example root.pem
    """
    from openletter.pins import add_authority, read_authorities, read_certificates
    from openletter.records.names import parse_organization_id

    parse_organization_id(host)
    roots = read_certificates(file)
    described = [_describe(root, file, number) for number, root in enumerate(roots, 1)]
    known = read_authorities(configuration_folder()).get(host, ())
    new = [root for root in roots if root not in known]
    if not new:
        prose(f"You have named {host} with all of this already. Nothing was changed.")
        return
    prose(f"You will take the word of {host} on when something existed, where it is signed under:")
    for root, lines in zip(roots, described, strict=True):
        if root in new:
            for line in quoted(lines):
                click.echo(line)
            prose("SHA-256 " + digest_groups(hashlib.sha256(root).hexdigest()), "  ", "          ")
    prose("Compare the SHA-256 with what the authority publishes.")
    if not confirm(f"Name {host}?", yes=yes):
        click.echo("Nothing was changed.")
        return
    written = add_authority(configuration_folder(), host, roots)
    click.echo()
    prose(f"Named: {host}. Its certificates stand in")
    click.echo(f"  {safe(str(written))}")


@click.command()
@click.argument("host", metavar="HOST")
@click.option("--yes", is_flag=True, help="Don't ask.")
def remove(host: str, yes: bool) -> None:
    """Name a time-stamping authority no more: its timestamps then show you nothing.

    Example: openletter trust authority remove tsa.example
    """
    from openletter.pins import check_authority, remove_authority
    from openletter.records.names import parse_organization_id

    parse_organization_id(host)
    check_authority(configuration_folder(), host)
    if not confirm(f"Take the word of {host} no more?", yes=yes):
        click.echo("Nothing was changed.")
        return
    remove_authority(configuration_folder(), host)
    prose(f"{host} is no authority of yours any more.")


def _describe(root: bytes, file: Path, number: int) -> Sequence[str]:
    """What a certificate says of itself; raises `PinsError` where it is none of a certificate authority."""
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    hint = "give the root certificate: the one at the end of the authority's chain"
    try:
        context.load_verify_locations(cadata=root)
    except ssl.SSLError as error:
        raise PinsError(f"certificate {number} can't be read", path=str(file), hint=hint) from error
    found = context.get_ca_certs()
    if not found:
        raise PinsError(f"certificate {number} is none of a certificate authority", path=str(file), hint=hint)
    fields: dict[str, Any] = dict(found[0])
    subject = ", ".join(value for part in fields["subject"] for _, value in part)
    return [short(subject), f"from {fields['notBefore']} until {fields['notAfter']}"]


def as_documents(named: Mapping[str, Sequence[bytes]]) -> list[documents.Json]:
    """The authorities, for ``--json``."""
    return [
        {"host": host, "certificates": ["sha256:" + hashlib.sha256(root).hexdigest() for root in roots]}
        for host, roots in named.items()
    ]


def print_all(named: Mapping[str, Sequence[bytes]]) -> None:
    """Write the authorities, each with the SHA-256 of its certificates."""
    for host, roots in named.items():
        click.echo(host)
        for root in roots:
            prose("SHA-256 " + digest_groups(hashlib.sha256(root).hexdigest()), "  ", "          ")
