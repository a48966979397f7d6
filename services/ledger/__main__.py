"""`python -m services.ledger worker` runs one process of the ledger."""

from services.kit.serve import serve
from services.kit.settings import load
from services.ledger.bootstrap import workers
from services.ledger.settings import LedgerSettings

if __name__ == "__main__":
    serve("ledger", load(LedgerSettings), workers)
