"""A disk that is full or read-only, and others at work at once: clear errors, nothing half-done (spec/archive.md)."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools import need
from transcripts import furnish, run

LETTER = "2026/open-water-record"
DRAFT = Path(__file__).parent / "transcripts" / "draft.yaml"
SIGN = f"openletter --archive letters sign {LETTER} --as alder.example --key $TMP/alder.key --yes"
ADD = f"openletter --archive letters add {DRAFT} --letter 2026/other --yes"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stage")
    furnish(folder)
    answer = run(
        "openletter init letters && cd letters"
        " && openletter keys add alder.example --name Alder --key ../alder.key --yes"
        f" && openletter add {DRAFT} --letter {LETTER} --yes",
        folder,
        folder,
    )
    assert "[status" not in answer
    return folder


@pytest.fixture
def copy(stage: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "copy"
    shutil.copytree(stage, folder, symlinks=True)
    return folder


def mounted(folder: Path, options: str) -> None:
    """Mount a small file system of its own; skips where that is not allowed."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount")
    done = subprocess.run(
        [need("mount"), "-t", "tmpfs", "-o", options, "none", folder], check=False, capture_output=True
    )
    if done.returncode:
        pytest.skip("mounting is not allowed here")


@pytest.fixture
def small(stage: Path, tmp_path: Path) -> Iterator[Path]:
    """The archive on a file system of 1 MiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted(disk, "size=1m")
    shutil.copytree(stage / "letters", disk / "letters", symlinks=True)
    for key in stage.glob("*.key"):
        shutil.copy2(key, tmp_path)
    yield disk
    subprocess.run([need("umount"), "-l", disk], check=True)


def head(letters: Path) -> str:
    return run("git rev-parse HEAD && git fsck --strict --no-dangling", letters.parent, letters)


def files(folder: Path) -> set[str]:
    """What lies in an archive, but for the folders and the objects of git, which may be more than are named."""
    return {
        str(file.relative_to(folder))
        for file in folder.rglob("*")
        if file.is_file() and (file.parent.parent.name != "objects")
    }


def refused(answer: str, *, cure: str) -> None:
    assert "error: " in answer
    assert "fault of its own" not in answer
    assert "may be damaged" not in answer
    assert cure in " ".join(answer.split("hint: ", 1)[1].split())
    assert answer.endswith("[status 2]\n")


def test_on_a_full_disk_nothing_is_recorded_and_nothing_left_behind(small: Path, tmp_path: Path) -> None:
    letters = small / "letters"
    before, lying = head(letters), files(letters)
    run("head -c 2000000 /dev/zero > ballast", tmp_path, small)
    refused(run(SIGN, tmp_path, small), cure="free some space")
    assert "openletter verify" not in run("openletter --archive letters verify", tmp_path, small)
    (small / "ballast").unlink()
    assert head(letters) == before
    assert files(letters) == lying
    assert "[status" not in run(SIGN, tmp_path, small)


@pytest.mark.parametrize("pages", [2, 5, 8, 10, 12, 14, 16, 18])
def test_wherever_the_disk_gets_full_an_act_is_whole_or_not_there(pages: int, small: Path, tmp_path: Path) -> None:
    letters = small / "letters"
    before = head(letters)
    size = run("df --output=avail -B4096 . | tail -1", tmp_path, small)
    run(f"head -c {(int(size) - pages) * 4096} /dev/zero > ballast", tmp_path, small)
    answer = run(SIGN, tmp_path, small)
    (small / "ballast").unlink()
    if head(letters) == before:
        refused(answer, cure="free some space")
    elif "Note: " in answer:
        assert "it is recorded, but the folder could not be given" in " ".join(answer.split())
    assert "broken" not in head(letters)
    assert "error" not in head(letters)
    assert "[status" not in run(SIGN, tmp_path, small)
    assert run("git status --porcelain", tmp_path, letters) == ""


def test_where_no_file_may_grow_nothing_is_recorded(copy: Path) -> None:
    before, lying = head(copy / "letters"), files(copy / "letters")
    refused(run(f"ulimit -f 0; trap '' XFSZ; {SIGN} 2>&1 | cat; exit ${{PIPESTATUS[0]}}", copy, copy), cure="ulimit -f")
    assert head(copy / "letters") == before
    assert files(copy / "letters") == lying
    assert "[status" not in run(SIGN, copy, copy)


def test_on_a_read_only_file_system_nothing_is_recorded_and_all_is_read(small: Path, tmp_path: Path) -> None:
    before = head(small / "letters")
    subprocess.run([need("mount"), "-o", "remount,ro", small], check=True)
    for command in (SIGN, ADD, "openletter init new"):
        refused(run(command, tmp_path, small), cure="read-only")
    assert "[status" not in run("openletter --archive letters verify", tmp_path, small)
    assert head(small / "letters") == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere: the read-only file system shows it")
def test_without_the_right_to_write_nothing_is_recorded(copy: Path) -> None:
    before, lying = head(copy / "letters"), files(copy / "letters")
    run("chmod -R a-w letters", copy, copy)
    refused(run(SIGN, copy, copy), cure="no right")
    run("chmod -R u+w letters", copy, copy)
    assert head(copy / "letters") == before
    assert files(copy / "letters") == lying


def test_processes_that_record_at_once_all_land(copy: Path) -> None:
    names = ("birch", "cedar", "dogwood", "elm")
    for name in names:
        run(f"openletter --archive letters keys add {name}.example --name {name} --key {name}.key --yes", copy, copy)
    count = run("git -C letters rev-list --count HEAD", copy, copy)
    signs = [SIGN.replace("alder", name) for name in names]
    answer = run(
        "\n".join(f"({command} >/dev/null || echo failed) &" for command in [*signs, ADD]) + "\nwait", copy, copy
    )
    assert answer == ""
    # Each signature has its checkpoint right after it.
    assert int(run("git -C letters rev-list --count HEAD", copy, copy)) == int(count) + 4 * 2 + 1
    messages = run("git -C letters log --reverse --format=%s", copy, copy).splitlines()
    for place, message in enumerate(messages):
        if " signs revision " in message:
            commit = run(f"git -C letters rev-list --reverse HEAD | sed -n {place + 1}p", copy, copy)
            signer = message.split()[1]
            assert messages[place + 1] == f"checkpoints: {signer} saw {commit[:12]}"
    assert run("git -C letters status --porcelain; git -C letters fsck --strict --no-dangling", copy, copy) == ""
    verdict = run(f"openletter --archive letters verify {LETTER}", copy, copy)
    assert "[status" not in verdict
    assert len(list((copy / "letters" / "archive" / LETTER).glob("*.sig"))) == 4
