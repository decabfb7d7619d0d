"""A real browser that tests open pages in, a server on the loopback for it, and evidence as a page carries it."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from tools import need


@contextmanager
def chromium(*arguments: str) -> Iterator[Browser]:
    """Chromium, as the system has it, without a window; with more arguments of its own."""
    path = need("chromium")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=["--no-sandbox", *arguments])
        try:
            yield browser
        finally:
            browser.close()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        """Says nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address under which a folder is served; to a browser it is a secure context."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def bundle_of(letter: str, revision: int, files: Mapping[str, bytes]) -> bytes:
    """The text of a bundle (``spec/bundle.md``), written by other code than that which is tested."""
    fields: dict[str, Any] = {"format": "bundle/1", "letter": letter, "revision": revision}
    fields["files"] = {path: base64.b64encode(data).decode() for path, data in sorted(files.items())}
    start = json.dumps(fields, separators=(",", ":"))[:-1].encode()
    return start + b',"sha256":"' + hashlib.sha256(start).hexdigest().encode() + b'"}'
