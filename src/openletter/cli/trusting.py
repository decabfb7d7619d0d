"""``openletter trust``: the user's own pins (``spec/pins.md``)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from openletter.cli import authorities, likeness
from openletter.cli.environment import Environment, configuration_folder, now, pass_environment
from openletter.cli.lazy import LazyGroup
from openletter.cli.terminal import (
    confirm,
    prose,
    quoted,
    remark,
    safe,
    write_json,
)
from openletter.errors import ActRefused, InputError, NotAnArchive, UnknownName
from openletter.reports import documents
from openletter.reports import remarks as remarks_on
from openletter.reports.plain import count, day, short

if TYPE_CHECKING:
    from openletter.api import Archive
    from openletter.pins import Pin, Pins
    from openletter.records import Key, Organization
    from openletter.verify import OrganizationReport

_FINGERPRINT: Final = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")


@click.group(
    cls=LazyGroup,
    table={
        "add": ("trusting:add", "Confirm a key that you compared with its organization."),
        "remove": ("trusting:remove", "Take back that you confirmed a key."),
        "list": ("trusting:list_", "List the keys that you confirmed, and the authorities that you name."),
        "import": ("trusting:import_", "Confirm the keys in a file that you were handed."),
        "check": ("checking:check", "Compare with what an organization says on its own domain today."),
        "authority": ("authorities:authority", "Name a time-stamping authority: add, remove."),
    },
)
def trust() -> None:
    """Whom you trust yourself: the keys that you confirmed, and the time-stamping authorities that you name.

    All of it is in your own configuration folder, in no archive. ssh-keygen reads the file of keys as it is.

    Example: openletter trust list
    """


@click.command()
@click.argument("organization", metavar="ORG")
@click.argument("fingerprint", metavar="FINGERPRINT")
@click.option("--yes", is_flag=True, help="Don't ask.")
@pass_environment
def add(environment: Environment, organization: str, fingerprint: str, yes: bool) -> None:
    """Confirm a key: put it into your own list, as the key of this organization.

    Do so only after you compared the whole FINGERPRINT with what the organization told you by another route than this
    archive. Verdicts about the key then say that you confirmed it.

    Example: openletter trust add alder.example SHA256:3cUY+CfI8ca6Uvw+7Hn4P0WCYgz+dxhyyzi9ZlymjAQ
    """
    from openletter.pins import Pin, change_pins, read_pins
    from openletter.records.names import parse_organization_id

    parse_organization_id(organization)
    _check_fingerprint(fingerprint)
    archive = _archive(environment)
    record = archive.key_record(organization).record
    report = archive.organization(organization)
    key = _find(archive, report, record, fingerprint)
    pin = Pin(organization=organization, key=key.public)
    pins = read_pins(configuration_folder())
    if not pins.missing([pin]):
        _already(pins.of(organization, fingerprint), now())
        return
    prose(f"Your own list will say that this key speaks for {organization}:")
    prose(fingerprint, "  ")
    prose("and this archive says that the organization's name is:")
    for line in quoted([record.name]):
        click.echo(line)
    known = {*archive.organization_ids(), *(found.organization for found in pins.pins)}
    likeness.say(remarks_on.of_keys([report], sorted(known))[0], "")
    if key.status == "retired":
        prose("The key was retired: it confirms what was signed before, and signs nothing new.")
    if report.faults:
        remark(f"Note: something is false in these key records. See: openletter keys show {organization}")
    click.echo()
    prose(
        "Whoever runs this archive could have invented both. Confirm the key only if you compared every character "
        f"after SHA256: with what {organization} told you by a route that you trusted before: in person, by a "
        "telephone number that you knew, on its own web site. Verdicts will then call it a “key confirmed by you”."
    )
    if not confirm(f"Did you compare it, and do you confirm this key for {organization}?", yes=yes):
        click.echo("Nothing was changed.")
        return
    changed = change_pins(configuration_folder(), lambda before: before.adding([pin]))
    click.echo()
    prose(f"Confirmed: {fingerprint} speaks for {organization}.")
    _where("It stands in your own list:", changed)


@click.command()
@click.argument("organization", metavar="ORG")
@click.argument("fingerprint", metavar="[FINGERPRINT]", required=False)
@click.option("--yes", is_flag=True, help="Don't ask.")
def remove(organization: str, fingerprint: str | None, yes: bool) -> None:
    """Take back that you confirmed a key of an organization, or all its keys where none is named.

    Example: openletter trust remove alder.example
    """
    from openletter.pins import change_pins, read_pins

    if fingerprint is not None:
        _check_fingerprint(fingerprint)
    pins = read_pins(configuration_folder())
    gone = pins.of(organization, fingerprint)
    if not gone:
        known = dict.fromkeys(pin.organization for pin in pins.pins)
        close = get_close_matches(organization, known, n=1, cutoff=0.85)
        raise UnknownName(
            f"you have confirmed no such key of {organization}",
            hint=f"did you mean {close[0]}?" if close and close[0] != organization else "see openletter trust list",
        )
    prose(f"Your own list will no longer say that this speaks for {organization}:")
    for shown in dict.fromkeys(pin.key.fingerprint for pin in gone):
        prose(shown, "  ")
    if not confirm("Take it back?", yes=yes):
        click.echo("Nothing was changed.")
        return
    changed = change_pins(configuration_folder(), lambda before: before.removing(organization, fingerprint))
    click.echo()
    left = len({pin.key for pin in changed.of(organization)})
    prose(f"Taken back. Your list has {count(left, 'key', 'keys')} of {organization} now.")


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print the facts as JSON (spec/json/trust.schema.json).")
def list_(as_json: bool) -> None:
    """List the keys that you confirmed, and the time-stamping authorities that you name.

    Example: openletter trust list
    """
    from openletter.pins import read_authorities, read_pins

    moment = now()
    pins = read_pins(configuration_folder())
    named = read_authorities(configuration_folder())
    if as_json:
        write_json(
            {
                "format": "openletter-trust/1",
                "file": pins.path,
                "pins": [_document(pin, moment) for pin in pins.pins],
                "authorities": authorities.as_documents(named),
            }
        )
        return
    if pins.pins:
        click.secho("Keys that you confirmed", bold=True)
        organizations = list(dict.fromkeys(pin.organization for pin in pins.pins))
        for organization, remarks in zip(organizations, remarks_on.of_ids(organizations), strict=True):
            click.echo(organization)
            likeness.say(remarks, "  ")
            for pin in pins.of(organization):
                _print(pin, moment)
    else:
        prose("You have confirmed no key yet. To do so: openletter trust add ORG FINGERPRINT")
    click.echo()
    if named:
        click.secho("Time-stamping authorities that you name", bold=True)
        authorities.print_all(named)
    else:
        prose("You name no time-stamping authority. To do so: openletter trust authority add HOST FILE")
    click.echo()
    _where("Your own list of keys:", pins)


@click.command("import")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Don't ask; what would be added is shown all the same.")
def import_(file: Path, yes: bool) -> None:
    """Confirm the keys in a file that you were handed: an allowed_signers file.

    Every key is shown before you are asked. A file with one bad line is refused whole.

    Example: openletter trust import allowed_signers
    """
    from openletter.pins import change_pins, read_handed, read_pins

    moment = now()
    handed = read_handed(file)
    pins = read_pins(configuration_folder())
    new = pins.missing(handed.pins)
    organizations = sorted({pin.organization for pin in handed.pins})
    known = {pin.organization for pin in pins.pins}
    for organization, remarks in zip(organizations, remarks_on.of_ids(organizations, known), strict=True):
        click.echo(organization)
        likeness.say(remarks, "  ")
        for pin in handed.of(organization):
            _print(pin, moment, "new" if pin in new else "known")
    if not new:
        prose("There is no key in it that you have not confirmed already. Nothing was changed.")
        return
    click.echo()
    prose(
        f"Your own list would get {count(len(new), 'new key', 'new keys')}. Whoever made this file says whose they "
        "are. Confirm them only if you trust that person to have compared each, and know that the file is theirs; or "
        "compare each yourself."
    )
    if not confirm("Confirm all of them?", yes=yes):
        click.echo("Nothing was changed.")
        return
    changed = change_pins(configuration_folder(), lambda before: before.adding(new))
    click.echo()
    _where(f"Confirmed: {count(len(new), 'key', 'keys')}, in your own list:", changed)


def _check_fingerprint(text: str) -> None:
    if not _FINGERPRINT.fullmatch(text):
        raise InputError(
            f"this is no whole fingerprint: {short(text, 80)!r}",
            hint="it is SHA256: and 43 characters, as openletter keys show and ssh-keygen -l print it",
        )


def _archive(environment: Environment) -> Archive:
    try:
        return environment.archive()
    except NotAnArchive as error:
        raise NotAnArchive(
            error.message,
            path=error.path,
            hint="go into the archive that has the key on record, or name it with openletter --archive PATH; a file of "
            "keys that you were handed is taken in with: openletter trust import FILE",
        ) from error


def _find(archive: Archive, report: OrganizationReport, record: Organization, fingerprint: str) -> Key:
    """The key on the record; raises `UnknownName` where it isn't there, `ActRefused` where it counts for nothing."""
    organization = record.organization
    found = next((key for key in record.keys if key.public.fingerprint == fingerprint), None)
    if found is None:
        raise UnknownName(
            f"the key {fingerprint} is not on the key record of {organization}",
            hint=_near(archive, record, fingerprint),
        )
    if found.status == "compromised":
        raise ActRefused(
            f"{organization} declared this key compromised, doubted from {day(found.since or record.date)} on",
            hint=f"confirm its newer key; see openletter keys show {organization}",
        )
    shared = next(key.shared_with for key in report.keys if key.fingerprint == fingerprint)
    if shared:
        raise ActRefused(
            f"this key is on the record of {', '.join(shared)} too: a key listed twice counts for neither",
            hint="ask both organizations whose it is, and tell whoever runs the archive",
        )
    return found


def _near(archive: Archive, record: Organization, fingerprint: str) -> str:
    """What is on the record instead, or where else the key is."""
    listed = [key.public.fingerprint for key in record.keys]
    if close := get_close_matches(fingerprint, listed, n=1, cutoff=0.85):
        return (
            f"the nearest there is {close[0]}; it counts only where every character is the same, so compare again with "
            "what the organization told you"
        )
    for other, report in archive.organizations().items():
        if any(key.fingerprint == fingerprint for key in report.keys):
            return f"it is on the record of {other}; find out whose key it is"
    more = f" and {len(listed) - 3} more" if len(listed) > 3 else ""
    return (
        f"there are {', '.join(listed[:3])}{more}; if the organization told you this one, this archive has other keys "
        "than the organization: don't rely on them, and ask"
    )


def _already(pins: Iterable[Pin], moment: datetime) -> None:
    held = list(pins)
    prose(f"You have confirmed this key of {held[0].organization} already. Nothing was changed.")
    if not any(pin.holds(moment) for pin in held):
        prose(
            f"But your list has a time limit for it, in line {held[0].line}, and it doesn't hold now. Mend that line, "
            f"or take it back first: openletter trust remove {held[0].organization} {held[0].key.fingerprint}"
        )


def _where(text: str, pins: Pins) -> None:
    prose(text)
    click.echo(f"  {safe(pins.path)}")


def _print(pin: Pin, moment: datetime, note: str = "") -> None:
    hardware = "" if pin.key.algorithm == "ssh-ed25519" else "  (hardware key)"
    click.echo(f"  {pin.key.fingerprint}{'  ' if note else ''}{note}{hardware}")
    limits = [
        f"{word} {day(time.date().isoformat())}, {time:%H:%M:%S} UTC"
        for word, time in (("from", pin.after), ("until", pin.before))
        if time is not None
    ]
    if limits:
        prose(" ".join(limits) + ("" if pin.holds(moment) else ": it doesn't hold now"), "      ")
    if pin.comment:
        for line in quoted([short(pin.comment)], "    "):
            click.echo(line)


def _document(pin: Pin, moment: datetime) -> documents.Json:
    return {
        "organization": pin.organization,
        "fingerprint": pin.key.fingerprint,
        "algorithm": pin.key.algorithm,
        "valid_after": pin.after and f"{pin.after:%Y-%m-%dT%H:%M:%SZ}",
        "valid_before": pin.before and f"{pin.before:%Y-%m-%dT%H:%M:%SZ}",
        "holds": pin.holds(moment),
        "comment": pin.comment or None,
        "line": pin.line,
    }
