"""What was seen of an archive before, in words and as JSON (``spec/history.md``, "Memory")."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from openletter.cli.environment import state_folder, today
from openletter.cli.terminal import (
    barred,
    pad,
    prose,
    told,
    wrap,
)
from openletter.reports.plain import count, day

if TYPE_CHECKING:
    from openletter.api import Archive
    from openletter.api.comparing import Trace
    from openletter.api.remembering import Remembered
    from openletter.verify import Report

_TITLES = {
    "older": ("OLDER THAN WHAT YOU SAW", "yellow"),
    "aside": ("NOT WHAT YOU SAW", "yellow"),
    "changed": ("CHANGED SINCE YOU SAW IT", "red"),
}
_ROWS = {
    "first": "this archive is new here: nothing was remembered of it.",
    "unknown": "only the newest part of it is here, so whether it holds what you saw before can't be told. The rest "
    "comes with: git fetch --unshallow",
}


def recollect(archive: Archive, report: Report, *, memory: bool) -> Remembered | None:
    """Hold an archive against what was seen of it before, and remember it; `None` where there is nothing to be said.

    Without `memory` nothing is looked up and nothing remembered.
    """
    from openletter.api.remembering import Past, Remembered, remembered

    if not memory or not archive.has_history:
        return None
    try:
        folder = state_folder() / "seen"
    except RuntimeError as error:
        return Remembered(past=Past.UNUSABLE, problem=str(error))
    return remembered(archive, folder, today(), whole=report.whole, sound=not report.false)


def contradicts(seen: Remembered | None) -> bool:
    """Is what was seen before proof that something is false now?"""
    return seen is not None and seen.past == "changed"


def document(seen: Remembered | None) -> dict[str, Any] | None:
    """``spec/json/verify.schema.json``, "memory"."""
    if seen is None:
        return None
    return {
        "past": seen.past.value,
        "day": seen.day,
        "commit": seen.commit,
        "proofs": [
            {"kind": proof.kind, "path": proof.path, "now": _trace(proof.a), "then": _trace(proof.b)}
            for proof in seen.proofs
        ],
        "more_proofs": seen.more_proofs,
        "problem": seen.problem,
    }


def _trace(trace: Trace) -> dict[str, Any]:
    return {"digest": trace.digest, "commit": trace.commit, "tree": trace.tree, "holds": trace.holds}


def say(seen: Remembered | None) -> None:
    """Write what has gone back, and what went wrong; nothing where everything that was seen is still there."""
    if seen is None:
        return
    if seen.past.value in _TITLES:
        title, tint = _TITLES[seen.past.value]
        click.echo()
        click.secho(title, fg=tint, bold=True)
        for sentence in _sentences(seen):
            prose(sentence, "  ")
        _proofs(seen)
    if seen.problem is not None:
        click.echo()
        for line in told(f"What was seen of this archive before could not be looked up or kept: “{seen.problem}”"):
            click.echo(line)
        prose("To leave it out: openletter verify --no-memory", "  ")


def row(seen: Remembered | None) -> None:
    """Write the line on the history, where there is one to write, among those on how far to rely on it."""
    text = _ROWS.get(seen.past.value) if seen is not None else None
    if text is not None:
        prose(text, pad("  History", 15), " " * 15)


def conclusion(seen: Remembered | None) -> None:
    """The last sentence, where what was seen before is proof."""
    if contradicts(seen):
        click.echo()
        for line in wrap("This archive contradicts what you saw of it. Don't rely on it before you know why.", "", ""):
            click.secho(line, fg="red", bold=True)


def _sentences(seen: Remembered) -> Iterator[str]:
    assert seen.day is not None  # noqa: S101  # whatever was seen was seen on a day
    assert seen.commit is not None  # noqa: S101
    when = f"You saw this archive on {day(seen.day)}, at commit {seen.commit[:12]}."
    match seen.past.value:
        case "older":
            yield f"{when} This copy is older than that."
            yield (
                "Whoever gives it to you may not have what came since, or may hold it back: a withdrawal, for example. "
                "Take a newer copy, or compare it with the one that you saw: openletter compare THIS OTHER"
            )
        case "aside":
            yield f"{when} The history of this copy doesn't hold that commit."
            yield (
                "Either the copy that you saw then held acts that never got here, or the history was made anew since. "
                "If you have that copy, compare them: openletter compare THIS OTHER"
            )
        case _:
            yield f"{when} What was in it then is not here any more as it was."


def _proofs(seen: Remembered) -> None:
    for proof in seen.proofs:
        for line in barred(proof.path or f"commit {proof.b.commit}", "  "):
            click.echo(line)
        for label, trace in (("then", proof.b), ("now", proof.a)):
            what = trace.digest or trace.tree or ("no plain file that could be read" if trace.holds else "taken away")
            prose(f"{label}: {what}", "      ", "            ")
        if proof.a.commit is not None:
            prose(f"by commit {proof.a.commit[:12]}", "           ")
    if seen.more_proofs:
        prose(f"and {count(seen.more_proofs, 'file', 'files')} more like these", "  ")
    if seen.file is not None and seen.past != "older":
        click.echo()
        prose("If you know why, and don't want to be told any more, remove what is remembered:", "  ")
        for line in barred(str(seen.file), "    "):
            click.echo(line)
