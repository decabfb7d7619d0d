"""That the tests of trust can fail: each rule of `openletter.verify` is broken in a copy, and one of them notices.

It takes minutes, so it runs where TRUST_MUTANTS is set: `TRUST_MUTANTS=1 .venv/bin/pytest tests/test_trust_mutants.py`.
`TRUST_MUTANTS=machine` asks the machine of ``test_trust_model.py`` alone, `TRUST_MUTANTS=rules` the tests of each rule.
"""

# ruff: noqa: E501 (a line of source and what it becomes stand beside each other)

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BY_RULE = ("test_evidence.py", "test_witnesses.py", "test_verify_keys.py", "test_verify_letter.py")

# What is broken: the file, what stands there, and what stands there instead.
MUTANTS = {
    "a vouch that authorizes": ("evidence", "or signer in link.authorizing:", "or False:"),
    "a vouch where a record named is not here": ("evidence", " or link.authorizing is None:", ":"),
    "a vouch on a recovery": ("evidence", 'if link.record.basis == "recovery" or', "if False or"),
    "a vouch by a compromised key": ("evidence", 'if standing.status == "compromised" or standing', "if standing"),
    "a vouch by a shared key": ("evidence", '== "compromised" or standing.shared_with:', '== "compromised":'),
    "a vouch for oneself": ("evidence", "if signer == organization or standing is None", "if standing is None"),
    "a vouch through a third": ("evidence", "or standing.evidence in CONFIRMED", "or standing.vouched_by != ()"),
    "any vouch confirms": ("evidence", "or standing.evidence in CONFIRMED", "or True"),
    "a vouch for keys not active": ("evidence", ' if vouched.status == "active"}', "}"),
    "a recovery keeps the line": ("evidence", "            answered = set()\n        # Step 2", "            pass\n        # Step 2"),
    "a retired key speaks": ("evidence", 'had.get(key) == "active"', 'had.get(key) != "compromised"'),
    "the record before doesn't matter": ("evidence", "had = statuses if recovers else statuses | before", "had = statuses"),
    "another's signature speaks": ("evidence", "            if signer == organization\n", ""),
    "a compromised key is answered for": ("evidence", 'for key, status in statuses.items() if status != "compromised"', "for key in statuses"),
    "a pin of one is a pin of all": ("evidence", "pins.get(organization, frozenset())", "frozenset().union(*pins.values())"),
    "nothing is shared": ("evidence", "tuple(sorted(shared[public] - {organization}))", "()"),
    "the last declaration counts": ("evidence", 'firsts.setdefault((key.public, "compromised"), link)', 'firsts[key.public, "compromised"] = link'),
    "consent doesn't show that a record counts": ("keyring", "                entry.consent.setdefault(owner, set()).update(signed)\n", "            pass\n"),
    "a new key need not sign": ("keyring", "if key.key not in known and (organization, key.public) not in", "if False and (organization, key.public) not in"),
    "keys can be left out": ("keyring", "            if now is None:\n                raise", "            if now is None:\n                continue\n                raise"),
    "a status goes back": ("keyring", "if _RANK[now.status] < _RANK[key.status]:", "if False:"),
    "since moves on": ("keyring", "or now.since > key.since):", "or False):"),
    "a rotation by anybody": ("keyring", 'if record.basis == "rotation" and not any(', "if False and not any("),
    "a rotation by a retired key": ("keyring", 'key.status == "active" and (organization, key.public) in entry.signers for key in before', '(organization, key.public) in entry.signers for key in before'),
    "who may recover changes without consent": ("keyring", 'record.basis == "recovery" or (before.recovery is not None and record.recovery != before.recovery)', 'record.basis == "recovery"'),
    "a threshold less": ("keyring", "if len(agreed) >= threshold:", "if len(agreed) >= threshold - 1:"),
    "a threshold more": ("keyring", "if len(agreed) >= threshold:", "if len(agreed) > threshold:"),
    "consent by a key that isn't active": ("keyring", 'for key in authority.record.keys if key.status == "active"}', "for key in authority.record.keys}"),
    "consent by anybody": ("keyring", "if owner not in before.recovery.organizations or authority", "if authority"),
    "consent by a record that doesn't count": ("keyring", "authority.record is None or not authority.valid:", "authority.record is None:"),
    "what waits counts": ("keyring", "entry.valid = waits is None", "entry.valid = True"),
    "a record after one that doesn't count": ("keyring", "before is None or not before_entry.valid):", "before is None):"),
    "a record of another organization": ("keyring", "if record.organization != organization or record.record != number:", "if record.record != number:"),
    "a chain of other records": ("keyring", "previous is None or entry.record.previous != records.digest(previous)", "previous is None"),
    "the very day is before": ("letters", "seen.day < (standing.since", "seen.day <= (standing.since"),
    "the very day is before a retirement": ("letters", "seen.day < (standing.retired_on", "seen.day <= (standing.retired_on"),
    "a retirement that was left out": ("letters", '            and seen.day < (standing.retired_on or "")\n', ""),
    "any witness lifts a compromise": ("letters", 'seen is not None and seen.day < (standing.since or ""))', "seen is not None)"),
    "a compromise without a witness is disputed": ("letters", "            elif seen is not None:\n                outcome", "            elif True:\n                outcome"),
    "a shared key counts": ("letters", "            if standing.shared_with:\n", "            if False:\n"),
    "a witness lifts sharing": ("letters", "outcome = Outcome.DISPUTED if seen is not None else", "outcome = Outcome.VALID if seen is not None else"),
    "a witness is nothing against sharing": ("letters", "outcome = Outcome.DISPUTED if seen is not None else", "outcome = Outcome.UNPROVEN if seen is not None else"),
    "a text of another letter": ("letters", "and name.number in self.placed:", "and True:"),
    "a withdrawal under another's name": ("letters", "            name.organization,\n        ):", "            record.organization,\n        ):"),
    "a withdrawal from a later text": ("letters", "if ended < number <= judged.number]", "if ended <= number <= judged.number]"),
    "an unknown key signs": ("letters", "        outcome, reason, seen = Outcome.UNPROVEN", "        outcome, reason, seen = Outcome.VALID"),
    "a witness that knows": ("witnesses", "or witness.knows_of(doubted_by)", "or False"),
    "a witness that holds nothing": ("witnesses", "if path not in witness.holds or", "if"),
    "a witness for oneself": ("witnesses", "if witness.organization != organization and witness", "if witness"),
    "anybody's testimony": ("witnesses", "and witness.evidence in CONFIRMED:", ":"),
    "a stamp is worth nothing": ("witnesses", "for stamp in witness.timestamps:", "for stamp in ():"),
    "a compromised key testifies": ("witnesses", 'if key.status != "compromised" and not', "if not"),
    "a shared key testifies": ("witnesses", " and not key.shared_with)", ")"),
    "a false checkpoint is a witness": ("witnesses", "if sighting.state is State.MATCHES:", "if sighting.state is not State.UNKNOWN:"),
    "the last witness counts": ("witnesses", "return min(found, key", "return max(found, key"),
    "a checkpoint under another's name": ("checkpoints", "if record.organization != organization:", "if False:"),
    "a checkpoint that nobody signed accuses": ("witnesses", "State.DIFFERS and counting:", "State.DIFFERS:"),
}  # fmt: skip


@pytest.mark.skipif(not os.environ.get("TRUST_MUTANTS"), reason="takes minutes: set TRUST_MUTANTS=1")
@pytest.mark.parametrize("name", MUTANTS)
def test_a_broken_rule_is_noticed(name: str, tmp_path: Path) -> None:
    module, old, new = MUTANTS[name]
    shutil.copytree(ROOT / "src", tmp_path / "src")
    source = tmp_path / "src" / "openletter" / "verify" / f"{module}.py"
    text = source.read_text()
    assert text.count(old) == 1, f"the source says it {text.count(old)} times"
    source.write_text(text.replace(old, new))
    machine = ("test_trust_model.py",)
    tests = {"machine": machine, "rules": BY_RULE}.get(os.environ["TRUST_MUTANTS"], (*BY_RULE, *machine))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--hypothesis-profile=first-failure"]
        + [str(ROOT / "tests" / test) for test in tests],
        env={**os.environ, "PYTHONPATH": str(tmp_path / "src")},
        cwd=ROOT,
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 1, done.stdout


def test_every_broken_rule_stands_in_the_source() -> None:
    for name, (module, old, _) in MUTANTS.items():
        assert (ROOT / "src" / "openletter" / "verify" / f"{module}.py").read_text().count(old) == 1, name
