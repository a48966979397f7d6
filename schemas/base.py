"""What every message is: a frozen, strict value with a published type.

A *command* is imperative and belongs to its reader; a *fact* is past tense and belongs to its writer.
Readers ignore fields they do not know, so that an optional field may be added inside a major version;
the closed schema for writers is generated (see `schemas/json`).
"""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from schemas.values import CommandId, PersonId, Text

_IDS = uuid.UUID("5d0c3c1e-6f2b-5a54-9d8c-0a2f6c1b7e11")

Role = Annotated[
    Literal["partner", "officer", "operator", "reader", "service"], Field(description="What a person may do.")
]


def derived_id(*parts: str) -> str:
    """A UUIDv5 as text, the same for the same parts: how a react names what it asks for."""
    return str(uuid.uuid5(_IDS, "\x1f".join(parts)))


class Value(BaseModel):
    """A part of a message: frozen, strict, closed to coercion, open to unknown fields."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", ser_json_inf_nan="null")


class Message(Value):
    """One message. `type` is `<owner>.<subject>-<verb>.v<major>` and never changes its meaning."""

    type: ClassVar[str]


class Command(Message):
    """Asks its reader to do something. `command_id` is made by the client: the same id is the same wish."""

    command_id: CommandId


class Fact(Message):
    """Says what happened. `at` is the shard's time, `command_id` the command that caused it."""

    command_id: CommandId
    at: Annotated[AwareDatetime, Field(description="Time of the shard, UTC: the largest broker time it has seen.")]


class Actor(Value):
    """Who acts: taken from the authenticated principal, never from a request's body."""

    person_id: PersonId
    role: Role


class Act(Command):
    """A command given by a person: who and why are recorded with its outcome."""

    actor: Actor
    reason: Annotated[Text, Field(description="Why the person acts, in a sentence; kept with the fact.")]


@dataclass(frozen=True, slots=True)
class Received:
    """What a pure function may know of the record that carried a command.

    `position` is the inbox offset, `at` the shard's time in UTC, `source` the sender's `ce_source`.
    """

    position: int
    at: datetime
    source: str = ""
    correlation_id: str = ""


@dataclass(frozen=True, slots=True)
class Malformed:
    """A record that carried no valid command: why, and the SHA-256 of its bytes; never the bytes."""

    reason: str
    field: str
    sha256: str
    key: str
