"""The published language of Greenlight: messages, values, topics. Pure: no I/O, no import from services.

Read `catalogue.py` first: every topic, its owner, its key and its messages. `base.py` says what a message
is, `values.py` what a number or a name may be, and one module per owner holds one class per message.
What strangers verify with stands here too: `proof.py` the chain; `tree.py`, `lines.py`, `note.py`, `checkpoint.py` what
is signed; `audit.py` who judges an export; `witness.py` who cosigns.
"""
