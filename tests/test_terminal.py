"""What needs a person at a terminal: passphrases, questions, colour, and what must never reach a terminal."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pexpect
import pytest

from builders import key_of
from openletter.cli import terminal
from transcripts import environment, furnish, run

Child: TypeAlias = "pexpect.spawn[str]"
Spawn = Callable[..., Child]

DRAFT = Path(__file__).resolve().parent / "transcripts" / "draft.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with keys, and an archive `letters` with one letter and alder's key record."""
    furnish(tmp_path)
    (tmp_path / "draft.yaml").write_bytes(DRAFT.read_bytes())
    run("openletter init letters", tmp_path, tmp_path)
    letters = tmp_path / "letters"
    run('openletter keys add alder.example --name "Alder Institute" --key ../alder.key --yes', tmp_path, letters)
    run("openletter add ../draft.yaml --letter 2026/open-water-record --yes", tmp_path, letters)
    return tmp_path


@pytest.fixture
def spawn(folder: Path) -> Iterator[Spawn]:
    children: list[Child] = []

    def start(*arguments: str, **more: str) -> Child:
        child: Child = pexpect.spawn(
            str(Path(sys.executable).with_name("openletter")),
            list(arguments),
            cwd=str(folder / "letters"),
            env={**environment(folder), "TERM": "xterm", **more},
            encoding="utf-8",
            timeout=30,
            dimensions=(50, 100),
            # A shell that runs the tests in the background has them ignore Ctrl-C, and they would hand that on.
            preexec_fn=heed_ctrl_c,
        )
        children.append(child)
        return child

    yield start
    for child in children:
        child.close(force=True)


def heed_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def finish(child: Child) -> str:
    """What came to the end of the program, after it ended."""
    child.expect(pexpect.EOF)
    child.close()
    return child.before or ""


def test_a_key_made_with_a_passphrase_needs_it_to_sign(folder: Path, spawn: Spawn) -> None:
    child = spawn("keygen", "birch.example")
    child.expect("New passphrase")
    child.sendline("valley of wells")
    child.expect("The same again")
    child.sendline("valley of wells")
    assert "A key for birch.example is made." in finish(child)
    assert child.exitstatus == 0

    child = spawn("keys", "add", "birch.example", "--name", "Birch Institute")
    child.expect("Passphrase for .*birch.example")
    child.sendline("valley of wolves")
    said = finish(child)
    assert "error: " in said
    assert "hint: " in said
    assert child.exitstatus == 2

    child = spawn("keys", "add", "birch.example", "--name", "Birch Institute")
    child.expect("Passphrase for .*birch.example")
    child.sendline("valley of wells")
    child.expect(r"Record this key for birch.example\? \[y/N\]")
    child.sendline("y")
    assert "Recorded: keys/birch.example/0001.yaml" in finish(child)

    child = spawn("sign", "2026/open-water-record", "--as", "birch.example")
    child.expect("Passphrase for .*birch.example")
    child.sendline("valley of wells")
    child.expect(r"Sign revision 1 of 2026/open-water-record for birch.example\? \[y/N\]")
    child.sendline("y")
    assert "Signed: birch.example has signed revision 1" in finish(child)
    # Signed once, nobody is asked for a passphrase again: the public key lies beside the private one.
    child = spawn("sign", "2026/open-water-record", "--as", "birch.example")
    assert "already signed" in finish(child)
    assert child.exitstatus == 0
    assert not list(folder.glob("letters/**/*.pub"))


def test_a_no_signs_nothing(folder: Path, spawn: Spawn) -> None:
    before = run("git rev-parse HEAD", folder, folder / "letters")
    child = spawn("sign", "2026/open-water-record", "--as", "alder.example", "--key", "../alder.key")
    child.expect(r"\[y/N\]")
    child.sendline("n")
    assert "Nothing was signed." in finish(child)
    assert child.exitstatus == 0
    assert run("git rev-parse HEAD", folder, folder / "letters") == before


def test_a_person_who_stops_at_the_question_has_signed_nothing(folder: Path, spawn: Spawn) -> None:
    before = run("git rev-parse HEAD", folder, folder / "letters")
    child = spawn("sign", "2026/open-water-record", "--as", "alder.example", "--key", "../alder.key")
    child.delaybeforesend = None  # as soon as the question stands there, and at any moment of what comes next
    child.expect(r"\[y/N\]")
    child.sendintr()
    assert "nothing was recorded" in finish(child)
    assert child.exitstatus == 130
    assert run("git rev-parse HEAD", folder, folder / "letters") == before


def test_an_answer_that_is_none_is_asked_for_again(folder: Path, spawn: Spawn) -> None:
    before = run("git rev-parse HEAD", folder, folder / "letters")
    child = spawn("sign", "2026/open-water-record", "--as", "alder.example", "--key", "../alder.key")
    child.expect(r"\[y/N\]")
    child.sendline("perhaps")
    child.expect("Please answer y or n")
    child.expect(r"\[y/N\]")
    child.sendeof()
    assert "nothing was recorded" in finish(child)
    assert child.exitstatus == 130
    assert run("git rev-parse HEAD", folder, folder / "letters") == before


def test_what_is_signed_is_shown_before_the_question(spawn: Spawn) -> None:
    child = spawn("sign", "2026/open-water-record", "--as", "alder.example", "--key", "../alder.key")
    child.expect(r"\[y/N\]")
    shown = child.before or ""
    for text in (
        "The figures lie in your office, and nobody else may read them.",
        "The letter names alder.example as:\r\n  | Alder Institute",
        key_of("alder.example").public.fingerprint,
        "This will be public and permanent; you can withdraw it, not erase it.",
    ):
        assert text in shown
    child.sendline("n")
    finish(child)


def test_colour_is_for_terminals_alone_and_no_color_is_respected(folder: Path, spawn: Spawn) -> None:
    assert "\x1b[" in finish(spawn("verify", "2026/open-water-record"))
    assert "\x1b[" not in finish(spawn("verify", "2026/open-water-record", NO_COLOR="1"))
    assert "\x1b" not in run("openletter verify 2026/open-water-record", folder, folder / "letters")


def test_progress_shows_on_a_terminal_only(folder: Path, spawn: Spawn) -> None:
    assert "Checking letters" in finish(spawn("verify"))
    assert "Checking letters" not in run("openletter verify", folder, folder / "letters")


# --- what reaches a terminal ---


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("Tomás – “quoted” ٨ 日本", "Tomás – “quoted” ٨ 日本"),
        ("\x1b[31mred", "\\u{1B}[31mred"),
        ("a\rb\nc\td", "a\\u{D}b\\u{A}c\\u{9}d"),
        ("\u202eevil", "\\u{202E}evil"),
        ("\x9b31m", "\\u{9B}31m"),
        ("\udcff", "\\u{DCFF}"),
    ],
)
def test_a_strangers_text_is_shown_with_escapes(text: str, shown: str) -> None:
    assert terminal.safe(text) == shown


def test_every_line_that_the_terminal_shows_of_a_letter_bears_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    hostile = "x" * 500 + " SIGNED THIS TEXT " + "日" * 300
    lines = list(terminal.quoted([hostile, "", "  indented"]))
    assert all(line.startswith("  |") for line in lines)
    assert all(terminal.columns(line) <= 60 for line in lines)
    assert "".join(line.removeprefix("  | ").removeprefix("  |") for line in lines).replace(" ", "") == (
        hostile + "indented"
    ).replace(" ", "")


def test_an_escape_in_a_draft_or_a_path_is_not_written_to_the_terminal(folder: Path) -> None:
    letters = folder / "letters"
    (folder / "evil.yaml").write_bytes(
        b'language: en\ndate: 2026-01-01\nbody: "\\x1b[2Jgone"\naddressees: [{name: A}]\n'
    )
    for command in (
        "openletter add ../evil.yaml --letter 2026/evil --yes",
        "openletter add $'../no\\x1b[2Jsuch.yaml' --letter 2026/evil --yes",
        "openletter show $'2026/\\x1b[2J'",
        "openletter verify --require $'\\x1b[2J'",
        "openletter $'\\x1b[2J'",
        "openletter --archive $'\\x1b[2J' list",
        "openletter sign 2026/open-water-record --as $'\\x1b[2J'",
    ):
        answer = run(command, folder, letters)
        assert "\x1b" not in answer, command
        assert answer.endswith("[status 2]\n"), command


def test_a_stream_that_cannot_carry_a_character_gets_an_escape(folder: Path) -> None:
    answer = run("PYTHONIOENCODING=cp1253 openletter show 2026/open-water-record", folder, folder / "letters")
    assert "Tom\\xe1s Quill" in answer


def test_a_reader_who_closes_the_pipe_is_no_error(folder: Path) -> None:
    done = subprocess.run(
        ["/bin/bash", "-o", "pipefail", "-c", "openletter show 2026/open-water-record | head -1"],
        cwd=folder / "letters",
        env=environment(folder),
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert b"Traceback" not in done.stderr
