"""What the intake lane keeps of a shard: companies by id, and the answers it gave. Applications leave it at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas.base import Fact
from schemas.intake import Profile
from services.intake.domain import memory
from services.intake.domain.memory import Memory, Row

_COMPANY = "company:"


@dataclass(slots=True)
class IntakeState:
    """Companies of the shard and the memory of command ids."""

    companies: dict[str, Profile] = field(default_factory=dict)
    memory: Memory = field(default_factory=Memory)


def initial(_: int) -> IntakeState:
    """An empty shard."""
    return IntakeState()


def rows(state: IntakeState, fact: Fact) -> dict[str, Row]:
    """Rows changed by the fact that was evolved last."""
    changed = state.memory.rows(fact.command_id)
    profile = state.companies.get(str(getattr(fact, "company_id", "")))
    if profile is not None:
        changed[_COMPANY + profile.company_id] = _row(profile)
    return changed


def all_rows(state: IntakeState) -> dict[str, Row]:
    """The whole state as rows."""
    companies = {_COMPANY + company_id: _row(profile) for company_id, profile in state.companies.items()}
    return {**companies, **state.memory.all_rows()}


def restore(_: int, rows: Mapping[str, Mapping[str, str]]) -> IntakeState:
    """The state whose rows these are."""
    companies = {
        key.removeprefix(_COMPANY): Profile.model_validate_json(row["profile"])
        for key, row in rows.items()
        if key.startswith(_COMPANY)
    }
    return IntakeState(companies, memory.restored(rows))


def _row(profile: Profile) -> Row:
    return {"profile": profile.model_dump_json()}
