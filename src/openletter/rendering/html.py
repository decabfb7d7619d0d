"""HTML as a type of its own: what is no `Html` is escaped where it meets some (`Html.format`, `join`, templates)."""

from __future__ import annotations

from collections.abc import Iterable

from openletter.errors import MissingExtra

try:
    from markupsafe import Markup as Html
except ImportError:
    raise MissingExtra("site", "jinja2") from None

__all__ = ["EMPTY", "Html", "joined"]

EMPTY = Html("")


def joined(parts: Iterable[Html]) -> Html:
    """The parts one after another, with nothing between them."""
    return EMPTY.join(parts)
