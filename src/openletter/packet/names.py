"""Names of files out of an archive where there are no folders: saved out of a page, attached to a PDF."""

from __future__ import annotations


def flat_name(path: str) -> str:
    """The name for a file of a bundle: a letter's files by their own, the others with `_` for each slash."""
    folder, _, name = path.rpartition("/")
    return (
        name
        if folder.startswith("archive/") and not folder.startswith("archive/checkpoints/")
        else path.replace("/", "_")
    )
