"""The pages that tell of many letters: the front page, the organizations, how to check, and the feed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from itertools import groupby

from openletter.rendering import assets, verdicts
from openletter.rendering.verifier_source import verifier_source
from openletter.reports import documents, remarks, sentences
from openletter.reports.plain import listed
from openletter.site.feed import feed
from openletter.site.letterpages import Frame, Page, as_json
from openletter.site.manifest import Json
from openletter.verify import KeyStanding, OrganizationReport, Verdict


def front(told: Mapping[str, Json], frame: Frame, *, false_places: int) -> Iterator[Page]:
    """The front page, what it searches in, and the list for programs."""
    rows = [told[letter]["row"] for letter in sorted(told)]
    newest = sorted(rows, key=lambda row: (row["letter"][:4], row["date"] or "", row["letter"]), reverse=True)
    years = [(year, list(those)) for year, those in groupby(newest, lambda row: row["letter"][:4])]
    yield frame.page("front.html", "index.html", years=years, false_places=false_places)
    plain = [{name: value for name, value in row.items() if name not in {"state", "to"}} for row in rows]
    yield "index.json", as_json({"format": "openletter-list/1", "letters": plain})
    yield (
        "search.json",
        as_json({"letters": [{"letter": letter, "text": told[letter]["search"]} for letter in sorted(told)]}),
    )


def shared(told: Mapping[str, Json], frame: Frame, *, first: str | None) -> Iterator[Page]:
    """The style sheet, the scripts, the page on checking, and the feed."""
    yield "style.css", assets.style().encode("utf-8")
    yield "verifier.js", verifier_source().encode("utf-8")
    yield "search.js", resources.files("openletter.site").joinpath("search.js").read_bytes()
    yield frame.page("check.html", "check/index.html")
    entries = [entry for letter in sorted(told) for entry in told[letter]["entries"]]
    yield "feed.atom", feed(entries, base_url=frame.base_url, first=first)


def organizations(
    reports: Mapping[str, OrganizationReport], rows: Mapping[str, Sequence[Json]], frame: Frame
) -> Iterator[Page]:
    """The list of organizations."""
    yield frame.page(
        "organizations.html",
        "organizations/index.html",
        organizations=[(found, len(rows.get(organization, ()))) for organization, found in sorted(reports.items())],
    )
    yield (
        "organizations/index.json",
        as_json({"format": "openletter-keys/1", "organizations": documents.organizations(reports.values())}),
    )


def organization(
    found: OrganizationReport, known: Sequence[str], rows: Sequence[Json], files: Mapping[str, bytes], frame: Frame
) -> Iterator[Page]:
    """An organization's page, its keys as ssh-keygen reads them, and its key records byte for byte."""
    folder = f"organizations/{found.organization}"
    for name, data in files.items():
        yield f"keys/{found.organization}/{name}", data
    yield f"{folder}/allowed_signers", files.get(f"{found.records:04}.allowed_signers", b"")
    document = {"format": "openletter-keys/1", "organizations": documents.organizations([found], known)}
    yield f"{folder}/index.json", as_json(document)
    yield frame.page(
        "organization.html",
        f"{folder}/index.html",
        found=found,
        remarks=remarks.of_keys([found], known)[0],
        faults=verdicts.faults_html(found.faults, "False in its key records", level=2),
        waiting=sentences.waiting(found),
        keys=[(key, sentences.key_history(key)) for key in found.keys],
        vouchers=_vouchers,
        letters=[row | {"verdict": Verdict(row["verdict"])} for row in rows],
        verdict_html=verdicts.verdict_html,
        files=sorted(files),
    )


def _vouchers(key: KeyStanding) -> str:
    return listed(key.vouched_unpinned)


def rows_by_organization(told: Mapping[str, Json]) -> Mapping[str, list[Json]]:
    """What is said of each organization in each letter, the newest letter first."""
    found: defaultdict[str, list[Json]] = defaultdict(list)
    for letter in sorted(told, reverse=True):
        row = told[letter]["row"]
        for verdict in told[letter]["verdicts"]:
            found[verdict["organization"]].append(verdict | {"letter": letter, "subject": row["subject"]})
    return found
