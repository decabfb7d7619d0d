"""The main job, end to end, with the installed command: a letter in Markdown is imported, signed by five, and verified.

It is done on a letter of our own everywhere, and on real ones where they are at hand beside the project.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from tools import need
from transcripts import environment

OWN = Path(__file__).resolve().parent / "fixtures" / "letters" / "wells.md"
REAL = Path(__file__).resolve().parents[2] / "shared" / "letters" / "2019-09-16-joint-letter-secretary-general.md"


class Desk:
    """A folder in which the installed command is run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.archive = folder / "letters"

    def run(self, *arguments: str, status: int = 0, program: str = "openletter", stdin: bytes = b"") -> str:
        done = subprocess.run(
            [program, *arguments],
            cwd=self.archive if self.archive.exists() else self.folder,
            env=environment(self.folder),
            input=stdin,
            capture_output=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == status, done.stderr.decode()
        return done.stdout.decode()

    def json(self, *arguments: str, status: int = 0) -> Any:
        return json.loads(self.run(*arguments, "--json", status=status))


def rendered(markdown: str) -> str:
    """The text that a reader of the Markdown sees, white space folded."""
    html = MarkdownIt("commonmark").render(markdown)
    text = re.sub(r"<[^>]*>", " ", html)
    for entity, character in (("&quot;", '"'), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(entity, character)
    return " ".join(text.split())


def squeezed(text: str) -> str:
    """The glyphs of a text without white space and without Markdown's emphasis and escapes."""
    return re.sub(r"[\s*\\]", "", text)


@pytest.mark.parametrize("source", [OWN, REAL], ids=["own letter", "real letter"])
def test_a_letter_is_imported_signed_by_five_and_verified(source: Path, tmp_path: Path) -> None:
    if not source.exists():
        pytest.skip(f"{source.name} is not at hand")
    desk = Desk(tmp_path)
    printed = source.read_text(encoding="utf-8")
    desk.run("init", "letters")

    # Nobody is on record yet: the draft leaves the ids out.
    unknown = desk.run("import", str(source))
    assert "\n    of: " in unknown
    assert "organization: org-" not in unknown
    names = re.findall(r"^ {4}of: \"?([^\"\n]*)", unknown, re.MULTILINE)
    assert len(names) == 5
    assert all(name in printed for name in names)

    # Five test organizations get keys, and records under the names that the letter prints.
    organizations = [f"org-{number}.example" for number in range(1, 6)]
    for organization, name in zip(organizations, names, strict=True):
        desk.run("keygen", organization, "--no-passphrase")
        desk.run("keys", "add", organization, "--name", name, "--yes")

    # Now the draft names their ids.
    draft = tmp_path / "draft.yaml"
    desk.run("import", str(source), "-o", str(draft))
    desk.run("add", str(draft), "--letter", "2019/joint-letter", "--yes")
    letter = desk.json("show", "2019/joint-letter")["letter"]

    # What was found is what a reader of the source finds.
    assert [s["organization"] for s in letter["signatories"]] == organizations
    assert [set(s) for s in letter["signatories"]] == [{"organization", "name", "title", "of"}] * 5
    assert {"Secretary General", "President"} <= {s["title"] for s in letter["signatories"]}
    assert sum(" – " in s["of"] for s in letter["signatories"]) == 1
    (addressee,) = letter["addressees"]
    assert set(addressee) == {"name", "title", "organization", "address"}
    assert letter["date_line"] in printed
    assert letter["date"].startswith(letter["date_line"][-4:])
    assert f"Re: {letter['subject']}" in printed
    assert letter["salutation"].startswith("Dear ")
    assert letter["valediction"] == "Respectfully,"

    # Every glyph is kept, and the body renders as the source does.
    parts = [letter["date_line"], *[addressee[key] for key in ("name", "title", "organization")], *addressee["address"]]
    parts += ["Re: " + letter["subject"], letter["salutation"], letter["body"], letter["valediction"]]
    parts += [s[key] for s in letter["signatories"] for key in ("name", "title", "of")]
    assert squeezed("".join(parts)) == squeezed(printed)
    body = printed[printed.index(letter["salutation"]) + len(letter["salutation"]) : printed.rindex("Respectfully,")]
    assert rendered(letter["body"]) == rendered(body)
    paragraphs = letter["body"].split("\n\n")
    assert len(paragraphs) == len(re.split(r"\n\s*\n", body.strip()))
    if source == REAL:
        assert len(paragraphs) == 7

    # Five sign, one after the other, and the demand that all have signed is met by the last alone.
    for organization in organizations:
        desk.run("verify", "2019/joint-letter", "--require", "all", status=3)
        desk.run("sign", "2019/joint-letter", "--as", organization, "--yes")
    report = desk.json("verify", "--require", "all")
    assert [v["verdict"] for v in report["letters"][0]["organizations"]] == ["signed"] * 5
    assert report["status"] == 0
    words = desk.run("verify", "2019/joint-letter")
    assert "All five organizations named in this letter have signed exactly this text." in words

    # Stock tools say the same of the same files.
    folder = desk.archive / "archive" / "2019" / "joint-letter"
    text = (folder / "0001.yaml").read_bytes()
    for organization in organizations:
        (signature,) = folder.glob(f"0001.{organization}.*.sig")
        signers = desk.archive / "keys" / organization / "0001.allowed_signers"
        arguments = ["-Y", "verify", "-f", str(signers), "-I", organization, "-n", "openletter", "-s", str(signature)]
        assert desk.run(*arguments, program=need("ssh-keygen"), stdin=text).startswith('Good "openletter" signature')
        found = desk.run("-Y", "find-principals", "-f", str(signers), "-s", str(signature), program=need("ssh-keygen"))
        assert found.strip() == organization
        key = tmp_path / "home" / ".config" / "openletter" / "keys" / organization
        (tmp_path / "text").write_bytes(text)
        desk.run("-q", "-Y", "sign", "-n", "openletter", "-f", str(key), str(tmp_path / "text"), program="ssh-keygen")
        assert (tmp_path / "text.sig").read_bytes() == signature.read_bytes()
        (tmp_path / "text.sig").unlink()
    assert desk.run("fsck", "--strict", program=need("git")) == ""
    assert desk.run("status", "--porcelain", program="git") == ""
