"""Which command an act asks for. An act's payload is that command's JSON without its id, its actor and its reason.

`rebuild`, `retry-parked` and `replay-dead-letter` are carried out by the processes that read the act, and `verify`
by the process that was asked: they cause no command.
"""

import json
from collections.abc import Mapping
from types import MappingProxyType

from pydantic import JsonValue, ValidationError

from schemas import intake, ledger, policy
from schemas.base import Act, Actor, Command, derived_id

CAUSED: Mapping[intake.Verb, type[Command]] = MappingProxyType(
    {
        "confirm-group": intake.ConfirmGroup,
        "define-programme": ledger.DefineProgramme,
        "define-cap": ledger.DefineCap,
        "draw": ledger.Draw,
        "revoke": ledger.Revoke,
        "release-batch": policy.ReleaseBatch,
    }
)
"""Verbs that cause a command, and which."""

OWN_COMMAND: frozenset[intake.Verb] = frozenset(("issue-token", "revoke-token"))
"""Verbs that are commands of their own, `IssueToken` and `RevokeToken`, never a RecordAct."""


def caused_id(act_id: str, verb: intake.Verb) -> str:
    """The id of the command that an act causes."""
    return derived_id(act_id, verb)


def caused(act_id: str, verb: intake.Verb, actor: Actor, reason: str, payload: str) -> Command:
    """The command an act of CAUSED asks for; id, actor and reason are the act's. Raises ValidationError."""
    model = CAUSED[verb]
    fields = _fields(payload) | {"command_id": caused_id(act_id, verb)}
    if issubclass(model, Act):
        fields |= {"actor": actor.model_dump(), "reason": reason}
    return model.model_validate_json(json.dumps(fields))


def payload_fault(command: intake.RecordAct) -> str | None:
    """The JSON pointer of the first invalid field of the payload of an act of CAUSED; None if it is valid."""
    try:
        caused(command.command_id, command.verb, command.actor, command.reason, command.payload)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        return "".join(f"/{part}" for part in first["loc"])[:200]
    return None


def _fields(payload: str) -> dict[str, JsonValue]:
    try:
        found = json.loads(payload)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
