"""git's index: it is given new files, and all else in it stays as it is (``spec/archive.md``, "Recording").

git keeps the whole index in one file, which is read and written as a whole: its cost grows with the archive. It is the
only cost of recording that does, and a bare repository has none of it.
"""

from __future__ import annotations

from collections.abc import Mapping

import pygit2
from pygit2.enums import FileMode


def add_to_index(repository: pygit2.Repository, blobs: Mapping[str, pygit2.Oid]) -> list[str]:
    """Give the index these files by path; what it could not be given, since something else is staged there.

    Raises `pygit2.GitError` or `OSError`, and then has changed nothing.
    """
    index = repository.index
    # Not `read()`: that would parse again what was read a moment ago. This compares the checksum at the file's end.
    index.read(False)
    in_the_way: list[str] = []
    for path, oid in blobs.items():
        folders = path.split("/")
        above = ("/".join(folders[:depth]) for depth in range(1, len(folders)))
        if (path in index and index[path].id != oid) or any(folder in index for folder in above):
            in_the_way.append(path)
        else:
            index.add(pygit2.IndexEntry(path, oid, FileMode.BLOB))
    index.write()
    return in_the_way
