"""What the command line takes from git's environment, git's configuration and the clock."""

from __future__ import annotations

import os
import pwd
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from openletter.cli.environment import committer, configuration_folder, git_date, state_folder
from openletter.errors import InputError
from transcripts import environment, furnish, run

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


# --- a folder of one's own ---


@pytest.mark.parametrize("value", ["", "config", "./config", "../up"])
def test_a_path_that_is_not_whole_leads_into_no_strangers_folder(
    value: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for variable in ("XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(variable, value)
    assert configuration_folder() == tmp_path / ".config" / "openletter"
    assert state_folder() == tmp_path / ".local" / "state" / "openletter"


@pytest.mark.parametrize("home", ["", "home", None])
def test_without_a_whole_home_the_systems_own_is_taken_or_it_is_said(
    home: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(variable, raising=False)
    if home is not None:
        monkeypatch.setenv("HOME", home)
    its = Path(pwd.getpwuid(os.getuid()).pw_dir)
    assert configuration_folder() == its / ".config" / "openletter"

    def nobody(_: int) -> None:
        raise KeyError("no such user")

    monkeypatch.setattr(pwd, "getpwuid", nobody)
    with pytest.raises(InputError, match="there is no home folder"):
        configuration_folder()
    with pytest.raises(RuntimeError, match="there is no home folder"):
        state_folder()


def test_an_archive_never_decides_whom_its_reader_trusts(tmp_path: Path) -> None:
    furnish(tmp_path)
    made = run(
        'openletter init a && cd a && openletter keys add alder.example --name "A" --key ../alder.key --yes',
        tmp_path,
        tmp_path,
    )
    assert "Recorded: keys/alder.example/0001.yaml" in made
    archive = tmp_path / "a"
    (archive / "openletter").mkdir()
    published = (archive / "keys/alder.example/0001.allowed_signers").read_bytes()
    (archive / "openletter/allowed_signers").write_bytes(published)
    for value in ("", ".", "../a"):
        answer = run(f"XDG_CONFIG_HOME={value} openletter keys show alder.example", tmp_path, archive)
        assert "known only from this archive" in answer
        assert "confirmed by you" not in answer
