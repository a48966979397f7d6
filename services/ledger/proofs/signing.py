"""One partition while its signer holds it: claim, go on from the last checkpoint, fold, sign, publish."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from schemas.catalogue import LEDGER_CHECKPOINTS, LEDGER_ENTRIES
from schemas.checkpoint import Checkpoint, CheckpointSigned, origin_of, read_checkpoint
from schemas.lines import salt_key_id
from schemas.note import BadNote, read_note, signed_by
from services.kit import envelope
from services.kit.claim import marker_id
from services.kit.errors import BadMessage, Fenced, Halted
from services.kit.follow import rule_at
from services.kit.owned import Surroundings, now
from services.kit.transport.base import Appender, Record
from services.ledger.proofs.fold import Fold, resumed
from services.ledger.proofs.keys import Keys

SLICE_BYTES = 64 * 1024
"""How much is folded before other work of the process gets its turn: about two milliseconds."""
LOOK_BACK_RECORDS = 64
PAGE_RECORDS = 500

Told = Callable[[int, int], None]
"""Called with the partition and how many of its entries are signed."""


@dataclass(frozen=True, slots=True)
class Pace:
    """A checkpoint every `seconds` if there is something new, and after `entries` entries anyhow."""

    seconds: float = 5.0
    entries: int = 10_000


class Signing:
    """Signs one partition. Raises Transient and Fenced: begin again; Halted: a person must look first."""

    def __init__(self, around: Surroundings, keys: Keys, pace: Pace, partition: int, told: Told) -> None:
        self._transport, self._instance = around.transport, around.instance
        self._keys, self._pace, self._partition, self._told = keys, pace, partition, told
        self._origin = origin_of(keys.signer.name, partition)
        self._source = f"/greenlight/ledger/checkpoints/{partition}"
        self._token, self._end = b"", 0
        self._due: Checkpoint | None = None

    async def run(self) -> None:
        """Sign until cancelled."""
        appender = await self._claim()
        fold = await self._resume()
        rule = envelope.OwnerRule({self._partition: fold.owner})
        position = fold.position
        self._told(self._partition, fold.entries.since)
        while True:
            position = await self._follow(fold, rule, position, appender)
            if self._due is not None:
                raise Halted(f"the journal holds {fold.head.seq} entries, of which {self._due.size} were signed")
            if fold.new:
                await self._publish(fold, appender)
            await asyncio.sleep(self._pace.seconds)

    async def _claim(self) -> Appender:
        """Become the owner: the broker refuses the former one from here on, and so do readers."""
        appender = await self._transport.appender(LEDGER_CHECKPOINTS.name, self._partition)
        id_ = marker_id(self._instance, now())
        marker = envelope.control_record(envelope.CLAIMED, self._source, id_, b"-1", b"{}", None)
        owner = await appender.append([marker])
        self._token, self._end = b"%d" % owner, owner + 1
        return appender

    async def _resume(self) -> Fold:
        """The fold at the last checkpoint, if it is ours and the journal has its last entry where it was.

        Else from nothing, and what is found on the way must be what was signed: after a new key, or a journal that
        was brought into another cluster.
        """
        last = await self._last()
        if last is None:
            return Fold(self._origin, self._keys.salt_key)
        try:
            note = read_note(last.note)
            said = read_checkpoint(note.text)
            if said.salt_key_id != salt_key_id(self._keys.salt_key):
                raise Halted(f"the checkpoint at {said.size} was made with another salt key")
            if signed_by(note, (self._keys.signer.verifier,)) and await self._stands(last, said):
                return resumed(last, self._keys.salt_key)
        except BadNote as bad:
            raise Halted(f"the last checkpoint is not as it was signed: {bad}") from bad
        self._due = said
        return Fold(self._origin, self._keys.salt_key)

    async def _stands(self, last: CheckpointSigned, said: Checkpoint) -> bool:
        """Whether the last entry that was signed is where it was."""
        first, stop = await self._transport.bounds(LEDGER_ENTRIES.name, self._partition)
        if not first < last.position <= stop:
            return False
        (found,) = await self._transport.read(LEDGER_ENTRIES.name, self._partition, last.position - 1, last.position, 1)
        return (found.value or b"").endswith(f',"chain":"{said.chain}"}}'.encode())

    async def _last(self) -> CheckpointSigned | None:
        """The last checkpoint of this origin that readers see: one that a former owner wrote late is none."""
        topic, partition = LEDGER_CHECKPOINTS.name, self._partition
        first, stop = await self._transport.bounds(topic, partition)
        found: list[CheckpointSigned] = []
        while stop > first and not found:
            at = start = max(first, stop - LOOK_BACK_RECORDS)
            rule = await rule_at(self._transport, topic, {partition: start})
            while at < stop:
                page = await self._transport.read(topic, partition, at, stop, LOOK_BACK_RECORDS)
                seen = [_fact(record) for record in page if rule.admits(record)]
                found += [fact for fact in seen if fact is not None and fact.origin == self._origin]
                at = page[-1].offset + 1
            stop = start
        return found[-1] if found else None

    async def _follow(self, fold: Fold, rule: envelope.OwnerRule, position: int, appender: Appender) -> int:
        """Fold what the journal holds now, signing on the way after so many entries. The position reached."""
        _, stop = await self._transport.bounds(LEDGER_ENTRIES.name, self._partition)
        if position > stop:
            raise Halted(f"{LEDGER_ENTRIES.name}/{self._partition} ends at {stop}; it was signed up to {position}")
        folded = 0
        while position < stop:
            page = await self._transport.read(LEDGER_ENTRIES.name, self._partition, position, stop, PAGE_RECORDS)
            for record in page:
                position = record.offset + 1
                if not rule.admits(record) or envelope.is_control(record):
                    continue
                folded += self._take(fold, record, rule.latest[self._partition])
                if folded >= SLICE_BYTES:
                    folded = 0
                    await asyncio.sleep(0)
                if fold.new >= self._pace.entries and self._due is None:
                    await self._publish(fold, appender)
        return position

    def _take(self, fold: Fold, record: Record, owner: int) -> int:
        value = record.value or b""
        try:
            fold.take(value, record.offset + 1, owner)
        except ValueError as error:
            where = f"{LEDGER_ENTRIES.name}/{self._partition} at offset {record.offset}"
            raise Halted(f"{where}: {error}; nothing is signed any more") from error
        if self._due is not None and fold.head.seq == self._due.size:
            if fold.checkpoint() != self._due:
                raise Halted(f"the checkpoint at {self._due.size} is of another history than the journal")
            fold.settle()
            self._due = None
        return len(value)

    async def _publish(self, fold: Fold, appender: Appender) -> None:
        """Sign and append. A former owner whom the broker no longer knows is told by where its record landed."""
        fact = fold.sign(self._keys.signer)
        milliseconds = int(fact.at.timestamp() * 1_000)
        record = envelope.fact_record(
            fact, LEDGER_CHECKPOINTS, self._source, fact.size, self._token, milliseconds, fact.command_id
        )
        offset = await appender.append([record])
        if offset != self._end:
            raise Fenced(f"appended at {offset}, not at {self._end}: another signer has written")
        self._end = offset + 1
        fold.settle()
        self._told(self._partition, fact.size)


def _fact(record: Record) -> CheckpointSigned | None:
    """The checkpoint of a record; None for a marker. Raises Halted."""
    if envelope.is_control(record):
        return None
    try:
        fact, _ = envelope.decode(record, LEDGER_CHECKPOINTS)
    except BadMessage as bad:
        raise Halted(f"{record.topic}/{record.partition} holds no checkpoint at {record.offset}: {bad}") from bad
    assert isinstance(fact, CheckpointSigned)
    return fact
