"""What `openletter identify` costs in an archive of 10,000 letters: warm, cold, and after one new letter.

    python benchmarks/identifying.py                    everything, in some minutes
    python benchmarks/identifying.py --letters 1000     a smaller archive

Each letter has two revisions of 1,200 words, of which every fifth paragraph is one that many letters share, and two
signatures. It is asked for a whole letter with ten words altered, for a quote of 40 words, for a shared paragraph, and
for a letter that isn't there. Answers are timed in one process, from the bytes to the finding; the installed command
from its start to its end. Figures are medians, with quartiles.

The exit status is 1 where a warm answer in one process takes more than 300 ms. It needs `git`, and two gigabytes for
temporary files.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import IO, Final, cast

from recording import NAMES, YEARS, git, key_of, key_records

from openletter import Archive, records, sshsig
from openletter.archive import ATTRIBUTES
from openletter.records import Addressee, Letter, Signatory
from openletter.records.names import SignatureName

LIMIT: Final = 300.0
"""Milliseconds."""
WORDS: Final = 1_200
PARAGRAPH: Final = 60
TIMES: Final = 15


def vocabulary() -> list[str]:
    """Twenty thousand words that are none."""
    syllables = ["".join(pair) for pair in (c + v for c in "bcdfghklmnprstvz" for v in "aeiou")]
    made = random.Random(1)  # noqa: S311  # the same at every run
    return ["".join(made.choices(syllables, k=made.randint(1, 4))) for _ in range(20_000)]


VOCABULARY: Final = vocabulary()
WEIGHTS: Final = [1 / (rank + 3) for rank in range(len(VOCABULARY))]


def paragraph(source: random.Random, length: int = PARAGRAPH) -> str:
    """A paragraph in which some words come often and most seldom, as in a language."""
    words = source.choices(VOCABULARY, WEIGHTS, k=length)
    return f"{' '.join(words).capitalize()}."


SHARED: Final = [paragraph(random.Random(f"shared {number}")) for number in range(200)]  # noqa: S311


def revisions(number: int) -> tuple[Letter, Letter]:
    """The two revisions of a letter."""
    source = random.Random(number)  # noqa: S311
    texts = [
        SHARED[source.randrange(len(SHARED))] if place % 5 == 4 else paragraph(source)
        for place in range(WORDS // PARAGRAPH)
    ]
    first = Letter(
        letter=f"{YEARS[number % len(YEARS)]}/letter-{number:05}",
        revision=1,
        date="2026-03-02",
        language="en",
        addressees=(Addressee(name=f"Commissioner {' '.join(source.choices(VOCABULARY, k=2)).title()}"),),
        subject=paragraph(source, 6),
        body="\n\n".join(texts),
        signatories=tuple(Signatory(organization=name, of=name) for name in NAMES),
    )
    texts[3] = texts[3].replace(".", " without delay.")
    return first, replace(first, revision=2, previous=records.digest(first.to_bytes()), body="\n\n".join(texts))


def files(number: int) -> Iterator[tuple[str, bytes]]:
    """The files of a letter: two revisions, and two signatures over the newer one."""
    for letter in revisions(number):
        data = letter.to_bytes()
        yield f"archive/{letter.letter}/{letter.revision:04}.yaml", data
    for signer in NAMES[:2]:
        key = key_of(signer)
        name = SignatureName(number=2, organization=signer, key=key.public.short)
        yield f"archive/{letter.letter}/{name}", sshsig.encode(sshsig.sign(key, data))


def make(path: Path, letters: int) -> Path:
    """An archive with all letters in one commit, in one pack."""
    git("init", "--quiet", "--bare", "--initial-branch=main", str(path))
    add(path, [(".gitattributes", ATTRIBUTES)], key_records(len(NAMES)), *(files(number) for number in range(letters)))
    git("-C", str(path), "repack", "-adq")
    return path


def add(path: Path, *groups: Iterator[tuple[str, bytes]] | list[tuple[str, bytes]]) -> None:
    """One more commit, with these files."""
    stream = subprocess.Popen(["git", "fast-import", "--quiet", "--force"], cwd=path, stdin=subprocess.PIPE)
    pipe = cast("IO[bytes]", stream.stdin)
    pipe.write(b"commit refs/heads/main\ncommitter S <s@alder.example> 1778760000 +0000\ndata 1\n.\n")
    if (path / "refs" / "heads" / "main").exists() or (path / "packed-refs").exists():
        pipe.write(b"from refs/heads/main^0\n")
    for group in groups:
        for name, data in group:
            pipe.write(f"M 100644 inline {name}\ndata {len(data)}\n".encode() + data + b"\n")
    pipe.close()
    if stream.wait() != 0:
        raise SystemExit("git fast-import failed")


def altered(text: str, places: int, seed: int) -> str:
    """The text with so many words replaced."""
    source = random.Random(seed)  # noqa: S311
    words = text.split(" ")
    for place in source.sample(range(len(words)), places):
        words[place] = "elsewhere"
    return " ".join(words)


def copies(letters: int) -> dict[str, Callable[[int], bytes]]:
    """What is asked for: a copy for each turn."""

    def text_of(turn: int) -> str:
        return revisions((turn * 977 + 13) % letters)[turn % 2].body

    def quote(turn: int) -> str:
        words = text_of(turn).split(" ")
        return " ".join(words[130:170])

    def foreign(turn: int) -> str:
        source = random.Random(f"foreign {turn}")  # noqa: S311
        return "\n\n".join(paragraph(source) for _ in range(WORDS // PARAGRAPH))

    return {
        "a letter, ten words altered": lambda turn: altered(text_of(turn), 10, turn).encode(),
        "a quote of 40 words": lambda turn: quote(turn).encode(),
        "a paragraph that many share": lambda turn: SHARED[turn % len(SHARED)].encode(),
        "a letter that isn't there": lambda turn: foreign(turn).encode(),
    }


def milliseconds(doing: Callable[[int], object], times: int) -> list[float]:
    """Quartiles; the first turn isn't counted: it pays for what is imported on the way."""
    taken = []
    for turn in range(times + 1):
        start = time.perf_counter()
        doing(turn)
        if turn:
            taken.append((time.perf_counter() - start) * 1000)
    return statistics.quantiles(taken, n=4) if len(taken) > 1 else taken * 3


def answer(path: Path, cache: Path, copy: Callable[[int], bytes], turn: int) -> None:
    """An answer in this process, as the first one after an archive was opened."""
    Archive.open(path).identify(copy(turn), cache=cache)


def command(path: Path, room: Path, _: int) -> None:
    """An answer of the installed command."""
    program = Path(sys.executable).with_name("openletter")
    environment = {**os.environ, "XDG_CACHE_HOME": str(room), "GIT_CONFIG_GLOBAL": os.devnull, "LC_ALL": "C.UTF-8"}
    typed = (str(program), "--archive", str(path), "identify", str(room / "copy.txt"))
    subprocess.run(typed, check=True, capture_output=True, env=environment)


def line(name: str, figure: list[float], limit: float | None = None) -> bool:
    """Print a row; is it above its limit?"""
    low, middle, high = figure
    above = limit is not None and middle > limit
    said = "" if limit is None else f"above {limit:.0f}" if above else "ok"
    print(f"{name:44}{f'{middle:.1f} ({low:.1f} to {high:.1f})':>30}  {said}", flush=True)
    return above


def main() -> None:
    """Print a table, and say with the exit status whether the limit holds."""
    parser = argparse.ArgumentParser(description="What identifying costs in a large archive.")
    parser.add_argument("--letters", type=int, default=10_000)
    parser.add_argument("--folder", type=Path, help="where to work (default: the folder for temporary files)")
    options = parser.parse_args()
    above = 0
    with tempfile.TemporaryDirectory(dir=options.folder) as room:
        path = make(Path(room) / "archive", options.letters)
        cache = Path(room) / "cache"
        asked = copies(options.letters)
        print(f"{f'median (quartiles) in ms, {options.letters:,} letters':44}")
        first = asked["a quote of 40 words"](0)
        start = time.perf_counter()
        Archive.open(path).identify(first, cache=cache)
        line("the first answer, which makes the index", [(time.perf_counter() - start) * 1000] * 3)
        size = sum(file.stat().st_size for file in cache.iterdir())
        print(f"{'the index, in MB':44}{size / 1e6:>30.1f}")
        for name, copy in asked.items():
            above += line(name, milliseconds(partial(answer, path, cache, copy), TIMES), LIMIT)
        taken = []
        for turn in range(5):
            add(path, files(options.letters + turn))
            start = time.perf_counter()
            Archive.open(path).identify(first, cache=cache)
            taken.append((time.perf_counter() - start) * 1000)
        line("an answer after one more letter", statistics.quantiles(taken, n=4))
        (Path(room) / "copy.txt").write_bytes(first)
        run = partial(command, path, Path(room))
        run(0)
        line("openletter identify, from start to end", milliseconds(run, 5))
    sys.exit(1 if above else 0)


if __name__ == "__main__":
    main()
