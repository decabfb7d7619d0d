"""The site of an archive: pages are whole, addresses lead somewhere, and a rebuild gives what a build gives."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import jsonschema
import pytest
from click.testing import CliRunner

from builders import ALDER, BIRCH, CEDAR, LETTER, Desk, key_of, name_of
from openletter import Archive, Committer, Identity, read_draft
from openletter.archive import Act, Repository
from openletter.cli import openletter
from openletter.errors import ActRefused
from openletter.records import Key, Organization
from openletter.site import limits
from openletter.site.building import Built, build
from openletter.site.journal import JOURNAL
from openletter.site.manifest import NAME
from openletter.site.output import Output
from openletter.site.serving import Site
from test_api import COMMITTER, DRAFT

ROOT = Path(__file__).parent.parent
ATOM = "{http://www.w3.org/2005/Atom}"
SCHEMAS = {"verify", "list", "log", "show", "diff", "keys"}
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7 }}'


class Page(HTMLParser):
    """What a page links to, and what it has for people who can't see it."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.attributes: list[tuple[str, dict[str, str | None]]] = []
        self.feed(data.decode("utf-8"))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append(tag)
        self.attributes.append((tag, found))
        self.links += [value for name in ("href", "src") if (value := found.get(name)) is not None]
        if (identity := found.get("id")) is not None:
            self.ids.append(identity)


def contents(out: Path) -> dict[str, bytes]:
    """Every file of a site, but the manifest."""
    return {
        str(file.relative_to(out)): file.read_bytes() for file in out.rglob("*") if file.is_file() and file.name != NAME
    }


def draft(text: str = DRAFT) -> Any:
    return read_draft(text.encode(), path="draft.yaml")


def sign(archive: Archive, organization: str, letter: str, number: int) -> None:
    digest = archive.revision(letter, number).digest
    archive.sign(letter, number, organization, key_of(organization), COMMITTER, digest=digest)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """Two revisions of a letter, a hostile letter, and a translation of the first."""
    made, _ = Archive.init(tmp_path / "letters", COMMITTER)
    for organization in (ALDER, BIRCH):
        made.add_organization(organization, name_of(organization), key_of(organization), COMMITTER, date="2026-01-05")
    made.add(LETTER, draft(), COMMITTER, path="draft.yaml")
    sign(made, ALDER, LETTER, 1)
    made.revise(LETTER, draft(DRAFT.replace("open the", "please open the")), COMMITTER, path="draft.yaml")
    sign(made, BIRCH, LETTER, 2)
    made.add("2026/hostile", draft(DRAFT + f"subject: '{HOSTILE}'\nnote: '{HOSTILE}'\n"), COMMITTER, path="draft.yaml")
    other = DRAFT.replace("language: en", "language: ar") + f"translation_of: {LETTER}@2\n"
    made.add("2026/translated", draft(other), COMMITTER, path="draft.yaml")
    return made


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "site"


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sample") / "site"
    build(Archive.open(ROOT), out)
    return out


@pytest.fixture
def both(archive: Archive, out: Path, sample: Path) -> list[Path]:
    build(archive, out)
    return [out, sample]


# --- pages ---


def test_every_address_on_every_page_leads_to_a_file_of_the_site(both: list[Path]) -> None:
    for out in both:
        files = contents(out)
        for path, data in files.items():
            if not path.endswith(".html"):
                continue
            page = Page(data)
            for link in page.links:
                where = urlsplit(link)
                if where.scheme in {"https", "http", "mailto"}:
                    continue
                assert not where.scheme + where.netloc, (path, link)
                if not where.path:
                    assert where.fragment in page.ids, (path, link)
                    continue
                target = os.path.normpath(Path(path).parent / unquote(where.path))
                assert target in files, (path, link)


def test_every_page_has_a_title_one_heading_a_language_and_landmarks(both: list[Path]) -> None:
    for out in both:
        for path, data in contents(out).items():
            if path.endswith(".html"):
                page = Page(data)
                assert page.tags.count("h1") == 1, path
                assert {"title", "main", "header", "footer", "nav"} <= set(page.tags), path
                assert dict(page.attributes)["html"]["lang"] == "en", path
                assert len(page.ids) == len(set(page.ids)), path


def test_no_page_has_a_style_or_a_script_in_it_or_loads_anything_from_elsewhere(both: list[Path]) -> None:
    for out in both:
        for path, data in contents(out).items():
            if not path.endswith(".html"):
                continue
            page = Page(data)
            policies = [a["content"] for t, a in page.attributes if a.get("http-equiv") == "Content-Security-Policy"]
            assert len(policies) == 1
            assert "unsafe" not in (policies[0] or "")
            for tag, attributes in page.attributes:
                assert tag not in {"style", "iframe", "img", "object", "embed", "base"}, path
                assert not [name for name in attributes if name.startswith("on") or name in {"style", "srcset"}], path
                if tag in {"script", "link"}:
                    assert not urlsplit(attributes.get("src") or attributes.get("href") or "").scheme, path
                if tag == "script":
                    assert attributes.get("src"), path


def test_records_and_signatures_are_there_byte_for_byte(archive: Archive, out: Path) -> None:
    build(archive, out)
    for top in ("archive", "keys"):
        held = {
            str(file.relative_to(archive.path)): file.read_bytes()
            for file in (archive.path / top).rglob("*")
            if file.is_file() and "checkpoints" not in file.parts
        }
        assert held
        assert {path: data for path, data in contents(out).items() if path.startswith(f"{top}/")} == held
    signers = (archive.path / "keys" / ALDER / "0001.allowed_signers").read_bytes()
    assert (out / "organizations" / ALDER / "allowed_signers").read_bytes() == signers


def test_the_json_beside_a_page_is_what_the_command_prints(archive: Archive, out: Path) -> None:
    build(archive, out)

    def beside(path: str) -> Any:
        return json.loads((out / path).read_text())

    assert beside("index.json") == printed(archive, "list")
    assert beside(f"{LETTER}/1/show.json") == printed(archive, "show", f"{LETTER}@1")
    assert beside(f"{LETTER}/log.json") == printed(archive, "log", LETTER)
    assert beside(f"{LETTER}/1..2/index.json") == printed(archive, "diff", f"{LETTER}@1", "@2")
    assert beside(f"organizations/{ALDER}/index.json") == printed(archive, "keys", "show", ALDER)
    assert beside("organizations/index.json") == printed(archive, "keys", "list")
    for number in (1, 2):
        told = printed(archive, "verify", f"{LETTER}@{number}", "--no-memory") | {"commit": None}
        assert beside(f"{LETTER}/{number}/index.json") == told
    assert beside(f"{LETTER}/index.json") == beside(f"{LETTER}/2/index.json")


def test_the_log_beside_a_page_is_what_the_command_prints_where_both_sides_of_a_merge_brought_the_same(
    archive: Archive, out: Path, tmp_path: Path
) -> None:
    build(archive, out)
    start = git(archive.path, "rev-parse", "HEAD")
    for turn, side in enumerate(("left", "right")):
        git(archive.path, "switch", "--quiet", "-c", side, start)
        if turn:  # the sides differ otherwise too, and the older commit is the one that is merged in
            archive.add("2026/of-a-side", draft(), committer(side, 14 - turn), path="draft.yaml")
        digest = archive.revision(LETTER, 2).digest
        archive.sign(LETTER, 2, ALDER, key_of(ALDER), committer(side, 14 - turn), digest=digest)
        build(archive, out)
    git(archive.path, "-c", "user.name=M", "-c", "user.email=m@alder.example", "merge", "-qm", "merge", "left")
    merged = Archive.open(archive.path)
    build(merged, out)
    found = json.loads((out / LETTER / "log.json").read_text())
    assert found == printed(archive, "log", LETTER)
    signature = next(path for path in merged.letter_folder(LETTER).files if path.startswith(f"0002.{ALDER}."))
    of_it = [event for event in merged.history(LETTER) if event.path.endswith(signature)]
    assert {event.committer for event in of_it} == {"left", "right"}
    assert f'"{of_it[-1].commit}"' in json.dumps(found)
    build(merged, tmp_path / "anew")
    assert contents(out) == contents(tmp_path / "anew")


def test_the_log_beside_a_page_is_what_the_command_prints_where_a_signature_was_replaced(
    archive: Archive, out: Path
) -> None:
    build(archive, out)
    name = next(it for it in archive.letter_folder(LETTER).files if it.endswith(".sig"))
    (archive.path / "archive" / LETTER / name).write_bytes(b"another\n")
    git(archive.path, "add", "--all")
    git(archive.path, "-c", "user.name=M", "-c", "user.email=m@alder.example", "commit", "-qm", "replaced")
    build(Archive.open(archive.path), out)
    assert json.loads((out / LETTER / "log.json").read_text()) == printed(archive, "log", LETTER)


def committer(name: str, day: int) -> Committer:
    who = Identity(name=name, email=f"{name}@alder.example", when=datetime(2026, 5, day, 12, tzinfo=UTC))
    return Committer(author=who, committer=who)


def git(folder: Path, *arguments: str) -> str:
    run = subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True)
    return run.stdout.strip()


def printed(archive: Archive, *arguments: str) -> Any:
    run = CliRunner().invoke(openletter, ["--archive", str(archive.path), *arguments, "--json"], standalone_mode=False)
    return json.loads(run.output)


def test_each_json_is_as_its_schema_says(both: list[Path]) -> None:
    seen: set[str] = set()
    for out in both:
        for path, data in contents(out).items():
            if not path.endswith(".json") or path.endswith("bundle.json") or path == "search.json":
                continue
            document = json.loads(data)
            name = document["format"].removeprefix("openletter-").removesuffix("/1")
            schema = json.loads((ROOT / "spec" / "json" / f"{name}.schema.json").read_text())
            jsonschema.Draft202012Validator(schema).validate(document)
            seen.add(name)
    assert seen == SCHEMAS


def test_the_feed_tells_each_revision_signature_and_withdrawal_once(sample: Path) -> None:
    feed = ElementTree.fromstring((sample / "feed.atom").read_bytes())  # noqa: S314  # our own
    entries = feed.findall(f"{ATOM}entry")
    ids = [entry.findtext(f"{ATOM}id") for entry in entries]
    names = [
        file
        for file in (ROOT / "archive" / "2026").rglob("*")
        if (file.suffix == ".yaml" or "_withdrawal." not in file.name) and file.is_file()
    ]
    assert len(ids) == len(set(ids)) == len(names)
    for tag in ("id", "title", "updated"):
        assert feed.findtext(f"{ATOM}{tag}")
        assert all(entry.findtext(f"{ATOM}{tag}") for entry in entries)
    moments = [entry.findtext(f"{ATOM}updated") or "" for entry in entries]
    assert moments == sorted(moments, reverse=True)
    for entry in entries:
        for link in entry.findall(f"{ATOM}link"):
            assert (sample / link.attrib["href"]).is_file()


def test_with_a_base_address_the_feed_and_the_pages_name_their_own(archive: Archive, out: Path) -> None:
    build(archive, out, base_url="https://letters.example/open")
    assert b'href="https://letters.example/open/2026/' in (out / "feed.atom").read_bytes()
    page = (out / LETTER / "1" / "index.html").read_text()
    assert f'<link rel="canonical" href="https://letters.example/open/{LETTER}/1/">' in page
    with pytest.raises(ActRefused, match="begins with https"):
        build(archive, out, base_url="javascript:alert(1)")


def test_a_letter_cannot_break_out_of_its_page(archive: Archive, out: Path) -> None:
    build(archive, out)
    for path, data in contents(out).items():
        if path.endswith(".html"):
            assert b"<script>alert" not in data, path
            assert b"<img" not in data, path
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in (out / "2026/hostile/index.html").read_text()


def test_a_translation_stands_beside_its_original_and_is_called_a_courtesy_where_nobody_signed_it(
    archive: Archive, out: Path
) -> None:
    build(archive, out)
    original = (out / LETTER / "2" / "index.html").read_text()
    assert "it is a courtesy translation" in original
    assert "courtesy" not in (out / LETTER / "1" / "index.html").read_text()
    assert "it is a courtesy translation" in (out / "2026/translated/1/index.html").read_text()
    beside = (out / LETTER / "2/beside/2026-translated-1/index.html").read_text()
    assert '<article id="letter" class="letter" lang="en" dir="ltr">' in beside
    assert '<article id="translation" class="letter" lang="ar" dir="rtl">' in beside
    sign(archive, ALDER, "2026/translated", 1)
    build(archive, out)
    assert "courtesy" not in (out / LETTER / "2" / "index.html").read_text()


def test_a_letter_that_is_false_gets_a_page_that_says_so(tmp_path: Path, archive: Archive, out: Path) -> None:
    folder = tmp_path / "unpacked"
    for file in archive.path.rglob("*"):
        if file.is_file() and ".git" not in file.relative_to(archive.path).parts:
            copy = folder / file.relative_to(archive.path)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(file.read_bytes())
    spoilt = folder / "archive" / LETTER / "0002.yaml"
    spoilt.write_bytes(spoilt.read_bytes().replace(b"please open", b"please Open"))
    built = build(Archive.open(folder), out)
    assert built.false_places
    assert "False in this letter" in (out / LETTER / "index.html").read_text()
    assert "Something false was found" in (out / "index.html").read_text()
    assert "something false was found in it" in (out / "index.html").read_text()


def test_of_a_letter_with_many_revisions_neighbours_and_ends_are_compared() -> None:
    few = dict.fromkeys(range(1, limits.MOST_COMPARED + 1), 1)
    assert len(limits.pairs_of(few)) == len(few) * (len(few) - 1) // 2
    found = set(limits.pairs_of(dict.fromkeys(range(1, 101), 1)))
    assert {(a, a + 1) for a in range(1, 100)} | {(1, b) for b in range(2, 101)} <= found
    assert {(a, 100) for a in range(1, 100)} <= found
    assert (2, 50) not in found
    assert len(found) < 300
    assert limits.pairs_of({}) == limits.pairs_of({1: 1}) == []


def test_large_revisions_are_compared_while_there_is_room_the_newest_neighbours_first() -> None:
    sizes = dict.fromkeys(range(1, 21), 1 << 20)
    assert limits.pairs_of(sizes) == [(a, a + 1) for a in range(12, 20)]
    sizes |= dict.fromkeys(range(1, 13), 10)
    found = limits.pairs_of(sizes)
    assert {(a, a + 1) for a in range(1, 20)} <= set(found)
    assert sum(sizes[a] + sizes[b] for a, b in found) <= limits.COMPARED_BYTES


def test_what_is_written_for_a_letter_is_bounded_and_the_pages_say_what_is_left_out(
    archive: Archive, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = DRAFT.replace("records", "records once more")
    archive.revise(LETTER, draft(text), COMMITTER, path="draft.yaml")
    size = sum(map(len, archive.letter_folder(LETTER).files.values()))
    monkeypatch.setattr(limits, "EVIDENCE_BYTES", 3 * size - 1)
    monkeypatch.setattr(limits, "COMPARED_BYTES", 2000)
    build(archive, out)
    files = contents(out)
    assert [n for n in (1, 2, 3) if f"{LETTER}/{n}/bundle.json" in files] == [3]
    older = files[f"{LETTER}/1/index.html"].decode()
    assert f"openletter verify {LETTER}@1" in older
    assert "the evidence is beside its newest revision only" in older
    assert "verifier.js" not in older
    newest = files[f"{LETTER}/index.html"].decode()
    assert "verifier.js" in newest
    assert "Not every pair has a page" in newest
    assert {"2..3", "1..2", "1..3"} - {path.split("/")[2] for path in files if path.startswith(LETTER)}

    monkeypatch.setattr(limits, "MOST_FILES", 2 * len(archive.letter_folder(LETTER).files))
    build(archive, out, fresh=True)
    files = contents(out)
    assert "only its newest revisions have pages" in files[f"{LETTER}/1/index.html"].decode()
    assert f"{LETTER}/1/index.json" not in files
    assert f"{LETTER}/2/index.json" in files
    assert f"archive/{LETTER}/0001.yaml" in files
    links = [link for link in Page(files[f"{LETTER}/1/index.html"]).links if not link.startswith("#")]
    assert {os.path.normpath(Path(f"{LETTER}/1") / link) for link in links} <= files.keys()


# --- made again ---


def acts(archive: Archive, chance: random.Random, step: int) -> None:
    """One act by chance."""
    letters = archive.letters()
    letter = chance.choice(letters)
    kind = chance.choice(["add", "revise", "sign", "sign", "sign", "enrol"])
    text = DRAFT.replace("records", f"records {chance.randrange(1000)}")
    if kind == "add":
        archive.add(f"2026/letter-{step}", draft(text), COMMITTER, path="draft.yaml")
    elif kind == "revise":
        archive.revise(letter, draft(text), COMMITTER, path="draft.yaml")
    elif kind == "sign":
        sign(archive, chance.choice([ALDER, BIRCH]), letter, chance.choice(archive.revisions(letter)))
    elif CEDAR not in archive.organization_ids():
        archive.add_organization(CEDAR, name_of(CEDAR), key_of(ALDER), COMMITTER, date="2026-01-05")


def test_a_site_made_again_is_the_site_made_anew(archive: Archive, out: Path, tmp_path: Path) -> None:
    chance = random.Random(5)  # noqa: S311  # reproducible, and no secret
    build(archive, out)
    for step in range(12):
        acts(archive, chance, step)
        build(archive, out)
        anew = tmp_path / f"anew{step}"
        build(archive, anew)
        assert contents(out) == contents(anew), step


def test_a_key_that_another_organization_lists_too_makes_pages_again(archive: Archive, out: Path) -> None:
    build(archive, out)
    assert 'data-verdict="signed"' in (out / LETTER / "2" / "index.html").read_text()
    desk = Desk()
    record = Organization(
        organization=CEDAR,
        record=1,
        basis="first",
        date="2026-01-05",
        name="Cedar",
        keys=(Key(key=key_of(BIRCH).public.line, status="active"),),
    )
    desk.record(record, (CEDAR, key_of(BIRCH)))
    files = {f"keys/{CEDAR}/{name}": data for name, data in desk.keys[CEDAR].items()}
    Repository.open(archive.path).record(lambda _: Act(files=files, message="a thief's"), COMMITTER)
    build(archive, out)
    page = (out / LETTER / "2" / "index.html").read_text()
    assert 'data-organization="birch.example" data-verdict="unproven"' in page


def test_an_id_that_looks_like_one_in_a_letter_makes_that_letter_s_pages_again(
    archive: Archive, out: Path, tmp_path: Path
) -> None:
    alike = ALDER.replace("l", "1", 1)
    build(archive, out)
    before = (out / LETTER / "2" / "index.html").read_text()
    assert alike not in before
    archive.add_organization(alike, "Another", key_of(CEDAR), COMMITTER, date="2026-01-05")
    again = build(archive, out)
    assert again.letters_made
    assert alike in (out / LETTER / "2" / "index.html").read_text()
    assert alike in (out / "organizations" / ALDER / "index.html").read_text()
    build(archive, tmp_path / "anew")
    assert contents(out) == contents(tmp_path / "anew")
    kept = build(archive, out)
    assert (kept.letters_made, kept.written) == (0, 0)


def test_what_is_made_of_the_same_is_not_written_again(archive: Archive, out: Path) -> None:
    build(archive, out)
    before = {path: (out / path).stat().st_mtime_ns for path in contents(out)}
    again = build(archive, out)
    assert (again.letters_made, again.written) == (0, 0)
    sign(archive, ALDER, LETTER, 2)
    third = build(archive, out)
    assert third.letters_made == 2  # the translation tells who signed its original
    assert third.letters_kept == 1
    untouched = [path for path in before if path.startswith("2026/hostile")]
    assert untouched
    assert all((out / path).stat().st_mtime_ns == before[path] for path in untouched)


def test_pages_of_what_is_gone_are_removed_and_nothing_else(archive: Archive, out: Path, sample: Path) -> None:
    build(archive, out)
    mine = out / "mine.txt"
    mine.write_text("mine")
    build(Archive.open(ROOT), out)
    assert {path: data for path, data in contents(out).items() if path != "mine.txt"} == contents(sample)
    assert mine.read_text() == "mine"


def test_a_page_that_was_lost_and_a_build_that_was_broken_off_are_mended(
    archive: Archive, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(archive, out)
    whole = contents(out)
    (out / LETTER / "1" / "index.html").unlink()
    build(archive, out)
    assert contents(out) == whole

    sign(archive, ALDER, LETTER, 2)
    real, left = Output.write, [7]

    def failing(self: Output, path: str, data: bytes) -> None:
        left[0] -= 1
        if not left[0]:
            raise KeyboardInterrupt
        real(self, path, data)

    monkeypatch.setattr(Output, "write", failing)
    with pytest.raises(KeyboardInterrupt):
        build(archive, out)
    monkeypatch.undo()
    build(archive, out)
    fresh = out.with_name("fresh")
    build(archive, fresh)
    assert contents(out) == contents(fresh)


@pytest.mark.parametrize("after", [0, 1, 2, 3, 17, 60])
def test_a_first_build_that_was_killed_is_taken_up_and_leaves_nothing(
    archive: Archive, out: Path, sample: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    killed_after(after, archive, out, monkeypatch)
    build(Archive.open(ROOT), out)  # another archive: none of the pages that were begun is in it
    assert contents(out) == contents(sample)
    assert sorted(path.name for path in out.iterdir()) == sorted(path.name for path in sample.iterdir())


def test_two_builds_that_were_killed_leave_nothing_and_are_not_believed(
    archive: Archive, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed_after(30, archive, out, monkeypatch)
    sign(archive, ALDER, LETTER, 2)
    killed_after(4, archive, out, monkeypatch)
    build(archive, out)
    build(archive, tmp_path / "anew")
    assert contents(out) == contents(tmp_path / "anew")

    page = out / LETTER / "1" / "index.html"
    whole = page.read_bytes()
    page.write_bytes(whole.replace(b"the", b"eht"))  # as large as before, and nothing but the journal tells of it
    (out / JOURNAL).write_text(json.dumps(f"{LETTER}/1/index.html") + "\n")
    build(archive, out)
    assert page.read_bytes() == whole


def killed_after(replaced: int, archive: Archive, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build that ends in the midst of writing a file, with nothing tidied up."""
    real, left = os.replace, [replaced]

    def failing(*arguments: Any, **named: Any) -> None:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        real(*arguments, **named)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", failing)
        with pytest.raises(KeyboardInterrupt):
            build(archive, out)


def test_a_journal_reaches_nowhere_else(archive: Archive, out: Path, tmp_path: Path) -> None:
    build(archive, out)
    whole = contents(out)
    (out / "mine.txt").write_text("mine")
    (tmp_path / "folder").mkdir()
    for precious in (tmp_path / "precious.txt", tmp_path / "folder" / "precious.txt"):
        precious.write_text("mine")
    (out / "linked").symlink_to(tmp_path / "folder")
    lines = [
        b'"../precious.txt"',
        str(tmp_path / "precious.txt").encode(),
        b'"linked/precious.txt"',
        b"[",
        b"3",
        b"\xff",
    ]
    (out / JOURNAL).write_bytes(b"\n".join([*lines, b'"mine.txt"']))  # the last line is not whole
    build(archive, out)
    assert (tmp_path / "precious.txt").read_text() == "mine"
    assert (tmp_path / "folder" / "precious.txt").read_text() == "mine"
    assert (out / "mine.txt").read_text() == "mine"
    (out / JOURNAL).symlink_to(tmp_path / "precious.txt")
    sign(archive, ALDER, LETTER, 2)
    build(archive, out)
    assert (tmp_path / "precious.txt").read_text() == "mine"
    assert not (out / JOURNAL).is_symlink()
    assert whole.keys() <= contents(out).keys()


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b"\xff", b'{"format":"openletter-site/1","tool":1,"parts":{"a":3}}']
)
def test_a_manifest_that_is_none_makes_all_anew_and_reaches_nowhere(archive: Archive, out: Path, data: bytes) -> None:
    build(archive, out)
    whole = contents(out)
    (out / NAME).write_bytes(data)
    assert build(archive, out).letters_kept == 0
    assert contents(out) == whole


def test_a_manifest_cannot_have_files_removed_elsewhere(archive: Archive, out: Path, tmp_path: Path) -> None:
    build(archive, out)
    precious = tmp_path / "precious.txt"
    precious.write_text("mine")
    manifest = json.loads((out / NAME).read_text())
    manifest["parts"]["2026/gone"] = {"made_of": "", "pages": {"../precious.txt": "x 1"}, "told": {}, "closure": []}
    (out / NAME).write_text(json.dumps(manifest))
    build(archive, out)
    assert precious.read_text() == "mine"


# --- where it may write ---


def test_a_folder_that_is_not_ours_is_not_written_into(archive: Archive, out: Path) -> None:
    out.mkdir()
    (out / "thesis.txt").write_text("mine")
    with pytest.raises(ActRefused, match="holds no site that was made with openletter"):
        build(archive, out)
    assert [file.name for file in out.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("inside", ["archive/site", "keys", ".git/site", "."])
def test_a_site_is_not_built_among_the_records(archive: Archive, inside: str) -> None:
    before = sorted(file.name for file in archive.path.rglob("*"))
    with pytest.raises(ActRefused, match=r"among the records|the archive itself"):
        build(archive, archive.path / inside)
    assert sorted(file.name for file in archive.path.rglob("*")) == before


def test_links_in_the_folder_are_not_followed(archive: Archive, out: Path, tmp_path: Path) -> None:
    build(archive, out)
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "index.html").write_text("mine")
    page = out / LETTER / "1" / "index.html"
    page.unlink()
    page.symlink_to(precious / "index.html")
    build(archive, out)
    assert (precious / "index.html").read_text() == "mine"
    assert not page.is_symlink()
    for file in (out / LETTER / "1").iterdir():
        file.unlink()
    (out / LETTER / "1").rmdir()
    (out / LETTER / "1").symlink_to(precious)
    sign(archive, ALDER, LETTER, 2)
    refused = CliRunner().invoke(
        openletter, ["--archive", str(archive.path), "site", "build", str(out)], standalone_mode=False
    )
    assert type(refused.exception).__name__ == "StorageError"
    assert [file.name for file in precious.iterdir()] == ["index.html"]
    assert (precious / "index.html").read_text() == "mine"


def test_the_command_says_what_it_made(archive: Archive, out: Path) -> None:
    run = CliRunner().invoke(openletter, ["--archive", str(archive.path), "site", "build", str(out)])
    assert "Three letters were made." in run.output
    assert str(out / "index.html") in run.output.replace("\n", "")


# --- served ---


class Served:
    def __init__(self, archive: Archive, out: Path) -> None:
        self.built: list[Built] = []
        self.site = Site(Output(out), lambda: self.built.append(build(archive, out)))
        self.thread = threading.Thread(target=self.site.serve_forever, daemon=True)
        self.thread.start()

    def ask(self, path: str, method: str = "GET", host: str | None = None) -> tuple[int, dict[str, str], bytes]:
        connection = HTTPConnection("127.0.0.1", self.site.server_port, timeout=30)
        connection.putrequest(method, path, skip_host=host is not None)
        if host is not None:
            connection.putheader("Host", host)
        connection.endheaders()
        answer = connection.getresponse()
        found = answer.status, dict(answer.getheaders()), answer.read()
        connection.close()
        return found


@pytest.fixture
def served(archive: Archive, out: Path) -> Iterator[Served]:
    found = Served(archive, out)
    yield found
    found.site.shutdown()
    found.site.server_close()


def test_a_served_page_comes_with_its_headers_and_the_right_kind(served: Served) -> None:
    status, headers, data = served.ask("/")
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert b"Letters in this archive" in data
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    for path in (f"/archive/{LETTER}/0001.yaml", f"/organizations/{ALDER}/allowed_signers"):
        assert served.ask(path)[1]["Content-Type"] == "text/plain; charset=utf-8"
    assert served.ask("/feed.atom")[1]["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert served.ask(f"/{LETTER}/", "HEAD")[2] == b""


def test_a_stranger_s_name_for_this_address_is_refused(served: Served) -> None:
    status, _, data = served.ask("/", host="rebound.example")
    assert status == 403
    assert b"Letters" not in data
    assert served.ask("/", host=f"localhost:{served.site.server_port}")[0] == 200


@pytest.mark.parametrize(
    "path",
    ["/../letters/.git/config", "/%2e%2e/letters/.git/config", f"/{NAME}", "/a%00b", "//etc/passwd"],
)
def test_nothing_but_the_pages_is_served(served: Served, path: str) -> None:
    assert served.ask(path)[0] == 404
    assert served.ask("/", "POST")[0] == 501


def test_the_journal_is_not_served(served: Served, out: Path) -> None:
    served.ask("/")
    (out / JOURNAL).write_text("")
    assert served.ask(f"/{JOURNAL}")[0] == 404


def test_the_site_is_made_anew_when_the_archive_changes(served: Served, archive: Archive) -> None:
    served.ask("/")
    assert served.ask("/2026/brand-new/")[0] == 404
    archive.add("2026/brand-new", draft(), COMMITTER, path="draft.yaml")
    served.site._looked = 0.0
    assert served.ask("/2026/brand-new/")[0] == 200


def test_the_command_serves_until_it_is_stopped(archive: Archive) -> None:
    command = [str(Path(sys.executable).with_name("openletter")), "--archive", str(archive.path), "site", "serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | {"COLUMNS": "80"}) as running:
        assert running.stdout is not None
        said = running.stdout.readline()
        port = int(said.rsplit(":", 1)[1].rstrip("/\n"))
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", f"/{LETTER}/")
        answer = connection.getresponse()
        assert answer.status == 200
        assert b'<article id="letter"' in answer.read()
        connection.close()
        running.send_signal(signal.SIGINT)
        assert "no longer served" in running.stdout.read()
        assert running.wait() == 0
    refused = CliRunner().invoke(openletter, ["--archive", "nowhere", "site", "serve"], standalone_mode=False)
    assert type(refused.exception).__name__ == "NotAnArchive"


def test_a_port_that_is_taken_is_told(served: Served, archive: Archive, out: Path) -> None:
    with pytest.raises(ActRefused, match="can't be used"):
        Site(Output(out), lambda: None, served.site.server_port)
    assert archive.commit()


def test_what_stops_a_build_is_told_to_who_asks_for_a_page(archive: Archive, out: Path) -> None:
    def failing() -> None:
        raise ActRefused("the archive is being moved")

    build(archive, out)
    with Site(Output(out), failing) as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        connection = HTTPConnection("127.0.0.1", site.server_port, timeout=30)
        connection.request("GET", "/")
        answer = connection.getresponse()
        assert answer.status == 500
        assert b"the archive is being moved" in answer.read()
        connection.close()
        site.shutdown()
