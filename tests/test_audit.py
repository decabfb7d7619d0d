"""An audit finds what a history changed, lost or took in falsely, where it did so (spec/history.md, "Audit")."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

import pygit2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pygit2.enums import ObjectType

from builders import ALDER, BIRCH, CEDAR, ELM, LETTER, Desk, a_desk, a_letter, key_of, signed_by
from openletter import Archive, records
from openletter.api import AuditReport
from openletter.api import auditing as judging
from openletter.archive import ATTRIBUTES, auditing
from openletter.archive.history import Walk
from openletter.errors import ForeignPath, NotAnArchive, StorageError, UnknownName
from openletter.records import Checkpoint, Key, Organization
from openletter.records.names import CheckpointName, CheckpointSignatureName
from spec_examples import Example, examples
from tools import need
from transcripts import run

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = [example for example in examples(ROOT / "spec" / "history.md") if example.words[:1] == ["audit"]]
FOLDER: Final = f"archive/{LETTER}"
ONE, TWO = f"{FOLDER}/0001.yaml", f"{FOLDER}/0002.yaml"
BLOB, TREE = b"100644", b"40000"
MARK: Final = {".gitattributes": ATTRIBUTES}
LOST: Final = frozenset({"HistoryError", "Fork", "AttributesChanged"})
"""What is told of what was there before."""

Content = bytes | tuple[bytes, bytes]
Files = Mapping[str, Content]
"""Contents by path; or a mode, and a content or the id of a tree."""


class Past:
    """A history in the making: each commit is given its parents and all that it holds."""

    def __init__(self, folder: Path) -> None:
        self.git = pygit2.init_repository(str(folder), initial_head="main")
        self.folder = folder
        self.newest: str | None = None

    def commit(self, files: Files, *parents: str, root: bytes | None = None, when: bytes = b"1778760000 +0000") -> str:
        """A commit on top of others; the newest one, which `HEAD` names. `root` is the id of a tree."""
        tree = (root or self.tree(files)).hex().encode()
        lines = [b"tree " + tree, *(b"parent " + parent.encode() for parent in parents)]
        lines += [b"author S <s@alder.example> " + when, b"committer S <s@alder.example> " + when, b"", b"m", b""]
        return self.raw(b"\n".join(lines))

    def raw(self, data: bytes) -> str:
        """A commit of these bytes."""
        self.newest = str(self.git.odb.write(ObjectType.COMMIT, data))
        self.git.references.create("refs/heads/main", self.newest, force=True)
        return self.newest

    def tree(self, files: Files) -> bytes:
        """The id of a tree, in git's order."""
        entries: dict[bytes, bytes] = {}
        deeper: dict[str, dict[str, Content]] = {}
        for path, data in files.items():
            name, slash, inner = path.partition("/")
            if slash:
                deeper.setdefault(name, {})[inner] = data
                continue
            mode, content = data if isinstance(data, tuple) else (BLOB, data)
            oid = content if mode == TREE else self.git.create_blob(content).raw
            entries[name.encode() + b"/" * (mode == TREE)] = mode + b" " + name.encode() + b"\0" + oid
        for name, inside in deeper.items():
            entries[name.encode() + b"/"] = TREE + b" " + name.encode() + b"\0" + self.tree(inside)
        return self.object(b"".join(entry for _, entry in sorted(entries.items())))

    def object(self, data: bytes) -> bytes:
        """The id of a tree of these bytes."""
        return self.git.odb.write(ObjectType.TREE, data).raw

    def audit(self, since: str | None = None) -> AuditReport:
        """What the audit says."""
        return Archive.open(self.folder).audit(since)


def faults(report: AuditReport) -> list[tuple[str, str, str]]:
    """Commit, path and type of each fault."""
    return [(fault.commit, fault.path, fault.error) for fault in report.faults]


def lost(report: AuditReport) -> set[tuple[str, str, str]]:
    """The faults about what was there before."""
    return {found for found in faults(report) if found[2] in LOST}


@pytest.fixture
def past(tmp_path: Path) -> Past:
    return Past(tmp_path / "a")


def whole(desk: Desk, **more: bytes) -> dict[str, bytes]:
    """All files of an archive."""
    return {
        **MARK,
        **{f"{FOLDER}/{name}": data for name, data in desk.files.items()},
        **{f"keys/{org}/{name}": data for org, folder in desk.keys.items() for name, data in folder.items()},
        **more,
    }


# --- the examples of the spec, and this repository ---


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"line {example.line}")
def test_the_examples_of_the_spec_are_judged_as_it_says(example: Example, past: Past) -> None:
    names: dict[str, str] = {}
    for line in example.content.decode().splitlines():
        name, parents, held = re.fullmatch(r"(\w) \((.*)\):(.*)", line).groups()  # type: ignore[union-attr]
        files = {f"{FOLDER}/000{number[0]}.yaml": number.encode() for number in held.split()}
        names[name] = past.commit({**MARK, **files}, *(names[parent] for parent in parents.split()))
    wanted = {
        (names[commit], f"{FOLDER}/000{number}.yaml", error)
        for error, commit, number in (word.split(":") for word in example.words[1:] if word != "clean")
    }
    assert lost(past.audit()) == wanted


def test_there_are_examples() -> None:
    assert len(EXAMPLES) == 4


def test_the_archive_of_this_repository_passes() -> None:
    need("git")
    if not (ROOT / ".git").exists():
        pytest.skip("this is no checkout")
    report = Archive.open(ROOT).audit()
    assert report.faults == ()
    if not report.cut:
        assert report.arrived["revisions"] >= 3
        assert report.arrived["key_records"] >= 5


# --- a model that compares everything with everything, and stock git ---

PATHS: Final = (
    *(f"{FOLDER}/000{number}.yaml" for number in (1, 2)),
    f"{FOLDER}/0001.{ALDER}.0123456789abcdef.sig",
    "archive/2025/wells/0001.yaml",
    f"archive/checkpoints/{ALDER}/0123456789abcdef.yaml",
    f"keys/{ALDER}/0001.yaml",
    f"keys/{BIRCH}/0001.yaml",
    "archive/note.txt",
    "keys/note.txt",
    f"{FOLDER}/note.txt",
    "README.md",
    ".gitattributes",
)


class Step(NamedTuple):
    """A commit in the making: which of the commits before it are its parents, and what is done to their files."""

    parents: list[int]
    take: int
    changes: dict[str, bytes | None]


@st.composite
def pasts(draw: st.DrawFn) -> list[Step]:
    """Small histories; half of all changes are additions, so that many a history is clean."""
    steps: list[Step] = []
    content = st.sampled_from([b"a", b"b"]) | st.none()
    for number in range(draw(st.integers(1, 6))):
        parents = draw(st.lists(st.integers(0, number - 1), max_size=3, unique=True)) if number else []
        changes = draw(st.dictionaries(st.sampled_from(PATHS), content, max_size=3))
        if draw(st.booleans()):
            changes = {path: data for path, data in changes.items() if data is not None}
        steps.append(Step(parents, draw(st.integers(0, 2)), changes))
    return steps


def build(past: Past, steps: list[Step]) -> None:
    """Commits that take over all that their parents have, or what one of them has, and change something."""
    made: list[tuple[str, dict[str, bytes]]] = []
    for step in steps:
        before = [made[parent] for parent in step.parents]
        if step.take == 0 and before:
            before = before[:1]
        files: dict[str, bytes] = dict(MARK) if not step.parents else {}
        for _, held in before:
            files |= held
        for path, data in step.changes.items():
            if data is None:
                files.pop(path, None)
            elif step.take != 1 or path not in files:
                files[path] = data
        made.append((past.commit(dict(files), *(made[parent][0] for parent in step.parents)), files))
    # The newest one has all others behind it, as far as they lead nowhere, and the mark.
    ends = {commit for commit, _ in made} - {made[parent][0] for step in steps for parent in step.parents}
    if len(ends) > 1 or made[-1][1].get(".gitattributes") != ATTRIBUTES:
        files = {}
        for commit, held in made:
            if commit in ends:
                files |= held
        past.commit({**files, **MARK}, *(commit for commit, _ in made if commit in ends))


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


def listed(folder: Path) -> Iterator[tuple[str, list[str], dict[str, str]]]:
    """Each commit, its parents, and mode and id of each file of an archive, as git lists them."""
    held: dict[str, dict[str, str]] = {}
    lines = [line.split() for line in git(folder, "rev-list", "--parents", "HEAD").splitlines()]
    for commit, *parents in lines:
        for one in (commit, *parents):
            if one not in held:
                rows = (row.split("\t") for row in git(folder, "ls-tree", "-r", "-z", one).split("\0") if row)
                held[one] = {path: entry for entry, path in rows if path != "README.md"}
        yield commit, parents, held[commit]


def model(folder: Path) -> tuple[set[tuple[str, str, str]], int]:
    """The faults about what was there before, and how many files came in, by the words of the spec."""
    everything = {commit: (parents, held) for commit, parents, held in listed(folder)}
    found: set[tuple[str, str, str]] = set()
    came = 0
    mark = "100644 blob " + hashlib.sha1(b"blob %d\0" % len(ATTRIBUTES) + ATTRIBUTES).hexdigest()  # noqa: S324
    for commit, (parents, held) in everything.items():
        before = [everything[parent][1] for parent in parents]
        for path in {path for old in (held, *before) for path in old} - {".gitattributes"}:
            contents = {old[path] for old in before if path in old}
            if not contents:
                came += "note.txt" not in path
            elif path not in held:
                found.add((commit, path, "HistoryError"))
            elif contents != {held[path]}:
                found.add((commit, path, "Fork" if len(contents) > 1 else "HistoryError"))
        letters = [any(path != ".gitattributes" for path in old) for old in (held, *before)]
        if held.get(".gitattributes") != mark and (
            any(old.get(".gitattributes") == mark for old in before) or (letters[0] and not any(letters[1:]))
        ):
            found.add((commit, ".gitattributes", "AttributesChanged"))
    return found, came


@given(pasts())
@settings(max_examples=80)
def test_the_audit_finds_what_a_comparison_of_everything_finds(steps: list[Step]) -> None:
    need("git")
    with tempfile.TemporaryDirectory() as folder:
        past = Past(Path(folder))
        build(past, steps)
        report = past.audit()
        expected, came = model(past.folder)
        assert lost(report) == expected
        assert sum(report.arrived.values()) == came
        assert report.more == 0
        # A pack is read in another way than single objects.
        git(past.folder, "repack", "-adq")
        git(past.folder, "prune-packed", "-q")
        assert past.audit() == report


STOCK: Final = ("log", "-m", "--raw", "--no-renames", "--no-abbrev", "--diff-filter=MDT", "--format=%H")


def stock(folder: Path) -> set[tuple[str, str]]:
    """Commits and paths for which git says that something was changed or removed."""
    found: set[tuple[str, str]] = set()
    commit = ""
    for line in git(folder, *STOCK, "--", "archive", "keys").splitlines():
        if line.startswith(":"):
            found.add((commit, line.split("\t")[1]))
        elif line:
            commit = line
    return found


@given(pasts())
@settings(max_examples=40)
def test_stock_git_shows_nothing_where_the_audit_is_clean_and_the_same_paths_where_it_is_not(steps: list[Step]) -> None:
    need("git")
    with tempfile.TemporaryDirectory() as folder:
        past = Past(Path(folder))
        build(past, steps)
        found = {(commit, path) for commit, path, _ in lost(past.audit()) if path != ".gitattributes"}
        assert stock(past.folder) == found


# --- what was there before: one thing at a time ---


def test_a_file_that_was_changed_is_told_with_what_was_there_and_what_is(past: Past) -> None:
    first = past.commit({**MARK, ONE: b"a"})
    second = past.commit({**MARK, ONE: b"b"}, first)
    past.commit({**MARK, ONE: b"b", TWO: b"c"}, second)
    [fault] = [fault for fault in past.audit().faults if fault.error == "HistoryError"]
    assert (fault.commit, fault.path) == (second, ONE)
    assert [there.id for there in fault.before] == [str(past.git.create_blob(b"a"))]
    assert fault.after is not None
    assert fault.after.id == str(past.git.create_blob(b"b"))


def test_a_file_that_was_removed_is_told_once_at_its_removal(past: Past) -> None:
    first = past.commit({**MARK, ONE: b"a", TWO: b"b"})
    second = past.commit({**MARK, ONE: b"a"}, first)
    past.commit({**MARK, ONE: b"a", "README.md": b"x"}, second)
    assert lost(past.audit()) == {(second, TWO, "HistoryError")}


def test_a_file_that_was_removed_and_added_again_is_a_fault_at_its_removal(past: Past) -> None:
    first = past.commit({**MARK, ONE: b"a", TWO: b"b"})
    second = past.commit({**MARK, ONE: b"a"}, first)
    past.commit({**MARK, ONE: b"a", TWO: b"b"}, second)
    assert lost(past.audit()) == {(second, TWO, "HistoryError")}


def test_a_merge_that_drops_what_a_side_added_is_a_fault(past: Past) -> None:
    first = past.commit({**MARK, ONE: b"a"})
    left = past.commit({**MARK, ONE: b"a", TWO: b"b"}, first)
    right = past.commit({**MARK, ONE: b"a", f"keys/{ALDER}/0001.yaml": b"k"}, first)
    merge = past.commit({**MARK, ONE: b"a", TWO: b"b"}, left, right)
    assert lost(past.audit()) == {(merge, f"keys/{ALDER}/0001.yaml", "HistoryError")}


def test_two_contents_of_one_path_on_two_sides_are_a_fork_with_both(past: Past) -> None:
    first = past.commit({**MARK, ONE: b"a"})
    left = past.commit({**MARK, ONE: b"a", TWO: b"b"}, first)
    right = past.commit({**MARK, ONE: b"a", TWO: b"c"}, first)
    merge = past.commit({**MARK, ONE: b"a", TWO: b"c"}, left, right)
    [fault] = [fault for fault in past.audit().faults if fault.error in LOST]
    assert (fault.commit, fault.path, fault.error) == (merge, TWO, "Fork")
    assert [there.id for there in fault.before] == [str(past.git.create_blob(data)) for data in (b"b", b"c")]


@pytest.mark.parametrize("after", [b"* -text\n", ATTRIBUTES + b"\n", None])
def test_the_fixed_attributes_that_were_changed_or_removed_are_a_fault(past: Past, after: bytes | None) -> None:
    first = past.commit({**MARK, "README.md": b"a"})
    files = {"README.md": b"a", **({} if after is None else {".gitattributes": after})}
    second = past.commit(files, first)
    past.commit(MARK, second)
    assert faults(past.audit()) == [(second, ".gitattributes", "AttributesChanged")]


def test_a_file_that_became_executable_was_changed(past: Past) -> None:
    first = past.commit({**MARK, ONE: b"a"})
    second = past.commit({**MARK, ONE: (b"100755", b"a")}, first)
    assert lost(past.audit()) == {(second, ONE, "HistoryError")}


def test_a_letter_that_became_a_file_lost_all_that_it_had(past: Past) -> None:
    first = past.commit({**MARK, ONE: b"a", TWO: b"b"})
    second = past.commit({**MARK, FOLDER: b"x"}, first)
    past.commit(MARK, second)
    found = [fault[1:] for fault in faults(past.audit()) if fault[0] == second]
    assert sorted(found) == [(FOLDER, "ForeignPath"), (ONE, "HistoryError"), (TWO, "HistoryError")]


def test_everything_that_goes_at_once_is_told_path_by_path_as_far_as_it_may_be(past: Past) -> None:
    many = {f"archive/2026/letter-{number}/0001.yaml": b"a" for number in range(150)}
    first = past.commit({**MARK, **many})
    second = past.commit(MARK, first)
    report = past.audit()
    assert len(report.faults) == 100
    assert report.more == 150 - 100 + 150  # each was no letter when it came in
    assert {(fault.commit, fault.error) for fault in report.faults} == {(second, "HistoryError")}


@pytest.mark.parametrize("order", ["removed-first", "removed-last"])
def test_a_removal_does_not_hide_behind_files_that_came_in_wrong(past: Past, tmp_path: Path, order: str) -> None:
    desk = a_desk()
    rubbish = {f"{FOLDER}/rubbish-{number}": b"x" for number in range(101)}
    less = {path: data for path, data in whole(desk).items() if path != ONE}
    first = past.commit(whole(desk))
    second = past.commit(less if order == "removed-first" else {**whole(desk), **rubbish}, first)
    third = past.commit({**less, **rubbish}, second)
    report = past.audit()
    assert (len(report.faults), report.more) == (100, 2)
    assert (second if order == "removed-first" else third, ONE, "HistoryError") in lost(report)
    answer = " ".join(run("openletter --archive a audit", tmp_path, tmp_path).split())
    assert "(102 places, 100 of them shown above)" in answer


def test_commits_that_touch_other_files_bring_nothing(past: Past) -> None:
    commit = past.commit(whole(a_desk()))
    for number in range(5):
        commit = past.commit(whole(a_desk(), **{"README.md": b"%d" % number}), commit)
    report = past.audit()
    assert (report.commits, report.faults) == (6, ())
    assert report.arrived["revisions"] == 2


def test_each_of_several_beginnings_brings_what_it_has(past: Past) -> None:
    desk = a_desk()
    everything = whole(desk)
    left = past.commit({path: data for path, data in everything.items() if not path.startswith("keys/")})
    right = past.commit({path: data for path, data in everything.items() if not path.startswith("archive/")})
    past.commit(everything, left, right)
    report = past.audit()
    assert (report.roots, report.faults) == (2, ())
    assert report.arrived["revisions"] == 2
    assert report.arrived["key_records"] == 4


def test_a_history_that_begins_to_hold_letters_without_the_mark_is_a_fault_once(past: Past) -> None:
    first = past.commit({"README.md": b"x"})
    second = past.commit({ONE: b"a"}, first)
    third = past.commit({ONE: b"a", TWO: b"b"}, second)
    past.commit({**MARK, ONE: b"a", TWO: b"b"}, third)
    assert lost(past.audit()) == {(second, ".gitattributes", "AttributesChanged")}


# --- what came in ---


def test_files_that_come_in_one_by_one_are_counted_by_kind(past: Past) -> None:
    desk = a_desk()
    desk.withdraw(BIRCH, 1)
    files = dict(MARK)
    commit = past.commit(files)
    for path, data in sorted(whole(desk).items(), key=lambda item: (".sig" in item[0], "_withdrawal" in item[0])):
        if path not in files:
            files[path] = data
            commit = past.commit(files, commit)
    report = past.audit()
    assert report.faults == ()
    assert dict(report.arrived) == {
        "revisions": 2,
        "signatures": 4,
        "withdrawals": 1,
        "withdrawal_signatures": 1,
        "key_records": 4,
        "key_record_signatures": 4,
        "allowed_signers": 4,
        "checkpoints": 0,
        "checkpoint_signatures": 0,
        "timestamps": 0,
    }


def a_checkpoint() -> dict[str, bytes]:
    """A checkpoint by alder, and its signature."""
    record = Checkpoint(organization=ALDER, date="2026-05-15", commit="1" * 40, tree="2" * 64)
    data = record.to_bytes()
    act = hashlib.sha256(data).hexdigest()[:16]
    name = CheckpointSignatureName(act=act, key=key_of(ALDER).public.short)
    return {
        f"archive/checkpoints/{ALDER}/{CheckpointName(act=act)}": data,
        f"archive/checkpoints/{ALDER}/{name}": signed_by(key_of(ALDER), data),
    }


Spoil = Callable[[Desk], tuple[str, Content]]


def signature(number: int, signer: str, key: str | None = None) -> str:
    """The path of a signature."""
    return f"{FOLDER}/{number:04}.{signer}.{key_of(key or signer).public.short}.sig"


def second_record(**changes: object) -> bytes:
    """A rotation of alder's keys."""
    first = records.decode(a_desk().keys[ALDER]["0001.yaml"])
    assert isinstance(first, Organization)
    new = Key(key=key_of(ALDER, "new").public.line, status="active")
    after = replace(
        first, record=2, previous=records.digest(first.to_bytes()), basis="rotation", keys=(*first.keys, new)
    )
    return replace(after, **changes).to_bytes()  # type: ignore[arg-type]


def a_withdrawal_under_a_wrong_name(desk: Desk) -> tuple[str, bytes]:
    name = desk.withdraw(BIRCH, 1)
    return f"{FOLDER}/{re.sub('_withdrawal[.][0-9a-f]{16}', '_withdrawal.' + '0' * 16, name)}", desk.files[name]


def a_withdrawal_from_another_text(desk: Desk) -> tuple[str, bytes]:
    name = desk.withdraw(BIRCH, 1, text="sha256:" + "0" * 64)
    return f"{FOLDER}/{name}", desk.files[name]


def a_signature_before_its_withdrawal(desk: Desk) -> tuple[str, bytes]:
    name = f"{desk.withdraw(BIRCH, 1).removesuffix('.yaml')}.{key_of(BIRCH).public.short}.sig"
    return f"{FOLDER}/{name}", desk.files[name]


OTHER: Final = "archive/2026/another/0001.yaml"
RUBBISH: Final = signed_by(key_of(CEDAR), b"something else")
NOWHERE: Final = "sha256:" + "0" * 64
CHECKPOINT, CHECKPOINT_SIGNATURE = a_checkpoint()
SPOILED: Final[dict[str, tuple[Spoil, str]]] = {
    "signature of another text": (lambda _: (signature(2, CEDAR), RUBBISH), "SignatureMismatch"),
    "signature of another revision": (
        lambda desk: (signature(2, CEDAR), signed_by(key_of(CEDAR), desk.text(1))),
        "SignatureError",
    ),
    "signature of nothing": (lambda _: (signature(7, CEDAR), RUBBISH), "SignatureMismatch"),
    "signature of another key": (
        lambda desk: (signature(2, CEDAR, ELM), signed_by(key_of(CEDAR), desk.text(2))),
        "ArmorError",
    ),
    "revision that follows nothing": (lambda _: (f"{FOLDER}/0003.yaml", a_letter(3).to_bytes()), "ChainError"),
    "revision after a gap": (lambda _: (f"{FOLDER}/0009.yaml", a_letter(9).to_bytes()), "ChainError"),
    "revision of another letter": (lambda desk: (OTHER, desk.text(1)), "MisplacedRecord"),
    "date that is none": (lambda desk: (OTHER, desk.text(1).replace(b"2026-03-02", b"2026-02-30")), "FieldValue"),
    "withdrawal under a wrong name": (a_withdrawal_under_a_wrong_name, "MisplacedRecord"),
    "withdrawal from another text": (a_withdrawal_from_another_text, "ChainError"),
    "signature before its withdrawal": (a_signature_before_its_withdrawal, "SignatureError"),
    "key record that follows another": (
        lambda _: (f"keys/{ALDER}/0002.yaml", second_record(previous=NOWHERE)),
        "ChainError",
    ),
    "key record of another": (
        lambda desk: (f"keys/{ELM}/0001.yaml", desk.keys[ALDER]["0001.yaml"]),
        "MisplacedRecord",
    ),
    "list of other keys": (
        lambda desk: (f"keys/{ELM}/0001.allowed_signers", desk.keys[ALDER]["0001.allowed_signers"]),
        "DerivedMismatch",
    ),
    "vouch of another text": (
        lambda _: (f"keys/{ALDER}/0001.{CEDAR}.{key_of(CEDAR).public.short}.sig", RUBBISH),
        "SignatureMismatch",
    ),
    "checkpoint of another": (
        lambda _: (CHECKPOINT.replace(ALDER, BIRCH), a_checkpoint()[CHECKPOINT]),
        "MisplacedRecord",
    ),
    "signature without its checkpoint": (
        lambda _: (CHECKPOINT_SIGNATURE, a_checkpoint()[CHECKPOINT_SIGNATURE]),
        "SignatureError",
    ),
    "name outside the grammar": (lambda desk: (f"{FOLDER}/0001.yml", desk.text(1)), "ForeignPath"),
    "number zero": (lambda desk: (f"keys/{ELM}/0000.yaml", desk.keys[ALDER]["0001.yaml"]), "ForeignPath"),
    "name with a control": (lambda _: (f"{FOLDER}/0003.yaml\x1b[2J", b"x"), "ForeignPath"),
    "executable": (lambda _: (OTHER, (b"100755", b"x")), "ForeignPath"),
    "link": (lambda _: (f"{FOLDER}/0003.yaml", (b"120000", b"/etc/passwd")), "ForeignPath"),
    "submodule": (lambda _: (f"{FOLDER}/0003.yaml", (b"160000", b"x")), "ForeignPath"),
    "folder in the place of a record": (lambda _: (f"{FOLDER}/0003.yaml/0001.yaml", b"x"), "ForeignPath"),
    "year of five digits": (lambda _: ("archive/20266/another/0001.yaml", b"x"), "ForeignPath"),
    "letter named for a device": (lambda _: ("archive/2026/con/0001.yaml", b"x"), "ForeignPath"),
    "organization of one label": (lambda _: ("keys/alder/0001.yaml", b"x"), "ForeignPath"),
    "checkpoints of no organization": (lambda _: ("archive/checkpoints/x/0001.yaml", b"x"), "ForeignPath"),
    "file beside the years": (lambda _: ("archive/readme.txt", b"x"), "ForeignPath"),
    "twin of the archive": (lambda _: ("Archive/2026/another/0001.yaml", b"x"), "ForeignPath"),
    "large signature": (lambda _: (signature(2, CEDAR), b"x" * 4097), "TooLarge"),
    "large record": (lambda _: (f"{FOLDER}/0003.yaml", b"x" * ((1 << 20) + 1)), "TooLarge"),
}


@pytest.mark.parametrize("what", SPOILED)
def test_what_was_not_valid_when_it_came_in_is_told_at_its_commit_alone(what: str, past: Past) -> None:
    desk = a_desk()
    honest = whole(desk)
    spoil, error = SPOILED[what]
    path, data = spoil(desk)
    first = past.commit(honest)
    second = past.commit({**honest, path: data}, first)
    third = past.commit({**honest, path: data, "README.md": b"x"}, second)
    if path.startswith("Archive"):
        past.commit(honest, third)  # a state with a twin isn't opened at all
    [(commit, found, type_)] = faults(past.audit())
    assert (commit, type_) == (second, error)
    # A folder that has no place is one fault, at the folder.
    assert path == found or path.startswith(f"{found}/")


def test_a_first_key_record_does_not_follow_a_file_of_number_zero(past: Past) -> None:
    record = records.decode(a_desk().keys[ALDER]["0001.yaml"])
    assert isinstance(record, Organization)
    zero = {**MARK, f"keys/{ELM}/0000.yaml": record.to_bytes()}
    first = past.commit(zero)
    past.commit({**zero, f"keys/{ELM}/0001.yaml": replace(record, organization=ELM).to_bytes()}, first)
    assert faults(past.audit()) == [(first, f"keys/{ELM}/0000.yaml", "ForeignPath")]


def test_what_rests_on_what_comes_later_is_a_fault_and_what_comes_together_is_none(past: Past) -> None:
    desk = a_desk()
    early = signature(2, ALDER)
    late = f"{FOLDER}/0002.yaml"
    everything = whole(desk)
    without = {path: data for path, data in everything.items() if not path.startswith(f"{FOLDER}/0002.")}
    first = past.commit(without)
    second = past.commit({**without, early: everything[early]}, first)
    past.commit({**without, early: everything[early], late: everything[late]}, second)
    assert faults(past.audit()) == [(second, early, "SignatureMismatch")]
    past.commit(everything, first)
    assert past.audit().faults == ()


def test_a_key_record_whose_signatures_come_later_is_no_fault(past: Past) -> None:
    honest = whole(a_desk())
    record = second_record()
    first = past.commit(honest)
    second = past.commit({**honest, f"keys/{ALDER}/0002.yaml": record}, first)
    names = [f"keys/{ALDER}/0002.{ALDER}.{key_of(ALDER, which).public.short}.sig" for which in ("", "new")]
    signed = {name: signed_by(key_of(ALDER, which), record) for name, which in zip(names, ("", "new"), strict=True)}
    past.commit({**honest, f"keys/{ALDER}/0002.yaml": record, **signed}, second)
    report = past.audit()
    assert report.faults == ()
    assert report.arrived["key_records"] == 5
    assert Archive.open(past.folder).organization(ALDER).records == 2


def test_a_checkpoint_is_judged_by_itself_when_it_comes_in_and_held_against_the_history_at_the_end(past: Past) -> None:
    first = past.commit(whole(a_desk()))
    past.commit({**whole(a_desk()), **a_checkpoint()}, first)
    report = past.audit()
    (fault,) = report.faults
    assert (fault.commit, fault.error) == (report.commit, "HistoryError")
    assert fault.path.startswith("archive/checkpoints/")
    assert (report.arrived["checkpoints"], report.arrived["checkpoint_signatures"]) == (1, 1)


def test_what_false_signatures_were_made_for_is_looked_for_a_few_times(
    past: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "_SEARCHES", 2)
    desk = a_desk()
    others = {signature(2, org): signed_by(key_of(org), desk.text(1)) for org in (CEDAR, ELM, "fir.example")}
    past.commit({**whole(desk), **others})
    found = sorted(fault.error for fault in past.audit().faults)
    assert found == ["SignatureError", "SignatureError", "SignatureMismatch"]


def test_more_than_a_state_may_have_is_not_judged(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = a_desk()
    first = past.commit(whole(desk))
    desk.sign(CEDAR)
    second = past.commit(whole(desk), first)
    everything = sum(map(len, whole(desk).values())) - len(ATTRIBUTES)
    monkeypatch.setattr(judging, "MAX_STATE", everything)
    assert past.audit().faults == ()
    monkeypatch.setattr(judging, "MAX_STATE", 100)
    report = past.audit()
    assert {fault.error for fault in report.faults} == {"TooLarge"}
    assert second not in {fault.commit for fault in report.faults}  # the newest is judged first
    assert report.arrived["signatures"] >= 1


def test_a_withdrawal_from_a_long_text_does_not_read_it_as_a_letter_again(
    past: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = a_desk()
    first = past.commit(whole(desk))
    before = dict(desk.files)
    desk.withdraw(ALDER, 2)
    past.commit(whole(desk), first)
    read: list[bytes] = []
    decode = records.decode

    def counted(data: bytes) -> records.Record:
        read.append(data)
        return decode(data)

    monkeypatch.setattr(records, "decode", counted)
    assert past.audit(first).faults == ()
    assert read
    assert not set(read) & set(before.values())


def test_a_merge_brings_what_none_of_its_sides_had(past: Past) -> None:
    honest = whole(a_desk())
    base = past.commit(honest)
    left = past.commit({**honest, "README.md": b"left"}, base)
    right = past.commit({**honest, "README.md": b"right"}, base)
    merge = past.commit({**honest, signature(2, CEDAR): RUBBISH}, left, right)
    assert faults(past.audit()) == [(merge, signature(2, CEDAR), "SignatureMismatch")]


# --- where it begins, and what is missing ---


def test_from_a_commit_on_only_what_comes_after_it_is_judged(past: Past) -> None:
    first = past.commit({**MARK, ONE: b"a"})
    second = past.commit({**MARK, ONE: b"b"}, first)
    third = past.commit({**MARK, ONE: b"c"}, second)
    fourth = past.commit({**MARK, ONE: b"c", "README.md": b"x"}, third)
    assert lost(past.audit(first)) == {(second, ONE, "HistoryError"), (third, ONE, "HistoryError")}
    assert faults(past.audit(second[:10])) == [(third, ONE, "HistoryError")]
    report = past.audit(fourth)
    assert (report.commits, report.since, report.faults) == (0, fourth, ())


def test_from_one_side_of_a_merge_on_the_other_side_is_judged(past: Past) -> None:
    first = past.commit({**MARK, ONE: b"a"})
    left = past.commit({**MARK, ONE: b"b"}, first)
    right = past.commit({**MARK, ONE: b"c"}, first)
    merge = past.commit({**MARK, ONE: b"b"}, left, right)
    assert lost(past.audit(left)) == {(right, ONE, "HistoryError"), (merge, ONE, "Fork")}


@pytest.mark.parametrize("name", ["HEAD", "main", "abcd", "0" * 40, "x" * 40, "", "1" * 41, "HEAD~1", "../x"])
def test_what_names_no_commit_is_no_place_to_begin(past: Past, name: str) -> None:
    past.commit(MARK)
    with pytest.raises(UnknownName, match="holds no commit") as caught:
        past.audit(name)
    assert caught.value.hint is not None


def test_the_id_of_something_else_is_no_place_to_begin(past: Past) -> None:
    past.commit(MARK)
    with pytest.raises(UnknownName, match="holds no commit"):
        past.audit(past.git.create_blob(b"x").raw.hex())


def test_a_commit_that_the_history_does_not_follow_is_no_place_to_begin(past: Past) -> None:
    old = past.commit({**MARK, ONE: b"a"})
    past.commit({**MARK, ONE: b"b"})
    with pytest.raises(UnknownName, match="not part of the history") as caught:
        past.audit(old)
    assert "rewritten" in str(caught.value.hint)


def test_a_plain_folder_has_no_history(tmp_path: Path) -> None:
    (tmp_path / ".gitattributes").write_bytes(ATTRIBUTES)
    with pytest.raises(NotAnArchive, match="history") as caught:
        Archive.open(tmp_path).audit()
    assert "git clone" in str(caught.value.hint)


def a_long_past(past: Past) -> list[str]:
    """Five commits that bring an archive, a file at a time, and one that removed something before."""
    honest = whole(a_desk())
    commits = [past.commit({**honest, f"keys/{ELM}/note.txt": b"x"})]
    commits.append(past.commit(honest, commits[-1]))
    for number in range(3):
        commits.append(past.commit({**honest, "README.md": b"%d" % number}, commits[-1]))
    return commits


def test_what_a_shallow_clone_lacks_could_not_be_established(past: Past, tmp_path: Path) -> None:
    need("git")
    a_long_past(past)
    assert len(past.audit().faults) == 2
    git(tmp_path, "clone", "-q", "--depth", "2", f"file://{past.folder}", "b")
    report = Archive.open(tmp_path / "b").audit()
    assert (report.commits, report.cut, report.faults) == (2, 1, ())
    assert sum(report.arrived.values()) == 0
    answer = run("openletter --archive b audit", tmp_path, tmp_path)
    assert "COULD NOT BE ESTABLISHED: what came before one of these commits." in answer
    assert answer.endswith("As far as this copy goes: nothing was changed or removed, and each file that\n"
                           "came in was valid when it did.\n")  # fmt: skip


def test_one_commit_without_what_came_before_is_not_said_to_be_from_the_beginning(past: Past, tmp_path: Path) -> None:
    need("git")
    a_long_past(past)
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{past.folder}", "b")
    answer = " ".join(run("openletter --archive b audit", tmp_path, tmp_path).split())
    assert "One commit was checked, up to the newest, " in answer
    assert "It says of itself that it was made on " in answer
    assert "No file of a letter or of a key came in by it." in answer
    assert "COULD NOT BE ESTABLISHED: what came before it." in answer


def test_a_file_that_says_shallow_hides_no_history_that_is_there(past: Past) -> None:
    commits = a_long_past(past)
    report = past.audit()
    (past.folder / ".git" / "shallow").write_text(f"{commits[2]}\n")
    assert past.audit() == report
    assert len(report.faults) == 2


def test_replace_refs_tell_no_other_history(past: Past) -> None:
    need("git")
    commits = a_long_past(past)
    report = past.audit()
    git(past.folder, "replace", commits[1], commits[4])
    assert past.audit() == report


@pytest.mark.parametrize("what", ["commit", "tree", "blob"])
def test_an_object_that_is_missing_is_damage_and_no_verdict(past: Past, what: str) -> None:
    honest = whole(a_desk())
    first = past.commit(honest)
    past.commit({**honest, "README.md": b"x"}, first)
    commit = past.git[first].peel(pygit2.Commit)
    oid = {"commit": commit.id, "tree": commit.tree_id, "blob": commit.tree[ONE].id}[what]
    (past.folder / ".git" / "objects" / str(oid)[:2] / str(oid)[2:]).unlink()
    with pytest.raises(StorageError) as caught:
        past.audit()
    assert "git fsck" in str(caught.value.hint)


def test_an_object_in_a_pack_with_other_bytes_than_its_id_says_is_damage(past: Past) -> None:
    need("git")
    honest = whole(a_desk())
    first = past.commit(honest)
    past.commit({**honest, "README.md": b"x"}, first)
    git(past.folder, "repack", "-adq")
    index = next((past.folder / ".git" / "objects" / "pack").glob("*.idx"))
    # The index sends two ids to one place: who asks for one gets the bytes of the other.
    data = bytearray(index.read_bytes())
    count = int.from_bytes(data[8 + 255 * 4 : 8 + 256 * 4], "big")
    names = 8 + 256 * 4
    places = names + count * 24
    ids = [bytes(data[names + 20 * n : names + 20 * n + 20]) for n in range(count)]
    newest, root = (ids.index(bytes.fromhex(past.newest or "")), ids.index(bytes.fromhex(first)))
    data[places + 4 * root : places + 4 * root + 4] = data[places + 4 * newest : places + 4 * newest + 4]
    index.chmod(0o644)
    index.write_bytes(data)
    with pytest.raises(StorageError, match="other bytes than its id says") as caught:
        past.audit()
    assert "git fsck" in str(caught.value.hint)


# --- hostile histories ---


@pytest.mark.parametrize(
    "when",
    [
        b"99999999999999 +0000",
        b"-99999999999999 +0000",
        b"9223372036854775807 +0000",
        b"yesterday +0000",
        b"1 +9999",
        b"",
    ],
)
def test_an_absurd_date_is_no_date_and_no_fault(past: Past, when: bytes) -> None:
    first = past.commit(MARK, when=when)
    past.commit({**MARK, "README.md": b"x"}, first)
    report = past.audit()
    assert (report.commits, report.faults) == (2, ())
    assert report.last is None or report.last.year >= 1970


def test_a_hundred_thousand_empty_commits_are_walked(tmp_path: Path) -> None:
    need("git")
    git(tmp_path, "init", "-q", "--bare", "-b", "main", "a")
    line = b"commit refs/heads/main\ncommitter S <s@alder.example> 1778760000 +0000\ndata 1\n.\n"
    mark = b"M 100644 inline .gitattributes\ndata %d\n%b\n" % (len(ATTRIBUTES), ATTRIBUTES)
    stream = line + mark + b"".join([line] * 100_000)
    subprocess.run(["git", "-C", "a", "fast-import", "--quiet"], cwd=tmp_path, input=stream, check=True)
    report = Archive.open(tmp_path / "a").audit()
    assert (report.commits, report.roots, report.faults) == (100_001, 1, ())


def test_memory_does_not_grow_with_what_the_commits_hold(tmp_path: Path) -> None:
    need("git")
    peaks = []
    for commits in (200, 2000):
        folder = tmp_path / str(commits)
        git(tmp_path, "init", "-q", "--bare", "-b", "main", str(folder))
        line = b"commit refs/heads/main\ncommitter S <s@alder.example> 1778760000 +0000\ndata 1\n.\n"
        parts = [line, b"M 100644 inline .gitattributes\ndata %d\n%b\n" % (len(ATTRIBUTES), ATTRIBUTES)]
        for number in range(commits):
            name = b"archive/2026/" + b"%05d-" % number + b"x" * 60 + b"/0001.yaml"
            parts += [line, b"M 100644 inline %b\ndata 6\n%05d\n" % (name, number)]
        subprocess.run(["git", "-C", str(folder), "fast-import", "--quiet"], input=b"".join(parts), check=True)
        tell = (
            "import resource; from openletter import Archive; report = Archive.open('a').audit();"
            "print(report.commits, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
        )
        answer = run(f'python -c "{tell.replace(chr(39) + "a" + chr(39), repr(str(folder)))}"', tmp_path, tmp_path)
        count, peak = answer.split()
        assert int(count) == commits + 1
        peaks.append(int(peak) << 10)
    # The folders of the larger history have 200 MB together; ids and the folders that are kept have some.
    assert peaks[1] - peaks[0] < 40 << 20


def test_a_commit_that_is_not_spelled_as_git_spells_it_hides_nothing(past: Past) -> None:
    first = past.commit({**MARK, ONE: b"a"})
    second = past.commit({**MARK, ONE: b"b"}, first)
    raw = past.git[second].read_raw()
    # Git reads such a parent; whoever didn't would take the commit for a beginning.
    shouted = past.raw(raw.replace(first.encode(), first.upper().encode()))
    past.commit({**MARK, ONE: b"b", "README.md": b"x"}, shouted)
    found = faults(past.audit())
    assert [(path, error) for _, path, error in found] == [("", "HistoryError")]


def test_no_walk_takes_a_commit_for_a_beginning_whose_parent_it_can_not_read(past: Past) -> None:
    need("git")
    first = past.commit(MARK)
    raw = past.git[past.commit({**MARK, "README.md": b"x"}, first)].read_raw()
    shouted = past.raw(raw.replace(first.encode(), first.upper().encode()))
    assert git(past.folder, "rev-list", "HEAD").split() == [shouted, first]
    with pytest.raises(ForeignPath, match="not those of a git commit"):
        list(Walk(past.git, past.git[shouted].id))


def test_a_parent_that_is_no_commit_is_a_fault_of_the_commit_that_names_it(past: Past) -> None:
    blob = str(past.git.create_blob(b"x"))
    second = past.commit(MARK, blob)
    assert faults(past.audit()) == [(second, "", "HistoryError")]


def test_a_commit_that_is_too_large_is_not_read(past: Past) -> None:
    first = past.commit(MARK)
    raw = past.git[first].read_raw()
    large = past.raw(raw + bytes(1 << 20))
    newest = past.commit({**MARK, "README.md": b"x"}, large)
    assert faults(past.audit()) == [(newest, "", "HistoryError")]


def test_a_parent_that_is_named_twice_counts_once(past: Past) -> None:
    first = past.commit({**MARK, ONE: b"a"})
    second = past.commit({**MARK, ONE: b"b"}, first, first)
    assert lost(past.audit()) == {(second, ONE, "HistoryError")}


def test_a_commit_of_two_hundred_parents_is_compared_with_each(past: Past) -> None:
    base = past.commit({**MARK, ONE: b"a"})
    sides = [past.commit({**MARK, ONE: b"a", f"archive/2026/l-{n}/0001.yaml": b"x"}, base) for n in range(200)]
    merge = past.commit({**MARK, ONE: b"a", **{f"archive/2026/l-{n}/0001.yaml": b"x" for n in range(199)}}, *sides)
    assert lost(past.audit()) == {(merge, "archive/2026/l-199/0001.yaml", "HistoryError")}


def entry(mode: bytes, name: bytes, oid: bytes) -> bytes:
    return mode + b" " + name + b"\0" + oid


def with_letter(past: Past, letter: bytes) -> bytes:
    """The root of an archive with a letter whose tree has these bytes."""
    return past.tree({**MARK, FOLDER: (TREE, past.object(letter))})


def test_a_tree_out_of_order_is_a_fault_where_it_comes_in_and_only_there(past: Past) -> None:
    one, two = (entry(BLOB, b"000%d.yaml" % n, past.git.create_blob(b"%d" % n).raw) for n in (1, 2))
    first = past.commit({}, root=with_letter(past, one))
    second = past.commit({}, first, root=with_letter(past, two + one))
    third = past.commit({**MARK, ONE: b"1", TWO: b"2"}, second)
    found = [fault for fault in faults(past.audit()) if fault[0] != first and fault[2] not in {"NotCanonical"}]
    # The entry that stands wrong is another one than was there; put in order, it is another one again.
    assert found == [(second, ONE, "HistoryError"), (third, ONE, "HistoryError")]


def test_two_entries_of_one_name_are_a_fault(past: Past) -> None:
    blobs = [past.git.create_blob(data).raw for data in (b"a", b"b")]
    first = past.commit({}, root=with_letter(past, b"".join(entry(BLOB, b"0001.yaml", oid) for oid in blobs)))
    past.commit(MARK, first)
    assert (first, ONE, "ForeignPath") in faults(past.audit())


def test_bytes_that_are_no_tree_are_a_fault_of_that_folder(past: Past) -> None:
    first = past.commit({**MARK, ONE: b"a"})
    second = past.commit({}, first, root=with_letter(past, b"rubbish"))
    past.commit({**MARK, ONE: b"a"}, second)
    assert (second, FOLDER, "ForeignPath") in faults(past.audit())


def test_a_tree_without_end_is_not_read(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auditing, "MAX_TREE", 1 << 12)
    many = {**MARK, **{f"{FOLDER}/{n:04}.yaml": b"a" for n in range(1, 200)}}
    first = past.commit(MARK)
    second = past.commit(many, first)
    past.commit(MARK, second)
    assert (second, FOLDER, "TooLarge") in faults(past.audit())


def test_a_commit_that_touches_entries_without_end_is_not_read_on(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auditing, "MAX_STATE_ENTRIES", 50)
    first = past.commit(MARK)
    one = past.tree({f"{n:04}.yaml": b"a" for n in range(1, 20)})
    second = past.commit({**MARK, **{f"archive/2026/l-{n}": (TREE, one) for n in range(10)}}, first)
    found = faults(past.audit())
    assert (second, "archive/2026/l-2", "TooLarge") in found
    assert {path for _, path, _ in found if path.startswith("archive/2026/l-3")} == set()


def test_an_id_that_looks_like_an_entry_deceives_nobody(past: Past) -> None:
    # The id of a submodule is anybody's choice: it holds the bytes of an entry.
    false = b"\0" + entry(BLOB, b"0001.yaml", b"")[1:]
    assert len(false) < 20
    record = entry(BLOB, b"0002.yaml", past.git.create_blob(b"b").raw)
    odd = entry(b"160000", b"0001.x", false.ljust(20, b"x"))
    first = past.commit({}, root=with_letter(past, odd + record))
    second = past.commit(
        {}, first, root=with_letter(past, odd + entry(BLOB, b"0001.yaml", past.git.create_blob(b"a").raw) + record)
    )
    report = past.audit()
    assert report.arrived["revisions"] == 2
    assert lost(report) == set()
    assert (second, ONE) in {(commit, path) for commit, path, _ in faults(report)}


# --- the command ---


def test_the_command_tells_faults_in_plain_sentences_and_ends_with_status_1(past: Past, tmp_path: Path) -> None:
    desk = a_desk()
    first = past.commit(whole(desk))
    second = past.commit({**whole(desk), ONE: b"a"}, first)
    answer = run("openletter --archive a audit", tmp_path, tmp_path)
    old, new = (str(past.git.create_blob(data))[:12] for data in (desk.text(1), b"a"))
    assert (
        f"FALSE IN THIS HISTORY\n  {ONE}\n"
        "      this was changed, and nothing in an archive ever is (HistoryError)\n"
        f"      commit {second[:12]}; before it: a file ({old}); in it: a file\n      ({new})\n"
    ) in answer
    assert answer.endswith("[status 1]\n")


def test_the_path_of_a_stranger_reaches_no_terminal_as_it_is(past: Past, tmp_path: Path) -> None:
    past.commit({**MARK, f"{FOLDER}/0003.yaml\x1b[2J": b"x"})
    answer = run("openletter --archive a audit", tmp_path, tmp_path)
    assert "\x1b" not in answer
    assert "0003.yaml\\u{1B}[2J" in answer


def test_a_wrong_use_ends_with_status_2_and_a_cure(past: Past, tmp_path: Path) -> None:
    past.commit(MARK)
    assert run("openletter --archive a audit --from 1234567", tmp_path, tmp_path) == (
        "error: this archive holds no commit 1234567, or more than one whose id begins so\n"
        "hint: name one by its id, as git log or openletter log --json shows it\n[status 2]\n"
    )
    shutil.rmtree(past.folder / ".git")
    (past.folder / ".gitattributes").write_bytes(ATTRIBUTES)
    answer = run("openletter --archive a audit", tmp_path, tmp_path)
    assert "an audit needs the history" in answer
    assert answer.endswith("[status 2]\n")
