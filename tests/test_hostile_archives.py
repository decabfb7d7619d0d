"""Hostile archives: each trick is a typed error that names the path, or has no effect (spec/archive.md, "Reading").

`read_by` runs the installed command under strace where that is there, and shows every path that it opened.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import socket
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import pygit2
import pytest
from pygit2.enums import ObjectType

from builders import ALDER, BIRCH, CEDAR, LETTER, a_desk, a_letter, key_of
from openletter import Archive, cli
from openletter.archive import ATTRIBUTES, guard, open_plain, snapshot
from openletter.errors import (
    AttributesChanged,
    ChainError,
    ForeignPath,
    MisplacedRecord,
    NotAnArchive,
    OpenletterError,
    StorageError,
    TooLarge,
)
from openletter.verify import Verdict
from test_attacks import BLOB, TREE, Forge, forged, store
from tools import need
from transcripts import environment, furnish, run

YEAR, SLUG = LETTER.split("/")
FOLDER = f"archive/{LETTER}"
MIB = 1 << 20


def top(forge: Forge, *entries: tuple[bytes, str, bytes], mark: bytes = ATTRIBUTES) -> None:
    """A commit whose root has the mark and these entries, in git's order."""
    everything = ((BLOB, ".gitattributes", forge.blob(mark)), *entries)
    forge.commit(forge.tree(*sorted(everything, key=lambda e: (e[1] + "/" * (e[0] == TREE)).encode())))


def in_letter(forge: Forge, *more: tuple[bytes, str, bytes]) -> bytes:
    """The tree of the honest letter with more entries; one of the same name takes the place of the honest one."""
    names = {name for _, name, _ in more}
    honest = [(BLOB, name, forge.blob(data)) for name, data in a_desk().files.items() if name not in names]
    return forge.tree(*sorted([*honest, *more], key=lambda e: (e[1] + "/" * (e[0] == TREE)).encode()))


def refused(command: str, folder: Path) -> str:
    """The error that a command ends with, and its status; the command is the installed one."""
    answer = run(f"openletter --archive a {command}", folder, folder)
    assert "fault of its own" not in answer
    return answer


# --- entries in the place of a record: one fault each, at its path, and the honest rest is still judged ---

ENTRIES: dict[str, tuple[bytes, str, bytes, type[OpenletterError]]] = {
    "symbolic link": (b"120000", "0003.yaml", b"/etc/passwd", ForeignPath),
    "submodule": (b"160000", "0003.yaml", b"any", ForeignPath),
    "executable": (b"100755", "0003.yaml", b"x", ForeignPath),
    "rubbish mode": (b"777", "0003.yaml", b"x", ForeignPath),
    "up": (BLOB, "..", b"x", ForeignPath),
    "here": (BLOB, ".", b"x", ForeignPath),
    "git": (BLOB, ".git", b"x", ForeignPath),
    "slash": (BLOB, "../../0001.yaml", b"x", ForeignPath),
    "absolute": (BLOB, "/etc/passwd", b"x", ForeignPath),
    "backslash": (BLOB, "..\\0001.yaml", b"x", ForeignPath),
    "empty": (BLOB, "", b"x", ForeignPath),
    "case": (BLOB, "0001.YAML", b"x", ForeignPath),
    "attributes": (BLOB, ".gitattributes", b"* -text\n", ForeignPath),
    "stream": (BLOB, "0001.yaml::$DATA", b"x", ForeignPath),
    "control": (BLOB, "0001.yaml\x1b[2J", b"x", ForeignPath),
    "large signature": (BLOB, f"0002.{ALDER}.0123456789abcdef.sig", b"x" * 4097, TooLarge),
    "large record": (BLOB, "0003.yaml", b"x" * (MIB + 1), TooLarge),
}


@pytest.mark.parametrize("what", ENTRIES)
def test_an_entry_that_is_no_record_is_one_fault_at_its_path(what: str, tmp_path: Path) -> None:
    mode, name, data, error = ENTRIES[what]
    forge = Forge(tmp_path / "a")
    letter = in_letter(forge, (mode, name, forge.blob(data)))
    forged(tmp_path / "a", a_desk(), letter=letter, forge=forge)
    report = Archive.open(tmp_path / "a").verify(LETTER)
    faults = [fault for fault in report.letters[0].faults if "order" not in fault.message]
    assert [(fault.error, fault.path) for fault in faults] == [(error.__name__, f"{FOLDER}/{name}")]
    assert report.letters[0].newest == 2


def test_what_has_no_place_is_told_on_the_terminal_with_its_path_and_status(tmp_path: Path) -> None:
    forge = Forge(tmp_path / "a")
    letter = in_letter(forge, (b"120000", "0003.yaml", forge.blob(b"/etc/passwd")))
    forged(tmp_path / "a", a_desk(), letter=letter, forge=forge)
    answer = refused(f"verify {LETTER}", tmp_path)
    assert f"  {FOLDER}/0003.yaml\n" in answer
    assert "(ForeignPath)" in answer
    assert answer.endswith("[status 1]\n")


def test_a_folder_in_the_place_of_a_record_is_not_entered(tmp_path: Path) -> None:
    forge = Forge(tmp_path / "a")
    letter = in_letter(forge, (TREE, "0003.yaml", bytes(20)))  # its object isn't there, so entering would fail
    forged(tmp_path / "a", a_desk(), letter=letter, forge=forge)
    faults = Archive.open(tmp_path / "a").verify(LETTER).letters[0].faults
    assert [(fault.error, fault.path) for fault in faults] == [("ForeignPath", f"{FOLDER}/0003.yaml")]


@pytest.mark.parametrize("path", ["archive/.gitattributes", "archive/2026/.gitattributes", "keys/.gitattributes"])
def test_attributes_inside_the_folders_are_foreign(path: str, tmp_path: Path) -> None:
    folder = store(a_desk(), tmp_path / "a")
    (folder / path).write_bytes(b"* export-ignore\n")
    faults = Archive.open(folder).verify().faults
    assert [(fault.error, fault.path) for fault in faults] == [("ForeignPath", path)]


def test_attributes_in_another_folder_are_no_part_of_the_archive(tmp_path: Path) -> None:
    folder = store(a_desk(), tmp_path / "a")
    (folder / "docs").mkdir()
    (folder / "docs" / ".gitattributes").write_bytes(b"* export-ignore\n")
    assert not Archive.open(folder).verify().false


# --- records that are false where they stand ---


def spoiled(spoil: Callable[[dict[str, bytes]], None], folder: Path) -> list[tuple[str, str]]:
    desk = a_desk()
    spoil(desk.files)
    forged(folder / "a", desk)
    return [(f.error, f.path) for f in Archive.open(folder / "a").verify(LETTER).letters[0].faults]


def test_a_record_under_a_wrong_path_is_misplaced(tmp_path: Path) -> None:
    other = a_letter(letter="2026/another", revision=3).to_bytes()
    found = spoiled(lambda files: files.update({"0003.yaml": other}), tmp_path)
    assert found == [(MisplacedRecord.__name__, f"{FOLDER}/0003.yaml")]
    assert refused(f"show {LETTER}", tmp_path).startswith(f"error: {FOLDER}/0003.yaml: this is revision 3 of")


def test_an_old_revision_that_was_edited_breaks_the_chain_and_its_signatures(tmp_path: Path) -> None:
    def edit(files: dict[str, bytes]) -> None:
        files["0001.yaml"] = files["0001.yaml"].replace(b"to everybody", b"to nobody")

    found = spoiled(edit, tmp_path)
    assert (ChainError.__name__, f"{FOLDER}/0002.yaml") in found
    assert sorted(error for error, _ in found) == ["ChainError", "SignatureMismatch", "SignatureMismatch"]


def test_a_gap_in_the_numbers_breaks_the_chain(tmp_path: Path) -> None:
    def gap(files: dict[str, bytes]) -> None:
        files["0004.yaml"] = a_letter(revision=4).to_bytes()

    assert spoiled(gap, tmp_path) == [(ChainError.__name__, f"{FOLDER}/0004.yaml")]


def test_one_key_in_two_organizations_counts_for_neither(tmp_path: Path) -> None:
    desk = a_desk()
    desk.enrol("thief.example", key_of(BIRCH))
    forged(tmp_path / "a", desk)
    verdicts = {
        v.organization: str(v.verdict)
        for v in Archive.open(tmp_path / "a").verify(f"{LETTER}@1").letters[0].organizations
    }
    assert (verdicts[ALDER], verdicts[BIRCH]) == ("signed", "unproven")


# --- the top of the tree ---

TWINS = [
    "Archive", "ARCHIVE", "archive.", "archive ", "archive::$INDEX_ALLOCATION", "arch\u200cive", "archive\\2026",
    "archive/2026", "Keys", "key\u017f", "\u212aeys", ".GITATTRIBUTES", ".gitattributes.", ".gitattributes:x",
    "GITATT~1", "gi7eba~1", ".gitattri\ufeffbutes",
]  # fmt: skip


@pytest.mark.parametrize("name", TWINS)
def test_a_name_that_some_file_system_takes_for_the_archive_is_foreign(name: str, tmp_path: Path) -> None:
    forge = Forge(tmp_path / "a")
    top(forge, (TREE, name, forge.tree()))
    with pytest.raises(ForeignPath, match="some file systems") as caught:
        Archive.open(tmp_path / "a")
    assert caught.value.path == name


def test_other_names_at_the_top_are_nobodys_business(tmp_path: Path) -> None:
    forge = Forge(tmp_path / "a")
    names = ["..", ".git", "archives", "a", "key", "README.md", "\u0130", "gitattributes"]
    top(forge, *((BLOB, name, forge.blob(b"x")) for name in names))
    assert Archive.open(tmp_path / "a").letters() == ()


@pytest.mark.parametrize("mode", [b"120000", b"160000", b"100755"])
@pytest.mark.parametrize("name", ["archive", "keys"])
def test_no_link_and_no_submodule_stands_for_a_folder(name: str, mode: bytes, tmp_path: Path) -> None:
    forge = Forge(tmp_path / "a")
    top(forge, (mode, name, forge.blob(b"/etc")))
    with pytest.raises(ForeignPath, match="where a folder is due") as caught:
        Archive.open(tmp_path / "a")
    assert caught.value.path == name


@pytest.mark.parametrize("mark", [b"* text=auto\n", ATTRIBUTES + b"/archive/2025/** export-ignore\n", ATTRIBUTES[:-1]])
def test_changed_attributes_are_refused_by_name(mark: bytes, tmp_path: Path) -> None:
    forge = Forge(tmp_path / "a")
    top(forge, (TREE, "archive", forge.tree()), mark=mark)
    with pytest.raises(AttributesChanged) as caught:
        Archive.open(tmp_path / "a")
    assert caught.value.path == ".gitattributes"
    assert refused("list", tmp_path).startswith("error: .gitattributes: ")
    assert refused("list", tmp_path).endswith("[status 1]\n")


@pytest.mark.parametrize("data", [b"rubbish", b"40000 x", b"40000 x\0short", b"100644 \0", b" \0" + bytes(19)])
def test_bytes_that_are_no_tree_are_a_fault_of_that_folder_alone(data: bytes, tmp_path: Path) -> None:
    forge = Forge(tmp_path / "a")
    rubbish = forge.git.odb.write(ObjectType.TREE, data).raw
    honest = forge.folder(a_desk().files)
    slugs = forge.tree((TREE, SLUG, honest), (TREE, "zebra", rubbish))
    keys = forge.tree(
        *((TREE, org, forge.folder(files)) for org, files in sorted(a_desk().keys.items())),
        (TREE, "zoo.example", rubbish),
    )
    top(forge, (TREE, "archive", forge.tree((TREE, "2026", slugs))), (TREE, "keys", keys))
    archive = Archive.open(tmp_path / "a")
    assert not archive.verify(LETTER).false
    fault = archive.verify("2026/zebra").letters[0].faults[0]
    assert (fault.error, fault.path) == ("ForeignPath", "archive/2026/zebra")
    assert "not those of a git tree" in fault.message


# --- the git folder: what leads elsewhere or never ends is refused by name, before git's library opens it ---


def git_folder(folder: Path) -> Path:
    forged(folder / "a", a_desk())
    return folder / "a" / ".git"


def configure(git: Path, text: str) -> None:
    with (git / "config").open("a") as file:
        file.write(text)


def _alternates(git: Path, outside: Path) -> str:
    (git / "objects" / "info").mkdir(exist_ok=True)
    (git / "objects" / "info" / "alternates").write_text(f"{outside}/objects\n")
    return "objects/info/alternates"


def _grafts(git: Path, _: Path) -> str:
    (git / "info").mkdir(exist_ok=True)
    (git / "info" / "grafts").write_text("")
    return "info/grafts"


def _commondir(git: Path, outside: Path) -> str:
    (git / "commondir").write_text(f"{outside}\n")
    return "commondir"


def _gitdir(git: Path, outside: Path) -> str:
    (git / "gitdir").write_text(f"{outside}\n")
    return "gitdir"


def _include(git: Path, outside: Path) -> str:
    configure(git, f"[ Include]\n\tpath = {outside}/config\n")
    return "config"


def _include_if(git: Path, outside: Path) -> str:
    configure(git, f'[core]bare=false\n[includeIf "gitdir:/"] path = {outside}/config\n')
    return "config"


def _worktree_config(git: Path, outside: Path) -> str:
    configure(git, "[extensions]\n\tworktreeConfig = true\n")
    (git / "config.worktree").write_text(f"[include]\n\tpath = {outside}/config\n")
    return "config.worktree"


def _worktree(git: Path, outside: Path) -> str:
    configure(git, f"[core]\n\tworktree = {outside}\n")
    return "config"


def _loop(git: Path, _: Path) -> str:
    (git / "HEAD").write_text("ref: refs/heads/a\n")
    (git / "refs/heads/a").write_text("ref: refs/heads/b\n")
    (git / "refs/heads/b").write_text("ref: refs/heads/a\n")
    return "HEAD"


def _head(text: str) -> Callable[[Path, Path], str]:
    def lay(git: Path, _: Path) -> str:
        (git / "HEAD").write_text(text)
        return "HEAD"

    return lay


def _branch(text: str) -> Callable[[Path, Path], str]:
    def lay(git: Path, _: Path) -> str:
        (git / "refs/heads/main").write_text(text)
        return "refs/heads/main"

    return lay


def _sparse(name: str) -> Callable[[Path, Path], str]:
    def lay(git: Path, _: Path) -> str:
        os.truncate(os.open(git / name, os.O_CREAT | os.O_WRONLY), 1 << 36)
        return name

    return lay


def _pack(git: Path, outside: Path) -> str:
    (git / "objects/pack" / f"pack-{'0' * 40}.idx").symlink_to(outside / "idx")
    return f"objects/pack/pack-{'0' * 40}.idx"


ELSEWHERE: dict[str, Callable[[Path, Path], str]] = {
    "alternates": _alternates,
    "grafts": _grafts,
    "commondir": _commondir,
    "gitdir": _gitdir,
    "include": _include,
    "includeIf": _include_if,
    "include in the work tree's configuration": _worktree_config,
    "core.worktree": _worktree,
    "branches in a circle": _loop,
    "HEAD beside refs": _head("ref: ../../outside/HEAD\n"),
    "HEAD through dots": _head("ref: refs/heads/../../../../outside/HEAD\n"),
    "HEAD absolute": _head("ref: /etc/passwd\n"),
    "branch beside refs": _branch("ref: HEAD\n"),
    "HEAD without end": _sparse("HEAD"),
    "configuration without end": _sparse("config"),
    "packed refs without end": _sparse("packed-refs"),
    "shallow without end": _sparse("shallow"),
    "branch without end": _sparse("refs/heads/main"),
    "a pack that is a link": _pack,
}


@pytest.mark.parametrize("what", ELSEWHERE)
def test_what_leads_out_of_the_git_folder_is_refused_by_name(what: str, tmp_path: Path) -> None:
    git = git_folder(tmp_path)
    outside = tmp_path / "outside"
    outside.mkdir()
    os.mkfifo(outside / "config")  # whoever opened it would wait for ever
    name = ELSEWHERE[what](git, outside)
    with pytest.raises(StorageError) as caught:
        Archive.open(tmp_path / "a")
    assert caught.value.path == str(git / name)


@pytest.mark.parametrize("kind", ["link", "pipe"])
@pytest.mark.parametrize(
    "name", ["HEAD", "config", "config.worktree", "packed-refs", "shallow", "refs", "refs/heads", "refs/heads/main",
             "objects", "objects/pack", "info", "objects/LOOSE"],
)  # fmt: skip
def test_a_link_or_a_pipe_in_the_git_folder_is_refused_by_name(name: str, kind: str, tmp_path: Path) -> None:
    git = git_folder(tmp_path)
    if name == "objects/LOOSE":
        oid = str(pygit2.Repository(str(git)).head.target)
        name = f"objects/{oid[:2]}/{oid[2:]}"
    place, kept = git / name, tmp_path / "kept"
    if place.exists():
        place.rename(kept)
    place.symlink_to(kept) if kind == "link" else os.mkfifo(place)
    with pytest.raises(StorageError, match="symbolic link" if kind == "link" else "special file") as caught:
        Archive.open(tmp_path / "a").verify()
    assert caught.value.path == str(place)


def test_a_refused_git_folder_is_an_error_with_its_path_a_cure_and_status_2(tmp_path: Path) -> None:
    name = _alternates(git_folder(tmp_path), tmp_path / "outside")
    answer = refused("verify", tmp_path)
    assert answer.startswith(f"error: $TMP/a/.git/{name}: it makes git read objects of another repository")
    assert "\nhint: copy them into this one, with: git repack -a -d" in answer
    assert answer.endswith("[status 2]\n")


@pytest.mark.parametrize(
    "text",
    [
        "[core]\n\trepositoryformatversion = 1\n[extensions]\n\tanything = 1\n",
        "[core]\n\trepositoryformatversion = 1\n[extensions]\n\tobjectFormat = sha256\n",
        "[core]\n\trepositoryformatversion = 99\n",
        "rubbish [[[",
    ],
    ids=["extension", "object format", "version", "rubbish"],
)
def test_a_configuration_that_is_not_understood_is_no_archive_and_no_other_is_looked_for(
    text: str, tmp_path: Path
) -> None:
    (git_folder(tmp_path) / "config").write_text(text)
    with pytest.raises(NotAnArchive, match="no git repository here that can be read") as caught:
        Archive.find(tmp_path / "a")
    assert caught.value.path == str(tmp_path / "a")


@pytest.mark.parametrize("name", ["HEAD", "refs/heads/main"])
def test_rubbish_in_the_place_of_a_commit_id_is_a_clear_error(name: str, tmp_path: Path) -> None:
    (git_folder(tmp_path) / name).write_text("rubbish\n")
    with pytest.raises(StorageError, match="corrupted loose reference") as caught:
        Archive.open(tmp_path / "a")
    assert caught.value.path == str(tmp_path / "a")
    assert name in caught.value.message


@pytest.mark.parametrize("upward", [False, True])
def test_a_broken_repository_does_not_let_the_one_above_it_be_read(upward: bool, tmp_path: Path) -> None:
    git_folder(tmp_path)
    inner = tmp_path / "a" / "docs"
    (inner / ".git").mkdir(parents=True)
    with pytest.raises(NotAnArchive) as caught:
        Archive.find(inner) if upward else Archive.open(inner)
    assert caught.value.path == str(inner)


def test_a_git_file_that_names_another_repository_is_refused(tmp_path: Path) -> None:
    private = git_folder(tmp_path)
    trap = tmp_path / "trap"
    trap.mkdir()
    (trap / ".git").write_text(f"gitdir: {private}\n")
    with pytest.raises(StorageError, match="doesn't name it in return") as caught:
        Archive.open(trap)
    assert caught.value.path == str(trap / ".git")


def test_a_git_file_whose_folder_shares_another_repository_is_refused(tmp_path: Path) -> None:
    private = git_folder(tmp_path)
    linked = tmp_path / "trap" / "x" / "worktrees" / "y"
    linked.mkdir(parents=True)
    (tmp_path / "trap" / ".git").write_text("gitdir: x/worktrees/y\n")
    (linked / "gitdir").write_text(f"{tmp_path / 'trap' / '.git'}\n")
    (linked / "HEAD").write_text("ref: refs/heads/main\n")
    (linked / "commondir").write_text(f"{private}\n")
    with pytest.raises(StorageError, match="doesn't name it in return") as caught:
        Archive.open(tmp_path / "trap")
    assert caught.value.path == str(tmp_path / "trap" / ".git")


def test_a_work_tree_that_git_added_is_an_archive(tmp_path: Path) -> None:
    git_folder(tmp_path)
    run("git -C a worktree add -q --detach ../b && git -C a worktree add -q -b other ../c", tmp_path, tmp_path)
    for name in ("b", "c"):
        assert not Archive.open(tmp_path / name).verify(LETTER).false


def test_a_shallow_and_a_bare_clone_are_archives(tmp_path: Path) -> None:
    git_folder(tmp_path)
    run("git clone -q --depth 1 file://$PWD/a b && git clone -q --bare a c && git -C c gc -q", tmp_path, tmp_path)
    for name in ("b", "c", "a/.git"):
        assert not Archive.open(tmp_path / name).verify(LETTER).false


# --- the git folder: what has no effect ---

HOSTILE = """
[core]
    fsmonitor = {program}
    hooksPath = {outside}/hooks
    sshCommand = {program}
    editor = {program}
    pager = {program}
    attributesFile = {outside}/trap
    excludesFile = {outside}/trap
    gitProxy = {program}
    askPass = {program}
[filter "x"]
    clean = {program}
    smudge = {program}
    process = {program}
    required = true
[diff "x"]
    command = {program}
    textconv = {program}
[merge "x"]
    driver = {program}
[gpg]
    program = {program}
[gpg "ssh"]
    program = {program}
[commit]
    gpgSign = true
    template = {outside}/trap
[user]
    signingKey = {outside}/trap
[credential]
    helper = !{program}
[url "ext::{program} "]
    insteadOf = https:
[remote "origin"]
    url = ext::{program}
    vcs = x
    promisor = true
    partialclonefilter = blob:none
[uploadpack]
    packObjectsHook = {program}
[safe]
    directory = *
[init]
    templateDir = {outside}
"""


def hostile(folder: Path) -> None:
    """An archive whose configuration, hooks, index and attributes are traps: programs that tell, pipes that wait."""
    git = git_folder(folder)
    outside = folder / "outside"
    (outside / "hooks").mkdir(parents=True)
    program = outside / "program"
    program.write_text(f"#!/bin/sh\ntouch {folder}/ran\n")
    program.chmod(0o755)
    (git / "hooks").mkdir(exist_ok=True)
    for name in ("pre-commit", "post-checkout", "post-index-change", "reference-transaction", "post-commit"):
        shutil.copy(program, git / "hooks" / name)
        shutil.copy(program, outside / "hooks" / name)
    os.mkfifo(outside / "trap")
    configure(git, HOSTILE.format(program=program, outside=outside))
    (git / "index").write_bytes(b"rubbish")
    (git / "info").mkdir(exist_ok=True)
    (git / "info" / "attributes").write_text("* filter=x diff=x merge=x export-ignore\n")
    (git / "info" / "exclude").unlink(missing_ok=True)
    os.mkfifo(git / "info" / "exclude")
    (git / "packed-refs").write_text("rubbish\n" * 10)


READING = ("verify", f"log {LETTER}", f"diff {LETTER}")


def test_hostile_configuration_changes_no_answer_and_nothing_is_run(tmp_path: Path) -> None:
    (tmp_path / "honest").mkdir()
    git_folder(tmp_path / "honest")
    hostile(tmp_path)
    for command in READING:
        assert refused(command, tmp_path) == refused(command, tmp_path / "honest")
    assert not (tmp_path / "ran").exists()


def opened_by(command: str, folder: Path) -> tuple[set[str], list[str]]:
    """The paths that a command opened, and the programs that it ran, as the kernel saw it."""
    trace = folder / "trace"
    done = subprocess.run(
        [need("strace"), "-f", "-y", "-qq", "-e", "trace=open,openat,openat2,creat,execve,execveat", "-o", str(trace),
         str(Path(sys.executable).with_name("openletter")), *command.split()],
        cwd=folder, env=environment(folder), stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=120,
    )  # fmt: skip
    text = trace.read_text(errors="replace")
    assert done.stdout, done.stderr
    return set(re.findall(r"^\d+ +(?:open|creat).* = \d+<([^>]*)>$", text, re.MULTILINE)), re.findall(
        r"^\d+ +execve.* = 0$", text, re.MULTILINE
    )


def test_nothing_outside_of_the_repository_is_opened_and_no_program_run(tmp_path: Path) -> None:
    hostile(tmp_path)
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / ".gitconfig").write_text("[user]\n\tname = Reader\n")
    opened, ran = opened_by(f"--archive a verify {LETTER}", tmp_path)
    home = tmp_path / "home"
    mine = {str(tmp_path / "a"), str(home / ".gitconfig"), str(home / ".local" / "state" / "openletter")}
    system = ("/usr/", "/lib", "/etc/ld.so.", "/etc/locale", "/etc/gitconfig", "/etc/ssl/", "/proc/", "/dev/", "/sys/")
    python = {
        sys.prefix,
        sys.base_prefix,
        str(Path(__file__).parents[1]),
        str(Path(sys.executable).resolve().parents[1]),
    }
    strange = {
        path
        for path in opened
        if not any(Path(path).is_relative_to(place) for place in mine | python) and not path.startswith(system)
    }
    assert strange == set()
    assert len(ran) == 1
    assert str(tmp_path / "a/.git/HEAD") in opened
    assert str(tmp_path / "home/.gitconfig") in opened


def test_recording_runs_nothing_that_a_hostile_configuration_names(tmp_path: Path) -> None:
    furnish(tmp_path)
    hostile(tmp_path)
    (tmp_path / "a/.git/index").unlink()
    (tmp_path / "a/.git/packed-refs").unlink()
    answer = refused(f"sign {LETTER} --as {CEDAR} --key cedar.key --yes", tmp_path)
    assert "[status" not in answer, answer
    assert not (tmp_path / "ran").exists()
    assert CEDAR in {v.organization for v in Archive.open(tmp_path / "a").verify(LETTER).letters[0].organizations}


def test_replace_refs_have_no_effect(tmp_path: Path) -> None:
    git = git_folder(tmp_path)
    repository = pygit2.Repository(str(git))
    blob = repository.head.peel(pygit2.Tree)[f"{FOLDER}/0002.yaml"]
    other = repository.create_blob(b"another text\n")
    repository.references.create(f"refs/replace/{blob.id}", other)
    assert run(f"git show HEAD:{FOLDER}/0002.yaml", tmp_path, tmp_path / "a") == "another text\n"
    assert not Archive.open(tmp_path / "a").verify(LETTER).false
    assert Archive.open(tmp_path / "a").revision(LETTER).letter.revision == 2


def test_an_object_that_is_not_what_its_id_says_is_told(tmp_path: Path) -> None:
    git = git_folder(tmp_path)
    repository = pygit2.Repository(str(git))
    oid = str(repository.head.peel(pygit2.Tree)[f"{FOLDER}/0002.yaml"].id)
    data = a_desk().files["0002.yaml"].replace(b"all the", b"any old")
    place = git / "objects" / oid[:2] / oid[2:]
    place.chmod(0o644)
    place.write_bytes(zlib.compress(b"blob %d\0" % len(data) + data))
    with pytest.raises(StorageError, match="hash mismatch") as caught:
        Archive.open(tmp_path / "a").verify(LETTER)
    assert caught.value.path == f"{FOLDER}/0002.yaml"


# --- kinds and sizes: looked at before bytes are read ---

MOST = 300 * MIB
"""Bytes of memory that no hostile archive takes; a hundred of them are Python, the libraries and the tables."""

WATCHED = """
import re, sys
from openletter.cli import main
try:
    main()
finally:
    with open("/proc/self/status") as status, open(sys.argv[0] + ".peak", "w") as file:
        file.write(re.search(r"VmHWM:\\s+([0-9]+) kB", status.read())[1])
"""


def watched(command: str, folder: Path) -> tuple[str, int]:
    """The answer to a command, with its exit status, and the most memory that it took, in bytes."""
    if not Path("/proc/self/status").exists():
        pytest.skip("the kernel doesn't say here how much memory a process took")
    (folder / "watched").write_text(WATCHED)
    answer = run(f"python {folder}/watched --archive a {command}", folder, folder)
    assert "fault of its own" not in answer
    return answer, int((folder / "watched.peak").read_text()) * 1024


def test_a_blob_of_100_mib_is_not_read(tmp_path: Path) -> None:
    forge = Forge(tmp_path / "a")
    huge = forge.blob(bytes(100 * MIB))
    letter = in_letter(forge, (BLOB, "0003.yaml", huge), (BLOB, f"0002.{CEDAR}.0123456789abcdef.sig", huge))
    forged(tmp_path / "a", a_desk(), letter=letter, forge=forge)
    answer, peak = watched(f"verify {LETTER}", tmp_path)
    assert answer.count("104857600 bytes, and at most") == 2
    assert f"  {FOLDER}/0003.yaml\n" in answer
    assert answer.endswith("[status 1]\n")
    assert peak < 100 * MIB


def test_a_mark_of_100_mib_is_not_read(tmp_path: Path) -> None:
    forge = Forge(tmp_path / "a")
    top(forge, (TREE, "archive", forge.tree()), mark=ATTRIBUTES + bytes(100 * MIB))
    answer, peak = watched("list", tmp_path)
    assert answer.startswith("error: .gitattributes: ")
    assert answer.endswith("[status 1]\n")
    assert peak < 100 * MIB


@pytest.mark.parametrize("kind", [ObjectType.COMMIT, ObjectType.TAG, ObjectType.TREE, ObjectType.BLOB])
def test_an_object_of_100_mib_in_the_place_of_the_commit_is_not_read(kind: ObjectType, tmp_path: Path) -> None:
    git = git_folder(tmp_path)
    repository = pygit2.Repository(str(git))
    raw = repository.head.peel(pygit2.Commit).read_raw() + bytes(100 * MIB)
    (git / "refs/heads/main").write_text(f"{repository.odb.write(kind, raw)}\n")
    answer, peak = watched("list", tmp_path)
    assert answer.startswith("error: refs/heads/main: ")
    assert ("a commit of " if kind == ObjectType.COMMIT else "something else than a commit") in answer
    assert answer.endswith("[status 1]\n")
    assert peak < 100 * MIB


def test_a_small_file_that_says_it_is_small_and_unpacks_to_much_is_not_unpacked(tmp_path: Path) -> None:
    git = git_folder(tmp_path)
    oid = str(pygit2.Repository(str(git)).head.peel(pygit2.Tree)[f"{FOLDER}/0002.yaml"].id)
    place = git / "objects" / oid[:2] / oid[2:]
    place.chmod(0o644)
    place.write_bytes(zlib.compress(b"blob 10\0" + bytes(200 * MIB), 1))
    answer, peak = watched(f"verify {LETTER}", tmp_path)
    assert answer.startswith(f"error: $TMP/a/.git/objects/{oid[:2]}/{oid[2:]}: ")
    assert answer.endswith("[status 2]\n")
    assert peak < 100 * MIB


def delta(before: int, after: int, steps: bytes) -> bytes:
    """A difference as packs hold it: the two sizes, and the steps that make the one of the other."""
    return number(before) + number(after) + steps


def number(value: int) -> bytes:
    """Seven bits a byte, the low ones first."""
    more = bytes([value & 127 | 128]) if value > 127 else b""
    return more + number(value >> 7) if more else bytes([value])


def packed(kind: int, data: bytes, base: bytes = b"") -> bytes:
    """An entry of a pack: kind and size, what it is based on, and its deflated bytes."""
    size = len(data)
    head = bytes([kind << 4 | size & 15 | (128 if size > 15 else 0)])
    return head + (number(size >> 4) if size > 15 else b"") + base + zlib.compress(data)


def write_pack(git: Path, entries: dict[bytes, bytes]) -> int:
    """Write a pack of entries by id, and its index; how many bytes it has."""
    data, places = b"PACK" + (2).to_bytes(4) + len(entries).to_bytes(4), {}
    for oid, entry in entries.items():
        places[oid] = len(data)
        data += entry
    data += hashlib.sha1(data, usedforsecurity=False).digest()
    ids = sorted(places)
    index = b"\xfftOc" + (2).to_bytes(4)
    index += b"".join(sum(oid[0] <= first for oid in ids).to_bytes(4) for first in range(256))
    index += b"".join(ids) + bytes(4 * len(ids)) + b"".join(places[oid].to_bytes(4) for oid in ids) + data[-20:]
    folder = git / "objects" / "pack"
    folder.mkdir(exist_ok=True)
    (folder / f"pack-{data[-20:].hex()}.pack").write_bytes(data)
    (folder / f"pack-{data[-20:].hex()}.idx").write_bytes(index + hashlib.sha1(index, usedforsecurity=False).digest())
    return len(data)


@pytest.mark.parametrize("much", [16 * MIB, 2040 * MIB], ids=["honest", "a bomb"])
def test_a_pack_that_makes_gigabytes_of_a_few_bytes_ends_in_a_clear_error(much: int, tmp_path: Path) -> None:
    desk = a_desk()
    forge = forged(tmp_path / "a", desk)
    git = tmp_path / "a" / ".git"
    text = desk.files["0002.yaml"]
    oid = forge.blob(text)
    (git / "objects" / oid.hex()[:2] / oid.hex()[2:]).unlink()
    part = 8 * MIB
    copy = b"\xf0\x00\x00\x80"  # from 0, 0x800000 bytes
    parts = [text[at : at + 100] for at in range(0, len(text), 100)]
    written = write_pack(
        git,
        {
            b"\1" * 20: packed(3, bytes(part)),
            b"\2" * 20: packed(7, delta(part, much, copy * (much // part)), b"\1" * 20),
            oid: packed(7, delta(much, len(text), b"".join(bytes([len(p)]) + p for p in parts)), b"\2" * 20),
        },
    )
    assert written < 32768
    answer, peak = watched(f"verify {LETTER}", tmp_path)
    if much > MOST:
        assert answer.startswith(f"error: {FOLDER}/0002.yaml: git makes more of this than the memory holds\nhint: ")
        assert answer.endswith("[status 2]\n")
    else:
        assert "[status" not in answer, answer
    assert peak < MOST


def many(forge: Forge, count: int, mode: bytes = BLOB, oid: bytes | None = None, name: str = "n%07d") -> bytes:
    """A tree of so many entries that share one object."""
    oid = oid or forge.blob(b"x")
    data = b"".join(mode + b" " + (name % number).encode() + b"\0" + oid for number in range(count))
    return forge.git.odb.write(ObjectType.TREE, data).raw


PLACES = {
    "the root": ("", "list"),
    "archive": ("archive", "verify"),
    "a year": ("archive/2026", "verify"),
    "a letter": (FOLDER, f"verify {LETTER}"),
    "keys": ("keys", "keys list"),
    "an organization": (f"keys/{ALDER}", f"keys show {ALDER}"),
}


@pytest.mark.parametrize("where", PLACES)
def test_a_million_entries_in_one_folder_are_not_read(where: str, tmp_path: Path) -> None:
    path, command = PLACES[where]
    forge = Forge(tmp_path / "a")
    million = many(forge, 1_000_000)
    if not path:
        forge.commit(million)
    else:
        *outer, last = path.split("/")
        tree = (TREE, last, million)
        for name in reversed(outer):
            tree = (TREE, name, forge.tree(tree))
        top(forge, tree)
    answer, peak = watched(command, tmp_path)
    assert "36000000 bytes" in answer
    assert path in answer
    assert answer.endswith("[status 1]\n")
    assert peak < 100 * MIB


def test_a_folder_with_one_entry_too_many_is_too_large(tmp_path: Path) -> None:
    forge = Forge(tmp_path / "a")
    top(forge, (TREE, "archive", many(forge, 100_001)))
    with pytest.raises(TooLarge, match="more than 100000 entries") as caught:
        Archive.open(tmp_path / "a").verify()
    assert caught.value.path == "archive"


def test_of_many_strangers_the_first_are_told_and_the_others_counted(tmp_path: Path) -> None:
    forge = Forge(tmp_path / "a")
    top(forge, (TREE, "archive", forge.tree((TREE, "2026", many(forge, 100_000)))))
    answer, peak = watched("verify", tmp_path)
    assert answer.count("has no place here") == 100
    assert "  archive/2026\n      and 99900 more faults like these (ForeignPath)\n" in answer
    assert answer.endswith("[status 1]\n")
    assert peak < MOST


def test_of_many_strangers_in_a_letter_the_first_are_told_and_the_others_counted(tmp_path: Path) -> None:
    forge = Forge(tmp_path / "a")
    top(forge, (TREE, "archive", forge.tree((TREE, "2026", forge.tree((TREE, SLUG, many(forge, 50_000)))))))
    faults = Archive.open(tmp_path / "a").verify(LETTER).letters[0].faults
    assert len(faults) == 100 + 1 + 1
    assert faults[100].path == FOLDER
    assert "49900 more" in faults[100].message


def test_one_folder_in_ten_thousand_places_is_not_read_ten_thousand_times(tmp_path: Path) -> None:
    forge = Forge(tmp_path / "a")
    year = many(forge, 50_000, TREE, forge.tree())
    top(forge, (TREE, "archive", many(forge, 10_000, TREE, year, "%04d")))
    assert sum(file.stat().st_size for file in (tmp_path / "a").rglob("*") if file.is_file()) < 2 * MIB
    answer, peak = watched("list", tmp_path)
    assert answer == ("error: archive/0019: the folders of an archive may have 1000000 entries together\n[status 1]\n")
    assert peak < MOST


def test_the_files_of_a_state_have_a_limit_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = store(a_desk(), tmp_path / "a")
    monkeypatch.setattr(snapshot, "MAX_STATE", 100)
    faults = Archive.open(folder).verify(LETTER).letters[0].faults
    assert {fault.error for fault in faults if fault.path.startswith(f"{FOLDER}/")} == {"TooLarge"}
    assert all("may have 100 bytes together" in fault.message for fault in faults if fault.error == "TooLarge")


def test_large_files_take_nothing_from_the_records_in_their_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = a_desk()
    for number in range(2, 9):
        desk.keys[ALDER][f"{number:04}.aaa.example.{'0' * 16}.sig"] = b"x" * 4000
    folder = store(desk, tmp_path / "a")
    monkeypatch.setattr(snapshot, "MAX_FOLDER", 8000)
    report = Archive.open(folder).organization(ALDER)
    assert report.records == 1
    assert {fault.error for fault in report.faults} >= {"TooLarge"}


def test_organizations_that_nobody_listed_take_nothing_from_those_that_a_letter_lists(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = a_desk()
    for number in range(4):
        name = f"aa{number}.example"
        desk.enrol(name)
        desk.files[f"0001.{name}.{'0' * 16}.sig"] = b"rubbish"
        for place in range(10):
            desk.keys[name][f"0001.zz.example.{place:016x}.sig"] = b"x" * 4000
    folder = store(desk, tmp_path / "a")
    monkeypatch.setattr(snapshot, "MAX_STATE", 60_000)
    verdicts = {v.organization: v.verdict for v in Archive.open(folder).verify(LETTER).letters[0].organizations}
    assert verdicts[ALDER] is Verdict.SIGNED


def test_reading_a_folder_again_counts_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = open_plain(store(a_desk(), tmp_path / "a"))
    found.letter(LETTER)
    monkeypatch.setattr(snapshot, "MAX_STATE", 1 << 13)
    monkeypatch.setattr(snapshot, "MAX_STATE_ENTRIES", 20)
    for _ in range(50):
        assert found.letter(LETTER) is not None


def test_a_stranger_without_end_takes_nothing_from_a_letter(tmp_path: Path) -> None:
    forge = Forge(tmp_path / "a")
    honest = [(TREE, org, forge.folder(files)) for org, files in a_desk().keys.items()]
    keys = forge.tree(*sorted([*honest, (TREE, "zoo.example", many(forge, 1_000_000))], key=lambda e: e[1]))
    archive = forge.tree((TREE, "2026", forge.tree((TREE, SLUG, forge.folder(a_desk().files)))))
    top(forge, (TREE, "archive", archive), (TREE, "keys", keys))
    assert not Archive.open(tmp_path / "a").verify(LETTER).false
    whole = Archive.open(tmp_path / "a").verify()
    faults = [fault for report in whole.organizations for fault in report.faults]
    assert [(fault.error, fault.path) for fault in faults] == [("TooLarge", "keys/zoo.example")]


# --- plain folders ---


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(os.path.relpath(path))


SPECIAL: dict[str, Callable[[Path], None]] = {
    "a pipe": os.mkfifo,
    "a link": lambda path: path.symlink_to("/etc/passwd"),
    "a link to a device": lambda path: path.symlink_to("/dev/zero"),
    "a socket": make_socket,
}


@pytest.mark.parametrize("what", SPECIAL)
@pytest.mark.parametrize("place", [f"{FOLDER}/0003.yaml", "archive/2025", "keys/zoo.example"])
def test_what_is_no_file_in_a_plain_folder_is_foreign(
    what: str, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = store(a_desk(), tmp_path / "a")
    monkeypatch.chdir(tmp_path)
    SPECIAL[what](folder / place)
    report = Archive.open(folder).verify()
    faults = [*report.faults, *report.letters[0].faults]
    assert [(fault.error, fault.path) for fault in faults] == [("ForeignPath", place)]


def test_a_file_that_becomes_something_else_after_it_was_listed_is_not_read(tmp_path: Path) -> None:
    folder = store(a_desk(), tmp_path / "a")
    source = open_plain(folder)._source
    file = folder / FOLDER / "0001.yaml"
    size = source.size(f"{FOLDER}/0001.yaml")
    with file.open("ab") as growing:
        growing.write(b"x")
    with pytest.raises(TooLarge, match=f"more than {size} bytes") as grown:
        source.read(f"{FOLDER}/0001.yaml", size)
    file.unlink()
    os.mkfifo(file)
    with pytest.raises(ForeignPath, match="no plain file") as swapped:
        source.read(f"{FOLDER}/0001.yaml", size)
    file.unlink()
    with pytest.raises(StorageError) as gone:
        source.read(f"{FOLDER}/0001.yaml", size)
    assert {grown.value.path, swapped.value.path, gone.value.path} == {f"{FOLDER}/0001.yaml"}


def test_a_plain_file_without_end_is_not_read(tmp_path: Path) -> None:
    folder = store(a_desk(), tmp_path / "a")
    os.truncate(os.open(folder / FOLDER / "0003.yaml", os.O_CREAT | os.O_WRONLY), 1 << 40)
    answer, peak = watched(f"verify {LETTER}", tmp_path)
    assert "1099511627776 bytes, and at most 1048576 are allowed (TooLarge)" in " ".join(answer.split())
    assert answer.endswith("[status 1]\n")
    assert peak < 100 * MIB


def test_a_plain_folder_has_the_limits_of_a_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from openletter.archive import plain

    folder = store(a_desk(), tmp_path / "a")
    monkeypatch.setattr(plain, "MAX_ENTRIES", len(a_desk().files) - 1)
    fault = Archive.open(folder).verify(LETTER).letters[0].faults[0]
    assert (fault.error, fault.path) == ("TooLarge", FOLDER)


def test_hard_links_and_deep_folders_in_a_plain_folder_do_no_harm(tmp_path: Path) -> None:
    folder = store(a_desk(), tmp_path / "a")
    os.link(folder / FOLDER / "0001.yaml", folder / FOLDER / "0003.yaml")
    deep = folder / "archive" / "x"
    for _ in range(300):
        deep = deep / "d"
    deep.mkdir(parents=True)
    report = Archive.open(folder).verify()
    assert [(fault.error, fault.path) for fault in report.faults] == [("ForeignPath", "archive/x")]
    assert [fault.error for fault in report.letters[0].faults] == ["MisplacedRecord"]


# --- history ---


def test_a_commit_of_100_mib_in_the_history_is_not_read(tmp_path: Path) -> None:
    git = git_folder(tmp_path)
    repository = pygit2.Repository(str(git))
    raw = repository.head.peel(pygit2.Commit).read_raw()
    huge = repository.odb.write(ObjectType.COMMIT, raw + bytes(100 * MIB))
    line, rest = raw.split(b"\n", 1)
    newest = repository.odb.write(ObjectType.COMMIT, line + b"\nparent " + str(huge).encode() + b"\n" + rest)
    repository.head.set_target(newest)
    assert not Archive.open(tmp_path / "a").verify(LETTER).false
    answer, peak = watched(f"log {LETTER}", tmp_path)
    assert answer.startswith(f"error: commit {huge}: a commit of {len(raw) + 100 * MIB} bytes")
    assert answer.endswith("[status 1]\n")
    assert peak < 100 * MIB


def test_a_folder_without_end_in_the_history_is_not_read(tmp_path: Path) -> None:
    forge = Forge(tmp_path / "a")
    top(forge, (TREE, "archive", many(forge, 1_000_000)))
    before = forge.git.head.target
    forge.git.references.delete("refs/heads/main")
    forged(tmp_path / "a", a_desk(), forge=forge)
    commit = forge.git.head.peel(pygit2.Commit)
    author = commit.author
    forge.git.head.set_target(forge.git.create_commit(None, author, author, "next", commit.tree_id, [before]))
    answer, peak = watched(f"log {LETTER}", tmp_path)
    assert answer.startswith("error: archive: a folder of 36000000 bytes")
    assert answer.endswith("[status 1]\n")
    assert peak < 100 * MIB


# --- limits of the whole ---


def test_a_folder_of_packs_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packs = git_folder(tmp_path) / "objects" / "pack"
    for name in ("a", "b"):
        (packs / name).touch()
    monkeypatch.setattr(guard, "_PACKS", 2)
    assert not Archive.open(tmp_path / "a").verify(LETTER).false
    (packs / "c").touch()
    with pytest.raises(StorageError, match="more than 2 entries") as caught:
        Archive.open(tmp_path / "a")
    assert caught.value.path == str(packs)


def test_memory_that_is_refused_is_no_falsehood(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def no_more(**_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(cli.openletter, "main", no_more)
    assert cli._run() == 2
    assert capsys.readouterr().err.startswith("error: this takes more memory than a command may have\nhint: ")


def test_a_command_takes_no_more_memory_than_it_may(tmp_path: Path) -> None:
    tell = "import resource; from openletter import cli; cli._bound_memory(); "
    tell = f"python -c '{tell} print(resource.getrlimit(resource.RLIMIT_DATA)[0], end=str())'"
    answer = run(f"ulimit -S -d unlimited; {tell}; ulimit -S -d 999000; {tell}", tmp_path, tmp_path)
    assert answer == f"{1 << 31}{999000 * 1024}\n"
