"""Nothing half-done: killed at any moment, a command leaves all of its act or none (spec/archive.md, "Recording")."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pygit2
import pytest
from click.testing import CliRunner

from openletter.cli import openletter
from openletter.errors import InputError
from tools import need
from transcripts import environment, furnish, run

TRANSCRIPTS = Path(__file__).parent / "transcripts"
LETTER = "2026/open-water-record"
COMMANDS = {
    "init": "init letters",
    "keys": "--archive letters keys add alder.example --name Alder --key alder.key --yes",
    "add": f"--archive letters add draft.yaml --letter {LETTER} --yes",
    "revise": f"--archive letters revise {LETTER} draft2.yaml --yes",
    "sign": f"--archive letters sign {LETTER}@2 --as alder.example --key alder.key --yes",
}
BRINGS = {
    "init": {".gitattributes"},
    "keys": {f"keys/alder.example/0001{end}" for end in (".yaml", ".allowed_signers", ".82a892898099ff54.sig")},
    "add": {f"archive/{LETTER}/0001.yaml"},
    "revise": {f"archive/{LETTER}/0002.yaml"},
    "sign": {
        f"archive/{LETTER}/0002.alder.example.82a892898099ff54.sig",
        "archive/checkpoints/alder.example/ACT.yaml",
        "archive/checkpoints/alder.example/ACT.82a892898099ff54.sig",
    },
}
SEEN = "archive/checkpoints/alder.example/"
COMMITS = {"sign": 2}
"""How many commits an act has, where it has more than one: the checkpoint of a signature comes after it."""
BRINGS["keys"] = {name.replace("0001.82", "0001.alder.example.82") for name in BRINGS["keys"]}
# Of the file system, or of what guards it; a file that was created shows before the next of these, and what was handed
# to the disk shows no more than before.
CHANGES = "write,link,linkat,rename,mkdir,mkdirat,unlink,unlinkat,rmdir,flock,ftruncate"


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """For each command a folder as it is before that command, and at the end one as it is after all."""
    found: dict[str, Path] = {}
    base = tmp_path_factory.mktemp("stages")
    before = base / "start"
    before.mkdir()
    furnish(before)
    for draft in ("draft.yaml", "draft2.yaml"):
        shutil.copy(TRANSCRIPTS / draft, before / draft)
    for name, command in COMMANDS.items():
        found[name] = before
        after = base / f"after-{name}"
        shutil.copytree(before, after)
        assert "[status" not in run(f"openletter {command}", after, after)
        before = after
    found["end"] = before
    return found


def before(name: str) -> int:
    """How many commits there are before the command of this name."""
    names = list(COMMANDS)
    return sum(COMMITS.get(earlier, 1) for earlier in names[: names.index(name)])


def git(folder: Path, *arguments: str, status: int = 0) -> str:
    done = subprocess.run(
        [need("git"), "-C", str(folder / "letters"), *arguments],
        env=environment(folder),
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == status, done.stderr
    return done.stdout + done.stderr


def state(letters: Path) -> tuple[int, set[str]]:
    """How many commits `HEAD` has, and which files."""
    repository = pygit2.Repository(str(letters))
    names: set[str] = set()
    folders = [("", repository.head.peel(pygit2.Tree))]
    while folders:
        path, tree = folders.pop()
        for entry in tree:
            if isinstance(entry, pygit2.Tree):
                folders.append((f"{path}{entry.name}/", entry))
            else:
                # A checkpoint is named by what it says, its signature by that and the key.
                names.add(
                    f"{path}{re.sub('^[0-9a-f]{16}', 'ACT', str(entry.name))}"
                    if path == SEEN
                    else f"{path}{entry.name}"
                )
    return sum(1 for _ in repository.walk(repository.head.target)), names


def again(folder: Path, command: str) -> tuple[int, str]:
    """The answer to a command, in this process: it costs less."""
    here = Path.cwd()
    os.chdir(folder)
    try:
        result = CliRunner(env=environment(folder)).invoke(openletter, command.split())
    finally:
        os.chdir(here)
    if isinstance(result.exception, InputError):
        return 2, f"{result.output}\nerror: {result.exception}\nhint: {result.exception.hint}\n"
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def start(folder: Path, command: str, *, before: tuple[str, ...] = ()) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*before, str(Path(sys.executable).with_name("openletter")), *command.split()],
        cwd=folder,
        env=environment(folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def check(name: str, folder: Path) -> str:
    """All that must hold where the command of this name was killed in `folder`; which of its states it left."""
    command, files = COMMANDS[name], BRINGS[name]
    letters = folder / "letters"
    landed = False
    if (letters / ".git").exists():
        count, tree = state(letters)
        landed = files <= tree
        assert landed or not files & tree
        assert count == before(name) + landed * COMMITS.get(name, 1)
        assert "error" not in git(folder, "fsck", "--strict", "--no-dangling")
        status, answer = again(folder, "--archive letters verify")
        assert status == 0 or "nothing to verify" in answer or "holds no letter" in answer, answer
    else:
        assert name == "init"
    locks = list((letters / ".git").rglob("*.lock"))
    if locks:
        # What a killed process leaves of git's own is explained, with its cure; the cure is then tried.
        status, answer = again(folder, command)
        for lock in locks:
            if lock.name == "index.lock" and not git(folder, "status", "--porcelain"):
                # Between the two steps by which git's library makes a first index: it is whole.
                lock.unlink()
                continue
            assert f"remove it: rm {lock}".replace(" ", "") in "".join(answer.split())
            assert re.search(r"since 20\d\d-\d\d-\d\d \d\d:\d\d UTC", " ".join(answer.split())), answer
            lock.unlink()
        landed = landed or status == 0
    status, answer = again(folder, command)
    if not landed or name in {"init", "sign"}:
        assert status == 0, answer
    else:
        assert status == 2, answer
    assert git(folder, "status", "--porcelain") == ""
    count, tree = state(letters)
    assert files <= tree
    assert count == before(name) + COMMITS.get(name, 1)
    assert not list(letters.rglob("openletter-*"))
    assert not list(letters.rglob(".openletter-*"))
    return "locked" if locks else "all" if landed else "none"


@pytest.mark.parametrize("name", COMMANDS)
def test_killed_at_any_moment_a_command_leaves_all_of_its_act_or_none(
    name: str, stages: dict[str, Path], tmp_path: Path
) -> None:
    shutil.copytree(stages[name], tmp_path / "whole", symlinks=True)
    begun = time.monotonic()
    assert start(tmp_path / "whole", COMMANDS[name]).wait() == 0
    whole = time.monotonic() - begun
    chance = random.Random(name)  # noqa: S311
    killed = 0
    for number in range(40):
        folder = tmp_path / str(number)
        shutil.copytree(stages[name], folder, symlinks=True)
        process = start(folder, COMMANDS[name])
        time.sleep(whole * (number + chance.random()) / 40)
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
        check(name, folder)
        shutil.rmtree(folder)
    assert killed


def points(stage: Path, folder: Path, command: str) -> Iterator[tuple[str, int]]:
    """Every call of a command that changes the file system: its name, and which of its kind it is."""
    shutil.copytree(stage, folder, symlinks=True)
    trace = folder / "trace"
    assert start(folder, command, before=(need("strace"), "-y", "-o", str(trace), "-e", f"trace={CHANGES}")).wait() == 0
    counts: dict[str, int] = {}
    for line in trace.read_text(errors="replace").splitlines():
        call = line.partition("(")[0]
        counts[call] = counts.get(call, 0) + 1
        # An object comes to be with its link, and what is made aside with the renaming: these stand for their steps.
        if str(folder) in line and not (call != "link" and ("tmp_object" in line or "/.openletter-init/.git/" in line)):
            yield call, counts[call]


def kill_at(call: str, number: int, folder: Path, command: str) -> None:
    """Run a command that is killed as it makes this call."""
    inject = f"inject={call}:signal=SIGKILL:when={number}"
    before = (need("strace"), "-o", "/dev/null", "-e", f"trace={call}", "-e", inject)
    assert start(folder, command, before=before).wait() in {-signal.SIGKILL, 128 + signal.SIGKILL}


@pytest.mark.parametrize("name", ["init", "sign"])
def test_killed_at_each_call_that_changes_a_file_a_command_leaves_all_of_its_act_or_none(
    name: str, stages: dict[str, Path], tmp_path: Path
) -> None:
    left: list[str] = []
    # Bytecode that is written at the first run is none of the act.
    for call, number in list(points(stages[name], tmp_path / "whole", COMMANDS[name])):
        folder = tmp_path / f"{call}-{number}"
        shutil.copytree(stages[name], folder, symlinks=True)
        kill_at(call, number, folder, COMMANDS[name])
        left.append(check(name, folder))
        shutil.rmtree(folder)
    assert {"all", "none"} <= set(left) <= {"all", "none", "locked"}


def test_killed_at_each_call_that_changes_a_file_keygen_leaves_a_whole_key_or_none(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    command = "keygen alder.example --no-passphrase"
    for call, number in list(points(tmp_path / "empty", tmp_path / "whole", command)):
        folder = tmp_path / f"{call}-{number}"
        folder.mkdir()
        kill_at(call, number, folder, command)
        key = folder / "home" / ".config" / "openletter" / "keys" / "alder.example"
        made = key.exists()
        status, answer = again(folder, command)
        assert status == (2 if made else 0), answer
        assert sorted(file.name for file in key.parent.iterdir()) == ["alder.example", "alder.example.pub"]
        public = subprocess.run([need("ssh-keygen"), "-y", "-f", key], check=True, capture_output=True).stdout
        assert public.split()[:2] == key.with_name("alder.example.pub").read_bytes().split()[:2]
