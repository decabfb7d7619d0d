"""Which pages a build is writing, told before it writes them: so the next build knows what a killed one left."""

from __future__ import annotations

import json
from typing import Final

from openletter.site.manifest import Manifest, Part, is_inside
from openletter.site.output import Output

JOURNAL: Final = ".openletter-site.journal"
_LEFT: Final = "left by a killed build"


class Journal:
    """The journal of one build in its folder: a path in each line, as a JSON string (``spec/site.md``)."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self.left = _decode(output.read(JOURNAL) or b"")
        """The pages that a killed build may have written, or half written."""

    def begin(self) -> None:
        """Begin with what is left from before: this build may be killed as well."""
        self._output.write(JOURNAL, "".join(f"{json.dumps(path)}\n" for path in self.left).encode("ascii"))

    def add(self, path: str) -> None:
        """Tell that a page is about to be written."""
        self._output.add_line(JOURNAL, json.dumps(path))

    def end(self) -> None:
        """All is written, and the manifest tells of it."""
        self._output.remove(JOURNAL)
        self.left = ()

    def distrusted(self, before: Manifest) -> Manifest:
        """The manifest from before the killed build, which doesn't know what is in the pages that are left from it."""
        left = set(self.left)
        parts = {
            name: part
            if left.isdisjoint(part.pages)
            else Part(made_of="", pages={path: "" if path in left else known for path, known in part.pages.items()})
            for name, part in before.parts.items()
        }
        if strange := left - before.pages().keys():
            parts[_LEFT] = Part(made_of="", pages=dict.fromkeys(sorted(strange), ""))
        return Manifest(tool=before.tool, commit=before.commit, arrivals=before.arrivals, parts=parts)


def _decode(data: bytes) -> tuple[str, ...]:
    """The paths in a journal; a line that is none, and the last where it is not whole, is left out."""
    found: dict[str, None] = {}
    for line in data.split(b"\n")[:-1]:
        try:
            path = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(path, str) and is_inside(path):
            found[path] = None
    return tuple(found)
