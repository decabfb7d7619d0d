"""The git folder, looked at before git's library opens it: nothing in it may lead out of it, or never end.

An archive may come from anybody, its git folder included: unpacked from a tarball, read from a stick. What would make
git's library read elsewhere, or wait for ever, is refused here (``spec/archive.md``, "The git folder").
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import Final

import pygit2
from pygit2.enums import RepositoryOpenFlag

from openletter.errors import NotAnArchive, StorageError

_SMALL: Final = 4096
_LARGE: Final = 1 << 26
# What git's library opens in a git folder besides objects and the branch, and the most bytes that it may have.
_FILES: Final = {
    "HEAD": _SMALL,
    "config": 1 << 20,
    "config.worktree": 1 << 20,
    "packed-refs": _LARGE,
    "shallow": _LARGE,
    "index": 1 << 30,
    "logs/HEAD": 1 << 40,
    "objects/info/commit-graph": 1 << 30,
}
_FOLDERS: Final = (
    *("objects", "objects/info", "objects/pack", "refs", "refs/heads", "info"),
    *("logs", "logs/refs", "logs/refs/heads", "worktrees"),
)
_FANOUT: Final = 1000
"""The most entries that the folder of objects may have: git makes 256 folders there, and two more."""
_PACKS: Final = 10_000
"""The most entries that the folder of packs may have."""

_ELSEWHERE: Final = {
    "objects/info/alternates": (
        "it makes git read objects of another repository, and an archive is read from its own alone",
        "copy them into this one, with: git repack -a -d, then remove this file",
    ),
    "info/grafts": ("it makes git tell another history than the one recorded", "remove this file"),
    "commondir": ("it makes git read another folder in place of this one", "remove this file"),
    "gitdir": ("it makes git read another folder in place of this one", "remove this file"),
}
_INCLUDE: Final = re.compile(rb"\[\s*include", re.IGNORECASE)
_REMARK: Final = re.compile(rb"^[ \t]*[#;].*$", re.MULTILINE)


def open_guarded(folder: Path) -> pygit2.Repository:
    """The git repository whose work tree, or git folder, is `folder`; none above it. Raises `StorageError`."""
    git, common = _git_folders(folder)
    _check(common, linked=False)
    if git != common:
        _check(git, linked=True)
    try:
        repository = pygit2.Repository(str(folder), RepositoryOpenFlag.NO_SEARCH)
    except pygit2.GitError as error:
        if "owned by" in str(error) or "owner" in str(error):
            raise StorageError(
                "git doesn't open a repository that belongs to another user",
                path=str(folder),
                hint=f"if you trust it to be read: git config --global --add safe.directory {folder.resolve()}",
            ) from error
        raise NotAnArchive(
            f"there is no git repository here that can be read ({error})",
            path=str(folder),
            hint="take another copy, with: git clone; or make an archive with: openletter init FOLDER",
        ) from error
    around = {folder.resolve(), git.parent.resolve()} if git.name == ".git" else {folder.resolve()}
    if repository.workdir is not None and Path(repository.workdir).resolve() not in around:
        raise StorageError(
            f"its core.worktree puts the work tree elsewhere: {repository.workdir}",
            path=str(common / "config"),
            hint="remove it, with: git config --unset core.worktree",
        )
    return repository


def common_folder(repository: pygit2.Repository) -> Path:
    """The git folder that holds the objects and the branches."""
    git = Path(repository.path)
    return git.parent.parent if (git / "commondir").exists() else git


def check_file(path: Path, most: int) -> bool:
    """Is there a file? Raises `StorageError` for what is no plain file, or larger than `most` bytes."""
    try:
        found = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError) as error:
        raise StorageError(f"this can't be looked at: {error}", path=str(path)) from error
    if not stat.S_ISREG(found.st_mode):
        raise StorageError(
            f"{_what(found.st_mode)} stands where git has a plain file", path=str(path), hint="take another copy"
        )
    if found.st_size > most:
        raise StorageError(
            f"{found.st_size} bytes, and at most {most} are read", path=str(path), hint="take another copy"
        )
    return True


def check_folder(path: Path) -> bool:
    """Is there a folder? Raises `StorageError` for anything else."""
    try:
        mode = path.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return False
    if not stat.S_ISDIR(mode):
        raise StorageError(f"{_what(mode)} stands where git has a folder", path=str(path), hint="take another copy")
    return True


def check_log(folder: Path, name: str) -> None:
    """Look at the file in which git notes where `name` went, and at the folders on its way; raises `StorageError`."""
    log = Path("logs") / name
    for above in log.parents:
        check_folder(folder / above)
    check_file(folder / log, 1 << 40)


def _check(git: Path, *, linked: bool) -> None:
    for name in _FOLDERS:
        check_folder(git / name)
    for name, most in _FILES.items():
        check_file(git / name, most)
    for name, (what, cure) in _ELSEWHERE.items():
        if not (linked and name in {"commondir", "gitdir"}) and os.path.lexists(git / name):
            raise StorageError(what, path=str(git / name), hint=cure)
    for name in ("config", "config.worktree"):
        if _INCLUDE.search(_REMARK.sub(b"", _read(git / name, 1 << 20) or b"")):
            raise StorageError(
                "it includes another file, and an archive's git configuration is read from this one alone",
                path=str(git / name),
                hint="write what the other file says into this one",
            )
    objects = git / "objects"
    if objects.is_dir():
        with os.scandir(objects) as found:
            for number, entry in enumerate(found):
                if number == _FANOUT:
                    raise StorageError(f"more than {_FANOUT} entries", path=str(objects), hint="take another copy")
                if len(entry.name) == 2:
                    check_folder(Path(entry.path))
    packs = objects / "pack"
    if packs.is_dir():
        with os.scandir(packs) as found:
            for number, entry in enumerate(found):
                if number == _PACKS:
                    raise StorageError(f"more than {_PACKS} entries", path=str(packs), hint="git gc makes them fewer")
                if not entry.is_file(follow_symlinks=False) and not entry.is_dir(follow_symlinks=False):
                    check_file(Path(entry.path), 0)


def _git_folders(folder: Path) -> tuple[Path, Path]:
    """The git folder of a work tree, and the one that it shares: the same, but for a tree of `git worktree`."""
    git = folder / ".git"
    try:
        mode = git.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return folder, folder
    if stat.S_ISDIR(mode):
        return git, git
    if not stat.S_ISREG(mode):
        raise StorageError(f"{_what(mode)} stands where git has a folder", path=str(git), hint="name the other folder")
    named = (_read(git, _SMALL) or b"").removeprefix(b"gitdir: ").rstrip(b"\n")
    linked = folder / os.fsdecode(named)
    back = _read(linked / "gitdir", _SMALL)
    shared = _read(linked / "commondir", _SMALL)
    common = linked.parent.parent
    if (
        linked.parent.name != "worktrees"
        or back is None
        or shared is None
        or _resolved(linked / os.fsdecode(back.rstrip(b"\n"))) != _resolved(git)
        or _resolved(linked / os.fsdecode(shared.rstrip(b"\n"))) != _resolved(common)
    ):
        raise StorageError(
            "it names a git folder elsewhere, and that one doesn't name it in return",
            path=str(git),
            hint="if you trust it, name the git folder itself with: openletter --archive PATH",
        )
    return linked, common


def _resolved(path: Path) -> Path | None:
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):
        return None


def _read(path: Path, most: int) -> bytes | None:
    """The first bytes of a plain file, through no link; `None` where there is none."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):
        return None
    with os.fdopen(file, "rb") as found:
        return found.read(most) if stat.S_ISREG(os.fstat(file).st_mode) else None


def _what(mode: int) -> str:
    if stat.S_ISLNK(mode):
        return "a symbolic link"
    if stat.S_ISDIR(mode):
        return "a folder"
    return "a plain file" if stat.S_ISREG(mode) else "a special file"
