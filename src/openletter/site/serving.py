"""A site on the loopback, built again when the archive changes; nobody but this machine can reach it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic
from typing import Final
from urllib.parse import unquote, urlsplit

from openletter.errors import ActRefused, OpenletterError
from openletter.site.journal import JOURNAL
from openletter.site.letterpages import CSP
from openletter.site.manifest import NAME, is_inside
from openletter.site.output import Output

HOST: Final = "127.0.0.1"
_TYPES: Final = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "atom": "application/atom+xml; charset=utf-8",
    "tsr": "application/timestamp-reply",
}
_TEXT: Final = "text/plain; charset=utf-8"
_HEADERS: Final = {
    "Content-Security-Policy": CSP + "; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}
_PAUSE: Final = 1.0
"""For how many seconds it isn't looked again whether the archive has changed."""
_PATIENCE: Final = 30
"""Seconds after which a connection that says nothing is closed."""


class Site(ThreadingHTTPServer):
    """A server of one site. `rebuild` makes it anew where that is due; raises `ActRefused` for a port in use."""

    daemon_threads = True

    def __init__(self, output: Output, rebuild: Callable[[], None], port: int = 0) -> None:
        self.output = output
        self._rebuild = rebuild
        self._turn = threading.Lock()
        self._looked = 0.0
        try:
            super().__init__((HOST, port), _Handler)
        except OSError as error:
            raise ActRefused(
                f"port {port} can't be used: {error.strerror}", hint="leave --port out, or name another"
            ) from error
        self.hosts = {f"{name}:{self.server_port}" for name in (HOST, "localhost")}

    @property
    def address(self) -> str:
        """Where the site is."""
        return f"http://{HOST}:{self.server_port}/"

    def look(self) -> str | None:
        """Make the site anew where that is due; what went wrong, if it did."""
        with self._turn:
            if monotonic() - self._looked >= _PAUSE:
                try:
                    self._rebuild()
                except OpenletterError as error:
                    return str(error)
                self._looked = monotonic()
        return None


class _Handler(BaseHTTPRequestHandler):
    server: Site
    server_version = "openletter"
    sys_version = ""
    timeout = _PATIENCE

    def do_GET(self) -> None:
        self._answer(body=True)

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def _answer(self, *, body: bool) -> None:
        # A name of a stranger's that leads to this address would make the site readable to the stranger's pages.
        if self.headers.get("Host") not in self.server.hosts:
            self._send(HTTPStatus.FORBIDDEN, b"This site answers to its own address only.\n", _TEXT, body=body)
            return
        path = unquote(urlsplit(self.path).path).removeprefix("/")
        if not path or path.endswith("/"):
            path += "index.html"
        if (wrong := self.server.look()) is not None:
            said = f"The site could not be made: {wrong}\n".encode("utf-8", "backslashreplace")
            self._send(HTTPStatus.INTERNAL_SERVER_ERROR, said, _TEXT, body=body)
            return
        data = self.server.output.read(path) if is_inside(path) and path not in {NAME, JOURNAL} else None
        if data is None:
            self._send(HTTPStatus.NOT_FOUND, b"There is no such page.\n", _TEXT, body=body)
            return
        self._send(HTTPStatus.OK, data, _TYPES.get(path.rpartition(".")[2], _TEXT), body=body)

    def _send(self, status: HTTPStatus, data: bytes, kind: str, *, body: bool) -> None:
        self.send_response(status)
        for name, value in (_HEADERS | {"Content-Type": kind, "Content-Length": str(len(data))}).items():
            self.send_header(name, value)
        self.end_headers()
        if body:
            self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the library's name
        """Nothing is written of each request."""
