"""What a site costs: all of it, and made again after one new signature with its checkpoint, in one run.

    python benchmarks/site.py          in some minutes

The archive is that of ``recording.py`` with 2,000 letters. Built again: an organization signs a letter, and the site
is built over the one that was there. A figure is a median of the processor's time, with its quartiles; the ratio is over the full build.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import Final

from recording import COMMITTER, NAMES, key_of, make, unsigned

from openletter import Archive
from openletter.site.building import build

LETTERS: Final = 2000
FULL: Final = 3
AGAIN: Final = 7
LIMIT: Final = 0.1


def once(archive: Path, out: Path) -> float:
    """The processor's time that a build takes, in seconds."""
    start = time.process_time()
    build(Archive.open(archive), out)
    return time.process_time() - start


def sign(path: Path, turn: int) -> None:
    """An organization signs a letter, and records a checkpoint with it."""
    archive = Archive.open(path)
    letter, name = unsigned(50 + turn)
    digest = archive.revision(letter, 1).digest
    archive.sign(letter, 1, name, key_of(name), COMMITTER, digest=digest)
    record = archive.preview_checkpoint(name, key_of(name).public, date="2026-05-14")
    archive.checkpoint(record, key_of(name), COMMITTER)


def show(name: str, times: list[float], over: float | None = None) -> None:
    """A line of the table."""
    low, middle, high = statistics.quantiles(times, n=4)
    said = "" if over is None else f"{middle / over:9.3f}"
    print(f"{name:44}{f'{middle:.2f} ({low:.2f} to {high:.2f})':>26}{said}", flush=True)


def main() -> None:
    """Print a table."""
    print(f"{'median (quartiles) in s of processor time':44}{'':>26}{'ratio':>9}")
    with tempfile.TemporaryDirectory() as room:
        archive = make(Path(room) / "letters", LETTERS, len(NAMES), bare=True)
        full = [once(archive, Path(room) / f"full{turn}") for turn in range(FULL)]
        again: list[float] = []
        for turn in range(AGAIN):
            sign(archive, turn)
            again.append(once(archive, Path(room) / "full0"))
        show(f"the whole site of {LETTERS:,} letters", full)
        show("made again after one signature", again, statistics.median(full))
        print(f"limit of the ratio: {LIMIT}")


if __name__ == "__main__":
    main()
