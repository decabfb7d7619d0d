"""What recording costs in a large archive: the time in one of 10,000 letters over the time in one of 100, in one run.

    python benchmarks/recording.py                 everything, in some minutes
    python benchmarks/recording.py --bare          without work trees, in half of that

Both archives spread over ten years, packed as a clone is. Each letter has one revision or two and three signatures, by
some of five organizations. Acts in the two are done in turn; a figure is a median, with its quartiles. A command is
timed from its start to its end by the clock, an act in this process by the time of the processor.

The exit status is 1 where a command takes more than 1.5 times as long. An act alone has no limit: beside some
milliseconds of work it writes the folder of its year anew, which holds a thousand letters here and ten there; and with
a work tree it writes git's index anew, which is one file. It needs `git`, and a gigabyte for temporary files.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final, cast

from openletter import Archive, Committer, Identity, PrivateKey, read_draft, records, sshsig
from openletter.archive import ATTRIBUTES, Act, Repository
from openletter.records import Addressee, Key, Letter, Organization, Signatory
from openletter.records.names import RecordName, SignatureName, SignersName
from openletter.verify import allowed_signers

LIMIT: Final = 1.5
FEW, MANY = 100, 10_000
YEARS: Final = tuple(range(2017, 2027))
NAMES: Final = tuple(f"{tree}.example" for tree in ("alder", "birch", "cedar", "dogwood", "elm"))
SOMEBODY: Final = Identity(name="Somebody", email="somebody@alder.example", when=datetime(2026, 5, 14, 12, tzinfo=UTC))
COMMITTER: Final = Committer(author=SOMEBODY, committer=SOMEBODY)
DRAFT: Final = """\
date: 2026-03-02
language: en
addressees: [{title: Commissioner}]
body: |
  Please open the records, for the NUMBERth time.

  They belong to everybody.
signatories:
- {organization: alder.example, of: Alder Institute}
- {organization: birch.example, of: Birch Institute}
"""
Doing = Callable[[], object]


def key_of(organization: str) -> PrivateKey:
    """The same key at every run."""
    return PrivateKey.from_seed(hashlib.sha256(f"openletter benchmarks: {organization}".encode()).digest())


# --- making an archive ---


def key_records(organizations: int) -> Iterator[tuple[str, bytes]]:
    """The key records of the five, and of others up to a number, as paths and bytes."""
    for number in range(organizations):
        organization = NAMES[number] if number < len(NAMES) else f"tree-{number}.example"
        key = key_of(organization)
        record = Organization(
            organization=organization,
            record=1,
            basis="first",
            date="2017-01-05",
            name=f"Institute {number}",
            keys=(Key(key=key.public.line, status="active"),),
        )
        data = record.to_bytes()
        signature = SignatureName(number=1, organization=organization, key=key.public.short)
        yield f"keys/{organization}/{RecordName(number=1)}", data
        yield f"keys/{organization}/{signature}", sshsig.encode(sshsig.sign(key, data))
        yield f"keys/{organization}/{SignersName(number=1)}", allowed_signers(record)


def letter_files(number: int) -> Iterator[tuple[str, bytes]]:
    """A letter of one revision or two, signed by three, as paths and bytes."""
    letter = Letter(
        letter=f"{YEARS[number % len(YEARS)]}/letter-{number:05}",
        revision=1,
        date="2026-03-02",
        language="en",
        addressees=(Addressee(title="Commissioner"),),
        body=f"We ask you for the {number}th time to open the records.\n\nThey belong to everybody.",
        signatories=tuple(Signatory(organization=name, of=name) for name in NAMES),
    )
    data = letter.to_bytes()
    yield f"archive/{letter.letter}/0001.yaml", data
    if number % 2:
        letter = replace(letter, revision=2, previous=records.digest(data), body=letter.body + "\n\nPlease.")
        data = letter.to_bytes()
        yield f"archive/{letter.letter}/0002.yaml", data
    for signer in range(number, number + 3):
        key = key_of(NAMES[signer % len(NAMES)])
        name = SignatureName(number=letter.revision, organization=NAMES[signer % len(NAMES)], key=key.public.short)
        yield f"archive/{letter.letter}/{name}", sshsig.encode(sshsig.sign(key, data))


def make(path: Path, letters: int, organizations: int, *, bare: bool) -> Path:
    """An archive with a commit for each letter, in one pack."""
    git("init", "--quiet", "--initial-branch=main", *(["--bare"] if bare else []), str(path))
    stream = subprocess.Popen(["git", "fast-import", "--quiet", "--force"], cwd=path, stdin=subprocess.PIPE)
    pipe = cast("IO[bytes]", stream.stdin)

    def commit(files: Iterator[tuple[str, bytes]]) -> None:
        pipe.write(b"commit refs/heads/main\ncommitter S <s@alder.example> 1778760000 +0000\ndata 1\n.\n")
        for name, data in files:
            pipe.write(f"M 100644 inline {name}\ndata {len(data)}\n".encode() + data + b"\n")

    commit(iter([(".gitattributes", ATTRIBUTES)]))
    commit(key_records(organizations))
    for number in range(letters):
        commit(letter_files(number))
    pipe.close()
    if stream.wait() != 0:
        raise SystemExit("git fast-import failed")
    git("-C", str(path), "repack", "-adq")
    if not bare:
        git("-C", str(path), "reset", "--quiet", "--hard")
    return path


def git(*arguments: str) -> str:
    """Run git, and return what it prints."""
    return subprocess.run(["git", *arguments], check=True, capture_output=True, text=True).stdout


# --- the acts: made ready for an archive, then for a number, then done ---


def recording(path: Path) -> Callable[[int], Doing]:
    """`Repository.record` alone: one file for the folder of a letter."""
    repository = Repository.open(path)

    def ready(number: int) -> Doing:
        act = Act(files={f"archive/2026/record-{number}/0001.yaml": b"x\n"}, message="record")
        return lambda: repository.record(lambda _: act, COMMITTER)

    return ready


def signing(path: Path) -> Callable[[int], Doing]:
    """`Archive.sign`, by an organization that has not signed the letter yet, with tree ids kept by the first turn."""
    archive = Archive.open(path, secret=lambda: bytes(32))

    def ready(number: int) -> Doing:
        letter, newest, signer = unsigned(number)
        digest = records.digest(dict(letter_files(number))[f"archive/{letter}/{newest:04}.yaml"])
        key = key_of(signer)
        return lambda: archive.sign(letter, newest, signer, key, COMMITTER, digest=digest)

    return ready


def unsigned(number: int) -> tuple[str, int, str]:
    """A letter, its newest revision, and an organization that has not signed it."""
    return f"{YEARS[number % len(YEARS)]}/letter-{number:05}", 1 + number % 2, NAMES[(number + 3) % len(NAMES)]


def revising(path: Path) -> Callable[[int], Doing]:
    """`Archive.revise`."""
    archive = Archive.open(path)

    def ready(number: int) -> Doing:
        draft = read_draft(DRAFT.replace("NUMBER", str(number)).encode(), path="draft.yaml")
        return lambda: archive.revise(unsigned(number)[0], draft, COMMITTER, path="draft.yaml")

    return ready


def adding(path: Path) -> Callable[[int], Doing]:
    """`Archive.add`."""
    archive = Archive.open(path)

    def ready(number: int) -> Doing:
        draft = read_draft(DRAFT.replace("NUMBER", str(number)).encode(), path="draft.yaml")
        return lambda: archive.add(f"2026/added-{number}", draft, COMMITTER, path="draft.yaml")

    return ready


def enrolling(path: Path) -> Callable[[int], Doing]:
    """`Archive.add_organization`."""
    archive = Archive.open(path)

    def ready(number: int) -> Doing:
        name = f"shrub-{number}.example"
        key = key_of(name)
        return lambda: archive.add_organization(name, "Shrub Institute", key, COMMITTER, date="2026-01-05")

    return ready


def commanding(path: Path) -> Callable[[int], Doing]:
    """The installed command ``openletter sign``, from its start to its end."""
    private = path.parent / "private"
    private.mkdir()
    for name in NAMES:
        (private / name).write_bytes(key_of(name).to_openssh(None))
        (private / name).chmod(0o600)

    def ready(number: int) -> Doing:
        letter, newest, signer = unsigned(number)
        command = [str(Path(sys.executable).with_name("openletter")), "--archive", str(path), "sign"]
        command += [f"{letter}@{newest}", "--as", signer, "--key", str(private / signer), "--yes"]
        return lambda: subprocess.run(command, check=True, capture_output=True, env=environment())

    return ready


def environment() -> dict[str, str]:
    """The environment of a command, with no configuration but the archive's."""
    return {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "LC_ALL": "C.UTF-8"}


# --- measuring ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A line of the table: quartiles in seconds in the small archive and in the large one."""

    name: str
    small: list[float]
    large: list[float]
    limit: float | None

    @property
    def ratio(self) -> float:
        """The median in the large archive over that in the small one."""
        return self.large[1] / self.small[1]

    def __str__(self) -> str:
        small, large = (
            f"{middle * 1000:7.1f} ({low * 1000:.1f} to {high * 1000:.1f})"
            for low, middle, high in (self.small, self.large)
        )
        said = "-" if self.limit is None else "ok" if self.ratio <= self.limit else f"above {self.limit}"
        return f"{self.name:36}{small:>28}{large:>28}{self.ratio:7.2f}  {said}"


def compare(
    name: str,
    prepare: Callable[[Path], Callable[[int], Doing]],
    archives: tuple[Path, Path],
    first: int,
    times: int,
    *,
    clock: Callable[[], float] = time.process_time,
    limit: float | None = None,
) -> Figure:
    """Time an act in both archives, in turn, with numbers from `first`: each letter is signed or revised once."""
    acts = prepare(archives[0]), prepare(archives[1])
    taken: tuple[list[float], list[float]] = ([], [])
    for turn in range(times + 1):
        for which in (0, 1) if turn % 2 else (1, 0):
            doing = acts[which](first + turn)
            start = clock()
            doing()
            if turn:  # the first one pays for what is imported on the way
                taken[which].append(clock() - start)
    small, large = (statistics.quantiles(part, n=4) for part in taken)
    return Figure(name=name, small=small, large=large, limit=limit)


def figures(room: Path, *, bare: bool) -> Iterator[Figure]:
    """All acts in one kind of repository, with letters apart for those that sign and for those that revise."""
    kind = "bare" if bare else "work tree"
    few, many = (make(room / kind / str(size) / "archive", size, len(NAMES), bare=bare) for size in (FEW, MANY))
    yield compare(f"Repository.record, {kind}", recording, (few, many), 0, 40)
    yield compare(f"Archive.sign, {kind}", signing, (few, many), 0, 40)
    yield compare(f"Archive.revise, {kind}", revising, (few, many), 45, 30)
    yield compare(f"Archive.add, {kind}", adding, (few, many), 0, 40)
    yield compare(f"openletter sign, {kind}", commanding, (few, many), 80, 15, clock=time.perf_counter, limit=LIMIT)
    if not bare and (said := git("-C", str(many), "status", "--porcelain")):
        raise SystemExit(f"the work tree is not clean:\n{said}")
    shutil.rmtree(room / kind)


def main() -> None:
    """Print a table, and say with the exit status whether the limit holds."""
    parser = argparse.ArgumentParser(description="What recording costs in a large archive.")
    parser.add_argument("--bare", action="store_true", help="leave out the archives with a work tree")
    parser.add_argument("--folder", type=Path, help="where to work (default: the folder for temporary files)")
    options = parser.parse_args()
    print(f"{'median (quartiles) in ms':36}{f'{FEW} letters':>28}{f'{MANY:,} letters':>28}{'ratio':>7}", flush=True)
    above = 0
    with tempfile.TemporaryDirectory(dir=options.folder) as room:
        for bare in (True,) if options.bare else (True, False):
            for figure in figures(Path(room), bare=bare):
                print(figure, flush=True)
                above += figure.limit is not None and figure.ratio > figure.limit
        few, many = (make(Path(room) / str(size) / "archive", 1, size, bare=True) for size in (100, 1000))
        print(f"\n{'':36}{'100 organizations':>28}{'1,000 organizations':>28}{'ratio':>7}")
        print(compare("Archive.add_organization, bare", enrolling, (few, many), 0, 20), flush=True)
    sys.exit(1 if above else 0)


if __name__ == "__main__":
    main()
