"""`Publishing`: the key record that counts now, for readers to confirm and for its organization to publish."""

from __future__ import annotations

from openletter import records
from openletter.api.opened import Opened
from openletter.api.stored import keyring_for, require_organization
from openletter.errors import ActRefused
from openletter.records import Organization
from openletter.records.names import RecordName
from openletter.verify import OrganizationReport, allowed_signers


class Publishing(Opened):
    """What an archive says of an organization's keys, for use outside of it; nothing here changes it."""

    def key_record(self, organization: str) -> tuple[OrganizationReport, Organization]:
        """The newest key record that counts, and the report on all of them.

        Raises `UnknownName` where the organization has none, `ActRefused` where none counts.
        """
        snapshot = self._snapshot()
        require_organization(snapshot, organization)
        report = keyring_for(snapshot, [organization]).reports[organization]
        folder = snapshot.keys(organization)
        if not report.records or folder is None:
            raise ActRefused(
                f"none of the key records of {organization} counts",
                hint=f"see what is wrong with: openletter keys show {organization}",
            )
        record = records.decode(folder.files[str(RecordName(number=report.records))])
        assert isinstance(record, Organization)  # noqa: S101  # the keyring counted it
        return report, record

    def published_keys(self, organization: str) -> bytes:
        """The file that the organization puts on its domain (``spec/pins.md``, "The published file").

        Raises what `key_record` raises, and `ActRefused` where every key was declared compromised.
        """
        data = allowed_signers(self.key_record(organization)[1])
        if not data:
            raise ActRefused(
                f"every key of {organization} was declared compromised, and none is left to publish",
                hint="record a new one first; see openletter keys --help",
            )
        return data
