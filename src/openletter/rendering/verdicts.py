"""Who signed a letter, in words, with the evidence and how to check it by hand (``spec/verification.md``, "Words").

A row for each organization bears ``data-organization`` (its id, empty where it has none) and ``data-verdict``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from openletter.rendering.assets import command_html, hidden_html, id_html, lines_html, name_html
from openletter.rendering.html import EMPTY, Html, joined
from openletter.reports import remarks as likeness
from openletter.reports import sentences
from openletter.verify import Fault, LetterReport, OrganizationVerdict, SignatureFinding, Verdict

SYMBOLS: Final = {
    Verdict.SIGNED: "●",
    Verdict.ENDORSED: "◆",
    Verdict.SIGNED_EARLIER: "◐",
    Verdict.WITHDRAWN: "⊖",
    Verdict.DISPUTED: "≠",
    Verdict.UNPROVEN: "?",
    Verdict.INVALID: "✕",
    Verdict.NAMED: "○",
}
"""A mark for each verdict, that says nothing beside its words."""

_EACH: Final = 4
"""In a group of so many rows, what is said of all is said once."""
_MANY: Final = 30
"""A group of so many rows can be folded away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where pages of ours stand, as addresses for ``href``; each may be left out, and is then no link.

    `organization` takes an id, `revision` a number, `difference` an older and a newer number.
    """

    organization: Callable[[str], str | None] = lambda _: None
    revision: Callable[[int], str | None] = lambda _: None
    difference: Callable[[int, int], str | None] = lambda _older, _newer: None


def signatories_html(
    report: LetterReport,
    known: Iterable[str],
    *,
    records: Mapping[str, int] | None = None,
    addresses: Addresses | None = None,
    level: int = 3,
) -> Html:
    """The verdicts of a report, under a heading of this level for each kind; `known` are ids with key records.

    `records` tells how many valid key records an organization has, for the commands to check by hand.
    """
    view = _View(report, records or {}, addresses or Addresses(), level)
    parts = [faults_html(report.faults, "False in this letter", level=level)]
    if report.judged is None or report.judged.letter is None:
        parts.append(Html("<p>Nothing can be said of who signed it: this text is not a valid record.</p>"))
        return Html('<div class="verdicts">{}</div>').format(joined(parts))
    parts.append(Html('<p class="summary">{}</p>').format(sentences.summary(report)))
    if any(found.listed for found in report.organizations):
        parts.append(
            Html(
                '<p class="caution"><strong>Listed is not signed.</strong> That a letter names an organization shows '
                "no consent; only a signature of its own over exactly these words does.</p>"
            )
        )
    pairs = list(zip(report.organizations, likeness.of_letter(report, known), strict=True))
    for verdict in sentences.HEADINGS:
        those = [pair for pair in pairs if pair[0].verdict is verdict]
        if those:
            parts.append(view.group(verdict, those))
    for path in report.unsigned_withdrawals:
        parts.append(
            Html(
                "<p>A withdrawal without a valid signature lies here and ends nothing: "
                '<code class="path" dir="ltr">{}</code></p>'
            ).format(path)
        )
    return Html('<div class="verdicts">{}</div>').format(joined(parts))


def faults_html(faults: Sequence[Fault], title: str, *, level: int = 3) -> Html:
    """What is false, each with its place, under a heading; nothing where nothing is."""
    if not faults:
        return EMPTY
    rows = joined(
        Html('<li><code class="path" dir="ltr">{}</code> <bdi>{}</bdi></li>').format(
            fault.path + (f":{fault.line}" if fault.line is not None else ""),
            (f"{fault.field}: " if fault.field else "") + f"{fault.message} ({fault.error})",
        )
        for fault in faults
    )
    return Html('<section class="faults"><h{0}>{1}</h{0}><ul>{2}</ul></section>').format(level, title, rows)


def verdict_html(verdict: Verdict) -> Html:
    """A verdict as its mark and its words."""
    return Html('<span class="said"><span class="mark" aria-hidden="true">{}</span> {}</span>').format(
        SYMBOLS[verdict], sentences.HEADINGS[verdict]
    )


_Pair = tuple[OrganizationVerdict, likeness.Remarks]


@dataclass(frozen=True, slots=True)
class _View:
    report: LetterReport
    records: Mapping[str, int]
    addresses: Addresses
    level: int

    def group(self, verdict: Verdict, those: Sequence[_Pair]) -> Html:
        """The rows of one kind of verdict, under its heading."""
        told = [list(sentences.notes(found)) for found, _ in those]
        common = [note for note in told[0] if all(note in notes for notes in told)] if len(those) >= _EACH else []
        rows = joined(
            self.row(found, remarks, [note for note in notes if note not in common])
            for (found, remarks), notes in zip(those, told, strict=True)
        )
        heading = Html("<h{0}>{1} {2}</h{0}>").format(
            self.level, verdict_html(verdict), Html('<span class="count">({})</span>').format(len(those))
        )
        each = Html('<p class="each">Each of these: {}.</p>').format("; ".join(common)) if common else EMPTY
        shown = Html('<ul class="rows" role="list">{}</ul>').format(rows)
        if len(those) >= _MANY:
            shown = Html("<details open><summary>All {} of them</summary>{}</details>").format(len(those), shown)
        return Html('<section class="group" data-group="{}">{}{}{}</section>').format(verdict, heading, each, shown)

    def row(self, found: OrganizationVerdict, remarks: likeness.Remarks, notes: Sequence[str]) -> Html:
        """One organization: its id first, the printed name as a claim beside it."""
        address = self.addresses.organization(found.organization) if found.organization is not None else None
        name = found.printed or found.record_name
        parts = [
            Html('<p class="who">{} {}</p>').format(
                id_html(found.organization, address),
                Html('<span class="printed">{}</span>').format(name_html(name)) if name else EMPTY,
            )
        ]
        if None not in {found.organization, found.printed} and found.record_name not in {None, found.printed}:
            parts.append(
                Html('<p class="claim">printed so; its own key record calls it “<bdi>{}</bdi>”</p>').format(
                    found.record_name
                )
            )
        parts += [
            Html('<p class="remark"><strong>Look twice:</strong> <bdi dir="ltr">{}</bdi></p>').format(remark.message)
            for remark in remarks
        ]
        said = [Html("{}").format(note) for note in notes]
        if found.verdict is Verdict.SIGNED_EARLIER and found.revision is not None:
            changed = self.addresses.difference(found.revision, found.judged)
            if changed is not None:
                said.append(Html('<a href="{}">what changed since</a>').format(changed))
        if found.verdict in {Verdict.DISPUTED, Verdict.UNPROVEN, Verdict.INVALID}:
            said += [
                Html('<bdi dir="ltr">{}</bdi>').format(sentences.fault_of(signature))
                for signature in found.signatures
                if signature.reason is not None
            ]
        if said:
            parts.append(Html('<ul class="notes">{}</ul>').format(joined(map(Html("<li>{}</li>").format, said))))
        withdrawal = found.withdrawal
        if withdrawal is not None and found.verdict is Verdict.WITHDRAWN and withdrawal.reason is not None:
            parts.append(
                Html('<p class="reason-label">Its reason:</p><blockquote class="reason">{}</blockquote>').format(
                    lines_html(withdrawal.reason)
                )
            )
        parts.append(self.by_hand(found))
        return Html('<li data-organization="{}" data-verdict="{}">{}</li>').format(
            found.organization or "", found.verdict, joined(parts)
        )

    def by_hand(self, found: OrganizationVerdict) -> Html:
        """The commands that check the signatures a verdict rests on, without openletter."""
        commands = [self.command(signature) for signature in found.rests_on]
        if not commands:
            return EMPTY
        return Html('<details class="hand"><summary>Check by hand{}</summary>{}</details>').format(
            hidden_html(f": {found.organization}"), joined(commands)
        )

    def command(self, signature: SignatureFinding) -> Html:
        organization = signature.organization
        number = f"{self.records[organization]:04}" if organization in self.records else "NNNN"
        folder, _, name = signature.path.rpartition("/")
        text = name.rsplit(".", 2)[0] if signature.withdrawal else name.partition(".")[0]
        return command_html(
            f"ssh-keygen -Y verify -f keys/{organization}/{number}.allowed_signers \\",
            f"  -I {organization} -n openletter \\",
            f"  -s {folder}/{name} \\",
            f"  < {folder}/{text}.yaml",
        )
