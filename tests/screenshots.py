"""The site and the single file as pictures, to be looked at: ``python tests/screenshots.py FOLDER [PART-OF-A-NAME…]``.

It shows this repository's own letters, and invented ones: in many scripts, a very long one, one that thousands sign, a
translation. Each page is taken wide and narrow, light and dark.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from browser import chromium, served
from builders import Desk
from openletter import Archive, records
from openletter.archive import ATTRIBUTES
from openletter.archive.layout import ATTRIBUTES_PATH
from openletter.packet import page as single
from openletter.records import Letter, Signatory
from openletter.site.building import build
from pdf_letters import ENGLISH, FRENCH, LETTERS

ROOT = Path(__file__).parent.parent
SAMPLE = "2026/open-water-record"
TALLEST = 6000
"""How many pixels of a page are taken."""


def main(folder: Path, parts: list[str]) -> None:
    """Write a picture of each page at each width, in light and in dark."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as room, chromium() as browser:
        site = Path(room) / "site"
        build(Archive.open(ROOT), site / "sample")
        letters = invented()
        build(archive(Path(room) / "letters", letters), site / "invented")
        (site / "single.html").write_bytes(single.render(Archive.open(ROOT).bundle(SAMPLE, 3)))
        with served(site) as address:
            for name, path in pages(letters).items():
                if parts and not any(part in name for part in parts):
                    continue
                for width in (1280, 360):
                    for scheme in ("light", "dark"):
                        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
                        page.goto(f"{address}/{path}")
                        page.wait_for_load_state("networkidle")
                        shown = page.evaluate("[document.documentElement.scrollWidth, document.body.scrollHeight]")
                        if shown[0] > width:
                            print(f"{name}: {shown[0]} pixels wide in a window of {width}")
                        page.screenshot(
                            path=folder / f"{name}-{width}-{scheme}.png",
                            full_page=True,
                            clip={"x": 0, "y": 0, "width": width, "height": min(shown[1], TALLEST)},
                        )
                        page.close()


def pages(letters: list[Letter]) -> dict[str, str]:
    """The pages that are taken, by the names of the pictures."""
    sample = {
        "front": "index.html",
        "letter": f"{SAMPLE}/index.html",
        "difference": f"{SAMPLE}/1..3/index.html",
        "side": f"{SAMPLE}/1..3/side/index.html",
        "dated": f"{SAMPLE}/2026-05-14/index.html",
        "organizations": "organizations/index.html",
        "organization": "organizations/alder.example/index.html",
        "check": "check/index.html",
    }
    found = {name: f"sample/{path}" for name, path in sample.items()} | {"single": "single.html"}
    found["invented-front"] = "invented/index.html"
    found |= {f"invented-{it.letter.partition('/')[2]}": f"invented/{it.letter}/index.html" for it in letters}
    found["invented-beside"] = f"invented/{ENGLISH.letter}/1/beside/{FRENCH.letter.replace('/', '-')}-1/index.html"
    return found


def invented() -> list[Letter]:
    """The letters of the PDFs, one of them as a translation, and two that are hard to show."""
    many = [
        Signatory(name=f"Person {number}", title="Resident", of=f"Street association {number}")
        for number in range(2000)
    ]
    long = "We ask for the records once more, and for those before them, of each well in the valley.\n\n"
    room = 1_000_000 - len(long)
    return [
        *(it for it in LETTERS.values() if it is not FRENCH),
        replace(FRENCH, translation_of=records.digest(ENGLISH.to_bytes())),
        replace(ENGLISH, letter="2026/many", subject="A letter of very many", signatories=tuple(many)),
        replace(ENGLISH, letter="2026/long", subject="A very long letter", body=(long * (room // len(long))).strip()),
    ]


def archive(folder: Path, letters: list[Letter]) -> Archive:
    """A plain folder with these letters, and with the keys of those who are named first in them."""
    files = {ATTRIBUTES_PATH: ATTRIBUTES} | {f"archive/{it.letter}/0001.yaml": it.to_bytes() for it in letters}
    desk = Desk()
    for organization in sorted({one.organization for it in letters for one in it.signatories if one.organization}):
        desk.enrol(organization)
    files |= {f"keys/{one}/{name}": data for one, held in desk.keys.items() for name, data in held.items()}
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return Archive.open(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
