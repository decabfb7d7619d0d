"""What checkpoints cost: tree ids computed cold and warm, and what the history says of many checkpoints, in one run.

    python benchmarks/checkpoints.py          in some minutes

The archives are those of ``recording.py``, bare and packed. Cold: all of an archive of 10,000 letters is read and
hashed, beside what stock git needs to hand over the same bytes. Warm: with what was kept before, the tree id after one
more signature in an archive of 10,000 letters and in one of 100. A figure is a median of the processor's time, with its
quartiles. It needs `git`, and a gigabyte for temporary files.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from recording import COMMITTER, FEW, MANY, NAMES, key_of, make, unsigned

from openletter import Archive
from openletter.archive import Act, Repository

TIMES: Final = 7
CHECKPOINTS: Final = 1000
STOCK: Final = {
    "git cat-file --batch of the same files": "git ls-tree -r HEAD archive keys | cut -f1 | cut -d' ' -f3 "
    "| git cat-file --batch | wc -c",
    "git archive of them": "git archive HEAD archive keys | wc -c",
}


def secret() -> bytes:
    """A secret under which tree ids are kept."""
    return bytes(32)


def timed(act: Callable[[], object], *, clock: Callable[[], float] = time.process_time) -> list[float]:
    """The quartiles of what an act takes, in seconds."""
    return statistics.quantiles([once(act, clock) for _ in range(TIMES)], n=4)


def once(act: Callable[[], object], clock: Callable[[], float] = time.process_time) -> float:
    """What an act takes, in seconds."""
    start = clock()
    act()
    return clock() - start


def of_children() -> float:
    """The processor's time of all commands that were waited for."""
    return sum(os.times()[2:4])


def show(name: str, quartiles: list[float], ratio: float | None = None) -> None:
    """A line of the table."""
    low, middle, high = (part * 1000 for part in quartiles)
    said = "" if ratio is None else f"{ratio:9.2f}"
    print(f"{name:58}{f'{middle:.1f} ({low:.1f} to {high:.1f})':>30}{said}", flush=True)


def head(repository: Repository) -> str:
    """The newest commit."""
    return str(repository.snapshot().commit)


def cold(path: Path) -> None:
    """All is read and hashed."""
    newest = head(Repository.open(path))
    ours = timed(lambda: Repository.open(path).tree_id(newest))
    show(f"tree id, cold, {MANY:,} letters", ours)
    for name, command in STOCK.items():
        stock = timed(
            partial(subprocess.run, ["sh", "-c", command], cwd=path, check=True, stdout=subprocess.PIPE),
            clock=of_children,
        )
        show(f"  over {name}", stock, ours[1] / stock[1])


def warm(few: Path, many: Path) -> None:
    """Only what one more signature changed is read and hashed, in an archive that is opened anew each time."""
    taken: dict[int, list[float]] = {}
    for size, path in ((FEW, few), (MANY, many)):
        keep(path)
        turns: list[float] = []
        for turn in range(TIMES):
            name = f"archive/{unsigned(50 + turn)[0]}/0001.fir.example.{'0' * 16}.sig"
            act = Act(files={name: b"x\n"}, message="x")
            Repository.open(path).record(lambda _, act=act: act, COMMITTER)  # type: ignore[misc]
            opened = Repository.open(path, secret)
            turns.append(once(partial(opened.tree_id, head(opened))))
            keep(path)
        taken[size] = statistics.quantiles(turns, n=4)
        show(f"tree id, warm, {size:,} letters", taken[size], taken[size][1] / taken[FEW][1])


def keep(path: Path) -> None:
    """Keep the tree ids of all that is there."""
    repository = Repository.open(path, secret)
    repository.sightings([(head(repository), "0" * 64)])


def seen(path: Path) -> None:
    """What the history says of a thousand checkpoints by five organizations, and of one."""
    archive = Archive.open(path, secret=secret)
    repository = archive._repository
    assert repository is not None  # noqa: S101
    claims: list[tuple[str, str]] = []
    for number in range(CHECKPOINTS):
        name = NAMES[number % len(NAMES)]
        record = archive.preview_checkpoint(name, key_of(name).public, date="2026-05-14")
        archive.checkpoint(record, key_of(name), COMMITTER)
        claims.append((record.commit, record.tree))
    repository.sightings(claims)
    interest = [f"archive/{unsigned(number)[0]}/0001.yaml" for number in range(100)]
    one = timed(lambda: Repository.open(path, secret).sightings(claims[-1:], interest))
    all_warm = timed(lambda: Repository.open(path, secret).sightings(claims, interest))
    show("sightings, one checkpoint, the newest, warm", one)
    show(f"sightings, {CHECKPOINTS:,} checkpoints, warm", all_warm, all_warm[1] / one[1])
    all_cold = timed(lambda: Repository.open(path).sightings(claims, interest))
    show(f"sightings, {CHECKPOINTS:,} checkpoints, cold", all_cold, all_cold[1] / one[1])


def main() -> None:
    """Print a table."""
    print(f"{'median (quartiles) in ms':58}{'':>30}{'ratio':>9}")
    with tempfile.TemporaryDirectory() as room:
        few, many = (make(Path(room) / str(size), size, len(NAMES), bare=True) for size in (FEW, MANY))
        cold(many)
        warm(few, many)
        seen(many)
        kept = (many / "openletter.tree_ids").stat().st_size
        print(f"the cache of {MANY:,} letters and {CHECKPOINTS:,} checkpoints has {kept:,} bytes")


if __name__ == "__main__":
    main()
