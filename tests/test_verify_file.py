"""`openletter verify FILE`: the evidence in a file is judged by itself, and what the file shows is compared with it."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from builders import ALDER, BIRCH, a_desk, a_letter, key_of
from openletter import Archive, Verdict
from openletter.api.bundles import verify_bundle
from openletter.cli import openletter
from openletter.errors import BundleError, DocumentError, InputError, Invalid, PageMismatch
from openletter.packet import page, pdf
from openletter.packet.opening import Kind, Opened, Shown, open_file
from openletter.records import bundle as bundles
from openletter.records.bundle import Bundle

ROOT = Path(__file__).parent.parent
LETTER = "2026/open-water-record"
RANK = [
    Verdict.SIGNED,
    Verdict.ENDORSED,
    Verdict.SIGNED_EARLIER,
    Verdict.WITHDRAWN,
    Verdict.DISPUTED,
    Verdict.UNPROVEN,
    Verdict.INVALID,
    Verdict.NAMED,
]


@pytest.fixture(scope="module")
def sample() -> Bundle:
    return Archive.open(ROOT).bundle(LETTER, 3)


@pytest.fixture(scope="module")
def html(sample: Bundle) -> bytes:
    return page.render(sample)


@pytest.fixture(scope="module")
def printed(sample: Bundle) -> bytes:
    return pdf.render(sample, verify_bundle(sample))


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(openletter, [str(one) for one in arguments], standalone_mode=False)


def verified(*arguments: str | Path) -> Any:
    done = run("verify", *arguments, "--json")
    assert done.exception is None, done.exception
    return json.loads(done.output)


def without(document: Any) -> Any:
    return {
        name: value for name, value in document.items() if name not in {"commit", "file", "memory", "unestablished"}
    }


# --- the verdicts ---


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("kind", ["html", "pdf", "json"])
def test_a_file_gives_the_verdicts_that_the_archive_gives(tmp_path: Path, number: int, kind: str) -> None:
    file = tmp_path / f"letter.{kind}"
    assert run("--archive", ROOT, "export", f"{LETTER}@{number}", "-o", file).exception is None
    archive = run("--archive", ROOT, "verify", f"{LETTER}@{number}", "--json", "--no-memory")
    found = verified(file)
    assert without(found) == without(json.loads(archive.output))
    assert found["file"] == {
        "kind": kind,
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "text_shown": "not-compared" if kind == "json" else "same-words",
        "as_made": True,
    }
    assert found["commit"] is None


def test_no_archive_is_needed_and_demands_are_asked_of_the_file(
    tmp_path: Path, html: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "letter.html"
    file.write_bytes(html)
    monkeypatch.chdir(tmp_path)
    assert verified("letter.html", "--require", "3")["demand"]["met"]
    assert not verified("letter.html", "--require", "all")["demand"]["met"]
    assert not verified("letter.html", "--trust", "pinned")["demand"]["met"]


def test_a_key_is_confirmed_out_of_a_file_and_counts_for_it(
    tmp_path: Path, html: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    file = tmp_path / "letter.html"
    file.write_bytes(html)
    before = verified(file)
    key = next(one for one in before["organizations"] if one["organization"] == "alder.example")["keys"][0]
    done = run("--archive", file, "trust", "add", "alder.example", key["fingerprint"], "--yes")
    assert done.exception is None
    after = next(one for one in verified(file)["letters"][0]["organizations"] if one["organization"] == "alder.example")
    assert after["evidence"] == "pinned"


def test_the_words_say_what_a_file_cannot_show(tmp_path: Path, html: bytes) -> None:
    file = tmp_path / "letter.html"
    file.write_bytes(html)
    said = " ".join(run("verify", file).output.split())
    assert "It can't show what came later, or what its maker left out" in said
    assert "the page is, byte for byte, what this version of the tool makes of the evidence in it" in said
    assert "only the archive shows" in said
    assert "openletter diff" not in said


# --- what is false in a file ---


def changed(html: bytes, change: Callable[[Bundle], Bundle]) -> bytes:
    """The page with another bundle in it."""
    found = re.search(rb'id="bundle">([^<]*)<', html)
    assert found is not None
    bundle = change(bundles.decode(found[1]))
    return html.replace(found[1], bundle.to_bytes())


def test_every_byte_of_the_evidence_in_a_page_counts(html: bytes, sample: Bundle) -> None:
    start = html.index(sample.to_bytes())
    chance = random.Random(3)  # noqa: S311  # reproducible, and no secret
    for place in chance.sample(range(len(sample.to_bytes())), 400):
        at = start + place
        other = bytes([html[at] ^ (1 << chance.randrange(7))])
        with pytest.raises((BundleError, DocumentError)):
            open_file(html[:at] + other + html[at + 1 :])


def test_every_byte_of_a_bundle_counts_and_a_sealed_change_never_betters_a_verdict() -> None:
    desk = a_desk()
    files = {f"archive/{desk.letter_id}/{name}": data for name, data in desk.files.items()}
    files |= {f"keys/{org}/{name}": data for org, folder in desk.keys.items() for name, data in folder.items()}
    whole = Bundle(letter=desk.letter_id, revision=2, files=files)
    best = {one.organization: one.verdict for one in verify_bundle(whole).letters[0].organizations}
    data = whole.to_bytes()
    chance = random.Random(4)  # noqa: S311  # reproducible, and no secret
    for place in chance.sample(range(len(data)), 1500):
        other = data[:place] + bytes([data[place] ^ (1 << chance.randrange(7))]) + data[place + 1 :]
        with pytest.raises(BundleError):
            bundles.decode(other)
    for _ in range(300):
        path = chance.choice(sorted(files))
        at = chance.randrange(len(files[path]))
        spoilt = files[path][:at] + bytes([files[path][at] ^ (1 << chance.randrange(8))]) + files[path][at + 1 :]
        report = verify_bundle(replace(whole, files=files | {path: spoilt}))
        # Any change of a file gives a fault, and nobody's verdict is better than it was.
        assert report.false, (path, at)
        for one in report.letters[0].organizations:
            before = best.get(one.organization, Verdict.NAMED)
            assert RANK.index(one.verdict) >= RANK.index(before) or one.verdict is Verdict.NAMED, (path, at, one)


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        (b"forty wells of the Lower", b"fourteen wells of the Lower", "it says “fourteen wells"),
        (b"Dear Commissioner", b"Dear Former Commissioner", "it says “Former Commissioner"),
        ("Tomás Quill".encode(), "Tomás Quilt".encode(), "where the record says “Quill"),
        (b"</article>", b"<p>And we ask for money.</p></article>", "where the record says “nothing more”"),
    ],
)
def test_a_page_that_shows_another_text_is_reported(
    tmp_path: Path, html: bytes, was: bytes, becomes: bytes, said: str
) -> None:
    at = html.index(b'<article id="letter"')
    assert was in html[at:]
    file = tmp_path / "letter.html"
    file.write_bytes(html[:at] + html[at:].replace(was, becomes, 1))
    found = verified(file)
    assert (found["status"], found["file"]["text_shown"], found["file"]["as_made"]) == (1, "differs", False)
    assert [fault["error"] for fault in found["faults"]] == ["PageMismatch"]
    assert said in found["faults"][0]["message"]
    refused = run("--archive", file, "show", LETTER)
    assert isinstance(refused.exception, PageMismatch)


def test_words_round_the_letter_that_were_changed_are_reported(html: bytes) -> None:
    """A page of this version in which an organization was moved among those that signed, or its words were changed."""
    for was, becomes in (
        (b"Made with openletter.", b"Made by somebody."),
        (b"three have signed exactly this text", b"four have signed exactly this text"),
        (b"no signature here", b"signed this text"),
    ):
        page_, script = html.split(b"<script>", 1)
        assert was in page_
        opened = open_file(page_.replace(was, becomes) + b"<script>" + script)
        assert (opened.text_shown, opened.as_made) == (Shown.DIFFERS, False)
        assert opened.mismatch is not None
        assert "was changed" in opened.mismatch.message


def test_a_file_whose_name_says_another_kind_is_refused(tmp_path: Path, html: bytes, printed: bytes) -> None:
    for name, data in (("a.pdf", html), ("a.html", printed), ("a.json", html)):
        file = tmp_path / name
        file.write_bytes(data)
        refused = run("verify", file).exception
        assert isinstance(refused, DocumentError)
        assert "its name says another kind of file" in str(refused)


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (b"</style>", b"#letter{display:none}</style>"),
        (b"<main ", b'<main class="screen" '),
        (b"</main>", b"<p>And we ask for money.</p></main>"),
        (b"</body>", b"<script>document.body.textContent = 'x'</script></body>"),
        (b"<footer>", b'<footer class="letter">'),
    ],
)
def test_a_page_that_could_be_drawn_otherwise_is_not_said_to_show_the_same(
    html: bytes, was: bytes, becomes: bytes
) -> None:
    assert html.count(was) == 1
    opened = open_file(html.replace(was, becomes))
    assert (opened.text_shown, opened.as_made) == (Shown.NOT_COMPARED, False)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda html: html.replace(b'<script type="application/vnd', b'<!-- --><script type="application/vnd'),
        lambda html: html.replace(b"</main>", b'<article id="letter"><p>Another text.</p></article></main>'),
        lambda html: html.replace(b'<article id="letter"', b'<article hidden id="letter"'),
        lambda html: html.replace(b'<article id="letter"', b'<article style="display:none" id="letter"'),
        lambda html: html.replace(b"</body>", b'<script id="bundle">{}</script></body>'),
        lambda html: html.replace(b"<body>", b"<body><template>").replace(b"</body>", b"</template></body>"),
        lambda html: html.replace(b"utf-8", b"utf-7", 1),
    ],
)
def test_a_page_that_could_be_read_in_two_ways_is_refused(html: bytes, spoil: Callable[[bytes], bytes]) -> None:
    other = spoil(html)
    assert other != html
    with pytest.raises(DocumentError):
        open_file(other)


def test_a_pdf_whose_attachment_is_another_file_is_refused(printed: bytes, sample: Bundle) -> None:
    import io

    from pypdf import PdfReader, PdfWriter

    def with_attached(files: dict[str, bytes]) -> bytes:
        writer = PdfWriter()
        for one in PdfReader(io.BytesIO(printed)).pages:
            writer.add_page(one)
        for name, data in files.items():
            writer.add_attachment(name, data)
        made = io.BytesIO()
        writer.write(made)
        return made.getvalue()

    true = {"bundle.json": sample.to_bytes(), "0003.yaml": sample.files[f"archive/{LETTER}/0003.yaml"]}
    opened = open_file(with_attached(true))
    assert (opened.kind, opened.bundle, opened.as_made) == (Kind.PDF, sample, False)
    assert opened.text_shown is Shown.NOT_COMPARED
    for name, data in (("0003.yaml", b"another"), ("0004.yaml", b"one more"), ("keys_alder.example_0002.yaml", b"x")):
        with pytest.raises(BundleError, match="is not the one in its evidence") as refused:
            open_file(with_attached(true | {name: data}))
        assert refused.value.path == name
    with pytest.raises(DocumentError, match="carries no evidence"):
        open_file(with_attached({"0003.yaml": b"x"}))


def test_a_pdf_that_prints_another_text_is_reported(sample: Bundle) -> None:
    path = f"archive/{LETTER}/0003.yaml"
    other = replace(sample, files=dict(sample.files) | {path: sample.files[path].replace(b"forty", b"sixty")})
    made = pdf.render(other, verify_bundle(other))
    attached = {"bundle.json": sample.to_bytes()}

    import io

    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter()
    for one in PdfReader(io.BytesIO(made)).pages:
        writer.add_page(one)
    for name, data in attached.items():
        writer.add_attachment(name, data)
    written = io.BytesIO()
    writer.write(written)
    opened = open_file(written.getvalue())
    assert opened.text_shown is Shown.DIFFERS
    assert opened.mismatch is not None
    assert "Since 1961 the Board has measured the forty" in opened.mismatch.message


def test_a_signature_left_out_shows_less_and_never_more(html: bytes, tmp_path: Path) -> None:
    def less(found: Bundle) -> Bundle:
        return replace(found, files={p: d for p, d in found.files.items() if "0003.alder" not in p}, trees=frozenset())

    file = tmp_path / "less.html"
    file.write_bytes(changed(html, less))
    found = {one["organization"]: one["verdict"] for one in verified(file)["letters"][0]["organizations"]}
    assert found["alder.example"] == "signed-earlier"


def test_a_bundle_of_2000_signatories_is_judged_by_itself() -> None:
    from openletter.records import Signatory

    organizations = [f"o{number}.example" for number in range(2000)]
    desk = a_desk()
    signatories = tuple(Signatory(organization=one, of=one) for one in organizations)
    desk.revise(a_letter(), signatories=signatories)
    for one in organizations[:20]:
        desk.enrol(one)
        desk.sign(one)
    files = {f"archive/{desk.letter_id}/{name}": data for name, data in desk.files.items()}
    files |= {f"keys/{org}/{name}": data for org, folder in desk.keys.items() for name, data in folder.items()}
    bundle = Bundle(letter=desk.letter_id, revision=3, files=files)
    opened = open_file(page.render(bundle))
    assert opened.as_made
    verdicts = verify_bundle(opened.bundle).letters[0].organizations
    assert sum(one.verdict is Verdict.SIGNED for one in verdicts) == 20
    assert sum(one.verdict is Verdict.NAMED for one in verdicts) == 1980


# --- what can't be used ---


@pytest.mark.parametrize(
    ("data", "kind", "said"),
    [
        (b"", DocumentError, "doesn't begin with"),
        (b"{", BundleError, "no bundle"),
        (b'{"format":"bundle/1"}', BundleError, "no bundle"),
        (b"%PDF-1.7 rubbish", DocumentError, "damaged"),
        (b'<!doctype html><meta charset="utf-8"><title>A letter</title>', DocumentError, "carries no evidence"),
        (b"PK\x03\x04", DocumentError, "not UTF-8|doesn't begin"),
    ],
)
def test_a_file_that_carries_nothing_is_refused_with_its_name(
    tmp_path: Path, data: bytes, kind: type[Exception], said: str
) -> None:
    file = tmp_path / "letter.html"
    file.write_bytes(data)
    refused = run("verify", file).exception
    assert isinstance(refused, kind)
    assert re.search(said, str(refused))
    assert str(file) in str(refused)
    assert getattr(refused, "hint", None)


def test_letters_and_files_are_not_mixed_and_a_folder_is_no_file(tmp_path: Path, html: bytes) -> None:
    file = tmp_path / "letter.html"
    file.write_bytes(html)
    for arguments in ((file, LETTER), (file, file)):
        refused = run("--archive", ROOT, "verify", *arguments).exception
        assert isinstance(refused, InputError)
        assert "by itself" in str(refused)
    for missing in (tmp_path / "none.html", tmp_path / "none.pdf"):
        assert isinstance(run("verify", missing).exception, InputError)


def test_a_file_read_as_an_archive_records_nothing(tmp_path: Path, html: bytes) -> None:
    file = tmp_path / "letter.html"
    file.write_bytes(html)
    assert run("--archive", file, "list").output.startswith(LETTER)
    assert "Alder Institute" in run("--archive", file, "keys", "show", "alder.example").output
    key = tmp_path / "key"
    key.write_bytes(key_of(ALDER).to_openssh(None))
    key.chmod(0o600)
    refused = run("--archive", file, "sign", LETTER, "--as", BIRCH, "--key", key, "--yes").exception
    assert isinstance(refused, InputError | Invalid)
    assert file.read_bytes() == html


def test_a_page_of_ours_is_opened_as_it_was_made(html: bytes, sample: Bundle) -> None:
    expected = Opened(kind=Kind.HTML, bundle=sample, text_shown=Shown.SAME_WORDS, as_made=True)
    assert open_file(html) == expected
    assert base64.b64encode(sample.files[f"archive/{LETTER}/0003.yaml"]) in html
