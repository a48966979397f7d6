"""A bundle: the data-only policy of one programme for one window, and the choice of the one in force."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from schemas.values import Currency, PartNumber, ProgrammeId, Text, UnitCode, Units
from services.policy.domain.rules import AnyRule, Cap, Closed
from services.policy.domain.sentences import Sentences

RULES_MAX = 100
APPROVALS_MAX = 1_000
WAIT_SECONDS_MAX = 30 * 86_400
COEFFICIENTS_MAX = 20


class ReleaseRule(Closed):
    """When a batch releases itself: so many applications wait in it, or so many seconds since it was opened."""

    approvals: Annotated[int, Field(ge=1, le=APPROVALS_MAX)]
    seconds: Annotated[int, Field(ge=1, le=WAIT_SECONDS_MAX)]


class UnitCoefficient(Closed):
    """One `unit` is `base_units` of the programme's unit, exactly."""

    unit: UnitCode
    base_units: Units


class Policy(Closed):
    """`policy.json`: what a programme rations, its rules, and whether an eligible evaluation approves."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,62}$")]
    version: Annotated[int, Field(ge=1)]
    notice: Annotated[Text, Field(description="What this bundle is, and what it is not.")]
    effective_from: AwareDatetime
    effective_to: AwareDatetime
    programme_id: ProgrammeId
    item: PartNumber
    unit: UnitCode
    coefficients: Annotated[tuple[UnitCoefficient, ...], Field(max_length=COEFFICIENTS_MAX)]
    currency: Currency
    release: ReleaseRule
    approve_eligible: bool
    rules: Annotated[tuple[AnyRule, ...], Field(min_length=1, max_length=RULES_MAX)]

    @model_validator(mode="after")
    def _consistent(self) -> "Policy":
        """A window that has a length, unit codes and rule names that mean one thing."""
        if self.effective_to <= self.effective_from:
            raise ValueError("effective_to must lie after effective_from")
        units = [self.unit, *[coefficient.unit for coefficient in self.coefficients]]
        if len(set(units)) != len(units):
            raise ValueError("a unit has two coefficients")
        names = [rule.rule for rule in self.rules]
        if len(set(names)) != len(names):
            raise ValueError("two rules have the same name")
        return self


@dataclass(frozen=True, slots=True)
class Bundle:
    """A policy with its sentences, named by the digest of its files."""

    policy: Policy
    sentences: Sentences
    digest: str
    coefficients: Mapping[str, int]
    """Base units per unit code; the base unit itself is 1."""

    @property
    def company_units(self) -> int | None:
        """The least cap of a company and its group, base unit; None: no rule sets one."""
        return min((rule.company_units for rule in self.policy.rules if isinstance(rule, Cap)), default=None)


def bundle(policy: Policy, sentences: Sentences, digest: str) -> Bundle:
    """A bundle of a policy whose every code has its sentence."""
    coefficients = {policy.unit: 1} | {part.unit: part.base_units for part in policy.coefficients}
    return Bundle(policy, sentences, digest, MappingProxyType(coefficients))


@dataclass(frozen=True, slots=True)
class Bundles:
    """Every bundle known, by programme, earliest window first; windows of a programme do not overlap."""

    by_programme: Mapping[str, tuple[Bundle, ...]]

    def of(self, programme_id: str, at: datetime) -> Bundle | None:
        """The bundle in force at `at`; in a gap the latest, whose window says so; None: programme unknown."""
        known = self.by_programme.get(programme_id, ())
        for candidate in known:
            if candidate.policy.effective_from <= at < candidate.policy.effective_to:
                return candidate
        return known[-1] if known else None


def bundles(known: Iterable[Bundle]) -> Bundles:
    """All bundles together. Raises ValueError where two of one programme overlap."""
    ordered: dict[str, tuple[Bundle, ...]] = {}
    for each in sorted(known, key=lambda candidate: candidate.policy.effective_from):
        policy = each.policy
        earlier = ordered.get(policy.programme_id, ())
        if earlier and earlier[-1].policy.effective_to > policy.effective_from:
            raise ValueError(f"{policy.id} version {policy.version} overlaps another bundle of {policy.programme_id}")
        ordered[policy.programme_id] = (*earlier, each)
    return Bundles(MappingProxyType(ordered))
