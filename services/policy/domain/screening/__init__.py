"""Screening of parties against a list, pure: what is asked, what is found, what it means.

entries.py       a list's entries and the party that is screened, each with its digest
ftm.py           entries from FollowTheMoney JSON lines
text.py names.py words.py sounds.py   a name taken apart: stem, sectors, places; and how it sounds
index.py         a list made ready; candidates for one name
matching.py      a candidate judged: tier, score, why
outcome.py       `screen`: hits and what they allow; only here may anything reject
identifiers.py   numbers of registers that carry a check: USCC, LEI
dispositions.py  hits an officer has dismissed, and screening again when a list changes
"""
