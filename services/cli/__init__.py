"""The `greenlight` command: thin over the HTTP edge, the same routes that an operator's runbook uses.

`app.py` lists every verb; a module per subject sends the request and shows the answer. `edge.py` speaks HTTP,
`screen.py` prints. Only `topics` speaks to Kafka itself, because it must work before anything else runs.

Exit codes: 0 done · 1 refused, not found or not as it should be · 2 wrong usage or settings · 3 not reachable.
With `--json` the answer's document is on standard output as the edge gave it; a problem's is on standard error.
"""
