"""One file to hand on: what `openletter export` writes is the evidence, whole, and loads nothing from anywhere."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner

from builders import a_desk, a_letter
from openletter import Archive
from openletter.cli import openletter
from openletter.errors import ActRefused, InputError
from openletter.packet import page
from openletter.packet.names import flat_name
from openletter.records import bundle as bundles
from openletter.records.bundle import Bundle

ROOT = Path(__file__).parent.parent
LETTER = "2026/open-water-record"
HOSTILE = """</script><script>alert(1)</script> <!-- --> ]]> &lt;b&gt; {{ 7*7 }} {% include "x" %}

<img src=x onerror=alert(1)> [a](javascript:alert(1)) ![b](https://tracker.example/x.png)"""


class Elements(HTMLParser):
    """The elements of a page, each with its attributes and the text directly in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None], list[str]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs), []))

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002  # html.parser's signature
        self.found.append(("", {}, []))

    def handle_data(self, data: str) -> None:
        if self.found:
            self.found[-1][2].append(data)

    def of(self, tag: str) -> list[tuple[dict[str, str | None], str]]:
        return [(attributes, "".join(text)) for name, attributes, text in self.found if name == tag]


@pytest.fixture(scope="module")
def sample() -> Bundle:
    return Archive.open(ROOT).bundle(LETTER, 3)


@pytest.fixture(scope="module")
def made(sample: Bundle) -> Elements:
    return Elements(page.render(sample).decode("utf-8"))


def hostile() -> Bundle:
    desk = a_desk()
    desk.revise(a_letter(body=HOSTILE, subject='"><script>alert(1)</script>'))
    desk.sign("alder.example")
    files = {f"archive/{desk.letter_id}/{name}": data for name, data in desk.files.items()}
    files |= {f"keys/{org}/{name}": data for org, folder in desk.keys.items() for name, data in folder.items()}
    return Bundle(letter=desk.letter_id, revision=len(desk.letters), files=files)


def test_the_page_carries_the_bundle_byte_for_byte(sample: Bundle, made: Elements) -> None:
    held = [text for attributes, text in made.of("script") if attributes.get("id") == "bundle"]
    assert held == [sample.to_bytes().decode("ascii")]
    assert bundles.decode(held[0].encode("ascii")) == sample


def test_one_bundle_has_one_page(sample: Bundle) -> None:
    again = bundles.decode(sample.to_bytes())
    assert page.render(sample) == page.render(again)


def test_the_policy_admits_its_own_style_and_script_and_nothing_else(made: Elements) -> None:
    (policy,) = [a["content"] for a, _ in made.of("meta") if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy is not None
    named = dict(part.split(" ", 1) for part in policy.split("; "))
    assert named["default-src"] == named["base-uri"] == named["form-action"] == "'none'"

    def source(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    ((_, style),) = made.of("style")
    (script,) = [text for attributes, text in made.of("script") if "type" not in attributes]
    assert named["style-src"] == source(style)
    assert named["script-src"] == source(script)


def test_nothing_in_it_is_loaded_from_anywhere(made: Elements) -> None:
    loading = {"src", "srcset", "poster", "background", "action", "formaction", "ping", "style"}
    for tag, attributes, _ in made.found:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base", "form"}
        assert not loading & attributes.keys()
        assert not [name for name in attributes if name.startswith("on")]
        address = attributes.get("href") or ""
        assert not address or address.startswith(("#", "data:application/octet-stream;base64,", "https://", "http://"))


def test_each_file_of_the_letter_can_be_saved_byte_for_byte(sample: Bundle, made: Elements) -> None:
    saved = {
        a["download"]: base64.b64decode((a["href"] or "").partition(",")[2]) for a, _ in made.of("a") if "download" in a
    }
    for path, data in sample.files.items():
        if path.startswith(f"archive/{LETTER}/"):
            assert saved[flat_name(path)] == data


def test_a_letter_cannot_break_out_of_the_page() -> None:
    made = Elements(page.render(hostile()).decode("utf-8"))
    assert len(made.of("script")) == 2
    assert not made.of("img")
    shown = "".join("".join(text) for _, _, text in made.found)
    assert "<script>alert(1)</script>" in shown
    assert "{{ 7*7 }}" in shown
    assert not [a for a, _ in made.of("a") if (a.get("href") or "").startswith("javascript")]


def test_the_page_of_an_older_revision_says_which_is_the_newest_in_it() -> None:
    text = page.render(Archive.open(ROOT).bundle(LETTER, 1)).decode("utf-8")
    assert re.search(r"revision 1\s+\(the newest in this file is 3\)", text)


def test_a_revision_that_is_no_valid_record_is_not_shown_as_a_letter(sample: Bundle) -> None:
    path = f"archive/{LETTER}/0003.yaml"
    spoilt = replace(sample, files=dict(sample.files) | {path: sample.files[path] + b"x"})
    made = Elements(page.render(spoilt).decode("utf-8"))
    assert not [a for a, _ in made.of("article") if a.get("id") == "letter"]
    assert not [a for a, _ in made.of("li") if a.get("data-verdict") == "signed"]


# --- the command ---


def run(*arguments: str) -> BaseException | None:
    return (
        CliRunner().invoke(openletter, ["--archive", str(ROOT), "export", *arguments], standalone_mode=False).exception
    )


def test_export_writes_the_page_and_the_evidence_alone(tmp_path: Path, sample: Bundle) -> None:
    assert run(LETTER, "-o", str(tmp_path / "a.html")) is None
    assert run(f"{LETTER}@3", "-o", str(tmp_path / "a.json")) is None
    assert (tmp_path / "a.html").read_bytes() == page.render(sample)
    assert (tmp_path / "a.json").read_bytes() == sample.to_bytes()


def test_export_refuses_a_name_that_does_not_tell_what_the_file_is(tmp_path: Path) -> None:
    refused = run(LETTER, "-o", str(tmp_path / "a.doc"))
    assert isinstance(refused, InputError)
    assert "FILE.html" in (refused.hint or "")
    assert not list(tmp_path.iterdir())


def test_export_replaces_a_file_when_told_to_and_follows_no_link(tmp_path: Path) -> None:
    there = tmp_path / "a.html"
    there.write_text("mine")
    refused = run(LETTER, "-o", str(there))
    assert isinstance(refused, ActRefused)
    assert "--yes" in (refused.hint or "")
    assert there.read_text() == "mine"
    link = tmp_path / "b.html"
    link.symlink_to(there)
    refused = run(LETTER, "-o", str(link), "--yes")
    assert isinstance(refused, ActRefused)
    assert "not followed" in refused.message
    assert there.read_text() == "mine"
    assert run(LETTER, "-o", str(there), "--yes") is None
    assert there.read_text().startswith("<!DOCTYPE html>")
