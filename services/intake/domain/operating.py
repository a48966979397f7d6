"""The operating lane: operators' acts in one order, and the tokens. State, decide, evolve, rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, cast

from schemas.base import Command, Fact, Received
from schemas.intake import (
    ActRefused,
    ActRepeated,
    IssueToken,
    OperatorActed,
    RecordAct,
    RevokeToken,
    TokenIssued,
    TokenRevoked,
    Verb,
)
from services.intake.domain import memory
from services.intake.domain.acts import CAUSED, OWN_COMMAND, payload_fault
from services.intake.domain.memory import Answer, Memory, Row, content_sha256
from services.intake.domain.refusals import Refusal
from services.intake.domain.tokens import TokenBook

_TOKEN = "token:"
ActCommand = RecordAct | IssueToken | RevokeToken
Found = tuple[Refusal, str]


@dataclass(slots=True)
class OperatingState:
    """Tokens by name and the memory of command ids. A revoked token's name stays taken."""

    tokens: TokenBook = field(default_factory=TokenBook)
    memory: Memory = field(default_factory=Memory)


def initial(_: int) -> OperatingState:
    """An empty shard."""
    return OperatingState()


def decide(state: OperatingState, command: Command, received: Received) -> tuple[Fact, ...]:
    """The act, and the token's fact if it is about one; or the first answer again; or one refusal."""
    match command:
        case RecordAct() | IssueToken() | RevokeToken():
            return _answer(state, command, received)
    return ()


def _answer(state: OperatingState, command: ActCommand, received: Received) -> tuple[Fact, ...]:
    sha256 = content_sha256(command)
    known = state.memory.known(command.command_id)
    if known is None:
        fault = _fault(state, command, received)
        return (_refused(command, sha256, received, *fault),) if fault else _acted(command, sha256, received)
    if known.sha256 != sha256:
        return (_refused(command, sha256, received, Refusal.EXISTS_DIFFERENT, ""),)
    outcome = cast(Literal["acted", "refused"], known.outcome)
    return (
        ActRepeated(command_id=command.command_id, at=received.at, outcome=outcome, code=known.code, field=known.field),
    )


def _refused(command: ActCommand, sha256: str, received: Received, code: Refusal, field: str) -> ActRefused:
    return ActRefused(
        command_id=command.command_id,
        at=received.at,
        command_sha256=sha256,
        actor=command.actor,
        code=code.value,
        field=field,
    )


def _fault(state: OperatingState, command: ActCommand, received: Received) -> Found | None:
    match command:
        case RecordAct():
            return _act_fault(command)
        case IssueToken():
            return _issue_fault(state.tokens, command, received)
        case RevokeToken():
            return None if state.tokens.live(command.token_id) else (Refusal.TOKEN_NOT_FOUND, "/token_id")


def _act_fault(command: RecordAct) -> Found | None:
    if command.verb in OWN_COMMAND:
        return Refusal.VERB_HAS_OWN_COMMAND, "/verb"
    if command.verb not in CAUSED:
        return (Refusal.VERB_WITHOUT_PAYLOAD, "/payload") if command.payload else None
    pointer = payload_fault(command)
    return None if pointer is None else (Refusal.PAYLOAD_INVALID, pointer)


def _issue_fault(tokens: TokenBook, command: IssueToken, received: Received) -> Found | None:
    scoped = command.company_id is not None
    if command.role == "service" or (command.role == "partner" and not scoped):
        return Refusal.SCOPE_INVALID, "/role" if command.role == "service" else "/company_id"
    if command.role in ("officer", "operator") and scoped:
        return Refusal.SCOPE_INVALID, "/company_id"
    if command.role != "officer" and command.grade > 1:
        return Refusal.GRADE_INVALID, "/grade"
    if command.expires_at is not None and command.expires_at <= received.at:
        return Refusal.EXPIRY_PAST, "/expires_at"
    if command.token_id in tokens.issued:
        return Refusal.TOKEN_EXISTS, "/token_id"
    return (Refusal.TOKEN_EXISTS, "/token_sha256") if command.token_sha256 in tokens.by_sha256 else None


def _acted(command: ActCommand, sha256: str, received: Received) -> tuple[Fact, ...]:
    match command:
        case RecordAct():
            return (_act(command, sha256, received, command.verb, command.target, command.payload),)
        case IssueToken():
            return _act(command, sha256, received, "issue-token", command.token_id), _issued(command, received)
        case RevokeToken():
            revoked = TokenRevoked(command_id=command.command_id, at=received.at, token_id=command.token_id)
            return _act(command, sha256, received, "revoke-token", command.token_id), revoked


def _act(
    command: ActCommand, sha256: str, received: Received, verb: Verb, target: str, payload: str = ""
) -> OperatorActed:
    return OperatorActed(
        command_id=command.command_id,
        at=received.at,
        command_sha256=sha256,
        actor=command.actor,
        verb=verb,
        target=target,
        reason=command.reason,
        payload=payload,
    )


def _issued(command: IssueToken, received: Received) -> TokenIssued:
    return TokenIssued(
        command_id=command.command_id,
        at=received.at,
        token_id=command.token_id,
        token_sha256=command.token_sha256,
        person_id=command.person_id,
        role=command.role,
        grade=command.grade,
        company_id=command.company_id,
        expires_at=command.expires_at,
    )


def evolve(state: OperatingState, fact: Fact) -> OperatingState:
    """The state after the fact; the given state is changed and returned."""
    state.memory.forget(fact.at)
    match fact:
        case OperatorActed():
            state.memory.remember(fact.command_id, Answer(fact.command_sha256, "acted", fact.at))
        case ActRefused():
            refused = Answer(fact.command_sha256, "refused", fact.at, fact.code, fact.field)
            state.memory.remember(fact.command_id, refused)
        case _:
            state.tokens.apply(fact)
    return state


def rows(state: OperatingState, fact: Fact) -> dict[str, Row]:
    """Rows changed by the fact that was evolved last."""
    changed = state.memory.rows(fact.command_id)
    if isinstance(fact, TokenIssued | TokenRevoked):
        changed[_TOKEN + fact.token_id] = _row(state.tokens, fact.token_id)
    return changed


def all_rows(state: OperatingState) -> dict[str, Row]:
    """The whole state as rows."""
    tokens = {_TOKEN + token_id: _row(state.tokens, token_id) for token_id in state.tokens.issued}
    return {**tokens, **state.memory.all_rows()}


def restore(_: int, rows: Mapping[str, Mapping[str, str]]) -> OperatingState:
    """The state whose rows these are."""
    tokens = TokenBook()
    for key, row in rows.items():
        if key.startswith(_TOKEN):
            token = TokenIssued.model_validate_json(row["issued"])
            tokens.apply(token)
            if "revoked" in row:
                tokens.revoked.add(token.token_id)
    return OperatingState(tokens, memory.restored(rows))


def _row(tokens: TokenBook, token_id: str) -> Row:
    revoked = "true" if token_id in tokens.revoked else None
    return {"issued": tokens.issued[token_id].model_dump_json(), "revoked": revoked}
