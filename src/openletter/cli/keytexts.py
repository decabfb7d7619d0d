"""Key records in words: what one changes, who could give new keys, who is waited for.

Names and notes are an organization's own words, and shown as a stranger's. Whoever is asked to agree or to vouch reads
the same lines as whoever made the record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from openletter.cli.terminal import (
    prose,
    quoted,
    remark,
)
from openletter.errors import InputError
from openletter.reports.plain import count, day, number_word

if TYPE_CHECKING:
    from openletter.records import Key, Organization, Recovery
    from openletter.verify import OrganizationReport

Command = TypeVar("Command", bound=Callable[..., Any])
_MOST = 20
"""How many ids are told one by one: a record may hold thousands."""

NOTE_HELP = "Why, in the organization's own words. It will be public."


def recovery_options(command: Command) -> Command:
    """The two options that say who may give an organization new keys."""
    named = click.option(
        "--recovery",
        metavar="ORG,ORG,…",
        help="Who may together give ORG new keys when all of its own are lost. Needs --threshold.",
    )
    threshold = click.option(
        "--threshold", metavar="N", type=click.IntRange(min=1), help="How many of --recovery it takes."
    )
    return named(threshold(command))


def wanted_recovery(text: str | None, threshold: int | None) -> Recovery | None:
    """What the two options say; `None` where neither is given. Raises `InputError`, `IdError`."""
    from openletter.records import Recovery
    from openletter.records.names import parse_organization_id

    if text is None and threshold is None:
        return None
    if text is None or threshold is None:
        raise InputError(
            "--recovery and --threshold belong together: who, and how many of them it takes",
            hint="for example --recovery birch.example,cedar.example,dogwood.example --threshold 2",
        )
    return Recovery(
        threshold=threshold, organizations=tuple(parse_organization_id(part.strip()) for part in text.split(","))
    )


def names(ids: Iterable[str]) -> str:
    """Ids in a sentence, the first of many."""
    found = list(ids)
    return ", ".join(found[:_MOST]) + (f", and {len(found) - _MOST} more" if len(found) > _MOST else "")


def together(recovery: Recovery) -> str:
    """So many of whom it takes."""
    if len(recovery.organizations) == 1:
        return f"{recovery.organizations[0]} alone"
    if recovery.threshold == 2 == len(recovery.organizations):
        return f"{recovery.organizations[0]} and {recovery.organizations[1]} together"
    together = "alone" if recovery.threshold == 1 else "together"
    return f"{_so_many(recovery.threshold, recovery.organizations)} {together}"


def _so_many(number: int, ids: Sequence[str]) -> str:
    if number == len(ids):
        return (
            names(ids) if number == 1 else f"{'both' if number == 2 else f'all {number_word(number)}'} of {names(ids)}"
        )
    return f"any {number_word(number)} of {names(ids)}"


def recovery(found: Recovery, organization: str) -> None:
    """Who could give an organization new keys."""
    prose(f"New keys can be given to {organization}, without one of its old ones, by {together(found)}.")


def warn_of_recovery(found: Recovery, reports: Mapping[str, OrganizationReport]) -> None:
    """Point out those who are named for recovery and have no key here yet."""
    if found.threshold == 1:
        remark("Note: one of them alone could take over the keys. With a --threshold of two or more, none can.")
    unknown = [other for other in found.organizations if other not in reports or not reports[other].records]
    if unknown:
        remark(
            f"Note: {names(unknown)} {'has' if len(unknown) == 1 else 'have'} no key on record here yet, and can't "
            "agree to anything before. Check the spelling. Whoever records a key under such a name first could agree "
            "in its place: look at that key once it is here."
        )


# --- what a record changes ---


def changes(before: Organization | None, record: Organization) -> None:
    """What a key record says that the one before it doesn't, key by key."""
    known = {key.key: key for key in before.keys} if before is not None else {}
    for key in record.keys:
        click.echo(f"  {key.public.fingerprint}")
        prose(_change(known.get(key.key), key), "      ")
    if before is not None and before.name != record.name:
        prose("Its name, which was:")
        _quote(before.name)
        prose("will be:")
        _quote(record.name)
    old = before.recovery if before is not None else None
    if record.recovery != old:
        if old is not None:
            prose(f"Until now new keys can be given to {record.organization} by {together(old)}.")
        if record.recovery is not None:
            prose(f"From now on they can be given to it by {together(record.recovery)}.")
        else:
            prose("From now on they can be given to it by nobody.")
    if record.note is not None:
        prose("The note that will be read:")
        _quote(record.note)


def _change(old: Key | None, new: Key) -> str:
    if old is None:
        return f"new: {_status(new)}"
    if old.status == new.status == "compromised" and old.since != new.since:
        return f"{_status(new)}; until now it was doubted since {day(old.since or '')}"
    if old.status != new.status:
        return f"was {old.status}; from now on {_status(new)}"
    return f"{_status(new)}, as before"


def _status(key: Key) -> str:
    if key.since is None:
        return key.status
    return f"compromised: what it signed is doubted since {day(key.since)}"


def _quote(text: str) -> None:
    for line in quoted(text.split("\n")):
        click.echo(line)


# --- what is on record ---


def on_record(record: Organization) -> None:
    """Who could give the organization new keys, and its note."""
    click.echo()
    if record.recovery is not None:
        recovery(record.recovery, record.organization)
    else:
        prose("Nobody is named who could give it new keys if all of its own are lost.")
    if record.note is not None:
        prose("The note on its newest key record:")
        _quote(record.note)


def about_waiting(report: OrganizationReport) -> None:
    """What to make of a record that waits, and what whoever is asked would type."""
    if report.waiting is None:
        return
    organization = report.organization
    click.echo()
    prose(
        f"Whoever can write to this archive could have asked for that, a thief too. If {organization} didn't, then "
        "don't agree, and work in a copy of the archive that lacks this record."
    )
    prose(f"To see what it would change, and to agree: openletter keys authorize {organization} --as ORG")


def agreement(report: OrganizationReport) -> str:
    """How many must agree, and who has."""
    found = report.waiting
    if found is None:
        return "It has what it needs."
    takes = _so_many(found.threshold, found.organizations)
    return f"It takes the agreement of {takes}. Agreed so far: {names(found.agreed) or 'nobody'}."


def asked(report: OrganizationReport) -> None:
    """What those who are waited for have to do, to be told to them."""
    found = report.waiting
    if found is None:
        return
    organization = report.organization
    left = [other for other in found.organizations if other not in found.agreed]
    prose(
        f"It counts for nothing yet. {agreement(report)} Give each of them this copy of the archive, and call them, so "
        "that they can compare every fingerprint with you. Then each types:"
    )
    for other in left[:_MOST]:
        click.echo(f"  openletter keys authorize {organization} --as {other}")


def outcome(report: OrganizationReport, record: int) -> None:
    """Does a key record count now, or for how many more does it wait?"""
    if report.waiting is not None and report.waiting.record == record:
        more = report.waiting.threshold - len(report.waiting.agreed)
        prose(f"Record {record} of {report.organization} still waits: {count(more, 'more', 'more')} must agree.")
    else:
        prose(f"Record {record} of {report.organization} has what it needs, and counts from now on.")


def how_to_confirm(report: OrganizationReport) -> None:
    """What is to be done about keys that nobody has confirmed whom the reader trusts."""
    from openletter.verify import Evidence

    usable = [key for key in report.keys if key.status != "compromised"]
    unknown = [key for key in usable if key.evidence is Evidence.RECORDED]
    if not unknown:
        if usable:
            prose(
                "What you or organizations that you trust have confirmed is in your own list: openletter trust list. "
                "It is yours alone, and not in this archive."
            )
        return
    which = "These keys are" if len(unknown) == len(report.keys) else "Of these keys some are"
    prose(
        f"{which} known only from this archive: whoever runs it could have invented them. Ask the organization, by a "
        "route that you already trust (a telephone number that you knew before, its own web site), to read you the "
        "fingerprint of its key. Compare every character after “SHA256:”."
    )
    prose(f"Where it is the same, say so: openletter trust add {report.organization} FINGERPRINT")
