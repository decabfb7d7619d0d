"""SSHSIG: one spelling of each signature, what verifies and what does not, and the example of the specification."""

from __future__ import annotations

import base64
import hashlib
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import example, given
from hypothesis import strategies as st

from openletter import errors
from openletter.errors import (
    ArmorError,
    AuthenticatorError,
    BlobError,
    Invalid,
    SignatureMismatch,
    UnknownAlgorithm,
    WrongNamespace,
)
from openletter.keys import ED25519, SK_ED25519, PrivateKey, PublicKey, allowed_signers, wire_string
from openletter.sshsig import MAX_ARMORED, Signature, decode, encode, sign, signed_data, verify
from spec_examples import examples

SPEC = Path(__file__).parents[1] / "spec" / "signatures.md"
ORDER = 2**252 + 27742317777372353535851937790883648493

ALDER = PrivateKey.from_seed(hashlib.sha256(b"openletter tests: alder").digest())
BIRCH = PrivateKey.from_seed(hashlib.sha256(b"openletter tests: birch").digest())
HARDWARE = PublicKey(algorithm=SK_ED25519, point=BIRCH.public.point)
MESSAGE = b"The wells belong to all who drink from them.\n"
GOOD = encode(sign(ALDER, MESSAGE))


def touch(message: bytes, flags: int, counter: int) -> Signature:
    """A signature by a software authenticator."""
    data = hashlib.sha256(b"ssh:").digest() + struct.pack(">BI", flags, counter)
    raw = BIRCH.sign(data + hashlib.sha256(signed_data(message)).digest())
    return Signature(key=HARDWARE, raw=raw, flags=flags, counter=counter)


raws = st.builds(
    lambda r, s: r + s.to_bytes(32, "little"), st.binary(min_size=32, max_size=32), st.integers(0, ORDER - 1)
)
signatures = st.one_of(
    st.builds(lambda raw: Signature(key=ALDER.public, raw=raw), raws),
    st.builds(
        lambda raw, flags, counter: Signature(key=HARDWARE, raw=raw, flags=flags, counter=counter),
        raws,
        st.integers(0, 255),
        st.integers(0, 2**32 - 1),
    ),
)

# --- one spelling -----------------------------------------------------------------------------------------------------


@given(signatures)
def test_signature_survives_its_armor(signature: Signature) -> None:
    assert decode(encode(signature)) == signature


def test_sizes_are_those_of_the_specification() -> None:
    assert len(GOOD) == 302
    assert len(encode(touch(MESSAGE, 1, 0))) == 363
    assert len(signed_data(b"")) == 102


@given(signatures, st.data())
def test_changed_byte_is_refused_or_gives_another_signature_in_its_one_spelling(
    signature: Signature, data: st.DataObject
) -> None:
    armored = bytearray(encode(signature))
    armored[data.draw(st.integers(0, len(armored) - 1))] = data.draw(st.integers(0, 255))
    check_one_spelling(bytes(armored))


@given(signatures, st.data())
def test_changed_blob_is_refused_or_gives_another_signature_in_its_one_spelling(
    signature: Signature, data: st.DataObject
) -> None:
    blob = bytearray(base64.b64decode(b"".join(encode(signature).splitlines()[1:-1])))
    at = data.draw(st.integers(0, len(blob)))
    blob[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
    check_one_spelling(armor(bytes(blob)))


@given(st.binary(max_size=400))
@example(b"")
@example(GOOD[:-1])
def test_any_bytes_are_refused_by_a_typed_failure(data: bytes) -> None:
    check_one_spelling(data)
    check_one_spelling(armor(data))


def check_one_spelling(armored: bytes) -> None:
    try:
        signature = decode(armored)
    except Invalid:
        return
    assert encode(signature) == armored


def armor(blob: bytes) -> bytes:
    digits = base64.b64encode(blob).decode()
    lines = [digits[at : at + 70] for at in range(0, len(digits), 70)]
    return "\n".join(["-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----", ""]).encode()


def test_blob_may_be_cut_nowhere() -> None:
    for signature in (sign(ALDER, MESSAGE), touch(MESSAGE, 1, 7)):
        blob = base64.b64decode(b"".join(encode(signature).splitlines()[1:-1]))
        for length in range(len(blob)):
            with pytest.raises(BlobError, match="ends inside its"):
                decode(armor(blob[:length]))


def test_size_is_judged_before_anything_else() -> None:
    with pytest.raises(ArmorError, match="begin"):
        decode(b"x" * MAX_ARMORED)
    with pytest.raises(ArmorError, match="4097 bytes"):
        decode(b"x" * (MAX_ARMORED + 1))


@pytest.mark.parametrize(
    ("armored", "reason"),
    [
        (GOOD.replace(b"\n", b"\r\n"), "carriage returns"),
        (b"Dear all,\n" + GOOD, "begin"),
        (GOOD[:-1], "end"),
        (GOOD.replace(b"U1NI", b"U1N*"), "base64"),
        (GOOD.replace(b"U1NI", b"U1NI\n"), "one spelling"),
    ],
)
def test_damaged_armor_is_refused_for_its_own_reason_and_with_a_cure(armored: bytes, reason: str) -> None:
    with pytest.raises(ArmorError, match=reason) as caught:
        decode(armored)
    assert "exactly as ssh-keygen wrote it" in (caught.value.hint or "")


def frame(*, namespace: bytes = b"openletter", hash_name: bytes = b"sha512", key: bytes = ALDER.public.blob) -> bytes:
    signature = wire_string(b"ssh-ed25519") + wire_string(bytes(64))
    parts = (key, namespace, b"", hash_name, signature)
    return armor(b"SSHSIG\0\0\0\1" + b"".join(wire_string(part) for part in parts))


def test_frame_of_these_tests_decodes_where_nothing_is_changed() -> None:
    assert decode(frame()) == Signature(key=ALDER.public, raw=bytes(64))


@pytest.mark.parametrize(
    ("armored", "kind", "cure"),
    [
        (frame(namespace=b"file"), WrongNamespace, "-n openletter"),
        (frame(hash_name=b"sha256"), UnknownAlgorithm, "hashalg=sha512"),
        (frame(key=wire_string(b"ssh-rsa")), UnknownAlgorithm, "keygen"),
    ],
)
def test_signature_for_another_purpose_or_by_another_algorithm_is_refused_with_a_cure(
    armored: bytes, kind: type[Invalid], cure: str
) -> None:
    with pytest.raises(kind) as caught:
        decode(armored)
    assert cure in (caught.value.hint or "")


# --- valid from construction ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [0, 63, 65])
def test_raw_signature_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(BlobError, match=f"has {length} bytes"):
        Signature(key=ALDER.public, raw=bytes(length))


@pytest.mark.parametrize(("flags", "counter"), [(1, None), (None, 1), (1, 1)])
def test_plain_key_has_no_flags_and_no_counter(flags: int | None, counter: int | None) -> None:
    with pytest.raises(BlobError, match="hardware keys only"):
        Signature(key=ALDER.public, raw=bytes(64), flags=flags, counter=counter)


@pytest.mark.parametrize(("flags", "counter"), [(1, None), (None, 1), (None, None)])
def test_hardware_key_has_both_flags_and_counter(flags: int | None, counter: int | None) -> None:
    with pytest.raises(BlobError, match="lacks"):
        Signature(key=HARDWARE, raw=bytes(64), flags=flags, counter=counter)


@pytest.mark.parametrize(("flags", "counter"), [(-1, 0), (256, 0), (0, -1), (0, 2**32)])
def test_flags_and_counter_out_of_bounds_are_refused(flags: int, counter: int) -> None:
    with pytest.raises(BlobError, match="out of bounds"):
        Signature(key=HARDWARE, raw=bytes(64), flags=flags, counter=counter)


@pytest.mark.parametrize("s", [ORDER, ORDER + 1, 2**255, 2**256 - 1])
def test_s_not_below_the_order_is_refused(s: int) -> None:
    Signature(key=ALDER.public, raw=bytes(32) + (ORDER - 1).to_bytes(32, "little"))
    with pytest.raises(SignatureMismatch, match="too large"):
        Signature(key=ALDER.public, raw=bytes(32) + s.to_bytes(32, "little"))


def test_second_spelling_of_a_right_signature_is_refused() -> None:
    raw = sign(ALDER, MESSAGE).raw
    s = int.from_bytes(raw[32:], "little") + ORDER
    with pytest.raises(SignatureMismatch, match="too large"):
        Signature(key=ALDER.public, raw=raw[:32] + s.to_bytes(32, "little"))


# --- signing and verifying --------------------------------------------------------------------------------------------


@given(st.binary(max_size=300))
def test_what_is_signed_verifies_and_is_the_same_each_time(message: bytes) -> None:
    signature = sign(ALDER, message)
    verify(signature, message)
    assert sign(ALDER, message) == signature


def test_signature_of_a_message_of_one_mebibyte_verifies() -> None:
    message = bytes(2**20)
    verify(sign(ALDER, message), message)


@given(st.binary(max_size=60), st.binary(max_size=60))
@example(MESSAGE, MESSAGE[:-1])
@example(MESSAGE, MESSAGE.replace(b"\n", b"\r\n"))
def test_signature_fits_its_own_message_only(signed: bytes, shown: bytes) -> None:
    if signed == shown:
        return
    with pytest.raises(SignatureMismatch, match="not made by this key over these bytes"):
        verify(sign(ALDER, signed), shown)


def test_signature_fits_its_own_key_only() -> None:
    raw = sign(ALDER, MESSAGE).raw
    with pytest.raises(SignatureMismatch, match="not made by this key"):
        verify(Signature(key=BIRCH.public, raw=raw), MESSAGE)


@given(st.integers(0, 511))
def test_changed_bit_of_the_signature_is_refused(bit: int) -> None:
    raw = bytearray(sign(ALDER, MESSAGE).raw)
    raw[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SignatureMismatch):
        verify(Signature(key=ALDER.public, raw=bytes(raw)), MESSAGE)


@given(st.integers(0, 255), st.integers(0, 2**32 - 1))
def test_hardware_key_verifies_where_it_was_touched(flags: int, counter: int) -> None:
    signature = touch(MESSAGE, flags, counter)
    if flags & 1:
        verify(signature, MESSAGE)
        with pytest.raises(SignatureMismatch):
            verify(signature, MESSAGE + b"\n")
    else:
        with pytest.raises(AuthenticatorError, match="without being touched"):
            verify(signature, MESSAGE)


@pytest.mark.parametrize(("flags", "counter"), [(5, 7), (1, 8)])
def test_flags_and_counter_are_signed_along(flags: int, counter: int) -> None:
    raw = touch(MESSAGE, 1, 7).raw
    with pytest.raises(SignatureMismatch):
        verify(Signature(key=HARDWARE, raw=raw, flags=flags, counter=counter), MESSAGE)


def test_plain_signature_is_none_of_a_hardware_key_with_the_same_point() -> None:
    raw = sign(BIRCH, MESSAGE).raw
    verify(Signature(key=BIRCH.public, raw=raw), MESSAGE)
    with pytest.raises(SignatureMismatch):
        verify(Signature(key=HARDWARE, raw=raw, flags=1, counter=7), MESSAGE)


def test_verifying_imports_no_more_of_cryptography_than_it_needs() -> None:
    program = (
        "import sys; from openletter.sshsig import decode, verify;"
        f"verify(decode({GOOD!r}), {MESSAGE!r});"
        "print('cryptography.hazmat.primitives.serialization' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout == "False\n"


# --- the specification ------------------------------------------------------------------------------------------------


def test_example_of_the_specification_is_what_it_says() -> None:
    blocks = [(block.words[2], block.content) for block in examples(SPEC) if block.words[:2] == ["text", "sshsig"]]
    shown = {name: content.decode().strip() for name, content in reversed(blocks)}  # the first of each name
    key = PrivateKey.from_seed(hashlib.sha256(b"openletter vectors: alder").digest())
    assert shown["seed"] == hashlib.sha256(b"openletter vectors: alder").hexdigest()
    assert shown["key"] == key.public.line
    assert shown["digest"] == key.public.digest
    assert shown["fingerprint"] == key.public.fingerprint
    assert shown["allowed-signers"].encode() + b"\n" == allowed_signers("alder.example", [key.public])
    assert shown["signed-data"].replace("\n", "") == signed_data(dict(reversed(blocks))["message"]).hex()
    fields = [line.split() for line in shown["blob"].splitlines()]
    blob = bytes.fromhex("".join(field[-1] for field in fields))
    assert shown["accept"].encode() + b"\n" == armor(blob)
    at = 0
    for field in fields:
        content = bytes.fromhex(field[-1])
        assert (int(field[0]), int(field[1])) == (at, len(content))
        at += len(content)


def test_signatures_of_the_specification_are_judged_as_it_says() -> None:
    key = PrivateKey.from_seed(hashlib.sha256(b"openletter vectors: alder").digest())
    message, judged = b"", []
    for words, content, line in examples(SPEC):
        if words[:3] == ["text", "sshsig", "message"]:
            message = content
        elif words[:3] == ["text", "sshsig", "accept"]:
            verify(decode(content), message)
            assert content == encode(sign(key, message)), line
            judged.append(words[2])
        elif words[:2] == ["text", "sshsig"] and hasattr(errors, words[2]):
            with pytest.raises(getattr(errors, words[2])) as caught:
                verify(decode(content), message)
            assert type(caught.value) is getattr(errors, words[2]), line
            judged.append(words[2])
    assert judged == ["accept", "SignatureMismatch", "ArmorError"]


def test_refused_points_of_the_specification_are_refused() -> None:
    rows = [line.split("|") for line in SPEC.read_text().splitlines() if line.startswith("| ") and line.count("|") == 5]
    points = [bytes.fromhex(row[4].strip(" `")) for row in rows if len(row[4].strip(" `")) == 64]
    assert len(set(points)) == 14
    for point in points:
        with pytest.raises(errors.WeakKey, match="low order"):
            PublicKey(algorithm=ED25519, point=point)


def test_signature_is_plain_ed25519_over_the_signed_data() -> None:
    key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"openletter tests: alder").digest())
    data = b"SSHSIG\0\0\0\x0aopenletter\0\0\0\0\0\0\0\x06sha512\0\0\0\x40" + hashlib.sha512(MESSAGE).digest()
    assert signed_data(MESSAGE) == data
    assert sign(ALDER, MESSAGE).raw == key.sign(data)
