"""Pages from templates, in which every value that is no `Html` is escaped (Jinja2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openletter.errors import MissingExtra
from openletter.rendering import assets
from openletter.rendering.directions import of_language
from openletter.reports import plain

if TYPE_CHECKING:
    from jinja2 import Environment


class Pages:
    """The templates of a package's folder ``templates``, over those of this room (``base.html``, ``macros.html``).

    Templates have these filters: `name`, `lines`, `id`, `digest`, `day`, `plain_day`, `direction`; and the functions
    `command`, `hidden` and `count`. Raises `MissingExtra` where Jinja2 is not installed.
    """

    def __init__(self, package: str = "openletter.rendering") -> None:
        self._environment = _environment(package)

    def render(self, name: str, **facts: object) -> str:
        """The page that a template makes of these facts; a fact that it names and that is missing is an error."""
        return self._environment.get_template(name).render(facts)


def _environment(package: str) -> Environment:
    try:
        from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
    except ImportError:
        raise MissingExtra("site", "jinja2") from None
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        loader=ChoiceLoader([PackageLoader(place) for place in dict.fromkeys((package, "openletter.rendering"))]),
    )
    environment.filters |= {
        "name": assets.name_html,
        "lines": assets.lines_html,
        "id": assets.id_html,
        "digest": assets.digest_html,
        "day": assets.day_html,
        "plain_day": plain.day,
        "direction": of_language,
    }
    environment.globals |= {"command": assets.command_html, "hidden": assets.hidden_html, "count": plain.count}
    return environment
