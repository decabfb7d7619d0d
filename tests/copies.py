"""A small archive and copies of it, with stock git, for tests that compare them."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from builders import LETTER, a_desk
from openletter import Committer, Identity
from openletter.archive import Act, Repository
from openletter.records.kept import KeptCheckpoint, decode_kept
from tools import need
from transcripts import environment

FOLDER = f"archive/{LETTER}"
DESK = a_desk()
FILES = {
    **{f"{FOLDER}/{name}": data for name, data in DESK.files.items()},
    **{f"keys/{org}/{name}": data for org, folder in DESK.keys.items() for name, data in folder.items()},
}
NAMES = sorted(FILES)
FIRST, SECOND = f"{FOLDER}/0001.yaml", f"{FOLDER}/0002.yaml"
SIGNATURES = [name for name in NAMES if name.endswith(".sig") and name.startswith(FOLDER)]

CLOCK = count()


def committer(name: str = "The secretariat") -> Committer:
    when = datetime(2026, 5, 14, 9, tzinfo=UTC) + timedelta(seconds=next(CLOCK))
    who = Identity(name=name, email="secretariat@alder.example", when=when)
    return Committer(author=who, committer=who)


def git(folder: Path, *arguments: str) -> str:
    """What stock git prints in a folder; whoever commits commits as somebody, a second after the last one."""
    date = f"{1_900_000_000 + next(CLOCK)} +0000"
    done = subprocess.run(
        (need("git"), "-C", str(folder), *arguments),
        env=environment(folder.parent) | {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date},
        capture_output=True,
        check=True,
        text=True,
    )
    return done.stdout.strip()


def add(folder: Path, *paths: str, files: dict[str, bytes] = FILES) -> str:
    """Record some of the files in one commit; its id."""
    act = Act(files={path: files[path] for path in paths}, message="an act")
    recorded = Repository.open(folder).record(lambda _: act, committer())
    assert recorded is not None
    return recorded.commit


def clone(folder: Path, to: str, *options: str) -> Path:
    place = folder.parent / to
    git(folder.parent, "clone", "--quiet", *options, f"file://{folder}", str(place))
    return place


def head(folder: Path) -> str:
    return git(folder, "rev-parse", "HEAD")


def keep(folder: Path) -> KeptCheckpoint:
    """What a reader keeps of an archive, through its bytes."""
    return decode_kept(Repository.open(folder).keep("2026-05-14").to_bytes())


def begin(folder: Path) -> Path:
    """An archive of four commits: the mark, the keys, two revisions."""
    Repository.create(folder, committer())
    add(folder, *(name for name in NAMES if name.startswith("keys/")))
    add(folder, FIRST)
    add(folder, SECOND)
    return folder
