"""Record batches that no well-behaved client writes."""

from collections.abc import Sequence
from struct import pack_into

from aiokafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder
from aiokafka.record.util import calc_crc32c

from services.kit.transport.base import Outgoing
from services.kit.transport.kafka import KafkaOptions
from services.kit.transport.kafka_wire import Producer, Wire
from services.kit.transport.kafka_writer import PartitionWriter, alone, build_batch

NAMED, UNREADABLE = b"some-name", b"some-\xff\xfe-e"
_CRC_AT, _AFTER_CRC = 17, 21
_NOBODY = Producer(-1, -1)


def with_unreadable_names(records: Sequence[Outgoing]) -> bytes:
    """A batch of these records, in which every header `some-name` has a name that is no UTF-8."""
    batch = bytearray(build_batch(records, _NOBODY, -1, 1_000_000).replace(NAMED, UNREADABLE))
    pack_into(">I", batch, _CRC_AT, calc_crc32c(bytes(batch[_AFTER_CRC:])))
    return bytes(batch)


def compressed(records: Sequence[Outgoing]) -> bytes:
    """A batch of these records as a client with compression sends it."""
    builder = DefaultRecordBatchBuilder(
        magic=2, compression_type=DefaultRecordBatch.CODEC_GZIP, is_transactional=0, producer_id=_NOBODY.id,
        producer_epoch=_NOBODY.epoch, base_sequence=-1, batch_size=1_000_000,
    )  # fmt: skip
    for number, record in enumerate(records):
        builder.append(number, None, record.key, record.value, list(record.headers))
    return bytes(builder.build())


async def write(bootstrap: str, topic: str, partition: int, batch: bytes) -> None:
    """Write a batch as it is."""
    wire = Wire(KafkaOptions(bootstrap))
    await wire.open()
    try:
        await PartitionWriter(wire, alone(wire), topic, partition, _NOBODY).write(batch, 1, 10.0)
    finally:
        await wire.close()
