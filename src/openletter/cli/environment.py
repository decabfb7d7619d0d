"""The environment and the clock: what a command takes from where it runs."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import click

from openletter.errors import InputError

if TYPE_CHECKING:
    from openletter.api import Archive
    from openletter.archive import Committer, Identity
    from openletter.verify import Authorities, Pins


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What every command can ask for; `archive_path` is the value of ``--archive``."""

    archive_path: Path | None

    def archive(self) -> Archive:
        """The archive that the person means; raises `NotAnArchive`."""
        from openletter.api import Archive

        if self.archive_path is None:
            return Archive.find(Path.cwd(), secret=own_secret)
        if self.archive_path.is_file():
            from openletter.cli.carried import open_carried

            return Archive.of_bundle(open_carried(self.archive_path).bundle, self.archive_path)
        return Archive.open(self.archive_path, secret=own_secret)


pass_environment = click.make_pass_decorator(Environment)


def now() -> datetime:
    """This moment, in local time."""
    return datetime.now(UTC).astimezone()


def today() -> str:
    """This day, ISO 8601, in local time."""
    return now().date().isoformat()


def configuration_folder() -> Path:
    """The user's configuration folder: pins and authorities (``spec/pins.md``), and the user's keys.

    Raises `InputError` where there is no home.
    """
    try:
        return _own_folder("XDG_CONFIG_HOME", ".config")
    except RuntimeError as error:
        raise InputError(
            "there is no home folder, in which your keys and your own list could lie",
            hint="set HOME, or XDG_CONFIG_HOME, to the whole path of a folder",
        ) from error


def _own_folder(variable: str, usual: str) -> Path:
    """A folder of the user's own, absolute; raises `RuntimeError` without a home.

    A path that is empty or relative would lead into the folder in which the command is typed, such as a stranger's
    archive: it is not taken, as the XDG specification says.
    """
    if sys.platform in {"darwin", "win32"}:
        return Path(click.get_app_dir("openletter"))
    base = Path(os.environ.get(variable, ""))
    return (base if base.is_absolute() else _home() / usual) / "openletter"


def _home() -> Path:
    home = Path(os.environ.get("HOME", ""))
    if not home.is_absolute():
        import pwd

        try:
            home = Path(pwd.getpwuid(os.getuid()).pw_dir)
        except KeyError:
            home = Path()
    if not home.is_absolute():
        raise RuntimeError("there is no home folder")
    return home


def pins() -> Pins:
    """The keys that the user has confirmed, as of now; raises `PinsError`."""
    from openletter.pins import read_pins

    return read_pins(configuration_folder()).at(now())


def authorities() -> Authorities:
    """The root certificates of the time-stamping authorities that the user names; raises `PinsError`."""
    from openletter.pins import read_authorities

    return read_authorities(configuration_folder())


def key_folder() -> Path:
    """Where private keys are kept: in the user's configuration folder."""
    return configuration_folder() / "keys"


def state_folder() -> Path:
    """Where the program keeps what it remembers: in the user's state folder; raises `RuntimeError` without a home."""
    folder = _own_folder("XDG_STATE_HOME", ".local/state")
    return folder / "state" if sys.platform in {"darwin", "win32"} else folder


def cache_folder() -> Path | None:
    """Where what can be made again is kept: in the user's cache folder; `None` without a home."""
    try:
        folder = _own_folder("XDG_CACHE_HOME", ".cache")
    except RuntimeError:
        return None
    return folder / "cache" if sys.platform in {"darwin", "win32"} else folder


def own_secret() -> bytes | None:
    """The user's own secret; `None` where none can be kept."""
    from openletter.pins.secret import own_secret

    try:
        return own_secret(state_folder())
    except RuntimeError:
        return None


def committer(configured: tuple[str | None, str | None], variables: Mapping[str, str] | None = None) -> Committer:
    """Who commits: what git's variables say, then git's configuration (`configured`), else a neutral one."""
    from openletter.archive import Committer

    variables = os.environ if variables is None else variables
    return Committer(
        author=_identity("AUTHOR", configured, variables), committer=_identity("COMMITTER", configured, variables)
    )


def _identity(role: str, configured: tuple[str | None, str | None], variables: Mapping[str, str]) -> Identity:
    from openletter.archive import Identity

    name = variables.get(f"GIT_{role}_NAME") or configured[0] or "openletter"
    email = variables.get(f"GIT_{role}_EMAIL") or configured[1] or "openletter@openletter.invalid"
    date = variables.get(f"GIT_{role}_DATE")
    for text, what in ((name, "NAME"), (email, "EMAIL")):
        if re.search(r"[<>\n\0]", text):
            raise InputError(
                f"git can't keep this as a committer's {what.lower()}: {text!r}", hint=f"set GIT_{role}_{what}"
            )
    return Identity(name=name, email=email, when=git_date(date, f"GIT_{role}_DATE") if date else now())


def git_date(text: str, variable: str) -> datetime:
    """A date as git's variables give it: ``@SECONDS ±ZONE``, ISO 8601 or RFC 2822; raises `InputError`."""
    if found := re.fullmatch(r"@?([0-9]{1,12})(?: ([+-])([0-9]{2})([0-9]{2}))?", text.strip()):
        seconds, sign, hours, minutes = found.groups()
        offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
        with suppress(OverflowError, ValueError, OSError):
            return datetime.fromtimestamp(int(seconds), timezone(-offset if sign == "-" else offset))
    from email.utils import parsedate_to_datetime  # 11 ms that nobody needs who sets no such date

    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            found_date = parse(text.strip())
        except ValueError:
            continue
        with suppress(OverflowError, ValueError, OSError):
            return found_date if found_date.tzinfo is not None else found_date.astimezone()
    raise InputError(
        f"{variable} is no date that is understood here: {text!r}", hint="write it as 2026-05-14T12:00:00+00:00"
    )
