"""How a fact of `applications` changes the intake lane's state. Total: facts that change nothing are passed over."""

from schemas.base import Fact
from schemas.intake import ApplicationSubmitted, CommandRefused, CompanyRegistered, GroupConfirmed
from services.intake.domain.memory import Answer
from services.intake.domain.state import IntakeState


def evolve(state: IntakeState, fact: Fact) -> IntakeState:
    """The state after the fact; the given state is changed and returned."""
    state.memory.forget(fact.at)
    answer = _answer(fact)
    if answer is not None:
        state.memory.remember(fact.command_id, answer)
    match fact:
        case CompanyRegistered():
            state.companies[fact.company_id] = fact.profile
        case GroupConfirmed() if fact.company_id in state.companies:
            profile = state.companies[fact.company_id]
            state.companies[fact.company_id] = profile.model_copy(update={"group_confirmed": fact.confirmed})
    return state


def _answer(fact: Fact) -> Answer | None:
    match fact:
        case CompanyRegistered():
            return Answer(fact.command_sha256, "registered", fact.at)
        case GroupConfirmed():
            return Answer(fact.command_sha256, "confirmed", fact.at)
        case ApplicationSubmitted():
            return Answer(fact.command_sha256, "submitted", fact.at, application_id=fact.application.application_id)
        case CommandRefused():
            return Answer(
                fact.command_sha256, "refused", fact.at, fact.code, fact.field, application_id=fact.application_id
            )
    return None
