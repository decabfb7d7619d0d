"""What a verifier demands of a letter that is intact: is who signed enough? (``spec/verification.md``, "Demands")"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from openletter.errors import InputError
from openletter.records.names import parse_organization_id
from openletter.verify.verdicts import LetterReport, Verdict


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

    def unmet(self, report: LetterReport) -> Sequence[str]:
        """Why the demand is not met, a sentence each; empty where it is met.

        What counts is an organization that the letter lists by its id and that signed this very revision.
        """
        listed = [verdict for verdict in report.organizations if verdict.listed]
        signed = {verdict.organization for verdict in listed if verdict.verdict is Verdict.SIGNED}
        if self.count is not None:
            if len(signed) >= self.count:
                return ()
            must = "organization" if self.count == 1 else "organizations"
            return (
                f"signatures of {self.count} listed {must} are demanded over this text, and {len(signed)} did sign it",
            )
        if self.organizations:
            ids = {verdict.organization for verdict in listed}
            return tuple(
                f"{organization} didn't sign this text"
                if organization in ids
                else f"{organization} is not listed in this text, and only who is listed counts"
                for organization in self.organizations
                if organization not in signed
            )
        if not listed:
            return ("all listed organizations must have signed this text, and it lists none",)
        return tuple(
            f"{verdict.organization} is listed and didn't sign this text"
            if verdict.organization is not None
            else f"“{verdict.printed}” is listed without an id, so no signature can be matched to it"
            for verdict in listed
            if verdict.verdict is not Verdict.SIGNED
        )
