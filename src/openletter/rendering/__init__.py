"""Letters, verdicts and differences as HTML that no letter can break out of; templates, and the one style sheet.

Every string of a record, a signature or a path is a stranger's. It becomes `Html` by `Html.format` and by autoescaping
templates alone, stands in an element that keeps its direction to itself, and is never part of a name, an id, a class,
a style or a script.
"""

from openletter.rendering.html import Html

__all__ = ["Html"]
