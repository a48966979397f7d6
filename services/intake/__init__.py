"""Intake: the one front door. Companies, applications, operators' acts and tokens; the case file and its readers.

Reads   intake-commands, operator-commands (its inboxes); applications, decisions, notices, ledger-entries, batches
        (its views); operator-acts (its tokens); every service's dead letters.
Writes  applications, operator-acts (its journals); case-commands, notice-commands, batch-commands, ledger-commands,
        intake-commands (what its facts cause); intake-dead-letters.
Keeps   the rows of its two lanes and of the views `cases`, `accounts` and `batches`; the book of tokens in memory.

Read `lanes.py` first, then `domain/`. `views/` are the read side: each module projects facts into rows and reads
them back. `api.py` builds the HTTP edge from ports; its parts by subject are in `http/`.
"""
