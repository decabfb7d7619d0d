"""What a verifier demands of a letter that is intact: is who signed enough? (``spec/verification.md``, "Demands")"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from openletter.errors import InputError
from openletter.records.names import parse_organization_id
from openletter.verify.evidence import CONFIRMED
from openletter.verify.verdicts import LetterReport, OrganizationVerdict, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Which evidence is enough for a signature to count (``spec/trust.md``, "Demands of evidence").

    With `vouchers`, at least so many organizations that the verifier pins; `pinned` demands a pin.
    """

    pinned: bool = False
    vouchers: int = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """``pinned``, ``vouched:N`` with N from 1, or ``recorded``; raises `InputError`."""
        if text == "recorded":
            return cls()
        if text == "pinned":
            return cls(pinned=True)
        if found := re.fullmatch(r"vouched:([1-9][0-9]{0,3})", text):
            return cls(vouchers=int(found[1]))
        raise InputError(
            f"no evidence is called so: {text!r}", hint="say pinned, vouched:N such as vouched:2, or recorded"
        )

    def enough(self, verdict: OrganizationVerdict) -> bool:
        """Is the key of one of the signatures that this verdict rests on known well enough?"""
        return any(
            signature.evidence in CONFIRMED or (not self.pinned and len(signature.vouched_by) >= self.vouchers)
            for signature in verdict.rests_on
        )

    def unmet(self, report: LetterReport) -> Sequence[str]:
        """Why this demand, made alone, is not met, a sentence each."""
        signed = [v for v in report.organizations if v.listed and v.verdict is Verdict.SIGNED]
        if not signed:
            return ("no organization that this text lists has signed it",)
        return tuple(self.short_of(verdict) for verdict in signed if not self.enough(verdict))

    def short_of(self, verdict: OrganizationVerdict) -> str:
        """How the key is known, where that is not enough."""
        vouchers = sorted({name for signature in verdict.rests_on for name in signature.vouched_by})
        how = f"confirmed only by {', '.join(vouchers)}" if vouchers else "known only from this archive"
        return f"{verdict.organization} signed this text, with a key {how}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """Who must have signed: at least `count` of the listed organizations, or `organizations`, or with neither all."""

    count: int | None = None
    organizations: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """``all``, a whole number from 1, or organization ids joined by commas; raises `InputError`."""
        if text == "all":
            return cls()
        if re.fullmatch(r"[0-9]+", text):
            if not re.fullmatch(r"[1-9][0-9]{0,8}", text):
                raise InputError("at least one signature can be demanded", hint="for example --require 3")
            return cls(count=int(text))
        return cls(organizations=tuple(parse_organization_id(part.strip()) for part in text.split(",")))

    def unmet(self, report: LetterReport, trust: Trust = Trust()) -> Sequence[str]:  # frozen
        """Why the demand is not met, a sentence each; empty where it is met.

        What counts is an organization that the letter lists by its id and that signed this very revision, with a key
        that is known as `trust` demands.
        """
        listed = [verdict for verdict in report.organizations if verdict.listed]
        counted = {v.organization for v in listed if v.verdict is Verdict.SIGNED and trust.enough(v)}
        if self.count is not None:
            if len(counted) >= self.count:
                return ()
            must = "organization" if self.count == 1 else "organizations"
            with_evidence = " with a key so known" if trust != Trust() else ""
            return (
                f"signatures of {self.count} listed {must} are demanded over this text, and {len(counted)} did sign it"
                f"{with_evidence}",
            )
        by_id = {verdict.organization: verdict for verdict in listed}
        if self.organizations:
            return tuple(
                self._lacking(by_id[organization], trust)
                if organization in by_id
                else f"{organization} is not listed in this text, and only who is listed counts"
                for organization in self.organizations
                if organization not in counted
            )
        if not listed:
            return ("all listed organizations must have signed this text, and it lists none",)
        return tuple(
            self._lacking(verdict, trust)
            if verdict.organization is not None
            else f"“{verdict.printed}” is listed without an id, so no signature can be matched to it"
            for verdict in listed
            if verdict.organization is None or verdict.organization not in counted
        )

    def _lacking(self, verdict: OrganizationVerdict, trust: Trust) -> str:
        if verdict.verdict is Verdict.SIGNED:
            return trust.short_of(verdict)
        if verdict.verdict is Verdict.WITHDRAWN:
            return f"{verdict.organization} withdrew its support"
        if verdict.verdict in {Verdict.DISPUTED, Verdict.UNPROVEN, Verdict.INVALID}:
            return f"{verdict.organization} has no signature over this text that counts"
        if self.organizations:
            return f"{verdict.organization} didn't sign this text"
        return f"{verdict.organization} is listed and didn't sign this text"
