"""Names that could deceive, written to the terminal (``spec/verification.md``, "Names that look alike")."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import click

from openletter.cli.terminal import (
    told,
)
from openletter.reports.remarks import Remarks, of_signatories

if TYPE_CHECKING:
    from openletter.records import Signatory


def say(remarks: Remarks, indent: str) -> None:
    """Write remarks, a line or more each."""
    for remark in remarks:
        for line in told("look twice: " + remark.message, indent, indent):
            click.echo(line)


def say_of_list(listed: Sequence[Signatory], known: Iterable[str]) -> None:
    """Write the remarks on a letter's list, each with the id that it is about."""
    for entry, remarks in zip(listed, of_signatories(listed, known), strict=True):
        if remarks:
            click.echo(f"In the list of signatories, {entry.organization or '(no id)'}:")
            say(remarks, "  ")
