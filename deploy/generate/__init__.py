"""What is made from the published language: JSON Schemas, the AsyncAPI document, the table of topics.

Each module is a command (`python -m deploy.generate.schemas`) that writes its files, and with `--check` says
which of them are stale. What they make is committed; `tests/contract` fails with the command when it is stale.
"""
