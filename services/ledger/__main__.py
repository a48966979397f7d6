"""`python -m services.ledger worker` runs one process of the ledger."""

from functools import partial

from services.kit.serve import serve
from services.kit.settings import load
from services.ledger.bootstrap import workers
from services.ledger.settings import LedgerSettings

if __name__ == "__main__":
    settings = load(LedgerSettings)
    serve("ledger", settings, partial(workers, keys=settings.keys(), pace=settings.pace()))
