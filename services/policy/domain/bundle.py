"""A bundle: the data-only policy of one programme for one window, and the choice of the one in force."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from schemas.values import Currency, PartNumber, ProgrammeId, Text, UnitCode, Units
from services.policy.domain.people import People
from services.policy.domain.rules import AnyRule, Cap, Closed, EffectiveWindow, Frame, Judge, Tables
from services.policy.domain.sentences import Sentences

RULES_MAX = 100
APPROVALS_MAX = 1_000
WAIT_SECONDS_MAX = 30 * 86_400
COEFFICIENTS_MAX = 20
NO_TABLES: Tables = MappingProxyType({})


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
    people: People = People()
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
        if not any(isinstance(rule, EffectiveWindow) for rule in self.rules):
            raise ValueError("a rule of kind effective_window.v1 is needed: without it nothing refers in a gap")
        return self


@dataclass(frozen=True, slots=True)
class ReleaseCaps:
    """Ceilings that the programme's batches keep, base units and minor units; None: no rule sets one.

    Only there are all companies of a programme seen together. Lines that would exceed a batch wait in the next one;
    lines that no longer fit under their group's cap when the batch is released are set aside.
    """

    group_units: int | None = None
    group_value: int | None = None
    batch_units: int | None = None
    batch_value: int | None = None


@dataclass(frozen=True, slots=True)
class Bundle:
    """A policy with its sentences and tables, named by the digest of its files, its rules ready to judge."""

    policy: Policy
    sentences: Sentences
    digest: str
    tables: Tables
    coefficients: Mapping[str, int]
    """Base units per unit code; the base unit itself is 1."""
    judges: tuple[tuple[str, Judge], ...] = field(compare=False, repr=False)
    """Each rule's name with what it judges by, in the policy's order."""
    release_caps: ReleaseCaps


def bundle(policy: Policy, sentences: Sentences, digest: str, tables: Tables = NO_TABLES) -> Bundle:
    """A bundle of a policy whose every code has its sentence. Raises KeyError, TableRefused where one has not."""
    coefficients = {policy.unit: 1} | {part.unit: part.base_units for part in policy.coefficients}
    frame = Frame(sentences, policy.currency, policy.effective_from, policy.effective_to, tables)
    judges = tuple([(rule.rule, rule.judge(frame)) for rule in policy.rules])
    return Bundle(
        policy, sentences, digest, tables, MappingProxyType(coefficients), judges, _release_caps(policy.rules)
    )


def _release_caps(rules: Iterable[AnyRule]) -> ReleaseCaps:
    kept: dict[str, int] = {}
    for rule in rules:
        if isinstance(rule, Cap) and rule.kept_by == "release":
            name = f"{rule.scope}_{rule.measure}"
            kept[name] = min(kept.get(name, rule.limit), rule.limit)
    return ReleaseCaps(**kept)


@dataclass(frozen=True, slots=True)
class Bundles:
    """Every bundle known, by programme, earliest window first; windows of a programme do not overlap."""

    by_programme: Mapping[str, tuple[Bundle, ...]]

    @property
    def known(self) -> tuple[Bundle, ...]:
        """All of them."""
        return tuple([each for programme in self.by_programme.values() for each in programme])

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
