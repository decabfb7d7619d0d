"""What a site costs: built again after one new signature over built in full, of the same archive, in one run.

    python benchmarks/site.py                      2,000 letters, in some minutes
    python benchmarks/site.py --letters 200        fewer, in less; the limit is for 2,000

The archive is that of ``recording.py``, bare and packed, spread over ten years. Each signature comes with a checkpoint,
as ``openletter sign`` makes it. Full builds and builds again are done in turn; a figure is a median of the processor's
time, with the least and the most. What was built again is compared with a full build, file by file, outside of the
time. The exit status is 1 where the ratio is above the limit. It needs `git`, and a gigabyte for temporary files.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from recording import COMMITTER, NAMES, key_of, letter_files, make, unsigned

from openletter import Archive, records
from openletter.site.building import build
from openletter.site.manifest import NAME

LETTERS: Final = 2000
LIMIT: Final = 0.1
TURNS: Final = 3
AGAIN: Final = 3
"""How many signatures come in, and builds again are done, beside one full build."""


def sign(path: Path, number: int) -> None:
    """One more signature, with its checkpoint."""
    letter, newest, signer = unsigned(number)
    digest = records.digest(dict(letter_files(number))[f"archive/{letter}/{newest:04}.yaml"])
    signed = Archive.open(path, secret=lambda: bytes(32)).sign(
        letter, newest, signer, key_of(signer), COMMITTER, digest=digest
    )
    if signed is None or signed.checkpoint is None:
        raise SystemExit("no checkpoint came with the signature")


def taken(act: Callable[[], object]) -> float:
    """The seconds of the processor that an act takes."""
    start = time.process_time()
    act()
    return time.process_time() - start


def contents(site: Path) -> dict[str, bytes]:
    """All files of a site but its manifest."""
    return {str(it.relative_to(site)): it.read_bytes() for it in site.rglob("*") if it.is_file() and it.name != NAME}


def show(name: str, times: list[float]) -> None:
    """A line of the table."""
    print(f"{name:44}{statistics.median(times):9.2f} s   ({min(times):.2f} to {max(times):.2f})", flush=True)


def main() -> None:
    """Print a table, and say with the exit status whether the limit holds."""
    parser = argparse.ArgumentParser(description="What a site costs when it is built again.")
    parser.add_argument("--letters", type=int, default=LETTERS, help=f"how many letters (default: {LETTERS})")
    parser.add_argument("--turns", type=int, default=TURNS, help=f"how many full builds (default: {TURNS})")
    parser.add_argument("--folder", type=Path, help="where to work (default: the folder for temporary files)")
    options = parser.parse_args()
    full: list[float] = []
    again: list[float] = []
    with tempfile.TemporaryDirectory(dir=options.folder) as room:
        path = make(Path(room) / "archive", options.letters, len(NAMES), bare=True)
        kept, fresh = Path(room) / "kept", Path(room) / "fresh"
        build(Archive.open(path), kept)  # it pays for what is imported on the way
        for turn in range(options.turns):
            for which in range(AGAIN):
                sign(path, turn * AGAIN + which)
                again.append(taken(lambda: build(Archive.open(path), kept)))
            full.append(taken(lambda: build(Archive.open(path), fresh)))
            if contents(kept) != contents(fresh):
                raise SystemExit("what was built again is not what is built in full")
            size = sum(len(data) for data in contents(fresh).values())
            files = len(contents(fresh))
            shutil.rmtree(fresh)
    ratio = statistics.median(again) / statistics.median(full)
    show(f"built in full, {options.letters:,} letters", full)
    show("built again after a signature", again)
    print(f"{'ratio':44}{ratio:9.3f}   {'ok' if ratio <= LIMIT else f'above {LIMIT}'}")
    print(f"{files:,} files, {size / 1e6:.0f} MB")
    sys.exit(1 if ratio > LIMIT else 0)


if __name__ == "__main__":
    main()
