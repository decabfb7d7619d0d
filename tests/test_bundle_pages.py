"""Pages and PDFs round a sound bundle: what can't be compared is told as open, and the rest needs no package."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from openletter import Archive
from openletter.api.bundles import verify_bundle
from openletter.cli import openletter
from openletter.packet import page, pdf
from openletter.packet.opening import Shown, open_file
from openletter.records.bundle import Bundle

ROOT = Path(__file__).parent.parent
# What makes pages and PDFs, and reads them.
MAKES = ("jinja2", "markupsafe", "markdown_it", "typst", "segno")
READS = ("pypdf", "mammoth")
PROGRAM = """
import json, sys
sys.modules.update(dict.fromkeys(json.loads(sys.argv[1])))
from openletter.cli import main
sys.argv = ["openletter", "verify", *sys.argv[2:], "--json"]
main()
"""


@pytest.fixture(scope="module")
def sample() -> Bundle:
    return Archive.open(ROOT).bundle("2026/open-water-record", 3)


def without(packages: tuple[str, ...], file: Path) -> subprocess.CompletedProcess[str]:
    """`verify FILE`, where these packages are not installed."""
    program = (sys.executable, "-c", PROGRAM, json.dumps(packages), file)
    return subprocess.run(program, capture_output=True, check=False, text=True)


def verdicts(document: Any) -> dict[str, str]:
    return {one["organization"]: one["verdict"] for one in document["letters"][0]["organizations"]}


@pytest.mark.parametrize("kind", ["html", "json", "pdf"])
def test_the_evidence_is_judged_where_what_makes_pages_is_not_installed(
    tmp_path: Path, sample: Bundle, kind: str
) -> None:
    file = tmp_path / f"letter.{kind}"
    whole = verify_bundle(sample)
    made = {"html": page.render(sample), "json": sample.to_bytes(), "pdf": pdf.render(sample, whole)}
    file.write_bytes(made[kind])
    done = without(MAKES if kind == "pdf" else MAKES + READS, file)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert verdicts(found) == {one.organization: one.verdict for one in whole.letters[0].organizations}
    assert found["file"]["text_shown"] == "not-compared"
    assert found["file"]["as_made"] == (kind == "json")


def test_a_pdf_that_cannot_be_read_here_is_told_in_one_line(tmp_path: Path, sample: Bundle) -> None:
    file = tmp_path / "letter.pdf"
    file.write_bytes(pdf.render(sample, verify_bundle(sample)))
    done = without(READS, file)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "pypdf" in done.stderr


@pytest.mark.parametrize(
    "change",
    [
        lambda html: html.replace(b"</head>", b"<style>#letter{display:none}</style></head>"),
        lambda html: html.replace(b"</main>", b"<p>The real letter asks for money.</p></main>"),
    ],
)
def test_a_page_whose_words_a_style_hides_or_others_stand_beside_is_told_as_open(
    tmp_path: Path, sample: Bundle, change: Any
) -> None:
    file = tmp_path / "letter.html"
    whole = page.render(sample)
    file.write_bytes(change(whole))
    assert file.read_bytes() != whole
    opened = open_file(file.read_bytes())
    assert (opened.text_shown, opened.as_made) == (Shown.NOT_COMPARED, False)
    said = " ".join(CliRunner().invoke(openletter, ["verify", str(file)]).output.split())
    assert "whether the page shows the words of the record could not be established here" in said
    assert "show 2026/open-water-record@3" in said
    assert "byte for byte" not in said


def test_a_page_without_the_letter_shows_another_text(sample: Bundle) -> None:
    opened = open_file(page.render(sample).replace(b'<article id="letter"', b'<article id="another"'))
    assert opened.text_shown is Shown.DIFFERS
    assert opened.mismatch is not None


def test_a_page_round_the_evidence_for_another_letter_is_reported(sample: Bundle) -> None:
    other = Archive.open(ROOT).bundle("2026/open-water-record", 1)
    opened = open_file(page.render(sample).replace(sample.to_bytes(), other.to_bytes()))
    assert opened.bundle == other
    assert opened.text_shown is Shown.DIFFERS


@pytest.mark.parametrize("data", [b"hi", b"", b"<script>alert(1)</script>", b'format: "letter/1"\n'])
def test_evidence_that_holds_no_letter_is_false_and_no_crash(tmp_path: Path, data: bytes) -> None:
    hollow = Bundle(letter="2026/x", revision=1, files={"archive/2026/x/0001.yaml": data})
    for name, made in (("x.json", hollow.to_bytes()), ("x.html", page.render(hollow))):
        file = tmp_path / name
        file.write_bytes(made)
        done = CliRunner().invoke(openletter, ["verify", str(file), "--json"])
        assert done.exit_code == 1, done.output
        assert json.loads(done.output)["letters"][0]["faults"]
