"""Transcripts: what a person types and what the installed command answers, as readable text files.

A line that begins with ``$ `` is typed into a shell; the lines after it are the answer, standard output and standard
error together; ``[status N]`` ends it where the exit status is not 0. ``$TMP`` stands for the folder of the run. A line
that begins with ``# `` tells what comes; an answer must not hold such lines.
To write the answers anew: ``UPDATE_TRANSCRIPTS=1 pytest tests/test_transcripts.py``, then read what changed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from builders import key_of

ORGANIZATIONS = ("alder", "birch", "cedar", "dogwood", "elm", "fir")
LATER = ("alder-2", "alder-3")
"""Keys that an organization has later."""


def environment(folder: Path) -> dict[str, str]:
    """A bare environment with the installed command on its path, and a fixed committer and day for git."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    return {
        "HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "COLUMNS": "80",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "The secretariat",
        "GIT_AUTHOR_EMAIL": "secretariat@alder.example",
        "GIT_AUTHOR_DATE": "2026-05-14T09:00:00+00:00",
        "GIT_COMMITTER_NAME": "The secretariat",
        "GIT_COMMITTER_EMAIL": "secretariat@alder.example",
        "GIT_COMMITTER_DATE": "2026-05-14T09:00:00+00:00",
        "TMP": str(folder),
        **{
            name: os.environ[name]
            for name in ("COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG")
            if name in os.environ
        },
    }


def furnish(folder: Path) -> None:
    """Private keys as `alder.key` and so on, that are the same at every run."""
    for name in ORGANIZATIONS + LATER:
        file = folder / f"{name}.key"
        file.write_bytes(key_of(f"{name}.example").to_openssh(None))
        file.chmod(0o600)


def run(command: str, folder: Path, work: Path) -> str:
    """The answer to a command that is typed in the folder `work`."""
    done = subprocess.run(
        ["/bin/bash", "-c", command],
        cwd=work,
        env=environment(folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        timeout=120,
    )
    answer = done.stdout.decode().replace(str(folder), "$TMP")
    if answer and not answer.endswith("\n"):
        answer += "\n"
    return answer + (f"[status {done.returncode}]\n" if done.returncode else "")


def replay(text: str, folder: Path, work: Path | None = None) -> str:
    """The transcript as it would be now: every command run in order, from `work` on, `cd` kept from one to the next."""
    work = folder if work is None else work
    answered: list[str] = []
    lines = text.splitlines(keepends=True)
    position = 0
    while position < len(lines):
        line = lines[position]
        position += 1
        answered.append(line)
        if not line.startswith("$ "):
            continue
        command = line[2:]
        while command.endswith("\\\n") and position < len(lines):
            answered.append(lines[position])
            command += lines[position]
            position += 1
        while position < len(lines) and not lines[position].startswith(("$ ", "# ")):
            position += 1
        if command.startswith("cd "):
            work = (work / command[3:].strip().replace("$TMP", str(folder))).resolve()
        else:
            answered.append(run(command, folder, work))
        if position < len(lines):
            answered.append("\n")
    return "".join(answered)
