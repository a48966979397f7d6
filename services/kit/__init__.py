"""The runtime all services share. It knows no service's name and no business word.

Read `contract.py` first: what a service declares. `lane.py` runs a Lane, `view.py` a View, `sender.py` a
Sender, `transport/` is the log they stand on, `store.py` the rows in Redis, `host.py` the process.
"""
