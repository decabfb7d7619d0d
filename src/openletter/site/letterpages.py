"""The pages of one letter: each revision, what changed between any two, what translates it, and its bytes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from openletter.api import Archive, Event, Revision
from openletter.errors import Invalid
from openletter.records import Letter
from openletter.records.names import RecordName, letter_folder
from openletter.rendering import differences, letters, verdicts
from openletter.rendering.html import Html
from openletter.rendering.pages import Pages
from openletter.rendering.verdicts import Addresses
from openletter.reports import documents
from openletter.site import limits, timeline
from openletter.site.survey import LetterFacts
from openletter.site.translations import Translation
from openletter.verify import LetterReport, Report, Verdict

_FALSE: Final = 1

Page = tuple[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What all pages of a site share. `ids` are the organizations that have a page; `base_url` ends in a slash."""

    pages: Pages
    archive: Archive
    ids: frozenset[str]
    base_url: str | None

    def page(self, template: str, path: str, **facts: object) -> Page:
        """A page at this path, that finds the others by relative addresses."""
        folder = path.rpartition("/")[0]
        root = "../" * path.count("/")
        canonical = (
            None if self.base_url is None else f"{self.base_url}{folder}/".replace("//", "/").replace(":/", "://")
        )
        shared = {"root": root, "style_address": f"{root}style.css", "csp": CSP, "here": path, "canonical": canonical}
        return path, self.pages.render(template, **(shared | facts)).encode("utf-8")


CSP: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'"
)
"""What a page of a site may load: its own style sheet, scripts and evidence, from where it came from."""


def as_json(document: Mapping[str, object]) -> bytes:
    """A document as the commands write it."""
    return (json.dumps(document, ensure_ascii=True, indent=2).replace("\x7f", "\\u007f") + "\n").encode("ascii")


def pages_of(facts: LetterFacts, translations: Sequence[Translation], frame: Frame) -> Iterator[Page]:
    """All pages of a letter, and its files byte for byte."""
    view = _View(facts, translations, frame)
    yield from view.files()
    for report in facts.reports:
        yield from view.revision(report)
    yield from view.newest()
    for number in facts.without_pages:
        yield view.without_page(number)
    for first, second in view.pairs:
        yield from view.difference(first, second)
    yield from view.dated()


class _View:
    def __init__(self, facts: LetterFacts, translations: Sequence[Translation], frame: Frame) -> None:
        self.facts = facts
        self.frame = frame
        self.letter = facts.letter
        self.translations = translations
        self.reports = {number: r for r in facts.reports if (number := r.letters[0].revision) is not None}
        self.texts: dict[int, Letter] = {
            number: judged.letter
            for number, report in self.reports.items()
            if (judged := report.letters[0].judged) is not None and judged.letter is not None
        }
        self.last = max(self.texts, default=None)
        sizes = {number: len(facts.folder.files[str(RecordName(number=number))]) for number in self.texts}
        self.pairs = limits.pairs_of(sizes)
        self.with_evidence = limits.with_evidence(list(self.reports), facts.folder)
        self.evidence: set[int] = set()

    # --- a revision ---

    def revision(self, report: Report) -> Iterator[Page]:
        number = report.letters[0].revision
        if number is None:
            return
        folder = f"{self.letter}/{number}"
        bundle = self.bundle(number)
        if bundle is not None:
            self.evidence.add(number)
            yield f"{folder}/bundle.json", bundle
        yield f"{folder}/index.json", as_json(self.verified(report))
        if number in self.texts:
            yield f"{folder}/show.json", as_json(documents.show(self.stored(number)))
        yield self.letter_page(report, f"{folder}/index.html", evidence="bundle.json" if bundle is not None else None)
        for other in self.translations:
            if other.of_revision == number and number in self.texts:
                yield self.beside(report, other)

    def newest(self) -> Iterator[Page]:
        """The address that always shows the newest revision."""
        report = self.facts.reports[-1]
        number = report.letters[0].revision
        yield f"{self.letter}/index.json", as_json(self.verified(report))
        yield f"{self.letter}/log.json", as_json(documents.log(report.letters[0], self.events()))
        evidence = f"{number}/bundle.json" if number in self.evidence else None
        yield self.letter_page(report, f"{self.letter}/index.html", evidence=evidence)

    def letter_page(self, report: Report, path: str, *, evidence: str | None) -> Page:
        found = report.letters[0]
        number = found.revision
        root = "../" * path.count("/")
        text = self.texts.get(number) if number is not None else None
        addresses = self.addresses(root)
        return self.frame.page(
            "letter.html",
            path,
            letter=self.letter,
            found=found,
            text=text,
            permanent=f"{root}{self.letter}/{number}/index.html" if number is not None else None,
            article=letters.letter_html(text) if text is not None else None,
            record=letters.record_html(text) if text is not None else None,
            digest=found.judged.digest if found.judged is not None else None,
            signatories=verdicts.signatories_html(
                found, self.facts.known, records=self.facts.records, addresses=addresses
            ),
            entries=timeline.entries(self.facts, addresses),
            has_history=bool(self.facts.came_in),
            pairs=[(a, b, f"{root}{self.letter}/{a}..{b}/index.html") for a, b in reversed(self.pairs)],
            not_all_pairs=len(self.pairs) < len(self.texts) * (len(self.texts) - 1) // 2 or self.facts.without_pages,
            no_room=number is not None and number not in self.with_evidence,
            translations=[
                (one, f"{root}{one.letter}/{one.revision}/index.html", f"{root}{_beside(self.letter, one)}")
                for one in self.translations
                if one.of_revision == number
            ],
            evidence=evidence,
            raw=f"{root}{letter_folder(self.letter)}/{RecordName(number=number)}" if number is not None else None,
            folder=f"{root}{letter_folder(self.letter)}",
            files=sorted(self.facts.folder.files),
            json_address="index.json",
        )

    def without_page(self, number: int) -> Page:
        """A short page in the place of a revision that has no room for more: its address stays."""
        raw = f"../../../{letter_folder(self.letter)}/{RecordName(number=number)}"
        return self.frame.page(
            "without.html", f"{self.letter}/{number}/index.html", letter=self.letter, number=number, raw=raw
        )

    def verified(self, report: Report) -> documents.Json:
        status = _FALSE if report.false else 0
        document = documents.report(report, require=None, trust=None, met=True, unmet=(), status=status)
        # A page stays the same while what it tells does, so it names no commit of the archive.
        return document | {"commit": None, "memory": None}

    def bundle(self, number: int) -> bytes | None:
        """The evidence for a revision; `None` where it has no room, or something lies here that can't travel."""
        if number not in self.with_evidence:
            return None
        try:
            return self.frame.archive.bundle(self.letter, number, proofs=False).to_bytes()
        except Invalid:
            return None

    def stored(self, number: int) -> Revision:
        text = self.texts[number]
        data = self.facts.folder.files[str(RecordName(number=number))]
        return Revision(letter=text, data=data, digest=text.digest)

    def events(self) -> Mapping[str, Event]:
        return {event.path: event for event in timeline.events(self.facts)}

    def addresses(self, root: str) -> Addresses:
        pairs = set(self.pairs)
        return Addresses(
            organization=lambda one: f"{root}organizations/{one}/index.html" if one in self.frame.ids else None,
            revision=lambda number: f"{root}{self.letter}/{number}/index.html" if number in self.reports else None,
            difference=lambda a, b: f"{root}{self.letter}/{a}..{b}/index.html" if (a, b) in pairs else None,
        )

    # --- two texts ---

    def difference(self, first: int, second: int) -> Iterator[Page]:
        folder = f"{self.letter}/{first}..{second}"
        before, after = self.texts[first], self.texts[second]
        yield f"{folder}/index.json", as_json(documents.diff(self.stored(first), self.stored(second)))
        for path, other, rendered in (
            (f"{folder}/index.html", "side/index.html", differences.inline_html(before, after, level=2)),
            (f"{folder}/side/index.html", "../index.html", differences.side_by_side_html(before, after, level=2)),
        ):
            root = "../" * path.count("/")
            yield self.frame.page(
                "difference.html",
                path,
                letter=self.letter,
                first=first,
                second=second,
                subject=after.subject,
                same=before.same_wording(after),
                rendered=rendered,
                other=other,
                beside=path.endswith("/side/index.html"),
                signed=differences.signed_which_html(
                    self.judged(first), self.judged(second), addresses=self.addresses(root)
                ),
                revisions=[(number, f"{root}{self.letter}/{number}/index.html") for number in (first, second)],
            )

    def judged(self, number: int) -> LetterReport:
        return self.reports[number].letters[0]

    def beside(self, report: Report, other: Translation) -> Page:
        """A text and its translation, side by side, each with its own signatures."""
        path = _beside(self.letter, other)
        root = "../" * path.count("/")
        number = report.letters[0].revision
        text = self.texts[number or 0]
        own = f"{root}{self.letter}/{number}/index.html"
        translated = self.frame.archive.verify(f"{other.letter}@{other.revision}").letters[0]
        assert translated.judged is not None and translated.judged.letter is not None  # noqa: PT018, S101
        return self.frame.page(
            "translation.html",
            path,
            letter=self.letter,
            number=number,
            other=other,
            texts=[
                (letters.letter_html(text), self.summary(report.letters[0]), own),
                (
                    letters.letter_html(translated.judged.letter, name="translation"),
                    self.summary(translated),
                    f"{root}{other.letter}/{other.revision}/index.html",
                ),
            ],
        )

    def summary(self, found: LetterReport) -> Html:
        from openletter.reports import sentences

        signed = any(one.verdict in {Verdict.SIGNED, Verdict.ENDORSED} for one in found.organizations)
        return Html("{}{}").format("" if signed else "Nobody signed this text. ", sentences.summary(found))

    # --- permanent addresses ---

    def dated(self) -> Iterator[Page]:
        """For each date that a revision bears, the newest that bears it."""
        by_date: dict[str, int] = {text.date: number for number, text in sorted(self.texts.items())}
        for date, number in by_date.items():
            path = f"{self.letter}/{date}/index.html"
            yield self.frame.page(
                "dated.html",
                path,
                letter=self.letter,
                date=date,
                number=number,
                address=f"../{number}/index.html",
                others=[other for other, text in self.texts.items() if text.date == date and other != number],
            )

    def files(self) -> Iterator[Page]:
        for name, data in self.facts.folder.files.items():
            yield f"{letter_folder(self.letter)}/{name}", data


def _beside(letter: str, other: Translation) -> str:
    name = f"{other.letter.replace('/', '-')}-{other.revision}"
    return f"{letter}/{other.of_revision}/beside/{name}/index.html"
