"""git's index: it is given new files, and all else in it stays as it is (``spec/archive.md``, "Recording").

git keeps the whole index in one file, which is read and written as a whole: its cost grows with the archive. It is the
only cost of recording that does, and a bare repository has none of it.
"""

from __future__ import annotations

from collections.abc import Mapping

import pygit2
from pygit2.enums import FileMode


def add_to_index(repository: pygit2.Repository, blobs: Mapping[str, pygit2.Oid]) -> None:
    """Give the index these files by path; raises `pygit2.GitError` or `OSError`, and then has changed nothing."""
    index = repository.index
    # Not `read()`: that would parse again what was read a moment ago. This compares the checksum at the file's end.
    index.read(False)
    for path, oid in blobs.items():
        index.add(pygit2.IndexEntry(path, oid, FileMode.BLOB))
    index.write()
