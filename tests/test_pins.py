"""The verifier's own file of keys: what is read of it, what ssh-keygen says of the same file, and how it is changed."""

from __future__ import annotations

import base64
import hashlib
import multiprocessing
import os
import shutil
import stat
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import ALDER, BIRCH, CEDAR, key_of, signed_by
from openletter.errors import ActRefused, PinsError, StorageError
from openletter.keys import SK_ED25519, PrivateKey, PublicKey
from openletter.pins import Pin, Pins, change_pins, read_handed, read_pins
from openletter.pins.lines import MAX_BYTES
from spec_examples import examples
from test_nothing_half_done import kill_at, points
from tools import need
from transcripts import furnish, run

SPEC = Path(__file__).parents[1] / "spec" / "pins.md"
KEY = key_of(ALDER).public
LINE = KEY.line
HARDWARE = PublicKey(algorithm=SK_ED25519, point=key_of(CEDAR).public.point)
MESSAGE = b"The wells belong to all who drink from them.\n"
NOW = datetime(2026, 5, 14, 9, tzinfo=UTC)
WEAK = "ssh-ed25519 " + base64.b64encode(b"\0\0\0\x0bssh-ed25519\0\0\0 " + bytes(32)).decode()
RSA = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAAwEAAQ=="


def parse(text: str | bytes) -> Pins:
    return Pins.parse(text.encode() if isinstance(text, str) else text, "allowed_signers")


@pytest.fixture
def stock(tmp_path: Path) -> Callable[..., bool]:
    """Does ssh-keygen take a signature for alder.example's, by this file?"""
    ssh_keygen = need("ssh-keygen")

    def accepts(data: bytes, *options: str, key: PrivateKey | None = None, zone: str = "UTC") -> bool:
        file, signature = tmp_path / "signers", tmp_path / "message.sig"
        file.write_bytes(data)
        signature.write_bytes(signed_by(key or key_of(ALDER), MESSAGE))
        done = subprocess.run(
            (ssh_keygen, "-Y", "verify", "-f", file, "-I", ALDER, "-n", "openletter", "-s", signature, *options),
            input=MESSAGE,
            env={**os.environ, "TZ": zone},
            capture_output=True,
            check=False,
        )
        return done.returncode == 0

    return accepts


# --- what is accepted, ssh-keygen accepts -----------------------------------------------------------------------------

ACCEPTED = {
    "the line that is written here": f'{ALDER} namespaces="openletter" {LINE}\n',
    "no last line feed": f'{ALDER} namespaces="openletter" {LINE}',
    "no options": f"{ALDER} {LINE}\n",
    "other purposes beside": f'{ALDER} namespaces="git,openletter,a.b-c_d@e" {LINE}\n',
    "spaces and tabs": f'\t {ALDER} \t namespaces="openletter"\t{LINE.replace(" ", "  ")}\t \n',
    "a comment behind the key": f'{ALDER} namespaces="openletter" {LINE} Ida Marsh\'s, "by" telephone – #2\n',
    "options in any order": f'{ALDER} valid-before="20300101Z",namespaces="openletter",valid-after="202001011200Z" '
    f"{LINE}\n",
    "the last second that there is": f'{ALDER} valid-before="99991231235959Z" {LINE}\n',
    "after a comment and an empty line": f"# mine\n\n \t# more\n{ALDER} {LINE}\n",
    "twice": f"{ALDER} {LINE}\n{ALDER} {LINE}\n",
    "held by one line, no more by the other": f'{ALDER} valid-before="20200101Z" {LINE}\n{ALDER} {LINE}\n',
    "after another organization's": f"{BIRCH} {key_of(BIRCH).public.line}\n{ALDER} {LINE}\n",
    "after a hardware key": f"{ALDER} {HARDWARE.line}\n{ALDER} {LINE}\n",
}


@pytest.mark.parametrize("text", ACCEPTED.values(), ids=ACCEPTED)
def test_a_line_that_is_accepted_says_the_same_to_ssh_keygen(text: str, stock: Callable[..., bool]) -> None:
    assert KEY in parse(text).at(NOW)[ALDER]
    assert stock(text.encode(), "-Overify-time=20260514090000Z")


def test_the_examples_of_the_spec_are_read_as_it_says(stock: Callable[..., bool]) -> None:
    signer = PrivateKey.from_seed(hashlib.sha256(b"openletter vectors: alder").digest())
    said = [(example.words[2], example.content) for example in examples(SPEC) if example.words[:2] == ["text", "pins"]]
    assert {word for word, _ in said} == {"accept", "PinsError"}
    for word, content in said:
        if word == "accept":
            assert parse(content).at(NOW) == {ALDER: frozenset({signer.public})}
            for line in content.splitlines(keepends=True):
                assert stock(line, key=signer) == (line.strip() != b"" and not line.strip().startswith(b"#"))
        else:
            with pytest.raises(PinsError):
                parse(content)


def test_comments_and_line_numbers_are_those_of_the_file() -> None:
    pins = parse(f"# mine\n\n{ALDER} {LINE}   by telephone  \n{BIRCH} {key_of(BIRCH).public.line}").pins
    assert [(pin.line, pin.comment) for pin in pins] == [(3, "by telephone"), (4, "")]


def test_an_empty_file_pins_nothing() -> None:
    assert parse(b"").at(NOW) == {}


# --- what is refused, with the line and the reason --------------------------------------------------------------------

# What is put in the place of a line; why it is refused; and whether ssh-keygen takes it.
REFUSED: dict[str, tuple[str | bytes, str, bool]] = {
    "a pattern": (f"*.example {LINE}", "is a pattern", True),
    "a pattern of one character": (f"?lder.example {LINE}", "is a pattern", True),
    "a negation": (f"!birch.example,* {LINE}", "is a pattern", True),
    "a list": (f"{ALDER},{BIRCH} {LINE}", "is a list", True),
    "a list of one": (f"{ALDER}, {LINE}", "is a list", True),
    "an id in quotes": (f'"{ALDER}" {LINE}', "is a pattern", True),
    "a mail address": (f"ida@{ALDER} {LINE}", "is no organization id", False),
    "an id in capitals": (f"Alder.example {LINE}", "is no organization id", False),
    "an id with another letter": (f"\N{CYRILLIC SMALL LETTER A}lder.example {LINE}", "is no organization id", False),
    "an authority": (f"{ALDER} cert-authority {LINE}", "cert-authority trusts keys", False),
    "an authority among options": (f'{ALDER} namespaces="openletter",cert-authority {LINE}', "cert-authority", False),
    "another purpose": (f'{ALDER} namespaces="git" {LINE}', "must name openletter", False),
    "a pattern of purposes": (f'{ALDER} namespaces="open*" {LINE}', "must name openletter", True),
    "a purpose excepted": (f'{ALDER} namespaces="openletter,!git" {LINE}', "must name openletter", True),
    "no purpose": (f'{ALDER} namespaces="" {LINE}', "must name openletter", False),
    "a purpose with a quote": (f'{ALDER} namespaces="openletter,\\"git" {LINE}', "is not used here", True),
    "a purpose with a space": (f'{ALDER} namespaces="openletter, git" {LINE}', "is not used here", True),
    "an option in capitals": (f'{ALDER} Namespaces="openletter" {LINE}', "is not used here", True),
    "an option twice": (f'{ALDER} namespaces="openletter",namespaces="openletter" {LINE}', "stands here twice", False),
    "a time twice": (f'{ALDER} valid-after="20200101Z",valid-after="20200102Z" {LINE}', "stands here twice", False),
    "an option that is unknown": (f'{ALDER} from="x" {LINE}', "is not used here", False),
    "an option without a value": (f"{ALDER} namespaces {LINE}", "is not used here", False),
    "an option that doesn't end": (f'{ALDER} namespaces="openletter {LINE}', "is not used here", False),
    "no comma between options": (f'{ALDER} valid-after="20200101Z"valid-before="20300101Z" {LINE}', "not used", False),
    "a comma at the end": (f'{ALDER} namespaces="openletter", {LINE}', "is not used here", False),
    "a time of the machine": (f'{ALDER} valid-after="20200101" {LINE}', "has no Z at its end", True),
    "a time of the machine, to the second": (f'{ALDER} valid-before="20300101000000" {LINE}', "has no Z", True),
    "a time with a small z": (f'{ALDER} valid-before="20300101z" {LINE}', "is no time", True),
    "a time with a zone": (f'{ALDER} valid-before="20300101+0200" {LINE}', "is no time", False),
    "a time of other digits": (f'{ALDER} valid-before="٢٠٣٠0101Z" {LINE}', "is no time", False),
    "a day that there is not": (f'{ALDER} valid-before="20300230Z" {LINE}', "there is no such day", True),
    "a second that there is not": (f'{ALDER} valid-before="20300101235960Z" {LINE}', "there is no such day", True),
    "a month that there is not": (f'{ALDER} valid-before="20301301Z" {LINE}', "there is no such day", False),
    "the beginning of 1970": (f'{ALDER} valid-after="19700101Z" {LINE}', "times begin with 1970", False),
    "an end before its beginning": (
        f'{ALDER} valid-after="20200102Z",valid-before="20200102Z" {LINE}',
        "is not after valid-after",
        False,
    ),
    "no key": (ALDER, "there is no key", False),
    "no key behind options": (f'{ALDER} namespaces="openletter"', "there is no key", False),
    "a type alone": (f"{ALDER} ssh-ed25519", "there is no key", False),
    "a key alone": (LINE, "is no organization id", False),
    "a weak key": (f"{ALDER} {WEAK}", "low order", False),
    "an RSA key": (f"{ALDER} {RSA}", '"ssh-rsa" is not used here', False),
    "a key cut short": (f"{ALDER} {LINE[:-2]}", "", False),
    "a type that isn't the key's": (f"{ALDER} {LINE.replace('ssh-', 'sk-ssh-', 1)}", "", False),
    "a NUL in a comment": (f"{ALDER} {LINE} a\0b".encode(), "a NUL byte", True),
    "a carriage return": (f"{ALDER} {LINE}\r".encode(), "carriage return", True),
    "a comment that isn't UTF-8": (f"{ALDER} {LINE} ".encode() + b"\xe9", "is not UTF-8", True),
    "a space that isn't one": (f"{ALDER}\N{NO-BREAK SPACE}{LINE}", "is no organization id", False),
}


@pytest.mark.parametrize(("line", "why", "taken"), REFUSED.values(), ids=REFUSED)
def test_a_line_is_refused_with_its_number_the_reason_and_a_cure(
    line: str | bytes, why: str, taken: bool, stock: Callable[..., bool]
) -> None:
    bad = line.encode() if isinstance(line, str) else line
    good = f"# mine\n{BIRCH} {key_of(BIRCH).public.line}\n".encode()
    with pytest.raises(PinsError) as caught:
        parse(good + bad + b"\n" + good)
    assert why in caught.value.message
    assert (caught.value.path, caught.value.line) == ("allowed_signers", 3)
    assert caught.value.hint
    assert caught.value.message.isprintable()
    assert stock(good + bad + b"\n", "-Overify-time=20260514090000Z") == taken


def test_a_key_for_two_organizations_is_refused_with_both_lines(stock: Callable[..., bool]) -> None:
    data = f"{BIRCH} {LINE}\n{ALDER} {LINE}\n".encode()
    with pytest.raises(PinsError, match=r"pinned for birch\.example too, in line 1") as caught:
        parse(data)
    assert caught.value.line == 2
    assert stock(data)


def test_a_byte_order_mark_and_a_file_too_large_are_refused() -> None:
    with pytest.raises(PinsError, match="byte order mark"):
        parse(b"\xef\xbb\xbf" + f"{ALDER} {LINE}\n".encode())
    assert parse(b"#" * MAX_BYTES).pins == ()
    with pytest.raises(PinsError, match="larger than 1 MiB"):
        parse(b"#" * (MAX_BYTES + 1))


def test_one_bad_line_refuses_the_whole_file_where_ssh_keygen_goes_on(stock: Callable[..., bool]) -> None:
    data = f"what is this\n{ALDER} {LINE}\n".encode()
    with pytest.raises(PinsError):
        parse(data)
    assert stock(data)


# --- times ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "moment", "holds"),
    [
        ('valid-after="20260514Z"', "20260513235959", False),
        ('valid-after="20260514Z"', "20260514000000", True),
        ('valid-before="20260514Z"', "20260514000000", True),
        ('valid-before="20260514Z"', "20260514000001", False),
        ('valid-before="202605141200Z"', "20260514120000", True),
        ('valid-before="202605141200Z"', "20260514120001", False),
        ('valid-before="20260514120030Z"', "20260514120030", True),
        ('valid-before="20260514120030Z"', "20260514120031", False),
        ('valid-after="20260514Z",valid-before="20260515Z"', "20260514120000", True),
        ('valid-after="20260514Z",valid-before="20260515Z"', "20260515000001", False),
        ('valid-before="20240229Z"', "20240228235959", True),
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "Pacific/Auckland", "America/St_Johns"])
def test_a_limit_is_the_second_that_ssh_keygen_takes_it_for_in_every_zone(
    options: str, moment: str, holds: bool, zone: str, stock: Callable[..., bool]
) -> None:
    data = f'{ALDER} namespaces="openletter",{options} {LINE}\n'.encode()
    when = datetime.strptime(moment + "+0000", "%Y%m%d%H%M%S%z")
    for elsewhere in (UTC, timezone(timedelta(hours=13)), timezone(timedelta(hours=-9, minutes=-30))):
        assert parse(data).at(when.astimezone(elsewhere)) == ({ALDER: {KEY}} if holds else {})
    assert stock(data, f"-Overify-time={moment}Z", zone=zone) == holds


def test_a_part_of_a_second_after_the_last_second_is_still_in_it() -> None:
    pins = parse(f'{ALDER} valid-before="20260514090000Z" {LINE}\n')
    assert pins.at(NOW + timedelta(microseconds=999_999)) == {ALDER: {KEY}}
    assert pins.at(NOW + timedelta(seconds=1)) == {}


def test_a_time_without_its_zone_would_depend_on_the_machine(stock: Callable[..., bool]) -> None:
    data = f'{ALDER} valid-before="20260514" {LINE}\n'.encode()
    assert {stock(data, "-Overify-time=20260514000001Z", zone=zone) for zone in ("UTC", "America/St_Johns")} == {
        False,
        True,
    }


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


def test_a_new_file_is_its_owners_alone_and_ssh_keygen_reads_it(tmp_path: Path, stock: Callable[..., bool]) -> None:
    old = os.umask(0)
    try:
        add(tmp_path / "openletter")
    finally:
        os.umask(old)
    file = tmp_path / "openletter" / "allowed_signers"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert [path.name for path in file.parent.iterdir()] == ["allowed_signers"]
    assert read_pins(file.parent).at(NOW) == {ALDER: {KEY}}
    assert stock(file.read_bytes())


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
