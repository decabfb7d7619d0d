"""A letter as lines of plain text, in the order in which a letter is read."""

from __future__ import annotations

from openletter.records.letter import Addressee, Letter, Signatory

_SUBJECT_LABELS = {"en": "Re: ", "fr": "Objet : ", "es": "Asunto: ", "de": "Betreff: "}
_COPIES_LABELS = {"fr": "Copie : ", "es": "C. c.: ", "de": "Kopie: "}


def as_lines(letter: Letter) -> list[str]:
    """The lines of the letter, an empty one between its parts; the body as its CommonMark stands."""
    language = letter.language.partition("-")[0]
    parts: list[list[str]] = []
    if letter.sender is not None:
        parts.append(letter.sender.split("\n"))
    parts.append(dated(letter))
    if letter.reference is not None:
        parts.append([letter.reference])
    parts += [_addressee(addressee) for addressee in letter.addressees]
    if letter.subject is not None:
        parts.append([_SUBJECT_LABELS.get(language, "") + letter.subject])
    parts += [text.split("\n") for text in (letter.salutation, letter.body, letter.valediction) if text is not None]
    parts += [_signatory(signatory) for signatory in letter.signatories]
    if letter.copies:
        parts.append([_COPIES_LABELS.get(language, "cc: ") + copy for copy in letter.copies])
    lines: list[str] = []
    for part in parts:
        lines += ["", *part] if lines else part
    return lines


def dated(letter: Letter) -> list[str]:
    """The place, where the date as printed doesn't name it, and the date."""
    head = [] if letter.place is None or (letter.date_line and letter.place in letter.date_line) else [letter.place]
    return [*head, letter.date_line or letter.date]


def _addressee(addressee: Addressee) -> list[str]:
    parts = (addressee.name, addressee.title, addressee.organization, *addressee.address)
    return [part for part in parts if part is not None]


def _signatory(signatory: Signatory) -> list[str]:
    return [part for part in (signatory.name, signatory.title, signatory.of) if part is not None]
