"""The style sheet, and the small pieces that every page is made of: names, lines, digests, days, commands."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

from openletter.rendering.html import EMPTY, Html, joined
from openletter.reports.plain import day, digest_groups

_BREAK = Html("<br>")


@lru_cache(maxsize=1)
def style() -> str:
    """The one style sheet, of the site and of the single file; it has no ``</`` and loads nothing."""
    return resources.files("openletter.rendering").joinpath("style.css").read_text("utf-8")


def name_html(name: str) -> Html:
    """A stranger's words within one line, glyph for glyph: they run their own way, and turn nothing round them."""
    return Html("<bdi>{}</bdi>").format(name)


def lines_html(text: str) -> Html:
    """A stranger's lines, each as `name_html`."""
    return _BREAK.join(name_html(line) if line else EMPTY for line in text.split("\n"))


def id_html(organization: str | None, address: str | None = None) -> Html:
    """An organization's id (`None`: it has none), linked where an address of ours is given."""
    if organization is None:
        return Html('<span class="id none">no id</span>')
    shown = Html('<bdi class="id" dir="ltr">{}</bdi>').format(organization)
    return shown if address is None else Html('<a href="{}">{}</a>').format(address, shown)


def digest_html(digest: str) -> Html:
    """A digest in groups of four, to read aloud; copied, it has no spaces."""
    groups = digest_groups(digest).split(" ")
    return Html('<code class="digest" dir="ltr">{}</code>').format(
        joined(Html("<span>{}</span>").format(group) for group in groups)
    )


def day_html(date: str) -> Html:
    """``2026-05-14`` as 14 May 2026."""
    return Html('<time datetime="{}">{}</time>').format(date, day(date))


def command_html(*lines: str) -> Html:
    """A command to type, of these lines."""
    return Html('<pre class="command" dir="ltr"><code>{}</code></pre>').format("\n".join(lines))


def hidden_html(words: str) -> Html:
    """Words of ours that are heard and not seen."""
    return Html('<span class="hidden" lang="en">{}</span>').format(words)
