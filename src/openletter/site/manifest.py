"""What a site was made from, kept in it: so a later build makes again only what is different (``spec/site.md``).

It saves work and proves nothing: whoever changes it can keep an old page, as whoever can write to the site can anyway.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any, Final

FORMAT: Final = "openletter-site/1"
NAME: Final = ".openletter-site.json"

Json = dict[str, Any]


@dataclass(kw_only=True)
class Part:
    """A letter or an organization: `made_of` names all that its pages are made of, `pages` are their paths and sums.

    `told` is what other pages say of it; `closure` are the organizations whose key records its verdicts read.
    """

    made_of: str
    pages: dict[str, str] = field(default_factory=dict)
    told: Json = field(default_factory=dict)
    closure: list[str] = field(default_factory=list)


@dataclass(kw_only=True)
class Manifest:
    """What was built: `commit` is the one up to which `arrivals` tells what came in, by folders."""

    tool: str
    commit: str | None = None
    arrivals: dict[str, list[list[str | None]]] = field(default_factory=dict)
    parts: dict[str, Part] = field(default_factory=dict)

    def pages(self) -> dict[str, str]:
        """All pages by their paths, with their sums."""
        return {path: digest for part in self.parts.values() for path, digest in part.pages.items()}

    def to_bytes(self) -> bytes:
        """The manifest as it is kept."""
        document = {"format": FORMAT, **vars(self), "parts": {name: vars(part) for name, part in self.parts.items()}}
        return json.dumps(document, ensure_ascii=True, separators=(",", ":")).encode("ascii")


def decode(data: bytes) -> Manifest | None:
    """The manifest that was kept; `None` for what is none, or of another version: then all is made again."""
    try:
        found = json.loads(data)
        if found.pop("format") != FORMAT:
            return None
        parts = {name: Part(**part) for name, part in found.pop("parts").items()}
        manifest = Manifest(parts=parts, **found)
        safe = all(
            isinstance(path, str) and is_inside(path) and isinstance(digest, str)
            for part in parts.values()
            for path, digest in part.pages.items()
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return manifest if safe else None


def is_inside(path: str) -> bool:
    """Is this the path of a page, that leads nowhere else?"""
    return bool(path) and not any(part in {"", ".", ".."} or "\0" in part for part in path.split("/"))


def sum_of(data: bytes) -> str:
    """The sum by which a page is known."""
    return hashlib.sha256(data).hexdigest()


def made_of(*facts: object) -> str:
    """One sum of all that something is made of."""
    return sum_of(json.dumps(facts, ensure_ascii=True, sort_keys=True, default=str).encode("ascii"))
