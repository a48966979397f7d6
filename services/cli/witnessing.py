"""A witness at work: checks every checkpoint of a partition against the last one that it cosigned, and cosigns."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from schemas.catalogue import LEDGER_CHECKPOINTS
from schemas.checkpoint import CheckpointSigned, read_checkpoint
from schemas.note import Note, Signer, Verifier, read_note
from schemas.witness import Refused, continued
from services.cli.seen import Seen
from services.kit import envelope
from services.kit.errors import BadMessage
from services.kit.follow import rule_at
from services.kit.transport.base import Record, Transport

PAGE_RECORDS = 500
CHECK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Witness:
    """One witness: its key, whose checkpoints it follows, where it keeps what it cosigned. `clock` gives seconds."""

    key: Signer
    ledgers: tuple[Verifier, ...]
    seen: Seen
    told: Callable[[str], None]
    clock: Callable[[], float]

    async def follow(self, transport: Transport, partition: int, once: bool) -> None:
        """Cosign what comes; `once`: what there is. Raises Refused, BadState, Transient, OSError."""
        topic = LEDGER_CHECKPOINTS.name
        position = await self._stands(transport, partition)
        rule = await rule_at(transport, topic, {partition: position})
        while True:
            first, stop = await transport.bounds(topic, partition)
            if position < first or position > stop:
                raise Refused(f"{topic}/{partition} holds {first}..{stop}, this witness stands at {position}")
            while position < stop:
                page = await transport.read(topic, partition, position, stop, PAGE_RECORDS)
                self.take(partition, [record for record in page if rule.admits(record)])
                position = page[-1].offset + 1
            if once:
                return
            await asyncio.sleep(CHECK_SECONDS)

    def take(self, partition: int, records: Sequence[Record]) -> None:
        """Check every checkpoint, cosign the last. Raises Refused after keeping it, BadState, OSError."""
        stored = self.seen.last(partition)
        last, found = None if stored is None else stored.checkpoint, list[tuple[int, Note]]()
        for record in records:
            if envelope.is_control(record):
                continue
            signed = _signed(record)
            try:
                note = continued(last, signed, partition, self.ledgers)
            except Refused as refused:
                kept = self.seen.keep_refused(partition, signed.note)
                raise Refused(f"{refused} (kept in {kept})") from None
            last = read_checkpoint(note.text)
            found.append((record.offset, note))
        if found:
            offset, note = found[-1]
            cosigned = Note(note.text, (*note.signatures, self.key.sign(note.text, int(self.clock()))))
            self.seen.put(partition, offset, cosigned)
            self.told(f"partition {partition}: cosigned at entry {last.size if last else 0:,}")

    async def _stands(self, transport: Transport, partition: int) -> int:
        """The offset behind the last cosigned checkpoint, which must be where it was. Raises Refused, BadState."""
        last = self.seen.last(partition)
        first, stop = await transport.bounds(LEDGER_CHECKPOINTS.name, partition)
        if last is None:
            return first
        where = f"{LEDGER_CHECKPOINTS.name}/{partition}"
        if not first <= last.offset < stop:
            raise Refused(f"rolled back: {where} holds {first}..{stop}, without what was cosigned at {last.offset}")
        (record,) = await transport.read(LEDGER_CHECKPOINTS.name, partition, last.offset, last.offset + 1, 1)
        if read_note(_signed(record).note).text != read_note(last.note).text:
            raise Refused(f"rolled back: {where} holds another record at {last.offset} than was cosigned")
        return last.offset + 1


def _signed(record: Record) -> CheckpointSigned:
    """The checkpoint of a record. Raises Refused."""
    try:
        fact, _ = envelope.decode(record, LEDGER_CHECKPOINTS)
    except BadMessage as bad:
        raise Refused(f"{record.topic}/{record.partition} holds no checkpoint at {record.offset}: {bad}") from None
    assert isinstance(fact, CheckpointSigned)
    return fact
