"""The ledger's settings: those of every process."""

from services.kit.settings import ProcessSettings


class LedgerSettings(ProcessSettings):
    """Nothing of its own."""
