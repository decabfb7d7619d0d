"""A site built: verdicts come from the archive each time, and only what is made of something else is written again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib import metadata, resources
from pathlib import Path
from typing import Final

from openletter.api import Archive
from openletter.errors import ActRefused
from openletter.rendering import assets
from openletter.rendering.pages import Pages
from openletter.rendering.verifier_source import verifier_source
from openletter.reports import documents
from openletter.site import commonpages, letterpages, telling
from openletter.site.journal import Journal
from openletter.site.letterpages import Frame, Page
from openletter.site.manifest import NAME, Json, Manifest, Part, decode, made_of, sum_of
from openletter.site.output import Output
from openletter.site.survey import LetterFacts, Survey
from openletter.site.translations import translations

_TRIES: Final = 3
_COMMON: Final = "common"


@dataclass(kw_only=True)
class Built:
    """What a build did: how many letters were made again and kept, how many files were written, kept and removed."""

    letters_made: int = 0
    letters_kept: int = 0
    written: int = 0
    kept: int = 0
    removed: int = 0
    false_places: int = 0
    commit: str | None = None


def build(
    archive: Archive,
    out: Path,
    *,
    base_url: str | None = None,
    fresh: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Built:
    """Build the site of an archive into a folder; raises `ActRefused`, `StorageError`, `MissingExtra`.

    The folder is empty, or holds a site that was built before: of that, what is made of the same is kept. `fresh` makes
    everything again.
    """
    _apart(archive.path, out)
    if base_url is not None and not base_url.startswith(("https://", "http://")):
        raise ActRefused(
            "the address of a site begins with https://", hint="for example --base-url https://letters.example/"
        )
    base_url = None if base_url is None else base_url.rstrip("/") + "/"
    output = Output(out)
    tool = _tool(base_url)
    if output.read(NAME) is None:
        output.write(NAME, Manifest(tool="").to_bytes())  # first of all: the folder is ours, also if we are killed
    before = None if fresh else decode(output.read(NAME) or b"")
    if before is None or before.tool != tool:
        old = before or decode(output.read(NAME) or b"")
        before = Manifest(tool=tool, parts=_forgotten(old))
    journal = Journal(output)
    before = journal.distrusted(before)
    for _ in range(_TRIES):
        builder = _Builder(archive, output, journal, before, tool, base_url, progress)
        built = builder.run()
        if archive.commit() == built.commit:
            return built
        before = builder.manifest
    return built


def _forgotten(old: Manifest | None) -> dict[str, Part]:
    """The parts of a site that is made again: of each is only known which pages it had."""
    parts = old.parts if old is not None else {}
    return {name: Part(made_of="", pages=part.pages) for name, part in parts.items()}


def _apart(archive: Path, out: Path) -> None:
    """Raise `ActRefused` where the site would lie among the letters."""
    where = out.resolve()
    for name in ("archive", "keys", ".git"):
        if where.is_relative_to(archive.resolve() / name):
            raise ActRefused(
                "a site can't lie among the records of the archive", path=str(out), hint="name another folder"
            )
    if where == archive.resolve():
        raise ActRefused("this is the archive itself", path=str(out), hint="name a folder for the site, such as site")


def _tool(base_url: str | None) -> str:
    """This version, by all that pages are made with."""
    sources = [
        (f"{package}/{found.name}", found.read_text("utf-8"))
        for package in ("openletter.site", "openletter.rendering", "openletter.reports")
        for folder in (resources.files(package), resources.files(package).joinpath("templates"))
        if folder.is_dir()
        for found in sorted(folder.iterdir(), key=lambda it: it.name)
        if found.is_file() and found.name.endswith((".py", ".html", ".js", ".css"))
    ]
    return made_of(metadata.version("openletter"), base_url, sources, assets.style(), verifier_source())


@dataclass
class _Builder:
    archive: Archive
    output: Output
    journal: Journal
    before: Manifest
    tool: str
    base_url: str | None
    progress: Callable[[int, int], None] | None
    built: Built = field(default_factory=Built)

    def run(self) -> Built:
        survey = Survey(self.archive, self.before)
        self.journal.begin()
        self.manifest = Manifest(tool=self.tool, commit=survey.commit, arrivals=survey.arrivals)
        self.frame = Frame(
            pages=Pages("openletter.site"), archive=self.archive, ids=frozenset(survey.ids), base_url=self.base_url
        )
        told = self.letters(survey)
        rows = commonpages.rows_by_organization(told)
        for organization, found in survey.reports.items():
            files = self.archive.key_files(organization)
            known = [*survey.known([organization]), organization]
            made = made_of(
                documents.organizations([found], known),
                rows.get(organization, []),
                {name: sum_of(data) for name, data in files.items()},
            )
            self.part(
                f"keys/{organization}",
                made,
                lambda found=found, known=known, files=files: commonpages.organization(  # type: ignore[misc]
                    found, known, rows.get(found.organization, []), files, self.frame
                ),
            )
        self.built.false_places = sum(told[letter]["row"]["faults"] for letter in told) + sum(
            len(found.faults) for found in survey.reports.values()
        )
        first = next((entry[3] for entries in survey.arrivals.values() for entry in entries), None)
        self.write(
            _COMMON,
            Part(made_of=""),
            [
                *commonpages.front(told, self.frame, false_places=self.built.false_places),
                *commonpages.organizations(survey.reports, rows, self.frame),
                *commonpages.shared(told, self.frame, first=first),
            ],
        )
        self.sweep()
        self.output.write(NAME, self.manifest.to_bytes())
        self.journal.end()
        self.built.commit = survey.commit
        return self.built

    def letters(self, survey: Survey) -> dict[str, Json]:
        """Make the pages of the letters that are made of something else than before; what is told of all of them."""
        told: dict[str, Json] = {}
        bases: dict[str, str] = {}
        for letter in survey.letters:
            old = self.before.parts.get(letter)
            if old is None or not old.made_of:
                continue
            base = survey.made_of(letter, old.closure, old.told["involved"])
            if base is not None and base == old.told["base"]:
                told[letter], bases[letter] = old.told, base
        facts: dict[str, LetterFacts] = {}
        closures: dict[str, list[str]] = {letter: self.before.parts[letter].closure for letter in told}
        changed = [letter for letter in survey.letters if letter not in told]
        for found in survey.facts(changed):
            facts[found.letter] = found
            involved, closure = survey.closure(found.letter)
            base = survey.made_of(found.letter, closure, involved) or ""
            closures[found.letter] = list(closure)
            told[found.letter] = json.loads(json.dumps(telling.told(found) | {"involved": involved, "base": base}))
        others = translations(told)
        for done, letter in enumerate(survey.letters):
            beside = others.get(letter, ())
            made = made_of(told[letter]["base"], [str(one) for one in beside])
            part = Part(made_of=made, told=told[letter], closure=closures[letter])
            old = self.before.parts.get(letter)
            if old is not None and old.made_of == made and self.there(old):
                self.manifest.parts[letter] = Part(
                    made_of=made, pages=old.pages, told=told[letter], closure=part.closure
                )
                self.built.letters_kept += 1
                self.built.kept += len(old.pages)
            else:
                found = facts.get(letter) or next(iter(survey.facts([letter])))
                self.write(letter, part, letterpages.pages_of(found, beside, self.frame))
                facts.pop(letter, None)
                self.built.letters_made += 1
            if self.progress is not None:
                self.progress(done + 1, len(survey.letters))
        return told

    def there(self, part: Part) -> bool:
        """Are all pages of a part still in their places? That nobody wrote another thing into them can't be seen."""
        return self.output.holds({path: _size(known) for path, known in part.pages.items()})

    def part(self, name: str, made: str, pages: Callable[[], Iterable[Page]]) -> None:
        old = self.before.parts.get(name)
        if old is not None and old.made_of == made and self.there(old):
            self.manifest.parts[name] = old
            self.built.kept += len(old.pages)
        else:
            self.write(name, Part(made_of=made), pages())

    def write(self, name: str, part: Part, pages: Iterable[Page]) -> None:
        """Write the pages of a part, but for those that are there as they are to be."""
        old = self.before.parts.get(name)
        had = old.pages if old is not None else {}
        for path, data in pages:
            known = f"{sum_of(data)} {len(data)}"
            if had.get(path) == known and self.output.holds({path: len(data)}):
                self.built.kept += 1
            else:
                self.journal.add(path)
                self.output.write(path, data)
                self.built.written += 1
            part.pages[path] = known
        self.manifest.parts[name] = part

    def sweep(self) -> None:
        """Remove the pages that an older build made, and that are no more."""
        now = self.manifest.pages()
        for path in self.before.pages().keys() - now.keys():
            self.output.remove(path)
            self.built.removed += 1


def _size(known: str) -> int:
    """The size in what is known of a page: its sum, a space and its size."""
    size = known.rpartition(" ")[2]
    return int(size) if size.isdecimal() and len(size) < 20 else -1
