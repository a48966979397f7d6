"""The rules of the ledger, pure: `decide.py` judges a command, `evolve.py` folds its entry.

codes, state, ids, entries       what an answer, a balance and a remembered id are; how an entry is sealed
programmes, grants, takings      the judgement of each command
invariants                       what holds after every entry
"""
