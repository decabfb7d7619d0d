"""The failures of openletter, typed by what the reader does next.

Two families, and the exit status follows the family (``spec/verification.md``, "Exit status"):

* `InputError`: what was asked or handed in can't be used. Change it and try again; nothing was changed. (2)
* `Invalid`: what was read is false: not what its own rules or its signatures say. Don't rely on it. (1)

Every error carries one sentence, and where there is one: a cure (`hint`), the file (`path`), the line (`line`, from 1)
and the field (`field`, such as ``signatories[2].name``). The names of the classes below `Invalid` are those that the
test vectors name in their ``expect:`` lines.
"""

from __future__ import annotations

from typing import Self


class OpenletterError(Exception):
    """Any failure that openletter reports."""

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        path: str | None = None,
        line: int | None = None,
        field: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.path = path
        self.line = line
        self.field = field

    def at(self, *, path: str | None = None, line: int | None = None, field: str | None = None) -> Self:
        """Add where it happened, keeping what is already known, and return the error itself."""
        self.path = self.path if self.path is not None else path
        self.line = self.line if self.line is not None else line
        self.field = self.field if self.field is not None else field
        return self

    def __str__(self) -> str:
        line = f":{self.line}" if self.line is not None else ""
        place = f"{self.path}{line}" if self.path is not None else ""
        field = f"{self.field}: " if self.field else ""
        return f"{place}: {field}{self.message}" if place else f"{field}{self.message}"


# --- what was asked or handed in can't be used ---


class InputError(OpenletterError):
    """What was asked or handed in can't be used; nothing was changed."""


class IdError(InputError):
    """Not the id of a letter, a revision or an organization: correct its spelling."""


class UnknownName(InputError):
    """A well-formed id that this archive doesn't hold: choose one that it holds."""


class DraftError(InputError):
    """A draft that can't become a letter as it stands: edit the draft."""


class DocumentError(InputError):
    """A document that can't be imported: give another, or another form of it."""


class MissingExtra(InputError):
    """A part of the installation is missing that this needs: install it."""

    def __init__(self, extra: str, package: str) -> None:
        """`package` of the optional part `extra` isn't installed."""
        super().__init__(
            f"this needs the package {package}, which isn't installed",
            hint=f"install it with: pip install 'openletter[{extra}]'",
        )


class FontsMissing(InputError):
    """No font here has a character that is to be printed: install one that has it."""

    def __init__(self, message: str, *, hint: str | None = None, characters: frozenset[str] = frozenset()) -> None:
        """`characters` are those that were met in what can't be printed, and no font has one of them at least."""
        super().__init__(message, hint=hint)
        self.characters = characters


class KeyFileError(InputError):
    """A private or public key file that can't be used: give another."""


class PassphraseError(KeyFileError):
    """An encrypted key with no passphrase or a wrong one: type the right one."""


class NotAnArchive(InputError):
    """There is no archive there: name another folder, or make one."""


class EmptyArchive(InputError):
    """The archive holds nothing that could be judged yet."""


class ActRefused(InputError):
    """The act is well formed, and the archive's rules don't allow it now."""


class StorageError(InputError):
    """Reading or writing the storage failed; nothing was recorded."""


class PinsError(InputError):
    """The verifier's own file of keys, authorities or memory can't be used: mend it, or move it away."""


class FetchError(InputError):
    """Something could not be fetched over the network: try again, or ask by another route."""


# --- what was read is false ---


class Invalid(OpenletterError):
    """What was read is not what it must be; don't rely on it."""


class CanonicalError(Invalid):
    """Bytes that are no canonical YAML."""


class TooLarge(CanonicalError):
    """More than the 1 MiB that a record may have."""


class NotUtf8(CanonicalError):
    """Bytes that are not UTF-8, or that begin with a byte order mark."""


class NotCanonical(CanonicalError):
    """Not the one spelling that the profile gives to its data."""


class ForbiddenText(CanonicalError):
    """A character, or a place for a space or an empty line, that text may not have."""


class NotNormalized(ForbiddenText):
    """Text that is not in Unicode normalization form C."""


class RecordError(Invalid):
    """Canonical YAML that is no valid record."""


class UnknownFormat(RecordError):
    """A first line that names no kind of record known here: a newer openletter may know it."""


class MissingField(RecordError):
    """A required field is absent."""


class UnknownField(RecordError):
    """A field that this kind of record doesn't have."""


class FieldOrder(RecordError):
    """A field that stands before one that its kind puts first."""


class FieldValue(RecordError):
    """A value outside the grammar of its field."""


class FieldConflict(RecordError):
    """Values that are each in order and exclude one another."""


class ForeignPath(Invalid):
    """A path, or a kind of entry, that an archive may not hold."""


class MisplacedRecord(Invalid):
    """A valid record under the name of another."""


class Fork(Invalid):
    """Two different contents for one name."""


class ChainError(Invalid):
    """A record that doesn't follow from the one before it."""


class PublicKeyError(Invalid):
    """A public key that can't be read, or of a type that is not used here."""


class WeakKey(PublicKeyError):
    """A low-order or non-canonical point: anyone could sign for it."""


class SignatureError(Invalid):
    """A signature that proves nothing."""


class ArmorError(SignatureError):
    """Not the one armored text that ssh-keygen writes for a signature."""


class BlobError(SignatureError):
    """Armored bytes that are not an SSHSIG of version 1, exactly."""


class WrongNamespace(SignatureError):
    """Made for another purpose than to sign letters."""


class UnknownAlgorithm(SignatureError):
    """A key type, signature type or hash that is not used here."""


class AuthenticatorError(SignatureError):
    """A hardware key's statement without a touch, or for another application."""


class SignatureMismatch(SignatureError):
    """The signature was not made by this key over these bytes."""


class DerivedMismatch(Invalid):
    """A derived file that differs from what the records say."""


class AttributesChanged(Invalid):
    """A ``.gitattributes`` that is not the fixed one: it could hide or convert files of the archive."""


class HistoryError(Invalid):
    """A history that changed, lost or hid something that it held."""


class CheckpointMismatch(Invalid):
    """A checkpoint whose commit has another tree than it says: its organization signed what it never saw."""


class TimestampError(Invalid):
    """A timestamp that proves nothing about the checkpoint that it lies beside."""


class BundleError(Invalid):
    """The evidence in a file that carries it is not as its own rules say."""


class PageMismatch(Invalid):
    """A file shows another text than the record that it carries."""
