"""`openletter trust check` against a real HTTPS server on the loopback: what is an answer, and what it shows."""

from __future__ import annotations

import gzip
import itertools
import json
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from builders import ALDER, BIRCH, CEDAR, ELM, key_of
from openletter import records
from openletter.cli import fetching
from openletter.cli.checking import Compared, compare
from openletter.cli.fetching import MAX_ANSWER, MAX_FILE, check_direct, fetch
from openletter.errors import FetchError
from openletter.keys import allowed_signers
from openletter.records import Organization
from test_json_schemas import copied, objects, refusals
from typist import FIRST, NEW, SECOND, Typist, a_house_of_keys, fingerprint, make
from web import Authority, Write, answer, ok, serving

PATH = "/.well-known/openletter/allowed_signers"
FILE = allowed_signers(ALDER, [key_of(ALDER).public])


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.new(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def alder(authority: Authority) -> ssl.SSLContext:
    """What serves as alder.example."""
    return authority.serving(ALDER)


Ask = Callable[..., bytes]


@pytest.fixture
def ask(authority: Authority, alder: ssl.SSLContext) -> Ask:
    """What is fetched from alder.example where its server gives these answers, one to each connection."""

    def asked(*answers: bytes | Write, context: ssl.SSLContext | None = alder, **more: Any) -> bytes:
        with serving(context, *answers) as server:
            return fetch(ALDER, PATH, connect=server.connect, context=authority.trusting(), **more).data

    return asked


# --- an answer --------------------------------------------------------------------------------------------------------


def chunked(*parts: bytes) -> bytes:
    body = b"".join(f"{len(part):x}\r\n".encode() + part + b"\r\n" for part in (*parts, b""))
    return answer("200 OK", "Transfer-Encoding: chunked", body=body)


@pytest.mark.parametrize(
    "whole",
    [
        ok(FILE),
        ok(FILE, "Content-Encoding: identity"),
        chunked(FILE[:10], FILE[10:]),
        answer("200 OK", body=FILE),
        answer("100 Continue") + ok(FILE),
    ],
    ids=["with its length", "not packed, and said so", "in chunks", "to the end of the connection", "after a 100"],
)
def test_a_whole_file_is_an_answer(ask: Ask, whole: bytes) -> None:
    assert ask(whole) == FILE


def test_an_empty_file_and_one_of_the_most_bytes_are_answers(ask: Ask) -> None:
    assert ask(ok(b"")) == b""
    assert ask(ok(b"#" * MAX_FILE)) == b"#" * MAX_FILE


def test_nothing_is_said_of_who_asks(authority: Authority, alder: ssl.SSLContext) -> None:
    with serving(alder, ok(FILE)) as server:
        fetch(ALDER, PATH, connect=server.connect, context=authority.trusting())
    assert server.requests == [
        b"GET /.well-known/openletter/allowed_signers HTTP/1.1\r\nHost: alder.example\r\nUser-Agent: openletter\r\n"
        b"Accept: */*\r\nAccept-Encoding: identity\r\nConnection: close\r\n\r\n"
    ]


# --- redirects --------------------------------------------------------------------------------------------------------


def moved(where: str, status: str = "302 Found") -> bytes:
    return answer(status, f"Location: {where}", "Content-Length: 0")


def test_redirects_on_the_same_host_are_followed(authority: Authority, alder: ssl.SSLContext) -> None:
    answers = (moved("/keys?v=2", "301 Moved"), moved("https://ALDER.example:443/a", "308 Moved"), moved("b"), ok(FILE))
    with serving(alder, *answers) as server:
        found = fetch(ALDER, PATH, connect=server.connect, context=authority.trusting())
    assert (found.data, found.url) == (FILE, "https://alder.example/b")
    assert [request.split(b" ")[1] for request in server.requests] == [PATH.encode(), b"/keys?v=2", b"/a", b"/b"]


def test_a_fourth_redirect_is_not_followed(ask: Ask) -> None:
    with pytest.raises(FetchError, match="redirects more than 3 times"):
        ask(*[moved(PATH)] * 5)


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("https://www.alder.example/keys", '"https://www.alder.example"'),
        ("//birch.example/keys", '"https://birch.example"'),
        ("http://alder.example/keys", '"http://alder.example"'),
        ("https://alder.example:8443/keys", '"https://alder.example:8443"'),
        ("https://ida:secret@alder.example/keys", '"https://ida:secret@alder.example"'),
        ("https://alder.example@birch.example/", '"https://alder.example@birch.example"'),
        ("file:///etc/hosts", '"file://"'),
        ("https://[::1/", "to no address"),
        ("", "to no address"),
        ("/with space", "to no address"),
        ("/with\ttab", "to no address"),
        ("/" + "x" * 2000, "to no address"),
        ("https://" + "x" * 200 + "/", 'xxx..."'),
    ],
)
def test_a_redirect_to_another_place_is_not_followed(ask: Ask, where: str, said: str) -> None:
    with pytest.raises(FetchError, match="redirects to") as caught:
        ask(moved(where))
    assert said in caught.value.message
    assert "only alder.example itself" in (caught.value.hint or "")


# --- what is no answer ------------------------------------------------------------------------------------------------

PAGE = b"\n <!DOCTYPE html><title>Alder Institute</title>"


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (answer("404 Not Found", body=PAGE), "publishes no such file"),
        (answer("410 Gone"), "publishes no such file"),
        (answer("500 Oops"), "with the status 500 and no file"),
        (answer("204 No Content"), "with the status 204 and no file"),
        (answer("206 Partial Content", body=FILE), "with the status 206 and no file"),
        (answer("304 Not Modified"), "with the status 304 and no file"),
        (answer("401 Unauthorized", "WWW-Authenticate: Basic"), "with the status 401 and no file"),
        (ok(PAGE), "answers with a web page"),
        (ok(gzip.compress(FILE), "Content-Encoding: gzip"), "sends the file packed"),
        (answer("200 OK", "Transfer-Encoding: gzip, chunked", body=gzip.compress(FILE)), "sends the file packed"),
        (ok(b"#" * (MAX_FILE + 1)), "more than the 64 KiB"),
        (chunked(*[b"#" * 1024] * 65), "more than the 64 KiB"),
        (answer("200 OK", "Content-Length: 999", body=FILE), "ends the file before its end"),
        (answer("200 OK", "Transfer-Encoding: chunked", body=b"5\r\n# all"), "doesn't answer as a web server"),
        (answer("200 OK", "Transfer-Encoding: chunked", body=b"x\r\n"), "doesn't answer as a web server"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "doesn't answer as a web server"),
        (b"HTTP/1.1 two hundred\r\n\r\n", "doesn't answer as a web server"),
        (b"", "doesn't answer as a web server"),
        (answer("200 OK", *[f"X-{number}: x" for number in range(200)], body=FILE), "doesn't answer as a web server"),
        (answer("200 OK", "X: " + "x" * 70_000, body=FILE), "doesn't answer as a web server"),
    ],
)
def test_anything_else_is_no_answer_and_it_is_said_why(ask: Ask, given: bytes, why: str) -> None:
    with pytest.raises(FetchError, match=why) as caught:
        ask(given)
    assert caught.value.hint


def without_end(piece: bytes, start: bytes = b"") -> Write:
    def write(connection: socket.socket) -> None:
        connection.sendall(start)
        while True:
            connection.sendall(piece)

    return write


@pytest.mark.parametrize(
    "endless",
    [
        without_end(b"#" * 4096, answer("200 OK")),
        without_end(b"1000\r\n" + b"#" * 4096 + b"\r\n", answer("200 OK", "Transfer-Encoding: chunked")),
        without_end(b"1\r\n#\r\n", answer("200 OK", "Transfer-Encoding: chunked")),
        without_end(b"#" * 4096, b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n"),
        without_end(answer("100 Continue")),
        without_end(b"1;" + b"x" * 4096, answer("200 OK", "Transfer-Encoding: chunked")),
        without_end(b"X: " + b"x" * 4096 + b"\r\n", b"HTTP/1.1 200 OK\r\n"),
        without_end(b"x" * 4096, b"HTTP/1.1 200 OK\r\nX: "),
        without_end(b"x" * 4096),
    ],
    ids=["body", "chunks", "small chunks", "length", "100s", "chunk size", "headers", "header", "status line"],
)
def test_an_answer_without_end_is_given_up_after_its_limit(
    ask: Ask, endless: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = []
    readinto = fetching._Counted.readinto

    def counted(self: fetching._Counted, buffer: memoryview) -> int:
        counts.append(readinto(self, buffer))
        return counts[-1]

    monkeypatch.setattr(fetching._Counted, "readinto", counted)
    with pytest.raises(FetchError, match=r"more than the 64 KiB|doesn't answer as a web server"):
        ask(endless)
    assert sum(counts) <= MAX_ANSWER


def test_a_file_whose_connection_is_cut_is_not_taken_for_the_whole(ask: Ask) -> None:
    def cut(connection: socket.socket) -> None:
        connection.sendall(answer("200 OK", body=FILE))
        socket.socket.shutdown(connection, socket.SHUT_RDWR)

    with pytest.raises(FetchError, match="cut it short"):
        ask(cut)


def test_a_server_that_says_a_byte_now_and_then_is_given_up_at_the_deadline(ask: Ask) -> None:
    ticks = itertools.count(step=1.0)

    def drip(connection: socket.socket) -> None:
        for byte in itertools.cycle(b"HTTP/1.1 200 OK\r\n"):
            connection.sendall(bytes([byte]))

    with pytest.raises(FetchError, match="within 20 seconds"):
        ask(drip, clock=lambda: next(ticks))
    assert next(ticks) <= fetching.PATIENCE + 3


def test_a_server_that_never_answers_is_given_up(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "PATIENCE", 0.2)

    def wait(connection: socket.socket) -> None:
        connection.recv(1)  # until whoever asked goes away

    with pytest.raises(FetchError, match="didn't answer"):
        ask(wait)


# --- who answers ------------------------------------------------------------------------------------------------------


def test_another_hosts_certificate_is_refused(ask: Ask, authority: Authority) -> None:
    with pytest.raises(FetchError, match=r"certificate of alder\.example doesn't hold: Hostname mismatch") as caught:
        ask(ok(FILE), context=authority.serving(BIRCH))
    assert "somebody may stand between" in (caught.value.hint or "")


def test_an_expired_certificate_is_refused(ask: Ask, authority: Authority) -> None:
    with pytest.raises(FetchError, match="doesn't hold: certificate has expired"):
        ask(ok(FILE), context=authority.serving(ALDER, expired=True))


def test_a_certificate_that_nobody_answers_for_is_refused(ask: Ask, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="doesn't hold: unable to get local issuer"):
        ask(ok(FILE), context=Authority.new(tmp_path).serving(ALDER))


def test_a_server_without_tls_is_refused(ask: Ask) -> None:
    with pytest.raises(FetchError, match="makes no secure connection"):
        ask(ok(FILE), context=None)


def failing(error: OSError) -> fetching.Connect:
    def connect(_host: str, _seconds: float) -> socket.socket:
        raise error

    return connect


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (socket.gaierror(-2, "Name or service not known"), r"no address of alder\.example can be found"),
        (ConnectionRefusedError(111, "Connection refused"), "can't be reached: Connection refused"),
        (OSError(101, "Network is unreachable"), "can't be reached: Network is unreachable"),
        (TimeoutError("timed out"), "didn't answer"),
    ],
)
def test_what_keeps_it_from_being_asked_is_said(error: OSError, why: str) -> None:
    with pytest.raises(FetchError, match=why) as caught:
        fetch(ALDER, PATH, connect=failing(error))
    assert "nothing is shown by it" in (caught.value.hint or "")


def test_the_addresses_of_a_host_are_tried_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, int]] = []
    with socket.create_server(("127.0.0.1", 0)) as open_, socket.create_server(("127.0.0.1", 0)) as closed:
        addresses = [server.getsockname() for server in (closed, open_)]
        closed.close()

        def resolve(host: str, port: int, **_: object) -> list[object]:
            asked.append((host, port))
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in addresses]

        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        with fetching.open_connection(ALDER, 10) as connection:
            assert connection.getpeername() == addresses[1]
        addresses = [addresses[0]] * 9
        with pytest.raises(ConnectionRefusedError):
            fetching.open_connection(ALDER, 10)
    assert asked == [(ALDER, 443)] * 2


@pytest.mark.parametrize(
    ("variables", "direct"),
    [
        ({}, True),
        ({"HTTP_PROXY": "http://127.0.0.1:1", "https_proxy": ""}, True),
        ({"HTTPS_PROXY": "http://127.0.0.1:1"}, False),
        ({"https_proxy": "http://127.0.0.1:1"}, False),
        ({"ALL_PROXY": "socks5h://127.0.0.1:9050"}, False),
        ({"HTTPS_PROXY": "x", "NO_PROXY": "birch.example"}, False),
        ({"HTTPS_PROXY": "x", "NO_PROXY": "lder.example"}, False),
        ({"HTTPS_PROXY": "x", "NO_PROXY": "birch.example, .Example"}, True),
        ({"HTTPS_PROXY": "x", "no_proxy": "alder.example"}, True),
        ({"HTTPS_PROXY": "x", "no_proxy": "*"}, True),
    ],
)
def test_where_a_proxy_is_demanded_nobody_is_asked(variables: dict[str, str], direct: bool) -> None:
    if direct:
        check_direct(ALDER, variables)
    else:
        with pytest.raises(FetchError, match="through a proxy"):
            check_direct(ALDER, variables)


# --- compared ---------------------------------------------------------------------------------------------------------


def birchs_record() -> Organization:
    record = records.decode(a_house_of_keys().keys[BIRCH]["0002.yaml"])
    assert isinstance(record, Organization)
    return record


# The rows of the table in spec/pins.md: published, status on the record (None: not on it; no: no record), pinned.
@pytest.mark.parametrize(
    ("published", "status", "pinned", "agrees"),
    [
        (True, "active", False, True),
        (True, "retired", True, True),
        (True, "compromised", True, False),
        (True, None, True, False),
        (True, "no", True, True),
        (True, "no", False, None),
        (False, "active", False, False),
        (False, "active", True, False),
        (False, "retired", True, True),
        (False, "compromised", True, True),
        (False, None, True, False),
        (False, "no", True, False),
    ],
)
def test_a_key_agrees_or_differs_as_the_spec_says(
    published: bool, status: str | None, pinned: bool, agrees: bool | None
) -> None:
    key = key_of(CEDAR).public
    record = None if status == "no" else birchs_record()
    if record is not None and status is not None:
        key = next(listed.public for listed in record.keys if listed.status == status)
    found = {
        compared.key: compared
        for compared in compare({key} if published else set(), record, {key} if pinned else set())
    }
    assert found[key] == Compared(
        key=key,
        published=published,
        status=None if status == "no" else status,
        pinned=pinned,
        recorded=record is not None,
    )
    assert found[key].agrees is agrees


# --- the command ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("archive") / "letters", a_house_of_keys())


@pytest.fixture
def typed(
    archive: Path,
    authority: Authority,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Typist:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    return Typist.at(tmp_path, archive, monkeypatch, capsys)


@pytest.fixture
def online(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, bytes], None]]:
    """Puts an answer on line for a host."""
    running: list[Any] = []

    def put(host: str, given: bytes) -> None:
        server = serving(authority.serving(host), given)
        running.append(server)
        monkeypatch.setattr(fetching, "open_connection", server.__enter__().connect)

    yield put
    for server in running:
        server.__exit__(None, None, None)


Online = Callable[[str, bytes], None]


def test_what_agrees_is_said_with_its_day_and_what_it_does_not_show(typed: Typist, online: Online) -> None:
    online(ALDER, ok(FILE))
    said = typed("trust", "check", ALDER)
    assert (said.status, said.err) == (0, "")
    first, *_ = said.out.splitlines()
    assert first.startswith("On ")
    assert first.endswith(" UTC, https://alder.example/.well-known/openletter/allowed_signers said:")
    assert f"  {fingerprint(key_of(ALDER))}\n      agrees: active on its key record here\n" in said.out
    assert "It agrees with this archive." in said.out
    assert "It is the word of whoever controls alder.example today" in said.out
    assert f"  openletter trust add {ALDER} {fingerprint(key_of(ALDER))}\n" in said.out
    assert not typed.config.exists()


def test_what_an_organization_publishes_agrees_with_its_record_and_its_pins(typed: Typist, online: Online) -> None:
    published = typed("keys", "publish", BIRCH).out.encode()
    pins = typed.confirm(f"{BIRCH} {FIRST.public.line}")
    before = pins.read_bytes()
    online(BIRCH, ok(published))
    said = typed("trust", "check", BIRCH)
    assert said.status == 0
    assert "agrees: retired on its key record here; confirmed by you" in said.out
    assert "It did not name:\n" + f"  {fingerprint(SECOND)}\n      agrees: compromised" in said.out
    assert "It agrees with this archive and with the keys that you confirmed." in said.out
    assert pins.read_bytes() == before


def test_a_difference_is_a_demand_that_was_not_met_and_nothing_false(typed: Typist, online: Online) -> None:
    typed.confirm(f"{BIRCH} {NEW.public.line}")
    online(BIRCH, ok(allowed_signers(BIRCH, [FIRST.public, SECOND.public, key_of(CEDAR).public])))
    said = typed("trust", "check", BIRCH)
    assert said.status == 3
    for key, words in (
        (FIRST, "agrees: retired on its key record here"),
        (SECOND, "differs: compromised on its key record here"),
        (key_of(CEDAR), "differs: not on its key record here"),
        (NEW, "differs: active on its key record here; confirmed by you"),
    ):
        assert f"  {fingerprint(key)}\n      {words}\n" in said.out
    assert "It differs from this archive or the keys that you confirmed." in said.out
    assert "Ask the organization by another route" in said.out


def test_outside_of_an_archive_it_is_compared_with_the_pins(typed: Typist, online: Online) -> None:
    typed.confirm(f"{ALDER} {key_of(ALDER).public.line}")
    online(ALDER, ok(FILE + allowed_signers(BIRCH, [FIRST.public])))
    said = typed("trust", "check", ALDER, away=True)
    assert said.status == 0
    assert "It agrees with the keys that you confirmed." in said.out
    assert "(one line about other organizations left out: it speaks for itself alone)" in said.out
    assert fingerprint(FIRST) not in said.out


def test_where_there_is_nothing_to_compare_it_with_nothing_agrees(typed: Typist, online: Online) -> None:
    online(CEDAR, ok(allowed_signers(CEDAR, [key_of(CEDAR).public])))
    said = typed("trust", "check", CEDAR, away=True)
    assert said.status == 3
    assert "There is nothing here to compare it with." in said.out
    online("gorse.example", ok(b"# nobody yet\n"))
    said = typed("trust", "check", "gorse.example")
    assert said.status == 3
    assert "Note: gorse.example has no key record in this archive." in said.err
    assert "  no key of gorse.example\n" in said.out


def test_a_published_key_whose_limit_has_passed_is_not_published(typed: Typist, online: Online) -> None:
    online(ALDER, ok(FILE.replace(b'openletter"', b'openletter",valid-before="20200101Z"')))
    said = typed("trust", "check", ALDER)
    assert said.status == 3
    assert "It did not name:\n" + f"  {fingerprint(key_of(ALDER))}\n      differs: active" in said.out


def test_a_published_file_that_cannot_be_used_is_said_with_its_line(typed: Typist, online: Online) -> None:
    online(ALDER, ok(FILE + b"*.example " + FILE))
    said = typed("trust", "check", ALDER)
    assert (said.status, said.out) == (2, "")
    assert f"error: https://alder.example{PATH}:2: what lies there is no list of keys that can be used" in said.err
    assert "openletter keys publish" in said.err


def test_what_is_published_as_escape_sequences_reaches_no_terminal(typed: Typist, online: Online) -> None:
    online(ALDER, ok(b"\x1b]0;all is well\x07 " + FILE))
    said = typed("trust", "check", ALDER)
    assert said.status == 2
    assert "\x1b" not in said.err


def test_the_systems_certificates_are_asked_where_no_file_is_named(
    typed: Typist, online: Online, monkeypatch: pytest.MonkeyPatch
) -> None:
    online(ALDER, ok(FILE))
    monkeypatch.delenv("SSL_CERT_FILE")
    said = typed("trust", "check", ALDER)
    assert said.status == 2
    assert "the certificate of alder.example doesn't hold" in said.err


def test_a_proxy_in_the_environment_stops_it_before_anybody_is_asked(
    typed: Typist, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "open_connection", failing(OSError("nobody may be asked")))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    said = typed("trust", "check", ALDER)
    assert said.status == 2
    assert "through a proxy (HTTPS_PROXY)" in said.err


def test_an_organization_of_whose_records_none_counts_is_compared_with_the_pins(
    typed: Typist, online: Online, tmp_path: Path
) -> None:
    desk = a_house_of_keys()
    desk.keys[ALDER] = {name: data for name, data in desk.keys[ALDER].items() if not name.endswith(".sig")}
    online(ALDER, ok(FILE))
    said = typed("trust", "check", ALDER, place=make(tmp_path / "unsigned", desk))
    assert said.status == 3
    assert "Note: no key record of alder.example counts" in said.err


def test_an_archive_that_is_named_must_be_there(typed: Typist, online: Online, tmp_path: Path) -> None:
    online(ALDER, ok(FILE))
    said = typed("trust", "check", ALDER, place=tmp_path / "none")
    assert (said.status, said.out) == (2, "")


# --- JSON -------------------------------------------------------------------------------------------------------------


def test_the_json_says_the_same_and_is_what_its_schema_says(typed: Typist, online: Online) -> None:
    typed.confirm(f"{BIRCH} {NEW.public.line}")
    online(BIRCH, ok(allowed_signers(BIRCH, [FIRST.public, NEW.public]) + FILE))
    said = typed("trust", "check", BIRCH, "--json")
    document = json.loads(said.out)
    assert refusals("trust-check", document) == set()
    assert (said.status, document["status"], document["agrees"], document["record"]) == (0, 0, True, 2)
    assert (document["organization"], document["others"]) == (BIRCH, 1)
    assert [(key["fingerprint"], key["status"], key["published"], key["pinned"]) for key in document["keys"]] == [
        (fingerprint(FIRST), "retired", True, False),
        (fingerprint(SECOND), "compromised", False, False),
        (fingerprint(NEW), "active", True, True),
    ]
    for place in objects(document):
        whole, part = copied(document, place)
        fields = set(part)
        part["surplus"] = "x"
        assert "additionalProperties" in refusals("trust-check", whole), place
        for name in fields:
            whole, part = copied(document, place)
            del part[name]
            assert "required" in refusals("trust-check", whole), (place, name)
    for name, value in (("agrees", False), ("status", 3), ("time", "today"), ("url", "http://alder.example/")):
        assert refusals("trust-check", document | {name: value}) != set()


def test_the_json_of_a_difference_has_the_status_3(typed: Typist, online: Online) -> None:
    online(CEDAR, ok(allowed_signers(CEDAR, [key_of(ELM).public])))
    said = typed("trust", "check", CEDAR, "--json", away=True)
    document = json.loads(said.out)
    assert refusals("trust-check", document) == set()
    assert (said.status, document["status"], document["agrees"], document["record"]) == (3, 3, False, None)
    assert [key["agrees"] for key in document["keys"]] == [None]
