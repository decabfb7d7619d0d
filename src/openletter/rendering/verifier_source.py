"""The verifier that runs in a browser: its modules in ``rendering/verifier/``, joined into one script.

They are ES modules, so that each can be read, imported and tested by itself. A page needs one classic script, which
also runs where it was opened from a folder. Joining takes away lines, and changes none in its place:

* each line that begins with ``import`` (one line each, from another module here, under the same name);
* the word ``export`` where a line begins with it.

So no two modules may have a name in common on their outermost level.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Final

MODULES: Final = (
    "bytes",
    "repertoire",
    "canonical",
    "signatures",
    "records",
    "names",
    "trust",
    "verification",
    "bundle",
    "shown",
    "words",
    "page",
)
"""Each after those that it imports."""


@cache
def verifier_source() -> str:
    """The whole verifier as one classic script, which starts by itself and leaves no name behind.

    It can stand in a script element as it is: it is ASCII, and holds neither ``</script`` nor ``<!--``.
    """
    return f'"use strict";\n(function () {{\n{joined()}\nstart();\n}})();\n'


@cache
def joined() -> str:
    """The modules one after the other, without their imports and exports."""
    return "\n".join(_bare(module_source(name)) for name in MODULES)


def module_source(name: str) -> str:
    """The text of one module."""
    return (files("openletter.rendering") / "verifier" / f"{name}.js").read_text(encoding="utf-8")


def _bare(source: str) -> str:
    return re.sub(
        r"^export (?=(?:async )?(?:function|const|class)\b)",
        "",
        re.sub(r"^import .*\n", "", source, flags=re.M),
        flags=re.M,
    )
