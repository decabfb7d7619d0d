"""The verifier's own file of keys: what is read of it, what ssh-keygen says of the same file, and how it is changed."""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import shutil
import stat
import subprocess
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import ALDER, BIRCH, key_of, signed_by
from openletter.errors import ActRefused, PinsError, StorageError
from openletter.pins import Pin, Pins, change_pins, read_handed, read_pins
from openletter.pins.lines import MAX_BYTES
from spec_examples import examples
from test_nothing_half_done import kill_at, points
from test_vectors_pins import SIGNER, VECTORS, stock
from tools import need
from transcripts import furnish, run

SPEC = Path(__file__).parents[1] / "spec" / "pins.md"
KEY = key_of(ALDER).public
LINE = KEY.line
MESSAGE = b"The wells belong to all who drink from them.\n"
NOW = datetime(2026, 5, 14, 9, tzinfo=UTC)


def parse(text: str | bytes) -> Pins:
    return Pins.parse(text.encode() if isinstance(text, str) else text, "allowed_signers")


def test_the_examples_of_the_spec_are_read_as_it_says(tmp_path: Path) -> None:
    said = [(example.words[2], example.content) for example in examples(SPEC) if example.words[:2] == ["text", "pins"]]
    assert {word for word, _ in said} == {"accept", "PinsError"}
    for word, content in said:
        if word == "accept":
            assert parse(content).at(NOW) == {ALDER: frozenset({SIGNER.public})}
            for line in content.splitlines(keepends=True):
                is_pin = line.strip() != b"" and not line.strip().startswith(b"#")
                assert stock(line, "20260514090000Z", "UTC", tmp_path) == ("accepts" if is_pin else "refuses")
        else:
            with pytest.raises(PinsError):
                parse(content)


def test_comments_and_line_numbers_are_those_of_the_file() -> None:
    pins = parse(f"# mine\n\n{ALDER} {LINE}   by telephone  \n{BIRCH} {key_of(BIRCH).public.line}").pins
    assert [(pin.line, pin.comment) for pin in pins] == [(3, "by telephone"), (4, "")]


def test_an_empty_file_pins_nothing() -> None:
    assert parse(b"").at(NOW) == {}


# --- what is refused, with the line and the reason --------------------------------------------------------------------

# Why each of the vectors is refused.
WHY = {
    "id-pattern": "is a pattern",
    "id-pattern-*": "is a pattern",
    "id-quoted": "is a pattern",
    "id-list": "is a list",
    "id-list-*": "is a list",
    "id-*": "is no organization id",
    "no-break-space": "is no organization id",
    "words": '"the" is no organization id',
    "bad-line-*": '"what" is no organization id',
    "authority": "cert-authority trusts keys",
    "authority-*": "cert-authority trusts keys",
    "purpose-quote": "is not used here",
    "purpose-space": "is not used here",
    "purpose-*": "must name openletter",
    "option-twice": "the option namespaces stands here twice",
    "option-time-twice": "the option valid-after stands here twice",
    "option-*": "is not used here",
    "time-local": "valid-after has no Z at its end",
    "time-local-*": "valid-before has no Z at its end",
    "time-no-such-*": "there is no such day, or no such time",
    "time-1970": "times begin with 1970",
    "time-order": "is not after valid-after",
    "time-*": "valid-before is no time",
    "key-none": "there is no key",
    "key-none-*": "there is no key",
    "key-type-alone": "there is no key",
    "key-short": "base64 of the public key is broken",
    "key-type": "contradicts its content",
    "key-low-order": "low order",
    "key-rsa": '"ssh-rsa" is not used here',
    "key-application": "hardware key is for the application",
    "nul": "a NUL byte",
    "carriage-return": "carriage return",
    "not-utf-8": "is not UTF-8",
    "byte-order-mark": "byte order mark",
    "two-for-one-key": "is pinned for birch.example too, in line 1",
}
BAD = [name for name, vector in VECTORS.items() if vector.expect != "accept"]


def reason(name: str) -> str:
    """The pattern of `WHY` that is nearest to a name."""
    return max((pattern for pattern in WHY if fnmatchcase(name, pattern)), key=lambda pattern: len(pattern.strip("*")))


@pytest.mark.parametrize("name", BAD)
def test_a_line_is_refused_with_its_number_the_reason_and_a_cure(name: str) -> None:
    with pytest.raises(PinsError) as caught:
        parse(VECTORS[name].payload)
    assert WHY[reason(name)] in caught.value.message
    assert (caught.value.path, str(caught.value.line)) == ("allowed_signers", VECTORS[name].headers["line"])
    assert caught.value.hint
    assert caught.value.message.isprintable()


def test_every_reason_is_that_of_a_vector() -> None:
    assert {reason(name) for name in BAD} == set(WHY)


def test_a_file_too_large_is_refused() -> None:
    assert parse(b"#" * MAX_BYTES).pins == ()
    with pytest.raises(PinsError, match="larger than 1 MiB"):
        parse(b"#" * (MAX_BYTES + 1))


# --- times ------------------------------------------------------------------------------------------------------------


def test_a_part_of_a_second_after_the_last_second_is_still_in_it() -> None:
    pins = parse(f'{ALDER} valid-before="20260514090000Z" {LINE}\n')
    assert pins.at(NOW + timedelta(microseconds=999_999)) == {ALDER: {KEY}}
    assert pins.at(NOW + timedelta(seconds=1)) == {}


# --- added and removed ------------------------------------------------------------------------------------------------

keys = st.integers(0, 30).map(lambda number: key_of(f"{number}").public)
times = st.datetimes(datetime(1970, 1, 2), datetime(9999, 12, 31)).map(lambda t: t.replace(microsecond=0, tzinfo=UTC))
comments = st.text(st.characters(exclude_characters="\0\r\n", exclude_categories=["Cs"]), max_size=20)
blanks = st.text(" \t", max_size=3)
gaps = st.text(" \t", min_size=1, max_size=3)


@st.composite
def pins_of_somebody(draw: st.DrawFn) -> Pin:
    """A pin whose key says which organization it is for, so that no two disagree."""
    key = draw(keys)
    name = f"org-{key.short}.example"
    after, before = draw(st.none() | times), draw(st.none() | times)
    if after is not None and before is not None:
        after, before = min(after, before), max(after, before)
        before = None if before == after else before
    return Pin(organization=name, key=key, after=after, before=before)


@st.composite
def lines_of_somebody(draw: st.DrawFn) -> tuple[Pin | None, bytes]:
    """A line of a person's own file, without its end, and the pin that it is."""
    kind = draw(st.sampled_from(["comment", "blank", "pin"]))
    if kind == "blank":
        return None, draw(blanks).encode()
    if kind == "comment":
        return None, f"{draw(blanks)}#{draw(comments)}".encode()
    pin = draw(pins_of_somebody())
    parts = pin.text.rstrip("\n").split(" ")
    text = draw(blanks) + "".join(part + draw(gaps) for part in parts) + draw(comments)
    return pin, text.encode()


def join(lines: list[bytes], *, ended: bool) -> bytes:
    return b"\n".join(lines) + (b"\n" if ended and lines else b"")


@given(pins_of_somebody())
def test_what_is_written_is_read_as_the_same(pin: Pin) -> None:
    (read,) = parse(pin.text).pins
    assert read == Pin(organization=pin.organization, key=pin.key, after=pin.after, before=pin.before, line=1)


@given(st.lists(lines_of_somebody(), max_size=6), st.booleans(), st.lists(pins_of_somebody(), max_size=3))
def test_adding_keeps_every_byte_and_ends_with_the_new_lines(
    lines: list[tuple[Pin | None, bytes]], ended: bool, more: list[Pin]
) -> None:
    before = parse(join([text for _, text in lines], ended=ended))
    after = before.adding(more)
    known = {pin.key for pin in before.pins}
    new = "".join(pin.text for pin in more if pin.key not in known).encode()
    glue = b"\n" if new and before.data and not before.data.endswith(b"\n") else b""
    assert after.data == before.data + glue + new
    assert after.pins[: len(before.pins)] == before.pins
    assert {pin.key for pin in after.pins} == known | {pin.key for pin in more}
    assert after.adding(more).data == after.data


@given(st.lists(lines_of_somebody(), min_size=1, max_size=8), st.booleans(), st.data())
def test_removing_takes_the_lines_of_that_key_and_keeps_every_other_byte(
    lines: list[tuple[Pin | None, bytes]], ended: bool, data: st.DataObject
) -> None:
    before = parse(join([text for _, text in lines], ended=ended))
    chosen = data.draw(st.sampled_from([pin for pin, _ in lines]))
    if chosen is None:
        assert before.removing("nobody.example").data == before.data
        return
    after = before.removing(chosen.organization, chosen.key.fingerprint)
    ends = [text + b"\n" for _, text in lines]
    if not ended:
        ends[-1] = ends[-1][:-1]
    kept = [end for (pin, _), end in zip(lines, ends, strict=True) if pin is None or pin.key != chosen.key]
    assert after.data == b"".join(kept)
    assert chosen.key not in {pin.key for pin in after.pins}


@given(st.lists(lines_of_somebody(), max_size=6), pins_of_somebody())
def test_what_was_added_to_a_file_with_an_end_and_removed_again_leaves_no_trace(
    lines: list[tuple[Pin | None, bytes]], pin: Pin
) -> None:
    before = parse(join([text for _, text in lines], ended=True))
    if pin.key in {known.key for known in before.pins}:
        return
    assert before.adding([pin]).removing(pin.organization, pin.key.fingerprint).data == before.data


def test_a_key_that_is_pinned_for_another_organization_is_not_added() -> None:
    pins = parse(f"{BIRCH} {LINE}\n")
    with pytest.raises(ActRefused, match=r"is pinned for birch\.example already") as caught:
        pins.adding([Pin(organization=ALDER, key=KEY)])
    assert "openletter trust remove birch.example" in (caught.value.hint or "")


def test_ssh_keygen_finds_whose_key_it_is_in_the_file_that_is_written(tmp_path: Path) -> None:
    pins = parse("# mine").adding(
        [Pin(organization=ALDER, key=KEY), Pin(organization=BIRCH, key=key_of(BIRCH).public, before=NOW)]
    )
    (tmp_path / "signers").write_bytes(pins.data)
    for organization, moment, found in (
        (ALDER, "20260514090001Z", "alder.example\n"),
        (BIRCH, "20260514090000Z", "birch.example\n"),
        (BIRCH, "20260514090001Z", ""),
    ):
        (tmp_path / "sig").write_bytes(signed_by(key_of(organization), MESSAGE))
        asked = (need("ssh-keygen"), "-Y", "find-principals", "-f", tmp_path / "signers", "-s", tmp_path / "sig")
        done = subprocess.run(
            (*asked, f"-Overify-time={moment}", "-n", "openletter"), capture_output=True, text=True, check=False
        )
        assert done.stdout == found
        assert (organization in pins.at(datetime.strptime(moment[:-1] + "+0000", "%Y%m%d%H%M%S%z"))) == bool(found)


# --- the file ---------------------------------------------------------------------------------------------------------


def add(folder: Path, organization: str = ALDER, which: str = "") -> Pins:
    pin = Pin(organization=organization, key=key_of(organization, which).public)
    return change_pins(folder, lambda pins: pins.adding([pin]))


def test_where_there_is_no_file_nothing_is_pinned_and_nothing_is_made(tmp_path: Path) -> None:
    assert read_pins(tmp_path / "none").at(NOW) == {}
    assert list(tmp_path.iterdir()) == []


def test_a_new_file_is_its_owners_alone_and_ssh_keygen_reads_it(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        change_pins(tmp_path / "openletter", lambda pins: pins.adding([Pin(organization=ALDER, key=SIGNER.public)]))
    finally:
        os.umask(old)
    file = tmp_path / "openletter" / "allowed_signers"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert [path.name for path in file.parent.iterdir()] == ["allowed_signers"]
    assert read_pins(file.parent).at(NOW) == {ALDER: {SIGNER.public}}
    assert stock(file.read_bytes(), "20260514090000Z", "UTC", tmp_path) == "accepts"


def test_the_mode_stays_and_a_link_stays_a_link(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "openletter", tmp_path / "dotfiles"
    for place in (folder, elsewhere):
        place.mkdir()
    (elsewhere / "signers").write_text("# mine\n")
    (elsewhere / "signers").chmod(0o640)
    (folder / "allowed_signers").symlink_to("../dotfiles/signers")
    add(folder)
    assert (folder / "allowed_signers").is_symlink()
    assert (elsewhere / "signers").read_text() == f'# mine\n{ALDER} namespaces="openletter" {LINE}\n'
    assert stat.S_IMODE((elsewhere / "signers").stat().st_mode) == 0o640
    assert [path.name for path in elsewhere.iterdir()] == ["signers"]


def test_a_link_that_leads_nowhere_is_no_empty_file(tmp_path: Path) -> None:
    (tmp_path / "allowed_signers").symlink_to("gone")
    with pytest.raises(PinsError, match="leads nowhere"):
        read_pins(tmp_path)
    with pytest.raises(PinsError, match="leads nowhere"):
        add(tmp_path)


def test_a_pipe_and_a_folder_are_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "allowed_signers")
    with pytest.raises(PinsError, match="no plain file"):
        read_pins(tmp_path)
    with pytest.raises(PinsError, match="no plain file") as caught:
        read_handed(tmp_path / "allowed_signers")
    assert "save it as a file first" in (caught.value.hint or "")
    (tmp_path / "other" / "allowed_signers").mkdir(parents=True)
    with pytest.raises(PinsError, match="no plain file"):
        read_pins(tmp_path / "other")


def test_a_file_that_everybody_may_write_to_is_refused(tmp_path: Path) -> None:
    add(tmp_path)
    (tmp_path / "allowed_signers").chmod(0o666)
    with pytest.raises(PinsError, match="decide whom you trust") as caught:
        read_pins(tmp_path)
    assert "chmod o-w" in (caught.value.hint or "")
    assert read_handed(tmp_path / "allowed_signers").at(NOW) == {ALDER: {KEY}}


@pytest.mark.parametrize("where", ["own", "elsewhere"])
def test_a_folder_in_which_everybody_may_replace_the_file_is_refused(tmp_path: Path, where: str) -> None:
    for name in ("own", "elsewhere"):
        (tmp_path / name).mkdir()
    (tmp_path / "elsewhere" / "signers").write_text(f"{ALDER} {LINE}\n")
    (tmp_path / "own" / "allowed_signers").symlink_to(tmp_path / "elsewhere" / "signers")
    assert read_pins(tmp_path / "own").at(NOW) == {ALDER: {KEY}}
    (tmp_path / where).chmod(0o777)
    with pytest.raises(PinsError, match="decide whom you trust") as caught:
        read_pins(tmp_path / "own")
    assert caught.value.path == str(tmp_path / where)
    # As in the folder of temporary files: there, everybody replaces only what is theirs.
    (tmp_path / where).chmod(0o1777)
    assert read_pins(tmp_path / "own").at(NOW) == {ALDER: {KEY}}


def test_a_file_that_is_too_large_is_not_read_whole(tmp_path: Path) -> None:
    with (tmp_path / "allowed_signers").open("wb") as opened:
        opened.truncate(1 << 40)
    with pytest.raises(PinsError, match="larger than 1 MiB"):
        read_pins(tmp_path)


def test_a_file_that_was_handed_over_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(PinsError, match="no such file"):
        read_handed(tmp_path / "none")


def test_what_cannot_be_read_is_said_with_its_path(tmp_path: Path) -> None:
    (tmp_path / "openletter").write_text("a file where a folder belongs")
    with pytest.raises(PinsError, match="can't be read"):
        read_pins(tmp_path / "openletter")
    with pytest.raises(StorageError, match="can't be written"):
        add(tmp_path / "openletter")


def test_a_change_that_fails_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add(tmp_path)
    before = (tmp_path / "allowed_signers").read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="No space left"):
        add(tmp_path, BIRCH)
    assert (tmp_path / "allowed_signers").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["allowed_signers"]


def test_what_a_killed_process_left_aside_is_cleared_away_by_the_next(tmp_path: Path) -> None:
    (tmp_path / ".allowed_signers.unfinished").write_text("half a li")
    add(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["allowed_signers"]


def test_a_change_holds_a_lock_and_builds_on_what_it_finds_once_it_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    birch = f"{BIRCH} {key_of(BIRCH).public.line}\n"
    flock, locked = fcntl.flock, []

    def late(descriptor: int, operation: int) -> None:
        # Another process changed the file while this one waited.
        (tmp_path / "allowed_signers").write_text(birch)
        flock(descriptor, operation)

    def change(pins: Pins) -> Pins:
        descriptor = os.open(tmp_path, os.O_RDONLY)
        with pytest.raises(BlockingIOError):
            flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(descriptor)
        locked.append(True)
        return pins.adding([Pin(organization=ALDER, key=KEY)])

    monkeypatch.setattr(fcntl, "flock", late)
    assert change_pins(tmp_path, change).data.decode() == f'{birch}{ALDER} namespaces="openletter" {LINE}\n'
    assert locked == [True]


def _add_some(folder: Path, which: int) -> None:
    for number in range(5):
        add(folder, f"org-{which}-{number}.example")


def test_several_that_add_at_once_lose_no_line(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_add_some, args=(tmp_path, which)) for which in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0, 0]
    assert set(read_pins(tmp_path).at(NOW)) == {f"org-{a}-{b}.example" for a in range(4) for b in range(5)}


def test_killed_at_any_call_a_command_leaves_the_old_file_or_the_new(tmp_path: Path) -> None:
    stage = tmp_path / "stage"
    stage.mkdir()
    furnish(stage)
    run("openletter init letters", stage, stage)
    run("openletter --archive letters keys add alder.example --name Alder --key alder.key --yes", stage, stage)
    place = Path("home", ".config", "openletter")
    (stage / place).mkdir(parents=True)
    old = f"# mine\n{BIRCH} {key_of(BIRCH).public.line}"
    (stage / place / "allowed_signers").write_text(old)
    command = f"--archive letters trust add {ALDER} {KEY.fingerprint} --yes"
    new = f'{old}\n{ALDER} namespaces="openletter" {LINE}\n'
    shutil.copytree(stage, tmp_path / "whole")  # the first run also writes what Python compiles
    assert "[status" not in run(f"openletter {command}", tmp_path / "whole", tmp_path / "whole")
    seen = set()
    for call, number in points(stage, tmp_path / "traced", command):
        folder = tmp_path / f"{call}-{number}"
        shutil.copytree(stage, folder)
        kill_at(call, number, folder, command)
        left = (folder / place / "allowed_signers").read_text()
        assert left in {old, new}
        seen.add(left)
        assert "[status" not in run(f"openletter {command}", folder, folder)
        assert (folder / place / "allowed_signers").read_text() == new
        assert {path.name for path in (folder / place).iterdir()} - {".allowed_signers.unfinished"} == {
            "allowed_signers"
        }
    assert seen == {old, new}
    assert (tmp_path / "traced" / place / "allowed_signers").read_text() == new
