"""The rules of the ledger, pure: `decide.py` judges a command, `evolve.py` folds its entry.

codes, state, lots, ids, entries       what an answer, a balance, a lot and a remembered id are; how an entry is sealed
ground, moves, tree, crossings         what every command is checked for; its running shadow; the caps above a lot
programmes, caps, grants, holds,       the judgement of each command
takings, corrections, transfers,
bars, expiry
invariants                             what holds after every entry
"""
