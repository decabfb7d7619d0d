"""A timestamp from an authority, over HTTP or HTTPS (``spec/timestamps.md``, "Asking").

What comes back is a stranger's: it is counted in bytes and against one deadline, from the first byte of its headers on,
and no redirection is followed. It needs no secure connection, for whoever changes it makes it false.
"""

from __future__ import annotations

import io
import re
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from openletter.errors import FetchError, IdError, TimestampError

if TYPE_CHECKING:
    from openletter.timestamps import Answer

PATIENCE: Final = 30.0
"""The seconds within which all of the answer must be there."""
MAX_HEADERS: Final = 1 << 14

_ADDRESS: Final = re.compile(r"(?P<scheme>https?)://(?P<host>[^/:?#@]+)(?::(?P<port>[0-9]{1,5}))?(?P<path>/[!-~]*)?")
_WITHOUT: Final = "nothing was recorded; try again later, or go without --timestamp"
_OTHER: Final = "nothing was recorded; name another authority, or go without --timestamp"

Connect = Callable[[tuple[str, int], float], socket.socket]
"""Gives a connection to a host and port, each try within so many seconds; raises `OSError`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where an authority answers: `host` is its name in the archive too, and `path` is printable ASCII."""

    secure: bool
    host: str
    port: int
    path: str


def parse_address(url: str) -> Address:
    """Read the URL of an authority, whose host is a domain name; raises `FetchError`."""
    from openletter.records.names import parse_organization_id

    hint = "give the address that the authority publishes, such as http://tsa.example/tsr"
    found = _ADDRESS.fullmatch(url)
    if found is None or "#" in url or not 0 < int(found["port"] or 80) < 1 << 16:
        raise FetchError("this is no address of a time-stamping authority", hint=hint)
    try:
        host = parse_organization_id(found["host"])
    except IdError:
        raise FetchError(
            "the host of an authority's address is a domain name in lower case here, for files are named by it",
            hint=hint,
        ) from None
    secure = found["scheme"] == "https"
    port = int(found["port"] or (443 if secure else 80))
    return Address(secure=secure, host=host, port=port, path=found["path"] or "/")


def stamp(
    data: bytes, address: Address, roots: Sequence[bytes], *, connect: Connect = socket.create_connection
) -> Answer:
    """Ask an authority for a timestamp of these bytes; `roots` are the certificates that the user names for it.

    Raises `FetchError` where it can't be reached, or answers with anything but a timestamp that can be stored.
    """
    from openletter import timestamps

    asked = timestamps.request(data)
    response = _post(address, asked.body, connect)
    try:
        answer = timestamps.check_response(asked, response, roots)
    except TimestampError as error:
        raise FetchError(f"{address.host} gave no timestamp that holds: {error.message}", hint=_OTHER) from error
    if roots and isinstance(answer.judged, timestamps.Unknown):
        raise FetchError(
            f"the timestamp by {address.host} doesn't count for you: {answer.judged.reason}",
            hint="nothing was recorded; look whether the root certificates that you name for it are the right ones",
        )
    return answer


def _post(address: Address, body: bytes, connect: Connect) -> bytes:
    from http.client import HTTPException
    from ssl import SSLCertVerificationError, SSLError

    deadline = time.monotonic() + PATIENCE
    host = address.host
    try:
        return _answer(host, _exchange(address, body, connect, deadline))
    except socket.gaierror as error:
        raise FetchError(f"no address of {host} can be found", hint=_WITHOUT) from error
    except TimeoutError as error:
        raise FetchError(f"{host} didn't answer, whole, within {PATIENCE:.0f} seconds", hint=_WITHOUT) from error
    except SSLCertVerificationError as error:
        raise FetchError(f"the certificate of {host} doesn't hold: {error.verify_message}", hint=_OTHER) from error
    except SSLError as error:
        raise FetchError(f"{host} makes no secure connection", hint=_OTHER) from error
    except (HTTPException, ValueError) as error:
        raise FetchError(f"{host} doesn't answer as a web server does", hint=_OTHER) from error
    except OSError as error:
        raise FetchError(f"{host} can't be reached: {error.strerror or error}", hint=_WITHOUT) from error


def _exchange(address: Address, body: bytes, connect: Connect, deadline: float) -> bytes:
    """Send a question, and read all that comes back until the connection ends; raises `OSError`."""
    from ssl import create_default_context

    from openletter.timestamps import REQUEST_TYPE, RESPONSE_TYPE

    proxy = _proxy(address)
    host, port = proxy or (address.host, address.port)
    where = address.host if address.port in {80, 443} else f"{address.host}:{address.port}"
    with connect((host, port), _left(deadline)) as plain:
        connection = plain
        target = address.path
        if proxy is not None and address.secure:
            _tunnel(plain, f"{address.host}:{address.port}", deadline)
        elif proxy is not None:
            target = f"http://{where}{address.path}"
        if address.secure:
            plain.settimeout(_left(deadline))
            connection = create_default_context().wrap_socket(plain, server_hostname=address.host)
        with connection:
            head = (
                f"POST {target} HTTP/1.1",
                f"Host: {where}",
                "User-Agent: openletter",
                f"Content-Type: {REQUEST_TYPE}",
                f"Content-Length: {len(body)}",
                f"Accept: {RESPONSE_TYPE}",
                "Accept-Encoding: identity",
                "Connection: close",
            )
            connection.settimeout(_left(deadline))
            connection.sendall("".join(f"{line}\r\n" for line in (*head, "")).encode("ascii") + body)
            return _read(connection, deadline)


def _read(connection: socket.socket, deadline: float, end: bytes | None = None) -> bytes:
    """What comes, to the end of the connection or to these bytes; a little more than is allowed at most."""
    from openletter.timestamps import MAX_BYTES

    most = MAX_HEADERS if end is not None else MAX_HEADERS + 2 * MAX_BYTES
    found = bytearray()
    while len(found) <= most and (end is None or end not in found):
        connection.settimeout(_left(deadline))
        part = connection.recv(1 << 14)
        if not part:
            break
        found += part
    return bytes(found)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _proxy(address: Address) -> tuple[str, int] | None:
    """The proxy that the environment names for an address, as host and port; raises `FetchError`."""
    from urllib.parse import urlsplit
    from urllib.request import getproxies, proxy_bypass

    name = getproxies().get("https" if address.secure else "http")
    if not name or proxy_bypass(address.host):
        return None
    parts = urlsplit(name if "://" in name else f"http://{name}")
    if parts.scheme != "http" or not parts.hostname or parts.username is not None:
        raise FetchError(
            "the environment names a proxy of a kind that isn't used here",
            hint=f"except {address.host} from it by NO_PROXY, or go without --timestamp",
        )
    return parts.hostname, parts.port or 80


def _tunnel(connection: socket.socket, where: str, deadline: float) -> None:
    """Ask a proxy for a connection to somewhere else; raises `OSError` where it gives none."""
    connection.settimeout(_left(deadline))
    connection.sendall(f"CONNECT {where} HTTP/1.1\r\nHost: {where}\r\n\r\n".encode("ascii"))
    said = _read(connection, deadline, b"\r\n\r\n")
    if not re.match(rb"HTTP/1\.[01] 2[0-9]{2}\b", said) or not said.endswith(b"\r\n\r\n"):
        raise OSError("the proxy makes no connection to it")


class _Read:
    """What `HTTPResponse` asks of a socket: a file to read the answer from."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self._data)


def _answer(host: str, data: bytes) -> bytes:
    """The body of an answer; raises `FetchError`, or an error of http.client where it is none."""
    from http.client import HTTPResponse, IncompleteRead

    from openletter.timestamps import MAX_BYTES, RESPONSE_TYPE

    response = HTTPResponse(_Read(data), method="POST")  # type: ignore[arg-type]  # all that it uses of a socket
    response.begin()
    if 300 <= response.status < 400:
        raise FetchError(f"{host} sends to another place, and nobody is asked but the one that you name", hint=_OTHER)
    if response.status != 200:
        raise FetchError(f"{host} answers with the status {response.status} and no timestamp", hint=_OTHER)
    kind = (response.getheader("Content-Type") or "").partition(";")[0].strip().lower()
    if kind != RESPONSE_TYPE:
        raise FetchError(f"{host} answers with something else than a timestamp", hint=_OTHER)
    if (response.getheader("Content-Encoding") or "identity").lower() != "identity":
        raise FetchError(f"{host} sends the timestamp packed, and nothing is unpacked here", hint=_OTHER)
    try:
        body = response.read()
    except IncompleteRead:
        # What isn't whole has more than is read here, or was cut.
        body = b"" if len(data) <= MAX_BYTES else bytes(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        raise FetchError(f"{host} sends more than the {MAX_BYTES >> 10} KiB that a timestamp may have", hint=_OTHER)
    if not body:
        raise FetchError(f"{host} ends its answer before its end", hint=_WITHOUT)
    return body
