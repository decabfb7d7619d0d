"""A clone on a machine that converts line ends verifies, with us and with ssh-keygen (spec/archive.md, "Layout")."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tools import need
from transcripts import furnish, run

LETTER = "2026/open-water-record"
SIGNATURE = "0001.alder.example.82a892898099ff54.sig"
DRAFT = Path(__file__).parent / "transcripts" / "draft.yaml"
SETTINGS = {
    "autocrlf": "git config --global core.autocrlf true",
    "input": "git config --global core.autocrlf input",
    "eol": "git config --global core.eol crlf",
    "safecrlf": "git config --global core.autocrlf true; git config --global core.safecrlf true",
    "attributes": "git config --global core.eol crlf; git config --global core.attributesFile $TMP/attributes",
}
ATTRIBUTES = "* text=auto eol=crlf\n*.yaml text eol=crlf\n*.sig text eol=crlf ident\n"


def recorded(folder: Path) -> str:
    """Record a letter and a signature, and say what was answered."""
    return run(
        "openletter init letters && cd letters"
        " && openletter keys add alder.example --name Alder --key ../alder.key --yes"
        f" && openletter add {DRAFT} --letter {LETTER} --yes"
        f" && openletter sign {LETTER} --as alder.example --key ../alder.key --yes",
        folder,
        folder,
    )


def check_files(letters: Path, folder: Path) -> None:
    """What lies in a work tree is byte for byte what was signed, by ssh-keygen's judgement and by ours."""
    assert b"\r" not in b"".join(file.read_bytes() for file in letters.rglob("0001.*"))
    data = (letters / "archive" / LETTER / "0001.yaml").read_bytes()
    signers = letters / "keys" / "alder.example" / "0001.allowed_signers"
    signature = letters / "archive" / LETTER / SIGNATURE
    identity = ("-I", "alder.example", "-n", "openletter", "-s", signature)
    ours = subprocess.run(
        [need("ssh-keygen"), "-Y", "verify", "-f", signers, *identity],
        input=data,
        check=False,
        capture_output=True,
    )
    assert ours.returncode == 0, ours.stderr
    assert "[status" not in run(f"openletter --archive {letters} verify {LETTER}", folder, folder)


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_clone_on_a_machine_that_converts_line_ends_verifies(setting: str, tmp_path: Path) -> None:
    need("git")
    furnish(tmp_path)
    assert "[status" not in recorded(tmp_path)
    (tmp_path / "attributes").write_text(ATTRIBUTES)
    assert run(SETTINGS[setting], tmp_path, tmp_path) == ""
    assert run("git clone -q letters clone && git -C clone status --porcelain", tmp_path, tmp_path) == ""
    check_files(tmp_path / "clone", tmp_path)
    # The files alone, without git, are the archive too: as they were checked out, and as git packs them.
    run("cp -R clone plain && rm -rf plain/.git", tmp_path, tmp_path)
    check_files(tmp_path / "plain", tmp_path)
    assert run("mkdir tar && git -C clone archive HEAD | tar -x -C tar", tmp_path, tmp_path) == ""
    check_files(tmp_path / "tar", tmp_path)


@pytest.mark.parametrize("setting", ["autocrlf", "attributes"])
def test_what_is_recorded_on_a_machine_that_converts_line_ends_is_clean_there(setting: str, tmp_path: Path) -> None:
    need("git")
    furnish(tmp_path)
    (tmp_path / "attributes").write_text(ATTRIBUTES)
    assert run(SETTINGS[setting], tmp_path, tmp_path) == ""
    assert "[status" not in recorded(tmp_path)
    assert run("git -C letters status --porcelain; git -C letters fsck --strict", tmp_path, tmp_path) == ""
    check_files(tmp_path / "letters", tmp_path)


def test_without_the_attributes_these_settings_would_convert(tmp_path: Path) -> None:
    need("git")
    furnish(tmp_path)
    assert "[status" not in recorded(tmp_path)
    run("git -C letters rm -q .gitattributes && git -C letters commit -q -m unmarked", tmp_path, tmp_path)
    run(f"{SETTINGS['autocrlf']}; git clone -q letters clone", tmp_path, tmp_path)
    assert b"\r\n" in (tmp_path / "clone" / "archive" / LETTER / "0001.yaml").read_bytes()
