"""Archives with a history by chance, for what travels out of them: real commits and checkpoints, played stamps.

A stamp here is a line of text that `played` judges in the place of RFC 3161: a day, a certificate, the digest of what
was stamped. It is false, unknown or good by the same rules, so that days can be chosen.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

from builders import LETTER
from openletter import Archive
from openletter.archive import Act, Repository
from openletter.errors import Fork, TimestampError
from openletter.keys import PublicKey, parse_public_key
from openletter.timestamps import Stamped, Unknown
from random_scenarios import DAYS, ORGANIZATIONS, Chance, keys
from test_archive import COMMITTER

AUTHORITIES = ("tsa.example", "clock.example")
ROOTS: Mapping[str, Sequence[bytes]] = {"tsa.example": (b"root",), "clock.example": (b"root",)}
STAMP_DAYS = (*DAYS, "2026-05-10", "2026-07-20")


def stamp(data: bytes, day: str, root: bytes = b"root") -> bytes:
    """A played timestamp."""
    return f"{day} {root.decode()} {hashlib.sha256(data).hexdigest()}".encode()


def _judge(timestamp: bytes, data: bytes, roots: Sequence[bytes]) -> Stamped | Unknown:
    day, root, digest = timestamp.decode().split(" ")
    if digest != hashlib.sha256(data).hexdigest():
        raise TimestampError("it was made for other bytes than these")
    time = f"{day}T12:00:00Z"
    return Stamped(time=time) if root.encode() in roots else Unknown(claimed=time, reason="no root")


@contextmanager
def played() -> Iterator[None]:
    """Let played timestamps be judged."""

    def read(data: bytes) -> SimpleNamespace:
        return SimpleNamespace(certificates=(data.split(b" ")[1],))

    with patch("openletter.timestamps.judge", _judge), patch("openletter.timestamps.token.read", read):
        yield


@dataclass
class World:
    """An archive, and the keys that a verifier may have pinned."""

    archive: Archive
    repository: Repository
    revisions: tuple[int, ...]
    keys: Sequence[tuple[str, PublicKey]]

    def pins(self, chance: random.Random, share: float) -> dict[str, frozenset[PublicKey]]:
        """Some of the keys, pinned."""
        found: dict[str, frozenset[PublicKey]] = {}
        for organization, key in self.keys:
            if chance.random() < share:
                found[organization] = found.get(organization, frozenset()) | {key}
        return found


def grow(folder: Path, files: Mapping[str, bytes], chance: random.Random, *, shuffled: bool = True) -> World:
    """Record files in an order of chance, with checkpoints and stamps of what is there in between."""
    repository, _ = Repository.create(folder, COMMITTER)
    paths = sorted(files)
    if shuffled:
        chance.shuffle(paths)
    # What speaks against keys comes later as a rule, as it does in life.
    paths.sort(key=lambda path: path.startswith("keys/") and not path.rpartition("/")[2].startswith("0001"))
    head = record(repository, {})
    while paths:
        taken = [paths.pop(0) for _ in range(min(len(paths), chance.randint(1, max(2, len(files) // 4))))]
        head = record(repository, {path: files[path] for path in taken})
        for _ in range(chance.choice((0, 1, 1, 2))):
            organization = chance.choice(ORGANIZATIONS)
            signers = [key for key in keys(organization) if chance.random() < 0.6]
            tree = repository.tree_id(head) if chance.random() < 0.95 else "0" * 64
            stamps = [
                (authority, chance.choice(STAMP_DAYS), chance.choice((b"root", b"another")))
                for authority in AUTHORITIES
                if chance.random() < 0.35
            ]
            with suppress(Fork):  # the same one twice, with other stamps
                record(repository, checkpoint(organization, chance.choice(DAYS), head, tree, signers, stamps))
    numbers = sorted(int(path[-9:-5]) for path in files if path.startswith(f"archive/{LETTER}/0") and path[-10] == "/")
    every = [(org, parse_public_key(key.line)) for org in ORGANIZATIONS for key in keys(org)]
    return World(Archive.open(folder), repository, tuple(n for n in numbers if n), every)


def record(repository: Repository, files: Mapping[str, bytes]) -> str:
    """A commit with more files; its id."""
    recorded = repository.record(lambda _: Act(files=files, message="more"), COMMITTER)
    assert recorded is not None
    return recorded.commit


def checkpoint(
    organization: str,
    date: str,
    commit: str,
    tree: str,
    signers: Sequence[object],
    stamps: Sequence[tuple[str, str, bytes]] = (),
) -> dict[str, bytes]:
    """The files of a checkpoint, signed by these keys, with played stamps: authority, day, root."""
    data = "\n".join(
        [
            'format: "checkpoint/1"',
            f'organization: "{organization}"',
            f'date: "{date}"',
            f'commit: "{commit}"',
            f'tree: "{tree}"',
            "",
        ]
    ).encode()
    stem = f"archive/checkpoints/{organization}/{hashlib.sha256(data).hexdigest()[:16]}"
    files = {f"{stem}.yaml": data}
    for key in signers:
        files[f"{stem}.{key.short}.sig"] = key.sign(data)  # type: ignore[attr-defined]
    for authority, day, root in stamps:
        files[f"{stem}.{authority}.tsr"] = stamp(data, day, root)
    return files


def by_chance(folder: Path, seed: int) -> World:
    """The archive of a scenario by chance (`random_scenarios`), grown commit by commit."""
    scenario = Chance(seed)
    files = {p: d for p, d in scenario.archive.files.items() if not p.startswith("archive/checkpoints/")}
    return grow(folder, files, random.Random(seed))  # noqa: S311  # no secret
