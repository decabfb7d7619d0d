"""A second reading of the specifications: `tests/independent/`, written from `spec/` alone, comes to the same answers.

It is JavaScript, and shares no code, no language and no library with the Python of openletter. What a page needs of it
to check itself is in `src/openletter/rendering/verifier/` (see `test_browser_vectors.py`); here it runs in Node.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from openletter.verify import Verdict
from tools import need

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "vectors"))

from vectorfile import Vector  # noqa: E402
from vectorfile import write as write_vector  # noqa: E402

from random_scenarios import Chance  # noqa: E402
from scenarios import answer, given, judge  # noqa: E402

LETTER = "archive/2026/open-water-record"
OTHER = "archive/2026/reading-room-hours"
ALDER = "ddc518f827c8f1c6"
BIRCH = "7d1a6ea8690f1e65"
# What is a history is made and judged by git.
UNREAD = {"history"}
SCENARIOS = 120


def node(program: str, *arguments: str | Path) -> Any:
    """What a program of the second reading prints."""
    command: list[str | Path] = [need("node"), ROOT / "tests" / "independent" / program, *arguments]
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)


def openletter(folder: Path, *letters: str) -> Any:
    """What `openletter verify --json` prints of a folder; 0 and 1 are the statuses of an archive that was judged."""
    command: list[str | Path] = [
        Path(sys.executable).with_name("openletter"),
        "--archive",
        folder,
        "verify",
        "--json",
        *letters,
    ]
    run = subprocess.run(command, capture_output=True, check=False)
    assert run.returncode in (0, 1), run.stderr.decode()
    report = json.loads(run.stdout)
    assert report["status"] == run.returncode
    return report


def faults(*lists: list[dict[str, str]]) -> set[tuple[str, str]]:
    return {(fault["path"], fault["error"]) for one in lists for fault in one}


def verdicts(letter: dict[str, Any]) -> list[tuple[object, ...]]:
    fields = ("organization", "verdict", "revision", "listed", "same_wording")
    return [tuple(verdict[field] for field in fields) for verdict in letter["organizations"]]


def compare(folder: Path) -> set[tuple[str, str]]:
    """The faults of a folder, once both readings agree on them and on the verdicts of each revision of each letter."""
    second = node("verify.mjs", folder)
    whole = openletter(folder)
    everywhere = [fault for one in whole["letters"] + whole["organizations"] for fault in one["faults"]]
    assert faults(second["faults"]) == faults(everywhere, whole["faults"])

    revisions = {(one["letter"], one["revision"]): one for one in second["revisions"]}
    listed = {(one["letter"], each["revision"]) for one in whole["letters"] for each in one["revisions"]}
    assert set(revisions) == listed
    named = openletter(folder, *(f"{letter}@{number}" for letter, number in sorted(listed)))
    judged = {(one["letter"], one["revision"]): one for one in named["letters"]}
    assert set(judged) == listed
    assert {at: verdicts(one) for at, one in revisions.items()} == {at: verdicts(one) for at, one in judged.items()}
    for at, one in judged.items():
        # A letter's faults are its own, and those of the key records of the organizations in it.
        assert faults(one["faults"]) <= faults(revisions[at]["faults"])
    of_all = [fault for one in revisions.values() for fault in one["faults"]]
    of_named = [fault for one in named["letters"] + named["organizations"] for fault in one["faults"]]
    assert faults(of_all) == faults(of_named, named["faults"])
    return faults(second["faults"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The sample, as a plain folder."""
    copy = tmp_path / "sample"
    for name in ("archive", "keys"):
        shutil.copytree(ROOT / name, copy / name)
    shutil.copyfile(ROOT / ".gitattributes", copy / ".gitattributes")
    return copy


def test_every_vector_has_the_same_answer_in_a_second_reading() -> None:
    report = node("vectors.mjs")
    assert report["wrong"] == []
    files = [path.parent.name for path in (ROOT / "vectors").glob("*/*.vec") if path.parent.name not in UNREAD]
    assert report["counts"] == {name: files.count(name) for name in sorted(set(files))}
    assert {"canonical", "records", "sshsig", "trust"} <= set(files)


def test_a_second_reading_notices_another_answer(tmp_path: Path) -> None:
    (tmp_path / "trust").mkdir()
    scenario = (ROOT / "vectors" / "trust" / "witnessed-before.vec").read_bytes()
    old, new = b"seen archive/", b"seem archive/"
    assert scenario.count(old) == 1
    (tmp_path / "trust" / "other.vec").write_bytes(scenario.replace(old, new))
    (wrong,) = node("vectors.mjs", tmp_path)["wrong"]
    assert (wrong["vector"], wrong["found"].partition(":")[0]) == ("trust/other.vec", "AnotherAnswer")


def test_scenarios_by_chance_have_the_same_answers_in_a_second_reading(tmp_path: Path) -> None:
    (tmp_path / "trust").mkdir()
    seen: Counter[str] = Counter()
    for seed in range(SCENARIOS):
        chance = Chance(seed)
        vector = Vector(headers=chance.headers, payload=b"")
        lines = answer(vector, *judge(vector, given(chance.parts | {"answer": b""})))
        seen.update(line.split(" ")[0] for line in lines)
        seen.update(line.split(" ")[3] for line in lines if line.startswith("verdict "))
        faults = [line.split(" ")[2] for line in lines if line.startswith("fault ")]
        headers = {"expect": faults[0] if faults else "accept", "comment": f"by chance, seed {seed}", **chance.headers}
        parts = chance.parts | {"answer": "".join(f"{line}\n" for line in lines).encode()}
        payload = b"".join(b"%s %d\n%s\n" % (name.encode(), len(data), data) for name, data in parts.items())
        write_vector(tmp_path / "trust" / f"{seed}.vec", headers, payload)
    assert node("vectors.mjs", tmp_path) == {"counts": {"trust": SCENARIOS}, "wrong": []}
    # Everything that can be said was said of some.
    assert seen.keys() >= {*Verdict, "fault", "key", "waiting", "recovered", "seen", "older", "demand"}


def test_the_sample_has_the_same_verdicts_in_a_second_reading(folder: Path) -> None:
    assert compare(folder) == set()
    assert len(node("verify.mjs", folder)["revisions"]) == 5


def change(path: str, old: bytes, new: bytes) -> Callable[[Path], None]:
    def mutate(folder: Path) -> None:
        content = (folder / path).read_bytes()
        assert content.count(old) >= 1
        (folder / path).write_bytes(content.replace(old, new, 1))

    return mutate


def copy(source: str, target: str) -> Callable[[Path], None]:
    def mutate(folder: Path) -> None:
        shutil.copyfile(folder / source, folder / target)

    return mutate


def copy_into(source: str, target: str) -> Callable[[Path], None]:
    return lambda folder: write(target, (folder / source).read_bytes())(folder)


def commit(folder: Path) -> None:
    git: list[str | Path] = [
        need("git"),
        "-C",
        folder,
        "-c",
        "user.name=Test",
        "-c",
        "user.email=test@alder.example",
        "-c",
        "commit.gpgsign=false",
    ]
    for arguments in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "sample"]):
        subprocess.run([*git, *arguments], check=True)


def move(source: str, target: str) -> Callable[[Path], None]:
    def mutate(folder: Path) -> None:
        (folder / source).rename(folder / target)

    return mutate


def write(path: str, content: bytes) -> Callable[[Path], None]:
    def mutate(folder: Path) -> None:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)

    return mutate


def link(path: str, target: str) -> Callable[[Path], None]:
    def mutate(folder: Path) -> None:
        (folder / path).unlink(missing_ok=True)
        (folder / path).symlink_to(target)

    return mutate


def remove(path: str) -> Callable[[Path], None]:
    return lambda folder: (folder / path).unlink()


def both(*mutations: Callable[[Path], None]) -> Callable[[Path], None]:
    def mutate(folder: Path) -> None:
        for mutation in mutations:
            mutation(folder)

    return mutate


SPOILED: dict[str, tuple[Callable[[Path], None], str | None]] = {
    "a byte of the newest text": (change(f"{LETTER}/0003.yaml", b"forty", b"fifty"), "SignatureMismatch"),
    "a byte of an earlier text": (change(f"{LETTER}/0002.yaml", b"April", b"Aprul"), "ChainError"),
    "a byte that ends the spelling": (change(f"{LETTER}/0002.yaml", b'"', b"'"), "NotCanonical"),
    "a letter without revision that counts": (write(f"{OTHER}/0001.yaml", b"\xff\n"), "NotUtf8"),
    "a field of another kind": (change(f"{LETTER}/0001.yaml", b'language: "en"', b'language: "EN"'), "FieldValue"),
    "another number": (change(f"{LETTER}/0003.yaml", b'revision: "3"', b'revision: "4"'), "MisplacedRecord"),
    "the text of another letter": (copy(f"{OTHER}/0001.yaml", f"{LETTER}/0001.yaml"), "MisplacedRecord"),
    "a signature moved to another name": (
        move(f"{LETTER}/0003.alder.example.{ALDER}.sig", f"{LETTER}/0003.elm.example.{ALDER}.sig"),
        None,
    ),
    "a signature on another number": (
        copy(
            f"{LETTER}/0002.dogwood.example.36dcac5cc67ca687.sig", f"{LETTER}/0003.dogwood.example.36dcac5cc67ca687.sig"
        ),
        "SignatureError",
    ),
    "a signature for a number without text": (
        copy(f"{LETTER}/0003.alder.example.{ALDER}.sig", f"{LETTER}/0009.alder.example.{ALDER}.sig"),
        "SignatureError",
    ),
    "a signature under another key": (
        move(f"{LETTER}/0003.alder.example.{ALDER}.sig", f"{LETTER}/0003.alder.example.{BIRCH}.sig"),
        "ArmorError",
    ),
    "an invalid signature alone": (write(f"{LETTER}/0003.gorse.example.{ALDER}.sig", b"nothing\n"), "ArmorError"),
    "another's key record": (copy("keys/birch.example/0001.yaml", "keys/alder.example/0001.yaml"), "MisplacedRecord"),
    "a key without its own signature": (remove(f"keys/alder.example/0001.alder.example.{ALDER}.sig"), "ChainError"),
    "a key record gone": (remove("keys/alder.example/0001.yaml"), None),
    "a key record changed": (change("keys/cedar.example/0001.yaml", b'name: "C', b'name: "K'), "ChainError"),
    "derived keys changed": (change("keys/fir.example/0001.allowed_signers", b"fir", b"far"), "DerivedMismatch"),
    "a signature without its checkpoint": (
        copy_into(
            f"{LETTER}/0003.alder.example.{ALDER}.sig", f"archive/checkpoints/elm.example/51d0c2b3a4958677.{ALDER}.sig"
        ),
        "SignatureError",
    ),
    "derived keys gone": (remove("keys/fir.example/0001.allowed_signers"), None),
    "a gap in the numbers": (remove(f"{LETTER}/0002.yaml"), "ChainError"),
    "the first text gone": (remove(f"{LETTER}/0001.yaml"), "ChainError"),
    "a stray file": (write(f"{LETTER}/notes.txt", b"notes\n"), "ForeignPath"),
    "a stray file above": (write("archive/notes.txt", b"notes\n"), "ForeignPath"),
    "a stray folder of keys": (write("keys/alder/0001.yaml", b"notes\n"), "ForeignPath"),
    "a folder in place of a file": (write(f"{LETTER}/0004.yaml/text", b"notes\n"), "ForeignPath"),
    "an executable file": (lambda folder: (folder / LETTER / "0003.yaml").chmod(0o755), None),
    "a link in place of a file": (link(f"{LETTER}/0003.yaml", "0002.yaml"), "ForeignPath"),
    "a signature too large": (write(f"{LETTER}/0003.elm.example.{ALDER}.sig", b"x" * 4097), "TooLarge"),
    "a false checkpoint": (write("archive/checkpoints/elm.example/51d0c2b3a4958677.yaml", b"a: b\n"), "NotCanonical"),
}


@pytest.mark.parametrize("name", SPOILED)
def test_what_is_spoiled_is_judged_the_same_in_a_second_reading(folder: Path, name: str) -> None:
    mutate, error = SPOILED[name]
    mutate(folder)
    found = compare(folder)
    if error is not None:
        assert error in {one for _, one in found}


@pytest.mark.parametrize(
    "mutate",
    [
        change(".gitattributes", b"-text", b"text"),
        both(move(".gitattributes", "mark"), link(".gitattributes", "mark")),
        remove(".gitattributes"),
    ],
    ids=["changed", "a link", "gone"],
)
def test_a_plain_folder_without_the_exact_mark_is_no_archive_to_either_reading(
    folder: Path, mutate: Callable[[Path], None]
) -> None:
    mutate(folder)
    assert node("verify.mjs", folder) == {"error": "NotAnArchive"}
    command: list[str | Path] = [Path(sys.executable).with_name("openletter"), "--archive", folder, "verify"]
    run = subprocess.run(command, capture_output=True, check=False)
    assert run.returncode == 2
    assert b"this folder is no archive" in run.stderr


def test_a_changed_mark_in_git_is_refused_by_both_readings(folder: Path) -> None:
    change(".gitattributes", b"-text", b"text")(folder)
    commit(folder)
    assert node("verify.mjs", folder) == {"error": "AttributesChanged"}
    command: list[str | Path] = [Path(sys.executable).with_name("openletter"), "--archive", folder, "verify"]
    run = subprocess.run(command, capture_output=True, check=False)
    assert run.returncode == 1
    assert b".gitattributes: this file is fixed, and it was changed" in run.stderr
