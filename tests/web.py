"""A real web server on the loopback with a certificate of its own making, that answers whatever a test wants it to."""

from __future__ import annotations

import datetime
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

LONG: Final = datetime.timedelta(days=3650)

Write = Callable[[socket.socket], None]
"""What a server does with a connection, once it has read the request."""


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate authority that is thrown away after the test; `file` is its root in PEM."""

    folder: Path
    key: ec.EllipticCurvePrivateKey
    root: x509.Certificate

    @classmethod
    def new(cls, folder: Path) -> Authority:
        key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.datetime.now(datetime.UTC)
        subject = _name("A root of a test")
        usage = x509.KeyUsage(
            digital_signature=False,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=True,
            crl_sign=True,
            encipher_only=False,
            decipher_only=False,
        )
        root = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - LONG)
            .not_valid_after(now + LONG)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        folder.mkdir(exist_ok=True)
        (folder / "root.pem").write_bytes(root.public_bytes(Encoding.PEM))
        return cls(folder, key, root)

    @property
    def file(self) -> Path:
        return self.folder / "root.pem"

    def trusting(self) -> ssl.SSLContext:
        """What trusts this authority, and else is as strict as by default."""
        return ssl.create_default_context(cafile=str(self.file))

    def serving(self, host: str, *, expired: bool = False) -> ssl.SSLContext:
        """What serves as this host."""
        key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.datetime.now(datetime.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(_name(host))
            .issuer_name(self.root.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - LONG)
            .not_valid_after(now - LONG / 2 if expired else now + LONG)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        file = self.folder / f"{host}.pem"
        file.write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            + certificate.public_bytes(Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


@dataclass
class Server:
    """Answers one connection after the other; `requests` are what was asked, `sent` the bytes that went out."""

    answers: Sequence[bytes | Write]
    context: ssl.SSLContext | None
    listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    requests: list[bytes] = field(default_factory=list)

    def connect(self, _host: str, seconds: float) -> socket.socket:
        """A connection to this server, whatever host is asked for."""
        return socket.create_connection(self.listener.getsockname(), seconds)

    def _serve(self) -> None:
        for answer in self.answers:
            try:
                plain, _ = self.listener.accept()
            except OSError:
                return
            # A client that is refused something closes when it likes: that is no failure of the server.
            with plain, suppress(OSError):
                plain.settimeout(30)
                self._answer(plain, answer)

    def _answer(self, plain: socket.socket, answer: bytes | Write) -> None:
        if self.context is None:
            plain.sendall(answer if isinstance(answer, bytes) else b"")
            return
        with self.context.wrap_socket(plain, server_side=True) as connection:
            request = b""
            while not request.endswith(b"\r\n\r\n") and (more := connection.recv(4096)):
                request += more
            self.requests.append(request)
            if isinstance(answer, bytes):
                connection.sendall(answer)
                connection.unwrap()
            else:
                answer(connection)


@contextmanager
def serving(context: ssl.SSLContext | None, *answers: bytes | Write) -> Iterator[Server]:
    """A server that gives these answers, in order, to one connection each, and then is gone."""
    server = Server(answers, context)
    thread = threading.Thread(target=server._serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        with suppress(OSError):
            server.listener.shutdown(socket.SHUT_RDWR)
        server.listener.close()
        thread.join()


def ok(body: bytes, *headers: str) -> bytes:
    """An answer with its length."""
    lines = ("HTTP/1.1 200 OK", f"Content-Length: {len(body)}", "Content-Type: text/plain", *headers, "", "")
    return "\r\n".join(lines).encode() + body


def answer(status: str, *headers: str, body: bytes = b"") -> bytes:
    """An answer with a status, whose body ends with the connection."""
    return "\r\n".join((f"HTTP/1.1 {status}", *headers, "", "")).encode() + body
