"""Two people record in two clones and merge with stock git: nothing that both did honestly is ever a fault.

Each letter and each organization's key records have one owner; signatures, consent and vouches come from both sides.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from builders import ALDER, BIRCH, CEDAR, key_of, name_of
from openletter import Archive, Committer, Identity, read_draft
from openletter.errors import ActRefused
from openletter.keys import PrivateKey
from openletter.records import Recovery
from tools import need

OWNERS: Final = {ALDER: 0, BIRCH: 1, CEDAR: 1}
LETTERS: Final = ("2026/wells", "2026/rivers")
NAMES: Final = ("-c", "user.name=Desk", "-c", "user.email=desk@alder.example")

desk = st.integers(0, 1)
organization = st.sampled_from(sorted(OWNERS))
letter = st.sampled_from(LETTERS)


def draft(text: str) -> bytes:
    return f"{{date: 2026-03-02, language: en, addressees: [{{title: Commissioner}}], body: {text}.}}".encode()


class Desks(RuleBasedStateMachine):
    """Two clones of one archive."""

    def __init__(self) -> None:
        super().__init__()
        self.room = tempfile.TemporaryDirectory()
        self.paths = [Path(self.room.name) / name for name in ("one", "two")]
        self.keys = {org: [key_of(org)] for org in OWNERS}
        self.count = 0
        self.changed: set[int] = set()
        archive, _ = Archive.init(self.paths[0], self.committer)
        for org in OWNERS:
            others = tuple(other for other in OWNERS if other != org)
            recovery = Recovery(threshold=1, organizations=others)
            archive.add_organization(
                org, name_of(org), key_of(org), self.committer, date="2026-01-05", recovery=recovery
            )
        for name in LETTERS:
            archive.add(name, read_draft(draft("One"), path="d"), self.committer, path="d")
        self.git("clone", "--quiet", str(self.paths[0]), str(self.paths[1]))

    def teardown(self) -> None:
        for path in self.paths:
            audited = Archive.open(path).audit()
            assert (audited.faults, audited.more) == ((), 0)
        self.room.cleanup()

    @property
    def committer(self) -> Committer:
        self.count += 1
        when = datetime(2026, 5, 1 + self.count // 24 % 28, self.count % 24, tzinfo=UTC)
        somebody = Identity(name="Desk", email="desk@alder.example", when=when)
        return Committer(author=somebody, committer=somebody)

    def git(self, *command: str) -> None:
        subprocess.run([need("git"), *NAMES, *command], check=True, capture_output=True)

    def act(self, where: int, act: Callable[[Archive], object]) -> None:
        """Do it at a desk, unless it is refused there."""
        try:
            act(Archive.open(self.paths[where]))
        except ActRefused:
            return
        self.changed.add(where)

    def new_key(self, org: str) -> PrivateKey:
        self.keys[org].append(key_of(org, str(len(self.keys[org]))))
        return self.keys[org][-1]

    # --- acts ---

    @rule(name=letter)
    def the_owner_revises_a_letter(self, name: str) -> None:
        self.count += 1
        new = read_draft(draft(f"Text {self.count}"), path="d")
        self.act(LETTERS.index(name), lambda archive: archive.revise(name, new, self.committer, path="d"))

    @rule(where=desk, name=letter, org=organization, which=st.integers(0, 3), withdraw=st.booleans())
    def one_signs_or_withdraws(self, where: int, name: str, org: str, which: int, withdraw: bool) -> None:
        key = self.keys[org][which % len(self.keys[org])]

        def act(archive: Archive) -> object:
            number = archive.revisions(name)[-1]
            digest = archive.revision(name, number).digest
            if withdraw:
                day = "2026-06-01"
                return archive.withdraw(name, number, org, key, self.committer, digest=digest, date=day)
            return archive.sign(name, number, org, key, self.committer, digest=digest)

        self.act(where, act)

    @rule(
        org=organization, which=st.integers(0, 3), what=st.sampled_from(["rotate", "recover", "retire", "compromise"])
    )
    def the_owner_changes_keys(self, org: str, which: int, what: str) -> None:
        keys = self.keys[org]
        signer, other = keys[-1], keys[which % len(keys)]

        def act(archive: Archive) -> object:
            if what == "rotate":
                new = self.new_key(org)
                made = archive.preview_rotation(
                    org, signer.public, new=new.public, date="2026-05-20", keep=which % 2 == 1
                )
                return archive.record_keys(made, signer, new, committer=self.committer)
            if what == "recover":
                new = self.new_key(org)
                made = archive.preview_recovery(org, new.public, date="2026-05-21")
                archive.record_keys(made, new, committer=self.committer)
                by = next(other for other in OWNERS if other != org)
                digest = archive.waiting_record(org).digest
                return which and archive.authorize(org, by, self.keys[by][0], self.committer, digest=digest)
            finger = other.public.fingerprint
            if what == "retire":
                made = archive.preview_retirement(org, finger, signer.public, date="2026-05-20")
            else:
                made = archive.preview_compromise(org, finger, signer.public, since="2026-05-10", date="2026-05-20")
            return archive.record_keys(made, signer, committer=self.committer)

        self.act(OWNERS[org], act)

    @rule(where=desk, by=organization, which=st.integers(0, 3))
    def one_agrees_to_all_that_wait(self, where: int, by: str, which: int) -> None:
        key = self.keys[by][which % len(self.keys[by])]
        found = Archive.open(self.paths[where]).organizations()
        for org in [org for org, report in found.items() if report.waiting is not None]:

            def act(archive: Archive, org: str = org) -> object:
                digest = archive.waiting_record(org).digest
                return archive.authorize(org, by, key, self.committer, digest=digest)

            self.act(where, act)

    @rule(where=desk, org=organization, by=organization, which=st.integers(0, 3))
    def one_vouches(self, where: int, org: str, by: str, which: int) -> None:
        key = self.keys[by][which % len(self.keys[by])]

        def act(archive: Archive) -> object:
            found = archive.key_record(org)
            return archive.vouch(org, by, key, self.committer, digest=found.digest, number=found.record.record)

        self.act(where, act)

    @rule(where=desk, org=organization, which=st.integers(0, 3))
    def one_says_what_it_saw(self, where: int, org: str, which: int) -> None:
        key = self.keys[org][which % len(self.keys[org])]

        def act(archive: Archive) -> object:
            made = archive.preview_checkpoint(org, key.public, date="2026-05-22")
            return archive.checkpoint(made, key, self.committer)

        self.act(where, act)

    @rule(where=desk)
    def one_merges_the_other(self, where: int) -> None:
        mine, other = self.paths[where], self.paths[1 - where]
        self.git("-C", str(mine), "pull", "--quiet", "--no-rebase", "--no-edit", str(other), "HEAD")
        self.changed.add(where)

    # --- what must hold ---

    @precondition(lambda self: self.changed)
    @invariant()
    def nothing_is_false_and_a_letter_is_judged_alone_as_in_the_whole(self) -> None:
        pins = {org: frozenset({key_of(org).public}) for org in (BIRCH, CEDAR)}
        for where in self.changed:
            archive = Archive.open(self.paths[where])
            whole = archive.verify(pins=pins)
            assert whole.false == ()
            for report in whole.letters:
                (alone,) = archive.verify(report.letter, pins=pins).letters
                assert [(v.organization, v.verdict, v.evidence) for v in alone.organizations] == [
                    (v.organization, v.verdict, v.evidence) for v in report.organizations
                ]
        self.changed.clear()


TestDesks = Desks.TestCase
TestDesks.settings = settings(
    max_examples=15, stateful_step_count=15, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)
