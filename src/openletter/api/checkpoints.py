"""`Checkpoints`: an organization says what it saw of an archive, and a reader keeps a copy (``spec/history.md``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from openletter import records, sshsig, timestamps
from openletter.api.opened import existing
from openletter.api.reading import Reading
from openletter.api.stored import keyring_for, require_organization
from openletter.archive import Act, Committer, Recorded, Repository, Snapshot
from openletter.errors import ActRefused, Invalid, StorageError
from openletter.keys import PrivateKey, PublicKey
from openletter.records import Checkpoint
from openletter.records.kept import KeptCheckpoint
from openletter.records.names import (
    CheckpointName,
    CheckpointSignatureName,
    TimestampName,
    checkpoint_folder,
    parse_organization_id,
)
from openletter.records.sighting import State
from openletter.verify import Keyring

NO_TOKENS: Final[Mapping[str, bytes]] = MappingProxyType({})


def checkpoint_act(record: Checkpoint, key: PrivateKey, tokens: Mapping[str, bytes] = NO_TOKENS) -> Act:
    """The commit of a checkpoint: the record under its own digest, the signature over it, and timestamps over it.

    `tokens` are the bytes of RFC 3161 timestamps by the host names of their authorities.
    """
    data = record.to_bytes()
    act = records.digest(data).removeprefix("sha256:")[:16]
    folder = checkpoint_folder(record.organization)
    signature = CheckpointSignatureName(act=act, key=key.public.short)
    return Act(
        files={
            f"{folder}/{CheckpointName(act=act)}": data,
            f"{folder}/{signature}": sshsig.encode(sshsig.sign(key, data)),
            **{f"{folder}/{TimestampName(act=act, authority=host)}": token for host, token in tokens.items()},
        },
        message=f"checkpoints: {record.organization} saw {record.commit[:12]}",
    )


@dataclass(slots=True)
class Following:
    """The checkpoint of an act by the organization that did it, made as the act is recorded.

    `path` is where it lies; where there is none, `lacks` says why. Both tell of the last attempt.
    """

    repository: Repository
    organization: str
    key: PrivateKey
    date: str
    path: str | None = field(default=None, init=False)
    lacks: str | None = field(default=None, init=False)

    def __call__(self, commit: str) -> Act | None:
        """What the commit of the checkpoint adds, told the commit that it is about."""
        self.path = self.lacks = None
        try:
            tree = self.repository.tree_id(commit)
        except (Invalid, StorageError) as error:
            # Rubbish that somebody put into the archive, or a file that this copy lacks, is no reason not to sign.
            self.lacks = str(error)
            return None
        record = Checkpoint(organization=self.organization, date=self.date, commit=commit, tree=tree)
        act = checkpoint_act(record, self.key)
        self.path = next(iter(act.files))
        return act


def day_of(committer: Committer) -> str:
    """The day on which somebody commits, by their own clock: ISO 8601."""
    return committer.committer.when.date().isoformat()


def check_speaks(keyring: Keyring, organization: str, key: PublicKey) -> None:
    """Raise `ActRefused` where a key may not speak for an organization now."""
    standing = keyring.standing(organization, key)
    if standing is None:
        raise ActRefused(
            f"the key {key.fingerprint} is not on the record of {organization}",
            hint=f"see which keys are, with: openletter keys show {organization}",
        )
    if standing.status != "active":
        raise ActRefused(
            f"the key {key.fingerprint} of {organization} is {standing.status}, and makes no new signatures",
            hint=f"sign with an active key, by --key FILE: openletter keys show {organization}",
        )
    if standing.shared_with:
        raise ActRefused(
            f"the key {key.fingerprint} is also on the record of {', '.join(standing.shared_with)}, "
            "so it counts for neither",
        )


class Checkpoints(Reading):
    """Saying what an archive is now, so that it can't go back unseen."""

    def preview_checkpoint(self, organization: str, key: PublicKey, *, date: str) -> Checkpoint:
        """The checkpoint that an organization can sign now: of the newest commit; `date` is ISO 8601.

        Raises `UnknownName`, `ActRefused` (a key that isn't active on the organization's record, a plain folder),
        `ForeignPath` or `TooLarge` where the commit has no tree id.
        """
        repository = self._history()
        snapshot = self._snapshot()
        _check_organization(snapshot, organization, key)
        commit = str(snapshot.commit)
        return Checkpoint(organization=organization, date=date, commit=commit, tree=repository.tree_id(commit))

    def checkpoint(
        self, record: Checkpoint, key: PrivateKey, committer: Committer, *, tokens: Mapping[str, bytes] = NO_TOKENS
    ) -> Recorded | None:
        """Record a checkpoint that was shown, signed; `None` where it is there already, signed by this key.

        `tokens` are RFC 3161 timestamps over its bytes by the host names of their authorities. Raises `UnknownName`,
        `ActRefused` (also where the history no longer has its commit, with its tree), `Fork`, and `TimestampError`
        where a token is false.
        """
        repository = self._history()
        for host, token in tokens.items():
            parse_organization_id(host)
            timestamps.judge(token, record.to_bytes(), ())
        claim = (record.commit, record.tree)

        def plan(snapshot: Snapshot | None) -> Act | None:
            state = existing(snapshot)
            _check_organization(state, record.organization, key.public)
            if repository.sightings([claim])[claim].state is not State.MATCHES:
                raise ActRefused(
                    "the archive is no longer one that comes after what was shown",
                    hint="look again, with: openletter verify",
                )
            act = checkpoint_act(record, key, tokens)
            present = state.checkpoint_file_names(record.organization)
            return act if any(path.rpartition("/")[2] not in present for path in act.files) else None

        return self._record(plan, committer)

    def keep(self, *, date: str) -> KeptCheckpoint:
        """A reader's own copy of what the archive is now; raises `ActRefused` where its history isn't all here."""
        return self._history().keep(date)

    def _history(self) -> Repository:
        if self._repository is None:
            raise ActRefused(
                "this is a plain folder, and only a git repository has the history that a checkpoint is about",
                path=str(self._folder),
                hint="work in a clone of the archive",
            )
        return self._repository


def _check_organization(snapshot: Snapshot, organization: str, key: PublicKey) -> None:
    parse_organization_id(organization)
    require_organization(snapshot, organization)
    check_speaks(keyring_for(snapshot, [organization]), organization, key)
