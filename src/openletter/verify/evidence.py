"""How a key is known to be an organization's (``spec/trust.md``, "Evidence"): a function of records and pins.

Pins are the verifier's own: the keys that it has confirmed, by organization. Nothing here lifts a fault.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Final

from openletter.keys import PublicKey
from openletter.records import Organization
from openletter.verify.verdicts import Declaration, Evidence, KeyStanding

Pins = Mapping[str, Set[PublicKey]]
"""The keys that the verifier confirmed, by the organization's id."""

CONFIRMED: Final = frozenset({Evidence.PINNED, Evidence.PINNED_THROUGH_ROTATION})
"""The evidence that goes back to a pin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A key record that counts; `signers` are the organizations and keys that signed it validly.

    `authorizing` are those organizations whose signature authorizes it by a record that it names; `None` where it names
    one that isn't here, so that nobody can tell whose signature authorizes. `shows` is what shows that it counts.
    """

    record: Organization
    signers: frozenset[tuple[str, PublicKey]]
    authorizing: frozenset[str] | None
    shows: Declaration


Chains = Mapping[str, Sequence[Link]]
"""The records that count, by organization, from the first."""


def standings(chains: Chains, pins: Pins) -> tuple[dict[tuple[str, PublicKey], KeyStanding], dict[str, int]]:
    """How each key on an organization's newest record stands, and by which record a recovery broke its pin's line."""
    found: dict[tuple[str, PublicKey], KeyStanding] = {}
    recovered: dict[str, int] = {}
    firsts = {organization: _firsts(chain) for organization, chain in chains.items()}
    shared = _holders(chains)
    for organization, chain in chains.items():
        pinned = pins.get(organization, frozenset())
        answered, broken = _answered(organization, chain, pinned)
        if broken:
            recovered[organization] = broken
        for key in chain[-1].record.keys if chain else ():
            public = key.public
            evidence = Evidence.RECORDED
            if public in pinned:
                evidence = Evidence.PINNED
            elif public in answered:
                evidence = Evidence.PINNED_THROUGH_ROTATION
            first = firsts[organization]
            retired, compromised = first.get((public, "retired")), first.get((public, "compromised"))
            others = tuple(sorted(shared[public] - {organization}))
            doubts = [first_of[public, "listed"] for first_of in (firsts[other] for other in others)]
            declaration = compromised or (None if others else retired)
            if declaration is not None:
                doubts.append(declaration)
            found[organization, public] = KeyStanding(
                organization=organization,
                fingerprint=public.fingerprint,
                algorithm=public.algorithm,
                status=key.status,
                since=key.since,
                record=first[public, "listed"].record.record,
                evidence=evidence,
                shared_with=others,
                retired=retired.record.record if retired else None,
                retired_on=retired.record.date if retired else None,
                compromised=compromised.record.record if compromised else None,
                doubted_by=tuple(link.shows for link in doubts),
            )
    for place, vouchers in _vouchers(chains, found).items():
        standing = found[place]
        confirmed = tuple(sorted(voucher for voucher, good in vouchers.items() if good))
        found[place] = replace(
            standing,
            evidence=Evidence.VOUCHED if confirmed and standing.evidence is Evidence.RECORDED else standing.evidence,
            vouched_by=confirmed,
            vouched_unpinned=tuple(sorted(voucher for voucher, good in vouchers.items() if not good)),
        )
    return found, recovered


def _holders(chains: Chains) -> Mapping[PublicKey, set[str]]:
    """The organizations that list a key, each on its newest record."""
    holders: defaultdict[PublicKey, set[str]] = defaultdict(set)
    for organization, chain in chains.items():
        for key in chain[-1].record.keys if chain else ():
            holders[key.public].add(organization)
    return holders


def _firsts(chain: Sequence[Link]) -> dict[tuple[PublicKey, str], Link]:
    """The first record that lists a key, that retired it (or worse), and that declared it compromised."""
    firsts: dict[tuple[PublicKey, str], Link] = {}
    for link in chain:
        for key in link.record.keys:
            firsts.setdefault((key.public, "listed"), link)
            if key.status != "active":
                firsts.setdefault((key.public, "retired"), link)
            if key.status == "compromised":
                firsts.setdefault((key.public, "compromised"), link)
    return firsts


def _answered(organization: str, chain: Sequence[Link], pinned: Set[PublicKey]) -> tuple[set[PublicKey], int | None]:
    """The keys that a record answers for, and the number of the recovery that broke the line, if one did."""
    answered: set[PublicKey] = set()
    broken: int | None = None
    before: dict[PublicKey, str] = {}
    for link in chain:
        statuses = {key.public: key.status for key in link.record.keys}
        recovers = link.record.basis == "recovery"
        # Step 1: a recovery breaks the line.
        lost = recovers and bool(answered or (pinned & before.keys()))
        if recovers:
            answered = set()
        # Step 2: does a confirmed key speak in this record?
        had = statuses if recovers else statuses | before
        speaks = any(
            (key in pinned or key in answered) and had.get(key) == "active"
            for signer, key in link.signers
            if signer == organization
        )
        # Step 3: then it answers for each key that it lists and doesn't call compromised.
        if speaks:
            answered |= {key for key, status in statuses.items() if status != "compromised"}
        if lost and not speaks:
            broken = link.record.record
        elif speaks:
            broken = None
        before = statuses
    return answered, broken


def _vouchers(
    chains: Chains, found: Mapping[tuple[str, PublicKey], KeyStanding]
) -> dict[tuple[str, PublicKey], dict[str, bool]]:
    """The organizations that vouch for a key, each with whether the verifier has confirmed its key."""
    vouchers: defaultdict[tuple[str, PublicKey], dict[str, bool]] = defaultdict(dict)
    for organization, chain in chains.items():
        listed = {key.public for key in chain[-1].record.keys} if chain else set()
        for link in chain:
            if link.record.basis == "recovery" or link.authorizing is None:
                continue
            active = listed & {vouched.public for vouched in link.record.keys if vouched.status == "active"}
            for signer, key in link.signers:
                standing = found.get((signer, key))
                # Steps 1 to 3: by a key that counts, of another organization, and not to authorize.
                if signer == organization or standing is None or signer in link.authorizing:
                    continue
                if standing.status == "compromised" or standing.shared_with:
                    continue
                for vouched in active:
                    names = vouchers[organization, vouched]
                    names[signer] = names.get(signer, False) or standing.evidence in CONFIRMED
    return vouchers
