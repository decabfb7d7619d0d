"""The text of a mail: its plain text, or else its page, decoded as its headers say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Final, NamedTuple

from openletter.errors import DocumentError
from openletter.intake import html, plain
from openletter.intake.html_tokens import tokens

_MOST_MULTIPART: Final = 100  # times that the word may occur in a mail
_MOST_DIVIDERS: Final = 10_000  # lines that begin as those between parts do
_MOST_PARTS: Final = 1000
_DEEPEST: Final = 20
_AGAIN: Final = "copy the letter's text into a text file"
_QUOTED: Final = re.compile(r"^(?:> ?)+", re.M)
_HEADER: Final = re.compile(r"(?:[!-9;-~]+:[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*)+", re.A)
_LONGEST_FIELD: Final = 2048
_FIELD: Final = re.compile(rb"(?:^|[\r\n])content-[a-z-]+:[^\r\n]*(?:(?:\r\n|\r|\n)[ \t][^\r\n]*)*", re.I)
_TELLING: Final = re.compile(r"^(?:message-id|mime-version|received|return-path|delivered-to|x-mailer):", re.I | re.M)
_FROM: Final = re.compile(r"^from:[^\r\n]*@", re.I | re.M)


class Attached(NamedTuple):
    """A file attached to a mail; its name is a stranger's, and never a path."""

    name: str
    data: bytes


class Mail(NamedTuple):
    """What a mail says, sentences on what was left out, and what is attached to it."""

    text: str
    dropped: tuple[str, ...]
    attached: tuple[Attached, ...]


def looks_like(data: bytes) -> bool:
    """Do these bytes begin with the headers of a mail?"""
    head = data[: 1 << 16].decode("ascii", "replace")
    found = _HEADER.match(head.removeprefix("\ufeff"))
    return found is not None and bool(
        _TELLING.search(found[0]) or (_FROM.search(found[0]) and "\nto:" in "\n" + found[0].lower())
    )


def read(data: bytes) -> Mail:
    """What a mail says; raises `DocumentError`."""
    # Its reader compares every line with every boundary that is open, and takes long for each part: looked at first.
    if data.lower().count(b"multipart") > _MOST_MULTIPART or data.count(b"\n--") + data.count(b"\r--") > _MOST_DIVIDERS:
        raise DocumentError("this mail has too many parts, or parts within parts", hint=_AGAIN)
    if any(len(found[0]) > _LONGEST_FIELD for found in _FIELD.finditer(data)):
        raise DocumentError("a header of this mail is too long", hint=_AGAIN)
    try:
        message = message_from_bytes(data, policy=policy.default)
        parts = list(_leaves(message))
    except DocumentError:
        raise
    except Exception as error:
        raise DocumentError("this mail can't be read: it is damaged", hint=_AGAIN) from error
    bodies = [part for part in parts if not part.is_attachment() and part.get_content_maintype() == "text"]
    attached = tuple(_attached(part) for part in parts if part not in bodies)
    chosen = next((part for part in bodies if part.get_content_type() == "text/plain" and _payload(part).strip()), None)
    chosen = chosen or next((part for part in bodies if part.get_content_type() == "text/html"), None)
    told = tuple(f"an attachment was left out: {plain.shown(one.name)}" for one in attached)
    if chosen is None:
        return Mail("", told, attached)
    if chosen.get_content_type() == "text/html":
        said, dropped = html.words(tokens(plain.lines(_decoded(chosen)[0])))
    else:
        said, dropped = _decoded(chosen)
        said = _unflowed(plain.lines(said), chosen)
    return Mail(plain.tidy(_unquoted(said)), (*dropped, *told), attached)


def _leaves(message: EmailMessage) -> Iterator[EmailMessage]:
    """The parts that hold something themselves, in order, without recursion."""
    waiting: list[tuple[EmailMessage, int]] = [(message, 0)]
    seen = 0
    while waiting:
        part, depth = waiting.pop()
        seen += 1
        if seen > _MOST_PARTS or depth > _DEEPEST:
            raise DocumentError("this mail has too many parts, or parts within parts", hint=_AGAIN)
        if part.is_multipart():
            inner = part.get_payload()
            assert isinstance(inner, list)  # noqa: S101  # as is_multipart says
            waiting += [(one, depth + 1) for one in reversed(inner) if isinstance(one, EmailMessage)]
        else:
            yield part


def _payload(part: EmailMessage) -> bytes:
    found = part.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""


def _decoded(part: EmailMessage) -> tuple[str, tuple[str, ...]]:
    charset = part.get_param("charset")
    return plain.decode(_payload(part), charset if isinstance(charset, str) else None)


def _unflowed(text: str, part: EmailMessage) -> str:
    """Text of ``format=flowed`` (RFC 3676): a line that ends in a space goes on in the next."""
    if str(part.get_param("format", "")).lower() != "flowed":
        return text
    deletes = str(part.get_param("delsp", "")).lower() == "yes"
    out: list[str] = []
    flowing = False
    for line in text.split("\n"):
        stuffed = line.removeprefix(" ")
        ends = stuffed.endswith(" ") and stuffed != "-- "
        shown = stuffed[:-1] if ends and deletes else stuffed
        if out and not flowing:
            out.append("\n")
        out.append(shown)
        flowing = ends
    return "".join(out)


def _unquoted(text: str) -> str:
    """Without the marks of a quote, where all of it is quoted, but for a line or two that introduce it."""
    lines = [line for line in text.split("\n") if line.strip()]
    quoted = sum(line.startswith(">") for line in lines)
    return _QUOTED.sub("", text) if quoted and len(lines) - quoted <= 2 else text


def _attached(part: EmailMessage) -> Attached:
    try:
        name = part.get_filename() or part.get_content_type()
    except Exception:  # noqa: BLE001  # a header that its reader stumbles over
        name = "a file"
    return Attached(name=name, data=_payload(part))
