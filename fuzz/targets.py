"""What is fuzzed: functions that read bytes of strangers, and what must hold of each, whatever the bytes.

A target takes bytes, and raises for a finding only: an error that its function doesn't document, or a law that
does
not hold. It returns whether the bytes were accepted. Nothing here knows how the formats are read; `run.py`
fuzzes,
and ``tests/test_fuzz_targets.py`` runs every target over its seeds.
"""

from __future__ import annotations

import base64
import re
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from openletter import canonical, errors, records, sshsig, timestamps
from openletter.errors import OpenletterError
from openletter.intake import document, draft, tidying
from openletter.keys import PrivateKey, PublicKey, is_encrypted, load_private_key, parse_public_key
from openletter.pins import Pin, Pins
from openletter.records import Letter, names
from openletter.records.kept import decode_kept
from openletter.records.letter import GRAMMAR
from openletter.timestamps import asking

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "vectors"))

import vectorfile  # noqa: E402

CANONICAL = (errors.TooLarge, errors.NotUtf8, errors.NotCanonical, errors.ForbiddenText, errors.NotNormalized)
PUBLIC_KEY = (errors.PublicKeyError, errors.WeakKey)
SIGNATURE = (
    errors.ArmorError,
    errors.BlobError,
    errors.WrongNamespace,
    errors.UnknownAlgorithm,
    errors.SignatureMismatch,
    *PUBLIC_KEY,
)

# Words of a document that say which part of the letter stands behind them; a draft says it by the field.
LABELS = frozenset(
    """
    a an à au aktenzeichen asunto assunto atención attention attn az betr betreff betrifft c cc con concern concerne
    concerning concerns copia copie copies copy de el file for geschäftszeichen händen in kopie l la n no nr objet
    oggetto onderwerp our para please quote r re ref réf reference référence references referencia refs
    reply réfs subject sujet signature signed the to v von your zeichen zu
    """.split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One thing to fuzz: `seeds` are inputs to begin with, `words` what a changed input may be made of."""

    run: Callable[[bytes], bool]
    seeds: Callable[[], Iterator[bytes]]
    words: str


def expected(error: OpenletterError, *types: type[OpenletterError], data: bytes | None = None) -> None:
    """Assert that an error is of one of these very types, and that the line that it names, if any, is one of `data`."""
    assert type(error) in types, repr(error)
    assert error.message
    if data is not None and error.line is not None:
        lines = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\f", b"\n").count(b"\n")
        assert 1 <= error.line <= lines + 1, error.line


def in_order(value: object) -> object:
    """Data as nested lists: unlike maps, these are equal only where the order is."""
    if isinstance(value, dict):
        return [[key, in_order(item)] for key, item in value.items()]
    if isinstance(value, list):
        return ["list", *map(in_order, value)]
    return value


# --- canonical YAML and records -------------------------------------------------------------------------------------


def canonical_yaml(data: bytes) -> bool:
    """What `load` accepts is what `dump` writes of it, no less and no more, and PyYAML reads the same."""
    try:
        read = canonical.load(data)
    except errors.CanonicalError as error:
        expected(error, *CANONICAL, data=data)
        assert written_otherwise(data)
        return False
    assert canonical.dump(read) == data
    other = yaml.load(data, yaml.CSafeLoader)
    assert in_order(other) == in_order(read)
    return True


def written_otherwise(data: bytes) -> bool:
    """Tell whether what PyYAML reads, every scalar as a string, is no data or is written as other bytes."""
    if b"*" in data and b"&" in data:
        return True  # data that repeats itself by reference: short here, and endless where it is written out
    try:
        return canonical.dump(yaml.load(data, yaml.CBaseLoader)) != data  # noqa: S506 (makes nothing but strings)
    except errors.CanonicalError as error:
        expected(error, *CANONICAL)
    except (yaml.YAMLError, ValueError, RecursionError):
        pass
    return True


def record(data: bytes) -> bool:
    """What `decode` accepts is what the record writes; its refusals are those of the profile and of records."""
    try:
        read = records.decode(data)
    except errors.CanonicalError as error:
        expected(error, *CANONICAL, data=data)
        return False
    except errors.RecordError as error:
        expected(error, *errors.RecordError.__subclasses__(), data=data)
        return False
    assert read.to_bytes() == data
    assert records.decode(data) == read
    return True


def kept(data: bytes) -> bool:
    """What `decode_kept` accepts is what the copy writes; its refusals are those of the profile and of records."""
    try:
        read = decode_kept(data)
    except errors.CanonicalError as error:
        expected(error, *CANONICAL, data=data)
        return False
    except errors.RecordError as error:
        expected(error, *errors.RecordError.__subclasses__(), data=data)
        return False
    assert read.to_bytes() == data
    assert read.commits[0] == read.commit
    return True


# --- signatures and keys --------------------------------------------------------------------------------------------


def signature(data: bytes) -> bool:
    """What `decode` accepts is what `encode` writes of it; over a message it holds, or is refused by two errors."""
    try:
        read = sshsig.decode(data)
    except OpenletterError as error:
        expected(error, *SIGNATURE)
        return False
    assert sshsig.encode(read) == data
    try:
        sshsig.verify(read, b"")
    except OpenletterError as error:
        expected(error, errors.AuthenticatorError, errors.SignatureMismatch)
    return True


def signature_blob(data: bytes) -> bool:
    """The same, for what the armor holds."""
    digits = base64.b64encode(data).decode()
    lines = [digits[at : at + 70] for at in range(0, len(digits), 70)]
    return signature("\n".join(["-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----", ""]).encode())


def public_key(data: bytes) -> bool:
    """A key has one blob and one line; a ``.pub`` file may add a comment to that line."""
    accepted = False
    try:
        accepted = PublicKey.from_blob(data).blob == data
        assert accepted
    except OpenletterError as error:
        expected(error, *PUBLIC_KEY)
    text = data.decode("utf-8", "replace")
    line: PublicKey | None = None
    try:
        line = PublicKey.from_line(text)
        assert line.line == text
        assert PublicKey.from_blob(line.blob) == line
    except OpenletterError as error:
        expected(error, *PUBLIC_KEY)
    try:
        key = parse_public_key(text)
        accepted = True
        assert text.startswith(key.line)
        assert parse_public_key(f"{key.line} and a comment\n") == PublicKey.from_line(key.line) == key
        assert line in (None, key)
    except OpenletterError as error:
        expected(error, errors.KeyFileError)
        assert line is None
    return accepted


def pins(data: bytes) -> bool:
    """A file of pins is refused as a whole, or keeps every byte that is no pin, whatever is added and removed."""
    try:
        read = Pins.parse(data, "signers")
    except errors.PinsError as error:
        expected(error, errors.PinsError, data=data)
        return False
    lines = data.split(b"\n")
    for pin in read.pins:
        assert pin.key.line.split(" ")[1].encode() in lines[pin.line - 1]
        assert Pins.parse(pin.text.encode(), "signers").pins[0].key == pin.key
        assert read.adding([pin]).data == data
    kept = [line for number, line in enumerate(lines, 1) if number not in {pin.line for pin in read.pins}]
    left = read
    for organization in {pin.organization for pin in read.pins}:
        left = left.removing(organization)
    assert [line for line in left.data.split(b"\n") if line] == [line for line in kept if line]
    stranger = Pin(organization="stranger.example", key=PrivateKey.from_seed(b"s" * 32).public)
    if stranger.key not in {pin.key for pin in read.pins}:
        glue = b"\n" if data and not data.endswith(b"\n") else b""
        added = read.adding([stranger])
        assert added.data == data + glue + stranger.text.encode()
        assert added.removing(stranger.organization, stranger.key.fingerprint).data == data + glue
    return bool(read.pins)


def private_key(data: bytes) -> bool:
    """A file is encrypted, or read without a passphrase, or of no use; what it holds is its public key's."""
    try:
        encrypted = is_encrypted(data)
    except OpenletterError as error:
        expected(error, errors.KeyFileError)
        encrypted = False
    try:
        key = load_private_key(data)
    except OpenletterError as error:
        expected(error, errors.PassphraseError if encrypted else errors.KeyFileError)
        return encrypted
    assert not encrypted
    made = sshsig.decode(sshsig.encode(sshsig.sign(key, data)))
    assert made.key == key.public
    sshsig.verify(made, data)
    return True


# --- timestamps -----------------------------------------------------------------------------------------------------


def timestamp(data: bytes) -> bool:
    """A timestamp is false, whatever the roots, or gives a time; one that counts gives a time that was signed."""
    stamped, root = stamped_and_root()
    said: list[timestamps.Stamped | timestamps.Unknown | None] = []
    for roots in ((), (root,)):
        try:
            said.append(timestamps.judge(data, stamped, roots))
        except OpenletterError as error:
            expected(error, errors.TimestampError)
            said.append(None)
    without, found = said
    assert not isinstance(without, timestamps.Stamped)
    if without is None or found is None:
        assert without is found
        return False
    assert asking.in_order(data) == data
    if isinstance(found, timestamps.Stamped):
        assert found.time == without.claimed
        assert found.time in signed_times()
    else:
        assert found.claimed == without.claimed
    return True


@cache
def stamped_and_root() -> tuple[bytes, bytes]:
    """The bytes that the seeds are about, and the root of their authority."""
    made = vectorfile.read(ROOT / "vectors" / "timestamps" / "good.vec").headers
    return bytes.fromhex(made["data-hex"]), bytes.fromhex(made["roots-hex"])


@cache
def signed_times() -> frozenset[str]:
    """The times of the vectors that count: the authority has signed no others."""
    read = (vectorfile.read(path).headers for path in sorted((ROOT / "vectors" / "timestamps").glob("*.vec")))
    return frozenset(it["time"] for it in read if it.get("counts") == "yes")


# --- names ----------------------------------------------------------------------------------------------------------


def name(data: bytes) -> bool:
    """What a grammar reads is written as it was, and is fit to be a name on every system."""
    text = data.decode("utf-8", "replace")
    accepted = False
    for read in (names.parse_letter_file, names.parse_key_file, names.parse_checkpoint_file):
        try:
            assert str(read(text)) == text
        except OpenletterError as error:
            expected(error, errors.ForeignPath)
            continue
        assert text.isascii()
        assert text.isprintable()
        assert not set(text) & set('/\\:*?"<>| ')
        assert not text.startswith(".")
        assert not text.endswith(".")
        assert len(text) <= 255
        accepted = True
    for parse in (names.parse_letter_id, names.parse_organization_id):
        try:
            assert parse(text) == text
            accepted = True
        except OpenletterError as error:
            expected(error, errors.IdError)
    try:
        letter, number = names.parse_revision(text)
        assert text in (letter, f"{letter}@{number}")
        assert names.parse_letter_id(letter) == letter
        assert number is None or names.parse_number(str(number)) == number
        accepted = True
    except OpenletterError as error:
        expected(error, errors.IdError)
    return accepted


# --- intake ---------------------------------------------------------------------------------------------------------


def letter_draft(data: bytes) -> bool:
    """A draft is refused with its line, or its fields are written and read again; if it makes a letter, a valid one."""
    try:
        found = draft.read(data, path="draft.yaml")
    except OpenletterError as error:
        expected(error, errors.DraftError, data=data)
        return False
    again = draft.read(draft.write(found.fields, comments={}).encode(), path="again.yaml")
    assert in_order(again.fields) == in_order(found.fields)
    assert again.remarks == ()
    try:
        made = draft.to_letter(found, letter="2026/a", revision=1, previous=None, path="draft.yaml")
    except OpenletterError as error:
        expected(error, errors.DraftError, data=data)
        return False
    assert records.decode(made.to_bytes()) == made
    return True


def imported(data: bytes) -> bool:
    """A document is refused with its line, or becomes a draft that reads back with what was found, no word lost."""
    accepted = False
    for path in ("letter.txt", "letter.md"):
        try:
            found = document.read(data, name=path, organizations={"Alder Institute": "alder.example"})
        except OpenletterError as error:
            expected(error, errors.DocumentError, data=data)
            continue
        written = draft.write({"note": "n"} | found.fields, comments=found.comments)
        again = draft.read(written.encode(), path="draft.yaml")
        assert in_order(again.fields) == in_order(dict(sorted((found.fields | {"note": "n"}).items(), key=place)))
        if path == "letter.txt":  # in Markdown, words may be the names of characters
            kept = [*texts(again.fields), *found.comments.values()]
            lost = words_of([data.decode("utf-8")]) - words_of(kept)
            assert lost <= LABELS, lost - LABELS
        accepted = True
    return accepted


def texts(value: object) -> Iterator[str]:
    """Every text in data."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from texts(item)


def words_of(lines: Iterable[str]) -> set[str]:
    """The words of texts, letters only, in lower case; what can't be seen in a word doesn't divide it."""
    text = "\n".join(lines).translate(dict.fromkeys(map(ord, tidying.INVISIBLE)))
    return set(re.findall(r"[^\W\d_]+", unicodedata.normalize("NFC", text).casefold()))


def place(field: tuple[str, object]) -> int:
    """The place of a field in a letter."""
    return [row.name for row in GRAMMAR].index(field[0])


# --- seeds ----------------------------------------------------------------------------------------------------------


def vectors(*folders: str) -> Iterator[bytes]:
    """The bytes under test of the vectors of these folders."""
    for folder in folders:
        for path in sorted((ROOT / "vectors" / folder).glob("*.vec")):
            yield vectorfile.read(path).payload


def blobs() -> Iterator[bytes]:
    """What the armor of the vectors holds, where it is base64."""
    for armored in vectors("sshsig"):
        try:
            yield base64.b64decode(b"".join(armored.split(b"\n")[1:-2]), validate=True)
        except ValueError:
            continue


def public_keys() -> Iterator[bytes]:
    """Keys as blobs, as lines and as files."""
    for point in range(3):
        key = PrivateKey.from_seed(bytes((point,)) * 32).public
        yield key.blob
        yield key.line.encode()
        yield f"{key.line} records@alder.example\r\n".encode()
    for blob in blobs():
        if blob[:6] == b"SSHSIG":
            public = blob[14 : 14 + int.from_bytes(blob[10:14], "big")]
            yield public
            kind = public[4 : 4 + int.from_bytes(public[:4], "big")]
            yield kind + b" " + base64.b64encode(public) + b"\n"


def private_keys() -> Iterator[bytes]:
    """A key of no use, as it is and encrypted, and markers of other kinds of key."""
    key = PrivateKey.from_seed(bytes(32))
    yield key.to_openssh(None)
    yield key.to_openssh(b"a passphrase")
    yield key.public.line.encode()
    for label in ("RSA PRIVATE KEY", "PRIVATE KEY", "OPENSSH PRIVATE KEY"):
        yield f"-----BEGIN {label}-----\nAAAA\n-----END {label}-----\n".encode()
    yield b"PuTTY-User-Key-File-3: ssh-ed25519\n"


def name_seeds() -> Iterator[bytes]:
    """Names of every kind of file in an archive, and ids."""
    act, key = "0" * 15 + "a", "f" * 16
    yield from (
        text.encode()
        for text in (
            "0001.yaml",
            f"0001.alder.example.{key}.sig",
            f"9999.alder.example_withdrawal.{act}.yaml",
            f"0001.alder.example_withdrawal.{act}.{key}.sig",
            "0001.allowed_signers",
            f"{act}.yaml",
            f"{act}.{key}.sig",
            f"{act}.authority.example.tsr",
            "2026/open-water-record",
            "2026/open-water-record@12",
            "2026/con",
            "alder.example",
            "xn--bcher-kva.example",
            "con.example",
            "0000.yaml",
            "..",
        )
    )


def drafts() -> Iterator[bytes]:
    """Records of letters, which are drafts too, and letters as the importer writes them."""
    yield from vectors("records")
    for path in ("letter.txt", "letter.md"):
        for data in documents():
            found = document.read(data, name=path, organizations={})
            yield draft.write(found.fields | {"date": "2026-01-01"}, comments=found.comments).encode()


def documents() -> Iterator[bytes]:
    """The letters that the tests import."""
    for path in sorted((ROOT / "tests" / "fixtures" / "letters").iterdir()):
        yield path.read_bytes()


def documents_and_others() -> Iterator[bytes]:
    """The same, and files that are no letters."""
    yield from documents()
    yield from (b"", b"%PDF-1.7\n", b"<!doctype html>", b"\xff\xfea\x00", b"\xef\xbb\xbf \n", b"caf\xe9\n", b"a\0b")


# --- words ----------------------------------------------------------------------------------------------------------

# A line for a group; within it, words are divided by one space, and what can't be typed here is escaped as in Python.
YAML_WORDS = r"""
:\x20 -\x20 :\n \x20\x20 \x20\x20\x20\x20 \x20\x20-\x20 |-\n |\n >-\n |2- " ' \\ # --- ... % & * ! !!str << ? {}
[] , ~
null true \r\n \t \xef\xbb\xbf \xc2\xa0 \xe2\x80\x8b \xe2\x80\x8d \xe2\x80\xa8 \xcc\x81 e\xcc\x81 \xc3\xa9
\xc2\x85 \xed\xa0\x80
\xf3\xa0\x84\x80 \xee\x80\x80 \xe2\x80\xae \xf4\x8f\xbf\xbf \x00
"""
FIELD_WORDS = " ".join(
    [
        *(f"{kind.FORMAT}" for kind in (Letter, records.Organization, records.Withdrawal, records.Checkpoint)),
        *(f"{row.name}:" for row in GRAMMAR),
        "basis: first rotation recovery: threshold: organizations: keys: key: status: active retired compromised",
        "since: authorized_by: record: text: reason: commit: tree: name: title: organization: address: of:",
        "2026-05-14 2026/a alder.example sha256: 0001 9999 ssh-ed25519 en pt-BR",
    ]
)
KEY_WORDS = r"""
-----BEGIN\x20SSH\x20SIGNATURE-----\n -----END\x20SSH\x20SIGNATURE-----\n SSHSIG openletter sha512 sha256 ssh: =
== \n \r\n
\x00\x00\x00\x01 \x00\x00\x00\x0bssh-ed25519 \x00\x00\x00\x1ask-ssh-ed25519@openssh.com \x00\x00\x00\x20
\x00\x00\x00\x40
\x00\x00\x00\x0aopenletter \x00\x00\x00\x06sha512 \x00\x00\x00\x00 \xff\xff\xff\xff ssh-rsa
\x00\x00\x00\x07ssh-rsa
ssh-ed25519\x20 sk-ssh-ed25519@openssh.com\x20 AAAAC3NzaC1lZDI1NTE5AAAAI
AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29t
-----BEGIN\x20OPENSSH\x20PRIVATE\x20KEY-----\n -----END\x20OPENSSH\x20PRIVATE\x20KEY-----\n openssh-key-v1\x00
b3BlbnNzaC1rZXktdjEA
none bcrypt aes256-ctr aes256-gcm@openssh.com chacha20-poly1305@openssh.com
"""
PIN_WORDS = r"""
namespaces="openletter" namespaces="git,openletter" valid-after="20260101Z" valid-before="20291231235959Z"
cert-authority alder.example birch.example # , \x20 \t Z" *
"""
TIME_WORDS = r"""
\x30\x03\x02\x01\x00 \x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02 \x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x04
\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03 \x2a\x86\x48\x86\xf7\x0d\x01\x09\x04 \x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x2f
\x60\x86\x48\x01\x65\x03\x04\x02\x01 \x60\x86\x48\x01\x65\x03\x04\x02\x03
\x30\x82 \x31\x82 \xa0\x82 \x04\x40 \x05\x00 \x01\x01\xff
\x18\x0f20260515100000Z \x30\x80 \x84\xff\xff\xff\xff \x80\x02\x03\xe7 \x2b\x06\x01\x05\x05\x07\x03\x08
"""
NAME_WORDS = """
0001 .yaml .sig .tsr .allowed_signers _withdrawal .alder.example . - -- @ / con aux lpt1 xn-- 2026/ 0123456789abcdef
"""
LETTER_WORDS = r"""
Dear\x20 Sincerely, Yours\x20faithfully, To: Re: Subject: cc: Copy: Date: P.S. Signed, \n\n #\x20 ** __ * _ \\\n
\x20\x20\n > ``` ~~~
--- === 1.\x20 -\x20 [a]: [a](https:// &amp; &#x2028; &#0; <!-- <b> Mr\x20 Minister Director 14\x20May\x202026
05/06/2026 2026-05-14
\xd8\xa7\xd9\x84 \xd8\x8c Alder\x20Institute , ;
"""


def words(*texts: str) -> str:
    """Groups of words as one."""
    return " ".join(texts)


TARGETS = {
    "canonical": Target(run=canonical_yaml, seeds=lambda: vectors("canonical", "records"), words=YAML_WORDS),
    "record": Target(run=record, seeds=lambda: vectors("records"), words=words(YAML_WORDS, FIELD_WORDS)),
    "kept": Target(run=kept, seeds=lambda: vectors("kept"), words=words(YAML_WORDS, FIELD_WORDS)),
    "signature": Target(run=signature, seeds=lambda: vectors("sshsig"), words=KEY_WORDS),
    "signature-blob": Target(run=signature_blob, seeds=blobs, words=KEY_WORDS),
    "public-key": Target(run=public_key, seeds=public_keys, words=KEY_WORDS),
    "pins": Target(run=pins, seeds=lambda: vectors("pins"), words=words(KEY_WORDS, PIN_WORDS)),
    "private-key": Target(run=private_key, seeds=private_keys, words=KEY_WORDS),
    "timestamp": Target(run=timestamp, seeds=lambda: vectors("timestamps"), words=TIME_WORDS),
    "name": Target(run=name, seeds=name_seeds, words=NAME_WORDS),
    "draft": Target(run=letter_draft, seeds=drafts, words=words(YAML_WORDS, FIELD_WORDS, LETTER_WORDS)),
    "document": Target(run=imported, seeds=documents_and_others, words=LETTER_WORDS),
}
