"""What stands in the way of an act: locks and stages of stopped processes, and files that are somebody's own."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pygit2

from openletter.archive.layout import ATTRIBUTES, ATTRIBUTES_PATH
from openletter.archive.plain import PlainFolder
from openletter.errors import ActRefused, Invalid, StorageError


def check_free(folder: Path, repository: pygit2.Repository | None) -> None:
    """Raise `ActRefused` where a ``.gitattributes`` of somebody's own lies in the work tree or is staged."""
    own = False
    if (repository is None or not repository.is_bare) and os.path.lexists(folder / ATTRIBUTES_PATH):
        own = True
        with suppress(StorageError, Invalid):
            own = PlainFolder(folder).read(ATTRIBUTES_PATH, len(ATTRIBUTES)) != ATTRIBUTES
    if repository is not None and ATTRIBUTES_PATH in repository.index:
        own = own or repository.index[ATTRIBUTES_PATH].id != pygit2.hash(ATTRIBUTES)
    if own:
        raise ActRefused(
            "there is a .gitattributes of its own here, and an archive needs its fixed one",
            path=str(folder / ATTRIBUTES_PATH),
            hint="move it away, or make the archive in another folder",
        )


def clear(stage: Path) -> None:
    """Remove what a killed process left where repositories are made aside, and nothing that is somebody's."""
    if not os.path.lexists(stage):
        return
    # Beside .git lies what git's library tries the file system with.
    if (
        stage.is_symlink()
        or not stage.is_dir()
        or any(entry.name != ".git" and not entry.name.startswith("_git2_") for entry in stage.iterdir())
    ):
        raise ActRefused(
            "this stands where a new repository is made aside, and it isn't ours", path=str(stage), hint="move it away"
        )
    shutil.rmtree(stage)


def lock_of(error: Exception) -> str | None:
    """The lock file that a failure of git names, where a lock is why it failed."""
    # For any other reason libgit2 says which, after the colon.
    found = re.search(r"failed to lock file '(.*\.lock)' for writing(?:: ?)?$", str(error), re.DOTALL)
    return found[1] if found is not None else None


def cure(lock: str) -> str:
    """What a person can do about a lock that stays."""
    since = ""
    with suppress(OSError):
        since = f", since {datetime.fromtimestamp(Path(lock).stat().st_mtime, UTC):%Y-%m-%d %H:%M} UTC"
    return f"if no git and no openletter is at work here{since}, remove it: rm {shlex.quote(lock)}"
