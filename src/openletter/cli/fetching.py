"""One small file over HTTPS, from the host that is named and no other (``spec/pins.md``, "Looking at it").

With `stamping` the only module that asks the network, and takes a stranger's answer. All of that answer is counted, in
bytes and against one deadline, as it comes from the connection: headers, redirects and padding too. Nothing of it is
unpacked. Its libraries are imported where they are used, for no other command needs them.
"""

from __future__ import annotations

import io
import re
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NoReturn

from openletter.errors import FetchError
from openletter.keys import printable

if TYPE_CHECKING:
    import ssl
    from http.client import HTTPResponse

MAX_FILE: Final = 1 << 16
MAX_ANSWER: Final = 1 << 17
"""The most bytes of one answer, its headers and all padding counted."""
MAX_REDIRECTS: Final = 3
PATIENCE: Final = 20.0
"""The seconds within which all of it must be there."""

_ADDRESSES: Final = 4
_LOCATION: Final = re.compile(r"[!-~]{1,2000}")
_MISSING: Final = {404, 410}
_MOVED: Final = {301, 302, 303, 307, 308}

Connect = Callable[[str, float], socket.socket]
"""Gives a connection to port 443 of a host, within so many seconds; raises `OSError`."""
Clock = Callable[[], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a host answered: `url` is where the file was in the end."""

    url: str
    data: bytes


def open_connection(host: str, seconds: float) -> socket.socket:
    """A connection to port 443 of a host; at most a few of its addresses are tried. Raises `OSError`."""
    addresses = socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)[:_ADDRESSES]
    last: OSError = OSError(f"{host} has no address")
    for family, kind, protocol, _, address in addresses:
        connection = socket.socket(family, kind, protocol)
        try:
            connection.settimeout(seconds / len(addresses))
            connection.connect(address)
        except OSError as error:
            connection.close()
            last = error
        else:
            return connection
    raise last


def check_direct(host: str, variables: Mapping[str, str]) -> None:
    """Raise `FetchError` where the environment sends requests to a host through a proxy."""
    low = {name.lower(): value for name, value in variables.items() if value}
    name = next((name for name in ("https_proxy", "all_proxy") if name in low), None)
    excepted = [entry.strip().lower().removeprefix(".") for entry in low.get("no_proxy", "").split(",")]
    if name is None or any(entry == "*" or f".{host}".endswith(f".{entry}") for entry in excepted if entry):
        return
    raise FetchError(
        f"the environment sends requests through a proxy ({name.upper()}), and this asks {host} itself or nobody",
        hint="fetch the file by another program and compare it by eye, or except the host in NO_PROXY",
    )


def fetch(
    host: str,
    path: str,
    *,
    connect: Connect | None = None,
    context: ssl.SSLContext | None = None,
    clock: Clock = time.monotonic,
) -> Answer:
    """The file at ``https://HOST/PATH``, at most `MAX_FILE` bytes; raises `FetchError` with the reason.

    `connect` and `context` are how a host is reached and which certificates are trusted: by default, as the system
    says. `host` is an organization's id, and `path` printable ASCII that begins with a slash.
    """
    import ssl

    deadline = clock() + PATIENCE
    context = ssl.create_default_context() if context is None else context
    # Some Pythons take a cut connection for the end of what was sent.
    context.options &= ~getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)
    connect = open_connection if connect is None else connect
    for _ in range(MAX_REDIRECTS + 1):
        answer = _ask(host, path, connect, context, _Deadline(clock, deadline, host))
        if isinstance(answer, bytes):
            return Answer(url=f"https://{host}{path}", data=answer)
        path = _redirected(host, path, answer.location)
    raise FetchError(f"{host} redirects more than {MAX_REDIRECTS} times", hint=_TELL)


_AGAIN: Final = (
    "check that this computer is on line, or try again later; nothing is shown by it, for or against anybody"
)
_TELL: Final = "tell the organization; nothing is shown by it, for or against anybody"


@dataclass(frozen=True, slots=True)
class _Redirect:
    location: str


@dataclass(frozen=True, slots=True)
class _Deadline:
    """When all must be done."""

    clock: Clock
    at: float
    host: str

    def left(self) -> float:
        """The seconds that are left; raises `FetchError` where there are none."""
        left = self.at - self.clock()
        if left <= 0:
            raise _slow(self.host)
        return left


class _Counted(io.RawIOBase):
    """What comes from a connection, counted, and given up at the deadline."""

    def __init__(self, connection: ssl.SSLSocket, deadline: _Deadline) -> None:
        self._connection = connection
        self._deadline = deadline
        self._count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # what BufferedReader hands over
        self._connection.settimeout(self._deadline.left())
        count = self._connection.recv_into(buffer)
        self._count += count
        if self._count > MAX_ANSWER:
            raise _too_large(self._deadline.host)
        return count


class _Reading:
    """What `HTTPResponse` asks of a socket: a file to read the answer from."""

    def __init__(self, counted: _Counted) -> None:
        self._counted = counted

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self._counted)


def _ask(host: str, path: str, connect: Connect, context: ssl.SSLContext, deadline: _Deadline) -> bytes | _Redirect:
    """One request and its answer; raises `FetchError` for everything that may happen on the way."""
    import ssl
    from http.client import HTTPException, HTTPResponse

    try:
        with connect(host, deadline.left()) as plain:
            plain.settimeout(deadline.left())
            # A connection that ends without saying so may have been cut: then what came isn't the whole.
            with context.wrap_socket(plain, server_hostname=host, suppress_ragged_eofs=False) as connection:
                connection.sendall(_request(host, path))
                response = HTTPResponse(_Reading(_Counted(connection, deadline)), method="GET")  # type: ignore[arg-type]
                response.begin()
                return _answer(host, response)
    except socket.gaierror as error:
        raise FetchError(f"no address of {host} can be found", hint=_AGAIN) from error
    except TimeoutError as error:
        raise _slow(host) from error
    except ssl.SSLCertVerificationError as error:
        raise FetchError(
            f"the certificate of {host} doesn't hold: {error.verify_message}",
            hint="somebody may stand between you and it, or it is badly kept; don't go around this, and ask by another "
            "route",
        ) from error
    except ssl.SSLError as error:
        raise FetchError(f"{host} makes no secure connection, or cut it short", hint=_AGAIN) from error
    except (HTTPException, ValueError) as error:
        raise FetchError(f"{host} doesn't answer as a web server does", hint=_TELL) from error
    except OSError as error:
        raise FetchError(f"{host} can't be reached: {error.strerror or error}", hint=_AGAIN) from error


def _request(host: str, path: str) -> bytes:
    """What is said to a host: what is asked for, and nothing about who asks."""
    lines = (
        f"GET {path} HTTP/1.1",
        f"Host: {host}",
        "User-Agent: openletter",
        "Accept: */*",
        "Accept-Encoding: identity",
        "Connection: close",
    )
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode("ascii")


def _answer(host: str, response: HTTPResponse) -> bytes | _Redirect:
    if response.status in _MOVED:
        return _Redirect(response.getheader("Location") or "")
    if response.status in _MISSING:
        raise FetchError(f"{host} publishes no such file", hint="ask the organization by another route")
    if response.status != 200:
        raise FetchError(f"{host} answers with the status {response.status} and no file", hint=_TELL)
    if (response.getheader("Content-Encoding") or "identity").lower() != "identity":
        raise FetchError(f"{host} sends the file packed, and nothing is unpacked here", hint=_TELL)
    if (response.getheader("Transfer-Encoding") or "chunked").lower() != "chunked":
        raise FetchError(f"{host} sends the file packed, and nothing is unpacked here", hint=_TELL)
    data = response.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise _too_large(host)
    if response.length:
        raise FetchError(f"{host} ends the file before its end", hint=_AGAIN)
    if data.lstrip()[:1] == b"<":
        raise FetchError(f"{host} answers with a web page, and a list of keys was asked for", hint=_TELL)
    return data


def _redirected(host: str, path: str, location: str) -> str:
    """The path on the same host that a redirect leads to; raises `FetchError` for any other place."""
    from urllib.parse import urljoin, urlsplit

    if not _LOCATION.fullmatch(location):
        _elsewhere(host, "to no address")
    try:
        parts = urlsplit(urljoin(f"https://{host}{path}", location))
        same = parts.scheme == "https" and parts.netloc.lower() in {host, f"{host}:443"}
    except ValueError:
        _elsewhere(host, "to no address")
    if not same:
        _elsewhere(host, f"to another place, {printable(f'{parts.scheme}://{parts.netloc}'.encode())}")
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _elsewhere(host: str, where: str) -> NoReturn:
    raise FetchError(
        f"{host} redirects {where}",
        hint=f"only {host} itself can say what its keys are; tell the organization",
    )


def _slow(host: str) -> FetchError:
    return FetchError(f"{host} didn't answer, whole, within {PATIENCE:.0f} seconds", hint=_AGAIN)


def _too_large(host: str) -> FetchError:
    return FetchError(f"{host} sends more than the {MAX_FILE >> 10} KiB that a list of keys may have", hint=_TELL)
