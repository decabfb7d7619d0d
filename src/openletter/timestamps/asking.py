"""Asking an authority for a timestamp, and reading its answer (``spec/timestamps.md``, "Asking"); no network here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from openletter.errors import TimestampError
from openletter.timestamps import der, token
from openletter.timestamps.der import Fields, encode, inside
from openletter.timestamps.judging import Stamped, Unknown, judge, readable_elsewhere

REQUEST_TYPE: Final = "application/timestamp-query"
RESPONSE_TYPE: Final = "application/timestamp-reply"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A question to an authority: what to send, what it is about, and the number that only an answer to it has."""

    body: bytes
    data: bytes
    nonce: int


def request(data: bytes) -> Request:
    """Ask for a timestamp of these bytes, by their SHA-512, with the authority's certificates in the answer."""
    from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

    made = TimestampRequestBuilder(data=data, hash_algorithm=HashAlgorithm.SHA512, nonce=True, cert_req=True).build()
    nonce = made.nonce
    assert nonce is not None  # noqa: S101  # asked for
    return Request(body=made.as_bytes(), data=data, nonce=nonce)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An authority's answer: the bytes to store, and what they say."""

    stored: bytes
    judged: Stamped | Unknown


def check_response(asked: Request, response: bytes, roots: Sequence[bytes]) -> Answer:
    """The timestamp in an authority's answer, its certificates in the order of DER; raises `TimestampError`.

    Whatever `judge` refuses is refused here, and what doesn't answer this very question.
    """
    if len(response) > token.MAX_BYTES:
        raise TimestampError(f"it has more than {token.MAX_BYTES // 1024} KiB")
    stored = in_order(response)
    read = token.read(stored)
    judged = judge(stored, asked.data, roots)
    if read.hash_name != "sha512":
        raise TimestampError("it was made with another hash function than was asked for")
    if read.nonce != asked.nonce:
        raise TimestampError("it is the answer to another question: its nonce is not the one that was sent")
    if not readable_elsewhere(stored):
        raise TimestampError("it is spelled in a way that not every program reads")
    return Answer(stored=stored, judged=judged)


def in_order(response: bytes) -> bytes:
    """A response with the certificates in the order that DER gives them, and else as it was.

    Nobody signs that set, and programs fill it in any order. What has another form is returned as it is.
    """
    try:
        return _in_order(response)
    except TimestampError:
        return response


def _in_order(response: bytes) -> bytes:
    # Response, token, [0], signed data, [0]: on this way down, everything beside it is kept.
    def at_response(fields: Fields) -> bytes:
        status = fields.take(der.SEQUENCE).whole
        return status + _changed(fields, der.SEQUENCE, at_token)

    def at_token(fields: Fields) -> bytes:
        kind = fields.take(der.OID).whole
        return kind + _changed(fields, 0xA0, lambda it: _changed(it, der.SEQUENCE, at_signed_data))

    def at_signed_data(fields: Fields) -> bytes:
        before = b"".join(fields.take(tag).whole for tag in (der.INTEGER, der.SET, der.SEQUENCE))
        return before + _changed(fields, 0xA0, lambda it: b"".join(sorted(one.whole for one in it.rest())))

    whole = Fields(response, "the response")
    changed = _changed(whole, der.SEQUENCE, at_response)
    whole.end()
    return changed


def _changed(fields: Fields, tag: int, change: Callable[[Fields], bytes]) -> bytes:
    """The next element, which has this tag, with other content, and whatever follows it."""
    changed = encode(tag, change(inside(fields.take(tag), "the response")))
    return changed + b"".join(it.whole for it in fields.rest())
