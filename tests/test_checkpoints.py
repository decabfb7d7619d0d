"""Checkpoints are made: with a signature, by themselves, and as a reader's own copy (spec/history.md)."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pygit2
import pytest
from pygit2.enums import FileMode

from builders import ALDER, BIRCH, CEDAR, LETTER, a_desk, key_of, name_of
from openletter import Archive, records, sshsig
from openletter.archive import Repository
from openletter.archive.tree_cache import ENTRY, NAME, TreeCache
from openletter.errors import ActRefused, ForeignPath, IdError, TimestampError, UnknownName
from openletter.pins.secret import own_secret
from openletter.records import Checkpoint
from openletter.records.kept import decode_kept
from test_api import COMMITTER, record, sign
from test_archive import git, plant
from test_attacks import forged, store
from transcripts import furnish, run

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "vectors"))

from make_timestamps import info, timestamp

SIGN = f"openletter --archive a sign {LETTER} --as cedar.example --key cedar.key --yes"


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """An archive with the keys of alder and birch."""
    made, _ = Archive.init(tmp_path / "letters", COMMITTER)
    for organization in (ALDER, BIRCH):
        made.add_organization(organization, name_of(organization), key_of(organization), COMMITTER, date="2026-01-05")
    return made


def repository_of(archive: Archive) -> Repository:
    assert archive._repository is not None
    return archive._repository


def head(archive: Archive, name: str = "HEAD") -> str:
    return git(repository_of(archive), "rev-parse", name).strip()


def checkpoints(archive: Archive, organization: str) -> dict[str, bytes]:
    folder = archive._snapshot().checkpoints().get(organization)
    return dict(folder.files) if folder is not None else {}


def the_checkpoint(archive: Archive, organization: str) -> Checkpoint:
    (data,) = (data for name, data in checkpoints(archive, organization).items() if name.endswith(".yaml"))
    found = records.decode(data)
    assert isinstance(found, Checkpoint)
    return found


# --- with a signature ---


def test_a_signature_and_its_checkpoint_come_in_one_step(archive: Archive) -> None:
    record(archive)
    before = head(archive)
    sign(archive, ALDER)
    assert head(archive, "HEAD^^") == before
    found = the_checkpoint(archive, ALDER)
    assert (found.commit, found.date) == (head(archive, "HEAD^"), "2026-05-14")
    assert found.tree == repository_of(archive).tree_id(found.commit)
    names = git(repository_of(archive), "diff", "--name-only", "HEAD^").split()
    assert {name.rpartition("/")[0] for name in names} == {f"archive/checkpoints/{ALDER}"}
    assert git(repository_of(archive), "diff", "--name-only", "HEAD^^", "HEAD^").split()[0].endswith(".sig")
    assert git(repository_of(archive), "reflog", "-1", "--format=%gs").startswith(f"{LETTER}: {ALDER} signs")


def test_the_same_key_signs_both_and_the_archive_is_sound(archive: Archive) -> None:
    record(archive)
    sign(archive, ALDER)
    files = checkpoints(archive, ALDER)
    (data,) = (data for name, data in files.items() if name.endswith(".yaml"))
    (armored,) = (data for name, data in files.items() if name.endswith(".sig"))
    signature = sshsig.decode(armored)
    sshsig.verify(signature, data)
    assert signature.key == key_of(ALDER).public
    assert archive.verify().false == ()


def test_what_is_signed_already_brings_no_checkpoint(archive: Archive) -> None:
    digest = record(archive).digest
    sign(archive, ALDER)
    before = head(archive)
    assert archive.sign(LETTER, 1, ALDER, key_of(ALDER), COMMITTER, digest=digest) is None
    assert head(archive) == before


def test_a_withdrawal_brings_no_checkpoint(archive: Archive) -> None:
    digest = record(archive).digest
    sign(archive, ALDER)
    before = head(archive)
    archive.withdraw(LETTER, 1, ALDER, key_of(ALDER), COMMITTER, digest=digest, date="2026-06-01")
    assert head(archive, "HEAD^") == before


def test_a_checkpoint_holds_the_signature_that_it_comes_with_and_all_before(archive: Archive) -> None:
    record(archive)
    for organization in (ALDER, BIRCH):
        sign(archive, organization)
    signatures = {name: f"archive/{LETTER}/0001.{name}.{key_of(name).public.short}.sig" for name in (ALDER, BIRCH)}
    claims = {name: the_checkpoint(archive, name) for name in (ALDER, BIRCH)}
    found = repository_of(archive).sightings([(c.commit, c.tree) for c in claims.values()], signatures.values())
    assert [found[c.commit, c.tree].holds for c in claims.values()] == [
        {signatures[ALDER]},
        {signatures[ALDER], signatures[BIRCH]},
    ]


def test_where_there_is_no_tree_id_the_signature_is_recorded_alone_and_that_is_said(tmp_path: Path) -> None:
    furnish(tmp_path)
    forged(tmp_path / "a", a_desk())
    repository = Repository.open(tmp_path / "a")
    words = "x " * 30 + "Signed: everybody has signed this, and no checkpoint is due"
    plant(repository, f"archive/2026/{words}/sub", FileMode.COMMIT, pygit2.Oid(hex="c" * 40))
    git(repository, "reset", "-q", "--hard")
    shown = run(SIGN, tmp_path, tmp_path)
    answer = " ".join(shown.replace("  | ", " ").split())
    assert "Signed: cedar.example" in answer
    assert "no checkpoint goes with it" in answer
    assert f"archive/2026/{words}: this folder has an entry that is no file" in answer
    # The words of a stranger begin no line.
    assert not [line for line in shown.splitlines() if line.lstrip().startswith(("x", "Signed: e", "everybody"))]
    assert git(repository, "log", "-1", "--format=%s").strip() == f"{LETTER}: cedar.example signs revision 2"
    archive = Archive.open(tmp_path / "a")
    with pytest.raises(ForeignPath):
        archive.preview_checkpoint(CEDAR, key_of(CEDAR).public, date="2026-05-14")


def test_where_this_copy_lacks_a_file_the_signature_is_recorded_alone_and_that_is_said(tmp_path: Path) -> None:
    furnish(tmp_path)
    forged(tmp_path / "a", a_desk())
    repository = Repository.open(tmp_path / "a")
    plant(repository, "archive/2026/other/0001.yaml", FileMode.BLOB)
    blob = str(pygit2.hash(b"planted\n"))
    (tmp_path / "a" / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    answer = " ".join(run(SIGN, tmp_path, tmp_path).split())
    assert "Signed: cedar.example" in answer
    assert "no checkpoint goes with it" in answer
    assert git(repository, "log", "-1", "--format=%s").strip() == f"{LETTER}: cedar.example signs revision 2"


# --- by itself ---


def preview(archive: Archive, organization: str = ALDER) -> Checkpoint:
    return archive.preview_checkpoint(organization, key_of(organization).public, date="2026-05-14")


def test_a_checkpoint_is_recorded_with_its_signature_and_timestamps(archive: Archive) -> None:
    shown = preview(archive)
    assert shown.commit == head(archive)
    token = timestamp(info(shown.to_bytes()))
    tokens = {"tsa.example": token}
    assert archive.checkpoint(shown, key_of(ALDER), COMMITTER, tokens=tokens) is not None
    act = records.digest(shown.to_bytes()).removeprefix("sha256:")[:16]
    files = checkpoints(archive, ALDER)
    assert files.keys() == {f"{act}.yaml", f"{act}.{key_of(ALDER).public.short}.sig", f"{act}.tsa.example.tsr"}
    assert files[f"{act}.tsa.example.tsr"] == token
    assert archive.checkpoint(shown, key_of(ALDER), COMMITTER, tokens=tokens) is None


def test_a_false_timestamp_is_not_recorded(archive: Archive) -> None:
    shown, before = preview(archive), head(archive)
    for token in (b"a token", timestamp(info(b"other")), timestamp()):
        with pytest.raises(TimestampError):
            archive.checkpoint(shown, key_of(ALDER), COMMITTER, tokens={"tsa.example": token})
    with pytest.raises(IdError):
        archive.checkpoint(shown, key_of(ALDER), COMMITTER, tokens={"localhost": timestamp(info(shown.to_bytes()))})
    assert head(archive) == before


def test_what_was_shown_is_recorded_though_another_act_came_in_between(archive: Archive) -> None:
    shown = preview(archive)
    record(archive)
    assert archive.checkpoint(shown, key_of(ALDER), COMMITTER) is not None
    assert the_checkpoint(archive, ALDER) == shown


def test_what_was_shown_is_refused_where_the_history_has_lost_it(archive: Archive) -> None:
    record(archive)
    shown = preview(archive)
    git(repository_of(archive), "reset", "-q", "--hard", "HEAD^")
    with pytest.raises(ActRefused, match="no longer one that comes after"):
        archive.checkpoint(shown, key_of(ALDER), COMMITTER)


def test_a_checkpoint_of_another_tree_is_not_recorded(archive: Archive) -> None:
    false = Checkpoint(organization=ALDER, date="2026-05-14", commit=head(archive), tree="0" * 64)
    with pytest.raises(ActRefused):
        archive.checkpoint(false, key_of(ALDER), COMMITTER)


def test_only_an_active_key_of_the_organization_signs_a_checkpoint(archive: Archive) -> None:
    with pytest.raises(ActRefused, match="is not on the record of"):
        archive.preview_checkpoint(ALDER, key_of(BIRCH).public, date="2026-05-14")
    with pytest.raises(ActRefused, match="is not on the record of"):
        archive.checkpoint(preview(archive), key_of(BIRCH), COMMITTER)
    with pytest.raises(UnknownName):
        preview(archive, CEDAR)


def test_a_plain_folder_has_no_checkpoint(tmp_path: Path) -> None:
    archive = Archive.open(store(a_desk(), tmp_path / "plain"))
    for act in (lambda: preview(archive), lambda: archive.keep(date="2026-05-14")):
        with pytest.raises(ActRefused, match="plain folder"):
            act()


# --- a copy to keep ---


def test_a_copy_is_kept_and_none_is_ever_replaced(tmp_path: Path) -> None:
    forged(tmp_path / "a", a_desk())
    keep = "openletter --archive a checkpoint -o seen.yaml"
    assert "Kept: " in run(keep, tmp_path, tmp_path)
    data = (tmp_path / "seen.yaml").read_bytes()
    assert decode_kept(data).commit == str(pygit2.Repository(str(tmp_path / "a")).head.target)
    for link in (False, True):
        if link:
            (tmp_path / "seen.yaml").unlink()
            (tmp_path / "seen.yaml").symlink_to("x")
        answer = run(keep, tmp_path, tmp_path)
        assert "a copy that was kept is never replaced" in answer
        assert answer.endswith("[status 2]\n")
    assert not (tmp_path / "x").exists()
    answer = run(keep.replace("seen.yaml", "no/such/folder"), tmp_path, tmp_path)
    assert "the copy can't be written" in answer


def test_a_shallow_clone_keeps_nothing(tmp_path: Path) -> None:
    forge = forged(tmp_path / "a", a_desk())
    author = pygit2.Signature("S", "s@alder.example", 0, 0)
    tip = forge.git.head.peel(pygit2.Commit)
    forge.git.create_commit("HEAD", author, author, "more", tip.tree_id, [tip.id])
    run("git clone -q --depth=1 file://$TMP/a b", tmp_path, tmp_path)
    answer = run("openletter --archive b checkpoint -o seen.yaml", tmp_path, tmp_path)
    assert "git fetch --unshallow" in answer
    assert answer.endswith("[status 2]\n")
    assert not (tmp_path / "seen.yaml").exists()


# --- the user's own secret ---


def test_a_secret_is_made_once_and_is_the_users_alone(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: own_secret(tmp_path / "state" / "openletter"), range(16)))
    (secret,) = found
    assert secret is not None
    assert len(secret) == 32
    assert [file.name for file in (tmp_path / "state" / "openletter").iterdir()] == ["secret"]
    assert stat.S_IMODE((tmp_path / "state" / "openletter" / "secret").stat().st_mode) == 0o600
    assert own_secret(tmp_path / "other") != secret


@pytest.mark.parametrize("what", ["short", "long", "read by others", "link", "pipe", "folder", "no folder"])
def test_what_is_no_secret_of_the_users_alone_is_none(what: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    if what == "link":
        (tmp_path / "elsewhere").write_bytes(bytes(32))
        (tmp_path / "elsewhere").chmod(0o600)
        file.symlink_to("elsewhere")
    elif what == "pipe":
        os.mkfifo(file, 0o600)
    elif what == "folder":
        file.mkdir()
    elif what == "no folder":
        assert own_secret(Path("/dev/null/state")) is None
        return
    else:
        file.write_bytes(bytes({"short": 31, "long": 33}.get(what, 32)))
        file.chmod(0o604 if what == "read by others" else 0o600)
    assert own_secret(tmp_path) is None


def test_commands_keep_tree_ids_under_the_secret_of_the_user(tmp_path: Path) -> None:
    furnish(tmp_path)
    forged(tmp_path / "a", a_desk())
    run(SIGN, tmp_path, tmp_path)
    secret = own_secret(tmp_path / "home" / ".local" / "state" / "openletter")
    archive = Archive.open(tmp_path / "a", secret=lambda: secret)
    cache = repository_of(archive)._cache
    folder = archive._snapshot()._source._entries("archive")["2026"][1]  # type: ignore[attr-defined]
    assert cache.get(folder) is not None
    other = Archive.open(tmp_path / "a", secret=lambda: bytes(32))
    assert repository_of(other)._cache.get(folder) is None


def test_without_a_place_for_a_secret_a_command_works_and_keeps_nothing(tmp_path: Path) -> None:
    furnish(tmp_path)
    forged(tmp_path / "a", a_desk())
    (tmp_path / "file").touch()
    assert "Signed: cedar.example" in run(f"XDG_STATE_HOME=$TMP/file {SIGN}", tmp_path, tmp_path)
    assert not (tmp_path / "a" / ".git" / "openletter.tree_ids").exists()


def test_false_tree_ids_that_a_stranger_left_are_not_signed(tmp_path: Path) -> None:
    furnish(tmp_path)
    forged(tmp_path / "a", a_desk())
    shutil.copytree(tmp_path / "a", tmp_path / "honest")
    run(SIGN.replace("--archive a", "--archive honest"), tmp_path, tmp_path)
    # All that is in the archive, with ids that are false, under the stranger's own secret; and the user's own entries,
    # of an archive that the stranger was given, with other ids in them.
    repository = pygit2.Repository(str(tmp_path / "a"))
    cache = TreeCache(tmp_path / "a" / ".git", lambda: bytes(32))
    cache.get(b"")
    for oid in repository:
        cache.put(oid.raw, b"f" * 32)
    cache.save()
    planted = tmp_path / "a" / ".git" / NAME
    own = (tmp_path / "honest" / ".git" / NAME).read_bytes()
    false = b"".join(own[at : at + 16] + b"f" * 32 + own[at + 48 : at + 64] for at in range(0, len(own), ENTRY))
    planted.write_bytes(own + planted.read_bytes() + false)
    run(SIGN, tmp_path, tmp_path)
    signed, honest = Archive.open(tmp_path / "a"), Archive.open(tmp_path / "honest")
    assert the_checkpoint(signed, CEDAR).tree == the_checkpoint(honest, CEDAR).tree
    assert signed.verify().false == ()
