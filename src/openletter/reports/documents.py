"""The JSON of every reading command (``spec/json/``): the same facts as on the screen and on pages, in short words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from openletter.reports import remarks as likeness
from openletter.verify import Verdict

if TYPE_CHECKING:
    from openletter.api import Event, Revision
    from openletter.records import Letter
    from openletter.records.lookalikes import Remark
    from openletter.verify import Fault, KeyStanding, LetterReport, OrganizationReport, OrganizationVerdict, Report

Json = dict[str, Any]


def report(
    found: Report,
    *,
    require: str | None,
    trust: str | None,
    met: bool,
    unmet: Sequence[tuple[str, Sequence[str]]],
    status: int,
) -> Json:
    """``spec/json/verify.schema.json``."""
    return {
        "format": "openletter-verify/1",
        "commit": found.commit,
        "whole": found.whole,
        "letters": [letter(item, found.known) for item in found.letters],
        "organizations": organizations(found.organizations, found.known),
        "checkpoints": [
            asdict(item)
            | {"state": item.state.value, "timestamps": [asdict(timestamp) for timestamp in item.timestamps]}
            for item in found.checkpoints
        ],
        "unestablished": list(found.unestablished),
        "faults": [fault(item) for item in found.faults],
        "time": None,
        "demand": None
        if require is None and trust is None
        else {
            "require": require,
            "trust": trust,
            "met": met,
            "unmet": {judged: list(reasons) for judged, reasons in unmet if reasons},
        },
        "status": status,
    }


def letter(found: LetterReport, known: Sequence[str]) -> Json:
    """One letter of a report; `known` are the ids that have key records."""
    judged = found.judged
    text = judged.letter if judged is not None else None
    return {
        "letter": found.letter,
        "revision": found.revision,
        "newest": found.newest,
        "newest_signed": found.newest_signed,
        "digest": judged.digest if judged is not None else None,
        "date": text.date if text is not None else None,
        "subject": text.subject if text is not None else None,
        "revisions": [
            {"revision": r.number, "digest": r.digest, "valid": r.letter is not None, "chained": r.chained}
            for r in found.revisions
        ],
        "organizations": [
            verdict(item, remarks)
            for item, remarks in zip(found.organizations, likeness.of_letter(found, known), strict=True)
        ],
        "unsigned_withdrawals": list(found.unsigned_withdrawals),
        "faults": [fault(item) for item in found.faults],
    }


def verdict(found: OrganizationVerdict, remarks: likeness.Remarks) -> Json:
    """One organization of a letter."""
    return {
        "organization": found.organization,
        "verdict": found.verdict.value,
        "listed": found.listed,
        "printed": found.printed,
        "person": found.person,
        "title": found.title,
        "record_name": found.record_name,
        "evidence": found.evidence.value if found.evidence is not None else None,
        "recovered": found.recovered,
        "confirmed_another": found.confirmed_another,
        "revision": found.revision,
        "same_wording": found.same_wording,
        "later": list(found.later),
        "signatures": [
            asdict(s)
            | {
                "outcome": s.outcome.value,
                "evidence": s.evidence.value if s.evidence else None,
                "vouched_by": list(s.vouched_by),
            }
            for s in found.signatures
        ],
        "withdrawal": asdict(found.withdrawal) if found.withdrawal is not None else None,
        "remarks": [remark(item) for item in remarks],
    }


def organizations(found: Iterable[OrganizationReport], known: Sequence[str] = ()) -> list[Json]:
    """Organizations and their key records; `known` are more ids that theirs could be taken for."""
    reports = list(found)
    return [organization(*pair) for pair in zip(reports, likeness.of_keys(reports, known), strict=True)]


def organization(found: OrganizationReport, remarks: likeness.Remarks) -> Json:
    """One organization's key records."""
    return {
        "organization": found.organization,
        "name": found.name,
        "records": found.records,
        "keys": [key(item) for item in found.keys],
        "waiting": asdict(found.waiting)
        | {"organizations": list(found.waiting.organizations), "agreed": list(found.waiting.agreed)}
        if found.waiting is not None
        else None,
        "recovered": found.recovered,
        "confirmed_another": found.confirmed_another,
        "faults": [fault(item) for item in found.faults],
        "remarks": [remark(item) for item in remarks],
    }


def remark(found: Remark) -> Json:
    """A name or an id that could deceive."""
    return {"kind": found.kind.value, "message": found.message}


def key(found: KeyStanding) -> Json:
    """One key of an organization."""
    return {
        "fingerprint": found.fingerprint,
        "algorithm": found.algorithm,
        "status": found.status,
        "since": found.since,
        "record": found.record,
        "retired": found.retired,
        "compromised": found.compromised,
        "evidence": found.evidence.value,
        "vouched_by": list(found.vouched_by),
        "vouched_unpinned": list(found.vouched_unpinned),
        "shared_with": list(found.shared_with),
    }


def fault(found: Fault) -> Json:
    """Something false."""
    return asdict(found)


def text(record: Letter) -> Json:
    """A letter's own fields, as its record has them."""
    return dict(record.to_data())


def listing(report: Report | None) -> Json:
    """``spec/json/list.schema.json``; `None` is for an archive without letters."""
    rows = []
    for found in report.letters if report is not None else ():
        judged = found.judged
        record = judged.letter if judged is not None else None
        listed = [verdict for verdict in found.organizations if verdict.listed]
        rows.append(
            {
                "letter": found.letter,
                "revision": found.newest,
                "date": record.date if record is not None else None,
                "subject": record.subject if record is not None else None,
                "language": record.language if record is not None else None,
                "listed": len(listed),
                "signed": sum(verdict.verdict is Verdict.SIGNED for verdict in listed),
                "endorsed": sum(verdict.verdict is Verdict.ENDORSED for verdict in found.organizations),
                "newest_signed": found.newest_signed,
                "faults": len(found.faults),
            }
        )
    return {"format": "openletter-list/1", "letters": rows}


def show(revision: Revision) -> Json:
    """``spec/json/show.schema.json``."""
    return {"format": "openletter-show/1", "digest": revision.digest, "letter": text(revision.letter)}


def log(report: LetterReport, events: Mapping[str, Event]) -> Json:
    """``spec/json/log.schema.json``; `events` are the arrivals of files, by path."""

    def arrival(path: str) -> Json | None:
        event = events.get(path)
        if event is None:
            return None
        return {
            "when": event.when.isoformat() if event.when is not None else None,
            "committer": event.committer,
            "commit": event.commit,
        }

    return {
        "format": "openletter-log/1",
        "letter": report.letter,
        "revisions": [
            {
                "revision": found.number,
                "digest": found.digest,
                "date": found.letter.date if found.letter is not None else None,
                "note": found.letter.note if found.letter is not None else None,
                "valid": found.letter is not None,
                "chained": found.chained,
                "archive_says": arrival(f"archive/{report.letter}/{found.number:04}.yaml"),
                "signatures": [
                    {
                        "path": signature.path,
                        "organization": signature.organization,
                        "outcome": signature.outcome.value,
                        "withdrawal": signature.withdrawal,
                        "key": signature.key,
                        "reason": signature.reason,
                        "archive_says": arrival(signature.path),
                    }
                    for signature in report.signatures
                    if signature.revision == found.number
                ],
            }
            for found in report.revisions
        ],
        "faults": [fault(found) for found in report.faults],
    }


def diff(before: Revision, after: Revision) -> Json:
    """``spec/json/diff.schema.json``."""
    from openletter.records.difference import compare  # comparing texts is what only this needs

    return {
        "format": "openletter-diff/1",
        "letter": before.letter.letter,
        "from": {"revision": before.letter.revision, "digest": before.digest},
        "to": {"revision": after.letter.revision, "digest": after.digest},
        "same_wording": before.letter.same_wording(after.letter),
        "changes": [
            {
                "field": change.field,
                "lines": [[{"kind": part.kind, "text": part.text} for part in line] for line in change.lines],
            }
            for change in compare(before.letter, after.letter)
        ],
    }
