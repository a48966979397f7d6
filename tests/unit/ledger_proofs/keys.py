"""Keys of the tests. Illustrative: everybody knows them."""

from schemas.note import COSIGNS, SIGNS, signer

LEDGER = signer("ledger.example", SIGNS, bytes(range(32)))
OTHER = signer("ledger.example", SIGNS, bytes(32))
WITNESS = signer("witness.example/w1", COSIGNS, bytes(range(32, 64)))
SALT_KEY = bytes(range(64, 96))
