"""Two copies of an archive beside each other: what is told of honest ones, and of those that contradict."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from builders import ALDER, BIRCH, CEDAR, LETTER, a_desk
from copies import FILES, FIRST, FOLDER, SECOND, SIGNATURES, add, begin, clone, committer, git, head, keep
from openletter import Archive
from openletter.api import Comparison, Relation, compare, comparing
from openletter.archive import ATTRIBUTES, Repository
from openletter.errors import NotAnArchive, StorageError, TooLarge
from openletter.records.kept import KeptCheckpoint
from tools import need
from transcripts import run


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return begin(tmp_path / "letters")


def compared(a: Path | KeptCheckpoint, b: Path | KeptCheckpoint) -> Comparison:
    """Compare, and see that it is the mirror of what is found the other way round."""
    one, other = (side if isinstance(side, KeptCheckpoint) else Archive.open(side) for side in (a, b))
    found = compare(one, other)
    assert compare(other, one) == found.mirrored
    assert bool(found.proofs) == found.relation.false
    return found


# --- honest copies are not accused ------------------------------------------------------------------------------------


def test_a_clone_is_the_same(archive: Path) -> None:
    found = compared(archive, clone(archive, "mine"))
    assert (found.relation, found.a.commits, found.history, found.content) == (Relation.SAME, 4, True, True)


def said_of(archive: Path, sides: str) -> str:
    """What the command says, as one line."""
    return " ".join(run(f"openletter compare {sides}", archive.parent, archive.parent).split())


def test_where_the_newest_commit_is_one_no_file_is_said_to_have_been_read(archive: Path) -> None:
    clone(archive, "bare", "--bare", "--filter=blob:none")
    said = said_of(archive, "letters bare")
    assert "the files themselves were not read for that" in said
    assert "every file" not in said
    assert "commit by commit" not in said


def test_a_shallow_clone_with_the_same_newest_commit_has_no_history_that_was_compared(archive: Path) -> None:
    found = compared(archive, clone(archive, "shallow", "--depth=1"))
    assert (found.relation, found.history) == (Relation.SAME, False)
    assert "could not be established: B has only the newest part of it" in said_of(archive, "letters shallow")


def test_of_two_kept_files_only_ids_are_said_to_have_been_compared(archive: Path) -> None:
    (archive.parent / "one").write_bytes(keep(archive).to_bytes())
    said = said_of(archive, "one one")
    assert "only ids were compared" in said
    assert "every file" not in said


def test_a_clone_of_a_clone_and_a_bare_one_are_the_same(archive: Path) -> None:
    bare = clone(clone(archive, "mine"), "bare", "--bare")
    assert compared(archive, bare).relation is Relation.SAME


def test_a_copy_that_was_repacked_is_the_same(archive: Path) -> None:
    mine = clone(archive, "mine")
    add(mine, SIGNATURES[0])
    git(mine, "gc", "--quiet", "--prune=now")
    assert compared(archive, mine).relation is Relation.B_AHEAD


def test_a_remote_is_behind_a_clone_with_acts_that_were_not_pushed(archive: Path) -> None:
    mine = clone(archive, "mine")
    add(mine, SIGNATURES[0])
    found = compared(archive, mine)
    assert found.relation is Relation.B_AHEAD
    assert [letter.signatures for letter in found.b.only.letters] == [((ALDER, 1),)]
    assert (found.a.only.files, found.b.only.files) == (0, 1)


def test_what_is_more_is_told_by_letters_and_organizations(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    Repository.create(first, committer())
    shutil.copytree(first, second)
    desk = a_desk()
    desk.withdraw(BIRCH, 1)
    files = FILES | {f"{FOLDER}/{name}": data for name, data in desk.files.items()}
    act = "0123456789abcdef"
    files |= {f"archive/checkpoints/{CEDAR}/{act}.yaml": b"x", f"archive/checkpoints/{CEDAR}/{act}.{act}.sig": b"x"}
    files |= {"archive/notes.txt": b"x"}
    add(second, *files, files=files)
    only = compared(first, second).b.only
    [letter] = only.letters
    assert (letter.letter, letter.revisions) == (LETTER, (1, 2))
    assert {(ALDER, 1), (ALDER, 2), (BIRCH, 1)} < set(letter.signatures)
    assert letter.withdrawals == ((BIRCH, 1),)
    assert {ALDER, BIRCH, CEDAR} < {keys.organization for keys in only.keys}
    assert {keys.records for keys in only.keys} == {(1,)}
    assert (only.checkpoints, only.others, only.files) == (((CEDAR, 1),), ("archive/notes.txt",), len(files))


def test_two_peoples_copies_that_were_not_exchanged_yet_are_diverged_and_their_merge_is_ahead_of_both(
    archive: Path,
) -> None:
    mine, theirs = clone(archive, "mine"), clone(archive, "theirs")
    add(mine, SIGNATURES[0])
    add(theirs, SIGNATURES[1])
    assert compared(mine, theirs).relation is Relation.DIVERGED
    old = clone(mine, "old")
    git(mine, "pull", "--quiet", "--no-rebase", "--no-edit", str(theirs), "main")
    assert compared(mine, theirs).relation is Relation.A_AHEAD
    assert compared(mine, old).relation is Relation.A_AHEAD


def test_whoever_merged_the_other_each_holds_the_same_though_the_merges_differ(archive: Path) -> None:
    mine, theirs = clone(archive, "mine"), clone(archive, "theirs")
    add(mine, SIGNATURES[0])
    add(theirs, SIGNATURES[1])
    before = clone(mine, "before")
    git(mine, "pull", "--quiet", "--no-rebase", "--no-edit", str(theirs), "main")
    git(theirs, "pull", "--quiet", "--no-rebase", "--no-edit", str(before), "main")
    assert head(mine) != head(theirs)
    found = compared(mine, theirs)
    assert (found.relation, found.twice) == (Relation.SAME, 0)


def test_a_signature_that_two_people_recorded_is_told_and_accuses_nobody(archive: Path) -> None:
    mine, theirs = clone(archive, "mine"), clone(archive, "theirs")
    add(mine, SIGNATURES[0])
    add(theirs, SIGNATURES[0])
    found = compared(mine, theirs)
    assert (found.relation, found.twice) == (Relation.SAME, 1)
    add(theirs, SIGNATURES[1])
    assert compared(mine, theirs).relation is Relation.B_AHEAD
    git(mine, "pull", "--quiet", "--no-rebase", "--no-edit", str(theirs), "main")
    found = compared(mine, theirs)
    assert (found.relation, found.twice) == (Relation.SAME, 0)


# --- what contradicts, and the proof ----------------------------------------------------------------------------------


def test_one_path_with_two_contents_is_a_fork_with_both_digests_and_both_commits(archive: Path) -> None:
    mine, theirs = clone(archive, "mine"), clone(archive, "theirs")
    path = SIGNATURES[0]
    ours = add(mine, path)
    add(mine, SIGNATURES[1])
    other = add(theirs, path, files={path: b"another\n"})
    found = compared(mine, theirs)
    assert found.relation is Relation.FORK
    [proof] = found.proofs
    assert (proof.kind, proof.path, proof.a.commit, proof.b.commit) == ("two-contents", path, ours, other)
    for folder, trace in ((mine, proof.a), (theirs, proof.b)):
        told = subprocess.run((need("sha256sum"), path), cwd=folder, capture_output=True, check=True).stdout.decode()
        assert trace.digest == f"sha256:{told.split()[0]}"


def test_a_text_that_was_changed_by_a_later_commit_is_a_fork(archive: Path) -> None:
    mine = clone(archive, "mine")
    (mine / FIRST).write_bytes(b"another\n")
    git(mine, "commit", "--quiet", "-a", "-m", "a correction")
    found = compared(archive, mine)
    assert (found.relation, found.proofs[0].path, found.proofs[0].b.commit) == (Relation.FORK, FIRST, head(mine))


def test_many_forks_are_counted(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        Repository.create(folder, committer())
        files = {f"archive/2026/letter-{number}/0001.yaml": folder.name.encode() for number in range(50)}
        add(folder, *files, files=files)
    found = compared(first, second)
    assert (found.relation, len(found.proofs), found.more_proofs) == (Relation.FORK, 20, 30)


def test_what_was_taken_away_is_told_with_the_commit_that_did_it(archive: Path) -> None:
    mine = clone(archive, "mine")
    git(mine, "rm", "--quiet", SECOND)
    git(mine, "commit", "--quiet", "-m", "tidy")
    taken = head(mine)
    add(mine, SIGNATURES[0])
    for other in (archive, clone(archive, "other")):
        add(other, SIGNATURES[1])
        found = compared(other, mine)
        assert found.relation is Relation.REMOVED
        [proof] = found.proofs
        assert (proof.path, proof.a.holds, proof.b.holds, proof.b.commit) == (SECOND, True, False, taken)
        assert proof.a.commit == git(archive, "log", "--format=%H", "--", SECOND)


def test_a_removal_does_not_hide_behind_side_commits(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Commits of no content that both have, and neither descends from the other.
    sides = [git(archive, "commit-tree", "HEAD~3^{tree}", "-p", "HEAD~3", "-m", f"{n}").strip() for n in range(101)]
    parents = [word for side in sides for word in ("-p", side)]

    def joined(folder: Path, tree: str) -> None:
        merge = git(folder, "commit-tree", tree, "-p", "HEAD", *parents, "-m", "all").strip()
        git(folder, "reset", "--quiet", "--hard", merge)

    joined(archive, "HEAD^{tree}")
    mine = clone(archive, "mine")
    git(mine, "reset", "--quiet", "--hard", "HEAD^")
    git(mine, "rm", "--quiet", SECOND)
    git(mine, "commit", "--quiet", "-m", "gone")
    joined(mine, "HEAD^{tree}")
    found = compared(archive, mine)
    assert (found.relation, found.history, found.cut) == (Relation.REMOVED, True, False)
    monkeypatch.setattr(comparing, "MAX_BASES", 0)
    found = compared(archive, mine)
    assert (found.relation, found.history, found.cut, found.parted) == (Relation.A_AHEAD, False, True, True)


def test_that_one_may_have_lost_something_is_said_where_each_has_commits_of_its_own(archive: Path) -> None:
    mine = clone(archive, "mine")
    add(archive, SIGNATURES[0])
    assert "lost what it once held" not in said_of(archive, "letters mine")
    git(mine, "commit", "--quiet", "--allow-empty", "-m", "nothing")
    assert compared(archive, mine).relation is Relation.A_AHEAD
    assert "lost what it once held" in said_of(archive, "letters mine")


def test_a_squash_is_rewriting(archive: Path) -> None:
    mine = clone(archive, "mine")
    first, second = add(mine, SIGNATURES[0]), add(mine, SIGNATURES[1])
    squashed = clone(mine, "squashed")
    git(squashed, "reset", "--quiet", "--soft", "HEAD~2")
    git(squashed, "commit", "--quiet", "-m", "all at once")
    found = compared(mine, squashed)
    assert (found.relation, found.twice) == (Relation.REWRITTEN, 2)
    assert [(p.kind, p.a.commit, p.b.commit) for p in found.proofs] == [
        ("joined", first, head(squashed)),
        ("joined", second, head(squashed)),
    ]


def test_a_rebase_is_rewriting(archive: Path) -> None:
    mine = clone(archive, "mine")
    before = add(mine, SIGNATURES[0])
    old = clone(mine, "old")
    add(archive, SIGNATURES[1])
    git(mine, "pull", "--quiet", "--rebase")
    assert head(mine) != before
    found = compared(old, mine)
    assert found.relation is Relation.REWRITTEN
    assert [(p.kind, p.path, p.a.commit, p.b.commit) for p in found.proofs] == [
        ("made-again", SIGNATURES[0], before, head(mine))
    ]


def test_an_amended_commit_is_rewriting(archive: Path) -> None:
    mine = clone(archive, "mine")
    add(mine, SIGNATURES[0])
    amended = clone(mine, "amended")
    git(amended, "commit", "--quiet", "--amend", "-m", "in other words")
    assert compared(mine, amended).relation is Relation.REWRITTEN


def test_a_whole_history_that_was_made_anew_is_rewriting(archive: Path) -> None:
    anew = clone(archive, "anew")
    git(anew, "checkout", "--quiet", "--orphan", "new")
    git(anew, "commit", "--quiet", "-m", "all")
    found = compared(archive, anew)
    assert (found.relation, found.twice) == (Relation.REWRITTEN, len(FILES) - len(SIGNATURES))


def test_two_archives_without_a_common_commit_are_no_copies_of_one(archive: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    Repository.create(other, committer())
    found = compared(archive, other)
    assert (found.relation, [proof.kind for proof in found.proofs]) == (Relation.UNRELATED, ["no-commit"])
    add(other, FIRST, files={FIRST: b"another\n"})
    assert compared(archive, other).relation is Relation.FORK


# --- histories that are not whole, and folders without git ------------------------------------------------------------


def test_a_shallow_clone_is_compared_by_what_it_holds_and_accused_of_no_rewriting(archive: Path) -> None:
    shallow = clone(archive, "shallow", "--depth=1")
    add(archive, SIGNATURES[0])
    found = compared(archive, shallow)
    assert (found.relation, found.b.complete) == (Relation.A_AHEAD, False)
    add(shallow, SIGNATURES[1])
    add(archive, SIGNATURES[1])
    found = compared(archive, shallow)
    assert (found.relation, found.history) == (Relation.A_AHEAD, False)


def test_that_a_history_is_shallow_is_told_by_its_commits_and_not_by_a_file(archive: Path) -> None:
    squashed = clone(archive, "squashed")
    git(squashed, "reset", "--quiet", "--soft", "HEAD~2")
    git(squashed, "commit", "--quiet", "-m", "all at once")
    # A host that rewrote calls its history shallow, so that it may not be asked.
    (squashed / ".git" / "shallow").write_text(f"{head(squashed)}\n")
    assert compared(archive, squashed).relation is Relation.REWRITTEN


def test_a_fork_is_found_in_a_shallow_clone_and_in_a_plain_folder(archive: Path) -> None:
    shallow = clone(archive, "shallow", "--depth=1")
    shutil.copytree(archive, plain := archive.parent / "plain", ignore=shutil.ignore_patterns(".git"))
    for folder in (shallow, plain):
        (folder / FIRST).write_bytes(b"another\n")
    git(shallow, "commit", "--quiet", "-a", "-m", "a correction")
    for folder in (shallow, plain):
        found = compared(archive, folder)
        assert (found.relation, [proof.path for proof in found.proofs]) == (Relation.FORK, [FIRST])
    assert compared(shallow, plain).relation is Relation.SAME


def test_plain_folders_are_compared_by_what_they_hold(archive: Path) -> None:
    plain, less = archive.parent / "plain", archive.parent / "less"
    for place in (plain, less):
        shutil.copytree(archive, place, ignore=shutil.ignore_patterns(".git"))
    (less / FIRST).unlink()
    assert compared(archive, plain).relation is Relation.SAME
    found = compared(plain, less)
    assert (found.relation, found.history, found.a.commits) == (Relation.A_AHEAD, False, None)


# --- what was kept ----------------------------------------------------------------------------------------------------


def test_what_was_kept_is_the_same_and_later_the_archive_is_ahead(archive: Path) -> None:
    kept = keep(archive)
    assert compared(kept, archive).relation is Relation.SAME
    add(archive, SIGNATURES[0])
    found = compared(archive, kept)
    assert (found.relation, found.a.only.files, found.b.date) == (Relation.A_AHEAD, 1, "2026-05-14")


def test_an_old_archive_served_as_new_is_behind_what_was_kept(archive: Path) -> None:
    old = clone(archive, "old")
    add(archive, SIGNATURES[0])
    found = compared(old, keep(archive))
    assert (found.relation, found.content) == (Relation.B_AHEAD, False)


def test_two_readers_who_were_shown_different_things_find_out_and_a_merge_holds_both(archive: Path) -> None:
    mine, theirs = clone(archive, "mine"), clone(archive, "theirs")
    add(mine, SIGNATURES[0])
    add(theirs, SIGNATURES[1])
    seen_by_me, seen_by_them = keep(mine), keep(theirs)
    assert compared(seen_by_me, seen_by_them).relation is Relation.DIVERGED
    # What one was shown isn't in what the other was shown.
    assert compared(theirs, seen_by_me).relation is Relation.REWRITTEN
    git(mine, "pull", "--quiet", "--no-rebase", "--no-edit", str(theirs), "main")
    for kept in (seen_by_me, seen_by_them):
        assert compared(mine, kept).relation is Relation.A_AHEAD


def test_a_history_that_was_pushed_by_force_lacks_the_commit_that_was_kept(archive: Path) -> None:
    gone = add(archive, SIGNATURES[0])
    kept = keep(archive)
    git(archive, "reset", "--quiet", "--hard", "HEAD~1")
    assert compared(archive, kept).relation is Relation.B_AHEAD  # so far it is only an older one
    add(archive, SIGNATURES[1])
    found = compared(archive, kept)
    [proof] = found.proofs
    assert (found.relation, proof.kind) == (Relation.REWRITTEN, "absent")
    assert (proof.b.commit, proof.b.tree, proof.a.commit) == (gone, kept.tree, head(archive))


@pytest.mark.parametrize(
    "rewriting",
    [
        ("reset --quiet --soft HEAD~2", "commit --quiet -m squashed"),
        ("rebase --quiet --force-rebase HEAD~2",),
        ("commit --quiet --amend -m again",),
    ],
    ids=["squash", "rebase", "amend"],
)
def test_a_rewritten_history_lacks_the_commit_that_was_kept_though_every_file_is_there(
    archive: Path, rewriting: tuple[str, ...]
) -> None:
    kept = keep(archive)
    for command in rewriting:
        git(archive, *command.split())
    found = compared(archive, kept)
    assert (found.relation, found.proofs[0].a.tree) == (Relation.REWRITTEN, kept.tree)


def test_a_kept_checkpoint_that_never_matched_accuses_itself_and_not_the_archive(archive: Path) -> None:
    false = replace(keep(archive), tree="0" * 64)
    add(archive, SIGNATURES[0])
    found = compared(archive, false)
    [proof] = found.proofs
    assert (found.relation, proof.kind) == (Relation.MISMATCH, "other-tree")
    here = Repository.open(archive).tree_id(git(archive, "rev-parse", "HEAD~1"))
    assert (proof.a.tree, proof.b.tree) == (here, "0" * 64)
    true = keep(archive)
    assert compared(true, replace(true, tree="0" * 64)).relation is Relation.MISMATCH


def test_what_was_changed_or_taken_away_after_it_was_kept_is_told_with_its_path(archive: Path) -> None:
    kept = keep(archive)
    taken = clone(archive, "taken")
    git(taken, "rm", "--quiet", SECOND)
    git(taken, "commit", "--quiet", "-m", "tidy")
    found = compared(taken, kept)
    assert (found.relation, found.proofs[0].path) == (Relation.REMOVED, SECOND)
    (archive / FIRST).write_bytes(b"another\n")
    git(archive, "commit", "--quiet", "-a", "-m", "a correction")
    found = compared(archive, kept)
    assert (found.relation, found.proofs[0].path) == (Relation.FORK, FIRST)


def test_of_a_shallow_clone_nothing_is_said_but_what_its_commits_show(archive: Path) -> None:
    add(archive, SIGNATURES[0])
    kept = keep(archive)
    shallow = clone(archive, "shallow", "--depth=1")
    assert compared(shallow, kept).relation is Relation.SAME
    add(archive, SIGNATURES[1])
    later = clone(archive, "later", "--depth=1")
    assert compared(later, kept).relation is Relation.UNKNOWN
    assert compared(shallow, keep(archive)).relation is Relation.B_AHEAD


def test_a_plain_folder_is_what_was_kept_or_nothing_is_said(archive: Path) -> None:
    kept = keep(archive)
    plain = archive.parent / "plain"
    shutil.copytree(archive, plain, ignore=shutil.ignore_patterns(".git"))
    found = compared(plain, kept)
    assert (found.relation, found.history) == (Relation.SAME, False)
    (plain / FIRST).write_bytes(b"another\n")
    assert compared(plain, kept).relation is Relation.UNKNOWN


def test_a_list_that_was_cut_lets_nobody_be_accused(archive: Path) -> None:
    kept = keep(archive)
    old = clone(archive, "old")
    git(old, "reset", "--quiet", "--hard", "HEAD~2")
    cut = replace(kept, commits=kept.commits[:1])
    assert compared(old, kept).relation is Relation.B_AHEAD
    assert compared(old, cut).relation is Relation.UNKNOWN
    assert compared(cut, keep(old)).relation is Relation.UNKNOWN
    assert compared(cut, kept).relation is Relation.SAME
    # What the list does hold shows that the newest commit here is no older one.
    add(old, SIGNATURES[0])
    assert compared(old, replace(kept, commits=kept.commits[:3])).relation is Relation.REWRITTEN


def test_a_checkpoint_kept_of_another_archive_is_of_none_of_this(archive: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    Repository.create(other, committer())
    assert compared(other, keep(archive)).relation is Relation.UNRELATED
    assert compared(keep(other), keep(archive)).relation is Relation.UNRELATED


def test_what_was_kept_earlier_is_behind_what_was_kept_later(archive: Path) -> None:
    before = keep(archive)
    add(archive, SIGNATURES[0])
    assert compared(keep(archive), before).relation is Relation.A_AHEAD
    assert compared(before, before).relation is Relation.SAME


# --- what strangers hand in -------------------------------------------------------------------------------------------


def test_a_path_that_is_no_archive_and_no_kept_checkpoint_is_told_with_a_cure(archive: Path) -> None:
    folder = archive.parent
    (folder / "empty").mkdir()
    (folder / "text").write_text("not at all\n")
    (folder / "large").write_bytes(b"x" * (1 << 21))
    os.mkfifo(folder / "pipe")
    for name in ("empty", "text", "large", "pipe", "nowhere", "/dev/zero"):
        for sides in (f"letters {name}", f"{name} letters"):
            answer = run(f"openletter compare {sides}", folder, folder)
            assert answer.startswith("error: ")
            assert "\nhint: " in answer
            assert answer.endswith("[status 2]\n")


def test_a_git_folder_that_leads_elsewhere_is_refused(archive: Path) -> None:
    hostile = clone(archive, "hostile")
    (hostile / ".git" / "objects" / "info" / "alternates").write_text(str(archive / ".git" / "objects"))
    with pytest.raises(StorageError, match="objects of another repository"):
        compared(archive, hostile)


def test_an_archive_that_is_named_before_the_command_has_no_place(archive: Path) -> None:
    answer = run("openletter --archive letters compare letters letters", archive.parent, archive.parent)
    assert answer.startswith("error: this compares the two that it is given; --archive has no place here\nhint: ")
    assert answer.endswith("[status 2]\n")


@pytest.mark.parametrize("kind", ["git", "plain"])
def test_folders_without_end_are_not_entered(archive: Path, kind: str) -> None:
    deep = clone(archive, "deep")
    place = deep / "archive" / "/".join(["x"] * 150)
    place.mkdir(parents=True)
    (place / "file").write_bytes(b"x")
    git(deep, "add", "--all")
    git(deep, "commit", "--quiet", "-m", "deep")
    if kind == "plain":
        shutil.rmtree(deep / ".git")
        with pytest.raises(TooLarge, match="one in another"):
            compare(Archive.open(deep), keep(archive))
    with pytest.raises(TooLarge, match="one in another"):
        compare(Archive.open(deep), Archive.open(archive))


def test_what_lies_deep_and_has_no_place_is_alike_in_git_and_without(archive: Path) -> None:
    place = archive / "archive" / "/".join(["x"] * 20)
    place.mkdir(parents=True)
    (place / "file").write_bytes(b"x")
    git(archive, "add", "--all")
    git(archive, "commit", "--quiet", "-m", "deep")
    shutil.copytree(archive, plain := archive.parent / "plain", ignore=shutil.ignore_patterns(".git"))
    assert compared(archive, plain).relation is Relation.SAME
    assert compared(keep(archive), plain).relation is Relation.SAME


def test_a_folder_without_the_mark_is_refused(archive: Path) -> None:
    other = archive.parent / "other"
    other.mkdir()
    (other / ".gitattributes").write_bytes(ATTRIBUTES + b"#\n")
    with pytest.raises(NotAnArchive):
        compared(archive, other)


def test_nothing_is_written_where_two_are_compared(archive: Path) -> None:
    mine = clone(archive, "mine")
    add(mine, SIGNATURES[0])
    (archive.parent / "kept.yaml").write_bytes(keep(archive).to_bytes())

    def state() -> list[tuple[str, int]]:
        return sorted((str(path), path.lstat().st_mtime_ns) for path in archive.parent.rglob("*"))

    run("true", archive.parent, archive.parent)  # it makes a home folder
    before = state()
    for sides in ("letters mine", "mine kept.yaml"):
        assert run(f"openletter compare {sides} --json > /dev/null", archive.parent, archive.parent) == ""
    assert state() == before


def test_a_strangers_name_of_a_file_is_shown_with_escapes(archive: Path) -> None:
    mine = clone(archive, "mine")
    name = "archive/2026/\u202eevil\x1b[2J"
    (mine / name).write_bytes(b"x")
    git(mine, "add", "--", name)
    git(mine, "commit", "--quiet", "-m", "an act")
    other = clone(mine, "other")
    (other / name).write_bytes(b"y")
    git(other, "commit", "--quiet", "-a", "-m", "an act")
    for sides in ("letters mine", "mine other"):
        answer = run(f"openletter compare {sides}", archive.parent, archive.parent)
        assert "\\u{202E}evil\\u{1B}[2J" in answer
        assert "\x1b" not in answer
        assert "\u202e" not in answer


def test_one_folder_in_a_thousand_places_is_told_in_few_lines(archive: Path) -> None:
    mine = clone(archive, "mine")
    files = {f"archive/2026/letter-{n}/{m:04}.yaml": b"x" for n in range(40) for m in range(1, 400)}
    add(mine, *files, files=files)
    answer = run("openletter compare letters mine", archive.parent, archive.parent)
    assert len(answer.splitlines()) < 600
    assert "      and 380 revisions more\n" in answer or "      and 379 revisions more\n" in answer
    document = json.loads(run("openletter compare letters mine --json", archive.parent, archive.parent))
    only = document["b"]["only"]
    assert (only["files"], only["left_out"]) == (len(files), len(files) - 10_000)
    assert sum(len(letter["revisions"]) for letter in only["letters"]) == 10_000


@pytest.mark.parametrize(
    ("sides", "status"),
    [("letters letters", 0), ("letters mine", 0), ("mine forged", 1), ("kept.yaml shallow", 2)],
)
def test_the_exit_status_is_that_of_the_table(archive: Path, sides: str, status: int) -> None:
    (archive.parent / "kept.yaml").write_bytes(keep(archive).to_bytes())
    mine, forged = clone(archive, "mine"), clone(archive, "forged")
    add(mine, SIGNATURES[0])
    add(forged, SIGNATURES[0], files={SIGNATURES[0]: b"another\n"})
    clone(mine, "shallow", "--depth=1")
    answer = run(f"openletter compare {sides} --json", archive.parent, archive.parent)
    assert json.loads(answer.partition("[status")[0])["status"] == status
    assert answer.endswith(f"[status {status}]\n" if status else "}\n")
