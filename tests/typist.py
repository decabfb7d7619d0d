"""A user with a configuration folder of its own, who types commands in this process, and an archive of keys to try."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from builders import ALDER, BIRCH, CEDAR, DOGWOOD, ELM, Desk, key_of
from openletter import Committer, Identity, cli, records
from openletter.archive import Act, Repository
from openletter.cli import terminal
from openletter.keys import PrivateKey
from openletter.records import Key, Organization

NOW = datetime(2026, 5, 14, 9, tzinfo=UTC)
SHARED, FIRST, SECOND, NEW = key_of("shared"), *(key_of(BIRCH, which) for which in ("", "second", "new"))


def a_house_of_keys() -> Desk:
    """Alder with a key; birch with one of each status; cedar and dogwood share one; elm's only key is compromised."""
    desk = Desk()
    desk.enrol(ALDER)
    desk.enrol(BIRCH, SECOND)
    rotate(
        desk,
        BIRCH,
        (
            Key(key=FIRST.public.line, status="retired"),
            Key(key=SECOND.public.line, status="compromised", since="2026-04-01"),
            Key(key=NEW.public.line, status="active"),
        ),
        NEW,
    )
    for organization in (CEDAR, DOGWOOD):
        desk.enrol(organization, SHARED)
    desk.enrol(ELM)
    rotate(desk, ELM, (Key(key=key_of(ELM).public.line, status="compromised", since="2026-01-06"),))
    return desk


def rotate(desk: Desk, organization: str, keys: tuple[Key, ...], *new: PrivateKey) -> None:
    """A second record by which the keys stand so, signed by the first key and the new ones."""
    first = records.decode(desk.keys[organization]["0001.yaml"])
    assert isinstance(first, Organization)
    rotation = replace(first, record=2, previous=records.digest(first.to_bytes()), basis="rotation", keys=keys)
    desk.record(rotation, *((organization, key) for key in (key_of(organization), *new)))


def committer() -> Committer:
    who = Identity(name="The secretariat", email="secretariat@alder.example", when=NOW)
    return Committer(author=who, committer=who)


def make(folder: Path, desk: Desk, **more: bytes) -> Path:
    """An archive with the key records of a desk."""
    files = {f"keys/{org}/{name}": data for org, names in desk.keys.items() for name, data in names.items()}
    repository, _ = Repository.create(folder, committer())
    repository.record(lambda _: Act(files=files | more, message="everything"), committer())
    return folder


class Said(NamedTuple):
    """What a command came to."""

    status: int
    out: str
    err: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Typist:
    """Types commands; `config` is the user's own configuration folder, which isn't there at first."""

    config: Path
    archive: Path
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    @classmethod
    def at(
        cls, home: Path, archive: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> Typist:
        """Somebody whose home folder this is, and who sits in it."""
        monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
        monkeypatch.setenv("HOME", str(home))
        monkeypatch.setenv("COLUMNS", "200")
        monkeypatch.chdir(home)
        return cls(config=home / "config" / "openletter", archive=archive, monkeypatch=monkeypatch, capsys=capsys)

    def __call__(
        self, *arguments: str, place: Path | None = None, away: bool = False, answer: str | None = None
    ) -> Said:
        """Type a command, in the archive `place`, or `away` from any; `answer` is what the person then types."""
        where = () if away else ("--archive", str(place or self.archive))
        self.monkeypatch.setattr(sys, "argv", ["openletter", *where, *arguments])
        if answer is not None:
            self.monkeypatch.setattr(terminal, "is_interactive", lambda: True)
            self.monkeypatch.setattr(terminal, "_typed_line", lambda: answer)
        status = cli._run()
        said = self.capsys.readouterr()
        return Said(status, said.out, said.err)

    def confirm(self, *lines: str) -> Path:
        """Give the user a file of pins."""
        self.config.mkdir(parents=True, exist_ok=True)
        file = self.config / "allowed_signers"
        file.write_text("".join(f"{line}\n" for line in lines))
        return file


def fingerprint(key: PrivateKey) -> str:
    """The fingerprint of the public half."""
    return key.public.fingerprint
