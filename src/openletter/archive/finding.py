"""Where an archive is, in a git repository or a plain folder, and what git is configured to there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pygit2

from openletter.archive.guard import open_guarded
from openletter.archive.layout import ATTRIBUTES, ATTRIBUTES_PATH
from openletter.archive.plain import PlainFolder
from openletter.archive.snapshot import Snapshot
from openletter.archive.tree import storage
from openletter.errors import Invalid, NotAnArchive, StorageError


def configured_identity(path: Path) -> tuple[str | None, str | None]:
    """``user.name`` and ``user.email`` of git's configuration as it holds at `path`, each where it is set."""
    with storage(str(path)):
        found: dict[str, str] = {}
        for config in _configurations(path):
            for key in ("user.name", "user.email"):
                if key in config and (value := config[key]):
                    found[key] = value
        return found.get("user.name"), found.get("user.email")


def _configurations(path: Path) -> Iterator[pygit2.Config]:
    """Git's configurations, the one that has the last word last."""
    if is_repository(path):
        yield open_guarded(path).config
        return
    for level in (pygit2.Config.get_system_config, pygit2.Config.get_xdg_config, pygit2.Config.get_global_config):
        # A level that isn't there is an error to libgit2.
        with suppress(OSError):
            yield level()


def open_plain(path: Path) -> Snapshot:
    """The state of an archive in a plain folder; raises `NotAnArchive` where the mark is missing."""
    if not path.is_dir():
        raise NotAnArchive("there is no such folder", path=str(path))
    return Snapshot(PlainFolder(path), commit=None)


def locate(start: Path, *, upward: bool) -> tuple[Path, bool]:
    """The archive at `start`, or `upward` around it: its folder, and whether it is a git repository.

    A folder without git counts where it bears the mark of an archive. Raises `NotAnArchive`.
    """
    try:
        start = start.resolve(strict=True)
        found = start.is_dir()
    except (OSError, RuntimeError):
        found = False
    if not found:
        raise NotAnArchive("there is no such folder", path=str(start), hint="check the path")
    folders = (start, *start.parents) if upward else (start,)
    for folder in folders:
        if is_repository(folder):
            return folder, True
    for folder in folders:
        with suppress(StorageError, Invalid):
            if PlainFolder(folder).read(ATTRIBUTES_PATH, len(ATTRIBUTES)) == ATTRIBUTES:
                return folder, False
    raise NotAnArchive(
        "there is no archive in this folder or above it" if upward else "this folder is no archive",
        path=str(start),
        hint="go into one, name one with openletter --archive PATH, or make one with openletter init FOLDER",
    )


def is_repository(folder: Path) -> bool:
    """Does this folder look like a git repository, or have one?"""
    if os.path.lexists(folder / ".git"):
        return True
    return (folder / "HEAD").is_file() and (folder / "objects").is_dir() and (folder / "refs").is_dir()
