"""What is fuzzed keeps its laws on every seed, and its laws can be broken; no fuzzer is needed for that."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from openletter import canonical, errors

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "fuzz"))

import run
import targets

TARGETS = targets.TARGETS


@pytest.mark.parametrize("name", TARGETS)
def test_every_seed_keeps_the_laws_and_some_are_accepted_and_others_refused(name: str) -> None:
    target = TARGETS[name]
    assert {target.run(seed) for seed in target.seeds()} == {True, False}


@pytest.mark.parametrize("name", TARGETS)
def test_bytes_that_are_no_text_are_refused(name: str) -> None:
    for data in (b"", b"\0", b"\n", b"\xff" * 64, bytes(range(256))):
        assert not TARGETS[name].run(data), data


def test_a_reader_that_accepts_a_second_spelling_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    load = canonical.load
    monkeypatch.setattr(canonical, "load", lambda data: load(data.rstrip() + b"\n"))
    assert TARGETS["canonical"].run(b'a: "b"\n')
    with pytest.raises(AssertionError):
        TARGETS["canonical"].run(b'a: "b" \n')


def test_a_reader_that_refuses_what_is_written_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(_: bytes) -> dict[str, canonical.Value]:
        raise errors.NotCanonical("not this one", line=1)

    monkeypatch.setattr(canonical, "load", load)
    assert not TARGETS["canonical"].run(b"a: b\n")
    with pytest.raises(AssertionError):
        TARGETS["canonical"].run(b'a: "b"\n')


def test_an_error_that_is_not_documented_and_a_line_outside_of_the_file_are_findings() -> None:
    targets.expected(errors.NotCanonical("x", line=2), errors.NotCanonical, data=b"a\n")
    with pytest.raises(AssertionError):
        targets.expected(errors.CanonicalError("x"), errors.NotCanonical)
    with pytest.raises(AssertionError):
        targets.expected(errors.NotCanonical("x", line=3), errors.NotCanonical, data=b"a\n")


@pytest.mark.parametrize("name", TARGETS)
def test_words_are_written_as_the_fuzzer_reads_them(name: str) -> None:
    lines = run.dictionary(TARGETS[name].words)
    assert len(lines) == len(set(lines)) >= 10
    assert all(line.startswith('"') and line.endswith('"') and len(line) > 2 for line in lines)


def test_a_word_that_cannot_be_typed_is_escaped() -> None:
    assert run.dictionary(r":\x20 a \xff a") == [r'"\x3a\x20"', r'"\x61"', r'"\xff"']


def test_without_the_fuzzer_one_line_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "atheris", None)  # so that it can't be imported
    assert run.main(["all", "-max_total_time=1"]) == 2
    assert capsys.readouterr() == ("", "error: the fuzzer atheris is not installed here; make fuzz installs it\n")
