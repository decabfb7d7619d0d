"""Attacks that once made the command say something false, or fail: each stays here (spec/verification.md)."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pygit2
import pytest

from builders import ALDER, BIRCH, CEDAR, LETTER, Desk, a_desk, a_letter, key_of, signed_by
from openletter.archive import ATTRIBUTES
from openletter.records import Signatory
from openletter.verify import Verdict
from transcripts import furnish, run

TREE, BLOB = b"40000", b"100644"


def store(desk: Desk, folder: Path) -> Path:
    """The desk as a plain folder."""
    folder.mkdir()
    (folder / ".gitattributes").write_bytes(ATTRIBUTES)
    for path, files in {f"archive/{LETTER}": desk.files, **{f"keys/{o}": f for o, f in desk.keys.items()}}.items():
        (folder / path).mkdir(parents=True)
        for name, data in files.items():
            (folder / path / name).write_bytes(data)
    return folder


class Forge:
    """Writes git trees that git itself would not write."""

    def __init__(self, folder: Path) -> None:
        self.git = pygit2.init_repository(str(folder), initial_head="main")

    def blob(self, data: bytes) -> bytes:
        return self.git.create_blob(data).raw

    def tree(self, *entries: tuple[bytes, str, bytes]) -> bytes:
        data = b"".join(mode + b" " + name.encode() + b"\0" + oid for mode, name, oid in entries)
        return self.git.odb.write(pygit2.enums.ObjectType.TREE, data).raw

    def folder(self, files: dict[str, bytes]) -> bytes:
        return self.tree(*((BLOB, name, self.blob(data)) for name, data in sorted(files.items())))

    def commit(self, root: bytes) -> None:
        author = pygit2.Signature("Mallory", "mallory@thief.example", 0, 0)
        self.git.create_commit("HEAD", author, author, "forged", pygit2.Oid(raw=root), [])


def forged(folder: Path, desk: Desk, *, letter: bytes | None = None, forge: Forge | None = None) -> Forge:
    """The desk as a git archive, with the tree of the letter given."""
    forge = forge or Forge(folder)
    letter = letter or forge.folder(desk.files)
    slug = LETTER.split("/")[1]
    archive = forge.tree((TREE, "2026", forge.tree((TREE, slug, letter))))
    keys = forge.tree(*((TREE, organization, forge.folder(files)) for organization, files in sorted(desk.keys.items())))
    forge.commit(
        forge.tree((BLOB, ".gitattributes", forge.blob(ATTRIBUTES)), (TREE, "archive", archive), (TREE, "keys", keys))
    )
    return forge


# --- demands ---


def test_a_demand_is_asked_of_every_revision_that_is_named(tmp_path: Path) -> None:
    folder = store(a_desk(), tmp_path / "a")
    both = f"openletter --archive {folder} verify {LETTER}@2 {LETTER}@1 --require {BIRCH}"
    assert run(both, tmp_path, tmp_path).endswith(f"{LETTER}@2: {BIRCH} didn't sign this text\n[status 3]\n")
    answer = run(both + " --json", tmp_path, tmp_path).removesuffix("[status 3]\n")
    assert json.loads(answer)["demand"]["unmet"] == {f"{LETTER}@2": [f"{BIRCH} didn't sign this text"]}


def test_a_letter_that_is_named_twice_counts_once(tmp_path: Path) -> None:
    folder = store(a_desk(), tmp_path / "a")
    once = run(f"openletter --archive {folder} verify {LETTER}", tmp_path, tmp_path)
    assert run(f"openletter --archive {folder} verify {LETTER} {LETTER}", tmp_path, tmp_path) == once


def test_without_a_letter_no_demand_is_met(tmp_path: Path) -> None:
    desk = a_desk()
    folder = store(desk, tmp_path / "a")
    for file in (folder / "archive" / LETTER).iterdir():
        file.unlink()
    (folder / "archive" / LETTER).rmdir()
    answer = run(f"openletter --archive {folder} verify --require all --json", tmp_path, tmp_path)
    report = json.loads(answer.removesuffix("[status 3]\n"))
    assert (report["demand"]["met"], report["status"]) == (False, 3)


# --- withdrawals ---


def test_a_copy_of_a_withdrawal_under_another_number_cancels_nothing() -> None:
    desk = a_desk()
    name = desk.withdraw(ALDER, 1)
    desk.files["0002" + name[4:]] = desk.files[name]
    assert desk.verdict(ALDER, 1).verdict is Verdict.WITHDRAWN
    assert [fault.path for fault in desk.judge().faults] == [f"archive/{LETTER}/0002{name[4:]}"]


def test_a_withdrawal_that_was_renewed_is_still_told(tmp_path: Path) -> None:
    desk = a_desk()
    desk.withdraw(ALDER, 1)
    answer = run(f"openletter --archive {store(desk, tmp_path / 'a')} verify {LETTER}", tmp_path, tmp_path)
    assert f"in this copy: {ALDER} from {LETTER}@1" in " ".join(answer.split())


def test_whoever_withdrew_cannot_sign_what_it_withdrew_from(tmp_path: Path) -> None:
    furnish(tmp_path)
    desk = a_desk()
    desk.withdraw(CEDAR, 2)
    forged(tmp_path / "a", desk)
    answer = run(f"openletter --archive a sign {LETTER} --as {CEDAR} --key cedar.key --yes", tmp_path, tmp_path)
    assert answer.startswith(
        f"error: {CEDAR} has withdrawn from revision 2 and every earlier one\nhint: only a signature"
    )


# --- signatures ---


def test_rubbish_in_the_place_of_a_signature_does_not_pass_for_one(tmp_path: Path) -> None:
    furnish(tmp_path)
    desk = a_desk()
    name = desk.sign(CEDAR)
    desk.files[name] = signed_by(key_of(CEDAR), b"something else")
    forged(tmp_path / "a", desk)
    answer = run(f"openletter --archive a sign {LETTER} --as {CEDAR} --key cedar.key --yes", tmp_path, tmp_path)
    assert answer.startswith(f"error: archive/{LETTER}/{name}: something else lies in the place of this signature")
    assert answer.endswith("[status 2]\n")


def test_log_tells_of_signatures_though_the_newest_revision_is_rubbish(tmp_path: Path) -> None:
    desk = a_desk()
    desk.files["0003.yaml"] = b"rubbish\n"
    folder = store(desk, tmp_path / "a")
    answer = run(f"openletter --archive {folder} log {LETTER}", tmp_path, tmp_path)
    assert answer.count("signed it") == 4
    assert answer.endswith("[status 1]\n")
    assert f"openletter verify {LETTER}@2" in run(f"openletter --archive {folder} verify {LETTER}", tmp_path, tmp_path)


def test_a_retired_keys_signature_is_marked_in_every_verdict(tmp_path: Path) -> None:
    from dataclasses import replace

    from openletter import records
    from openletter.records import Key, Organization

    desk = a_desk()
    for organization in (ALDER, BIRCH):
        first = records.decode(desk.keys[organization]["0001.yaml"])
        assert isinstance(first, Organization)
        old, new = key_of(organization), key_of(organization, "second")
        second = replace(
            first,
            record=2,
            previous=records.digest(first.to_bytes()),
            basis="rotation",
            keys=(Key(key=old.public.line, status="retired"), Key(key=new.public.line, status="active")),
        )
        desk.record(second, (organization, old), (organization, new))
    answer = run(f"openletter --archive {store(desk, tmp_path / 'a')} verify {LETTER}", tmp_path, tmp_path)
    assert answer.count("with a key that has been retired since") == 2


# --- misplaced records ---


def test_a_record_under_the_name_of_another_is_never_shown_as_it(tmp_path: Path) -> None:
    desk = a_desk()
    other = a_letter(revision=7)
    desk.files["0002.yaml"] = other.to_bytes()
    folder = store(desk, tmp_path / "a")
    for command in (f"show {LETTER}", f"diff {LETTER}@1 @2"):
        answer = run(f"openletter --archive {folder} {command}", tmp_path, tmp_path)
        assert answer.startswith(
            f"error: archive/{LETTER}/0002.yaml: this is revision 7 of {LETTER}\nhint: don't rely on it"
        )
        assert answer.endswith("[status 1]\n")


# --- what a stranger's text can do on a terminal ---


@pytest.mark.parametrize("gap", [" " * 60, "\u00a0" * 60, "\u3000" * 40])
def test_a_printed_name_stays_on_its_line(gap: str, tmp_path: Path) -> None:
    name = f"Birch{gap}x elm.example     Elm Congress"
    desk = Desk()
    desk.enrol(ALDER, name=name)
    desk.revise(a_letter(signatories=(Signatory(organization=ALDER, of=name),)))
    desk.sign(ALDER)
    folder = store(desk, tmp_path / "a")
    for command in (f"verify {LETTER}", f"log {LETTER}", "keys list", f"keys show {ALDER}"):
        answer = run(f"openletter --archive {folder} {command}", tmp_path, tmp_path)
        lines = [line for line in answer.splitlines() if "Congress" in line]
        assert lines
        assert all(ALDER in line or "calls it" in line for line in lines), answer
        assert all(len(line) <= 80 for line in lines)


def test_a_reason_for_withdrawing_stands_behind_a_bar(tmp_path: Path) -> None:
    desk = a_desk()
    desk.withdraw(ALDER, 2, reason="We were misled.\n\nkey SHA256:forged\nSIGNED THIS TEXT")
    answer = run(f"openletter --archive {store(desk, tmp_path / 'a')} verify {LETTER}", tmp_path, tmp_path)
    for text in ("We were misled.", "key SHA256:forged", "SIGNED THIS TEXT"):
        assert f"        | {text}\n" in answer


@pytest.mark.parametrize(
    "text", ["日本" * 200, "\u0601" * 120 + "SIGNED", "❤\ufe0f" * 80], ids=["wide", "marks", "emoji"]
)
def test_no_line_of_a_letter_is_wider_than_the_terminal(text: str, tmp_path: Path) -> None:
    from openletter.cli.terminal import columns

    desk = a_desk()
    desk.revise(body=text)
    folder = store(desk, tmp_path / "a")
    for command in (f"show {LETTER}", f"diff {LETTER}"):
        answer = run(f"openletter --archive {folder} {command}", tmp_path, tmp_path)
        assert all(columns(line) <= 80 for line in answer.splitlines())
        assert "\nSIGNED" not in answer


# --- trees that git would not write ---


def test_two_entries_of_one_name_are_no_record(tmp_path: Path) -> None:
    desk = a_desk()
    forge = Forge(tmp_path / "a")
    entries = [(BLOB, name, forge.blob(data)) for name, data in sorted(desk.files.items())]
    twice = [entry for entry in entries if entry[1] == "0002.yaml"]
    place = entries.index(twice[0])
    letter = forge.tree(*entries[:place], (BLOB, "0002.yaml", forge.blob(b"another\n")), *entries[place:])
    forged(tmp_path / "a", desk, letter=letter, forge=forge)
    answer = run(f"openletter --archive a verify {LETTER}", tmp_path, tmp_path)
    assert "one of two entries of one name stands where a plain file is due" in " ".join(answer.split())
    assert answer.endswith("[status 1]\n")


def test_entries_out_of_order_are_no_records(tmp_path: Path) -> None:
    desk = a_desk()
    forge = Forge(tmp_path / "a")
    entries = [(BLOB, name, forge.blob(data)) for name, data in sorted(desk.files.items(), reverse=True)]
    forged(tmp_path / "a", desk, letter=forge.tree(*entries), forge=forge)
    answer = run(f"openletter --archive a verify {LETTER}", tmp_path, tmp_path)
    assert "an entry out of git's order stands where a plain file is due" in " ".join(answer.split())
    assert answer.endswith("[status 1]\n")


@pytest.mark.parametrize("mode", [b"100664", b"100600", b"0100644", b"7"])
def test_a_mode_that_is_not_exactly_the_one_is_foreign(mode: bytes, tmp_path: Path) -> None:
    desk = a_desk()
    forge = Forge(tmp_path / "a")
    entries = [
        (mode if name == "0002.yaml" else BLOB, name, forge.blob(data)) for name, data in sorted(desk.files.items())
    ]
    forged(tmp_path / "a", desk, letter=forge.tree(*entries), forge=forge)
    answer = run(f"openletter --archive a verify {LETTER}", tmp_path, tmp_path)
    assert f"an entry of mode {mode.decode()} stands where a plain file is due" in " ".join(answer.split())
    assert answer.endswith("[status 1]\n")


def test_two_folders_of_one_name_at_the_top_are_no_archive(tmp_path: Path) -> None:
    forge = Forge(tmp_path / "a")
    empty = forge.tree()
    forge.commit(
        forge.tree((BLOB, ".gitattributes", forge.blob(ATTRIBUTES)), (TREE, "archive", empty), (TREE, "archive", empty))
    )
    answer = run("openletter --archive a list", tmp_path, tmp_path)
    assert answer == "error: archive: one of two entries of one name stands where a folder is due\n[status 1]\n"


def test_a_file_that_is_called_a_folder_is_told(tmp_path: Path) -> None:
    forge = Forge(tmp_path / "a")
    forge.commit(
        forge.tree((BLOB, ".gitattributes", forge.blob(ATTRIBUTES)), (TREE, "archive", forge.blob(b"no tree\n")))
    )
    for command in ("verify", "list"):
        answer = run(f"openletter --archive a {command}", tmp_path, tmp_path)
        assert answer.startswith("error: archive: git holds something else than a folder under this folder's id")
        assert answer.endswith("[status 1]\n")


# --- time and memory ---


def test_a_wrong_signature_is_not_tried_on_every_revision_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    from openletter import sshsig

    tried: list[bytes] = []
    honest = sshsig.verify

    def counted(signature: sshsig.Signature, data: bytes) -> None:
        tried.append(data)
        honest(signature, data)

    monkeypatch.setattr(sshsig, "verify", counted)
    desk = a_desk()
    for number in range(60):
        thief = key_of("thief.example", str(number))
        desk.files[f"0001.{CEDAR}.{thief.public.short}.sig"] = signed_by(thief, b"rubbish")
    for _ in range(40):
        desk.revise(body=f"{desk.letters[-1].body} And more.")
    assert len(desk.judge().faults) == 60
    # 64 on the revision in its name, 1000 on others, and the four key records with one signature each.
    assert 64 + 1000 <= len(tried) <= 64 + 1000 + 8


def test_the_files_of_a_folder_have_a_limit_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from openletter.archive import open_plain, snapshot

    desk = a_desk()
    folder = store(desk, tmp_path / "a")
    monkeypatch.setattr(snapshot, "MAX_FOLDER", len(desk.text(1)))
    found = open_plain(folder).letter(LETTER)
    assert found is not None
    assert {type(fault).__name__ for fault in found.faults} == {"TooLarge"}
    assert len(found.files) + len(found.faults) == len(desk.files)


# --- places and streams ---


def test_a_link_or_a_pipe_in_the_place_of_the_mark_is_not_opened(tmp_path: Path) -> None:
    for name, make in (("link", lambda p: p.symlink_to("/dev/zero")), ("pipe", os.mkfifo)):
        folder = tmp_path / name
        folder.mkdir()
        make(folder / ".gitattributes")
        assert "there is no archive" in run("openletter list", tmp_path, folder)


def test_a_folder_inside_a_repository_does_not_pass_for_the_archive(tmp_path: Path) -> None:
    forged(tmp_path / "a", a_desk())
    inner = store(Desk(keys=a_desk().keys), tmp_path / "a" / "docs")
    assert f"{LETTER}  revision 2" in run("openletter list", tmp_path, inner)


def test_a_private_key_never_gets_into_a_work_tree_by_a_detour(tmp_path: Path) -> None:
    tree = tmp_path / "tree" / "sub"
    tree.mkdir(parents=True)
    run("git init -q ..", tmp_path, tree)
    (tmp_path / "link").symlink_to(tree)
    for config in (tree / "conf", tmp_path / "link"):
        answer = run(f"XDG_CONFIG_HOME={config} openletter keygen {ALDER} --no-passphrase", tmp_path, tree)
        assert "must never get into one" in answer
    assert list(tree.iterdir()) == []


@pytest.mark.parametrize(
    "command",
    [
        "openletter list > /dev/full",
        f"openletter --archive {'x' * 300} list",
        "ln -s loop loop; openletter --archive loop list",
        "mkdir gone && cd gone && rmdir ../gone && openletter list",
        "GIT_AUTHOR_DATE=999999999999 openletter init new",
        "GIT_AUTHOR_DATE=0001-01-01 openletter init new",
        "GIT_AUTHOR_NAME=' ' openletter init new",
        f"openletter import draft.yaml -o {'x' * 300}",
        "openletter init /dev/null",
    ],
    ids=["full disk", "long path", "loop", "gone", "late date", "early date", "blank name", "long output", "device"],
)
def test_what_fails_outside_is_a_clear_error_and_leaves_nothing(command: str, tmp_path: Path) -> None:
    store(a_desk(), tmp_path / "a")
    (tmp_path / "draft.yaml").write_text("Dear all,\n\nhello.\n")
    work = tmp_path / "a" if "/dev/full" in command else tmp_path
    answer = run(command, tmp_path, work)
    assert "\nerror: " in "\n" + answer
    assert "fault of its own" not in answer
    assert answer.endswith("[status 2]\n")
    assert not (tmp_path / "new").exists()


def test_a_reader_who_closes_the_pipe_hears_nothing_of_falsehood(tmp_path: Path) -> None:
    folder = store(a_desk(), tmp_path / "a")
    answer = run("openletter verify | true; echo ${PIPESTATUS[0]}", tmp_path, folder)
    assert answer in {"0\n", "141\n"}


def test_a_commit_with_an_impossible_date_takes_nothing_from_the_log(tmp_path: Path) -> None:
    forge = forged(tmp_path / "a", a_desk())
    git = forge.git
    raw = git.head.peel(pygit2.Commit).read_raw().replace(b"> 0 +0000", b"> 99999999999999 +0000")
    git.head.set_target(git.odb.write(pygit2.enums.ObjectType.COMMIT, raw))
    answer = run(f"openletter --archive a log {LETTER}", tmp_path, tmp_path)
    assert "a day that no calendar has" in " ".join(answer.split())
    assert "[status" not in answer


def test_a_stray_file_does_not_take_an_organizations_place(tmp_path: Path) -> None:
    furnish(tmp_path)
    desk = a_desk()
    desk.keys["elm.example"] = {"rubbish": b"x"}
    forged(tmp_path / "a", desk)
    answer = run("openletter --archive a keys add elm.example --name Elm --key elm.key --yes", tmp_path, tmp_path)
    assert "Recorded: keys/elm.example/0001.yaml" in answer
    assert "allowed_signers" not in run("openletter --archive a keys show fir.example", tmp_path, tmp_path)


def test_rubbish_among_checkpoints_is_false(tmp_path: Path) -> None:
    folder = store(a_desk(), tmp_path / "a")
    place = folder / "archive" / "checkpoints" / ALDER
    place.mkdir(parents=True)
    (place / "0123456789abcdef.yaml").write_bytes(b"rubbish\n")
    (place / f"0123456789abcdef.{key_of(ALDER).public.short}.sig").write_bytes(b"rubbish\n")
    answer = run("openletter verify", tmp_path, folder)
    assert "(NotCanonical)" in answer
    assert "(ArmorError)" in answer
    assert answer.endswith("[status 1]\n")


def test_a_break_that_came_is_marked_in_the_difference(tmp_path: Path) -> None:
    desk = Desk()
    desk.revise(a_letter(body="We ask you to open the records.\nThey belong to everybody."))
    desk.revise(body="We ask you to open the records.\n\nThey belong to everybody.")
    answer = run(f"openletter --archive {store(desk, tmp_path / 'a')} diff {LETTER}", tmp_path, tmp_path)
    assert "{+" in answer.split("body", 1)[1]
