"""The feed of changes (Atom, RFC 4287): revisions, signatures and withdrawals, the newest first."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final
from xml.etree import ElementTree

from openletter.canonical import permitted
from openletter.site.manifest import Json

_ATOM: Final = "http://www.w3.org/2005/Atom"
_MOST: Final = 100
_NEVER: Final = "1970-01-01T00:00:00+00:00"


def feed(entries: Iterable[Json], *, base_url: str | None, first: str | None) -> bytes:
    """The newest entries; `first` is the commit that the archive begins with, so that the feed keeps its id.

    Days are what the archive says. Addresses are relative to the feed where no `base_url` is given.
    """
    newest = sorted(entries, key=lambda it: (_moment(it["when"]), it["id"]), reverse=True)[:_MOST]
    ElementTree.register_namespace("", _ATOM)
    root = ElementTree.Element(f"{{{_ATOM}}}feed")
    _add(root, "id", base_url or f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'openletter:{first}')}")
    _add(root, "title", "Letters: revisions, signatures and withdrawals")
    _add(root, "updated", newest[0]["when"] or _NEVER if newest else _NEVER)
    author = _add(root, "author", None)
    _add(author, "name", "The archive")
    base = base_url or ""
    ElementTree.SubElement(root, f"{{{_ATOM}}}link", {"rel": "self", "href": f"{base}feed.atom"})
    ElementTree.SubElement(root, f"{{{_ATOM}}}link", {"href": f"{base}index.html"})
    for found in newest:
        entry = _add(root, "entry", None)
        _add(entry, "id", found["id"])
        _add(entry, "title", found["title"])
        _add(entry, "updated", found["when"] or _NEVER)
        ElementTree.SubElement(entry, f"{{{_ATOM}}}link", {"href": f"{base}{found['page']}index.html"})
        ElementTree.SubElement(
            entry, f"{{{_ATOM}}}link", {"rel": "related", "type": "text/plain", "href": f"{base}{found['file']}"}
        )
    data: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return data + b"\n"


def _add(parent: ElementTree.Element, name: str, text: str | None) -> ElementTree.Element:
    found = ElementTree.SubElement(parent, f"{{{_ATOM}}}{name}")
    if text is not None:
        # XML has no way to write some characters; a record has none of them, and what a commit says may.
        found.text = "".join(char if permitted(char) else "�" for char in text)
    return found


def _moment(when: str | None) -> datetime:
    return datetime.fromisoformat(when or _NEVER).astimezone(UTC)
