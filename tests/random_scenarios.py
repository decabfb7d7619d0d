"""Scenarios of trust by chance: archives that grow by honest and dishonest acts, for two implementations to judge."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "vectors"))

from archivefiles import LETTER, Archive, Key, Listed, Signer, own, tree

__all__ = ["DAYS", "LETTER", "ORGANIZATIONS", "Chance", "keys", "text"]

ORGANIZATIONS = tuple(map(tree, ("alder", "birch", "cedar", "puppet")))
STATUSES = ("active", "retired", "compromised")
DAYS = ("2026-04-20", "2026-05-20", "2026-06-20")
DOUBTED = ("2026-05-01", "2026-06-01")


class Chance:
    """One scenario: its headers, and the payload without an answer. The same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311  # no secret
        self.archive = Archive()
        self.newest: dict[str, tuple[int, list[Listed], tuple[int, Sequence[str]] | None]] = {}
        self.digests: list[tuple[str, str]] = []
        for organization in ORGANIZATIONS:
            self.key_record(organization)
        for _ in range(self.random.randint(0, 5)):
            self.key_record(self.one_of(ORGANIZATIONS))
        revisions = self.random.randint(1, 3)
        for number in range(1, revisions + 1):
            self.revision(number)
        self.headers = {"judge": self.one_of((LETTER, f"{LETTER}@{self.random.randint(1, revisions)}", "archive"))}
        if self.often(0.7):
            self.headers["require"] = self.one_of(("all", "1", "2", ORGANIZATIONS[0], ",".join(ORGANIZATIONS[:2])))
        if self.often(0.7):
            self.headers["trust"] = self.one_of(("pinned", "vouched:1", "vouched:2", "recorded"))
        self.spoil()
        sightings, timestamps = self.checkpoints()
        pins = [(organization, key) for organization in ORGANIZATIONS for key in keys(organization) if self.often(0.25)]
        self.parts = dict(sorted(self.archive.files.items()))
        self.parts["pins"] = text(f'{organization} namespaces="openletter" {key.line}' for organization, key in pins)
        self.parts["sightings"] = text(sightings)
        self.parts["timestamps"] = text(timestamps)

    def often(self, share: float) -> bool:
        return self.random.random() < share

    def one_of(self, choices: Sequence[str]) -> str:
        return self.random.choice(choices)

    def others(self, organization: str) -> list[str]:
        found = [other for other in ORGANIZATIONS if other != organization]
        return self.random.sample(found, self.random.randint(1, 3))

    # --- key records ---

    def key_record(self, organization: str) -> None:
        number, before, recovery = self.newest.get(organization, (0, [], None))
        listed = [self.next_status(key) for key in before if self.often(0.97)]
        known = {key[0] for key in before}
        fresh = [key for key in keys(organization) if key not in known and self.often(0.4)]
        if self.often(0.06):
            # A key of somebody else's.
            fresh.append(self.random.choice([key for other in self.others(organization) for key in keys(other)]))
        if not listed and not fresh:
            fresh = [own(organization)]
        listed += [(key, "active") for key in fresh]
        signers: list[Signer] = [(organization, key) for key in fresh if self.often(0.96)]
        signers += [(organization, key[0]) for key in before if self.often(0.85 if key[1] == "active" else 0.15)]
        basis = "first" if not number else self.one_of(("rotation", "rotation", "recovery"))
        helpers = recovery[1] if recovery else ()
        if self.often(0.6 if not number else 0.15):
            named = self.others(organization)
            recovery = (self.random.randint(1, len(named)), named)
        authorized_by: list[str] = []
        if basis == "recovery" or (number and self.often(0.3)):
            able = [(owner, digest) for owner, digest in self.digests if owner in helpers or self.often(0.1)]
            authorized_by = [digest for owner, digest in able if owner != organization and self.often(0.7)]
        path = self.archive.key_record(
            organization,
            number + 1,
            listed,
            *signers,
            basis=basis,
            recovery=recovery,
            authorized_by=authorized_by,
            date=self.one_of(("2026-01-05", "2026-06-05", "2026-07-05")),
        )
        for other in ORGANIZATIONS:
            for key in keys(other):
                if other != organization and self.often(0.6 if authorized_by else 0.12):
                    self.archive.sign_record(organization, number + 1, other, key)
        self.newest[organization] = (number + 1, listed, recovery)
        self.digests.append((organization, self.archive.digest(path)))

    def next_status(self, key: Listed) -> Listed:
        status = key[1]
        if self.often(0.4):
            status = self.random.choice(STATUSES[STATUSES.index(status) :])
        if self.often(0.03):
            status = self.one_of(STATUSES)
        if status != "compromised":
            return (key[0], status)
        since = key[2] if len(key) == 3 and self.often(0.8) else self.one_of(DOUBTED)
        return (key[0], status, since)

    # --- the letter ---

    def revision(self, number: int) -> None:
        listed: list[str | tuple[str | None, str]] = [one for one in ORGANIZATIONS if self.often(0.7)]
        if self.often(0.2):
            listed.append((None, "The Assembly of the Lower Valley"))
        self.archive.letter(number, listed, self.one_of(("Open the records.", "Open all records.")))
        if number == 1 and self.often(0.05):
            # The text of another letter in the place of the first revision.
            self.archive.files[f"archive/{LETTER}/0001.yaml"] = self.archive.files.pop(
                self.archive.letter(1, listed, letter="2026/another-letter")
            )
        for organization in ORGANIZATIONS:
            for key in keys(organization):
                if self.often(0.35):
                    self.archive.sign(organization, number, key)
                if self.often(0.05):
                    self.archive.withdraw(organization, number, key)
            if self.often(0.1):
                self.archive.sign(organization, number, own(self.one_of(ORGANIZATIONS)))

    def spoil(self) -> None:
        files = self.archive.files
        signatures = sorted(path for path in files if path.endswith(".sig"))
        for _ in range(self.random.randint(0, 3)):
            files[self.one_of(signatures)] = files[self.one_of(signatures)]
        if self.often(0.07):
            files[self.one_of(sorted(files))] = b"rubbish\n"
        if self.often(0.1):
            del files[self.one_of([path for path in sorted(files) if path != f"archive/{LETTER}/0001.yaml"])]

    # --- checkpoints ---

    def checkpoints(self) -> tuple[list[str], list[str]]:
        paths = sorted(self.archive.files)
        signatures = [path for path in paths if path.startswith(f"archive/{LETTER}/") and path.endswith(".sig")]
        records = [path for path in paths if path.startswith("keys/") and path.endswith(".yaml")]
        sightings: dict[str, str] = {}
        timestamps: list[str] = []
        for _ in range(self.random.randint(0, 5)):
            organization = self.one_of(ORGANIZATIONS)
            signers = [key for key in keys(organization) if self.often(0.6)]
            path = self.archive.checkpoint(organization, self.one_of(DAYS), *signers)
            state = self.one_of(("matches", "matches", "matches", "differs", "absent", "unknown"))
            held = [*signatures, *(records if self.often(0.4) else ())]
            holds = [path for path in held if state == "matches" and self.often(0.6)]
            sightings[path] = " ".join([path, state, *holds])
            if self.often(0.3):
                timestamps.append(f"{path} tsa.example {self.one_of(DAYS)}T12:00:00Z")
        return list(sightings.values()), timestamps


def keys(organization: str) -> list[Key]:
    """The keys that an organization may have."""
    return [own(organization), own(organization, "2"), own(organization, "3")]


def text(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()
