"""Files that carry a letter with its evidence: found among arguments, judged, and told of (``spec/bundle.md``)."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from openletter.cli import words
from openletter.cli.terminal import prose, safe
from openletter.errors import DocumentError, IdError, InputError, Invalid, OpenletterError
from openletter.reports import sentences

if TYPE_CHECKING:
    from openletter.packet.opening import Opened
    from openletter.reports.documents import Json
    from openletter.verify import Authorities, Pins, Report

_MOST: Final = 1 << 27
"""The most bytes of a file that are read."""
_KINDS: Final = (".html", ".htm", ".pdf", ".json")
_BY_NAME: Final = {".html": "html", ".htm": "html", ".pdf": "pdf", ".json": "json"}
_CALLED: Final = {"html": "a page", "pdf": "a PDF", "json": "evidence by itself"}
_NO_HISTORY: Final = (
    "does not travel in a file: that nothing was changed or removed in the archive, that nothing newer is there, only "
    "the archive shows."
)


def file_in(targets: Sequence[str]) -> Path | None:
    """The file that is named, if one is; raises `InputError` where letters or other files are named beside it."""
    from openletter.records.names import parse_revision

    files = []
    for target in targets:
        try:
            parse_revision(target)
        except IdError:
            if target.lower().endswith(_KINDS) or Path(target).is_file():
                files.append(Path(target))
    if files and len(targets) > 1:
        raise InputError("a file is checked by itself", hint="name one file, or letters of an archive")
    return files[0] if files else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A file, what it carries, and what its evidence shows."""

    path: Path
    sha256: str
    opened: Opened
    report: Report

    def document(self) -> Json:
        """The part ``file`` of the JSON."""
        return {
            "kind": self.opened.kind.value,
            "sha256": self.sha256,
            "text_shown": self.opened.text_shown.value,
            "as_made": self.opened.as_made,
        }


def judge(path: Path, pins: Pins, authorities: Authorities) -> Judged:
    """Judge the evidence in a file; raises `InputError`, and `Invalid` where the evidence itself can't be read."""
    from openletter.api.bundles import verify_bundle
    from openletter.verify import Fault

    data = _read(path)
    opened = _opened(path, data)
    report = verify_bundle(opened.bundle, pins, authorities)
    if opened.mismatch is not None:
        report = replace(report, faults=(*report.faults, Fault.of(opened.mismatch, str(path))))
    return Judged(path=path, sha256=hashlib.sha256(data).hexdigest(), opened=opened, report=report)


def open_carried(path: Path) -> Opened:
    """A file, opened to read the letter in it; raises as `judge`, and `PageMismatch` where it shows another text."""
    opened = _opened(path, _read(path))
    if opened.mismatch is not None:
        opened.mismatch.hint = f"see what is wrong with: openletter verify {path}"
        raise opened.mismatch.at(path=str(path))
    return opened


def _opened(path: Path, data: bytes) -> Opened:
    from openletter.packet.opening import open_file

    try:
        opened = open_file(data)
        _check_name(path, opened)
    except OpenletterError as error:
        if isinstance(error, Invalid):
            error.hint = error.hint or "don't rely on this file: get it again from where it was published"
        raise error.at(path=str(path)) from None
    return opened


def _check_name(path: Path, opened: Opened) -> None:
    """Raise `DocumentError` where the name says another kind: what is a PDF to us would be a page to a browser."""
    kind = opened.kind.value
    if _BY_NAME.get(path.suffix.lower(), kind) != kind:
        raise DocumentError(
            f"by its bytes this is {_CALLED[kind]}, and its name says another kind of file",
            hint="get it again from where it was published",
        )


def _read(path: Path) -> bytes:
    try:
        # A pipe is not waited for.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as opened:
            if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
                raise InputError("this is no plain file", path=str(path), hint="check the path")
            data = opened.read(_MOST + 1)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise InputError(f"this can't be read: {reason}", path=str(path), hint="check the path") from error
    if len(data) > _MOST:
        raise InputError(f"this has more than {_MOST >> 20} MiB", path=str(path), hint="is it the right file?")
    return data


def say(found: Judged) -> None:
    """Write what the file carries, and how far one can rely on it."""
    report, opened = found.report, found.opened
    prose(
        f"{safe(found.path.name)} was checked by itself, without an archive. It can't show what came later, or what "
        "its maker left out: a newer revision, a withdrawal, a change of keys."
    )
    if not opened.as_made and opened.kind.value != "json":
        click.echo()
        click.secho("WHAT THIS FILE SHOWS MAY NOT BE WHAT WAS CHECKED", fg="yellow", bold=True)
        target = f"{opened.bundle.letter}@{opened.bundle.revision}"
        prose(
            "It was made by another version of this tool or with other fonts, or somebody changed it. What follows is "
            f"about the record in it. To read that: {_command(found)} show {target}"
        )
    click.echo()
    for letter in report.letters:
        words.letter(letter, report.known, archived=False)
    for organization in report.organizations:
        if (waits := sentences.waiting(organization)) is not None:
            click.echo()
            prose(waits)
        if organization.faults:
            words.faults(organization.faults, f"FALSE IN THE KEY RECORDS OF {organization.organization}")
    words.faults(report.faults, "FALSE IN THIS FILE")
    command = _command(found)
    words.reliance(report, history=_NO_HISTORY, file=_shown(opened, command), command=command)
    words.conclusion(report)


def _command(found: Judged) -> str:
    """How a command on the file begins."""
    return f"openletter --archive {safe(str(found.path))}"


def _shown(opened: Opened, command: str) -> str:
    if opened.kind.value == "json":
        return "holds the evidence alone, and no page that could show another text."
    what = "page" if opened.kind.value == "html" else "PDF"
    if opened.as_made:
        return f"the {what} is, byte for byte, what this version of the tool makes of the evidence in it."
    if opened.text_shown.value == "differs":
        return f"the {what} doesn't show what was signed, or doesn't say of it what is true: see above."
    return (
        f"whether the {what} shows the words of the record could not be established here: it was made by another "
        f"version or with other fonts, or changed. Read them out of the record, with: {command} show "
        f"{opened.bundle.letter}@{opened.bundle.revision}"
    )
