"""From a judgement to the sealed entry: what a command function returns, and how it becomes the one fact."""

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.base import Act, Command, Malformed, Received, derived_id, maker
from schemas.entries import (
    Balance,
    Bar,
    CapUse,
    Crossing,
    EntryRecorded,
    Figure,
    HoldState,
    LotBalance,
    Part,
    Posting,
    ProgrammeTerms,
)
from schemas.ledger import GrantBatch
from schemas.proof import leaf, next_chain
from services.ledger.domain.codes import Code
from services.ledger.domain.state import Ledger

TEXT_MAX = 200

_make = maker(EntryRecorded)
_BLANK = {name: field.default for name, field in EntryRecorded.model_fields.items()}
"""Every field in the order in which it is published; all that have no default are said of every entry."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a command comes to. Refused: a code, its figures, and nothing else."""

    code: Code
    figures: tuple[Figure, ...] = ()
    repeats: int | None = None
    terms: ProgrammeTerms | None = None
    postings: tuple[Posting, ...] = ()
    balances: tuple[Balance, ...] = ()
    caps: tuple[CapUse, ...] = ()
    lots: tuple[LotBalance, ...] = ()
    holds: tuple[HoldState, ...] = ()
    bars: tuple[Bar, ...] = ()
    crossings: tuple[Crossing, ...] = ()
    remains: tuple[Part, ...] = ()


def refused(*figures: Figure) -> Decision:
    """Refused for the first of the figures' codes in precedence; all of them are told. One figure or more."""
    return Decision(min(Code[figure.code] for figure in figures), figures)


def about(command: Command, programme_id: str, sha256: str) -> dict[str, object]:
    """What an entry says of its command, by the entry's fields."""
    said: dict[str, object] = {
        "command_id": command.command_id,
        "programme_id": programme_id,
        "command": command.type.split(".")[1],
        "command_sha256": sha256,
    }
    if isinstance(command, GrantBatch):
        said["batch_id"], said["attempt"] = command.batch_id, command.attempt
        return said
    fields = vars(command)
    for name in ("authority", "corrects", "effective_at"):
        said[name] = fields.get(name)
    if isinstance(command, Act):
        said["actor_id"], said["reason"] = command.actor.person_id, command.reason
    return said


def about_malformed(record: Malformed, programme_id: str, received: Received) -> dict[str, object]:
    """What an entry says of a record without a valid command. Its id is made from where it stood."""
    return {
        "command_id": derived_id("ledger-malformed", record.sha256, str(received.position)),
        "programme_id": programme_id,
        "command": "malformed",
        "command_sha256": record.sha256,
        "reason": printable(record.reason),
    }


def printable(text: str) -> str:
    """At most TEXT_MAX characters that every encoding can carry: a lone surrogate must not stop the ledger."""
    return text[:TEXT_MAX].encode("ascii", "backslashreplace").decode()[:TEXT_MAX]


def seal(
    state: Ledger, said: Mapping[str, object], decision: Decision, received: Received, release: str
) -> EntryRecorded:
    """The entry that follows the state's last one, its chain computed over the bytes that will be published.

    Made without a look at its fields: each comes from a valid command or from the rules. The tests validate entries.
    """
    terms = decision.terms or _terms(state, said)
    fields: dict[str, object] = {
        **_BLANK,
        **said,
        "at": received.at,
        "seq": state.seq + 1,
        "covers_from": state.covers_to + 1,
        "covers_to": received.position,
        "code": decision.code.name,
        "repeats": decision.repeats,
        "figures": decision.figures,
        "unit": terms and terms.unit,
        "currency": terms and terms.currency,
        "programme": decision.terms,
        "postings": decision.postings,
        "balances": decision.balances,
        "caps": decision.caps,
        "lots": decision.lots,
        "holds": decision.holds,
        "bars": decision.bars,
        "crossings": decision.crossings,
        "remains": decision.remains,
        "release": release,
        "previous": state.chain,
        "chain": "",
    }
    entry = _make(fields)
    unsealed = EntryRecorded.__pydantic_serializer__.to_json(entry)
    chain = next_chain(bytes.fromhex(state.chain), leaf(unsealed))
    vars(entry)["chain"] = chain.hex()  # frozen; but nobody has seen it yet, and a copy costs more than the hash
    return entry


def _terms(state: Ledger, said: Mapping[str, object]) -> ProgrammeTerms | None:
    programme = state.programmes.get(str(said["programme_id"]))
    return None if programme is None else programme.terms
