"""Recording in a git folder that a stranger laid: nothing is written elsewhere, and nothing of one's own is lost."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pygit2
import pytest

from builders import LETTER, a_desk, key_of
from openletter.errors import ForeignPath
from openletter.records.names import check_path
from test_attacks import BLOB, TREE, Forge, forged
from transcripts import furnish, run

SIGN = f"openletter --archive a sign {LETTER} --as cedar.example --key cedar.key --yes"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """An archive `a` that cedar can sign in, with keys beside it; its work tree is empty."""
    furnish(tmp_path)
    forged(tmp_path / "a", a_desk())
    return tmp_path / "a"


def head(archive: Path) -> str:
    return str(pygit2.Repository(str(archive)).head.target)


def test_without_a_trick_the_act_is_recorded(archive: Path) -> None:
    assert "Signed: cedar.example" in run(SIGN, archive.parent, archive.parent)


@pytest.mark.parametrize("before", ["its parent", "nothing"])
def test_a_note_that_a_stranger_left_writes_nothing_but_records(before: str, archive: Path) -> None:
    forge = Forge.__new__(Forge)
    forge.git = pygit2.Repository(str(archive))
    parent = forge.git.head.peel(pygit2.Commit)
    evil = forge.tree((BLOB, "evil.sh", forge.blob(b"evil\n")))
    info = forge.tree((TREE, "info", forge.tree((BLOB, "attributes", forge.blob(b"evil\n")))))
    old = [(b"%o" % entry.filemode, str(entry.name), entry.id.raw) for entry in parent.tree]
    root = forge.tree((TREE, "..", evil), (TREE, ".git", info), *old, (BLOB, "loose.txt", forge.blob(b"evil\n")))
    author = pygit2.Signature("Mallory", "mallory@thief.example", 0, 0)
    commit = forge.git.create_commit(None, author, author, "evil", pygit2.Oid(raw=root), [parent.id])
    forge.git.head.set_target(commit)
    older = parent.id if before == "its parent" else "0" * 40
    note = archive / ".git" / f"openletter-{commit}-{older}-0123456789abcdef"
    note.touch()
    run(SIGN, archive.parent, archive.parent)
    assert not note.exists()
    assert not (archive.parent / "evil.sh").exists()
    assert not (archive / ".git" / "info" / "attributes").exists()
    assert not (archive / "loose.txt").exists()


@pytest.mark.parametrize(
    "path", ["", "..", "../evil", ".git/config", "archive/2026/a/../../x", "archive/.git/x/0001.yaml"]
)
def test_no_path_but_that_of_a_record_or_a_signature_is_one(path: str) -> None:
    with pytest.raises(ForeignPath):
        check_path(path)


@pytest.mark.parametrize("path", ["keys/alder.example/0001.yaml", "archive/2026/a/0001.yaml"])
def test_the_path_of_a_record_is_one(path: str) -> None:
    check_path(path)


def link(target: str) -> Callable[[Path], object]:
    def make(place: Path) -> None:
        if place.is_dir():
            for file in sorted(place.rglob("*"), reverse=True):
                file.rmdir() if file.is_dir() else file.unlink()
            place.rmdir()
        place.unlink(missing_ok=True)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(target)

    return make


def pipe(place: Path) -> None:
    place.unlink(missing_ok=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(place)


@pytest.mark.parametrize(
    ("place", "make"),
    [
        ("index", link("../../outside/file")),
        ("logs", link("../../outside")),
        ("logs/HEAD", link("../../../outside/file")),
        ("logs/refs/heads", link("../../../../outside")),
        ("logs/refs/heads/main", link("../../../../../outside/file")),
        ("objects/zz", link("../../../outside")),
        ("index", pipe),
        ("logs/HEAD", pipe),
        ("logs/refs/heads/main", pipe),
    ],
    ids=lambda value: value if isinstance(value, str) else "a pipe" if value is pipe else "a link",
)
def test_what_leads_a_recording_elsewhere_is_refused_and_nothing_is_recorded(
    place: str, make: Callable[[Path], object], archive: Path
) -> None:
    outside = archive.parent / "outside"
    outside.mkdir()
    (outside / "file").write_bytes(b"mine\n")
    before = head(archive)
    make(archive / ".git" / place)
    answer = run(SIGN, archive.parent, archive.parent)
    assert "error: " in answer
    assert f".git/{place}: " in answer
    assert answer.endswith("[status 2]\n")
    assert [file.name for file in outside.iterdir()] == ["file"]
    assert (outside / "file").read_bytes() == b"mine\n"
    (archive / ".git" / place).unlink()
    assert head(archive) == before


def test_a_head_that_names_no_branch_is_refused(archive: Path) -> None:
    (archive / ".git" / "HEAD").write_text("ref: refs/worktree/x\n")
    for command in ("openletter --archive a list", SIGN):
        answer = run(command, archive.parent, archive.parent)
        assert "it names no branch" in answer
        assert answer.endswith("[status 2]\n")


# --- what is one's own ---


def test_init_removes_no_folder_of_ones_own(tmp_path: Path) -> None:
    mine = tmp_path / "a" / ".openletter-init" / "notes"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(b"mine\n")
    answer = run("openletter init a", tmp_path, tmp_path)
    assert ".openletter-init: this stands where a new repository is made aside" in answer
    assert answer.endswith("[status 2]\n")
    assert mine.read_bytes() == b"mine\n"
    assert not (tmp_path / "a" / ".git").exists()


@pytest.mark.parametrize(
    "begin", ["mkdir a", "git init -q a", "git init -q a && git -C a commit -q --allow-empty -m x"]
)
def test_init_refuses_where_attributes_of_ones_own_lie(begin: str, tmp_path: Path) -> None:
    run(f"{begin}; echo mine > a/.gitattributes", tmp_path, tmp_path)
    answer = run("openletter init a --yes", tmp_path, tmp_path)
    assert "there is a .gitattributes of its own here" in answer
    assert answer.endswith("[status 2]\n")
    assert (tmp_path / "a" / ".gitattributes").read_bytes() == b"mine\n"


def test_init_refuses_where_attributes_of_ones_own_are_staged(tmp_path: Path) -> None:
    run("git init -q a; cd a; echo mine > .gitattributes; git add -A; rm .gitattributes", tmp_path, tmp_path)
    assert "of its own here" in run("openletter init a --yes", tmp_path, tmp_path)
    assert run("git -C a show :.gitattributes", tmp_path, tmp_path) == "mine\n"


def test_what_is_staged_stays_staged(archive: Path) -> None:
    run("git rm -rq --cached . ; echo mine > archive; git add archive", archive.parent, archive)
    answer = run(SIGN, archive.parent, archive.parent)
    assert "Signed: cedar.example" in answer
    assert "the folder could not be given" in " ".join(answer.split())
    assert run("git show :archive", archive.parent, archive) == "mine\n"


def test_a_pipe_in_the_place_of_a_new_file_is_not_waited_for(archive: Path) -> None:
    folder = archive / "archive" / LETTER
    folder.mkdir(parents=True)
    os.mkfifo(folder / f"0002.cedar.example.{key_of('cedar.example').public.short}.sig")
    assert "Signed: cedar.example" in run(SIGN, archive.parent, archive.parent)
