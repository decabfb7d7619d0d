"""What other pages say of a letter: its row in lists, its verdicts for organizations, its entries in the feed."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from typing import Final

from openletter.records import Letter
from openletter.records.names import letter_folder
from openletter.records.text import as_lines
from openletter.reports import documents
from openletter.reports.plain import day
from openletter.site import timeline
from openletter.site.manifest import Json
from openletter.site.survey import LetterFacts
from openletter.verify import LetterReport, OrganizationVerdict, Verdict

_SEARCHED: Final = 4000
"""Of how many characters of a letter the words are searched in the front page."""


def told(facts: LetterFacts) -> Json:
    """What other pages say of a letter, as data."""
    newest = facts.reports[-1]
    found = newest.letters[0]
    row: Json = documents.listing(newest)["letters"][0]
    text = found.judged.letter if found.judged is not None else None
    return {
        "row": row | {"state": _state(row), "to": _addressed(text)},
        "texts": [_text(report.letters[0]) for report in facts.reports if _valid(report.letters[0])],
        "verdicts": [_verdict(one, facts) for one in found.organizations if one.organization is not None],
        "search": " ".join([facts.letter, *(as_lines(text) if text is not None else ())])[:_SEARCHED],
        "entries": list(_entries(facts)),
    }


def _state(row: Json) -> str:
    if row["faults"]:
        return "something false was found in it"
    state = f"{row['signed']} of {row['listed']} signed" if row["listed"] else "names nobody as signing"
    return state + (f", {row['endorsed']} more signed without being named" if row["endorsed"] else "")


def _addressed(text: Letter | None) -> str | None:
    names = [one.name or one.title or one.organization or "" for one in text.addressees] if text is not None else []
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "") if names else None


def _valid(found: LetterReport) -> bool:
    return found.judged is not None and found.judged.letter is not None


def _text(found: LetterReport) -> Json:
    assert found.judged is not None and found.judged.letter is not None  # noqa: PT018, S101
    text = found.judged.letter
    return {
        "revision": text.revision,
        "digest": found.judged.digest,
        "translation_of": text.translation_of,
        "language": text.language,
        "subject": text.subject,
        "date": text.date,
        "signed": sum(one.verdict in {Verdict.SIGNED, Verdict.ENDORSED} for one in found.organizations),
    }


def _verdict(found: OrganizationVerdict, facts: LetterFacts) -> Json:
    number = facts.records.get(found.organization or "")
    return {
        "organization": found.organization,
        "verdict": found.verdict.value,
        "signed_revision": found.revision,
        "commands": [
            list(command(signature.path, found.organization or "", number))
            for signature in found.rests_on
            if number and not signature.withdrawal
        ],
    }


def command(path: str, organization: str, record: int) -> tuple[str, ...]:
    """The exact lines that check a signature with stock tools, typed in a copy of the archive."""
    folder, _, name = path.rpartition("/")
    return (
        f"ssh-keygen -Y verify -f keys/{organization}/{record:04}.allowed_signers \\",
        f"  -I {organization} -n openletter \\",
        f"  -s {path} \\",
        f"  < {folder}/{name.partition('.')[0]}.yaml",
    )


def _entries(facts: LetterFacts) -> Iterator[Json]:
    """What came in, for the feed; the id is that of the file's own bytes (RFC 6920), so it stays the same for ever."""
    found = facts.reports[-1].letters[0]
    texts = {one.number: one.letter for one in found.revisions}
    signatures = {one.path: one for one in found.signatures}
    withdrawn = {one.path: (who, one) for who, one in found.withdrawals}
    for event in timeline.events(facts):
        data = facts.folder.files.get(event.path.rpartition("/")[2])
        if data is None:
            continue
        text = texts.get(event.revision)
        subject = (text.subject if text is not None else None) or facts.letter
        if event.kind == "revision":
            title = f"{subject}: revision {event.revision}" + (f", dated {day(text.date)}" if text is not None else "")
        elif event.kind == "signature" and event.path in signatures:
            signed = (
                "signed" if signatures[event.path].outcome.value == "valid" else "has a signature that doesn't count on"
            )
            title = f"{event.organization} {signed} revision {event.revision} of: {subject}"
        elif event.path in withdrawn:
            title = f"{event.organization} withdrew from revision {event.revision} of: {subject}"
        else:
            continue
        digest = base64.urlsafe_b64encode(hashlib.sha256(event.path.encode() + b"\0" + data).digest())
        yield {
            "id": f"ni:///sha-256;{digest.decode().rstrip('=')}",
            "when": event.when.isoformat() if event.when is not None else None,
            "title": title,
            "page": f"{facts.letter}/{event.revision}/",
            "file": f"{letter_folder(facts.letter)}/{event.path.rpartition('/')[2]}",
        }
