"""The installed command answers as the transcripts in tests/transcripts say."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from transcripts import furnish, replay

HERE = Path(__file__).resolve().parent / "transcripts"


@pytest.mark.parametrize("transcript", sorted(HERE.glob("*.txt")), ids=lambda path: path.stem)
def test_the_command_answers_as_written(transcript: Path, tmp_path: Path) -> None:
    furnish(tmp_path)
    for draft in HERE.glob("*.yaml"):
        (tmp_path / draft.name).write_bytes(draft.read_bytes())
    (tmp_path / "wells.md").write_bytes((HERE.parent / "fixtures" / "letters" / "wells.md").read_bytes())
    expected = transcript.read_text(encoding="utf-8")
    answered = replay(expected, tmp_path)
    if os.environ.get("UPDATE_TRANSCRIPTS") == "1":
        transcript.write_text(answered, encoding="utf-8", newline="\n")
        return
    assert answered == expected
