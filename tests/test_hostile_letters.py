"""Hostile letters: whatever a stranger writes, nothing of it steers a terminal or passes for a line of ours.

Every command that prints a stranger's text is run over an archive that is hostile in every field that takes text; what
is asserted is asserted on the raw bytes that were written.
"""

from __future__ import annotations

import json
import re
import subprocess
import unicodedata
from pathlib import Path

import pexpect
import pygit2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import ALDER, BIRCH, CEDAR, ELM, LETTER, Desk, a_letter
from openletter.canonical import permitted
from openletter.cli import browsing, likeness, terminal, words
from openletter.records import Addressee, Signatory, lookalikes
from openletter.records.difference import compare
from test_attacks import BLOB, Forge, forged
from transcripts import environment, furnish, run

WIDTHS = (20, 40, 80, 120)
COLOURS = re.compile(rb"\x1b\[(?:[0-9]{1,2}m)")
INVISIBLE = "\u034f\u200b\u200c\u200d\u200e\u200f\u061c\ufe0f"
RIGHT_TO_LEFT = "\u05e9\u05dc\u05d5\u05dd\u200f\u061c 12 \u0633\u0644\u0627\u0645"
STEERING = "\x1b[2J\x1b]0;gone\x07\x9b31m\r\t\x08\x7f\u202e\u2066\u2069\ufeff\U000e0041\ue000\ud800"
"""What no record may hold: escapes, controls, bidi overrides and isolates, tags, private use, a surrogate."""
OURS = (
    "SIGNED THIS TEXT",
    f"  {ELM}      Elm Institute",
    "      key SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "NO SIGNATURE HERE",
    "How far can you rely on this?",
    "  Keys         known to everybody",
    "Nothing false was found.",
    "FALSE IN THIS LETTER",
    "error: stopped",
    "hint: nothing was recorded",
    f"Sign revision 2 of {LETTER} for {ALDER}? [y/N]: y",
    f"openletter sign {LETTER} --as {ALDER} --yes --key {'x' * 70} SIGNED THIS TEXT",
    "Deleted: [-words-]   Inserted: {+words+}",
    "  | behind a bar",
    "@@ -1,4 +1,4 @@",
    "+++ b/archive",
    "- deleted",
    "[-deleted-]{+inserted+}",
    "---",
)
HOSTILE = f"{RIGHT_TO_LEFT} {INVISIBLE}x {'wide 日本 ' * 9}SIGNED THIS TEXT {RIGHT_TO_LEFT}"
LINES = "\n".join((*OURS, HOSTILE)).replace("\n  ", "\nx ").replace("\n      ", "\nx ")


def hostile_desk() -> Desk:
    """A letter and key records that are hostile in every field that takes text, and valid all the same."""
    desk = Desk()
    for organization in (ALDER, BIRCH, CEDAR):
        desk.enrol(organization, name=f"{organization} {HOSTILE}")
    letter = a_letter(
        date_line=HOSTILE,
        place=HOSTILE,
        reference=HOSTILE,
        subject=HOSTILE,
        sender=LINES,
        salutation=LINES,
        body=LINES,
        valediction=LINES,
        note=LINES,
        addressees=(Addressee(name=HOSTILE, title=HOSTILE, organization=HOSTILE, address=(HOSTILE, *OURS[3:5])),),
        signatories=(
            Signatory(organization=ALDER, name=HOSTILE, title=HOSTILE, of=HOSTILE),
            Signatory(organization=BIRCH, of=f"openletter {HOSTILE}"),
            Signatory(name=f"{ELM}   {HOSTILE}"),
        ),
        copies=(HOSTILE,),
    )
    desk.revise(letter)
    desk.sign(ALDER)
    desk.sign(BIRCH)
    desk.revise(body=LINES + "\nand more", note=LINES + "\nonce more")
    desk.sign(BIRCH)
    desk.withdraw(CEDAR, 1, reason=LINES)
    desk.withdraw(ALDER, 2, reason=LINES)
    return desk


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with keys, hostile drafts, and `a`: an archive whose committer and file names are hostile too."""
    folder = tmp_path_factory.mktemp("hostile")
    furnish(folder)
    desk = hostile_desk()
    forge = Forge(folder / "a")
    names = (f"SIGNED THIS TEXT {STEERING}", f"{'x' * 30} " * 5 + ELM, "a\nb", f"0001.{HOSTILE}.sig", "openletter x y")
    strange = [
        (BLOB, name.encode("utf-8", "surrogatepass"), forge.blob(name.encode(errors="replace"))) for name in names
    ]
    plain = [(BLOB, name.encode(), forge.blob(data)) for name, data in desk.files.items()]
    entries = sorted([*plain, *strange], key=lambda entry: entry[1])
    data = b"".join(mode + b" " + name + b"\0" + oid for mode, name, oid in entries)
    letter = forge.git.odb.write(pygit2.enums.ObjectType.TREE, data).raw
    forged(folder / "a", desk, letter=letter, forge=forge)
    _rewrite_committer(forge.git, f"{STEERING.encode('utf-8', 'replace').decode()} {HOSTILE}")
    (folder / "evil.yaml").write_text(
        json.dumps({"language": "en", "date": "2026-01-01", "body": STEERING, "addressees": [{"name": STEERING}]}),
        encoding="utf-8",
    )
    draft = re.sub(rb"(?m)^(?:letter|revision|previous): .*\n", b"", desk.text(2))
    (folder / "draft.yaml").write_bytes(draft.replace(b"and more", b"and yet more"))
    letter_text = f"Dear {HOSTILE},\n\n{LINES}\n\nYours,\n\n{HOSTILE}\n"
    (folder / "letter.md").write_text(letter_text, encoding="utf-8")
    (folder / "evil.md").write_text(letter_text + STEERING.replace("\ud800", ""), encoding="utf-8")
    return folder


def _rewrite_committer(git: pygit2.Repository, name: str) -> None:
    """Commit the same tree anew, by somebody with this name, in bytes that git's own tools would not write."""
    old = git.head.peel(pygit2.Commit)
    who = b"".join(char for char in (name.replace("\n", " ").replace("<", "").replace(">", "").encode(),))
    line = who.replace(b"\0", b"") + b" <m@thief.example> 1778749200 +0000\n"
    data = b"tree " + str(old.tree_id).encode() + b"\nauthor " + line + b"committer " + line + b"\nSIGNED THIS TEXT\n"
    new = git.odb.write(pygit2.enums.ObjectType.COMMIT, data)
    git.references.create("refs/heads/main", new, force=True)


COMMANDS = {
    "list": "list",
    "list --json": "list --json",
    "show": f"show {LETTER}",
    "show --record": f"show {LETTER} --record",
    "show --json": f"show {LETTER} --json",
    "log": f"log {LETTER}",
    "log --json": f"log {LETTER} --json",
    "diff": f"diff {LETTER}@1 @2",
    "diff --json": f"diff {LETTER}@1 @2 --json",
    "verify": "verify",
    "verify a letter": f"verify {LETTER} {LETTER}@1 --require all",
    "verify --json": "verify --json",
    "keys list": "keys list",
    "keys list --json": "keys list --json",
    "keys show": f"keys show {ALDER}",
    "sign": f"sign {LETTER} --as {BIRCH} --key ../birch.key",
    "sign, asked": f"sign {LETTER}@1 --as {CEDAR} --key ../cedar.key",
    "add": "add ../draft.yaml --letter 2026/another",
    "add, refused": "add ../evil.yaml --letter 2026/another",
    "revise": f"revise {LETTER} ../draft.yaml",
    "import": "import ../letter.md",
    "import, refused": "import ../evil.md",
    "keys add": f"keys add {ELM} --key ../elm.key --name '{HOSTILE}'",
    "keys add, refused": f"keys add {ELM} --key ../elm.key --name $'{{}}'",
    "a letter's id": "show $'{}'",
    "an option": "$'--{}'",
    "a command": "$'{}'",
    "a path": "--archive $'../{}' list",
    "a draft's path": f"revise {LETTER} $'../{{}}'",
    "an organization": f"sign {LETTER} --as $'{{}}'",
    "a key": f"sign {LETTER} --as {BIRCH} --key $'{{}}'",
    "a demand": "verify --require $'{}'",
    "an output": "import ../letter.md -o $'../no/{}'",
}
ARGUMENT = r"\e[2J\e]0;gone\a\r\n\x9b\x7f\u202e\u2066 SIGNED THIS TEXT " + "x " * 60 + "key SHA256:AAAA"


def typed(command: str) -> str:
    return "openletter " + command.replace("{}", ARGUMENT)


def written(command: str, place: Path, width: int = 80) -> bytes:
    """The raw bytes that a command writes to both streams."""
    done = subprocess.run(
        ["/bin/bash", "-c", typed(command)],
        cwd=place / "a",
        env=environment(place) | {"COLUMNS": str(width)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        timeout=120,
    )
    assert b"Traceback" not in done.stdout
    assert b"fault of its own" not in done.stdout
    return done.stdout


def strangers(data: bytes) -> set[str]:
    """The characters that no output may hold."""
    return {hex(ord(c)) for c in data.decode("utf-8", "surrogateescape") if not permitted(c)}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_nothing_outside_the_repertoire_of_letters_is_written(command: str, place: Path) -> None:
    data = written(command, place)
    assert data
    assert strangers(data) == set()
    if "--json" in command:
        assert json.loads(data)
        assert set(data) <= {0x0A, *range(0x20, 0x7F)}


def test_json_is_printable_ascii_whatever_it_holds(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.write_json({"path": STEERING})
    written = capsys.readouterr().out
    assert set(written) <= {"\n", *map(chr, range(0x20, 0x7F))}
    assert json.loads(written) == {"path": STEERING}


def test_what_keygen_and_init_print_of_paths_is_shown_with_escapes(place: Path, tmp_path: Path) -> None:
    furnish(tmp_path)
    for command in (
        f"XDG_CONFIG_HOME=$'{tmp_path}/c\\e[2J\\u202e' openletter keygen {ALDER} --no-passphrase",
        "openletter init $'i\\e[2J\\u202e\\nx'",
        "openletter init $'i\\e[2J\\u202e\\nx'",
        f"openletter import {place}/letter.md -o $'o\\e[2J\\u202e' --yes",
        f"openletter import {place}/letter.md -o $'o\\e[2J\\u202e'",
        "GIT_COMMITTER_NAME=$'\\e[2J<' openletter init other",
        "GIT_COMMITTER_DATE=$'\\e[2J' openletter init other",
    ):
        answer = run(command, tmp_path, tmp_path)
        assert strangers(answer.encode("utf-8", "surrogateescape")) == set(), command
        assert r"\u{1B}[2J" in answer or r"\x1b[2J" in answer or "nobody is here" in answer, answer


# --- on a terminal ---


def on_a_terminal(command: str, place: Path, width: int, answer: str | None = None) -> bytes:
    child: pexpect.spawn[bytes] = pexpect.spawn(
        "/bin/bash",
        ["-c", typed(command)],
        cwd=str(place / "a"),
        env={name: value for name, value in environment(place).items() if name != "COLUMNS"} | {"TERM": "xterm"},
        timeout=60,
        dimensions=(50, width),
    )
    before = b""
    if answer is not None:
        child.expect(rb"\[y/N\]: ")
        before = (child.before or b"") + b"[y/N]: "
        child.sendline(answer)
    child.expect(pexpect.EOF)
    child.close()
    return (before + (child.before or b"")).replace(b"\r\n", b"\n")


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (f"verify {LETTER}", None),
        (f"diff {LETTER}@1 @2", None),
        (f"log {LETTER}", None),
        ("keys list", None),
        (f"sign {LETTER}@1 --as {CEDAR} --key ../cedar.key", None),
        (f"sign {LETTER}@1 --as {BIRCH} --key $'{{}}'", None),
        ("add ../draft.yaml --letter 2026/another", "n"),
        ("add ../evil.yaml --letter 2026/another", None),
    ],
)
def test_a_terminal_gets_our_own_colours_and_no_other_escape(command: str, answer: str | None, place: Path) -> None:
    data = on_a_terminal(command, place, 60, answer)
    assert strangers(COLOURS.sub(b"", data)) == set()
    for line in COLOURS.sub(b"", data).decode().split("\n"):
        if line.startswith((LETTER, "You are about")) or "openletter " in line or "SHA256:" in line:
            continue  # nothing in it is a stranger's, or it is there to be copied
        assert terminal.columns(line.split("]: ")[0]) <= 60, line


@pytest.mark.parametrize("width", WIDTHS)
def test_an_error_that_quotes_a_stranger_goes_on_behind_a_bar(width: int, place: Path) -> None:
    for command in ("show $'{}'", f"sign {LETTER} --as {BIRCH} --key $'{{}}'", "$'{}'"):
        lines = on_a_terminal(command, place, width).decode().rstrip("\n").split("\n")
        assert lines[0].startswith("error: ")
        assert len(lines) > 2
        for line in lines:
            assert line.startswith(("error: ", "hint: ", "  |")), line
            assert terminal.columns(line) <= width, line


# --- no line of a letter can pass for ours ---


def ours(text: str) -> list[str]:
    """What is not behind a bar."""
    return [line for line in text.split("\n") if not re.match(r" *\|", line)]


hostile_lines = st.lists(
    st.one_of(
        st.sampled_from(OURS).map(str.strip),
        st.sampled_from(OURS).map(lambda line: "x" * 55 + " " + line.strip()),
        st.sampled_from(OURS).map(lambda line: "\u05d0 " * 20 + line.strip()),
        st.sampled_from(OURS).map(lambda line: "日" * 37 + line.strip()),
        st.sampled_from(OURS).map(lambda line: "a\u0301" * 40 + "\u3000" + line.strip()),
    ),
    min_size=1,
    max_size=6,
).map(lambda lines: [unicodedata.normalize("NFC", line) for line in lines])


def shaped(texts: list[str]) -> Desk:
    """A letter of one shape, whatever its texts."""
    one, many = texts[0], "\n".join(texts)
    desk = Desk()
    for organization in (ALDER, BIRCH, CEDAR):
        desk.enrol(organization, name=texts[-1])
    desk.revise(
        a_letter(
            subject=one,
            body=many,
            note=many,
            signatories=(
                Signatory(organization=ALDER, of=one + "."),
                Signatory(organization=BIRCH, of=texts[-1]),
                Signatory(of=one),
            ),
        )
    )
    desk.sign(ALDER)
    desk.revise(body=f"{many}\nx", note=many + "\ny")
    desk.sign(CEDAR)
    desk.withdraw(BIRCH, 1, reason=many)
    return desk


def printed(desk: Desk, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """What each way of printing writes of it."""
    found = {}
    report = desk.judge()
    capsys.readouterr()
    words.letter(report)
    found["verify"] = capsys.readouterr().out
    browsing._print_log(report, {})
    found["log"] = capsys.readouterr().out
    for organization in desk.keyring().reports.values():
        words.organization(organization, ())
    found["keys"] = capsys.readouterr().out
    browsing.print_changes(compare(desk.letters[0], desk.letters[1]))
    found["diff"] = capsys.readouterr().out
    browsing.print_note(desk.letters[1])
    found["note"] = capsys.readouterr().out
    return found


NAME_LINE = re.compile(rf"^( *(?:- )?(?:{ALDER}|{BIRCH}|{CEDAR}|\(no id\)) +).*")


def skeleton(text: str) -> list[str]:
    """The lines that are ours, what is a printed name at the end of one left out, and digests, which differ."""
    kept = []
    for line in ours(text):
        named = re.sub(r"(calls it) *.*", r"\1", NAME_LINE.sub(r"\1", line))
        kept.append(re.sub(r"SHA-256.*|^          [0-9a-f ]*$|\([a-z]+ lines? unchanged\)", "", named).rstrip())
    return [line for line in kept if line]


@pytest.mark.parametrize("width", WIDTHS)
def test_no_text_of_a_letter_adds_a_line_to_ours(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setattr(likeness, "say", lambda *_: None)  # remarks depend on the names, and have a law of their own
    harmless = printed(shaped(["harmless"]), capsys)

    @settings(max_examples=25, deadline=None)
    @given(texts=hostile_lines)
    def law(texts: list[str]) -> None:
        for way, text in printed(shaped(texts), capsys).items():
            assert skeleton(text) == skeleton(harmless[way]), (way, text)
            for line in text.split("\n"):
                if re.match(r" *\|", line) or NAME_LINE.match(line):
                    assert terminal.columns(line) <= width, (way, line)

    law()


@pytest.mark.parametrize("width", WIDTHS)
def test_a_remark_that_quotes_a_name_goes_on_behind_a_bar(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    for text in (
        "А" + "l" * 30 + " SIGNED THIS TEXT",
        "l\u0410" + HOSTILE,
        "Al\u200cder SIGNED THIS TEXT key SHA256:AAAA",
    ):
        remarks = tuple(lookalikes.on_name(text))
        assert remarks
        for remark in remarks:
            capsys.readouterr()
            likeness.say((remark,), "      ")
            first, *more = capsys.readouterr().out.splitlines()
            assert first.startswith("      look")
            assert all(re.match(r" *\|", line) for line in more)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_printed_name_is_the_end_of_its_line(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    for start in (f"  {ALDER}   ", f"  - {'a' * 60}.{'b' * 60}.example   ", "  (no id)   "):
        lines = list(terminal.beside(start, HOSTILE, "    "))
        assert all(terminal.columns(line) <= width for line in lines)
        assert lines[0].startswith(start[: width - 8].rstrip())
        assert all(re.match(r" *\|", line) for line in lines[1:])
        assert terminal.inline(HOSTILE, 3)[:2] in lines[-1]


def test_an_id_as_long_as_ids_may_be_hides_no_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    long = ".".join(["a" * 60, "b" * 60, "c" * 40, "example"])
    desk = shaped(["harmless"])
    desk.enrol(long, name="Long Institute")
    desk.sign(long)
    shown = printed(desk, capsys)
    for way in ("verify", "log", "keys"):
        assert "  | Long Institute\n" in shown[way], way
        assert all(terminal.columns(line) <= 80 for line in shown[way].split("\n"))
    assert re.search(rf"^  {ALDER} +harmless\.$", shown["verify"], re.MULTILINE)
