"""The vectors of files of pins: each is judged as its ``expect:`` says, and by ssh-keygen as its header says."""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from builders import signed_by
from openletter.errors import PinsError
from openletter.keys import PrivateKey
from openletter.pins import Pins
from tools import need

FOLDER = Path(__file__).parents[1] / "vectors"
sys.path.insert(0, str(FOLDER))

from vectorfile import Vector, read, write  # noqa: E402

VECTORS = {path.stem: read(path) for path in sorted((FOLDER / "pins").glob("*.vec"))}
SIGNER = PrivateKey.from_seed(hashlib.sha256(b"openletter vectors: alder").digest())
MESSAGE = b"The wells belong to all who drink from them.\n"
ZONES = {
    "UTC": UTC,
    "Pacific/Auckland": timezone(timedelta(hours=12)),
    "America/St_Johns": timezone(-timedelta(hours=2.5)),
}


def moment(vector: Vector) -> datetime:
    return datetime.strptime(vector.headers["at"] + "+0000", "%Y%m%d%H%M%SZ%z")


def pinned(vector: Vector, when: datetime) -> str:
    """What is pinned at a moment, as the header says it."""
    found = Pins.parse(vector.payload, "signers").at(when)
    lines = sorted(f"{organization} {key.fingerprint}" for organization, keys in found.items() for key in keys)
    return ", ".join(lines) or "nothing"


@pytest.mark.parametrize("name", VECTORS)
def test_vector_is_judged_as_it_says_whatever_the_zone(name: str) -> None:
    vector = VECTORS[name]
    if vector.expect == "accept":
        for zone in ZONES.values():
            assert pinned(vector, moment(vector).astimezone(zone)) == vector.headers["pinned"]
        return
    assert vector.expect == "PinsError"
    with pytest.raises(PinsError) as caught:
        Pins.parse(vector.payload, "signers")
    assert type(caught.value) is PinsError
    assert str(caught.value.line) == vector.headers["line"]


@pytest.mark.parametrize("name", VECTORS)
def test_ssh_keygen_says_of_the_vector_what_its_header_says(name: str, tmp_path: Path) -> None:
    vector = VECTORS[name]
    for zone in ZONES if vector.expect == "accept" and name.startswith("time-") else ("UTC",):
        assert stock(vector.payload, vector.headers["at"], zone, tmp_path) == vector.headers["ssh-keygen"]


def stock(data: bytes, at: str, zone: str, folder: Path) -> str:
    (folder / "signers").write_bytes(data)
    (folder / "sig").write_bytes(signed_by(SIGNER, MESSAGE))
    check = (need("ssh-keygen"), "-Y", "verify", "-f", folder / "signers", "-I", "alder.example", "-n", "openletter")
    done = subprocess.run(
        (*check, "-s", folder / "sig", f"-Overify-time={at}"),
        input=MESSAGE,
        env={**os.environ, "TZ": zone},
        capture_output=True,
        check=False,
    )
    return "refuses" if done.returncode else "accepts"


def test_what_is_accepted_here_ssh_keygen_accepts_with_the_same_meaning() -> None:
    for name, vector in VECTORS.items():
        if vector.expect == "accept":
            says = f"alder.example {SIGNER.public.fingerprint}" in vector.headers["pinned"].split(", ")
            assert vector.headers["ssh-keygen"] == ("accepts" if says else "refuses"), name


def test_a_time_without_its_zone_would_depend_on_the_machine(tmp_path: Path) -> None:
    data = VECTORS["time-local"].payload
    zones = ("Pacific/Auckland", "America/St_Johns")
    assert {stock(data, "20191231120000Z", zone, tmp_path) for zone in zones} == {"accepts", "refuses"}


WORDS = (
    *(
        b"alder.example",
        b"birch.example",
        b"*",
        b"?",
        b"!",
        b",",
        b"#",
        b" ",
        b"\t",
        b"\n",
        b"\r",
        b"\0",
        b"\xe9",
        b'"',
        b"=",
    ),
    *(b'namespaces="openletter"', b'namespaces="git"', b'valid-after="20260514Z"', b'valid-before="20260514090000Z"'),
    *(
        b'valid-before="20260514"',
        b"cert-authority",
        b"Z",
        b"0",
        b"\\",
        b"\xef\xbb\xbf",
        b"\xc2\xa0",
        b"ssh-ed25519",
        b"sk-",
    ),
)


def changed(chance: random.Random) -> bytes:
    """A file of the vectors with a few changes."""
    data = chance.choice(list(VECTORS.values())).payload
    for _ in range(chance.randint(1, 3)):
        start = chance.randint(0, len(data))
        end = min(len(data), start + chance.choice((0, 0, 1, 2, 20)))
        data = data[:start] + chance.choice((*WORDS, b"", b"", data[:end], data[end:])) + data[end:]
    return data


def test_a_second_reading_agrees_on_many_changed_files(tmp_path: Path) -> None:
    chance = random.Random("pins")  # noqa: S311
    (tmp_path / "pins").mkdir()
    seen = set()
    for number in range(1500):
        vector = Vector(headers={"at": "20260514090000Z"}, payload=changed(chance))
        headers = {"expect": "accept", "comment": "changed", "at": vector.headers["at"]}
        try:
            headers["pinned"] = pinned(vector, moment(vector))
        except PinsError as error:
            headers |= {"expect": "PinsError", "line": str(error.line)}
        seen.add((headers["expect"], headers.get("pinned")))
        write(tmp_path / "pins" / f"{number}.vec", headers, vector.payload)
    second = (need("node"), FOLDER.parent / "tests" / "independent" / "vectors.mjs", tmp_path)
    report = json.loads(subprocess.run(second, capture_output=True, check=True).stdout)
    assert report == {"counts": {"pins": 1500}, "wrong": []}
    assert len(seen) > 3


def test_most_vectors_are_negative_and_there_are_many() -> None:
    expected = [vector.expect for vector in VECTORS.values()]
    assert len(expected) >= 80
    assert sum(expect != "accept" for expect in expected) >= len(expected) * 2 / 3


def test_specification_lists_exactly_where_ssh_keygen_is_laxer() -> None:
    text = (FOLDER.parent / "spec" / "pins.md").read_text()
    section = text.split("### Where stock tools are laxer")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")]
    patterns = [name for row in rows for name in re.findall("`(.+?)`", row.rpartition(" | ")[2])]
    lax = {
        name
        for name, vector in VECTORS.items()
        if vector.expect != "accept" and vector.headers["ssh-keygen"] == "accepts"
    }
    assert [name for name in sorted(lax) if not any(fnmatchcase(name, pattern) for pattern in patterns)] == []
    assert [pattern for pattern in patterns if not any(fnmatchcase(name, pattern) for name in lax)] == []


def test_generator_writes_exactly_these_files(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([sys.executable, FOLDER / "make_pins.py", tmp_path], check=True, env=environment)
    made = {path.name: path.read_bytes() for path in (tmp_path / "pins").iterdir()}
    assert made == {path.name: path.read_bytes() for path in (FOLDER / "pins").iterdir()}
