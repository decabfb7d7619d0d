"""What the command line takes from git's environment, git's configuration and the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from openletter.cli.environment import committer, git_date
from openletter.errors import InputError
from transcripts import environment

NOTHING: dict[str, str] = {}


def test_gits_variables_come_first_then_its_configuration_then_a_neutral_name() -> None:
    configured = ("Configured", "configured@alder.example")
    assert committer((None, None), NOTHING).author.name == "openletter"
    assert committer(configured, NOTHING).committer.email == "configured@alder.example"
    found = committer(configured, {"GIT_AUTHOR_NAME": "An Author", "GIT_COMMITTER_EMAIL": "c@alder.example"})
    assert (found.author.name, found.author.email) == ("An Author", "configured@alder.example")
    assert (found.committer.name, found.committer.email) == ("Configured", "c@alder.example")


def test_an_empty_variable_counts_as_none() -> None:
    assert committer((None, None), {"GIT_AUTHOR_NAME": ""}).author.name == "openletter"


@pytest.mark.parametrize("name", ["A <b>", "A\nB", "A\0B"])
def test_a_name_that_git_cannot_keep_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="committer's name"):
        committer((None, None), {"GIT_AUTHOR_NAME": name})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@1778749200 +0200", datetime(2026, 5, 14, 11, tzinfo=timezone(timedelta(hours=2)))),
        ("1778749200 -0330", datetime(2026, 5, 14, 5, 30, tzinfo=timezone(-timedelta(hours=3, minutes=30)))),
        ("@1778749200", datetime(2026, 5, 14, 9, tzinfo=UTC)),
        ("2026-05-14T09:00:00Z", datetime(2026, 5, 14, 9, tzinfo=UTC)),
        ("2026-05-14 09:00:00+00:00", datetime(2026, 5, 14, 9, tzinfo=UTC)),
        ("Thu, 14 May 2026 09:00:00 +0000", datetime(2026, 5, 14, 9, tzinfo=UTC)),
    ],
)
def test_dates_as_git_gives_them(text: str, expected: datetime) -> None:
    found = git_date(text, "GIT_COMMITTER_DATE")
    assert found == expected
    assert found.utcoffset() == expected.utcoffset()


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "@1778749200 +9900", "٢٠٢٦", ""])
def test_a_date_that_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="is no date"):
        git_date(text, "GIT_COMMITTER_DATE")


def test_gits_configuration_is_read_where_there_is_one(tmp_path: Path) -> None:
    import subprocess

    variables = {k: v for k, v in environment(tmp_path).items() if not k.startswith("GIT_")}
    config = "git config --global user.name 'Ida Marsh' && git config --global user.email ida@alder.example"
    script = f"{config} && openletter init letters && git -C letters log -1 --format='%an <%ae>, %cn <%ce>'"
    done = subprocess.run(
        ["/bin/bash", "-c", script], env=variables, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.splitlines()[-1] == "Ida Marsh <ida@alder.example>, Ida Marsh <ida@alder.example>"
