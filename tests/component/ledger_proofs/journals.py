"""A journal of entries on the memory transport, written as owners of its lane write it; and what was signed of it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from schemas.catalogue import LEDGER_CHECKPOINTS, LEDGER_ENTRIES
from schemas.checkpoint import Checkpoint, CheckpointSigned, read_checkpoint
from schemas.ledger import Draw
from schemas.note import Signer, read_note
from services.kit import envelope
from services.kit.store import Store, connect
from services.kit.transport.base import Outgoing
from services.kit.transport.memory import MemoryTransport
from services.ledger.proofs.keys import Keys
from services.ledger.proofs.signer import SignerWorker
from services.ledger.proofs.signing import Pace
from tests.component.kit.harness import facts, surroundings, until, working
from tests.unit.ledger.play import Play, granted
from tests.unit.ledger_proofs.keys import LEDGER, SALT_KEY

PARTITION = 2
SOURCE = f"/greenlight/ledger/ledger/{PARTITION}"
FAST = Pace(seconds=0.005)


def played(draws: int = 10) -> Play:
    """A programme, a grant, and draws of one unit."""
    play = granted()
    for _ in range(draws):
        play.ask(Draw, units=1)
    return play


async def claim(transport: MemoryTransport) -> int:
    """A new owner's marker in the journal; its token."""
    marker = envelope.control_record(envelope.CLAIMED, SOURCE, "a.1", b"-1", b"{}", None)
    return await transport.send(LEDGER_ENTRIES.name, PARTITION, [marker])


async def publish(transport: MemoryTransport, play: Play, owner: int, start: int = 0, stop: int | None = None) -> None:
    """Append entries of the play under an owner's token."""
    records: Sequence[Outgoing] = [
        envelope.fact_record(entry, LEDGER_ENTRIES, SOURCE, entry.seq, b"%d" % owner, 0, entry.command_id)
        for entry in play.entries[start:stop]
    ]
    await transport.send(LEDGER_ENTRIES.name, PARTITION, records)


async def journal(transport: MemoryTransport, play: Play) -> int:
    """The whole play in the journal, by one owner; its token."""
    owner = await claim(transport)
    await publish(transport, play, owner)
    return owner


def worker(
    transport: MemoryTransport, instance: str = "a", signer: Signer = LEDGER, salt: bytes = SALT_KEY, pace: Pace = FAST
) -> SignerWorker:
    """A signer, not yet running. It needs no store: the one it is given answers nothing."""
    nowhere = Store(connect("redis://127.0.0.1:1/0", 0.1))
    return SignerWorker(surroundings(transport, nowhere, instance), Keys(signer, salt), pace)


async def signed(transport: MemoryTransport) -> list[CheckpointSigned]:
    """Every checkpoint, by the published reader's rule."""
    return [fact for fact in await facts(transport, LEDGER_CHECKPOINTS) if isinstance(fact, CheckpointSigned)]


async def texts(transport: MemoryTransport) -> list[Checkpoint]:
    """What each of them says."""
    return [read_checkpoint(read_note(fact.note).text) for fact in await signed(transport)]


async def reaches(transport: MemoryTransport, size: int) -> None:
    """Wait until a checkpoint of this size is there."""

    async def there() -> bool:
        return any(fact.size == size for fact in await signed(transport))

    await until(there)


@asynccontextmanager
async def signing(
    transport: MemoryTransport, size: int, one: SignerWorker | None = None
) -> AsyncIterator[SignerWorker]:
    """Run a signer; yields when it has signed `size` entries."""
    running = one or worker(transport)
    async with working(running):
        await reaches(transport, size)
        yield running
