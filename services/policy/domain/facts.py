"""Facts frozen for an evaluation: from an `evaluate` command and what the lane knows, or from recorded JSON."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from schemas.findings import FactLine, Facts, Taken
from schemas.intake import Application, UseLine
from schemas.policy import Evaluate
from services.policy.domain.identifiers import of_registry


@dataclass(frozen=True, slots=True)
class InvalidFacts:
    """Facts no rule may read: JSON pointers of the fields that are missing or odd, never their content."""

    fields: tuple[str, ...]


def read_facts(raw: bytes | str) -> Facts | InvalidFacts:
    """Facts from their JSON, strict and closed: an unknown field is as odd as a missing one."""
    try:
        return Facts.model_validate_json(raw, strict=True, extra="forbid")
    except ValidationError as error:
        return InvalidFacts(_fields(error))


def freeze(command: Evaluate, approved_units: int, group_confirmed: bool) -> Facts | InvalidFacts:
    """Everything the rules may read of one application.

    `approved_units`: base units the company already has approved in the programme, as the lane knows.
    `group_confirmed`: the officer's last word on the claim, as the lane knows.
    Not known here, and said so in the facts: what others of a group, a batch or a programme have, other
    applications' lines, and whether the company has been screened.
    """
    application, profile = command.application, command.profile
    odd = _odd(command)
    if odd:
        return InvalidFacts(odd)
    try:
        return Facts(
            company_id=command.company_id,
            category=profile.category,
            group_id=profile.group_id,
            group_confirmed=group_confirmed,
            programme_id=application.programme_id,
            currency=application.currency,
            submitted_at=command.submitted_at,
            approved_units=approved_units,
            training=application.domestic_plan.training,
            inference=application.domestic_plan.inference,
            lines=_lines(application),
            taken=_taken(command, approved_units),
            documents=application.documents,
            export_licence=application.export_licence,
            screening=command.screening,
            identifiers=of_registry(profile.country, profile.registry_no),
        )
    except ValidationError as error:
        return InvalidFacts(_fields(error))


def _taken(command: Evaluate, approved_units: int) -> tuple[Taken, ...]:
    """A company without a group is its own; of a group's other companies this shard knows nothing."""
    return () if command.profile.group_id else (Taken(scope="group", units=approved_units),)


def _lines(application: Application) -> tuple[FactLine, ...]:
    return tuple(
        [
            FactLine(
                line_id=line.line_id,
                item=line.item,
                use=line.use,
                units=line.units,
                unit=line.unit,
                unit_value=line.unit_value,
                justified=bool(line.why_not_domestic and line.why_not_domestic.strip()),
                site=line.site,
            )
            for line in application.use_lines
        ]
    )


def _odd(command: Evaluate) -> tuple[str, ...]:
    """What each field allows but the whole does not."""
    odd = []
    if command.application.company_id != command.company_id:
        odd.append("/application/company_id")
    if command.profile.company_id != command.company_id:
        odd.append("/profile/company_id")
    return (*odd, *_odd_periods(command.application.use_lines))


def _odd_periods(lines: Sequence[UseLine]) -> list[str]:
    return [
        f"/application/use_lines/{index}/ends_on" for index, line in enumerate(lines) if line.ends_on <= line.starts_on
    ]


def _fields(error: ValidationError) -> tuple[str, ...]:
    """JSON pointers, each once, in order."""
    found = ("/" + "/".join(map(str, part["loc"])) for part in error.errors(include_url=False, include_input=False))
    return tuple(dict.fromkeys(found))
