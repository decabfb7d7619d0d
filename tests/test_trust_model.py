"""No sequence of acts makes anything look better than it is (spec/trust.md): a machine against a model.

Honest organizations, an invented one, a thief with stolen keys, an organization that regrets, and a host that copies
files, leaves them out and makes histories. After each act, what verification says is compared with what the model says
by the facts, and with what is real. `TRUST_SEQUENCES` says how many sequences are tried.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from builders import LETTER
from openletter import records
from openletter.keys import PublicKey
from openletter.records import Key, Organization, Recovery
from openletter.verify import (
    CONFIRMED,
    CheckpointFinding,
    Fault,
    Keyring,
    LetterReport,
    Outcome,
    Sighting,
    State,
    Timestamp,
    Verdict,
    Witness,
    judge_checkpoints,
    judge_keys,
    judge_letter,
    weigh_checkpoints,
)
from trust_model import AUTHORITY, FOLDER, HONEST, LONG_AGO, ORGANIZATIONS, PUPPET, THIEF, Commit, Model, World, next_of

T = TypeVar("T")

which = st.integers(0, 7)
# The first is the one that most is done to, and the second the one that most often saw it.
honest = st.sampled_from((HONEST[0], HONEST[0], *HONEST))
anybody = st.sampled_from((HONEST[0], HONEST[0], *ORGANIZATIONS))
witness = st.sampled_from((HONEST[1], HONEST[1], *HONEST))
statuses = st.sampled_from(["retired", "active", "retired", "compromised"])
BROKEN = ("left out", "status", "since", "previous", "signer", "possession", "recovery")
consents = st.sampled_from([3, 2, 1, 0])


def one(choices: Sequence[T], number: int) -> T | None:
    """One of these, by a number that hypothesis can make smaller."""
    return choices[number % len(choices)] if choices else None


@dataclass(frozen=True)
class Said:
    """All that verification says of a world."""

    keyring: Keyring
    witnesses: tuple[Witness, ...]
    checkpoint_faults: tuple[Fault, ...]
    letters: tuple[LetterReport, ...]


def verify(world: World) -> Said:
    """What verification says: files in, verdicts out; the history is what it really was."""
    folders = world.folders("keys")
    order = sorted(folders, key=lambda name: hashlib.sha256(f"{world.tick} {name}".encode()).digest())
    keyring = judge_keys({name: folders[name] for name in order}, world.pins)
    pairs: list[tuple[CheckpointFinding, Sighting]] = []
    faults: list[Fault] = []
    for organization, folder in world.folders("archive/checkpoints").items():
        found, false = judge_checkpoints(organization, folder, keyring)
        faults += false
        for finding in found:
            day = world.stamps.get(finding.record.to_bytes())
            stamps = (Timestamp(authority=AUTHORITY, time=f"{day}T12:00:00Z"),) if day else ()
            pairs.append((replace(finding, timestamps=stamps), sight(world, finding)))
    witnesses, untrue = weigh_checkpoints(pairs)
    letter = world.folder(FOLDER)
    numbers = [n for n, text in enumerate(world.letters, 1) if letter.files.get(f"{n:04}.yaml") == text]
    reports = tuple(judge_letter(LETTER, letter, keyring, number, witnesses) for number in numbers)
    return Said(keyring, witnesses, (*faults, *untrue), reports)


def sight(world: World, finding: CheckpointFinding) -> Sighting:
    commit = next((c for c in world.commits if c.id == finding.record.commit), None)
    if commit is None:
        return Sighting(state=State.ABSENT)
    if commit.tree != finding.record.tree:
        return Sighting(state=State.DIFFERS)
    holds = frozenset(path for path, data in commit.files.items() if world.files.get(path) == data)
    return Sighting(state=State.MATCHES, holds=holds)


class Trust(RuleBasedStateMachine):
    """Acts, and after each the comparison."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.seen: list[tuple[str, PublicKey, Commit]] = []
        self.lied = False
        self.checked: tuple[dict[str, bytes], dict[bytes, str]] = ({}, {})

    # --- how it begins ---

    @initialize(
        pinned=st.sets(witness, min_size=1, max_size=3),
        threshold=st.sampled_from([1, 0, 2]),
        two=st.sets(honest, max_size=2),
        among=st.sampled_from([ORGANIZATIONS, HONEST]),
        signing=st.sets(honest, min_size=1),
    )
    def begin(self, pinned: set[str], threshold: int, two: set[str], among: tuple[str, ...], signing: set[str]) -> None:
        world = self.world
        for organization in ORGANIZATIONS:
            who = THIEF if organization == PUPPET else organization
            keys = [world.key(who).public for _ in range(2 if organization in two else 1)]
            others = tuple(other for other in among if other != organization)
            recovery = Recovery(threshold=threshold, organizations=others) if threshold else None
            world.enrol(who, organization, keys, recovery)
            if organization in pinned:
                world.pins[organization] = frozenset(keys[:1])
        world.revise()
        world.days = 10
        for organization in sorted(signing):
            newest = self.model.newest(organization)
            world.sign_letter(organization, organization, 1, self.held(organization, newest, "active")[0])

    # --- who can do what ---

    @property
    def model(self) -> Model:
        self.world.tick += 1
        return Model(self.world)

    def held(self, who: str, record: Organization | None, *wanted: str) -> list[PublicKey]:
        """The keys on a record that somebody really holds, of these statuses."""
        listed = record.keys if record else ()
        return [key.public for key in listed if key.status in wanted and self.world.holds(who, key.public)]

    def change(self, who: str, organization: str, signer: int, **changes: object) -> bytes | None:
        """Somebody makes the organization's next record, if it has a key to sign it with where it takes one."""
        model = self.model
        before = model.newest(organization)
        signing = one(self.held(who, before, "active"), signer)
        basis = changes.get("basis", "rotation")
        if before is None or (signing is None and basis == "rotation"):
            return None
        made = Organization(**next_of(before, date=self.world.today, **changes))  # type: ignore[arg-type]
        old = {key.public for key in before.keys}
        signers = [(organization, key.public) for key in made.keys if key.public not in old]
        if signing is not None and basis == "rotation":
            signers.append((organization, signing))
        return self.world.record(who, made, signers)

    def keys_after(self, who: str, before: Organization | None, status: str, number: int, *, add: bool) -> list[Key]:
        """The keys of a record, one of them with another status, and perhaps a new one."""
        keys = list(before.keys) if before else []
        place = number % len(keys) if keys else 0
        order = ["active", "retired", "compromised"]
        if keys and order.index(status) > order.index(keys[place].status):
            # Who is honest says since when; who is not says what is worst.
            since = self.world.stolen.get(keys[place].public, self.world.today)
            since = since if who in HONEST and who not in self.world.regrets else LONG_AGO
            since = since if status == "compromised" else ""
            keys[place] = Key(key=keys[place].key, status=status, since=since or None)
        if add:
            keys.append(Key(key=self.world.key(who).public.line, status="active"))
        return keys

    # --- acts of organizations, and of a thief in their names ---

    @rule(days=st.integers(1, 40))
    def time_goes_by(self, days: int) -> None:
        self.world.days += days

    @rule(organization=honest, status=statuses, number=which, add=st.booleans())
    def an_organization_changes_its_keys(self, organization: str, status: str, number: int, add: bool) -> None:
        keys = self.keys_after(organization, self.model.newest(organization), status, number, add=add)
        self.change(organization, organization, number, keys=tuple(keys))

    @rule(number=which, status=statuses, key=which, add=st.booleans())
    def a_thief_changes_the_keys(self, number: int, status: str, key: int, add: bool) -> None:
        model = self.model
        able = [o for o in ORGANIZATIONS if self.held(THIEF, model.newest(o), "active")]
        organization = one(able, number)
        if organization is not None:
            keys = self.keys_after(THIEF, model.newest(organization), status, key, add=add)
            self.change(THIEF, organization, number, keys=tuple(keys))

    @rule(number=which, rule_broken=st.sampled_from(BROKEN), place=which)
    def a_thief_makes_a_record_that_breaks_a_rule(self, number: int, rule_broken: str, place: int) -> None:
        model = self.model
        able = [o for o in ORGANIZATIONS if self.held(THIEF, model.newest(o), "active", "retired", "compromised")]
        organization = one(able, number)
        before = model.newest(organization) if organization else None
        if organization is None or before is None:
            return
        keys, changes = list(before.keys), dict[str, object]()
        signing = self.held(THIEF, before, "active")
        place %= len(keys)
        if rule_broken == "left out" and len(keys) > 1:
            del keys[place]
        elif rule_broken == "status":
            keys = [replace(key, status="active", since=None) for key in keys]
        elif rule_broken == "since":
            keys = [replace(key, since="2090-01-01") if key.since else key for key in keys]
        elif rule_broken == "previous":
            changes["previous"] = records.digest(b"another")
        elif rule_broken == "signer":
            signing = self.held(THIEF, before, "retired", "compromised")
        elif rule_broken == "possession":
            keys.append(Key(key=self.world.key(HONEST[1]).public.line, status="active"))
        elif rule_broken == "recovery":
            changes["recovery"] = Recovery(threshold=1, organizations=(HONEST[3], PUPPET))
            if organization in {HONEST[3], PUPPET}:
                return
        made = Organization(**next_of(before, date=self.world.today, keys=tuple(keys), **changes))  # type: ignore[arg-type]
        self.lied = True
        self.world.record(THIEF, made, [(organization, key) for key in signing])

    @rule(number=which, by=anybody)
    def a_thief_consents_without_a_right_to(self, number: int, by: str) -> None:
        waiting = [made for organization in HONEST if (made := self.model.waiting(organization))]
        made = one(waiting, number)
        key = one([k for k in self.world.holders if self.world.holds(THIEF, k)], number)
        if made is not None and key is not None and by != made.organization:
            self.world.sign_record(THIEF, made, by, key, "authorize")

    @rule(organization=honest, number=which)
    def a_key_is_stolen(self, organization: str, number: int) -> None:
        key = one(self.held(organization, self.model.newest(organization), "active", "retired"), number)
        if key is not None and organization in self.world.holders[key]:
            self.world.holders[key].add(THIEF)
            self.world.stolen.setdefault(key, self.world.today)

    @rule(organization=honest, number=which)
    def an_organization_regrets_and_doubts_its_own_key(self, organization: str, number: int) -> None:
        self.world.regrets.add(organization)
        keys = self.keys_after(organization, self.model.newest(organization), "compromised", number, add=True)
        self.change(organization, organization, number, keys=tuple(keys))

    @rule(organization=honest, number=which, regrets=st.booleans())
    def an_invented_organization_lists_anothers_key(self, organization: str, number: int, regrets: bool) -> None:
        who = organization if regrets else THIEF
        model = self.model
        newest, own = model.newest(organization), model.newest(PUPPET)
        key = one(self.held(who, newest, "active", "retired", "compromised"), number)
        if key is None or own is None or any(k.public == key for k in own.keys):
            return
        if regrets:
            self.world.regrets.add(organization)
            self.world.holders[key].add(THIEF)
        self.change(THIEF, PUPPET, number, keys=(*own.keys, Key(key=key.line, status="active")))

    @rule(number=which, thief=st.booleans(), status=statuses, key=which, old=st.booleans(), several=consents)
    def new_keys_are_asked_for(self, number: int, thief: bool, status: str, key: int, old: bool, several: int) -> None:
        model = self.model
        newest = {o: record for o in HONEST if (record := model.newest(o)) and record.recovery}
        organization = one(list(newest), number)
        if organization is None:
            return
        who, before = THIEF if thief else organization, newest[organization]
        keys = self.keys_after(who, before, status, key, add=True)
        assert before.recovery is not None
        asked = before.recovery.organizations if who in HONEST else [o for o in ORGANIZATIONS if o != organization]
        named = self.named(model, asked, old=old)
        if len(named) >= before.recovery.threshold:
            self.change(who, organization, number, basis="recovery", keys=tuple(keys), authorized_by=named)
            self.some_consent(key, several)

    def named(self, model: Model, organizations: Sequence[str], *, old: bool) -> tuple[str, ...]:
        chains = [model.chains[other] for other in organizations if model.chains[other]]
        return tuple(records.digest(chain[0 if old else -1].to_bytes()) for chain in chains)

    @rule(organization=honest, thief=st.booleans(), number=which, fewer=st.booleans(), several=consents)
    def who_may_recover_is_changed(
        self, organization: str, thief: bool, number: int, fewer: bool, several: int
    ) -> None:
        model = self.model
        before = model.newest(organization)
        others = tuple(o for o in ORGANIZATIONS[number % 3 :] if o != organization)
        recovery = None if fewer else Recovery(threshold=1 + number % 2, organizations=others)
        named: tuple[str, ...] = ()
        if before is not None and before.recovery is not None:
            named = self.named(model, before.recovery.organizations, old=False)
            if len(named) < before.recovery.threshold:
                return
        self.change(THIEF if thief else organization, organization, number, recovery=recovery, authorized_by=named)
        self.some_consent(number, several)

    @rule(number=which)
    def more_consent(self, number: int) -> None:
        self.some_consent(number, 3)

    def some_consent(self, number: int, several: int) -> None:
        model = self.model
        able: list[tuple[Organization, str, str, PublicKey]] = []
        for organization in ORGANIZATIONS:
            made = model.waiting(organization)
            if made is None:
                continue
            # Who is honest has asked the organization.
            asked = self.world.authors[made.to_bytes()][1] == organization
            for by, keys in model.able(made, model.chains[organization][-1]).items():
                for key in sorted(keys, key=lambda k: k.short):
                    able += [(made, by, by, key)] if asked and by in self.world.holders[key] else []
                    able += [(made, by, THIEF, key)] if THIEF in self.world.holders[key] else []
        for place in range(min(several, len(able))):
            made, by, who, key = able[(number + place) % len(able)]
            self.world.sign_record(who, made, by, key, "authorize")

    @rule(organization=honest, by=witness, thief=st.booleans(), number=which)
    def one_vouches(self, organization: str, by: str, thief: bool, number: int) -> None:
        model = self.model
        made = model.newest(organization)
        if made is None or organization == by:
            return
        if thief and not self.held(THIEF, model.newest(by), "active", "retired", "compromised"):
            by = PUPPET
        who = THIEF if thief or by == PUPPET else by
        wanted = ("active",) if who == by else ("active", "retired", "compromised")
        key = one(self.held(who, model.newest(by), *wanted), number)
        theirs = {records.digest(record.to_bytes()) for record in model.chains[by]}
        asked = self.world.authors[made.to_bytes()][1] == organization and made.basis != "recovery"
        if key is not None and (who == THIEF or (asked and theirs.isdisjoint(made.authorized_by))):
            self.world.sign_record(who, made, by, key, "vouch")

    # --- letters ---

    @rule()
    def the_letter_is_revised(self) -> None:
        if len(self.world.letters) < 3 and not self.world.spoiled:
            self.world.revise()

    @rule(organization=anybody, thief=st.booleans(), number=which, revision=which, withdraw=st.booleans())
    def one_signs_or_withdraws(
        self, organization: str, thief: bool, number: int, revision: int, withdraw: bool
    ) -> None:
        who = THIEF if thief or organization == PUPPET else organization
        if who == THIEF:
            usable = sorted((k for k in self.world.holders if self.world.holds(THIEF, k)), key=lambda k: k.short)
        else:
            usable = self.held(who, self.model.newest(organization), "active")
        key = one(usable, number)
        if key is not None:
            act = self.world.withdraw if withdraw else self.world.sign_letter
            act(who, organization, 1 + revision % len(self.world.letters), key)

    # --- witnesses ---

    @rule(organization=witness, number=which, hidden=st.one_of(st.none(), anybody), later=st.integers(1, 3))
    def an_honest_organization_says_what_it_saw(
        self, organization: str, number: int, hidden: str | None, later: int
    ) -> None:
        key = one(self.held(organization, self.model.newest(organization), "active"), number)
        if key is not None:
            commit = self.world.commit(f"keys/{hidden}/{later:04}" if hidden else None)
            self.world.checkpoint(organization, organization, key, commit.id, commit.tree, self.world.today)
            self.seen.append((organization, key, commit))

    @rule(
        organization=anybody,
        number=which,
        day=st.sampled_from([LONG_AGO, "2026-01-01", "2099-01-01"]),
        lie=st.sampled_from(["none", "tree", "commit"]),
        hidden=st.one_of(st.none(), anybody),
        later=st.integers(1, 3),
    )
    def a_liar_says_what_it_saw(
        self, organization: str, number: int, day: str, lie: str, hidden: str | None, later: int
    ) -> None:
        usable = self.held(THIEF, self.model.newest(organization), "active", "retired", "compromised")
        commit = self.world.commit(f"keys/{hidden}/{later:04}" if hidden else None)
        self.lied = self.lied or lie != "none"
        self.world.checkpoint(
            THIEF,
            organization,
            one(usable, number),
            "0" * 40 if lie == "commit" else commit.id,
            "0" * 64 if lie == "tree" else commit.tree,
            day,
        )

    @rule(number=st.integers(0, 30))
    def an_authority_stamps_a_checkpoint(self, number: int) -> None:
        made = one(list(self.world.checkpoints), number)
        if made is not None:
            self.world.stamps.setdefault(made, self.world.today)

    # --- the host ---

    @rule(source=st.integers(0, 60), place=st.integers(0, 60), organization=st.one_of(st.none(), anybody))
    def the_host_copies_a_file(self, source: int, place: int, organization: str | None) -> None:
        paths = sorted(self.world.shelf)
        path, data = paths[source % len(paths)], self.world.shelf[paths[source % len(paths)]]
        to = paths[place % len(paths)]
        if organization is not None:
            # The same file under another's name.
            for name in ORGANIZATIONS:
                folder, _, end = path.rpartition("/")
                path = (
                    f"{folder}/{end.replace(name, organization)}" if name in end else path.replace(name, organization)
                )
            to = path
        self.world.spoiled = True
        self.world.files[to] = data

    @rule(path=st.integers(0, 60))
    def the_host_leaves_a_file_out(self, path: int) -> None:
        paths = sorted(self.world.files)
        if paths:
            self.world.spoiled = True
            del self.world.files[paths[path % len(paths)]]

    @rule(organization=anybody)
    def the_host_leaves_the_newest_key_record_out(self, organization: str) -> None:
        newest = len(self.model.chains[organization])
        for path in [p for p in self.world.files if p.startswith(f"keys/{organization}/{newest:04}.")]:
            self.world.spoiled = True
            del self.world.files[path]

    @rule(number=st.integers(0, 30), organization=anybody, alone=st.booleans())
    def the_host_puts_anothers_name_on_a_signature(self, number: int, organization: str, alone: bool) -> None:
        path = one(sorted(p for p in self.world.files if p.endswith(".sig") and p.count("/") > 1), number)
        name = next((o for o in ORGANIZATIONS if path and f".{o}" in path.rpartition("/")[2]), None)
        if path is not None and name is not None:
            folder, _, end = path.rpartition("/")
            self.world.spoiled = True
            self.world.files[f"{folder}/{end.replace(name, organization)}"] = self.world.files[path]
            if alone and name != organization:
                del self.world.files[path]

    @rule(path=st.integers(0, 60), data=st.sampled_from([b"", b"format: x\n", b"-----BEGIN SSH SIGNATURE-----\n"]))
    def the_host_puts_rubbish(self, path: int, data: bytes) -> None:
        paths = sorted(self.world.shelf)
        self.world.spoiled = True
        self.world.files[paths[path % len(paths)]] = data

    @rule()
    def the_host_shows_all_again(self) -> None:
        self.world.files = dict(self.world.shelf)
        self.world.spoiled = False

    # --- what must hold ---

    @invariant()
    def what_is_said_is_what_the_model_says_and_what_is_real(self) -> None:
        state = (self.world.files, self.world.stamps)
        if self.world.letters and state != self.checked:
            self.checked = (dict(self.world.files), dict(self.world.stamps))
            model, said = self.model, verify(self.world)
            check_keys(model, said)
            check_letters(model, said)
            check_what_is_real(self.world, model, said)
            check_regrets(self.world, model, said, self.seen)
            check_accusations(self.world, said, lied=self.lied)


def check_keys(model: Model, said: Said) -> None:
    """Records, standings and evidence are those of the model."""
    for organization, report in said.keyring.reports.items():
        assert report.records == len(model.chains[organization])
        waiting = model.waiting(organization)
        assert (report.waiting.record if report.waiting else None) == (waiting.record if waiting else None)
        if report.waiting and waiting:
            assert set(report.waiting.agreed) == model.agreed(waiting, model.chains[organization][-1])
        newest = model.newest(organization)
        for key in newest.keys if newest else ():
            found, expected = said.keyring.standing(organization, key.public), model.standing(organization, key.public)
            assert found is not None
            assert expected is not None
            assert (found.status, found.since, found.evidence.value) == (
                expected.status,
                expected.since,
                expected.evidence,
            )
            assert frozenset(found.vouched_by) == expected.vouched_by
            assert frozenset(found.vouched_unpinned) == expected.vouched_unpinned
            assert frozenset(found.shared_with) == expected.shared_with


def check_letters(model: Model, said: Said) -> None:
    """Outcomes and verdicts are those of the model."""
    expected = {path: model.outcome(path, name, key) for path, name, _, key, _ in model.letter_signatures()}
    for report in said.letters:
        assert report.revision is not None
        assert report.judged is not None
        assert report.judged.letter is not None
        for finding in report.signatures:
            if finding.outcome is not Outcome.INVALID:
                assert (finding.outcome.value, finding.older_than_retirement) == expected[finding.path], finding
            else:
                assert finding.path not in expected
        assert {f.path for f in report.signatures if f.outcome is not Outcome.INVALID} == set(expected)
        listed = frozenset(s.organization for s in report.judged.letter.signatories if s.organization)
        verdicts = {
            v.organization: "named" if v.verdict is Verdict.INVALID else v.verdict.value
            for v in report.organizations
            if v.organization and (v.listed or v.verdict is not Verdict.INVALID)
        }
        may = model.said(report.revision, listed)
        assert verdicts == {org: verdict for org, verdict in may.items() if org in listed or verdict != "named"}


def own_keys_are_safe(world: World, model: Model, organization: str) -> bool:
    """Is every key that speaks for an honest organization in its own hands alone, and the others doubted in time?"""
    newest = model.newest(organization)
    if organization not in HONEST or organization in world.regrets or newest is None:
        return False
    return all(
        world.stolen.get(key.public, "9999") >= (key.since or "")
        if key.status == "compromised"
        else world.holders[key.public] == {organization}
        for key in newest.keys
    )


def witnesses_are_honest(world: World, model: Model) -> bool:
    """Does every key whose testimony the verifier would take belong to an honest organization alone?"""
    return all(
        own_keys_are_safe(world, model, organization)
        for organization in ORGANIZATIONS
        if any(model.confirmed(organization, key.public) for its in model.chains[organization] for key in its.keys)
    )


def check_what_is_real(world: World, model: Model, said: Said) -> None:
    """What is said of who is honest and safe, really was so."""
    honest_witnesses = witnesses_are_honest(world, model)
    for report in said.letters:
        assert report.judged is not None
        for verdict in report.organizations:
            for finding in verdict.rests_on:
                key, data = world.signatures[world.files[finding.path]]
                assert world.deeds[key, data]
            if verdict.organization is None or not own_keys_are_safe(world, model, verdict.organization):
                continue
            if not honest_witnesses or verdict.evidence not in CONFIRMED:
                continue
            text = world.files[f"{FOLDER}/{verdict.revision or 0:04}.yaml"] if verdict.revision else b""
            if verdict.verdict in {Verdict.SIGNED, Verdict.ENDORSED, Verdict.SIGNED_EARLIER}:
                assert (verdict.organization, text) in world.agreed
            if verdict.verdict is Verdict.WITHDRAWN:
                assert verdict.withdrawal is not None
                assert (verdict.organization, world.files[verdict.withdrawal.path]) in world.withdrew
        for finding in report.signatures:
            if not finding.older_than_retirement:
                continue
            signing, data = world.signatures[world.files[finding.path]]
            retired = model.first_with(finding.organization, signing, "retired")
            assert retired is not None
            made, who = world.authors[retired.to_bytes()]
            if who == finding.organization and honest_witnesses:
                assert min(deed.tick for deed in world.deeds[signing, data]) < made
    for organization in said.keyring.reports:
        chain = model.chains[organization]
        for record, before in zip(chain[1:], chain, strict=False):
            if record.basis == "recovery":
                assert before.recovery is not None
                meant = {who for who in before.recovery.organizations if consented(world, model, record, who)}
                assert len(meant) >= before.recovery.threshold
        for listed in chain[-1].keys if chain else ():
            found = said.keyring.standing(organization, listed.public)
            for voucher in found.vouched_by if found else ():
                if all(world.holders[k.public] == {voucher} for r in model.chains[voucher] for k in r.keys):
                    assert vouched(world, model, organization, listed.public, voucher)


def consented(world: World, model: Model, record: Organization, who: str) -> bool:
    """Did somebody with a key of this organization really consent to this record?"""
    keys = [key.public for its in model.chains[who] for key in its.keys]
    return any(deed.meant == "authorize" for k in keys for deed in world.deeds.get((k, record.to_bytes()), ()))


def vouched(world: World, model: Model, organization: str, key: PublicKey, voucher: str) -> bool:
    """Did the voucher really mean to vouch for a record on which this key is active?"""
    return any(
        deed.meant == "vouch" and deed.who == voucher
        for record in model.chains[organization]
        if any((k.public, k.status) == (key, "active") for k in record.keys)
        for its in model.chains[voucher]
        for k in its.keys
        for deed in world.deeds.get((k.public, record.to_bytes()), ())
    )


def check_regrets(world: World, model: Model, said: Said, seen: Sequence[tuple[str, PublicKey, Commit]]) -> None:
    """What an honest witness saw when it was valid is never worse than disputed."""
    outcomes = {finding.path: finding.outcome for report in said.letters[-1:] for finding in report.signatures}
    for organization, key, commit in seen:
        if not commit.honest or not model.speaks_for(organization, key) or not model.confirmed(organization, key):
            continue
        shown = {w.path for w in said.witnesses if key.fingerprint in w.signers}
        if not any(path in shown for path in paths_of(world, commit)):
            continue
        then = Model(world, commit.files)
        for path, name, _, signing, _ in model.letter_signatures():
            same = commit.files.get(path) == world.files[path] and name != organization
            was_valid = then.standing(name, signing) is not None and then.outcome(path, name, signing)[0] == "valid"
            if same and was_valid and model.standing(name, signing) is not None and path in outcomes:
                assert outcomes[path] in {Outcome.VALID, Outcome.DISPUTED}


def paths_of(world: World, commit: Commit) -> Iterator[str]:
    for data, made in world.checkpoints.items():
        if made.commit == commit.id and made.tree == commit.tree:
            act = hashlib.sha256(data).hexdigest()[:16]
            yield f"archive/checkpoints/{made.organization}/{act}.yaml"


def check_accusations(world: World, said: Said, *, lied: bool) -> None:
    """Where all is shown, no honest act is a fault, and where nobody lied nothing is."""
    if world.spoiled:
        return
    for report in said.letters:
        assert report.faults == ()
    if not lied:
        assert said.checkpoint_faults == ()
        for keys in said.keyring.reports.values():
            assert keys.faults == ()


TestTrust = Trust.TestCase
TestTrust.settings = settings(
    max_examples=int(os.environ.get("TRUST_SEQUENCES", "200")),
    stateful_step_count=30,
    suppress_health_check=list(HealthCheck),
)
