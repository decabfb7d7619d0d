"""The page "Who signed" as data: verdicts in words, and how to check them (``packet/letter.typ``).

What is printed is read by others than whoever exports it. So nothing is said of whose keys the exporter confirmed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from openletter import canonical
from openletter.errors import InputError
from openletter.packet.names import flat_name
from openletter.packet.pdf_text import Data, direction, words
from openletter.records.names import SignatureName, SignersName, letter_folder, parse_key_file, parse_letter_file
from openletter.reports import remarks, sentences
from openletter.reports.plain import count, digest_groups, short
from openletter.verify import LetterReport, OrganizationVerdict, Outcome, Report, Verdict

if TYPE_CHECKING:
    from openletter.records.bundle import Bundle

_MOST_FAULTS: Final = 50
_MOST_DOUBTS: Final = 5
_MOST_QUOTED: Final = 2000
_MOST_BASE: Final = 300
_BASE: Final = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+(?:/[A-Za-z0-9._~/-]*)?")


def code_text(letter: str, revision: int, digest: str, base_url: str | None) -> str:
    """What the QR code says: the revision and the digest of its record, after the site's address where there is one.

    ``openletter:2026/slug@2 sha256:…``, or ``BASE/2026/slug/2/#sha256:…``. Raises `InputError` for a strange address.
    """
    if base_url is None:
        return f"openletter:{letter}@{revision} {digest}"
    if len(base_url) > _MOST_BASE or not _BASE.fullmatch(base_url):
        raise InputError(
            "this is no address of a site, or one too long for the code",
            field="base_url",
            hint="an address is such as https://letters.alder.example/",
        )
    return f"{base_url.rstrip('/')}/{letter}/{revision}/#{digest}"


def signed_data(bundle: Bundle, report: Report, judged: LetterReport, digest: str, code: str) -> Data:
    """The page's words, of a report on this bundle."""
    groups = digest_groups(digest).split(" ")
    return {
        "about": f"{judged.letter}, revision {bundle.revision} of {judged.newest or bundle.revision}. "
        f"This page was made by openletter from the files that are attached to it.",
        "summary": sentences.summary(judged),
        "faults": list(_faults(report)),
        "groups": list(_groups(judged, report)),
        "digest": [" ".join(groups[start : start + 8]) for start in range(0, len(groups), 8)],
        "record": f"{bundle.revision:04}.yaml",
        "facts": [
            words(f"{label}: {text}")
            for label, text in (
                ("Text", sentences.texts(report)),
                ("Withdrawals", sentences.withdrawals(report)),
                ("Time", _time(judged)),
            )
        ],
        "code": code,
        "code_parts": _pieces(code),
        "steps": list(_steps(bundle, judged)),
    }


def _time(judged: LetterReport) -> str:
    if any(signature.seen is not None for signature in judged.signatures):
        return "since when a signature is shown to exist is said above. Other dates are claims."
    # Whose time stamps count is for whoever checks, and here nobody's were named.
    return "the dates in a letter are its own claim. Whether something shows that a signature is older, checking tells."


def _pieces(code: str) -> list[Data]:
    return [["cut", [code[start : start + 8] for start in range(0, len(code), 8)]]]


def _faults(report: Report) -> Iterator[Data]:
    for fault in report.false[:_MOST_FAULTS]:
        where = f"{fault.path}:{fault.line}" if fault.line is not None else fault.path
        yield words(_safe(f"{where}: {fault.message}"))
    if len(report.false) > _MOST_FAULTS:
        yield words(f"and {len(report.false) - _MOST_FAULTS} more")


def _groups(judged: LetterReport, report: Report) -> Iterator[Data]:
    looks = remarks.of_letter(judged, report.known)
    told = list(zip(judged.organizations, looks, strict=True))
    for verdict, title in sentences.HEADINGS.items():
        here = [(found, _told(found, doubts)) for found, doubts in told if found.verdict is verdict]
        if not here:
            continue
        # What is to be said of each is said once.
        first, *more = (notes for _, notes in here)
        shared = [note for note in first if more and all(note in notes for notes in more)]
        yield {
            "title": f"{title[0].upper()}{title[1:]}: {count(len(here), 'organization', 'organizations')}",
            "about": words(f"Of each: {'; '.join(shared)}.") if shared else None,
            "entries": [_entry(found, [note for note in notes if note not in shared]) for found, notes in here],
        }


def _told(found: OrganizationVerdict, doubts: remarks.Remarks) -> list[str]:
    notes = [*_notes(found), *(f"look twice: {doubt.message}" for doubt in doubts[:_MOST_DOUBTS])]
    if found.printed and found.record_name and found.printed != found.record_name:
        notes.insert(0, f"its key record has another name: {short(found.record_name)}")
    return [_safe(note) for note in notes]


def _safe(text: str) -> str:
    """A sentence that may quote a stranger, bounded, with what a record may not hold as its number."""
    return "".join(
        char if char != "\n" and canonical.permitted(char) else " " if char == "\n" else f"U+{ord(char):04X}"
        for char in short(text, _MOST_QUOTED)
    )


def _entry(found: OrganizationVerdict, notes: Iterable[str]) -> Data:
    # The letter has its own words in full; strangers' words are bounded here.
    name = short(found.printed or found.record_name or "")
    return {
        "id": found.organization or "no id",
        "name": words(name),
        "dir": direction(name),
        "long": len(name) > 200,
        "notes": [_note(note) for note in notes],
    }


def _notes(found: OrganizationVerdict) -> Iterator[str]:
    plain = replace(
        found,
        confirmed_another=False,
        recovered=None,
        signatures=tuple(replace(one, evidence=None, vouched_by=()) for one in found.signatures),
    )
    if found.verdict in {Verdict.DISPUTED, Verdict.UNPROVEN, Verdict.INVALID}:
        for signature in found.signatures:
            if signature.outcome is not Outcome.VALID:
                yield sentences.fault_of(signature)
    yield from sentences.notes(plain)
    if found.withdrawal is not None and found.withdrawal.reason is not None:
        yield "its reason: " + " ".join(found.withdrawal.reason.split("\n"))


def _note(text: str) -> list[Data]:
    """A note; a fingerprint in it is set as what is to be compared character by character."""
    found = re.fullmatch(r"(key )(SHA256:[A-Za-z0-9+/]{43})", text)
    return [found[1], ["code", [found[2]]]] if found else words(text)


# --- what to type ---


def _steps(bundle: Bundle, judged: LetterReport) -> Iterator[Data]:
    yield [
        words("With openletter, which judges everything that is in this file, against the keys that you confirmed:"),
        ["openletter verify FILE.pdf"],
    ]
    by_hand = _by_hand(bundle, judged)
    if by_hand is not None:
        record, signature, signers, organization = by_hand
        yield [
            words(
                "Without openletter: save the files that are attached (your reader lists them; or type pdfdetach "
                f"-saveall FILE.pdf). This checks one signature, that of {organization}:"
            ),
            words(
                f"ssh-keygen -Y verify -f {signers} -I {organization} -n openletter -s {signature} < {record}",
            ),
        ]
    yield [
        words(
            "Whether a key is really the organization’s, no file can tell. Ask it, by a route that you trust, to "
            "read you its key’s fingerprint."
        ),
        None,
    ]


def _by_hand(bundle: Bundle, judged: LetterReport) -> tuple[str, str, str, str] | None:
    """The record, a signature that holds, the keys to check it with, and whose it is."""
    folder = letter_folder(judged.letter)
    for verdict in judged.organizations:
        for signature in verdict.rests_on:
            if signature.withdrawal or signature.revision != bundle.revision:
                continue
            keys = f"keys/{signature.organization}/"
            signers = sorted(
                path for path in bundle.files if path.startswith(keys) and path.endswith(".allowed_signers")
            )
            if signers and signature.path in bundle.files:
                name = signature.path.removeprefix(f"{folder}/")
                return f"{bundle.revision:04}.yaml", name, flat_name(signers[-1]), signature.organization
    return None


def described(path: str, folder: str) -> str:
    """What an attached file is, in words."""
    organization, _, name = path.removeprefix("keys/").rpartition("/")
    if not path.startswith(f"{folder}/"):
        parsed_key = parse_key_file(name)
        if isinstance(parsed_key, SignatureName):
            return f"Signature of {parsed_key.organization} over key record {parsed_key.number} of {organization}"
        if isinstance(parsed_key, SignersName):
            return f"The keys of {organization}, as ssh-keygen reads them"
        return f"Key record {parsed_key.number} of {organization}"
    parsed = parse_letter_file(path.removeprefix(f"{folder}/"))
    number = parsed.number
    if isinstance(parsed, SignatureName):
        return f"Signature of {parsed.organization} over revision {number}"
    if "_withdrawal." in path:
        kind = "Signature over a withdrawal" if path.endswith(".sig") else "Withdrawal"
        return f"{kind} from revision {number}"
    return f"Revision {number} of the letter, as it was signed"
