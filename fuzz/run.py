"""Fuzzes one target of `targets.py`, or each in turn.

    python fuzz/run.py TARGET [OPTION...] [FILE...]
    python fuzz/run.py all [OPTION...]

Options are those of libFuzzer, such as ``-max_total_time=60``; with files, each is run once, as to see a finding again.
Below ``.fuzz/TARGET``, `corpus` keeps what reached something new, `findings` what broke a law; `seeds` and `words` are
made anew by every run. Only openletter is watched: what reaches new places in it counts.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from pathlib import Path

KEPT = Path(__file__).resolve().parents[1] / ".fuzz"
MAX_LENGTH = 4096  # bytes of an input: room for every rule of the formats, and quick
OPTIONS = (f"-max_len={MAX_LENGTH}", "-timeout=60", "-print_final_stats=1")


def main(arguments: list[str]) -> int:
    """Fuzz as the arguments say; 0 where nothing was found."""
    try:
        import atheris
    except ImportError:
        print("error: the fuzzer atheris is not installed here; make fuzz installs it", file=sys.stderr)
        return 2
    if arguments[:1] == ["all"]:
        from targets import TARGETS

        return fuzz_all(list(TARGETS), arguments[1:])
    with atheris.instrument_imports(include=["openletter"]):
        from targets import TARGETS
    if not arguments or arguments[0] not in TARGETS:
        print(f"error: name a target: all {' '.join(TARGETS)}", file=sys.stderr)
        return 2
    target = TARGETS[arguments[0]]
    given = arguments[1:]
    files = any(not argument.startswith("-") for argument in given)
    folder = KEPT / arguments[0]
    for name in ("corpus", "findings", "seeds"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for stale in (folder / "seeds").iterdir():
        stale.unlink()
    for seed in target.seeds():
        (folder / "seeds" / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)
    (folder / "words").write_text("".join(f"{line}\n" for line in dictionary(target.words)), encoding="ascii")
    options = [*OPTIONS, f"-dict={folder / 'words'}", f"-artifact_prefix={folder / 'findings'}/", *given]
    folders = [] if files else [str(folder / "corpus"), str(folder / "seeds")]
    atheris.Setup([sys.argv[0], *options, *folders], target.run)
    atheris.Fuzz()  # ends the process
    return 0


def fuzz_all(names: list[str], options: list[str]) -> int:
    """Fuzz each target in a process of its own, a line for each; stop at a finding, and show it."""
    for name in names:
        log = KEPT / name / "log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as out:
            done = subprocess.run([sys.executable, __file__, name, *options], stdout=out, stderr=out, check=False)
        said = log.read_text(encoding="utf-8", errors="replace")
        if done.returncode:
            print("\n".join(said.splitlines()[-60:]))
            print(f"error: {name} failed; to see a finding again: python fuzz/run.py {name} FILE", file=sys.stderr)
            return 1
        runs = re.search(r"^#([0-9]+)\s+DONE\s+(cov: [0-9]+ ft: [0-9]+ corp: [0-9]+)", said, re.MULTILINE)
        print(f"{name:16}{int(runs[1]):>10,} inputs  {runs[2]}" if runs else f"{name}: no statistics", flush=True)
    return 0


def dictionary(words: str) -> list[str]:
    """The words as lines of libFuzzer's dictionary: in quotes, all but plain ASCII as ``\\xNN``."""
    found = [word.encode("ascii").decode("unicode_escape").encode("latin-1") for word in words.split()]
    return ['"' + "".join(f"\\x{byte:02x}" for byte in word) + '"' for word in dict.fromkeys(found)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
