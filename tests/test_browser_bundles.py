"""Bundles by chance, spoiled and sealed again: the verifier of a page accepts and refuses what openletter does."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import subprocess
from pathlib import Path

from openletter import errors
from openletter.records import bundle
from tools import need

PROGRAM = Path(__file__).parent / "independent" / "bundles.mjs"
CASES = 3000
ENDING = 77
BYTES = b'0123456789abcdefxyzABC"/.,:{}[]=_-'
PIECES = (
    b'" , : { } [ ] 0 1 9999 .0 e1 - = A / known trees files null true \\u0041 archive keys/ \x7f \x00 xn-- . .. con '
    b'"format":"bundle/1", "known":[], "trees":[], "__proto__":"", QQ== QR=='
).split(b" ")


def tree(*entries: tuple[bytes, bytes]) -> bytes:
    return b"".join(b"%s %s\0" % entry + hashlib.sha256(entry[1]).digest() for entry in entries)


def whole() -> bytes:
    """A bundle with all that one may have."""
    folder = "archive/2026/x"
    files = {
        f"{folder}/0001.yaml": b"hi",
        f"{folder}/0001.alder.example.ddc518f827c8f1c6.sig": b"a",
        f"{folder}/0001.alder.example_withdrawal.381129b541f178b5.yaml": b"ab",
        "keys/alder.example/0001.yaml": b"abc",
        "keys/alder.example/0001.allowed_signers": b"",
        "archive/checkpoints/alder.example/5411e216efa4edf7.yaml": b"\xff",
    }
    trees = [
        b"",
        tree((b"40000", b"archive"), (b"40000", b"keys")),
        tree((b"100644", b"a"), (b"100755", b"a.b"), (b"40000", b"a0"), (b"120000", b"b\xff")),
    ]
    made = bundle.Bundle(letter="2026/x", revision=1, files=files, trees=frozenset(trees), known=("elm.example",))
    return made.to_bytes()


def sealed(start: bytes) -> bytes:
    return start + b',"sha256":"' + hashlib.sha256(start).hexdigest().encode() + b'"}'


def spoiled(start: bytes, chance: random.Random) -> bytes:
    data = bytearray(start)
    for _ in range(chance.choice((1, 1, 1, 2))):
        at = chance.randrange(len(data))
        what = chance.randrange(4)
        if what == 0:
            data[at] = chance.choice(BYTES)
        elif what == 1:
            data[at:at] = chance.choice(PIECES)
        elif what == 2:
            del data[at : at + chance.randint(1, 4)]
        else:
            begin = chance.randrange(len(data))
            data[at:at] = data[begin : begin + chance.randint(1, 60)]
    return sealed(bytes(data))


def answer(data: bytes) -> str:
    try:
        bundle.decode(data)
    except errors.Invalid as error:
        return type(error).__name__
    return "accept"


def test_spoiled_bundles_have_the_same_answer_in_a_page() -> None:
    chance = random.Random(20260514)  # noqa: S311  # no secret
    good = whole()
    cases = [good, good[:-1], good + b"\n", *(spoiled(good[:-ENDING], chance) for _ in range(CASES))]
    asked = json.dumps([base64.b64encode(data).decode() for data in cases])
    run = subprocess.run([need("node"), PROGRAM], input=asked.encode(), capture_output=True, check=True)
    expected = [answer(data) for data in cases]
    assert [
        data for data, one, other in zip(cases, expected, json.loads(run.stdout), strict=True) if one != other
    ] == []
    assert expected[:3] == ["accept", "BundleError", "BundleError"]
    # Another digit of base64 is another file, and as good a bundle.
    assert 50 < expected.count("accept") < CASES / 2
    assert set(expected) == {"accept", "BundleError"}
