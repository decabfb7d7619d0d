"""What came into a letter's folder, oldest first, in words; dates that the archive tells are no evidence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from openletter.api import Event
from openletter.errors import Invalid
from openletter.records.names import RecordName, SignatureName, WithdrawalName, letter_folder, parse_letter_file
from openletter.rendering.assets import id_html, name_html
from openletter.rendering.html import Html
from openletter.rendering.verdicts import Addresses
from openletter.reports import sentences
from openletter.reports.plain import day
from openletter.site.survey import LetterFacts
from openletter.verify import Outcome, SignatureFinding


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Something that happened, in words; `when` (a day, ISO 8601) and `by` are what the archive says of it."""

    kind: str
    words: Html
    when: str | None
    by: str | None


def events(facts: LetterFacts) -> Iterator[Event]:
    """What came in, as `Archive.history` tells it."""
    for name, (_, when, committer, commit) in facts.came_in.items():
        try:
            parsed = parse_letter_file(name)
        except Invalid:
            continue
        kind = {RecordName: "revision", SignatureName: "signature", WithdrawalName: "withdrawal"}.get(type(parsed))
        yield Event(
            path=f"{letter_folder(facts.letter)}/{name}",
            kind=kind or "withdrawal-signature",
            revision=parsed.number,
            organization=None if isinstance(parsed, RecordName) else parsed.organization,
            when=datetime.fromisoformat(when) if when is not None else None,
            committer=committer or "",
            commit=commit or "",
        )


def entries(facts: LetterFacts, addresses: Addresses) -> list[Entry]:
    """Revisions, signatures and withdrawals as they came in (by names, without history), then the checkpoints."""
    found = facts.reports[-1].letters[0]
    signatures = {signature.path: signature for signature in found.signatures}
    withdrawals = {withdrawal.path: (who, withdrawal) for who, withdrawal in found.withdrawals}
    told: list[Entry] = []
    for name in facts.came_in or dict.fromkeys(sorted(facts.folder.files)):
        path = f"{letter_folder(facts.letter)}/{name}"
        _, when, by, _ = facts.came_in.get(name, [name, None, None, None])
        try:
            parsed = parse_letter_file(name)
        except Invalid:
            continue
        words: Html | None = None
        kind = "signature"
        if isinstance(parsed, RecordName):
            kind, words = "revision", _revision(facts, parsed.number, addresses)
        elif path in withdrawals:
            who, withdrawal = withdrawals[path]
            kind = "withdrawal"
            words = Html(
                "{} withdrew its support for revision {} and every earlier one, on {} by its own account"
            ).format(_who(who, addresses), withdrawal.revision, day(withdrawal.date))
        elif path in signatures and not signatures[path].withdrawal:
            words = _signature(signatures[path], addresses)
        if words is not None:
            told.append(Entry(kind=kind, words=words, when=when[:10] if when else None, by=by))
    for seen in facts.seen:
        words = Html("{} says that it saw the archive so on {}").format(
            _who(seen.organization, addresses), day(seen.date)
        )
        told.append(Entry(kind="checkpoint", words=words, when=None, by=None))
    return told


def _revision(facts: LetterFacts, number: int, addresses: Addresses) -> Html:
    found = next((one for one in facts.reports[-1].letters[0].revisions if one.number == number), None)
    address = addresses.revision(number)
    label = Html("Revision {}").format(number)
    if address is not None:
        label = Html('<a href="{}">{}</a>').format(address, label)
    if found is None or found.letter is None:
        return Html("{}: not a valid record").format(label)
    dated = Html("{}, dated {} by its own account").format(label, day(found.letter.date))
    if found.letter.note is None:
        return dated
    return Html("{}; what changed, in its own words: “{}”").format(
        dated, name_html(" ".join(found.letter.note.split()))
    )


def _signature(found: SignatureFinding, addresses: Addresses) -> Html:
    who = _who(found.organization, addresses)
    if found.outcome is Outcome.VALID:
        return Html("{} signed revision {}").format(who, found.revision)
    return Html('{}: <bdi dir="ltr">{}</bdi>').format(who, sentences.fault_of(found))


def _who(organization: str, addresses: Addresses) -> Html:
    return id_html(organization, addresses.organization(organization))
