"""The git repository of an archive: objects, refs and history.

Reading goes to git objects, never through the work tree, so no link, filter, hook or path trick is followed. Writing
adds: objects first, then one update of the branch that fails if somebody else was faster, then the work tree and the
index, for just the files added. A note in the git folder tells of an act whose files are still due, so that the next
act completes what a killed process left (``spec/archive.md``, "Reading" and "Recording").
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import sleep
from typing import Final, Self

import pygit2
from pygit2.enums import FileMode, ObjectType, RepositoryOpenFlag

from openletter.archive.auditing import History
from openletter.archive.committer import Committer, git_signature
from openletter.archive.comparing import Commits
from openletter.archive.finding import is_repository
from openletter.archive.guard import check_file, check_folder, check_log, common_folder, open_guarded
from openletter.archive.history import Arrival, arrivals, keep, told
from openletter.archive.index import add_to_index
from openletter.archive.layout import ATTRIBUTES, ATTRIBUTES_PATH
from openletter.archive.leftovers import check_free, clear, cure, lock_of
from openletter.archive.objects import Objects
from openletter.archive.sightings import Claim, sightings
from openletter.archive.snapshot import Snapshot
from openletter.archive.tree import GitTree, storage, text_of
from openletter.archive.tree_cache import Secret, TreeCache
from openletter.archive.tree_ids import TreeIds
from openletter.archive.worktree import Note, locked, write_new
from openletter.errors import ActRefused, ForeignPath, Fork, NotAnArchive, OpenletterError, StorageError, UnknownName
from openletter.records.kept import KeptCheckpoint
from openletter.records.names import check_path
from openletter.records.sighting import Sighting, State

_LINKS: Final = 6
"""How many names may lie between `HEAD` and its commit, as git has it."""
_REFERENCE: Final = 4096
"""The most bytes that the file of a branch may have."""

_ATTEMPTS: Final = 40
_PAUSE: Final = 0.002
"""Seconds by which each attempt waits longer than the one before: 1.6 in all."""

_STAGE: Final = ".openletter-init"
"""Where a new repository is made, before it gets its place in one step."""

_IN_THE_WAY: Final = frozenset({errno.EEXIST, errno.ELOOP, errno.ENOTDIR, errno.EISDIR})
"""How a write fails where something of somebody's stands in the place of the file, or of a folder above it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What one commit adds: new files by path, and the sentence that says so.

    `then` says what one more commit of the same act adds, told the id of the one before it: both are recorded, or none.
    """

    files: Mapping[str, bytes]
    message: str
    then: Callable[[str], Act | None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What `Repository.record` did: the id of the act's last commit; what the work tree could not be given, and why."""

    commit: str
    not_checked_out: tuple[str, ...] = ()
    reason: str | None = None


class Repository:
    """The git repository of an archive."""

    def __init__(self, repository: pygit2.Repository, secret: Secret | None = None) -> None:
        self._git = repository
        self._seen: Snapshot | None = None
        self._cache = TreeCache(common_folder(repository), secret)

    @classmethod
    def open(cls, path: Path, secret: Secret | None = None) -> Self:
        """The archive whose repository is at `path`, a work tree or a bare one; raises `NotAnArchive`.

        `secret` gives the user's own, under which computed tree ids are kept in the git folder; without it none are.
        """
        with storage(str(path)):
            return cls(open_guarded(path), secret)

    @classmethod
    def create(cls, path: Path, committer: Committer) -> tuple[Self, Recorded | None]:
        """Make a folder an archive: a git repository with the mark committed. Where it is one, nothing is done.

        Raises `ActRefused` where a file stands in the way, `StorageError` where writing fails.
        """
        if path.exists() and not path.is_dir():
            raise ActRefused("this is a file, and an archive is a folder", path=str(path), hint="name another place")
        for identity in (committer.author, committer.committer):
            git_signature(identity)  # what can't be committed is refused before anything is made
        act = Act(files={ATTRIBUTES_PATH: ATTRIBUTES}, message="openletter: begin an archive of letters")
        with storage(str(path)):
            if not is_repository(path):
                check_free(path, None)
                return cls._make(path, act, committer)
            repository = cls(open_guarded(path))
            try:
                repository.snapshot().check_mark()
            except NotAnArchive:
                pass
            else:
                return repository, None
            check_free(path, repository._git)
        try:
            return repository, repository.record(lambda _: act, committer)
        except Fork as error:
            raise ActRefused(
                "this git repository has a .gitattributes of its own, and an archive needs its fixed one",
                path=str(path),
                hint="make the archive in another folder",
            ) from error

    @classmethod
    def _make(cls, path: Path, act: Act, committer: Committer) -> tuple[Self, Recorded | None]:
        """Make a repository with its first commit aside, and give it its place in one step."""
        made = not path.exists()
        path.mkdir(parents=True, exist_ok=True)
        stage = path / _STAGE
        try:
            with locked(path, _ATTEMPTS, _PAUSE):
                clear(stage)
                if is_repository(path):  # somebody else was faster
                    return cls(open_guarded(path)), None
                try:
                    pygit2.init_repository(str(stage), initial_head="main")
                    # Opened as a bare one, it records without a work tree; the note has the files given afterwards.
                    aside = cls(pygit2.Repository(str(stage / ".git"), RepositoryOpenFlag.BARE))
                    recorded = aside.record(lambda _: act, committer)
                    assert recorded is not None  # noqa: S101  # the plan has something to do
                    Note.create(stage / ".git", recorded.commit, None).close()
                    (stage / ".git").rename(path / ".git")
                finally:
                    shutil.rmtree(stage, ignore_errors=True)
        except BaseException:
            if made:
                with suppress(OSError):
                    path.rmdir()
            raise
        repository = cls(open_guarded(path))
        finished = repository.finish()
        return repository, finished.get(recorded.commit, recorded)

    @property
    def path(self) -> Path:
        """The folder that a person would name: the work tree, or the bare repository itself."""
        return Path(self._git.workdir or self._git.path)

    def snapshot(self) -> Snapshot:
        """The state at the newest commit of the branch that is checked out; raises `NotAnArchive` where none is."""
        with storage(str(self.path)):
            head = self._head()
            if head is None:
                raise NotAnArchive(
                    "this git repository has no commit yet",
                    path=str(self.path),
                    hint="make it an archive with: openletter init FOLDER",
                )
            return self._snapshot_at(head)

    def _snapshot_at(self, head: pygit2.Oid) -> Snapshot:
        # What one act asks again and again is the same commit: its folders are read once.
        if self._seen is None or self._seen.commit != str(head):
            self._seen = Snapshot(GitTree(self._git, head), commit=str(head))
        return self._seen

    # --- writing ---

    def record(self, plan: Callable[[Snapshot | None], Act | None], committer: Committer) -> Recorded | None:
        """Add the files of an act in its commits, all or none; `None` where the plan finds nothing to do.

        `plan` sees the newest state (`None` before the first commit) and says what to add; it is asked again where
        somebody else's commit landed in between, and so is each `Act.then`. Raises what these raise, `Fork` where a
        path holds other bytes, `StorageError` where writing fails.
        """
        pygit2.settings.enable_fsync_gitdir(True)
        held: str | None = None
        with storage(str(self.path)):
            branch = self._branch()
            self.finish()
            for attempt in range(_ATTEMPTS):
                sleep(_PAUSE * attempt)
                head = self._head()
                act = plan(None if head is None else self._snapshot_at(head))
                if act is None:
                    return None
                commit, files, blobs = self._write(act, head, committer)
                with self._noted(commit, head) as note:
                    try:
                        held = self._move(branch, head, commit, act.message)
                    except Exception:
                        note.done()
                        raise
                    if held is None:
                        recorded = self._check_out(str(commit), files, blobs, note)
                        self._cache.save()
                        return recorded
                    note.done()
        if held:
            raise StorageError(
                "another program holds the lock of this branch, or was stopped and left it behind",
                path=held,
                hint=f"try again; {cure(held)}",
            )
        raise StorageError("others keep this branch busy", path=str(self.path), hint="try again")

    def _write(
        self, act: Act, head: pygit2.Oid | None, committer: Committer
    ) -> tuple[pygit2.Oid, dict[str, bytes], dict[str, pygit2.Oid]]:
        """Write the commits of an act, each on the one before: the last one's id, and all files and blobs by path."""
        files: dict[str, bytes] = {}
        blobs: dict[str, pygit2.Oid] = {}
        while True:
            with self._written():
                new = {path: self._git.create_blob(data) for path, data in act.files.items()}
                root = None if head is None else self._git[head].peel(pygit2.Tree)
                head = self._git.create_commit(
                    None,
                    git_signature(committer.author),
                    git_signature(committer.committer),
                    act.message + "\n",
                    self._add(root, {tuple(path.split("/")): oid for path, oid in new.items()}, ""),
                    [] if head is None else [head],
                )
                if head not in self._git:
                    raise ValueError("the commit doesn't exist")
            files.update(act.files)
            blobs.update(new)
            following = None if act.then is None else act.then(str(head))
            if following is None:
                return head, files, blobs
            act = following

    @contextmanager
    def _written(self) -> Iterator[None]:
        """On a disk that is nearly full, git's library loses an object without a word: said when it is missed."""
        try:
            yield
        except (pygit2.GitError, ValueError, KeyError) as error:
            if "exist" not in str(error):
                raise
            raise StorageError(
                "what git has just written is not there: the disk may be full",
                path=str(self.path),
                hint="free some space on this disk and try again; otherwise git fsck tells what is missing",
            ) from error

    def _branch(self) -> str:
        head = self._git.lookup_reference("HEAD")
        if not isinstance(head.raw_target, bytes):
            raise ActRefused(
                "no branch is checked out here, so nothing can be recorded",
                path=str(self.path),
                hint="check one out, with: git switch main",
            )
        self._head()  # it refuses what leads elsewhere
        branch = head.raw_target.decode()
        check_log(common_folder(self._git), branch)
        return branch

    def _head(self) -> pygit2.Oid | None:
        """The commit that `HEAD` names, through branches alone; `None` where the branch has none yet."""
        name = "HEAD"
        own, common = Path(self._git.path), common_folder(self._git)
        for _ in range(_LINKS):
            file = (own if name == "HEAD" else common) / name
            for folder in Path(name).parents:
                check_folder(common / folder)
            check_file(file, _REFERENCE)
            try:
                target = self._git.lookup_reference(name).raw_target
            except KeyError:
                return None
            if isinstance(target, pygit2.Oid):
                Objects(self._git).check(target, ObjectType.COMMIT, name)
                return target
            name = text_of(target)
            if not name.startswith("refs/heads/") or ".." in name or "\0" in name:
                raise StorageError("it names no branch", path=str(file), hint="check one out, with: git switch main")
        raise StorageError("its branches name each other without end", path=str(own / "HEAD"), hint="take another copy")

    def _move(self, branch: str, before: pygit2.Oid | None, after: pygit2.Oid, message: str) -> str | None:
        """Let the branch go from `before` to `after`.

        `None` where it did; else the lock that somebody holds, and an empty text where the branch was moved meanwhile.
        """
        try:
            if before is None:
                self._git.create_reference_direct(branch, after, False, message=message)
            else:
                reference = self._git.lookup_reference(branch)
                if reference.target != before:
                    return ""
                # libgit2 compares under the ref's lock with the target that this reference was read with.
                reference.set_target(after, message)
        except (pygit2.AlreadyExistsError, pygit2.GitError, OSError) as error:
            # Whoever holds the lock is about to move the branch, or has left it behind: try again, for a while.
            lock = lock_of(error)
            if self._head() == before and lock is None:
                raise
            return lock or ""
        return None

    def _add(self, tree: pygit2.Tree | None, files: Mapping[tuple[str, ...], pygit2.Oid], path: str) -> pygit2.Oid:
        """Write the trees along the paths, and no others."""
        builder = self._git.TreeBuilder(tree) if tree is not None else self._git.TreeBuilder()
        deeper: dict[str, dict[tuple[str, ...], pygit2.Oid]] = {}
        for (name, *rest), oid in files.items():
            if rest:
                deeper.setdefault(name, {})[tuple(rest)] = oid
                continue
            present = tree[name] if tree is not None and name in tree else None
            if present is not None and (present.id != oid or present.filemode != FileMode.BLOB):
                raise Fork("other bytes are recorded under this name", path=f"{path}{name}")
            builder.insert(name, oid, FileMode.BLOB)
        for name, inner in deeper.items():
            subtree = tree[name] if tree is not None and name in tree else None
            if subtree is not None and not isinstance(subtree, pygit2.Tree):
                raise Fork("a file stands where a folder is due", path=f"{path}{name}")
            builder.insert(name, self._add(subtree, inner, f"{path}{name}/"), FileMode.TREE)
        return builder.write()

    @contextmanager
    def _noted(self, commit: pygit2.Oid, before: pygit2.Oid | None) -> Iterator[Note]:
        """Keep a note in the git folder that the files that came after `before`, up to `commit`, are due."""
        note = Note.create(Path(self._git.path), str(commit), None if before is None else str(before))
        try:
            yield note
        finally:
            note.close()

    def _check_out(
        self, commit: str, files: Mapping[str, bytes], blobs: Mapping[str, pygit2.Oid], note: Note
    ) -> Recorded:
        """Give the work tree and the index the files added. The act is recorded already: nothing here undoes it."""
        if self._git.is_bare or self._git.workdir is None:
            note.done()
            return Recorded(commit=commit)
        failed: list[str] = []
        due: list[str] = []
        reason: str | None = None
        for path, data in files.items():
            try:
                write_new(Path(self._git.workdir), path, data, note.token)
            except OSError as error:
                failed.append(path)
                reason = error.strerror or str(error)
                if error.errno not in _IN_THE_WAY:
                    due.append(path)
        for attempt in range(_ATTEMPTS):
            sleep(_PAUSE * attempt)
            try:
                if staged := add_to_index(self._git, {path: oid for path, oid in blobs.items() if path not in due}):
                    failed += [path for path in staged if path not in failed]
                    reason = reason or "something else is staged there"
                break
            except (pygit2.GitError, OSError) as error:
                lock = lock_of(error)
                if lock is None and "index is locked" in str(error):
                    lock = str(Path(self._git.path) / "index.lock")
                if lock is None or attempt == _ATTEMPTS - 1:
                    reason = str(error) if lock is None else f"{lock} is in the way: {cure(lock)}"
                    return Recorded(commit=commit, not_checked_out=tuple(files), reason=reason)
        if not due:
            note.done()
        return Recorded(commit=commit, not_checked_out=tuple(failed), reason=reason)

    def finish(self) -> dict[str, Recorded]:
        """Complete what killed processes recorded and didn't check out, as their notes tell; what was done, by commit.

        `record` begins with it. Only what `HEAD` has and the index lacks is due: the index is written after the work
        tree, so where it has a file that the work tree lacks, a person has removed it. The act that comes after this
        doesn't depend on it: no failure here stops that act, and what remains is tried again.
        """
        done: dict[str, Recorded] = {}
        if self._git.is_bare or self._git.workdir is None:
            return done
        for note in Note.left_behind(Path(self._git.path)):
            try:
                with suppress(pygit2.GitError, OSError, ValueError, KeyError, OpenletterError):
                    files, blobs = self._due(note.commit, note.before)
                    if files:
                        done[note.commit] = self._check_out(note.commit, files, blobs, note)
                    else:
                        note.done()
            finally:
                note.close()
        return done

    def _due(self, commit: str, before: str | None) -> tuple[dict[str, bytes], dict[str, pygit2.Oid]]:
        """The files that a commit has and the one `before` hadn't, that `HEAD` has just so, and that the index lacks.

        A note may be a stranger's: what it makes us write has the path of a record or a signature, or is the mark.
        """
        head, oid = self._head(), pygit2.Oid(hex=commit)
        if head is None:
            return {}, {}
        objects = Objects(self._git)
        older = None if before is None else GitTree(self._git, pygit2.Oid(hex=before))
        now = GitTree(self._git, head)
        self._git.index.read()
        blobs: dict[str, pygit2.Oid] = {}
        for path, blob in GitTree(self._git, oid).added(older):
            with suppress(ForeignPath):
                if path != ATTRIBUTES_PATH:
                    check_path(path)
                if now.holds(path, blob) and path not in self._git.index:
                    blobs[path] = blob
        return {path: objects.read(blob, ObjectType.BLOB, path) for path, blob in blobs.items()}, blobs

    # --- history ---

    def history(self, since: str | None) -> History:
        """The history of the commit that `HEAD` names, without `since` and what it reaches; raises `UnknownName`."""
        with storage(str(self.path)):
            head = self._head()
            if head is None:
                raise NotAnArchive("this git repository has no commit yet", path=str(self.path))
            return History(self._git, head, None if since is None else self._commit(since))

    def _commit(self, name: str) -> pygit2.Oid:
        """The commit of an id in hex that may be shortened; raises `UnknownName`."""
        try:
            oid = self._git.expand_id(name)
            Objects(self._git).check(oid, ObjectType.COMMIT, f"commit {oid}")
        except (KeyError, ValueError, pygit2.GitError, ForeignPath) as error:
            shown = name or "without a name"
            raise UnknownName(
                f"this archive holds no commit {shown}, or more than one whose id begins so",
                hint="name one by its id, as git log or openletter log --json shows it",
            ) from error
        return oid

    def commits(self) -> Commits:
        """The history from the newest commit back; raises what `snapshot` raises."""
        commit = self.snapshot().commit
        assert commit is not None  # noqa: S101  # a git repository's state has one
        return Commits(self._git, commit)

    def arrivals(self, path: str) -> list[Arrival]:
        """The commits that brought files into a folder, oldest first."""
        with storage(path):
            head = self._head()
            return [] if head is None else arrivals(self._git, head, path)

    def told(self, commit: str) -> tuple[datetime | None, str]:
        """When a commit says that it was made, and by whom: what the archive says, and no evidence."""
        return told(self._git, commit)

    def tree_id(self, commit: str) -> str:
        """The SHA-256 tree id of a commit's ``archive`` and ``keys``.

        Raises `ForeignPath` where there is none, and `TooLarge`.
        """
        return TreeIds(self._git, self._cache).of(pygit2.Oid(hex=commit))

    def proof(self, commit: str, folders: Iterable[str]) -> list[bytes]:
        """The bodies of the trees from a commit's tree id down to these folders; raises what `tree_id` raises."""
        return TreeIds(self._git, self._cache).proof(pygit2.Oid(hex=commit), folders)

    def sightings(self, claims: Iterable[Claim], interest: Collection[str] = ()) -> Mapping[Claim, Sighting]:
        """What the history says of checkpoints, by what they claim: a commit, and its SHA-256 tree id, both in hex.

        `interest` are paths; a sighting tells which of them its commit held, byte for byte as `HEAD` does. It takes one
        walk of the history, the trees of the commits that are asked for, and memory for as many paths as it tells.
        """
        with storage(str(self.path)):
            head = self._head()
            if head is None:
                return {claim: Sighting(state=State.UNKNOWN) for claim in claims}
            found = sightings(self._git, head, TreeIds(self._git, self._cache), claims, interest)
            self._cache.save()
            return found

    def keep(self, date: str) -> KeptCheckpoint:
        """A reader's own copy of what the archive is now, dated ISO 8601; raises `ActRefused` where that can't be."""
        with storage(str(self.path)):
            head = self._head()
            if head is None:
                raise NotAnArchive("this git repository has no commit yet", path=str(self.path))
            kept = keep(self._git, head, self.tree_id(str(head)), date)
            self._cache.save()
            return kept
