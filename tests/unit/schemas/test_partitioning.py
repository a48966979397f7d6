"""Keys go where every Kafka client sends them."""

import pytest
from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from schemas.partitioning import partition_of

# Hashes as Apache Kafka's own tests state them (org.apache.kafka.common.utils.Utils.murmur2).
KNOWN = (
    ("21", -973932308),
    ("foobar", -790332482),
    ("a-little-bit-long-string", -985981536),
    ("a-little-bit-longer-string", -1486304829),
    ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
    ("abc", 479470107),
)


@pytest.mark.parametrize(("key", "murmur2"), KNOWN)
def test_a_key_has_the_partition_that_kafka_states(key: str, murmur2: int) -> None:
    assert partition_of(key, 2**31) == murmur2 & 0x7FFFFFFF
    assert partition_of(key, 8) == (murmur2 & 0x7FFFFFFF) % 8


@given(st.text(), st.integers(1, 64))
def test_a_key_goes_where_the_kafka_client_sends_it(key: str, partitions: int) -> None:
    every = list(range(partitions))
    assert partition_of(key, partitions) == DefaultPartitioner()(key.encode("utf-8"), every, every)
