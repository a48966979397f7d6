"""The read side of intake: three views. Each module projects facts into rows and reads the rows back.

    cases     applications, decisions, notices -> one case file per application, one profile per company
    accounts  ledger-entries                   -> programmes with caps and accounts, single accounts, the chain's head
    batches   batches                          -> batches of a programme, single batches

Projections know nothing but their fact: every field is absolute, so facts of different journals may come in any
order and any row can be made again from the journals. What several facts say together is worked out in reading.
"""

from services.intake.views.accounts import ACCOUNTS
from services.intake.views.batches import BATCH_LIST
from services.intake.views.cases import CASES

VIEWS = (CASES, ACCOUNTS, BATCH_LIST)
"""Every view of intake, for the process that keeps them."""

__all__ = ["ACCOUNTS", "BATCH_LIST", "CASES", "VIEWS"]
