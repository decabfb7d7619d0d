"""A time-stamping authority as there are real ones: stock ``openssl ts``, behind a web server on the loopback.

Its host is a name that no resolver knows. A test reaches it by `Authority.connect`; a program, such as the installed
command, by taking it for its proxy (`Authority.environment`), for whoever has a proxy resolves no names.
"""

from __future__ import annotations

import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tools import need

HOST = "tsa.example"

# What `openssl` reads; the names of files are those of `make_authority`.
_CONFIGURATION = """
[req]
distinguished_name = name
prompt = no
[name]
CN = {name}
[root]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
[signer]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = {purpose}
[ca]
default_ca = issue
[issue]
database = {folder}/issued
new_certs_dir = {folder}
serial = {folder}/serial
certificate = {folder}/root.pem
private_key = {folder}/root.key
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
[tsa]
default_tsa = stamp
[stamp]
serial = {folder}/stamped
crypto_device = builtin
signer_cert = {folder}/signer.pem
signer_key = {folder}/signer.key
{certificates}
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1
other_policies = 1.3.6.1.4.1.99999.2
digests = sha256, sha384, sha512
accuracy = secs:1, millisecs:500
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


@dataclass
class Authority:
    """The files of an authority, and what its web server does. `asked` are the questions that it got."""

    folder: Path
    port: int = 0
    change: Callable[[bytes], bytes] = lambda it: it
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/timestamp-reply"})
    asked: list[bytes] = field(default_factory=list)
    targets: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://{HOST}/stamp"

    @property
    def root(self) -> bytes:
        """Its root certificate, in DER."""
        return openssl("x509", "-in", self.folder / "root.pem", "-outform", "DER")

    @property
    def environment(self) -> dict[str, str]:
        """Variables by which a program reaches it."""
        here = f"http://127.0.0.1:{self.port}"
        return {"http_proxy": here, "https_proxy": here, "no_proxy": "", "NO_PROXY": ""}

    def connect(self, address: tuple[str, int], timeout: float) -> socket.socket:
        """A connection to it, whatever port was asked for."""
        assert address[0] == HOST
        return socket.create_connection(("127.0.0.1", self.port), timeout)

    def reply(self, question: bytes) -> bytes:
        """Its answer to a question."""
        asked, answer = self.folder / "question", self.folder / "answer"
        asked.write_bytes(question)
        openssl(
            *("ts", "-reply", "-queryfile", asked, "-config", self.folder / "openssl.cnf", "-section", "stamp"),
            *("-out", answer),
        )
        return answer.read_bytes()


def openssl(*arguments: str | Path) -> bytes:
    """What stock OpenSSL prints; it must succeed."""
    done = subprocess.run((need("openssl"), *arguments), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def make_authority(
    folder: Path,
    *,
    since: str = "20200101000000Z",
    until: str = "20991231235959Z",
    purpose: str = "critical, timeStamping",
    with_root: bool = True,
) -> Authority:
    """Make keys and certificates: a root, and a signer valid from `since` until `until`."""
    folder.mkdir()
    configuration = folder / "openssl.cnf"
    certificates = f"certs = {folder}/root.pem" if with_root else ""
    for name in ("Signer", "Root"):
        text = _CONFIGURATION.format(folder=folder, name=name, purpose=purpose, certificates=certificates)
        configuration.write_text(text)
        request = ("req", "-new", "-newkey", "rsa:2048", "-nodes", "-config", configuration)
        openssl(*request, "-keyout", folder / f"{name.lower()}.key", "-out", folder / f"{name.lower()}.csr")
    for name in ("serial", "stamped"):
        (folder / name).write_text("01\n")
    (folder / "issued").touch()
    openssl(
        *(*_issue(folder), "-selfsign", "-extensions", "root"),
        *("-startdate", "20200101000000Z", "-enddate", "20991231235959Z"),
        *("-in", folder / "root.csr", "-keyfile", folder / "root.key", "-out", folder / "root.pem"),
    )
    made = Authority(folder)
    issue_signer(made, since, until)
    return made


def issue_signer(authority: Authority, since: str, until: str) -> None:
    """Give an authority another certificate to sign with, of the same key."""
    folder = authority.folder
    openssl(
        *(*_issue(folder), "-extensions", "signer", "-startdate", since, "-enddate", until),
        *("-in", folder / "signer.csr", "-out", folder / "signer.pem"),
    )


def _issue(folder: Path) -> tuple[str | Path, ...]:
    return "ca", "-batch", "-notext", "-config", folder / "openssl.cnf", "-name", "issue"


@contextmanager
def serving(authority: Authority) -> Iterator[Authority]:
    """Let an authority answer on a port of the loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            question = self.rfile.read(int(self.headers["Content-Length"]))
            authority.asked.append(question)
            authority.targets.append(f"{self.path} {self.headers['Host']} {self.headers['Content-Type']}")
            body = authority.change(authority.reply(question))
            self.send_response(authority.status)
            for name, value in {"Content-Length": str(len(body)), **authority.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            with suppress(OSError):  # who is told too much hangs up
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    authority.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield authority
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
