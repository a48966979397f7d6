r"""Records whose headers have names that are no UTF-8. Brokers take them from anybody; aiokafka raises on them.

The first such record of a batch would hold up its partition for ever, so its batch is unpacked here: each such name
comes back with backslashes (`\xff`), and the record with one header more, `UNREADABLE_NAME`, which `envelope.decode`
refuses. Only plain batches: the brokers write no others, since the catalogue's topics are `uncompressed`.
"""

from collections.abc import Callable, Iterator
from struct import Struct

from aiokafka.record.default_records import DefaultRecordBase, DefaultRecordBatch
from aiokafka.record.util import decode_varint

from services.kit.transport.base import UNREADABLE_NAME, Headers, Record

Unpack = Callable[[str, int, int, bytes], Iterator[Record]]
"""Topic, partition, first offset wanted, bytes as fetched. Raises ValueError."""

_LENGTH = Struct(">i")
_LENGTH_AT, _LENGTH_END = 8, 12
_RECORDS_AT = DefaultRecordBase.HEADER_STRUCT.size


def readable(unpack: Unpack, topic: str, partition: int, start: int, data: bytes) -> Iterator[Record]:
    """What `unpack` gives, and from a name on that stops it, the rest. Raises ValueError."""
    try:
        for record in unpack(topic, partition, start, data):
            start = record.offset + 1
            yield record
    except UnicodeDecodeError:
        yield from unpack_any_names(topic, partition, start, data)


def unpack_any_names(topic: str, partition: int, start: int, data: bytes) -> Iterator[Record]:
    """Records of whole batches from `start` on, whatever their headers are called. Raises ValueError."""
    for raw in _batches(data):
        batch = DefaultRecordBatch(raw)
        if not batch.validate_crc():
            raise ValueError(f"wrong checksum in the batch at offset {batch.base_offset}")
        if batch.is_control_batch:
            continue
        if batch.compression_type:
            raise ValueError(f"the batch at offset {batch.base_offset} is compressed")
        yield from (record for record in _records(topic, partition, batch, raw) if record.offset >= start)


def _batches(data: bytes) -> Iterator[bytes]:
    at = 0
    while at + _RECORDS_AT <= len(data):
        end = at + _LENGTH_END + _LENGTH.unpack_from(data, at + _LENGTH_AT)[0]
        if end > len(data):
            return
        yield data[at:end]
        at = end


def _records(topic: str, partition: int, batch: DefaultRecordBatch, raw: bytes) -> Iterator[Record]:
    fields = _Fields(raw, _RECORDS_AT)
    while fields.at < len(raw):
        fields.number()  # length of the record
        fields.number()  # attributes: none are defined
        elapsed, ahead = fields.number(), fields.number()
        stamped = batch.timestamp_type == DefaultRecordBase.LOG_APPEND_TIME
        time = batch.max_timestamp if stamped else batch.first_timestamp + elapsed
        key, value = fields.data(), fields.data()
        yield Record(topic, partition, batch.base_offset + ahead, time, key, value, fields.headers())


class _Fields:
    """The fields of records, one after the other."""

    def __init__(self, raw: bytes, at: int) -> None:
        self._raw, self.at = bytearray(raw), at

    def number(self) -> int:
        number, self.at = decode_varint(self._raw, self.at)
        return int(number)

    def data(self) -> bytes | None:
        length = self.number()
        if length < 0:
            return None
        self.at += length
        return bytes(self._raw[self.at - length : self.at])

    def headers(self) -> Headers:
        found = [((self.data() or b""), self.data() or b"") for _ in range(self.number())]
        names = [name.decode(errors="backslashreplace") for name, _ in found]
        headers = tuple((text, value) for text, (_, value) in zip(names, found, strict=True))
        if all(text.encode() == name for text, (name, _) in zip(names, found, strict=True)):
            return headers
        return (*headers, (UNREADABLE_NAME, b""))
