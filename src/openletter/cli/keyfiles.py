"""Private key files: where they lie, how they are read and written."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from openletter.cli.environment import committer, key_folder
from openletter.cli.terminal import (
    ask_passphrase,
    prose,
    remark,
)
from openletter.errors import ActRefused, Invalid, KeyFileError, StorageError

if TYPE_CHECKING:
    from openletter.api import Archive
    from openletter.archive import Recorded
    from openletter.keys import PrivateKey, PublicKey
    from openletter.records import Organization

HELP: Final = "The private key, in OpenSSH form. Without this, the one that keygen made for ORG."
_MOST: Final = 1 << 16


def path(organization: str, given: Path | None) -> Path:
    """The private key file that is meant; raises `KeyFileError` where none is given and none was made."""
    if given is not None:
        return given
    usual = key_folder() / organization
    if not usual.exists():
        raise KeyFileError(
            f"there is no key for {organization} in the usual place",
            path=str(usual),
            hint=f"name one with --key FILE, or make one with: openletter keygen {organization}",
        )
    return usual


def read(file: Path) -> bytes:
    """The bytes of a key file; raises `KeyFileError`."""
    try:
        # A pipe to which nobody writes would be waited for without end.
        with os.fdopen(os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as opened:
            if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
                raise KeyFileError("this is no regular file", path=str(file), hint="give a key that lies in a file")
            data = opened.read(_MOST + 1)
    except OSError as error:
        raise KeyFileError(
            f"this key can't be read: {error.strerror}", path=str(file), hint="check the path"
        ) from error
    if len(data) > _MOST:
        raise KeyFileError("this file is too large to be a key", path=str(file), hint="give a key in OpenSSH form")
    return data


def public(file: Path) -> PublicKey | None:
    """The public key that lies beside a private one as ``FILE.pub``, where there is one that can be read."""
    from openletter.keys import parse_public_key

    with suppress(KeyFileError, Invalid, UnicodeDecodeError):
        return parse_public_key(read(_beside(file)).decode())
    return None


def load(file: Path) -> PrivateKey:
    """The private key in a file, its passphrase asked for where it has one; raises `KeyFileError`."""
    from openletter.keys import is_encrypted, load_private_key

    data = read(file)
    try:
        passphrase = ask_passphrase(str(file)) if is_encrypted(data) else None
        key = load_private_key(data, passphrase)
    except KeyFileError as error:
        raise error.at(path=str(file)) from None
    if file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        remark(f"Note: others on this computer may read {file}. To mend that: chmod 600 {file}")
    return key


def check_place(organization: str, given: Path | None = None) -> Path:
    """The file for a new key: `given`, else the usual one for this organization.

    Raises `ActRefused` where something is there, or where the folder is in a work tree; `KeyFileError` where `given`
    lies in a folder that is not there.
    """
    wanted = key_folder() / organization if given is None else given.expanduser()
    folder = wanted.parent.resolve()
    if given is not None and not folder.is_dir():
        raise KeyFileError(
            "the folder for this key is not there", path=str(folder), hint="make the folder first, or name another"
        )
    for above in (folder, *folder.parents):
        if (above / ".git").exists():
            raise ActRefused(
                f"the folder for keys lies in a git work tree ({above}), and a private key must never get into one",
                path=str(folder),
                hint="set XDG_CONFIG_HOME to a folder outside of it"
                if given is None
                else "name a folder outside of it",
            )
    file = folder / wanted.name
    if folder.is_dir():
        with suppress(OSError), _alone(folder):
            _sweep(file)
    for target in (file, _beside(file)):
        if target.exists() or target.is_symlink():
            raise ActRefused(
                "there is a key already" if given is None else "something is there already",
                path=str(target),
                hint="use it, or move it away first; a key that was used must not be lost"
                if given is not None
                else "use it, or move it away first; a key that was used must not be lost. "
                f"To make another beside it: openletter keygen {organization} -o FILE",
            )
    return file


def write(file: Path, comment: str, key: PrivateKey, passphrase: bytes | None) -> None:
    """Write a new key pair, whole or not at all, the private file for its owner alone; raises `StorageError`.

    Both are written beside their places, then linked there, the private one last: with that link the key is made. What
    a killed process leaves before it is known by its link, and removed by the next.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _alone(file.parent):
            _sweep(file)
            try:
                _create(_aside(file), key.to_openssh(passphrase), 0o600)
                _create(_aside(_beside(file)), f"{key.public.line} {comment}\n".encode(), 0o644)
                _beside(file).hardlink_to(_aside(_beside(file)))
                file.hardlink_to(_aside(file))
            finally:
                _sweep(file)
    except OSError as error:
        unable = error.errno in {errno.EPERM, errno.EOPNOTSUPP}
        raise StorageError(
            f"the key can't be written: {error.strerror}",
            path=str(file),
            hint="some memory sticks can't keep a file from others' eyes: make the key on this computer, then copy it"
            if unable
            else "mend that, and make it again",
        ) from error


def _beside(file: Path) -> Path:
    """Where the public key of a private one lies."""
    return file.with_name(file.name + ".pub")


def _aside(file: Path) -> Path:
    """Where a file of a key is written before it gets its place."""
    return file.with_name(f".{file.name}.unfinished")


def _sweep(file: Path) -> None:
    """Remove what a stopped keygen left: files aside, and a public key that it linked before any private one."""
    public = _beside(file)
    with suppress(FileNotFoundError):
        if not os.path.lexists(file) and os.path.samestat(public.lstat(), _aside(public).lstat()):
            public.unlink()
    for left in (_aside(file), _aside(public)):
        left.unlink(missing_ok=True)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one keygen work in a folder at a time; the lock ends with the process."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _create(file: Path, data: bytes, mode: int) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(data)
        opened.flush()
        os.fsync(opened.fileno())


def mention_unfinished(recorded: Recorded) -> None:
    """Say where the act is recorded, and the work tree could not be given its files."""
    if recorded.not_checked_out:
        remark(
            f"Note: it is recorded, but the folder could not be given {', '.join(recorded.not_checked_out)} "
            f"({recorded.reason}). Once that is mended: git checkout HEAD -- {' '.join(recorded.not_checked_out)}"
        )


def record(archive: Archive, made: Organization, *keys: PrivateKey) -> None:
    """Record a key record as it was shown, signed by these keys, and say so."""
    recorded = archive.record_keys(made, *keys, committer=committer(archive.configured_identity()))
    click.echo()
    prose(f"Recorded: keys/{made.organization}/{made.record:04}.yaml")
    mention_unfinished(recorded)


def complete(archive: Archive) -> None:
    """Give the folder what an act that was interrupted left due, and say so."""
    for recorded in archive.finish():
        if recorded.not_checked_out:
            mention_unfinished(recorded)
        else:
            remark(
                f"Note: an earlier command was stopped when its act ({recorded.commit[:12]}) was already recorded. "
                "The folder has the files now."
            )
