"""The quota ledger: the one owner of every balance. Begin with `lanes.py`.

Reads:  `ledger-commands`; to sign checkpoints `ledger-entries` and `ledger-checkpoints`; `operator-acts` that concern
        its workers.
Writes: `ledger-entries`, exactly one entry per command; `ledger-checkpoints`; causes commands in `batch-commands`,
        `notice-commands`.
Keeps:  per programme its terms, caps, accounts, bars; lots until 400 days after they closed, holds until 30 days after;
        the chain's head; the ids of answered commands for 30 days.
"""
