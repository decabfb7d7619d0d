"""SHA-256 tree ids are those that stock git computes, and the cache makes them no less true (spec/history.md)."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pygit2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pygit2.enums import ObjectType

from openletter.archive import tree_cache, tree_ids
from openletter.archive.tree_cache import ENTRY, MAX_CACHE, NAME, TreeCache
from openletter.archive.tree_ids import TreeIds
from openletter.errors import ForeignPath, StorageError, TooLarge
from spec_examples import Example, examples
from test_attacks import BLOB, TREE, Forge
from tools import need

ROOT = Path(__file__).resolve().parents[1]
EMPTY = "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321"
SECRET = bytes(range(32))
MODES = (b"100644", b"100755", b"120000")

Tree = dict[bytes, "tuple[bytes, bytes] | Tree"]
names = st.one_of(
    st.sampled_from([b"a", b"a.b", b"a-b", b"a0", b"ab", b"A", b"0001.yaml", "é".encode(), b"a b", b"\xff", b"a\n"]),
    st.text("abc.-/\0é", min_size=1, max_size=4)
    .map(lambda name: name.replace("/", "x").replace("\0", "y").encode())
    .filter(lambda name: name not in {b".", b".."}),
)
files = st.tuples(st.sampled_from(MODES), st.binary(max_size=40))
folders: st.SearchStrategy[Tree] = st.recursive(
    st.dictionaries(names, files, min_size=1, max_size=4),
    lambda inner: st.dictionaries(names, st.one_of(files, inner), min_size=1, max_size=5),
    max_leaves=25,
)


def git(folder: Path, *arguments: str, data: bytes | None = None) -> str:
    done = subprocess.run(
        [need("git"), "-C", str(folder), *arguments],
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"},
        input=data,
        check=True,
        capture_output=True,
    )
    return done.stdout.decode().strip()


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of SHA-256 objects, made by stock git."""
    folder = tmp_path_factory.mktemp("sha256")
    git(folder, "init", "--quiet", "--object-format=sha256", "--initial-branch=main")
    return folder


@pytest.fixture(scope="module")
def forge(tmp_path_factory: pytest.TempPathFactory) -> Forge:
    return Forge(tmp_path_factory.mktemp("sha1"))


def stored(forge: Forge, tree: Tree) -> bytes:
    """The tree as objects of SHA-1, in git's order."""
    entries = []
    for name, content in tree.items():
        if isinstance(content, dict):
            entries.append((name + b"/", TREE, name, stored(forge, content)))
        else:
            entries.append((name, content[0], name, forge.blob(content[1])))
    data = b"".join(mode + b" " + name + b"\0" + oid for _, mode, name, oid in sorted(entries))
    return forge.git.odb.write(ObjectType.TREE, data).raw


def committed(forge: Forge, *entries: tuple[bytes, str, bytes]) -> pygit2.Oid:
    """A commit of a root with these entries."""
    author = pygit2.Signature("Mallory", "mallory@thief.example", 0, 0)
    root = pygit2.Oid(raw=forge.tree(*entries))
    return forge.git.create_commit(None, author, author, "forged", root, [])


def computed(forge: Forge, *entries: tuple[bytes, str, bytes]) -> str:
    return fresh(forge).of(committed(forge, *entries))


def fresh(forge: Forge, secret: bytes | None = None) -> TreeIds:
    """Tree ids as a new process computes them."""
    return TreeIds(forge.git, TreeCache(Path(forge.git.path), lambda: secret))


def by_stock_git(stock: Path, tree: Tree) -> str:
    def quoted(path: bytes) -> bytes:
        return b'"' + b"".join(b"\\%03o" % byte for byte in path) + b'"'

    def lines(tree: Tree, path: bytes) -> bytes:
        found = b""
        for name, content in tree.items():
            if isinstance(content, dict):
                found += lines(content, path + name + b"/")
            else:
                mode, data = content
                found += b"M %s inline %s\ndata %d\n%s\n" % (mode, quoted(path + name), len(data), data)
        return found

    begin = b"commit refs/heads/main\ncommitter S <s@alder.example> 0 +0000\ndata 0\ndeleteall\n"
    git(stock, "fast-import", "--quiet", "--force", data=begin + lines(tree, b"") + b"\n")
    return git(stock, "rev-parse", "main^{tree}")


# --- as stock git computes them ---


@settings(max_examples=60)
@given(archive=st.none() | folders, keys=st.none() | folders)
def test_the_id_is_the_one_that_stock_git_gives_to_the_same_tree(
    archive: Tree | None, keys: Tree | None, stock: Path, forge: Forge
) -> None:
    parts = {name: tree for name, tree in (("archive", archive), ("keys", keys)) if tree is not None}
    ours = computed(
        forge,
        (BLOB, "a.txt", forge.blob(b"beside it")),
        *((TREE, name, stored(forge, tree)) for name, tree in parts.items()),
        (BLOB, "z.txt", forge.blob(b"beside it")),
    )
    assert ours == (by_stock_git(stock, {name.encode(): tree for name, tree in parts.items()}) if parts else EMPTY)


def test_the_id_of_nothing_is_that_of_an_empty_tree(stock: Path, forge: Forge) -> None:
    assert computed(forge) == git(stock, "mktree", data=b"") == EMPTY


def test_an_empty_folder_that_git_would_leave_out_counts(stock: Path, forge: Forge) -> None:
    git(stock, "mktree", data=b"")
    expected = git(stock, "mktree", data=f"040000 tree {EMPTY}\tarchive\n".encode())
    assert computed(forge, (TREE, "archive", forge.tree())) == expected


def test_the_id_of_the_sample_is_the_one_that_stock_git_computes(tmp_path: Path) -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("this is no checkout of git")
    git(tmp_path, "init", "--quiet", "--object-format=sha256")
    packed = subprocess.run([need("git"), "-C", ROOT, "archive", "HEAD", "archive", "keys"], check=True, stdout=-1)
    subprocess.run(["tar", "-x", "-C", tmp_path], input=packed.stdout, check=True)
    git(tmp_path, "add", "--all")
    repository = pygit2.Repository(str(ROOT))
    ours = TreeIds(repository, TreeCache(tmp_path, None)).of(repository.head.peel(pygit2.Commit).id)
    assert ours == git(tmp_path, "write-tree")


EXAMPLES = [example for example in examples(ROOT / "spec" / "history.md") if example.words[1:2] == ["example"]]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"line {example.line}")
def test_the_examples_of_the_spec_have_the_ids_that_it_says(example: Example, stock: Path, forge: Forge) -> None:
    tree: Tree = {}
    for line in example.content.splitlines():
        path, _, text = line.partition(b": ")
        *inner, name = path.split(b"/")
        place = tree
        for folder in inner:
            deeper = place.setdefault(folder, {})
            assert isinstance(deeper, dict)
            place = deeper
        place[name] = (BLOB, text + b"\n")
    entries = ((TREE, name.decode(), stored(forge, part)) for name, part in tree.items() if isinstance(part, dict))
    assert [computed(forge, *entries)] == [by_stock_git(stock, tree)] == example.words[2:]


def test_the_spec_has_an_example() -> None:
    assert EXAMPLES


# --- what has no id ---


def a_blob(forge: Forge) -> bytes:
    return forge.blob(b"x\n")


@pytest.mark.parametrize(
    "entries",
    [
        [(b"160000", "a", b"c" * 20)],
        [(b"100664", "a", None)],
        [(b"040000", "a", b"t" * 20)],
        [(b"100644", "b", None), (b"100644", "a", None)],
        [(b"100644", "a", None), (b"100644", "a", None)],
        [(b"100644", "a", None), (b"100644", "a.b", None), (b"40000", "a", b"t" * 20)],
        [(b"100644", "", None)],
        [(b"100644", "a/b", None)],
        [(b"", "a", None)],
    ],
    ids=[
        "submodule",
        "odd mode",
        "padded mode",
        "out of order",
        "twice",
        "file and folder",
        "no name",
        "slash",
        "none",
    ],
)
def test_what_git_would_not_write_or_a_submodule_has_no_id(
    entries: list[tuple[bytes, str, bytes | None]], forge: Forge
) -> None:
    inner = forge.tree(*((mode, name, oid or a_blob(forge)) for mode, name, oid in entries))
    with pytest.raises(ForeignPath) as caught:
        computed(forge, (TREE, "archive", forge.tree((TREE, "2026", inner))))
    assert caught.value.path == "archive/2026"


def test_a_tree_that_is_cut_short_has_no_id(forge: Forge) -> None:
    cut = forge.git.odb.write(ObjectType.TREE, b"100644 a\0" + b"i" * 19).raw
    with pytest.raises(ForeignPath):
        computed(forge, (TREE, "archive", cut))


@pytest.mark.parametrize("name", ["archive", "keys"])
@pytest.mark.parametrize("mode", [b"100644", b"120000", b"160000"])
def test_where_archive_or_keys_is_no_folder_there_is_no_id(name: str, mode: bytes, forge: Forge) -> None:
    with pytest.raises(ForeignPath) as caught:
        computed(forge, (mode, name, a_blob(forge)))
    assert caught.value.path == name


def test_an_entry_that_is_another_kind_of_object_has_no_id(forge: Forge) -> None:
    blob, tree = a_blob(forge), forge.tree()
    for entry in ((TREE, "2026", blob), (BLOB, "a", tree)):
        with pytest.raises(ForeignPath, match="something else than"):
            computed(forge, (TREE, "archive", forge.tree(entry)))


def test_what_is_missing_is_a_failure_of_the_storage(forge: Forge) -> None:
    for entry in ((TREE, "2026", b"m" * 20), (BLOB, "a", b"m" * 20)):
        with pytest.raises(StorageError):
            computed(forge, (TREE, "archive", forge.tree(entry)))


def test_folders_one_in_another_without_end_are_refused(forge: Forge) -> None:
    inner = forge.tree()
    for _ in range(5000):
        inner = forge.tree((TREE, "a", inner))
    with pytest.raises(TooLarge, match="one in another"):
        computed(forge, (TREE, "archive", inner))


def test_one_folder_in_a_million_places_is_read_once(forge: Forge, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = forge.tree((BLOB, "x", a_blob(forge)))
    for _ in range(20):
        inner = forge.tree((TREE, "a", inner), (TREE, "b", inner))
    monkeypatch.setattr(tree_ids, "_MOST_ENTRIES", 41)
    assert len(computed(forge, (TREE, "archive", inner))) == 64


def test_what_is_read_is_limited(forge: Forge, monkeypatch: pytest.MonkeyPatch) -> None:
    two = forge.tree((BLOB, "x", forge.blob(b"12345")), (BLOB, "y", forge.blob(b"67890")))
    for name, most, why in (
        ("MAX_STATE", 9, "together"),
        ("_MOST_ENTRIES", 1, "entries of folders"),
        ("MAX_ENTRIES", 1, "more than 1 entries"),
        ("MAX_FOLDER", 4, "a file of 5 bytes"),
    ):
        with monkeypatch.context() as limits:
            limits.setattr(tree_ids, name, most)
            with pytest.raises(TooLarge, match=why):
                computed(forge, (TREE, "archive", two))
    assert computed(forge, (TREE, "archive", two))


# --- the cache ---


@pytest.fixture
def one(tmp_path: Path) -> tuple[Forge, pygit2.Oid]:
    """A repository of its own, and a commit in it."""
    forge = Forge(tmp_path / "one")
    year = forge.tree(
        *((TREE, f"letter-{n}", forge.tree((BLOB, "0001.yaml", forge.blob(b"%d" % n)))) for n in range(5))
    )
    checkpoints = forge.folder({f"{n:03}.yaml": b"checkpoint %d" % n for n in range(150)})
    archive = forge.tree((TREE, "2026", year), (TREE, "checkpoints", forge.tree((TREE, "alder.example", checkpoints))))
    return forge, committed(forge, (TREE, "archive", archive))


def kept(forge: Forge, commit: pygit2.Oid, secret: bytes | None = SECRET) -> str:
    """The id, and what was computed is saved."""
    cache = TreeCache(Path(forge.git.path), lambda: secret)
    found = TreeIds(forge.git, cache).of(commit)
    cache.save()
    return found


def file_of(forge: Forge) -> Path:
    return Path(forge.git.path) / NAME


class Nothing:
    """Objects of which none may be read."""

    def read(self, _: pygit2.Oid, __: ObjectType, path: str, **___: int) -> bytes:
        raise AssertionError(f"{path} was read")


def warm(forge: Forge, commit: pygit2.Oid, secret: bytes | None = SECRET) -> str:
    """The id, without reading a folder or a file below `archive` and `keys`."""
    ids = fresh(forge, secret)
    ids._objects = Nothing()  # type: ignore[assignment]
    return ids.of(commit)


def test_what_was_kept_is_not_read_again(one: tuple[Forge, pygit2.Oid]) -> None:
    cold = kept(*one)
    assert warm(*one) == cold
    # Folders, and the files of the one folder that has many.
    assert file_of(one[0]).stat().st_size == ENTRY * (1 + 1 + 5 + 1 + 1 + 150)


def test_nothing_is_kept_without_a_secret(one: tuple[Forge, pygit2.Oid]) -> None:
    kept(*one, secret=None)
    assert not file_of(one[0]).exists()


def test_what_is_kept_under_another_secret_is_not_believed(one: tuple[Forge, pygit2.Oid]) -> None:
    kept(*one, secret=bytes(32))
    with pytest.raises(AssertionError, match="archive was read"):
        warm(*one)
    kept(*one)
    assert warm(*one) == warm(*one, secret=bytes(32))  # two users of one repository don't disturb each other


def test_what_is_saved_twice_is_written_once(one: tuple[Forge, pygit2.Oid]) -> None:
    kept(*one)
    size = file_of(one[0]).stat().st_size
    kept(*one)
    assert file_of(one[0]).stat().st_size == size


@settings(max_examples=200)
@given(data=st.data())
def test_whatever_is_planted_in_the_cache_the_id_is_true(
    data: st.DataObject, planted: tuple[Forge, pygit2.Oid]
) -> None:
    forge, commit = planted
    whole = file_of(forge).read_bytes()
    count = len(whole) // ENTRY
    entries = [whole[at * ENTRY : (at + 1) * ENTRY] for at in range(count)]
    for _ in range(data.draw(st.integers(1, 3))):
        at, other = data.draw(st.integers(0, count - 1)), data.draw(st.integers(0, count - 1))
        part = data.draw(st.sampled_from([slice(0, 16), slice(16, 48), slice(48, 64), slice(0, 48), slice(16, 64)]))
        changed = bytearray(entries[at])
        changed[part] = data.draw(st.sampled_from([entries[other][part], bytes(len(entries[at][part]))]))
        entries[at] = bytes(changed)
    cut = data.draw(st.integers(0, ENTRY))
    file_of(forge).write_bytes(
        b"".join(entries)[cut:] if data.draw(st.booleans()) else b"".join(entries)[: -cut or None]
    )
    try:
        assert fresh(forge, SECRET).of(commit) == fresh(forge).of(commit)
    finally:
        file_of(forge).write_bytes(whole)


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Forge, pygit2.Oid]:
    forge = Forge(tmp_path_factory.mktemp("planted"))
    letters = ((TREE, f"letter-{n}", forge.folder({"0001.yaml": b"%d" % n, "0002.yaml": b"x"})) for n in range(5))
    commit = committed(forge, (TREE, "archive", forge.tree((TREE, "2026", forge.tree(*letters)))))
    kept(forge, commit)
    return forge, commit


def test_a_broken_tail_is_ignored_and_mended(one: tuple[Forge, pygit2.Oid]) -> None:
    cold = kept(*one)
    whole = file_of(one[0]).read_bytes()
    file_of(one[0]).write_bytes(whole[:-1])
    assert kept(*one) == cold
    assert len(file_of(one[0]).read_bytes()) == len(whole)
    assert warm(*one) == cold


def test_a_full_cache_is_begun_anew(one: tuple[Forge, pygit2.Oid], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree_cache, "MAX_CACHE", 200 * ENTRY)
    cold = kept(*one)
    file_of(one[0]).write_bytes(bytes(100 * ENTRY))
    assert kept(*one) == cold
    assert file_of(one[0]).stat().st_size == 159 * ENTRY
    assert warm(*one) == cold


def test_a_cache_that_is_too_large_is_not_read(one: tuple[Forge, pygit2.Oid]) -> None:
    cold = kept(*one)
    os.truncate(file_of(one[0]), MAX_CACHE + ENTRY)
    with pytest.raises(AssertionError, match="archive was read"):
        warm(*one)
    assert kept(*one) == warm(*one) == cold


@pytest.mark.parametrize("what", ["link", "hard link", "pipe", "folder", "read-only"])
def test_what_stands_in_the_place_of_the_cache_is_neither_followed_nor_waited_for(
    what: str, one: tuple[Forge, pygit2.Oid], tmp_path: Path
) -> None:
    mine = tmp_path / "mine"
    mine.write_bytes(b"mine\n")
    place = file_of(one[0])
    if what == "link":
        place.symlink_to(mine)
    elif what == "hard link":
        place.hardlink_to(mine)
    elif what == "pipe":
        os.mkfifo(place)
    elif what == "folder":
        place.mkdir()
    else:
        place.touch(mode=0o444)
    assert kept(*one) == fresh(one[0]).of(one[1])
    assert mine.read_bytes() == b"mine\n"


def test_a_cache_that_can_not_be_written_is_left_as_it_was(
    one: tuple[Forge, pygit2.Oid], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int, __: bytes) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(os, "write", full)
        cold = kept(*one)
        assert not file_of(one[0]).exists()
        file_of(one[0]).write_bytes(bytes(ENTRY))
        assert kept(*one) == cold
        assert file_of(one[0]).read_bytes() == bytes(ENTRY)


def test_many_at_once_leave_a_whole_cache(one: tuple[Forge, pygit2.Oid]) -> None:
    caches = [TreeCache(Path(one[0].git.path), lambda: SECRET) for _ in range(8)]
    ids = {TreeIds(one[0].git, cache).of(one[1]) for cache in caches}
    for cache in caches:
        cache.save()
    assert ids == {warm(*one)}
    assert file_of(one[0]).stat().st_size % ENTRY == 0


def test_a_linked_work_tree_shares_the_cache_of_its_repository(tmp_path: Path) -> None:
    from openletter.archive import Act, Repository
    from test_archive import COMMITTER

    first, _ = Repository.create(tmp_path / "letters", COMMITTER)
    git(tmp_path / "letters", "worktree", "add", "-q", "../other", "-b", "other")
    other = Repository.open(tmp_path / "other", lambda: SECRET)
    act = Act(files={"archive/2026/a/0001.yaml": b"x\n"}, message="a")
    recorded = other.record(lambda _: act, COMMITTER)
    assert recorded is not None
    claim = (recorded.commit, other.tree_id(recorded.commit))
    other.sightings([claim])
    assert (tmp_path / "letters" / ".git" / NAME).stat().st_size % ENTRY == 0
    assert not list((tmp_path / "letters" / ".git" / "worktrees" / "other").glob(NAME))
    assert first.tree_id(recorded.commit) == claim[1]
