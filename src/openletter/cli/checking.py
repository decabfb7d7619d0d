"""``openletter trust check``: what an organization says on its own domain today (``spec/pins.md``, "Looking at it")."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from openletter.cli import fetching
from openletter.cli.environment import Environment, configuration_folder, now, pass_environment
from openletter.cli.publishing import PATH
from openletter.cli.status import NOT_MET
from openletter.cli.terminal import (
    barred,
    prose,
    remark,
    write_json,
)
from openletter.errors import ActRefused, FetchError, NotAnArchive, PinsError, UnknownName
from openletter.reports.plain import count, day

if TYPE_CHECKING:
    from openletter.keys import PublicKey
    from openletter.records import Organization


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A key: is it published now, what is its status on the record in the archive, and does the user pin it?"""

    key: PublicKey
    published: bool
    status: str | None
    pinned: bool
    recorded: bool

    @property
    def agrees(self) -> bool | None:
        """Does what is published agree with what is known here? `None` where nothing is known to compare with."""
        if self.published:
            if self.recorded:
                return self.status in {"active", "retired"}
            return True if self.pinned else None
        if self.status is not None:
            return self.status != "active"
        return not self.pinned


@click.command()
@click.argument("organization", metavar="ORG")
@click.option("--json", "as_json", is_flag=True, help="Print the facts as JSON (spec/json/trust-check.schema.json).")
@pass_environment
def check(environment: Environment, organization: str, as_json: bool) -> None:
    """Compare an organization's keys with the file that it publishes on its own domain today.

    It is asked over HTTPS, and nothing is changed. The answer is that of whoever controls the domain today. The exit
    status is 0 where it agrees with this archive and with the keys that you confirmed, 3 where it doesn't.

    Example: openletter trust check alder.example
    """
    from openletter.pins import read_pins
    from openletter.records.names import parse_organization_id

    parse_organization_id(organization)
    record = _record(environment, organization)
    pins = read_pins(configuration_folder())
    fetching.check_direct(organization, os.environ)
    answer = fetching.fetch(organization, PATH)
    moment = now().astimezone(UTC)
    published, others = _published(answer, organization, moment)
    compared = compare(published, record, pins.at(moment).get(organization, frozenset()))
    verdicts = [found.agrees for found in compared]
    agrees = False not in verdicts and True in verdicts
    if as_json:
        write_json(
            {
                "format": "openletter-trust-check/1",
                "organization": organization,
                "url": answer.url,
                "time": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
                "record": record.record if record is not None else None,
                "keys": [_document(found) for found in compared],
                "others": others,
                "agrees": agrees,
                "status": 0 if agrees else NOT_MET,
            }
        )
    else:
        _print(organization, answer.url, moment, compared, others)
        _conclude(organization, record, compared)
    click.get_current_context().exit(0 if agrees else NOT_MET)


def compare(published: Set[PublicKey], record: Organization | None, pinned: Set[PublicKey]) -> Sequence[Compared]:
    """Every key that is published, on the record or pinned: those on the record in its order, then the others."""
    statuses = {key.public: key.status for key in record.keys} if record is not None else {}
    others = sorted((published | pinned) - statuses.keys(), key=lambda key: key.digest)
    return [
        Compared(
            key=key,
            published=key in published,
            status=statuses.get(key),
            pinned=key in pinned,
            recorded=record is not None,
        )
        for key in (*statuses, *others)
    ]


def _record(environment: Environment, organization: str) -> Organization | None:
    """The organization's key record in the archive, where there is an archive and a record that counts."""
    try:
        return environment.archive().key_record(organization).record
    except NotAnArchive:
        if environment.archive_path is not None:
            raise
    except UnknownName as error:
        remark(f"Note: {error.message}.")
    except ActRefused as error:
        remark(f"Note: {error.message}; {error.hint}")
    return None


def _published(answer: fetching.Answer, organization: str, moment: datetime) -> tuple[Set[PublicKey], int]:
    """The keys that an organization publishes, and how many lines about others stand beside them."""
    from openletter.pins import Pins

    try:
        found = Pins.parse(answer.data, answer.url)
    except PinsError as error:
        raise FetchError(
            f"what lies there is no list of keys that can be used: {error.message}",
            path=error.path,
            line=error.line,
            hint="tell the organization; openletter keys publish makes such a file",
        ) from error
    return found.at(moment).get(organization, frozenset()), len(found.pins) - len(found.of(organization))


def _print(organization: str, where: str, moment: datetime, compared: Sequence[Compared], others: int) -> None:
    dated = f"On {day(moment.date().isoformat())} at {moment:%H:%M} UTC, {where} said:"
    for line in barred(dated, ""):
        click.echo(line)
    here = [found for found in compared if found.published]
    for found in here:
        _key(found)
    if not here:
        prose(f"no key of {organization}", "  ")
    if others:
        prose(
            f"({count(others, 'line', 'lines')} about other organizations left out: it speaks for itself alone)", "  "
        )
    gone = [found for found in compared if not found.published]
    if gone:
        click.echo("It did not name:")
    for found in gone:
        _key(found)
    click.echo()


def _key(found: Compared) -> None:
    click.echo(f"  {found.key.fingerprint}")
    facts = []
    if found.status is not None:
        facts.append(f"{found.status} on its key record here")
    elif found.recorded:
        facts.append("not on its key record here")
    if found.pinned:
        facts.append("confirmed by you")
    mark = {True: "agrees: ", False: "differs: ", None: ""}[found.agrees]
    if facts:
        prose(mark + "; ".join(facts), "      ")


_ASK = "Ask the organization by another route before you rely on a key that differs."


def _conclude(organization: str, record: Organization | None, compared: Sequence[Compared]) -> None:
    known = "this archive" if record is not None else ""
    if any(found.pinned for found in compared):
        known += f"{' and with ' if known else ''}the keys that you confirmed"
    if any(found.agrees is False for found in compared):
        click.secho(f"It differs from {known.replace(' and with ', ' or ')}.", fg="yellow", bold=True)
        prose(_ASK)
    elif known:
        click.secho(f"It agrees with {known}.", bold=True)
    else:
        click.secho("There is nothing here to compare it with.", bold=True)
    prose(
        f"It is the word of whoever controls {organization} today: it says nothing of who did when a letter was "
        "signed, and makes no signature better or worse."
    )
    new = [found for found in compared if found.published and not found.pinned and found.agrees]
    if new:
        prose("To confirm a key yourself, once you are sure of it:")
        for found in new:
            click.echo(f"  openletter trust add {organization} {found.key.fingerprint}")


def _document(found: Compared) -> Mapping[str, object]:
    return {
        "fingerprint": found.key.fingerprint,
        "algorithm": found.key.algorithm,
        "published": found.published,
        "status": found.status,
        "pinned": found.pinned,
        "agrees": found.agrees,
    }
