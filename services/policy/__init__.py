"""Policy: evaluates applications against a bundle of rules, and brings approvals to the ledger in batches.

Reads:  `case-commands`, `batch-commands`; `decisions` for rolling statistics; `operator-acts` that concern its
        workers; bundles from their folders and a screening list, at start.
Writes: `decisions`, `batches`; causes commands in `batch-commands`, `case-commands`, `ledger-commands`,
        `notice-commands`.
Keeps:  per company its group, its approved units, its cases that wait for people and applications that wait for the
        ledger; per programme the caps the ledger last told and its unfinished batches; the ids of answered commands
        for 30 days.
"""
