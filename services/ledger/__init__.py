"""The quota ledger: the one owner of every balance.

Reads: `ledger-commands`.
Writes: `ledger-entries`, one entry per command; sends to `batch-commands` and `notice-commands`.
Keeps, per shard: `shard`, `programme:<id>`, `account:<programme>:<company>`, `cap:<programme>:<cap>`, `ids:<2 hex>`.

Begin with `lanes.py`.
"""
