"""Letters in many scripts as PDF and as pictures, to be looked at: ``python tests/screenshots_pdf.py FOLDER``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from openletter.packet.pdf import render
from pdf_letters import LETTERS, packet


def main(folder: Path, names: list[str]) -> None:
    """Write each letter as ``NAME.pdf`` and its pages as ``NAME-1.png`` and on."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, letter in LETTERS.items():
        if names and name not in names:
            continue
        path = folder / f"{name}.pdf"
        path.write_bytes(render(*packet(letter)))
        subprocess.run(["pdftoppm", "-r", "60", "-png", str(path), str(path.with_suffix(""))], check=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
