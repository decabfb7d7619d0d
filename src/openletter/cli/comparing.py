"""``openletter compare``: two copies of an archive beside each other, in words (``spec/history.md``, "Comparing")."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from openletter.cli.environment import Environment, pass_environment
from openletter.cli.status import FALSE, UNUSABLE
from openletter.cli.terminal import (
    barred,
    pad,
    prose,
    quoted,
    write_json,
)
from openletter.errors import Invalid, NotAnArchive
from openletter.reports import documents
from openletter.reports.plain import count, day

if TYPE_CHECKING:
    from openletter.api import Archive, Comparison
    from openletter.api.comparing import Proof, SideReport, Trace
    from openletter.api.holdings import Holdings
    from openletter.records.kept import KeptCheckpoint

_MOST: Final = 1 << 20
"""The most bytes that a kept checkpoint has."""
_TOLD: Final = 20
"""How many letters, organizations or names of one kind are told; the others are counted."""
_HINT: Final = "name the folder of an archive, or a file that was made with: openletter checkpoint -o FILE"

_LOST: Final = (
    "Whether each has acts that the other has not got yet, or one has lost what it once held, can't be "
    "told from the two alone. A checkpoint can tell that was kept of one of them before."
)

_HEADINGS: Final = {
    "same": ("THE SAME", "green"),
    "a-ahead": ("A IS AHEAD", "green"),
    "b-ahead": ("B IS AHEAD", "green"),
    "diverged": ("DIVERGED", "yellow"),
    "fork": ("A FORK: ONE NAME, TWO CONTENTS", "red"),
    "removed": ("TAKEN AWAY", "red"),
    "rewritten": ("REWRITTEN", "red"),
    "unrelated": ("NOT COPIES OF ONE ARCHIVE", "red"),
    "mismatch": ("ONE COMMIT, TWO CONTENTS", "red"),
    "unknown": ("COULD NOT BE ESTABLISHED", "yellow"),
}


@click.command()
@click.argument("first", metavar="A", type=click.Path(path_type=Path))
@click.argument("second", metavar="B", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the facts as JSON (spec/json/compare.schema.json).")
@pass_environment
def compare(environment: Environment, first: Path, second: Path, as_json: bool) -> None:
    """Compare two copies of an archive: are they the same, is one ahead, does one contradict the other?

    A and B are archives (a work tree, a bare repository, or a folder without git), or checkpoints that you kept, with
    openletter checkpoint -o FILE

    \b
    Exit status: 0 the same, one ahead, or diverged: nothing contradicts;
                 1 a fork, something taken away, a history made anew, or not copies of one archive;
                 2 wrong usage, or nothing could be established.

    Example: openletter compare . ../copy
    """
    from openletter.api import Relation
    from openletter.api import compare as compared

    if environment.archive_path is not None:
        raise click.UsageError("this compares the two that it is given; --archive has no place here")
    found = compared(_side(first), _side(second))
    status = FALSE if found.relation.false else UNUSABLE if found.relation is Relation.UNKNOWN else 0
    if as_json:
        write_json(_document(found, (first, second), status))
    else:
        _print(found, (first, second))
    click.get_current_context().exit(status)


def _side(path: Path) -> Archive | KeptCheckpoint:
    """The archive in a folder, or the checkpoint that was kept in a file; raises `NotAnArchive`."""
    from openletter.records.kept import decode_kept

    if path.is_dir():
        from openletter.api import Archive

        try:
            return Archive.open(path)
        except NotAnArchive as error:
            error.hint = _HINT  # that of opening names an option that this command doesn't take
            raise
    try:
        # A pipe is not waited for.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as opened:
            if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
                raise NotAnArchive("this is neither a folder nor a plain file", path=str(path), hint=_HINT)
            data = opened.read(_MOST + 1)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise NotAnArchive(f"this can't be read: {reason}", path=str(path), hint="check the path") from error
    try:
        return decode_kept(data)
    except Invalid as error:
        message = f"this is no checkpoint that was kept: {error.message}"
        raise NotAnArchive(message, path=str(path), line=error.line, field=error.field, hint=_HINT) from error


# --- in words ---


def _print(found: Comparison, paths: tuple[Path, Path]) -> None:
    for letter, path, side in (("A", paths[0], found.a), ("B", paths[1], found.b)):
        for line in barred(str(path), f"{letter}  "):
            click.echo(line)
        prose(_what(side), "     ")
    title, tint = _HEADINGS[found.relation.value]
    click.echo()
    click.secho(title, fg=tint, bold=True)
    for sentence in _sentences(found):
        prose(sentence)
    if found.proofs:
        click.echo()
        click.secho("THE PROOF", bold=True)
        for proof in found.proofs:
            _proof(proof, found)
        if found.more_proofs:
            prose(f"and {count(found.more_proofs, 'file', 'files')} more like these", "  ")
    for letter, side in (("A", found.a), ("B", found.b)):
        if side.only.files:
            click.echo()
            click.secho(f"ONLY IN {letter}", bold=True)
            _only(side.only)
    click.echo()
    click.secho("How far can you rely on this?", bold=True)
    _row("Content", _content(found))
    _row("History", _history(found))
    if found.twice:
        _row("", f"{count(found.twice, 'file', 'files')} of both came by one commit here and by another there.")
    _row("Truth", "not looked at: whether what a copy holds is true says openletter verify")


def _what(side: SideReport) -> str:
    if side.what == "folder":
        return "a folder without git"
    if side.what == "kept":
        assert side.date is not None  # noqa: S101  # a kept checkpoint has one
        return f"what was kept on {day(side.date)}, by its own account; commit {_commit(side.commit)}"
    whole = "" if side.complete else ", not the whole history"
    return (
        f"an archive with {count(side.commits or 0, 'commit', 'commits')}{whole}; the newest is {_commit(side.commit)}"
    )


def _commit(commit: str | None) -> str:
    return commit[:12] if commit is not None else "not known"


def _sentences(found: Comparison) -> Iterator[str]:
    a, b = found.a, found.b
    kept = [letter for letter, side in (("A", a), ("B", b)) if side.what == "kept"]
    match found.relation.value:
        case "same":
            if _one_commit(found):
                yield "The newest commit of both is the same, and a commit names by its id all that it holds."
            else:
                yield "Each holds everything that the other holds, and nothing else."
        case "a-ahead" | "b-ahead":
            newer, older = ("A", "B") if found.relation.value == "a-ahead" else ("B", "A")
            if found.content:
                yield f"{newer} holds everything that {older} holds, unchanged, and more."
                if found.parted:
                    yield f"Each has commits of its own, though. {_LOST}"
            elif len(kept) == 2:
                yield f"The commit of {older} was known already when {newer} was kept."
            else:
                yield f"{older} is older: its newest commit was known already when {newer} was kept."
                yield "Somebody may hold back what came since: take a newer copy."
        case "diverged":
            if found.content:
                yield (
                    "Each holds something that the other lacks, and nothing in one contradicts the other: "
                    "they can be merged."
                )
                yield _LOST
            else:
                yield "Each was kept of a copy that lacked the commit of the other."
                yield (
                    "That is so where copies had not been merged yet, and where one was shown something else. "
                    "A sound archive holds both by now: compare it with each."
                )
        case "fork":
            yield "They contradict each other: under one name each holds another content."
        case "removed":
            yield "One of them took away what a commit of both once held."
        case "rewritten":
            yield from _rewritten(found)
        case "unrelated":
            yield "No commit is in both: they did not begin as one archive, or one was made anew from its beginning."
        case "mismatch":
            if len(kept) == 2:
                yield "They say two things of one commit. At most one of them is true."
            else:
                yield (
                    f"The commit that {kept[0]} names is here, and what it holds is not what {kept[0]} says. "
                    f"So {kept[0]} was false from the start or was changed; it doesn't show that the archive was."
                )
        case _:
            yield from _unknown(found, kept)


def _rewritten(found: Comparison) -> Iterator[str]:
    proof = found.proofs[0]
    if proof.kind == "made-again":
        yield "The same acts are in both, by other commits: one of the histories was made anew, as a rebase does it."
        return
    if proof.kind == "joined":
        yield (
            "What came by several commits in one came by a single commit in the other: one of the histories was made "
            "anew, as a squash does it, or all of it was recorded a second time at once, which openletter doesn't do."
        )
        return
    archive, kept, side = ("A", "B", found.b) if proof.b.holds else ("B", "A", found.a)
    assert side.date is not None  # noqa: S101  # a kept checkpoint has one
    yield f"{archive} has its whole history, and the commit that was seen on {day(side.date)} is not in it."
    if proof.a.tree == proof.b.tree:
        yield "Its files are those that were seen then: they came by other commits, as after a squash or a rebase."
    yield (
        f"Either the history was made anew since, or {kept} was kept of a copy with commits that never got here. "
        "If such a copy is at hand, merge it here and compare again. If none is, what was seen then was taken back."
    )


def _unknown(found: Comparison, kept: list[str]) -> Iterator[str]:
    if "folder" in {found.a.what, found.b.what}:
        yield (
            f"The folder doesn't hold just what {kept[0]} was kept of, and without git it can't be told whether it is "
            "older, newer or changed. Compare a clone."
        )
    elif any(side.what == "git" and not side.complete for side in (found.a, found.b)):
        yield "The archive has only the newest part of its history here. The rest comes with: git fetch --unshallow"
    else:
        yield "The list of commits that was kept was cut, and what is compared with it may be older than where it ends."


def _proof(proof: Proof, found: Comparison) -> None:
    if proof.path is not None:
        for line in barred(proof.path, "  "):
            click.echo(line)
    for letter, trace, side in (("A", proof.a, found.a), ("B", proof.b, found.b)):
        first, *more = _trace(proof.kind, trace, side)
        prose(f"{letter}: {first}", "      ", "         ")
        for line in more:
            prose(line, "         ")


def _trace(kind: str, trace: Trace, side: SideReport) -> list[str]:  # noqa: PLR0911  # one for each kind
    commit = _commit(trace.commit)
    match kind:
        case "two-contents":
            brought = [f"brought by commit {commit}"] if trace.commit is not None else []
            return [trace.digest or "no plain file that could be read", *brought]
        case "taken-away" if trace.holds:
            return [trace.digest or "has it", f"brought by commit {commit}"]
        case "taken-away":
            return ["lacks it", *([f"taken away by commit {commit}"] if trace.commit is not None else [])]
        case "made-again" | "joined":
            return [f"brought by commit {commit}"]
        case "no-commit":
            return [f"begins with commit {commit}"]
        case "absent" if not trace.holds:
            return [f"none of its {count(side.commits or 0, 'commit', 'commits')}; the newest is {commit}"]
    return [f"commit {commit}, with the SHA-256 tree id", trace.tree or "not known"]


def _only(only: Holdings) -> None:
    for found in only.letters[:_TOLD]:
        click.echo(f"  {found.letter}")
        for number in found.revisions[:_TOLD]:
            click.echo(f"      revision {number}")
        _left_out(len(found.revisions), "revision", "revisions")
        _by_organization(found.signatures, "signature over revision {}, in the name of {}", "signature", "signatures")
        _by_organization(
            found.withdrawals, "withdrawal from revision {}, in the name of {}", "withdrawal", "withdrawals"
        )
    _left_out(len(only.letters), "letter", "letters", "  ")
    for keys in only.keys[:_TOLD]:
        prose(f"keys of {keys.organization}", "  ", "      ")
        for number in keys.records[:_TOLD]:
            click.echo(f"      key record {number}")
        _left_out(len(keys.records), "key record", "key records")
        _by_organization(keys.signatures, "signature over key record {}, in the name of {}", "signature", "signatures")
    _left_out(len(only.keys), "organization", "organizations", "  ")
    for organization, number in only.checkpoints[:_TOLD]:
        what = count(number, "checkpoint", "checkpoints") if number else "signatures or timestamps of checkpoints"
        prose(f"{what} of {organization}", "  ", "      ")
    _left_out(len(only.checkpoints), "organization", "organizations", "  ")
    if only.left_out:
        click.echo(f"  and {count(only.left_out, 'file', 'files')} more")
    if only.others:
        prose("what has no place in an archive:", "  ")
        for line in quoted(only.others[:_TOLD], "    "):
            click.echo(line)
        _left_out(len(only.others), "path", "paths")


def _by_organization(found: Iterable[tuple[str, int]], text: str, one: str, many: str) -> None:
    pairs = list(found)
    for organization, number in pairs[:_TOLD]:
        prose(text.format(number, organization), "      ", "        ")
    _left_out(len(pairs), one, many)


def _left_out(number: int, one: str, many: str, indent: str = "      ") -> None:
    if number > _TOLD:
        click.echo(f"{indent}and {count(number - _TOLD, one, many)} more")


def _content(found: Comparison) -> str:
    kinds = {found.a.what, found.b.what}
    if found.content and kinds == {"kept"}:
        return "only ids were compared: what was kept holds no file."
    if _one_commit(found) and kinds == {"git"}:
        return "the newest commit of both is the same; the files themselves were not read for that."
    if found.content:
        return "compared, every file under archive and keys."
    return "could not be looked at: what was kept names commits, and holds no file."


def _one_commit(found: Comparison) -> bool:
    """Is the newest commit of both one?"""
    return found.relation.value == "same" and found.a.commit is not None and found.a.commit == found.b.commit


def _history(found: Comparison) -> str:
    if found.history:
        if _one_commit(found):
            return "the newest commit of both is the same, and so are all that it names as coming before it."
        return "compared, commit by commit."
    sides = (("A", found.a), ("B", found.b))
    if folders := [letter for letter, side in sides if side.what == "folder"]:
        which = "B is a folder" if folders == ["B"] else "A is a folder" if len(folders) == 1 else "both are folders"
        return f"could not be looked at: {which} without git."
    if found.cut:
        return "could not be compared in full: more of the newest commits of both than are looked at."
    part = [letter for letter, side in sides if side.complete is False]
    which = "both have" if len(part) == 2 else f"{''.join(part)} has"
    return f"could not be established: {which} only the newest part of it."


def _row(label: str, text: str) -> None:
    prose(text, pad(f"  {label}", 15), " " * 15)


# --- as JSON ---


def _document(found: Comparison, paths: tuple[Path, Path], status: int) -> documents.Json:
    """``spec/json/compare.schema.json``."""
    return {
        "format": "openletter-compare/1",
        "relation": found.relation.value,
        "a": _side_document(paths[0], found.a),
        "b": _side_document(paths[1], found.b),
        "proofs": [
            {"kind": proof.kind, "path": proof.path, "a": asdict(proof.a), "b": asdict(proof.b)}
            for proof in found.proofs
        ],
        "more_proofs": found.more_proofs,
        "content": found.content,
        "history": found.history,
        "twice": found.twice,
        "status": status,
    }


def _side_document(path: Path, side: SideReport) -> dict[str, Any]:
    only = side.only
    return {
        "path": os.fsencode(path).decode("utf-8", "backslashreplace"),
        "what": side.what,
        "commit": side.commit,
        "commits": side.commits,
        "complete": side.complete,
        "date": side.date,
        "only": {
            "files": only.files,
            "left_out": only.left_out,
            "letters": [
                {
                    "letter": letter.letter,
                    "revisions": list(letter.revisions),
                    "signatures": _pairs(letter.signatures, "revision"),
                    "withdrawals": _pairs(letter.withdrawals, "revision"),
                }
                for letter in only.letters
            ],
            "keys": [
                {
                    "organization": keys.organization,
                    "records": list(keys.records),
                    "signatures": _pairs(keys.signatures, "record"),
                }
                for keys in only.keys
            ],
            "checkpoints": [{"organization": who, "number": number} for who, number in only.checkpoints],
            "others": list(only.others),
        },
    }


def _pairs(found: Iterable[tuple[str, int]], what: str) -> list[dict[str, Any]]:
    return [{"organization": organization, what: number} for organization, number in found]
