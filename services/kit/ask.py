"""Asking a lane: send a command, acknowledged by the log, and wait for the fact that answers it.

Every process that asks listens to the journals itself, from its own start on, so any instance can answer.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence

from schemas.base import Command, Fact
from schemas.catalogue import INBOX_OF, Topic
from services.kit import envelope
from services.kit.backoff import Backoff
from services.kit.errors import BadMessage, Transient, Unavailable
from services.kit.follow import rule_at
from services.kit.limit import Limit
from services.kit.tasks import end
from services.kit.transport.base import Outgoing, Record, Transport
from services.kit.worker import Status

SEND_SECONDS = 1.5


class Asker:
    """Sends commands and hears the journals that answer them. `journals` maps an inbox's name to its journal.

    Facts of the types in `known` say nothing that who asked has not said: they are given unread, with their command's
    id and their time alone.
    """

    name = "asker"

    def __init__(
        self, transport: Transport, journals: Mapping[str, Topic], source: str, known: Collection[type[Fact]] = ()
    ) -> None:
        self._transport, self._journals, self._source = transport, journals, source
        self._topics = {topic.name: topic for topic in journals.values()}
        self._known = {model.type.encode(): model for model in known}
        self._sending, self._answering = Limit(SEND_SECONDS), dict[float, Limit]()
        self._waiting: dict[bytes, list[asyncio.Future[Fact]]] = {}
        self._rules: dict[str, envelope.OwnerRule] = {}
        self._starts: dict[str, dict[int, int]] = {}
        self._hearing = False

    async def ask(self, command: Command, wait_seconds: float) -> Fact | None:
        """The fact that answers, or None if none came in time: the command is accepted all the same.

        Raises Unavailable when the log has not acknowledged it: it may or may not have been accepted.
        """
        topic = INBOX_OF[command.type]
        key: str = getattr(command, topic.key)
        record = envelope.command_record(command, key, self._source, command.command_id)
        id_ = command.command_id.encode()
        answer: asyncio.Future[Fact] = asyncio.get_running_loop().create_future()
        waiting = self._waiting.setdefault(id_, [])
        waiting.append(answer)
        try:
            await self._send(topic.name, topic.partition(key), record)
            return await self._answer(answer, wait_seconds)
        finally:
            waiting.remove(answer)
            if not waiting:
                del self._waiting[id_]

    async def _answer(self, answer: "asyncio.Future[Fact]", wait_seconds: float) -> Fact | None:
        limit = self._answering.setdefault(wait_seconds, Limit(wait_seconds))
        try:
            with limit.watch():
                return await answer
        except TimeoutError:
            return None

    async def send(self, command: Command) -> None:
        """Send a command without waiting for its answer. Raises Unavailable."""
        topic = INBOX_OF[command.type]
        key: str = getattr(command, topic.key)
        record = envelope.command_record(command, key, self._source, command.command_id)
        await self._send(topic.name, topic.partition(key), record)

    async def run(self) -> None:
        """Hear the journals until cancelled; after a failure from where it stopped."""
        backoff = Backoff(seconds_max=1.0)
        while True:
            try:
                await self._hear()
            except Transient:
                self._hearing = False
            await backoff.wait()

    async def _hear(self) -> None:
        for topic in self._journals.values():
            if topic.name not in self._starts:
                starts = dict(await self._transport.ends(topic.name, range(topic.partitions)))
                self._rules[topic.name] = await rule_at(self._transport, topic.name, starts)
                self._starts[topic.name] = starts
        self._hearing = True
        tails = [
            asyncio.create_task(self._transport.tail(topic.name, dict(self._starts[topic.name]), self._take))
            for topic in self._journals.values()
        ]
        try:
            await asyncio.gather(*tails)
        finally:
            await end(tails)

    async def _take(self, record: Record) -> None:
        self._starts[record.topic][record.partition] = record.offset + 1
        if not self._rules[record.topic].admits(record):
            return
        waiting = self._waiting.get(envelope.header(record, "ce_causationid") or b"")
        if waiting is None:
            return
        fact = self._fact(record)
        for answer in waiting:
            if fact is not None and not answer.done():
                answer.set_result(fact)

    def _fact(self, record: Record) -> Fact | None:
        model = self._known.get(envelope.header(record, "ce_type") or b"")
        if model is not None:
            command_id = (envelope.header(record, "ce_causationid") or b"").decode()
            return model.model_construct(command_id=command_id, at=envelope.utc(record.timestamp))
        try:
            fact, _ = envelope.decode(record, self._topics[record.topic])
        except BadMessage:
            return None
        assert isinstance(fact, Fact)
        return fact

    async def _send(self, topic: str, partition: int, record: Outgoing) -> None:
        try:
            with self._sending.watch():
                await self._transport.send(topic, partition, [record])
        except TimeoutError:
            raise Unavailable("Kafka has not acknowledged the command") from None
        except Transient as error:
            raise Unavailable(str(error)) from error

    def problems(self) -> tuple[str, ...]:
        """The journals are not heard."""
        return () if self._hearing else ("asker: Kafka does not answer",)

    def stuck(self) -> tuple[str, ...]:
        """It reconnects by itself."""
        return ()

    def status(self) -> Status:
        """How many callers wait."""
        return {"waiting": len(self._waiting), "journals": _names(list(self._journals.values()))}


def _names(topics: Sequence[Topic]) -> list[str]:
    return [topic.name for topic in topics]
