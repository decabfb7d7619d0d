"""Timestamps: each vector is judged as it says, stock OpenSSL agrees, and no byte can be changed for a gain."""

from __future__ import annotations

import base64
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openletter import timestamps
from openletter.errors import PinsError, TimestampError
from openletter.timestamps import Stamped, Unknown, asking, der, judge, judging, token
from spec_examples import examples
from tools import need

ROOT = Path(__file__).resolve().parents[1]
VECTORS = ROOT / "vectors"
SPEC = ROOT / "spec" / "timestamps.md"
sys.path.insert(0, str(VECTORS))

from vectorfile import Vector, read  # noqa: E402

PATHS = sorted((VECTORS / "timestamps").glob("*.vec"))
each_vector = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


def vector(name: str) -> Vector:
    return read(VECTORS / "timestamps" / f"{name}.vec")


def data_of(it: Vector) -> bytes:
    return bytes.fromhex(it.headers.get("data-hex", ""))


def roots_of(it: Vector) -> list[bytes]:
    return [bytes.fromhex(root) for root in it.headers.get("roots-hex", "").split()]


def judged(it: Vector) -> Stamped | Unknown:
    return judge(it.payload, data_of(it), roots_of(it))


# --- vectors ----------------------------------------------------------------------------------------------------------


@each_vector
def test_a_vector_is_judged_as_it_says(path: Path) -> None:
    it = read(path)
    if it.expect == "TimestampError":
        with pytest.raises(TimestampError) as refused:
            judged(it)
        assert type(refused.value) is TimestampError
    elif it.headers["counts"] == "yes":
        assert judged(it) == Stamped(time=it.headers["time"])
    else:
        said = judged(it)
        assert isinstance(said, Unknown)
        assert said.claimed == it.headers["time"]


@each_vector
def test_what_is_false_is_false_whichever_roots_the_verifier_names(path: Path) -> None:
    it = read(path)
    for roots in ([], roots_of(vector("good")), roots_of(vector("unknown-other-root"))):
        if it.expect == "accept":
            judge(it.payload, data_of(it), roots)
        else:
            with pytest.raises(TimestampError):
                judge(it.payload, data_of(it), roots)


REASONS = {
    "bytes-other": "it was made for other bytes than these",
    "time-changed": "its signature is false",
    "content-changed": "its signature is over another time or other bytes than it says",
    "signature-other-key": "its signature is false",
    "certificate-expired": "its certificate was not valid at the time that it gives",
    "certificate-early": "its certificate was not valid at the time that it gives",
    "certificate-purpose-missing": "its certificate isn't one for timestamps: it names no purpose",
    "certificate-purpose-not-critical": "its certificate is for timestamps, and doesn't say that this must be minded "
    "(critical)",
    "certificate-purpose-more": "its certificate isn't one for timestamps and nothing else",
    "certificate-usage-certificates": "its certificate isn't one for signatures and nothing else",
    "certificate-short": "its authority's key is too weak, or of a kind that is not used here",
    "certificate-replaced": "it was signed with another certificate than the one in it",
    "certificate-id-other": "it was signed with another certificate than the one in it",
    "certificate-ambiguous": "2 of its certificates are those of its signer, and one must be",
    "certificates-none": "the authority's certificate is not in it, so nobody could check it later",
    "certificates-out-of-order": "it can't be read: its certificates stand in another order than DER gives them",
    "signed-over-content": "it has no signed attributes, so it doesn't say which certificate signed it",
    "signed-sha1": "it uses another hash function than SHA-256, SHA-384 and SHA-512",
    "form-status-rejection": "the authority did not grant it: its status is 2",
    "form-signers-two": "it has 2 signers, and a timestamp has one",
    "form-text": "it can't be read: the response ends in the middle",
    "form-too-large": "it has more than 64 KiB",
}


@pytest.mark.parametrize("name", REASONS)
def test_a_false_timestamp_is_refused_for_the_right_reason(name: str) -> None:
    with pytest.raises(TimestampError) as refused:
        judged(vector(name))
    assert refused.value.message == REASONS[name]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("unknown-no-roots", "you name no root certificate for its authority"),
        ("unknown-other-root", judging._NO_PATH),
        ("unknown-own-root", judging._NO_PATH),
        ("unknown-between-sha1", judging._NO_PATH),
        ("unknown-between-critical", "a second program doesn't confirm it"),
        ("unknown-path-length", "a second program doesn't confirm it"),
    ],
)
def test_where_nothing_can_be_said_the_reason_is_told(name: str, reason: str) -> None:
    said = judged(vector(name))
    assert isinstance(said, Unknown)
    assert said.reason == reason


def test_a_timestamp_of_one_authority_under_the_name_of_another_does_not_count() -> None:
    # The name chooses the roots, and nothing else: those of the other authority don't fit.
    good, other = vector("good"), vector("unknown-other-root")
    assert isinstance(judge(good.payload, data_of(good), roots_of(good)), Stamped)
    assert isinstance(judge(good.payload, data_of(good), roots_of(other)), Unknown)


def test_a_timestamp_still_counts_when_all_its_certificates_have_expired() -> None:
    it = vector("good-expired-since")
    assert judged(it) == Stamped(time="2020-06-01T00:00:00Z")
    from cryptography import x509

    ends = [x509.load_der_x509_certificate(root).not_valid_after_utc.year for root in roots_of(it)]
    assert ends == [2022]


def test_a_root_that_cannot_be_read_is_the_verifiers_to_mend() -> None:
    good = vector("good")
    for root in (b"", b"\x30\x00", b"-----BEGIN CERTIFICATE-----\n", roots_of(good)[0][:-1]):
        with pytest.raises(
            PinsError, match="one of the root certificates that you name for an authority can't be read"
        ):
            judge(good.payload, data_of(good), [root])


def test_at_least_half_of_the_vectors_are_negative() -> None:
    expected = [read(path).expect for path in PATHS]
    assert sum(expect != "accept" for expect in expected) >= len(expected) / 2 >= 80


def test_generator_writes_exactly_these_files(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([sys.executable, VECTORS / "make_timestamps.py", tmp_path], check=True, env=environment)
    made = {path.name: path.read_bytes() for path in (tmp_path / "timestamps").iterdir()}
    assert made == {path.name: path.read_bytes() for path in PATHS}


# --- the specification ------------------------------------------------------------------------------------------------


def example(word: str) -> str:
    found = [it for it in examples(SPEC) if it.words == ["text", "timestamps", word]]
    assert len(found) == 1
    return found[0].content.decode()


def test_the_example_of_the_specification_is_the_first_vector() -> None:
    good = vector("good")
    content = token.read(good.payload).content
    assert bytes.fromhex(example("info")) == content
    assert judged(good) == Stamped(time=example("time").strip())
    places = [(int(line[:3]), int(line[3:7])) for line in example("fields").splitlines()]
    at = 0
    for place, length in places:
        assert place == at
        at += length
    assert at == len(content)


def test_the_specification_lists_exactly_where_openssl_is_laxer() -> None:
    section = SPEC.read_text(encoding="utf-8").split("### Where stock tools are laxer")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")]
    patterns = [name for row in rows[1:] for name in re.findall("`(.+?)`", row.rpartition(" | ")[2])]
    lax = {path.stem for path in PATHS if read(path).headers.get("counts") != "yes"}
    lax = {name for name in lax if vector(name).headers.get("openssl") == "accepts"}
    assert [name for name in sorted(lax) if not any(fnmatchcase(name, pattern) for pattern in patterns)] == []
    assert [pattern for pattern in patterns if not any(fnmatchcase(name, pattern) for name in lax)] == []


# --- OpenSSL ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def openssl() -> str:
    return need("openssl")


@cache
def version(openssl: str) -> str:
    return subprocess.run((openssl, "version"), capture_output=True, check=True, text=True).stdout


def pem(certificate: bytes) -> bytes:
    return b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(certificate) + b"-----END CERTIFICATE-----\n"


@each_vector
def test_openssl_says_of_a_vector_what_the_vector_says(path: Path, tmp_path: Path, openssl: str) -> None:
    it = read(path)
    if "openssl" not in it.headers:
        assert roots_of(it) == []
        return
    (tmp_path / "it.tsr").write_bytes(it.payload)
    (tmp_path / "data").write_bytes(data_of(it))
    (tmp_path / "roots").write_bytes(b"".join(map(pem, roots_of(it))))
    done = subprocess.run(
        (
            *(openssl, "ts", "-verify", "-in", tmp_path / "it.tsr", "-data", tmp_path / "data"),
            *("-CAfile", tmp_path / "roots", "-attime", it.headers["at"]),
        ),
        capture_output=True,
        check=False,
    )
    said = "accepts" if done.returncode == 0 and b"Verification: OK" in done.stdout else "refuses"
    if it.headers.get("counts") == "yes":
        assert said == "accepts", done.stderr
    elif version(openssl).startswith("OpenSSL 3.0."):  # the one of which the vectors tell
        assert said == it.headers["openssl"], done.stderr


# --- every byte -------------------------------------------------------------------------------------------------------

CHANGED = ("good", "good-ecdsa", "good-certificate-id-both", "good-certificate-between", "good-accuracy-all")


def no_gain(data: bytes, original: Vector) -> bool:
    """See that changed bytes say nothing else than the original did; tell whether they still count."""
    try:
        said = judge(data, data_of(original), roots_of(original))
    except TimestampError:
        return False
    assert {said.time if isinstance(said, Stamped) else said.claimed} == {original.headers["time"]}
    return isinstance(said, Stamped)


@pytest.mark.parametrize("name", CHANGED)
def test_no_bit_can_be_turned_for_another_time_or_for_other_bytes(name: str) -> None:
    it = vector(name)
    still = []
    for at in range(len(it.payload)):
        for bit in {1 << at % 8, 1 << (at + 5) % 8}:
            changed = it.payload[:at] + bytes([it.payload[at] ^ bit]) + it.payload[at + 1 :]
            if no_gain(changed, it):
                still.append(at)
            with pytest.raises(TimestampError):
                judge(changed, data_of(it) + b"\n", roots_of(it))
    # Nobody signs the list of the hashes that are used, nor that NULL: it is read, and nothing is made of it.
    assert len(still) <= 30, still


@pytest.mark.parametrize("name", CHANGED)
def test_a_timestamp_cut_anywhere_is_none(name: str) -> None:
    it = vector(name)
    for end in range(len(it.payload)):
        with pytest.raises(TimestampError, match=r"it can't be read: .* (ends in the middle|lacks a field)"):
            judge(it.payload[:end], data_of(it), roots_of(it))


@pytest.mark.parametrize("name", CHANGED)
def test_a_timestamp_that_lacks_a_byte_or_has_one_more_is_none(name: str) -> None:
    it = vector(name)
    for at in range(0, len(it.payload), 3):
        for changed in (it.payload[:at] + it.payload[at + 1 :], it.payload[:at] + b"\0" + it.payload[at:]):
            assert not no_gain(changed, it)


PAYLOADS = [read(path).payload for path in PATHS]


@st.composite
def spliced(draw: st.DrawFn) -> bytes:
    """Elements of a timestamp exchanged for those of others, the lengths around them mended."""
    data, other = draw(st.sampled_from(PAYLOADS)), draw(st.sampled_from(PAYLOADS))
    put = draw(st.sampled_from([it.whole for it in elements(other)] or [b""]))
    found = list(elements(data))
    if not found:
        return other
    return replaced(data, draw(st.sampled_from(found)).whole, put)


def elements(data: bytes) -> Iterator[der.Element]:
    """Every element of some DER, at any depth."""
    try:
        found = list(der.Fields(data, "it").rest())
    except TimestampError:
        return
    for it in found:
        yield it
        if it.tag & 0x20:
            yield from elements(it.content)


def replaced(data: bytes, old: bytes, new: bytes) -> bytes:
    """The same with one element in place of another, wherever that is."""
    out = b""
    for it in der.Fields(data, "it").rest():
        if it.whole == old:
            out += new
        elif it.tag & 0x20 and old in it.content:
            try:
                out += der.encode(it.tag, replaced(it.content, old, new))
            except TimestampError:
                out += it.whole
        else:
            out += it.whole
    return out


@given(spliced())
def test_timestamps_made_of_parts_of_others_gain_nothing(data: bytes) -> None:
    good = vector("good")
    try:
        said = judge(data, data_of(good), roots_of(good))
    except TimestampError:
        return
    if isinstance(said, Stamped):
        # Every time that this authority has signed for these bytes is that of a vector.
        times = {it.headers["time"] for it in map(read, PATHS) if it.headers.get("counts") == "yes"}
        assert said.time in times


@given(st.binary(max_size=300))
def test_bytes_by_chance_are_no_timestamp(data: bytes) -> None:
    with pytest.raises(TimestampError):
        judge(data, b"", [])


# --- bounds -----------------------------------------------------------------------------------------------------------


def test_the_certificates_that_are_looked_at_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    trials = []
    signed_by = judging._signed_by

    def counted(*arguments: object) -> bool:
        trials.append(1)
        return signed_by(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(judging, "_signed_by", counted)
    from make_timestamps import MIDDLE_KEY, middle, signer, timestamp

    # Fifteen certificates of one name and key: each could have issued each, on paths without number.
    ring = tuple(middle(subject="Middle", issuer="Middle", by=MIDDLE_KEY, serial=n) for n in range(100, 115))
    data = timestamp(by=signer(issuer="Middle", by=MIDDLE_KEY), others=ring)
    it = vector("good")
    said = judge(data, data_of(it), roots_of(it))
    assert isinstance(said, Unknown)
    assert said.reason == judging._NO_PATH
    assert len(trials) == judging.MAX_TRIALS


def test_a_panic_of_the_second_reader_confirms_nothing() -> None:
    class PanicException(BaseException):
        """As what is written in Rust raises."""

    def panics() -> bool:
        raise PanicException

    def stops() -> bool:
        raise KeyboardInterrupt

    assert not judging._without_panic(panics)
    with pytest.raises(KeyboardInterrupt):
        judging._without_panic(stops)


def test_warnings_of_libraries_about_strangers_certificates_are_for_nobody() -> None:
    from make_timestamps import ROOT as ROOT_CERTIFICATE
    from make_timestamps import signer, timestamp

    # A negative number is one of the things that cryptography warns of; here a warning would be an error.
    by = signer(serial=-5)
    from cryptography import utils, x509

    with pytest.warns(utils.CryptographyDeprecationWarning, match="serial number"):
        x509.load_der_x509_certificate(by.data)
    said = judge(timestamp(by=by), data_of(vector("good")), [ROOT_CERTIFICATE.data])
    assert said.__class__ in {Stamped, Unknown}


# --- an authority's answer --------------------------------------------------------------------------------------------


def test_a_request_asks_for_the_sha512_with_certificates_and_another_nonce_each_time() -> None:
    asked = [timestamps.request(b"a") for _ in range(20)]
    assert len({it.nonce for it in asked}) == 20
    for it in asked:
        fields = der.whole(it.body, der.SEQUENCE, "it")
        assert der.number(fields.take(der.INTEGER)) == 1
        imprint = der.inside(fields.take(der.SEQUENCE), "it")
        assert imprint.take(der.SEQUENCE).content == bytes.fromhex("0609608648016503040203" + "0500")
        assert len(imprint.take(der.OCTETS).content) == 64
        assert der.number(fields.take(der.INTEGER)) == it.nonce
        assert fields.take(der.BOOLEAN).content == b"\xff"
        fields.end()


def asked_for(nonce: int = 2**63 + 5) -> timestamps.Request:
    """The request that the vectors answer."""
    return timestamps.Request(body=b"", data=data_of(vector("good")), nonce=nonce)


def test_an_answer_is_stored_as_it_came() -> None:
    good = vector("good")
    answer = timestamps.check_response(asked_for(), good.payload, roots_of(good))
    assert answer == timestamps.Answer(stored=good.payload, judged=Stamped(time=good.headers["time"]))


def test_an_answer_whose_certificates_are_out_of_order_is_stored_in_order() -> None:
    out_of_order, in_order = vector("certificates-out-of-order"), vector("good-root-inside")
    answer = timestamps.check_response(asked_for(), out_of_order.payload, roots_of(in_order))
    assert answer.stored == in_order.payload != out_of_order.payload
    assert answer.judged == Stamped(time=in_order.headers["time"])


@each_vector
def test_putting_certificates_in_order_changes_nothing_else(path: Path) -> None:
    data = read(path).payload
    changed = asking.in_order(data)
    if path.stem == "certificates-out-of-order":
        assert sorted(changed) == sorted(data)
    else:
        assert changed == data


@pytest.mark.parametrize(
    ("name", "nonce", "reason"),
    [
        ("good", 7, "it is the answer to another question: its nonce is not the one that was sent"),
        (
            "good-without-nonce",
            2**63 + 5,
            "it is the answer to another question: its nonce is not the one that was sent",
        ),
        ("good-imprint-sha256", 2**63 + 5, "it was made with another hash function than was asked for"),
        ("form-status-alone", 2**63 + 5, "the authority did not grant it: its status is 2"),
        ("certificates-none", 2**63 + 5, "the authority's certificate is not in it, so nobody could check it later"),
        ("form-too-large", 2**63 + 5, "it has more than 64 KiB"),
        ("form-text", 2**63 + 5, "it can't be read: the response ends in the middle"),
    ],
)
def test_a_wrong_answer_is_refused(name: str, nonce: int, reason: str) -> None:
    with pytest.raises(TimestampError) as refused:
        timestamps.check_response(asked_for(nonce), vector(name).payload, [])
    assert refused.value.message == reason


def test_an_answer_about_other_bytes_is_refused() -> None:
    asked = timestamps.Request(body=b"", data=b"other", nonce=2**63 + 5)
    with pytest.raises(TimestampError, match="it was made for other bytes than these"):
        timestamps.check_response(asked, vector("good").payload, [])
