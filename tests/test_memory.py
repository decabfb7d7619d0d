"""What `openletter verify` remembers of an archive, and what it says when that has gone back (spec/history.md)."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from builders import LETTER
from copies import SECOND, SIGNATURES, add, begin, clone, git, head
from openletter import Archive
from openletter.api.remembering import Past, remembered
from openletter.archive import Repository, comparing, history
from openletter.archive.objects import Objects
from openletter.errors import PinsError
from openletter.pins import memory
from openletter.pins.memory import Memory, recall, remember
from transcripts import environment, run

SEEN = Path("home/.local/state/openletter/seen")


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return begin(tmp_path / "letters")


def verify(folder: Path, *arguments: str) -> str:
    """What a person reads who verifies the archive in a folder; the whole of it, or a letter."""
    return run(f"openletter --archive {folder.name} verify {' '.join(arguments)}", folder.parent, folder.parent)


def said(folder: Path, *arguments: str) -> tuple[dict[str, Any], int]:
    """What is said of the memory as JSON, and the exit status."""
    answer = verify(folder, *arguments, "--json")
    found = json.loads(answer.partition("[status")[0])
    assert isinstance(found["memory"], dict)
    return found["memory"], found["status"]


def files(archive: Path) -> list[Path]:
    return sorted((archive.parent / SEEN).glob("*"))


def file(archive: Path) -> Path:
    [found] = files(archive)
    return found


def backdate(archive: Path) -> None:
    """Let what is remembered have been seen on a day that a test can name."""
    data = file(archive).read_bytes()
    file(archive).write_bytes(re.sub(rb"seen [0-9-]{10}", b"seen 2026-05-14", data))


# --- nothing is said --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", [(), (LETTER,)], ids=["whole", "letter"])
def test_of_an_archive_that_only_grew_nothing_is_said(archive: Path, target: tuple[str, ...]) -> None:
    assert "History      this archive is new here: nothing was remembered of it." in verify(archive, *target)
    for path in (None, SIGNATURES[0], SIGNATURES[1]):
        if path is not None:
            add(archive, path)
        for _ in range(2):
            assert verify(archive, *target) == verify(archive, *target, "--no-memory")
        assert file(archive).read_text().splitlines()[2] == f"commit {head(archive)}"
    assert said(archive, *target)[0]["past"] == "kept"


def test_the_first_time_the_history_is_remembered(archive: Path) -> None:
    assert said(archive, LETTER) == (
        {"past": "first", "day": None, "commit": None, "proofs": [], "more_proofs": 0, "problem": None},
        0,
    )
    found = recall(archive.parent / SEEN, git(archive, "rev-list", "--max-parents=0", "HEAD"))
    assert found is not None
    assert (found.commit, set(found.known)) == (head(archive), set(git(archive, "rev-list", "HEAD").split()))


def test_the_tree_is_remembered_where_the_whole_archive_was_judged(archive: Path) -> None:
    verify(archive, LETTER)
    assert "\ntree -\n" in file(archive).read_text()
    verify(archive)
    assert f"\ntree {Repository.open(archive).tree_id(head(archive))}\n" in file(archive).read_text()
    verify(archive, LETTER)
    assert "\ntree -\n" not in file(archive).read_text()


def test_a_merge_of_what_two_saw_is_no_step_back(archive: Path) -> None:
    mine, theirs = clone(archive, "mine"), clone(archive, "theirs")
    add(mine, SIGNATURES[0])
    add(theirs, SIGNATURES[1])
    verify(mine)
    git(mine, "pull", "--quiet", "--no-rebase", "--no-edit", str(theirs), "main")
    assert said(mine)[0]["past"] == "kept"
    assert set(git(mine, "rev-list", "HEAD").split()) == set(file(archive).read_text().split("\n")[4:-1])


def test_where_an_archive_only_grew_few_of_its_older_commits_are_looked_at(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(30):
        git(archive, "commit", "--quiet", "--allow-empty", "-m", f"act {number}")
    genuine = history.link_of
    looked: set[str] = set()

    def link_of(objects: Objects, commit: str) -> history.Link:
        looked.add(commit)
        return genuine(objects, commit)

    monkeypatch.setattr(comparing, "link_of", link_of)

    def look(today: str) -> Past:
        looked.clear()
        return remembered(Archive.open(archive), archive.parent / "seen", today, whole=False, sound=True).past

    old = set(git(archive, "rev-list", "HEAD~1").split())
    assert (look("2026-05-14"), looked >= old) == (Past.FIRST, True)
    aside = git(archive, "commit-tree", "-p", "HEAD~10", "-m", "an act on an older copy", "HEAD^{tree}")
    add(archive, SIGNATURES[0])
    git(archive, "merge", "--quiet", "-m", "merged", aside)
    assert (look("2026-05-15"), len(looked & old) < 4) == (Past.KEPT, True)
    assert (look("2026-05-16"), looked) == (Past.KEPT, {head(archive)})


def test_without_memory_nothing_is_looked_up_and_nothing_written(archive: Path) -> None:
    old = clone(archive, "old")
    git(old, "reset", "--quiet", "--hard", "HEAD~1")
    verify(archive)
    before = file(archive).read_bytes()
    answer = json.loads(verify(old, "--no-memory", "--json"))
    assert answer["memory"] is None
    assert file(archive).read_bytes() == before


def test_an_archive_in_which_something_is_false_is_not_remembered(archive: Path) -> None:
    add(archive, SIGNATURES[0], files={SIGNATURES[0]: b"rubbish\n"})
    assert said(archive) == (said(archive)[0], 1)
    assert files(archive) == []


def test_a_plain_folder_is_not_remembered(archive: Path) -> None:
    plain = archive.parent / "plain"
    plain.mkdir()
    run("git -C letters archive HEAD | tar -x -C plain", archive.parent, archive.parent)
    assert json.loads(verify(plain, "--json"))["memory"] is None
    assert files(archive) == []


def test_what_is_remembered_is_for_the_user_alone(archive: Path) -> None:
    verify(archive)
    assert stat.S_IMODE(file(archive).stat().st_mode) == 0o600
    assert stat.S_IMODE(file(archive).parent.stat().st_mode) == 0o700


# --- it has gone back -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", [(), (LETTER,)], ids=["whole", "letter"])
def test_an_old_archive_served_as_new_is_told_with_the_day_and_is_no_fault(
    archive: Path, target: tuple[str, ...]
) -> None:
    old = clone(archive, "old")
    add(archive, SIGNATURES[0])
    verify(archive, *target)
    backdate(archive)
    before = file(archive).read_bytes()
    answer = verify(old, *target)
    assert "OLDER THAN WHAT YOU SAW\n  You saw this archive on 14 May 2026, at commit" in answer
    assert "[status" not in answer
    assert file(archive).read_bytes() == before  # it isn't moved back
    assert said(old, *target) == (
        {
            "past": "older",
            "day": "2026-05-14",
            "commit": head(archive),
            "proofs": [],
            "more_proofs": 0,
            "problem": None,
        },
        0,
    )


def test_a_history_that_was_pushed_by_force_is_told_and_not_remembered(archive: Path) -> None:
    server = archive
    add(server, SIGNATURES[0])
    mine = clone(server, "mine")
    verify(mine)
    backdate(mine)
    git(server, "reset", "--quiet", "--hard", "HEAD~1")
    add(server, SIGNATURES[1])
    before = file(mine).read_bytes()
    for copy in (clone(server, "new"), mine):
        if copy == mine:
            git(mine, "fetch", "--quiet", "--force")
            git(mine, "reset", "--quiet", "--hard", "origin/main")
        answer = verify(copy)
        assert "NOT WHAT YOU SAW\n  You saw this archive on 14 May 2026" in answer
        assert str(file(mine)).replace(str(mine.parent), "$TMP") in re.sub(r"\n +\| ", "", answer)
        found, status = said(copy)
        assert (found["past"], status) == ("aside", 0)
    assert file(mine).read_bytes() == before


@pytest.mark.parametrize("rewriting", ["squash", "rebase"])
def test_a_history_that_was_squashed_or_rebased_is_told(archive: Path, rewriting: str) -> None:
    verify(archive)
    if rewriting == "squash":
        git(archive, "reset", "--quiet", "--soft", "HEAD~2")
        git(archive, "commit", "--quiet", "-m", "all at once")
    else:
        git(archive, "rebase", "--quiet", "--force-rebase", "HEAD~2")
    found, status = said(archive)
    assert (found["past"], status) == ("aside", 0)


def test_what_was_taken_away_is_a_contradiction_with_the_path_though_no_signature_is_false(archive: Path) -> None:
    add(archive, SIGNATURES[0])
    verify(archive)
    backdate(archive)
    before = file(archive).read_bytes()
    git(archive, "rm", "--quiet", SIGNATURES[0])
    git(archive, "commit", "--quiet", "-m", "tidy")
    add(archive, SIGNATURES[1])
    assert "[status" not in verify(archive, "--no-memory")
    answer = verify(archive)
    assert "CHANGED SINCE YOU SAW IT\n  You saw this archive on 14 May 2026" in answer
    assert " ".join(answer.split()).endswith("Don't rely on it before you know why. [status 1]")
    found, status = said(archive)
    [proof] = found["proofs"]
    assert (found["past"], status, proof["kind"], proof["path"]) == ("changed", 1, "taken-away", SIGNATURES[0])
    assert (proof["now"]["commit"], proof["then"]["holds"]) == (git(archive, "rev-parse", "HEAD~1"), True)
    assert file(archive).read_bytes() == before


def test_what_was_changed_is_a_contradiction_with_both_contents(archive: Path) -> None:
    add(archive, SIGNATURES[0])
    verify(archive)
    other = (archive / SECOND).read_bytes().replace(b"nobody", b"somebody") + b"x\n"
    (archive / SECOND).write_bytes(other)
    git(archive, "commit", "--quiet", "-a", "-m", "a correction")
    found, status = said(archive, f"{LETTER}@1")
    [proof] = found["proofs"]
    assert (found["past"], status, proof["kind"], proof["path"]) == ("changed", 1, "two-contents", SECOND)
    assert proof["now"]["digest"] != proof["then"]["digest"]
    assert proof["now"]["commit"] == head(archive)


def test_a_fork_with_a_commit_that_git_still_has_is_a_contradiction(archive: Path) -> None:
    add(archive, SIGNATURES[0])
    verify(archive)
    git(archive, "reset", "--quiet", "--hard", "HEAD~1")
    add(archive, SIGNATURES[0], files={SIGNATURES[0]: b"another\n"})
    found, status = said(archive, LETTER)
    assert (found["past"], status, found["proofs"][0]["path"]) == ("changed", 1, SIGNATURES[0])
    # In a new clone that commit is not there, and nothing can be proved.
    assert said(clone(archive, "new"), "--require", "1")[0]["past"] == "aside"


def test_a_tree_that_is_not_the_one_that_was_seen_at_that_commit_is_a_contradiction(archive: Path) -> None:
    verify(archive)
    data = file(archive).read_bytes()
    file(archive).write_bytes(re.sub(rb"tree [0-9a-f]{64}", b"tree " + b"0" * 64, data))
    found, status = said(archive)
    assert (found["past"], status, found["proofs"][0]["kind"]) == ("changed", 1, "other-tree")
    assert said(archive, LETTER) == (said(archive, LETTER)[0], 0)  # only a judgement of the whole looks at it


# --- histories that are not whole -------------------------------------------------------------------------------------


def test_of_a_shallow_clone_is_said_what_its_commits_show(archive: Path) -> None:
    add(archive, SIGNATURES[0])
    shallow = clone(archive, "shallow", "--depth=1")
    assert said(shallow)[0]["past"] == "unknown"  # it has no root, so it isn't known which archive this is
    assert files(archive) == []
    assert "History      only the newest part of it is here" in verify(shallow)
    verify(archive)
    assert said(shallow)[0]["past"] == "kept"
    add(shallow, SIGNATURES[1])
    assert said(shallow)[0]["past"] == "kept"
    for path in SIGNATURES[1:3]:
        add(archive, path)
    assert said(clone(archive, "later", "--depth=1"))[0]["past"] == "unknown"


def test_a_parent_that_was_seen_and_is_not_there_is_not_compared(archive: Path) -> None:
    verify(archive)
    add(archive, SIGNATURES[0])
    assert said(clone(archive, "shallow", "--depth=1"))[0]["past"] == "unknown"


def test_another_archive_that_was_seen_hides_nothing_where_it_is_joined_to_one_that_was_made_anew(
    archive: Path,
) -> None:
    other = begin(archive.parent / "other")
    add(archive, SIGNATURES[0])
    for seen in (archive, other):
        verify(seen)
    git(archive, "reset", "--quiet", "--hard", "HEAD~1")
    git(archive, "pull", "--quiet", "--no-rebase", "--no-edit", "--allow-unrelated-histories", str(other), "main")
    before = {path.name: path.read_bytes() for path in files(archive)}
    for copy in (clone(archive, "new"), archive):
        assert said(copy)[0]["past"] == "aside"
    assert {path.name: path.read_bytes() for path in files(archive)} == before


def test_a_loss_is_not_hidden_behind_rubbish_that_can_not_be_compared(archive: Path) -> None:
    add(archive, SIGNATURES[0])
    verify(archive)
    git(archive, "rm", "--quiet", SIGNATURES[0])
    deep = archive / ("archive/0000/" + "d/" * 105)
    deep.mkdir(parents=True)
    (deep / "file").write_text("x")
    git(archive, "add", "archive/0000")
    git(archive, "commit", "--quiet", "-m", "tidy")
    found, status = said(archive, LETTER)
    assert (found["past"], status, [proof["path"] for proof in found["proofs"]]) == ("changed", 1, [SIGNATURES[0]])


def test_what_was_seen_joined_is_remembered_of_each_and_a_later_step_back_of_one_is_told(archive: Path) -> None:
    other = begin(archive.parent / "other")
    for seen in (archive, other):
        verify(seen)
    alone = clone(archive, "alone")
    add(archive, SIGNATURES[0])
    git(archive, "pull", "--quiet", "--no-rebase", "--no-edit", "--allow-unrelated-histories", str(other), "main")
    assert said(archive)[0]["past"] == "kept"
    for back in (alone, other):
        assert said(back)[0]["past"] == "older"


def test_of_many_archives_the_one_that_is_met_is_known(archive: Path) -> None:
    verify(archive)
    for number in range(1001):
        name = f"{number:040x}"
        text = f"openletter memory/1\nseen 2026-05-14\ncommit {name}\ntree -\n{name}\n"
        (archive.parent / SEEN / f"{name}.seen").write_text(text)
    assert said(archive)[0]["past"] == "kept"


def test_an_archive_with_several_roots_is_remembered_by_each_that_is_met(archive: Path) -> None:
    verify(archive)
    other = begin(archive.parent / "other")
    git(archive, "pull", "--quiet", "--no-rebase", "--no-edit", "--allow-unrelated-histories", str(other), "main")
    assert said(archive)[0]["past"] == "kept"
    assert len(files(archive)) == 2


# --- a memory that can't be used --------------------------------------------------------------------------------------

HOSTILE = {
    "empty": b"",
    "other": b"openletter memory/2\n",
    "no day": b"openletter memory/1\nseen today\ncommit %(head)s\ntree -\n%(head)s\n",
    "nothing known": b"openletter memory/1\nseen 2026-05-14\ncommit %(head)s\ntree -\n",
    "another first": b"openletter memory/1\nseen 2026-05-14\ncommit %(head)s\ntree -\n" + b"0" * 40 + b"\n%(head)s\n",
    "more": b"openletter memory/1\nseen 2026-05-14\ncommit %(head)s\ntree -\n%(head)s\nmore\n",
    "no end": b"openletter memory/1\nseen 2026-05-14\ncommit %(head)s\ntree -\n%(head)s",
    "escapes": b"\x1b[2Jopenletter memory/1\n",
    "large": b"openletter memory/1\nseen 2026-05-14\ncommit %(head)s\ntree -\n" + b"%(head)s\n" * 200_000,
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_file_that_says_nothing_that_is_understood_is_told_and_changes_no_verdict(archive: Path, what: str) -> None:
    verify(archive)
    place = file(archive)
    data = HOSTILE[what].replace(b"%(head)s", head(archive).encode())
    place.write_bytes(data)
    answer = verify(archive)
    assert "What was seen of this archive before could not be looked up or kept" in " ".join(answer.split())
    assert "[status" not in answer
    assert "\x1b" not in answer
    found, status = said(archive)
    assert (found["past"], status) == ("unusable", 0)
    assert place.name in found["problem"]
    assert place.read_bytes() == data


def make_folder(place: Path) -> None:
    place.unlink()
    place.mkdir()


def make_pipe(place: Path) -> None:
    place.unlink()
    os.mkfifo(place)


def make_link(place: Path) -> None:
    place.unlink()
    place.symlink_to("nowhere")


def make_open_to_all(place: Path) -> None:
    place.chmod(0o666)


@pytest.mark.parametrize("spoil", [make_folder, make_pipe, make_link, make_open_to_all])
def test_what_is_no_file_of_the_users_own_is_told_and_changes_no_verdict(archive: Path, spoil: Any) -> None:
    verify(archive)
    spoil(file(archive))
    found, status = said(archive)
    assert (found["past"], status) == ("unusable", 0)


@pytest.mark.parametrize("spoil", [make_folder, make_pipe, make_link, make_open_to_all])
def test_what_is_wrong_with_the_memory_of_one_archive_is_nothing_to_another(archive: Path, spoil: Any) -> None:
    other = begin(archive.parent / "other")
    verify(other)
    spoil(file(archive))
    for past in ("first", "kept"):
        found, status = said(archive)
        assert (found["past"], found["problem"], status) == (past, None, 0)


@pytest.mark.parametrize("place", ["/dev/null", "/proc/nowhere"])
def test_a_state_folder_that_cannot_be_written_is_told_and_changes_no_verdict(archive: Path, place: str) -> None:
    command = f"XDG_STATE_HOME={place} openletter --archive letters verify"
    answer = run(command, archive.parent, archive.parent)
    assert "could not be looked up or kept" in " ".join(answer.split())
    assert "[status" not in answer
    for told in ("\nWhat was seen of.*?(?=\n\n)\n", "  History .*?(?=\n\n)\n"):
        answer = re.sub(told, "", answer, count=1, flags=re.DOTALL)
    assert answer == verify(archive, "--no-memory")


def test_a_folder_of_the_state_that_is_not_absolute_is_not_taken(archive: Path) -> None:
    run("XDG_STATE_HOME=here openletter --archive letters verify", archive.parent, archive.parent)
    assert not (archive.parent / "here").exists()
    assert files(archive) != []


def test_several_verifications_at_once_leave_one_whole_memory(archive: Path) -> None:
    commits = [head(archive), *(add(archive, path) for path in SIGNATURES[:3])]
    copies = []
    for number, commit in enumerate(commits):
        copies.append(clone(archive, f"copy{number}"))
        git(copies[-1], "reset", "--quiet", "--hard", commit)
    running = [
        subprocess.Popen(
            ("openletter", "--archive", str(copy), "verify", "--json"),
            env=environment(archive.parent),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for copy in copies * 3
    ]
    for process in running:
        out, problem = process.communicate(timeout=120)
        assert (process.returncode, problem) == (0, b"")
        assert json.loads(out)["memory"]["problem"] is None
    found = recall(archive.parent / SEEN, git(archive, "rev-list", "--max-parents=0", "HEAD"))
    assert found is not None
    assert found.commit in commits
    assert set(found.known) == set(git(archive, "rev-list", found.commit).split())
    assert [path.name for path in files(archive)] == [f"{found.root}.seen"]


# --- the files themselves ---------------------------------------------------------------------------------------------

ONE = Memory(root="a" * 40, day="2026-05-14", commit="b" * 40, tree="c" * 64, known=("b" * 40, "a" * 40))


def test_what_is_remembered_is_recalled(tmp_path: Path) -> None:
    assert recall(tmp_path / "seen", ONE.root) is None
    assert memory.newest(tmp_path / "seen") == {}
    for new in (ONE, replace(ONE, tree=None)):
        remember(tmp_path / "seen", new, recall(tmp_path / "seen", ONE.root))
        assert recall(tmp_path / "seen", ONE.root) == new
    assert memory.newest(tmp_path / "seen") == {ONE.commit: ONE.root}


def test_what_another_remembered_in_between_stays(tmp_path: Path) -> None:
    remember(tmp_path, ONE, None)
    remember(tmp_path, replace(ONE, day="2026-05-15"), None)
    assert recall(tmp_path, ONE.root) == ONE


def test_of_a_long_history_the_first_are_known(tmp_path: Path) -> None:
    many = tuple(f"{number:040x}" for number in range(memory.MAX_KNOWN + 5))
    remember(tmp_path, replace(ONE, commit=many[0], known=many), None)
    found = recall(tmp_path, ONE.root)
    assert found is not None
    assert found.known == many[: memory.MAX_KNOWN]


def test_every_byte_of_a_file_counts(tmp_path: Path) -> None:
    remember(tmp_path, ONE, None)
    place = memory.place(tmp_path, ONE.root)
    data = place.read_bytes()
    for position in range(len(data)):
        place.write_bytes(data[:position] + b"?" + data[position + 1 :])
        with pytest.raises(PinsError):
            recall(tmp_path, ONE.root)
