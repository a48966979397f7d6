"""One command, one entry: known already, or judged by its function; then sealed. The state is not touched."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256

from schemas.base import Command, Malformed, Received
from schemas.catalogue import LEDGER_COMMANDS
from schemas.entries import EntryRecorded, Figure
from services.ledger.domain.codes import Code
from services.ledger.domain.entries import Decision, about, about_malformed, printable, refused, seal
from services.ledger.domain.ids import First, first, out_of_time
from services.ledger.domain.state import Ledger

Judges = Mapping[type[Command], Callable[..., Decision]]
"""For each command the function that judges it: `(Ledger, that command, time of the shard) -> Decision`."""

_PROGRAMME_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


def decide(judges: Judges, release: str, state: Ledger, command: Command, received: Received) -> tuple[EntryRecorded]:
    """The entry of a command: a repeat is answered with its first outcome, whatever has happened since."""
    digest = sha256(command.__pydantic_serializer__.to_json(command)).hexdigest()
    programme_id: str = getattr(command, LEDGER_COMMANDS.key)
    said = about(command, programme_id, digest)
    known = state.ids.get(command.command_id)
    outdated = out_of_time(command.command_id, received.at)
    if outdated is not None and (known is None or outdated is Code.ID_TOO_OLD):
        decision = refused(Figure(code=outdated.name, field="command_id"))
    elif known is None:
        decision = judges[type(command)](state, command, received.at)
    else:
        decision = repeated(first(known), said)
    return (seal(state, said, decision, received, release),)


def dry_run(judges: Judges, state: Ledger, command: Command, at: datetime) -> Decision:
    """What the ledger would answer to a new command as the state is: the same judgement, no entry. Pure."""
    return judges[type(command)](state, command, at)


def malformed(release: str, state: Ledger, record: Malformed, received: Received) -> tuple[EntryRecorded]:
    """The entry of a record that carried no valid command: it moves nothing, and its position is covered."""
    programme_id = record.key if _PROGRAMME_ID.fullmatch(record.key) else ""
    decision = refused(Figure(code=Code.MALFORMED.name, field=printable(record.field)[:100]))
    return (seal(state, about_malformed(record, programme_id, received), decision, received, release),)


def repeated(known: First, said: Mapping[str, object]) -> Decision:
    """The answer to a known id: its first outcome, or the field that differs as far as is remembered."""
    if known.command != said["command"]:
        figure = Figure(code=Code.EXISTS_DIFFERENT.name, field="command")
        return Decision(Code.EXISTS_DIFFERENT, (figure,), known.seq)
    if known.sha256 != said["command_sha256"]:
        figure = Figure(code=Code.EXISTS_DIFFERENT.name, field="content")
        return Decision(Code.EXISTS_DIFFERENT, (figure,), known.seq)
    return Decision(Code.EXISTS, (Figure(code=known.code),), known.seq)
