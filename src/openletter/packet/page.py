"""One page that carries a letter with its evidence, and checks itself in a browser (``spec/bundle.md``).

The page is a function of the bundle in it, so whoever has the bundle and this version can make it again and compare.
Nobody's pins are used: a page can't know whom its reader trusts.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from openletter.api.bundles import verify_bundle
from openletter.errors import MissingExtra
from openletter.packet.names import flat_name
from openletter.records import Letter
from openletter.records.bundle import Bundle
from openletter.records.names import RecordName, letter_folder
from openletter.verify import LetterReport, OrganizationReport, Report, judge_keys, judge_letter

MEDIA_TYPE: Final = "application/vnd.openletter.bundle+json"
"""What the script element that holds the bundle says of its content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file to save out of the page: its path in an archive, and its bytes as an address."""

    path: str
    name: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A revision in the history that the page tells; `report` judges it, `letter` is `None` where it isn't valid."""

    number: int
    digest: str
    letter: Letter | None
    report: LetterReport


def render(bundle: Bundle) -> bytes:
    """The page, in UTF-8; the same bundle gives the same bytes. Raises `MissingExtra`, `BundleError`."""
    try:
        from openletter.rendering import assets, differences, letters, verdicts, verifier_source
        from openletter.rendering.html import Html
        from openletter.rendering.pages import Pages
    except ImportError as error:
        raise MissingExtra("site", error.name or "jinja2") from None
    report = verify_bundle(bundle)
    found = report.letters[0]
    style, script = assets.style(), verifier_source.verifier_source()
    steps = _history(bundle, report)
    judged = found.judged
    text = judged.letter if judged is not None else None
    facts = {
        "csp": f"default-src 'none'; style-src '{_source(style)}'; script-src '{_source(script)}'; "
        "base-uri 'none'; form-action 'none'",
        "style": Html(style),
        "script": Html(script),
        "media_type": MEDIA_TYPE,
        "bundle": Html(bundle.to_bytes().decode("ascii")),
        "letter": bundle.letter,
        "revision": bundle.revision,
        "newest": found.newest,
        "subject": text.subject if text is not None else None,
        "digest": judged.digest if judged is not None else None,
        "article": letters.letter_html(text, level=2) if text is not None else None,
        "record": letters.record_html(text) if text is not None else None,
        "faults": verdicts.faults_html(report.faults, "False in this file", level=2),
        "signatories": verdicts.signatories_html(
            found, report.known, records={one.organization: one.records for one in report.organizations}
        ),
        "steps": [
            (step, differences.inline_html(before.letter, step.letter, level=4))
            if before is not None and before.letter is not None and step.letter is not None
            else (step, None)
            for before, step in pairwise((None, *steps))
            if step is not None
        ],
        "verdict": verdicts.verdict_html,
        "organizations": [(one, _signers(bundle, one)) for one in report.organizations if one.records],
        "files": [_file(path, data) for path, data in _letter_files(bundle)],
        "exact": bundle.files[f"{letter_folder(bundle.letter)}/{RecordName(number=bundle.revision)}"].decode(
            "utf-8", "replace"
        ),
    }
    return Pages("openletter.packet").render("page.html", **facts).encode("utf-8")


def _source(text: str) -> str:
    """How a Content Security Policy names exactly this text."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def _history(bundle: Bundle, report: Report) -> list[Step]:
    """All revisions, each judged, the oldest first."""
    folders = bundle.folders
    keyring = judge_keys({path.removeprefix("keys/"): it for path, it in folders.items() if path.startswith("keys/")})
    folder = folders[letter_folder(bundle.letter)]
    return [
        Step(
            number=one.number,
            digest=one.digest,
            letter=one.letter,
            report=judge_letter(bundle.letter, folder, keyring, one.number),
        )
        for one in report.letters[0].revisions
    ]


def _letter_files(bundle: Bundle) -> list[tuple[str, bytes]]:
    start = f"{letter_folder(bundle.letter)}/"
    return [(path, data) for path, data in sorted(bundle.files.items()) if path.startswith(start)]


def _file(path: str, data: bytes) -> File:
    return File(
        path=path,
        name=flat_name(path),
        address="data:application/octet-stream;base64," + base64.b64encode(data).decode("ascii"),
    )


def _signers(bundle: Bundle, found: OrganizationReport) -> File | None:
    """The newest list of an organization's keys as ssh-keygen reads it, where it is in the bundle."""
    path = f"keys/{found.organization}/{found.records:04}.allowed_signers"
    data = bundle.files.get(path)
    return None if data is None else _file(path, data)
