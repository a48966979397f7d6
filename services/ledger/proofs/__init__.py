"""Checkpoints: what the ledger signs of its own journal, so that it can never tell two histories.

`fold.py` is pure: entries in, the next checkpoint out. `keys.py` reads the two keys.
`signing.py` holds one partition, `signer.py` is the worker over them.
"""
