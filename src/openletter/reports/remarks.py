"""Names that could deceive, in commands and on pages (``spec/verification.md``, "Names that look alike")."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openletter.records import Signatory
    from openletter.records.lookalikes import Remark
    from openletter.verify import LetterReport, OrganizationReport

Remarks = tuple["Remark", ...]


def of_letter(report: LetterReport, known: Iterable[str]) -> list[Remarks]:
    """The remarks on each organization of a report; `known` are the ids that have key records in the archive."""
    return _of(((v.organization, v.printed, v.record_name) for v in report.organizations), known)


def of_signatories(listed: Sequence[Signatory], known: Iterable[str]) -> list[Remarks]:
    """The remarks on each entry of a letter's list."""
    return _of(((entry.organization, entry.printed) for entry in listed), known)


def of_keys(reports: Iterable[OrganizationReport], known: Iterable[str]) -> list[Remarks]:
    """The remarks on each organization with key records."""
    return _of(((report.organization, report.name) for report in reports), known)


def of_new(organization: str, name: str, reports: Iterable[OrganizationReport]) -> Remarks:
    """The remarks on an organization that is to be recorded beside these."""
    return _of([*((report.organization, report.name) for report in reports), (organization, name)], ())[-1]


def of_ids(organizations: Iterable[str], known: Iterable[str] = ()) -> list[Remarks]:
    """The remarks on ids alone."""
    return _of(((organization,) for organization in organizations), known)


def _of(rows: Iterable[tuple[str | None, ...]], known: Iterable[str]) -> list[Remarks]:
    from openletter.records.lookalikes import Named, remarks

    return remarks(
        [Named(organization=first, names=tuple(dict.fromkeys(n for n in names if n))) for first, *names in rows], known
    )
