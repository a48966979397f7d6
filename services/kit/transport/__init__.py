"""The log: one small interface, in memory and on Kafka."""
