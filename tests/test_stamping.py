"""Timestamps from a real authority, stock ``openssl ts`` on the loopback; OpenSSL agrees with what is stored."""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from authority import HOST, Authority, issue_signer, make_authority, openssl, serving
from openletter.cli import stamping
from openletter.cli.stamping import Address, parse_address, stamp
from openletter.errors import FetchError, TimestampError
from openletter.timestamps import Stamped, Unknown, judge
from tools import need
from transcripts import environment, furnish, run

DATA = b'format: "checkpoint/1"\n'
ADDRESS = Address(secure=False, host=HOST, port=80, path="/stamp")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an authority whose root certificate stands in its timestamps, as is usual."""
    need("openssl")
    folder = tmp_path_factory.mktemp("authorities")
    make_authority(folder / "good")
    return folder


@pytest.fixture
def authority(files: Path) -> Iterator[Authority]:
    with serving(Authority(files / "good")) as it:
        yield it


def refusal(authority: Authority, *roots: bytes) -> tuple[str, str]:
    """Why asking an authority fails."""
    with pytest.raises(FetchError) as refused:
        stamp(DATA, ADDRESS, roots, connect=authority.connect)
    assert refused.value.hint is not None
    return refused.value.message, refused.value.hint


# --- a real authority -------------------------------------------------------------------------------------------------


def test_an_authority_stamps_and_what_is_stored_counts(authority: Authority) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    answer = stamp(DATA, ADDRESS, [authority.root], connect=authority.connect)
    assert authority.targets == [f"/stamp {HOST} application/timestamp-query"]
    assert isinstance(answer.judged, Stamped)
    # To the second, and an accuracy of one and a half.
    assert before <= datetime.fromisoformat(answer.judged.time) <= datetime.now(UTC) + timedelta(seconds=2)
    assert judge(answer.stored, DATA, [authority.root]) == answer.judged
    assert isinstance(judge(answer.stored, DATA, []), Unknown)
    with pytest.raises(TimestampError, match="it was made for other bytes than these"):
        judge(answer.stored, DATA + b"\n", [authority.root])


def test_openssl_verifies_what_is_stored_and_only_over_these_bytes(authority: Authority, tmp_path: Path) -> None:
    stored = stamp(DATA, ADDRESS, [], connect=authority.connect).stored
    (tmp_path / "it.tsr").write_bytes(stored)
    for data, said in ((DATA, 0), (DATA + b"\n", 1)):
        (tmp_path / "data").write_bytes(data)
        done = subprocess.run(
            (
                *(need("openssl"), "ts", "-verify", "-in", tmp_path / "it.tsr", "-data", tmp_path / "data"),
                *("-CAfile", authority.folder / "root.pem"),
            ),
            capture_output=True,
            check=False,
        )
        assert done.returncode == said, done.stderr


def test_a_question_of_openssl_is_answered_and_the_answer_is_judged_here(authority: Authority, tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(DATA)
    openssl("ts", "-query", "-data", tmp_path / "data", "-sha256", "-cert", "-out", tmp_path / "it.tsq")
    from openletter.timestamps.asking import in_order

    answer = in_order(authority.reply((tmp_path / "it.tsq").read_bytes()))
    assert isinstance(judge(answer, DATA, [authority.root]), Stamped)


def test_the_question_tells_nothing_but_a_hash(authority: Authority) -> None:
    import hashlib

    for _ in range(2):
        stamp(DATA, ADDRESS, [], connect=authority.connect)
    first, second = authority.asked
    assert hashlib.sha512(DATA).digest() in first
    assert first != second  # the nonce
    assert len(first) < 110


def test_certificates_out_of_order_as_openssl_sends_them_are_put_in_order(tmp_path: Path) -> None:
    need("openssl")
    # Whether they are depends on the keys: of a few authorities, some send them in order and some don't.
    orders = set()
    for number in range(12):
        made = make_authority(tmp_path / str(number))
        with serving(made):
            said: list[bytes] = []
            made.change = lambda it, said=said: said.append(it) or it  # type: ignore[misc]
            answer = stamp(DATA, ADDRESS, [made.root], connect=made.connect)
        assert isinstance(answer.judged, Stamped)
        orders.add(answer.stored == said[0])
        if False in orders:
            with pytest.raises(TimestampError, match="its certificates stand in another order than DER gives them"):
                judge(said[0], DATA, [made.root])
            return
    pytest.fail("none of these authorities sent its certificates out of order")


def test_an_authority_whose_certificate_expires_meanwhile_still_counts(tmp_path: Path) -> None:
    need("openssl")
    made = make_authority(tmp_path / "soon")
    with serving(made):
        # A few seconds: as many as this machine needs to be asked in.
        for seconds in (2, 4, 8, 16, 32, 64):
            end = datetime.now(UTC) + timedelta(seconds=seconds)
            issue_signer(made, "20200101000000Z", f"{end:%Y%m%d%H%M%S}Z")
            with suppress(FetchError):
                answer = stamp(DATA, ADDRESS, [made.root], connect=made.connect)
                break
        assert isinstance(answer.judged, Stamped)
        while datetime.now(UTC) <= end + timedelta(seconds=1):
            threading.Event().wait(0.1)
        assert judge(answer.stored, DATA, [made.root]) == answer.judged
        # OpenSSL says so too, at that time, and no longer at this one.
        (tmp_path / "it.tsr").write_bytes(answer.stored)
        (tmp_path / "data").write_bytes(DATA)
        verify = (
            *(need("openssl"), "ts", "-verify", "-in", tmp_path / "it.tsr", "-data", tmp_path / "data"),
            *("-CAfile", made.folder / "root.pem"),
        )
        at = str(int(datetime.fromisoformat(answer.judged.time).timestamp()) - 2)
        assert subprocess.run((*verify, "-attime", at), capture_output=True, check=False).returncode == 0
        assert subprocess.run(verify, capture_output=True, check=False).returncode == 1
        # And it stamps no more.
        message, _ = refusal(made, made.root)
        assert message == (
            f"{HOST} gave no timestamp that holds: its certificate was not valid at the time that it gives"
        )


@pytest.mark.parametrize(
    ("dates", "reason"),
    [
        (("20200101000000Z", "20210101000000Z"), "its certificate was not valid at the time that it gives"),
        (("20980101000000Z", "20991231235959Z"), "its certificate was not valid at the time that it gives"),
    ],
)
def test_an_authority_whose_certificate_is_not_valid_is_refused(
    tmp_path: Path, dates: tuple[str, str], reason: str
) -> None:
    need("openssl")
    with serving(make_authority(tmp_path / "made", since=dates[0], until=dates[1])) as made:
        assert refusal(made)[0] == f"{HOST} gave no timestamp that holds: {reason}"


# --- wrong answers ----------------------------------------------------------------------------------------------------


def flip(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (flip, "gave no timestamp that holds: its signature is false"),
        (lambda it: it[:-1], "gave no timestamp that holds: it can't be read: the response ends in the middle"),
        (lambda _: b"<html>", "gave no timestamp that holds: it can't be read: the response ends in the middle"),
        (
            lambda _: bytes.fromhex("30053003020102"),
            "gave no timestamp that holds: the authority did not grant it: its status is 2",
        ),
        (lambda it: it + bytes(1 << 16), "sends more than the 64 KiB that a timestamp may have"),
        (lambda _: bytes(1 << 22), "sends more than the 64 KiB that a timestamp may have"),
        (lambda _: b"", "ends its answer before its end"),
    ],
)
def test_a_wrong_answer_is_refused(authority: Authority, change: Callable[[bytes], bytes], reason: str) -> None:
    authority.change = change
    message, hint = refusal(authority)
    assert message == f"{HOST} {reason}"
    assert hint.startswith("nothing was recorded; ")


def test_the_answer_to_another_question_is_refused(authority: Authority) -> None:
    first: list[bytes] = []
    authority.change = lambda it: (first.append(it), first[0])[1]  # type: ignore[func-returns-value]
    stamp(DATA, ADDRESS, [], connect=authority.connect)
    assert refusal(authority)[0] == (
        f"{HOST} gave no timestamp that holds: it is the answer to another question: its nonce is not the one that "
        "was sent"
    )


MOVED = "sends to another place, and nobody is asked but the one that you name"


@pytest.mark.parametrize(
    ("status", "headers", "reason"),
    [
        (302, {"Location": "http://elsewhere.example/"}, MOVED),
        (308, {"Location": "/elsewhere"}, MOVED),
        (404, {}, "answers with the status 404 and no timestamp"),
        (500, {}, "answers with the status 500 and no timestamp"),
        (200, {"Content-Type": "text/html"}, "answers with something else than a timestamp"),
        (200, {"Content-Encoding": "gzip"}, "sends the timestamp packed, and nothing is unpacked here"),
        (200, {"Content-Length": "9999999999"}, "ends its answer before its end"),
    ],
)
def test_a_wrong_status_or_header_is_refused(
    authority: Authority, status: int, headers: dict[str, str], reason: str
) -> None:
    authority.status = status
    authority.headers = {"Content-Type": "application/timestamp-reply", **headers}
    assert refusal(authority)[0] == f"{HOST} {reason}"


def test_an_authority_that_the_user_names_by_other_roots_is_refused(authority: Authority, tmp_path: Path) -> None:
    other = make_authority(tmp_path / "other")
    message, hint = refusal(authority, other.root)
    assert message == (
        f"the timestamp by {HOST} doesn't count for you: its certificates don't lead to one that you name for its "
        "authority and that was valid then"
    )
    assert "root certificates" in hint


# --- the connection ---------------------------------------------------------------------------------------------------


@contextmanager
def speaking(said: bytes, *, then: str = "end") -> Iterator[Callable[[tuple[str, int], float], socket.socket]]:
    """A host that takes a question, and says these bytes whatever it was; then it ends, or says no more."""
    listener = socket.create_server(("127.0.0.1", 0))
    done = threading.Event()

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            while b"\r\n\r\n" not in connection.recv(1 << 16):
                pass
            try:
                if then == "drip":
                    while not done.wait(0.02):
                        connection.sendall(b"X: y\r\n")
                connection.sendall(said)
                if then == "wait":
                    done.wait()
            except OSError:
                pass

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield lambda _, timeout: socket.create_connection(listener.getsockname(), timeout)
    finally:
        done.set()
        thread.join()
        listener.close()


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 2OO OK\r\n\r\n",
        b"\0" * 100_000,
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200,
    ],
)
def test_what_is_no_web_server_is_refused(said: bytes) -> None:
    with speaking(said) as connect, pytest.raises(FetchError, match=f"{HOST} doesn't answer as a web server does"):
        stamp(DATA, ADDRESS, [], connect=connect)


@pytest.mark.parametrize("then", ["wait", "drip"])
def test_a_host_that_does_not_end_is_given_up(monkeypatch: pytest.MonkeyPatch, then: str) -> None:
    monkeypatch.setattr(stamping, "PATIENCE", 0.5)
    with (
        speaking(b"HTTP/1.1 200 OK\r\n", then=then) as connect,
        pytest.raises(FetchError, match="didn't answer, whole"),
    ):
        stamp(DATA, ADDRESS, [], connect=connect)


def test_a_host_that_drips_without_end_is_bounded() -> None:
    with (
        speaking(b"HTTP/1.1 200 OK\r\nContent-Type: application/timestamp-reply\r\n\r\n" + bytes(1 << 20)) as connect,
        pytest.raises(FetchError, match=r"sends more than the 64 KiB"),
    ):
        stamp(DATA, ADDRESS, [], connect=connect)


def test_a_host_that_cannot_be_reached_is_told() -> None:
    def refused(_: tuple[str, int], __: float) -> socket.socket:
        raise ConnectionRefusedError(111, "Connection refused")

    def unknown(_: tuple[str, int], __: float) -> socket.socket:
        raise socket.gaierror(-2, "Name or service not known")

    with pytest.raises(FetchError, match=f"{HOST} can't be reached: Connection refused"):
        stamp(DATA, ADDRESS, [], connect=refused)
    with pytest.raises(FetchError, match=f"no address of {HOST} can be found"):
        stamp(DATA, ADDRESS, [], connect=unknown)


def test_a_secure_address_demands_a_certificate_of_that_host(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secure = Address(secure=True, host=HOST, port=443, path="/stamp")
    openssl(
        *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={HOST}"),
        *("-addext", f"subjectAltName = DNS:{HOST}", "-keyout", tmp_path / "web.key", "-out", tmp_path / "web.pem"),
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "web.pem", tmp_path / "web.key")

    def connect(_: tuple[str, int], timeout: float) -> socket.socket:
        """Speak TLS at one end, and bring what comes to the authority."""
        ours, theirs = socket.socketpair()
        ours.settimeout(timeout)

        def serve() -> None:
            with theirs:
                try:
                    inner = context.wrap_socket(theirs, server_side=True)
                except OSError:
                    return
                with inner, authority.connect((HOST, 80), 10) as plain:
                    question = inner.recv(1 << 16)
                    while b"\r\n\r\n" not in question:
                        question += inner.recv(1 << 16)
                    plain.sendall(question)
                    while part := plain.recv(1 << 16):
                        inner.sendall(part)

        threading.Thread(target=serve, daemon=True).start()
        return ours

    with pytest.raises(FetchError, match=f"the certificate of {HOST} doesn't hold: self-signed certificate"):
        stamp(DATA, secure, [], connect=connect)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "web.pem"))
    assert isinstance(stamp(DATA, secure, [authority.root], connect=connect).judged, Stamped)


def test_a_proxy_that_the_environment_names_is_used(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in authority.environment.items():
        monkeypatch.setenv(name, value)
    assert isinstance(stamp(DATA, ADDRESS, [authority.root]).judged, Stamped)
    other = Address(secure=False, host=HOST, port=8080, path="/")
    stamp(DATA, other, [])
    assert [target.split()[:2] for target in authority.targets] == [
        [f"http://{HOST}/stamp", HOST],
        [f"http://{HOST}:8080/", f"{HOST}:8080"],
    ]


def test_a_proxy_that_makes_no_connection_is_told(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in authority.environment.items():
        monkeypatch.setenv(name, value)
    secure = Address(secure=True, host=HOST, port=443, path="/")
    with pytest.raises(FetchError, match=f"{HOST} can't be reached: the proxy makes no connection to it"):
        stamp(DATA, secure, [])


@pytest.mark.parametrize("name", ["socks5://127.0.0.1:1", "http://user:word@127.0.0.1:1", "https://127.0.0.1:1"])
def test_a_proxy_of_another_kind_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("http_proxy", name)
    monkeypatch.setenv("no_proxy", "")
    with pytest.raises(FetchError, match="a proxy of a kind that isn't used here"):
        stamp(DATA, ADDRESS, [])


# --- the installed command --------------------------------------------------------------------------------------------

STAMP = f"checkpoint --as alder.example --key ../alder.key --yes --timestamp http://{HOST}/stamp"


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    """An archive with alder's key, made by the installed command."""
    furnish(tmp_path)
    for command in (
        "openletter init letters",
        "openletter --archive letters keys add alder.example --name Alder --key alder.key --yes",
    ):
        assert "[status" not in run(command, tmp_path, tmp_path)
    return tmp_path / "letters"


def openletter(letters: Path, command: str, authority: Authority) -> tuple[int, str]:
    """The status of the installed command and what it says, its white space folded."""
    done = subprocess.run(
        (Path(sys.executable).with_name("openletter"), *command.split()),
        cwd=letters,
        env=environment(letters.parent) | authority.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    return done.returncode, " ".join(done.stdout.decode().split())


def log(letters: Path) -> list[str]:
    """The files of the newest commit, after its subject."""
    show = ("git", "-C", str(letters), "show", "--name-only", "--format=%s", "HEAD")
    return subprocess.run(show, capture_output=True, check=True, text=True).stdout.split("\n")


def untouched(letters: Path, before: list[str]) -> None:
    """See that nothing was recorded, and nothing left lying."""
    assert log(letters) == before
    assert run("git status --short", letters.parent, letters) == ""
    assert not (letters / "archive").exists()


def test_a_checkpoint_and_its_timestamp_are_recorded_in_one_act(letters: Path, authority: Authority) -> None:
    roots = authority.folder / "root.pem"
    status, said = openletter(letters, f"trust authority add {HOST} {roots} --yes", authority)
    assert status == 0, said
    status, said = openletter(letters, STAMP, authority)
    assert status == 0, said
    assert f"{HOST} will be asked for the time. It gets the SHA-512 of this, and nothing else." in said
    assert f"{HOST} says that it existed on " in said
    assert "you name no root certificate" not in said
    files = [name for name in log(letters)[1:] if name]
    act = files[0].rpartition("/")[2].partition(".")[0]
    folder = "archive/checkpoints/alder.example"
    assert sorted(name.rpartition(".")[2] for name in files) == ["sig", "tsr", "yaml"]
    assert f"{folder}/{act}.{HOST}.tsr" in files
    assert openletter(letters, "verify", authority)[0] == 0
    # What lies in the work tree is what stock OpenSSL verifies.
    verify = (
        *(need("openssl"), "ts", "-verify", "-in", letters / folder / f"{act}.{HOST}.tsr"),
        *("-data", letters / folder / f"{act}.yaml", "-CAfile", roots),
    )
    assert subprocess.run(verify, capture_output=True, check=False).returncode == 0
    assert authority.targets == [f"http://{HOST}/stamp {HOST} application/timestamp-query"]


def test_a_timestamp_by_an_authority_that_the_user_does_not_name_is_recorded_and_that_is_said(
    letters: Path, authority: Authority
) -> None:
    status, said = openletter(letters, STAMP, authority)
    assert status == 0, said
    assert f"Note: you name no root certificate for {HOST}, so its word counts for nothing with you yet." in said
    assert any(name.endswith(f".{HOST}.tsr") for name in log(letters))


def test_where_the_authority_answers_wrongly_nothing_is_recorded(letters: Path, authority: Authority) -> None:
    before = log(letters)
    authority.change = flip
    status, said = openletter(letters, STAMP, authority)
    assert status == 2
    assert f"error: {HOST} gave no timestamp that holds: its signature is false" in said
    assert "hint: nothing was recorded; name another authority, or go without --timestamp" in said
    untouched(letters, before)


def test_where_the_authority_is_another_than_the_user_names_nothing_is_recorded(
    letters: Path, authority: Authority, tmp_path: Path
) -> None:
    before = log(letters)
    other = make_authority(tmp_path / "other")
    assert openletter(letters, f"trust authority add {HOST} {other.folder}/root.pem --yes", authority)[0] == 0
    status, said = openletter(letters, STAMP, authority)
    assert status == 2
    assert f"error: the timestamp by {HOST} doesn't count for you" in said
    untouched(letters, before)


def test_where_the_authority_cannot_be_reached_nothing_is_recorded(letters: Path, authority: Authority) -> None:
    before = log(letters)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        authority.port = closed.getsockname()[1]
    status, said = openletter(letters, STAMP, authority)
    assert status == 2
    assert f"error: {HOST} can't be reached: Connection refused" in said
    assert "hint: nothing was recorded; try again later, or go without --timestamp" in said
    untouched(letters, before)


def test_a_wrong_address_is_refused_before_anything_is_asked(letters: Path, authority: Authority) -> None:
    before = log(letters)
    status, said = openletter(letters, STAMP.replace(HOST, "127.0.0.1"), authority)
    assert status == 2
    assert said.startswith("error: the host of an authority's address is a domain name in lower case here")
    untouched(letters, before)
    status, said = openletter(letters, f"checkpoint -o ../kept.yaml --timestamp http://{HOST}/", authority)
    assert (status, said.partition(" hint")[0]) == (
        2,
        "error: a copy of your own gets no timestamp: leave out --timestamp",
    )
    assert authority.asked == []


# --- addresses --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://tsa.example/tsr", Address(secure=False, host="tsa.example", port=80, path="/tsr")),
        ("https://tsa.example", Address(secure=True, host="tsa.example", port=443, path="/")),
        ("http://tsa.example:3161/a/b?c=d", Address(secure=False, host="tsa.example", port=3161, path="/a/b?c=d")),
    ],
)
def test_an_address_is_read(url: str, address: Address) -> None:
    assert parse_address(url) == address


@pytest.mark.parametrize(
    "url",
    [
        *(
            "",
            "tsa.example",
            "ftp://tsa.example/",
            "http:///tsr",
            "http://",
            "HTTP://tsa.example/",
            "file:///etc/passwd",
        ),
        *(
            "http://user@tsa.example/",
            "http://user:word@tsa.example/",
            "http://tsa.example:0/",
            "http://tsa.example:65536/",
        ),
        *(
            "http://tsa.example/ HTTP/1.1",
            "http://tsa.example/\r\nX: y",
            "http://tsa.example/#a",
            "http://tsa.example/é",
        ),
        *("http://localhost/", "http://127.0.0.1/", "http://[::1]/", "http://TSA.example/", "http://tsa.example./"),
    ],
)
def test_what_is_no_address_of_an_authority_is_refused(url: str) -> None:
    with pytest.raises(FetchError) as refused:
        parse_address(url)
    assert refused.value.hint == "give the address that the authority publishes, such as http://tsa.example/tsr"
