"""Ledger commands as they lie in the inbox. Everything named in them is invented."""

import uuid
from collections.abc import Iterator, Sequence

from schemas.base import Actor, Command
from schemas.ledger import DefineProgramme, Draw, GrantBatch, GrantLine
from services.kit import envelope
from services.kit.transport.base import Outgoing

PROGRAMME = "h200-2026"
OFFICER = Actor(person_id="officer-wen", role="officer")
COMPANIES = 500
AUTHORITY = "declaration ILLUSTRATIVE-0002 of the customs office at Example Harbour, item 7, released in full"
"""Long enough that a draw with its key and headers is 470 bytes."""
GRANTED_UNITS = 10**9
PRICE = 2_700_000


def company(number: int) -> str:
    """An invented company."""
    return f"company-{number:06d}"


def opening(companies: int = COMPANIES, programme_id: str = PROGRAMME) -> Iterator[Command]:
    """A programme, and units for every company to draw from."""
    yield DefineProgramme(
        command_id=f"define-{programme_id}", actor=OFFICER, reason="Open the illustrative programme",
        programme_id=programme_id,
        name="First batch (illustrative)", item="H200", unit="chip", currency="USD", volume_units=2**53 - 1,
    )  # fmt: skip
    for first in range(0, companies, 1_000):
        everyone = range(first, min(first + 1_000, companies))
        yield grant(f"grant-{programme_id}-{first}", everyone, GRANTED_UNITS, 0, programme_id)


def grant(
    command_id: str, companies: Sequence[int], units: int, price: int = PRICE, programme_id: str = PROGRAMME
) -> GrantBatch:
    """A batch with a line for each of these companies; one may stand there several times."""
    lines = tuple(
        GrantLine(line_id=f"app-{line:06d}:u1", company_id=company(number), units=units, value=units * price)
        for line, number in enumerate(companies)
    )
    return GrantBatch(
        command_id=command_id, programme_id=programme_id, batch_id=command_id, attempt=1, unit="chip", currency="USD",
        line_count=len(lines), total_units=units * len(lines), lines=lines,
    )  # fmt: skip


def draw(number: int, companies: int = COMPANIES) -> Draw:
    """The draw of that number; its company is one of so many, in turn."""
    return Draw(
        command_id=str(uuid.uuid5(uuid.NAMESPACE_OID, str(number))), programme_id=PROGRAMME,
        company_id=company(number % companies), unit="chip", units=1, authority=AUTHORITY,
    )  # fmt: skip


def record(command: Command) -> Outgoing:
    """The command as its sender writes it."""
    return envelope.command_record(command, PROGRAMME, "/greenlight/intake/edge", command.command_id)


def draws(total: int) -> list[Outgoing]:
    """An inbox of `total` records: the opening, then draws."""
    first = [record(command) for command in opening()]
    return first + [record(draw(number)) for number in range(total - len(first))]


def batches(total: int, lines: int, companies: int) -> list[Outgoing]:
    """An inbox of `total` records: the opening, then batches of so many lines, shared out among the companies."""
    first = [record(command) for command in opening(0)]
    shared = [number % companies for number in range(lines)]
    return first + [record(grant(f"batch-{number}", shared, 100)) for number in range(total - len(first))]


def size(outgoing: Outgoing) -> int:
    """Bytes of key, value and headers."""
    return len(outgoing.key or b"") + len(outgoing.value or b"") + sum(len(k) + len(v) for k, v in outgoing.headers)
