"""What the README and the spec show of the sample is what the installed command answers."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools import need
from transcripts import replay

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("README.md", "spec/verification.md")
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def answered(block: str, folder: Path) -> str:
    return replay(block, folder, work=ROOT).rstrip("\n") + "\n"


@pytest.mark.parametrize("page", PAGES)
def test_the_consoles_of_a_page_answer_as_it_shows(page: str, tmp_path: Path) -> None:
    need("ssh-keygen")
    text = (ROOT / page).read_text(encoding="utf-8")
    fresh = BLOCK.sub(lambda found: f"```console\n{answered(found[1], tmp_path)}```", text)
    if os.environ.get("UPDATE_TRANSCRIPTS") == "1":
        (ROOT / page).write_text(fresh, encoding="utf-8", newline="\n")
        return
    assert fresh.count("```console") >= 1
    assert fresh == text


def test_the_python_of_the_readme_runs() -> None:
    (code,) = re.findall(r"^```python\n(.*?)^```$", (ROOT / "README.md").read_text(encoding="utf-8"), re.M | re.S)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert "alder.example signed 3\n" in done.stdout


def test_the_pages_that_the_readme_names_are_there() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", (ROOT / "README.md").read_text(encoding="utf-8")):
        assert (ROOT / target).exists(), target


def test_the_sample_holds_what_it_is_there_to_show() -> None:
    from openletter import Archive

    report = Archive.open(ROOT).verify()
    assert report.false == ()
    answered, letter, arabic = report.letters
    assert [(v.organization, str(v.verdict), v.revision) for v in letter.organizations] == [
        ("alder.example", "signed", 3),
        ("birch.example", "signed", 3),
        ("cedar.example", "signed", 3),
        ("dogwood.example", "signed-earlier", 2),
        ("elm.example", "named", None),
        ("fir.example", "endorsed", 3),
    ]
    assert letter.newest == 3
    # A rotation, a vouch, a withdrawal and two checkpoints.
    gale = next(found for found in report.organizations if found.organization == "gale.example")
    assert [(key.status, key.vouched_unpinned) for key in gale.keys] == [
        ("retired", ()),
        ("active", ("hazel.example",)),
    ]
    assert [(v.organization, str(v.verdict)) for v in answered.organizations] == [
        ("gale.example", "signed"),
        ("hazel.example", "withdrawn"),
    ]
    assert [(item.organization, str(item.state), item.signed) for item in report.checkpoints] == [
        ("gale.example", "matches", True),
        ("hazel.example", "matches", True),
    ]
    assert arabic.judged is not None
    assert arabic.judged.letter is not None
    assert arabic.judged.letter.language == "ar"
