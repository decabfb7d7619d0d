"""What an audit costs: its time over that of ``git log --raw --no-renames`` over the same history, in one run.

    python benchmarks/auditing.py

Two histories of 10,000 letters in ten years and some 10,000 commits, packed as a clone is. In one a letter comes with
each commit, and a signature with it, as the years go by. In the other the letters are all there, and each commit brings
one signature to any of them: each folder of a year is as large as it gets, and the years take turns at random.

Both are timed by the time of the processor, in turn; a figure is a median. *The walk* compares each commit with its
parents. *The audit* judges what came in too: it reads each letter, writes it again to prove what it read, and computes
with each signature, which alone takes more than twice the time of `git log`, in any program; so it has no limit. The
exit status is 1 where the walk, as the years go by, takes more than twice the time of `git log`.
It needs `git`, and 100 MB for temporary files.
"""

from __future__ import annotations

import hashlib
import random
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Final, cast

from openletter import Archive, PrivateKey, sshsig
from openletter.archive import ATTRIBUTES, Repository
from openletter.records import Addressee, Key, Letter, Organization, Signatory
from openletter.records.names import RecordName, SignatureName, SignersName
from openletter.verify import allowed_signers

LIMIT: Final = 2.0
LETTERS: Final = 10_000
YEARS: Final = 10
TIMES: Final = 5
NAMES: Final = tuple(f"{tree}.example" for tree in ("alder", "birch", "cedar", "dogwood", "elm"))
Commit = Iterable[tuple[str, bytes]]


def key_of(organization: str) -> PrivateKey:
    """The same key at every run."""
    return PrivateKey.from_seed(hashlib.sha256(f"openletter benchmarks: {organization}".encode()).digest())


def key_records() -> Commit:
    """The key records of the five, as paths and bytes."""
    for organization in NAMES:
        key = key_of(organization)
        record = Organization(
            organization=organization,
            record=1,
            basis="first",
            date="2017-01-05",
            name=organization,
            keys=(Key(key=key.public.line, status="active"),),
        )
        data = record.to_bytes()
        signature = SignatureName(number=1, organization=organization, key=key.public.short)
        yield f"keys/{organization}/{RecordName(number=1)}", data
        yield f"keys/{organization}/{signature}", sshsig.encode(sshsig.sign(key, data))
        yield f"keys/{organization}/{SignersName(number=1)}", allowed_signers(record)


def letter(number: int) -> tuple[str, bytes]:
    """The path of a letter's folder, and its only revision."""
    record = Letter(
        letter=f"{2017 + number * YEARS // LETTERS}/letter-{number:05}",
        revision=1,
        date="2026-03-02",
        language="en",
        addressees=(Addressee(title="Commissioner"),),
        body=f"We ask you for the {number}th time to open the records.\n\nThey belong to everybody.",
        signatories=tuple(Signatory(organization=name, of=name) for name in NAMES),
    )
    return f"archive/{record.letter}", record.to_bytes()


def signature(number: int) -> tuple[str, bytes]:
    """A signature over a letter."""
    folder, data = letter(number)
    organization = NAMES[number % len(NAMES)]
    key = key_of(organization)
    name = SignatureName(number=1, organization=organization, key=key.public.short)
    return f"{folder}/{name}", sshsig.encode(sshsig.sign(key, data))


def revision(number: int) -> tuple[str, bytes]:
    """The file of a letter."""
    folder, data = letter(number)
    return f"{folder}/{RecordName(number=1)}", data


def year_by_year() -> Iterator[Commit]:
    """A letter with its signature in each commit."""
    for number in range(LETTERS):
        yield revision(number), signature(number)


def signed_at_random() -> Iterator[Commit]:
    """All letters of a year in one commit; then one signature in each."""
    for year in range(YEARS):
        yield map(revision, range(year * LETTERS // YEARS, (year + 1) * LETTERS // YEARS))
    for number in random.Random(1).sample(range(LETTERS), LETTERS):  # noqa: S311  # the same at every run
        yield (signature(number),)


def make(path: Path, commits: Iterator[Commit]) -> Path:
    """An archive with these commits, in one pack."""
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(path)], check=True)
    stream = subprocess.Popen(["git", "fast-import", "--quiet", "--force"], cwd=path, stdin=subprocess.PIPE)
    pipe = cast("IO[bytes]", stream.stdin)
    for commit in ([(".gitattributes", ATTRIBUTES)], key_records(), *commits):
        pipe.write(b"commit refs/heads/main\ncommitter S <s@alder.example> 1778760000 +0000\ndata 1\n.\n")
        for name, data in commit:
            pipe.write(f"M 100644 inline {name}\ndata {len(data)}\n".encode() + data + b"\n")
    pipe.close()
    if stream.wait() != 0:
        raise SystemExit("git fast-import failed")
    subprocess.run(["git", "-C", str(path), "repack", "-adq"], check=True)
    return path


def spent(who: int) -> float:
    """The seconds of the processor that this process, or those that it started, have taken."""
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def timed(doing: Callable[[], object], who: int = resource.RUSAGE_SELF) -> float:
    """The seconds of the processor that something takes."""
    start = spent(who)
    doing()
    return spent(who) - start


def git_log(path: Path) -> None:
    """What the audit is compared with."""
    command = ["git", "-C", str(path), "log", "--raw", "--no-renames"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def walk(path: Path) -> None:
    """Compare every commit with its parents."""
    for _ in Repository.open(path).history(None):
        pass


def audit(path: Path) -> None:
    """The whole audit."""
    report = Archive.open(path).audit()
    if report.faults or report.arrived["signatures"] != LETTERS:
        raise SystemExit(f"this audit is not what it should be: {report}")


def verifying() -> float:
    """The seconds that it takes to compute with the signatures of a history, and to do nothing else."""
    made = [sshsig.decode(signature(number)[1]) for number in range(200)]
    texts = [letter(number)[1] for number in range(200)]

    def compute() -> None:
        for one, text in zip(made, texts, strict=True):
            sshsig.verify(one, text)

    return timed(compute) * LETTERS / 200


def main() -> None:
    """Print a table, and say with the exit status whether the limit holds."""
    print(f"{'seconds of the processor':26}{'git log':>9}{'walk':>9}{'ratio':>7}{'audit':>9}{'ratio':>7}", flush=True)
    above = 0
    with tempfile.TemporaryDirectory() as room:
        for name, commits, limit in (
            ("year by year", year_by_year(), LIMIT),
            ("signed at random", signed_at_random(), None),
        ):
            path = make(Path(room) / name, commits)
            walk(path)  # the first one pays for what is imported on the way
            logs: list[float] = []
            walks: list[float] = []
            for _ in range(TIMES):
                logs.append(timed(lambda: git_log(path), resource.RUSAGE_CHILDREN))  # noqa: B023  # it is done at once
                walks.append(timed(lambda: walk(path)))  # noqa: B023
            whole = timed(lambda: audit(path))  # noqa: B023
            log, walked = statistics.median(logs), statistics.median(walks)
            said = "-" if limit is None else "ok" if walked / log <= limit else f"above {limit}"
            above += limit is not None and walked / log > limit
            print(
                f"{name:26}{log:9.2f}{walked:9.2f}{walked / log:7.2f}{whole:9.2f}{whole / log:7.2f}  {said}",
                flush=True,
            )
    print(f"\nComputing with {LETTERS:,} signatures, and nothing else: {verifying():.2f}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"The most memory that this process took: {peak:.0f} MB")
    sys.exit(1 if above else 0)


if __name__ == "__main__":
    main()
