"""Who commits: a claim that git keeps beside each commit, and no evidence (``spec/archive.md``, "Recording")."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pygit2

from openletter.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who committed, and when: a claim that git keeps, and no evidence."""

    name: str
    email: str
    when: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Committer:
    """The author and the committer of a commit."""

    author: Identity
    committer: Identity


def git_signature(identity: Identity) -> pygit2.Signature:
    """The identity as git's library takes it; raises `InputError` where git can't keep it."""
    offset = identity.when.utcoffset() or timedelta(0)
    try:
        return pygit2.Signature(
            identity.name, identity.email, int(identity.when.timestamp()), int(offset.total_seconds() // 60)
        )
    except (pygit2.GitError, ValueError, OverflowError) as error:
        raise InputError(
            f"git can't keep this committer: {identity.name!r} <{identity.email}>, {identity.when}",
            hint="set GIT_AUTHOR_NAME, GIT_COMMITTER_NAME and their dates, or git config user.name, to something usual",
        ) from error
