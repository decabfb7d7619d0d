"""docs/keys.md: every command on the page is run, in its order, in one archive that is carried through the page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from builders import ALDER, BIRCH, CEDAR, DOGWOOD, LETTER, key_of, name_of
from openletter import Archive, PublicKey, Verdict
from openletter.cli.lazy import LazyGroup
from openletter.keys import parse_public_key
from openletter.records import Recovery
from test_api import COMMITTER, DRAFT
from test_api import record as record_letter
from test_key_commands import write_key
from tools import need
from transcripts import run

PAGE = Path(__file__).resolve().parents[1] / "docs" / "keys.md"
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
KEYS = ".config/openletter/keys"
ASKS = re.compile(r"openletter (sign|withdraw|keys (add|rotate|retire|compromise|recover|authorize|vouch))\b")


def commands() -> list[str]:
    """What the page lets people type, a line that ends in a backslash joined to the next."""
    blocks = "".join(BLOCK.findall(PAGE.read_text(encoding="utf-8"))).replace("\\\n", "")
    assert all(line.startswith("$ openletter ") for line in blocks.splitlines())
    return [line.removeprefix("$ ") for line in blocks.splitlines()]


def meant(archive: Archive, command: str, home: Path) -> str:
    """The fingerprint that a reader types: of a key that is not the one that signs, and not compromised already."""
    found = re.search(r"--key ~/(\S+)", command)
    signer: PublicKey | None = parse_public_key((home / f"{found[1]}.pub").read_text()) if found else None
    wanted = {"active", "retired"} if "compromise " in command else {"active"}
    return next(
        key.fingerprint
        for key in archive.organization(ALDER).keys
        if key.status in wanted and (signer is None or key.fingerprint != signer.fingerprint)
    )


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with a letter and the organizations that the page speaks of, their keys where keygen puts them."""
    folder = tmp_path_factory.mktemp("guide")
    archive, _ = Archive.init(folder / "letters", COMMITTER)
    keys = folder / "home" / KEYS
    keys.mkdir(parents=True)
    for organization in (BIRCH, CEDAR, DOGWOOD):
        archive.add_organization(
            organization, name_of(organization), key_of(organization), COMMITTER, date="2026-01-05"
        )
        write_key(keys / organization, key_of(organization))
    record_letter(archive, DRAFT)
    return folder


def test_each_command_of_the_page_does_what_the_page_says(place: Path) -> None:
    need("ssh-keygen")
    archive = Archive.open(place / "letters")
    states: list[list[str]] = []
    for command in commands():
        typed = command
        if "FINGERPRINT" in command:
            typed = command.replace("FINGERPRINT", meant(archive, command, place / "home"))
        # Nobody is here to answer what it asks.
        typed += " --yes" if ASKS.match(command) else " --no-passphrase" if "keygen" in command else ""
        answer = run(typed, place, place / "letters")
        assert "[status" not in answer, (typed, answer)
        assert archive.verify().false == (), typed
        if ALDER in archive.organization_ids():
            states.append([key.status for key in archive.organization(ALDER).keys])
    assert [state for number, state in enumerate(states) if number == 0 or state != states[number - 1]] == [
        ["active"],
        ["active", "active"],
        ["retired", "active"],
        ["retired", "retired", "active"],
        ["compromised", "retired", "active"],
        ["compromised", "retired", "compromised", "active"],
        ["compromised", "retired", "compromised", "retired", "active"],
    ]
    assert archive.key_record(ALDER).record.recovery == Recovery(threshold=2, organizations=(BIRCH, CEDAR))
    (vouched,) = archive.organization(BIRCH).keys
    assert vouched.vouched_unpinned == (ALDER,)
    assert archive.organization(ALDER).waiting is None
    (letter,) = archive.verify(LETTER).letters
    assert {v.organization: v.verdict for v in letter.organizations}[ALDER] is Verdict.WITHDRAWN


def test_the_page_shows_each_command_on_keys() -> None:
    from openletter.cli.keys import keys

    assert isinstance(keys, LazyGroup)
    shown = {command.split()[2] for command in commands() if command.startswith("openletter keys ")}
    assert shown == set(keys.table) - {"list"}


def test_every_section_that_the_page_points_to_is_there() -> None:
    text = PAGE.read_text(encoding="utf-8")
    anchors = {
        re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^## (.*)$", text, re.M)
    }
    assert set(re.findall(r"\]\(#([^)]*)\)", text)) <= anchors
