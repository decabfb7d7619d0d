"""``openletter identify``: which letter is this? (``spec/identify.md``)"""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from openletter.cli.environment import Environment, authorities, cache_folder, pass_environment, pins
from openletter.cli.status import NOT_MET
from openletter.cli.terminal import prose, quoted, safe, write_json
from openletter.errors import DocumentError
from openletter.reports.plain import count, day, digest_groups, listed, number_word, short

if TYPE_CHECKING:
    from openletter.api.identifying import Identified, Standing
    from openletter.reports.documents import Json
    from openletter.search.matching import Finding

_MOST: Final = 32 << 20
"""The most bytes that a copy may have."""
_PATIENCE: Final = 1.0
"""Seconds after which a person is told what takes so long."""
_IS_IT: Final = frozenset({"exact", "same-words", "excerpt"})
"""The grades of a copy that says nothing which the revision doesn't say."""
_MET_BY: Final = {"exact": {"exact"}, "same-words": {"exact", "same-words"}}


@click.command()
@click.argument("file", metavar="FILE|-", type=click.Path(path_type=Path, allow_dash=True))
@click.option(
    "--require",
    type=click.Choice(["same-words", "exact"]),
    help="What the copy must be: the same words, or the exact bytes of a record; else exit status 3.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the facts as JSON (spec/json/identify.schema.json).")
@pass_environment
def identify(environment: Environment, file: Path, require: str | None, as_json: bool) -> None:
    """Find the letter, and the revision of it, that a copy is of, and what differs.

    FILE is text, Markdown, a web page, a Word document, a PDF or an e-mail; with - it is read from standard input.
    The answer is about words: who signed them is told by openletter verify.

    \b
    Exit status: 0 whatever was found; 2 wrong usage, or a copy that can't be read; 3 --require was not met.

    \b
    Example: openletter identify statement.pdf
             pbpaste | openletter identify -
             openletter identify --require same-words letter.html
    """
    data = _read(file)
    archive = environment.archive()
    folder = cache_folder()
    with ExitStack() as stack:
        found = archive.identify(
            data,
            "" if str(file) == "-" else file.name,
            cache=None if folder is None else folder / "identify",
            pins=pins(),
            authorities=authorities(),
            progress=None if as_json or not sys.stderr.isatty() else _Progress(stack),
        )
    met = require is None or found.grade in _MET_BY[require]
    status = 0 if met else NOT_MET
    if as_json:
        write_json(_document(found, require=require, met=met, status=status))
    else:
        _print(found, file)
        if require is not None:
            click.echo()
            said = f"What was demanded (--require {require}) is {'met' if met else 'not met'}."
            click.secho(said, fg=None if met else "yellow", bold=not met)
    click.get_current_context().exit(status)


class _Progress:
    """A bar on the terminal, once letters have been read for more than a second."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._began = time.monotonic()
        self._bar: click._termui_impl.ProgressBar[int] | None = None

    def __call__(self, done: int, total: int) -> None:
        if self._bar is None:
            if time.monotonic() - self._began < _PATIENCE:
                return
            label = "Reading the letters; the next time only new ones"
            self._bar = self._stack.enter_context(click.progressbar(length=total, label=label, file=sys.stderr))
        self._bar.update(done - self._bar.pos)


def _read(file: Path) -> bytes:
    try:
        if str(file) == "-":
            data = sys.stdin.buffer.read(_MOST + 1)
        else:
            with file.open("rb") as opened:
                data = opened.read(_MOST + 1)
    except OSError as error:
        raise DocumentError(f"this can't be read: {error.strerror}", path=str(file), hint="check the path") from error
    if len(data) > _MOST:
        raise DocumentError("this is too large to be a letter", path=str(file), hint="give the letter alone, as text")
    return data


# --- facts ---


def _document(found: Identified, *, require: str | None, met: bool, status: int) -> Json:
    finding, standing = found.finding, found.standing
    return {
        "format": "openletter-identify/1",
        "kind": found.kind,
        "grade": found.grade,
        "letters": found.letters,
        "claimed": asdict(found.claimed) if found.claimed is not None else None,
        "found": {
            "letter": standing.letter,
            "revision": standing.revision,
            "digest": standing.digest,
            "newer": list(standing.newer),
            "signed": list(standing.signed),
            "withdrawn": [
                {"organization": organization} | asdict(withdrawal) for organization, withdrawal in standing.withdrawn
            ],
            "false": standing.false,
        }
        if standing is not None
        else None,
        **_words_document(finding),
        "carries_evidence": found.carries_evidence,
        "dropped": list(found.dropped),
        "demand": None if require is None else {"require": require, "met": met},
        "status": status,
    }


def _words_document(finding: Finding | None) -> Json:
    """What was found of the words; nothing where the bytes themselves are those of a record."""
    if finding is None:
        return {
            "also": [],
            "typography": [],
            "around": [],
            "lacking": [],
            "part": None,
            "differences": [],
            "more_differences": 0,
        }
    return {
        "also": [{"letter": it.letter, "revision": it.revision, "digest": it.digest} for it in finding.also],
        "typography": list(finding.typography),
        "around": list(finding.around),
        "lacking": list(finding.lacking),
        "part": {"fields": list(finding.parts), "first": finding.first, "last": finding.last}
        if finding.grade.value == "excerpt" or finding.excerpt
        else None,
        "differences": [
            {"field": it.field, "kind": it.kind, "record": it.expected, "copy": it.found} for it in finding.differences
        ],
        "more_differences": finding.more,
    }


# --- words ---


def _print(found: Identified, file: Path) -> None:
    if found.carries_evidence:
        name = shlex.quote(str(file))
        shown = name if str(file) != "-" and safe(name) == name and not name.startswith("-") else "FILE"
        prose(
            "This file says that it carries evidence of its own. Here only its words are compared, all that the file "
            f"says. To check the evidence, and the letter alone: openletter verify {shown}"
        )
        click.echo()
    if found.claimed is not None and not found.exact:
        prose(
            f"This file is a valid record that calls itself {found.claimed.letter}, revision {found.claimed.revision}. "
            "This archive doesn't hold it: it may be of another archive, or may never have been recorded."
        )
        click.echo()
    if found.standing is None:
        _print_unknown(found)
    else:
        _print_heading(found.standing)
        click.echo()
        _print_grade(found)
        click.echo()
        _print_standing(found.standing, is_it=found.grade in _IS_IT)
    if found.dropped:
        click.echo()
        click.echo("What is in this file besides, and was not compared:")
        for what in found.dropped:
            for line in quoted([short(what)]):
                click.echo(line)


def _print_unknown(found: Identified) -> None:
    click.secho("NOT KNOWN HERE", fg="yellow", bold=True)
    if not found.letters:
        prose("This archive holds no letter yet.")
        return
    held = "the one letter" if found.letters == 1 else f"one of the {number_word(found.letters)} letters"
    prose(f"This copy is not recognized as {held} that this archive holds.")
    prose(
        "That says nothing about the copy: it may be a letter of another archive, one that was not recorded yet, or "
        "too short a part of one to be found."
    )


def _print_heading(standing: Standing) -> None:
    newest = standing.revisions[-1]
    if standing.revision == newest:
        which = "the newest" if newest != 1 else "the only one"
    else:
        which = f"the newest is {newest}"
    dated = day(standing.record.date)
    click.secho(f"{standing.letter}, revision {standing.revision} ({which}), dated {dated}", bold=True)
    if standing.record.subject is not None:
        for line in quoted([short(standing.record.subject)]):
            click.echo(line)


def _print_grade(found: Identified) -> None:
    if found.exact:
        click.secho("THE EXACT RECORD", fg="green", bold=True)
        prose("This file is the record of this revision itself, byte for byte: the very bytes that are signed.")
        return
    finding = found.finding
    assert finding is not None  # noqa: S101  # what isn't exact was graded
    if found.grade == "same-words":
        click.secho("THE SAME WORDS", fg="green", bold=True)
        prose("This copy has all the words of this revision, in their order, and no others.")
        if finding.around:
            click.echo("But for what repeats on its pages:")
            _print_around(finding.around)
    elif found.grade == "contains":
        click.secho("THE WHOLE LETTER, AND OTHER TEXT AROUND IT", fg="yellow", bold=True)
        prose("This copy has all the words of this revision, in their order. What else it says is not of the letter:")
        _print_around(finding.around)
    elif found.grade == "excerpt":
        click.secho("AN EXCERPT", fg="green", bold=True)
        where = f" ({listed([_title(field) for field in finding.parts])})" if finding.parts else ""
        prose(
            f"All words of this copy stand in this revision, in this order{where}. The letter says more than this copy."
        )
        if finding.first:
            click.echo("It begins and ends with the words:")
            for line in quoted([short(" ".join(words.split())) for words in (finding.first, finding.last)]):
                click.echo(line)
    else:
        _print_differences(finding)
    if finding.typography:
        prose(f"What differs in typography alone: {', '.join(finding.typography)}.")
    if finding.also:
        same = listed([f"{it.letter}@{it.revision}" for it in finding.also[:_MOST_ALSO]])
        prose(f"The answer is the same for {same}.")


def _print_around(texts: Iterable[str]) -> None:
    for text in texts:
        click.echo()
        for line in quoted(short(text, _MOST_AROUND).split("\n")):
            click.echo(line)


def _print_differences(finding: Finding) -> None:
    click.secho("DIFFERS FROM THIS REVISION", fg="yellow", bold=True)
    part = " It has only a part of the letter." if finding.excerpt else ""
    prose(f"This is the nearest that is known here, and the copy doesn't say the same.{part}")
    if finding.lacking:
        prose(f"The copy lacks: {', '.join(finding.lacking)}.")
    for difference in finding.differences:
        click.echo()
        click.secho(_title(difference.field), bold=True)
        for title, text in (("the letter says", difference.expected), ("the copy says", difference.found)):
            click.echo(f"  {title}:" if text else f"  {title} nothing here")
            for line in quoted(text.split("\n") if text else (), "  "):
                click.echo(line)
    if finding.more:
        click.echo()
        prose(f"And {count(finding.more, 'more difference', 'more differences')}.")
    told = " ".join(difference.found for difference in finding.differences)
    if rest := [text for text in finding.around if text.strip() not in told]:
        click.echo()
        click.echo("What else the copy says is not of the letter:")
        _print_around(rest)


_TITLES: Final = {"before": "before the letter", "after": "after the letter", "date_line": "date as printed"}
_MOST_AROUND: Final = 300
_MOST_ALSO: Final = 10


def _title(field: str) -> str:
    """A field in plain words."""
    return _TITLES.get(field, field.replace("_", " "))


def _print_standing(standing: Standing, *, is_it: bool) -> None:
    """Facts about the revision; who signed it is told where the copy has its words, and nothing else."""
    if standing.newer:
        older = "These are words of an older revision, not of the newest."
        prose(
            f"{older} What changed since: openletter diff {standing.letter}@{standing.revision} @{standing.newer[-1]}"
        )
    signed = len(standing.signed)
    if not is_it:
        text = "Signatures are over the words of that revision alone. Nobody is known here to have signed this copy."
    elif signed:
        have = "organization has" if signed == 1 else "organizations have"
        text = f"{number_word(signed).capitalize()} {have} signed exactly this revision and not withdrawn since."
    else:
        text = "No signature of anyone who stands behind exactly this revision is here."
    prose(text)
    for organization, withdrawal in standing.withdrawn:
        prose(f"{organization} withdrew from it on {day(withdrawal.date)}, by its own date.")
        if withdrawal.reason is not None:
            for line in quoted(withdrawal.reason.split("\n")):
                click.echo(line)
    if standing.false:
        click.secho("SOMETHING FALSE WAS FOUND IN THIS LETTER", fg="red", bold=True)
    prose("SHA-256 of this revision: " + digest_groups(standing.digest), "", "  ")
    prose(f"Who signed it, and how far you can rely on that: openletter verify {standing.letter}@{standing.revision}")
