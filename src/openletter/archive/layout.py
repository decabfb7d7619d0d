"""The layout of an archive's repository, and the file that marks it (``spec/archive.md``, "Layout")."""

from __future__ import annotations

import re
from typing import Final

ATTRIBUTES_PATH: Final = ".gitattributes"
ATTRIBUTES_MARK: Final = b"# openletter archive/1: the bytes of this file are fixed\n"
ATTRIBUTES: Final = ATTRIBUTES_MARK + b"".join(
    pattern + b" -text !eol -ident -filter !working-tree-encoding -export-ignore -export-subst -merge\n"
    for pattern in (b"/.gitattributes", b"/archive/**", b"/keys/**")
)
"""The bytes of ``.gitattributes``: no conversion of what is signed, nothing left out by ``git archive``."""

YEAR: Final = re.compile(r"[0-9]{4}")
CHECKPOINTS: Final = "checkpoints"

MAX_SIZES: Final = {".yaml": 1 << 20, ".sig": 4096, ".allowed_signers": 1 << 20, ".tsr": 1 << 16}
"""The most bytes that a file of each ending may have; a larger one is not read."""

MAX_FOLDER: Final = 1 << 26
"""The most bytes that the files of one letter, or of one organization's key records, may have together."""

MAX_ENTRIES: Final = 100_000
"""The most entries that a folder may have."""

MAX_TREE: Final = 1 << 25
"""The most bytes that git's object for a folder may have."""

MAX_COMMIT: Final = 1 << 20
"""The most bytes that a commit may have."""

MAX_STATE_ENTRIES: Final = 1_000_000
"""The most entries that the folders of one state may have together."""

MAX_STATE: Final = 1 << 30
"""The most bytes that the files of one state may have together."""

MAX_FAULTS: Final = 100
"""How many strangers of one folder are told one by one; the others are counted."""
