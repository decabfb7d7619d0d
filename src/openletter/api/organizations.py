"""`Organizations`: the acts that concern key records."""

from __future__ import annotations

from openletter import sshsig
from openletter.api.acts import first_record
from openletter.api.opened import Opened, existing
from openletter.api.stored import (
    holders_of,
)
from openletter.archive import (
    Act,
    Committer,
    Recorded,
    Snapshot,
)
from openletter.errors import (
    ActRefused,
)
from openletter.keys import PrivateKey, PublicKey
from openletter.records import Organization
from openletter.records.names import (
    RecordName,
    SignatureName,
    SignersName,
    key_folder,
)
from openletter.verify import (
    allowed_signers,
)


class Organizations(Opened):
    """Recording which keys speak for an organization."""

    def add_organization(
        self, organization: str, name: str, key: PrivateKey, committer: Committer, *, date: str
    ) -> tuple[Organization, Recorded]:
        """Record an organization's first key record, signed by its key; `date` is ISO 8601.

        Raises `IdError`, `InputError` for a name that can't be recorded, `ActRefused` where the organization has a
        record or another one has this key.
        """
        record = first_record(organization, name, key.public, date)
        data = record.to_bytes()

        def plan(snapshot: Snapshot | None) -> Act:
            _check_new(existing(snapshot), organization, key.public)
            folder = key_folder(organization)
            signature = SignatureName(number=1, organization=organization, key=key.public.short)
            return Act(
                files={
                    f"{folder}/{RecordName(number=1)}": data,
                    f"{folder}/{signature}": sshsig.encode(sshsig.sign(key, data)),
                    f"{folder}/{SignersName(number=1)}": allowed_signers(record),
                },
                message=f"{organization}: first key record",
            )

        recorded = self._record(plan, committer)
        assert recorded is not None  # noqa: S101  # the plan always has something to do
        return record, recorded

    def preview_organization(self, organization: str, name: str, key: PublicKey, *, date: str) -> Organization:
        """What `add_organization` would record; raises what it would raise."""
        record = first_record(organization, name, key, date)
        _check_new(self._snapshot(), organization, key)
        return record


def _check_new(snapshot: Snapshot, organization: str, key: PublicKey) -> None:
    """Raise `ActRefused` where the organization has a key record, or another one has this key."""
    if str(RecordName(number=1)) in snapshot.key_file_names(organization):
        raise ActRefused(
            f"{organization} has a key record already", hint=f"see it with: openletter keys show {organization}"
        )
    for other in holders_of(snapshot, key):
        raise ActRefused(
            f"this key is on the record of {other}: a key listed twice counts for neither",
            hint=f"make a key of its own with: openletter keygen {organization}",
        )
