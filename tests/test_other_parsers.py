"""Any YAML reader reads the same data from canonical YAML: spec/canonical-yaml.md, "Why a profile"."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

import data_models
import other_parsers
import strategies
from openletter.canonical import MAX_BYTES, MAX_KEY, dump, load
from openletter.canonical.repertoire import RANGES
from openletter.errors import CanonicalError
from other_parsers import READERS, Reader, differences, readings

ROOT = Path(__file__).resolve().parent.parent
VECTORS = ROOT / "vectors"
sys.path.insert(0, str(VECTORS))

import vectorfile  # noqa: E402

PATHS = [
    path
    for path in (*sorted(VECTORS.glob("canonical/*.vec")), *sorted(VECTORS.glob("records/*.vec")))
    if vectorfile.read(path).expect == "accept"
]
RECORDED = [path for folder in ("archive", "keys") for path in sorted((ROOT / folder).glob("**/*.yaml"))]


def present(reader: Reader) -> bool:
    try:
        reader.need()
    except pytest.skip.Exception:
        return False
    return True


@pytest.fixture(scope="module")
def readers() -> Iterator[Mapping[str, Reader]]:
    """The readers that are installed; which are not is told, and demanded, by the test of each."""
    found = {name: reader for name, reader in READERS.items() if present(reader)}
    yield found
    for reader in found.values():
        reader.close()


def assert_all_read(document: bytes, readers: Mapping[str, Reader]) -> None:
    assert differences(document, load(document), readers) == {}


# --- each of them --------------------------------------------------------------------------------------------


@pytest.fixture(params=READERS)
def reader(request: pytest.FixtureRequest, readers: Mapping[str, Reader]) -> Reader:
    READERS[request.param].need()
    return readers[request.param]


def test_a_reader_reads_the_strings_lists_and_maps_of_a_document(reader: Reader) -> None:
    reader.ask(b'b: "012"\na:\n  - |-\n    "\n\n      x\n  - "\xf0\x9f\x98\x80"\n')
    expected = ["map", ["b", "012"], ["a", ["list", '"\n\n  x', "😀"]]]
    if not reader.keeps_order:
        expected = other_parsers.unordered(expected)
    assert reader.answer() == expected


UNEQUAL = {
    "a number": (b"a: 12\n", {"a": "12"}),
    "nothing": (b"a: ~\n", {"a": "~"}),
    "another character": ('a: "é\u200e"\n'.encode(), {"a": "é\u200f"}),
    "an invisible character": ('a: "é\u200e"\n'.encode(), {"a": "é"}),
    "another case": (b'a: "x"\n', {"a": "X"}),
    "a line feed": (b"a: |\n  x\n", {"a": "x"}),
    "an indentation": (b"a: |-\n  x\n    y\n", {"a": "x\ny"}),
    "another key": (b'a: "x"\n', {"b": "x"}),
    "one more key": (b'a: "x"\nb: "y"\n', {"a": "x"}),
    "one item less": (b'a:\n  - "x"\n', {"a": ["x", "y"]}),
    "the order of items": (b'a:\n  - "x"\n  - "y"\n', {"a": ["y", "x"]}),
    "a list for a string": (b'a:\n  - "x"\n', {"a": "x"}),
    "what isn't YAML": (b'a: "x\n', {"a": "x"}),
}


@pytest.mark.parametrize("case", UNEQUAL)
def test_a_difference_is_noticed_in_each_reader(case: str, reader: Reader) -> None:
    document, data = UNEQUAL[case]
    assert list(differences(document, data, {"reader": reader})) == ["reader"]


def test_another_order_of_keys_is_noticed_but_in_perl_whose_hashes_have_none(reader: Reader) -> None:
    found = differences(b'b: "x"\na: "y"\n', {"a": "y", "b": "x"}, {"reader": reader})
    assert bool(found) is (reader is not READERS["YAML::XS"])
    assert reader.keeps_order is (reader is not READERS["YAML::XS"])


# --- outside the profile they differ ---------------------------------------------------------------------------

SPLIT = (
    *("a: yes", "a: n", "a: 012", "a: 0o14", "a: 1_000", "a: 1e3", "a: 12:30:45", "a: 2026-01-01", "a: =", "a: :b"),
    *('y: "x"', 'e0: "x"', 'a: "x"\na: "y"', '<<: {a: "x"}', 'a: !b "x"', "%YAML 1.1\n---\na: no", "a: [b]\n---"),
    *('a: "x\u0085y"', "a: |-\n  x\u2028y"),
)


@pytest.mark.parametrize("text", SPLIT)
def test_outside_the_profile_readers_differ(text: str, readers: Mapping[str, Reader]) -> None:
    for reader in READERS.values():
        reader.need()
    document = f"{text}\n".encode()
    with pytest.raises(CanonicalError):
        load(document)
    found = {name: alike(read) for name, read in readings(document, readers).items()}
    assert len(set(found.values())) > 1, found


def alike(read: Any) -> str:
    """What was read, without what differs between languages: the order of keys, types, why it is refused."""
    if read[0] == "refused":
        return "refused"

    def untyped(data: Any) -> Any:
        if isinstance(data, str):
            return data
        if data[0] == "other":
            return ["other", data[2].lower()]
        return [untyped(part) for part in data]

    return str(untyped(other_parsers.unordered(read)))


# --- inside the profile they read the same ---------------------------------------------------------------------


@pytest.mark.parametrize("path", PATHS, ids=[f"{path.parent.name}-{path.stem}" for path in PATHS])
def test_they_read_each_accepted_vector_as_it_is(path: Path, readers: Mapping[str, Reader]) -> None:
    assert_all_read(vectorfile.read(path).payload, readers)


def test_they_read_the_records_of_this_repository_as_they_are(readers: Mapping[str, Reader]) -> None:
    assert len(RECORDED) >= 5
    for path in RECORDED:
        assert_all_read(path.read_bytes(), readers)


@pytest.mark.parametrize(
    ("kind", "number"),
    [("letters", 500), ("organizations", 400), ("withdrawals", 300), ("checkpoints", 300)],
)
def test_they_read_all_records_as_they_are(kind: str, number: int, readers: Mapping[str, Reader]) -> None:
    records = {
        "letters": strategies.letters(),
        "organizations": strategies.organizations(),
        "withdrawals": strategies.withdrawals,
        "checkpoints": strategies.checkpoints,
    }

    @settings(max_examples=number)
    @given(records[kind])
    def check(record: Any) -> None:
        assert_all_read(record.to_bytes(), readers)

    check()


@settings(max_examples=1500)
@given(data=data_models.documents)
def test_they_read_all_data_as_it_is(data: dict[str, Any], readers: Mapping[str, Reader]) -> None:
    assert_all_read(dump(data), readers)


PERMITTED = [chr(point) for first, last in RANGES[1:] for point in range(first, last + 1)]
STABLE = [one for one in PERMITTED if unicodedata.is_normalized("NFC", one)]


def test_they_read_every_permitted_character_as_it_is_in_quotes(readers: Mapping[str, Reader]) -> None:
    plain = [one for one in STABLE if one not in '"\\']
    rows: list[Any] = ["_" + "_".join(plain[at : at + 500]) + "_" for at in range(0, len(plain), 500)]
    assert_all_read(dump({"a": rows}), readers)


@pytest.mark.parametrize("half", [0, 1])
def test_they_read_every_permitted_character_as_it_is_on_a_line_of_a_block(
    half: int, readers: Mapping[str, Reader]
) -> None:
    edges = [one for one in STABLE if one not in data_models.SPACES][half::2]
    rows: list[Any] = ["\n".join(edges[at : at + 500]) for at in range(0, len(edges), 500)]
    assert_all_read(dump({"a": rows}), readers)


def test_they_read_the_longest_key_and_long_strings(readers: Mapping[str, Reader]) -> None:
    data: dict[str, Any] = {"k" * MAX_KEY: ["x" * 5000, "y: " * 5000 + "z"], "b": [{"c": "# " * 5000 + "d"}]}
    assert_all_read(dump(data), readers)


def test_they_read_the_largest_document(readers: Mapping[str, Reader]) -> None:
    room = MAX_BYTES - len(b'a: ""\n')
    assert_all_read(dump({"a": "é" * (room // 2)}), readers)
