"""The executable examples of the specifications: fenced blocks, with an info string that says what must happen.

A block that opens with ```` ```yaml accept ```` is accepted; one that opens with ```` ```yaml NotCanonical ````
raises exactly that exception class. The content of the block is the document, byte for byte: its lines as they stand
in the Markdown file, in UTF-8, each with its line feed. Blocks with one word or none behind the fence show and are
not executed.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

# A fence at the start of a line: three backticks or more, and what stands behind them.
FENCE = re.compile(r"(`{3,})([^`]*)")


class Example(NamedTuple):
    """One fenced block: the words behind its fence, its content, and the number of the line of its fence."""

    words: list[str]
    content: bytes
    line: int


def examples(path: Path) -> list[Example]:
    """All fenced blocks of a Markdown file, in their order; `ValueError` where one is not closed."""
    found: list[Example] = []
    lines = path.read_bytes().decode().split("\n")
    row = 0
    while row < len(lines):
        fence = FENCE.fullmatch(lines[row])
        row += 1
        if fence is None:
            continue
        first = row
        while row < len(lines) and lines[row] != fence[1]:
            row += 1
        if row == len(lines):
            raise ValueError(f"{path}:{first}: this block is not closed")
        content = "".join(line + "\n" for line in lines[first:row])
        found.append(Example(fence[2].split(), content.encode(), first))
        row += 1
    return found
