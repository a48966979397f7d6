"""Lists from their files, for whoever screens: the service's lanes and the `greenlight` command.

`read_list(path)` reads and checks; `Index(list)` makes it ready; `screen(party, index)` answers. The rules are in
`domain/screening`.
"""

from pathlib import Path

from services.kit.errors import GreenlightError
from services.policy.domain.screening.entries import Entry, Party, ScreeningList
from services.policy.domain.screening.ftm import LIST_BYTES_MAX, Refused, read_entries
from services.policy.domain.screening.identifiers import REASONS as NUMBER_REASONS
from services.policy.domain.screening.index import Index
from services.policy.domain.screening.matching import REASONS
from services.policy.domain.screening.outcome import Screening, screen

__all__ = [
    "NUMBER_REASONS", "REASONS", "Entry", "Index", "ListRefused", "Party", "Screening", "ScreeningList", "read_list",
    "screen",
]  # fmt: skip


class ListRefused(GreenlightError):
    """A list's file is not what it must be: which line, which field, why. Raised at start and by the command."""

    def __init__(self, refused: Refused) -> None:
        place = f"line {refused.line}: " if refused.line else ""
        field = f"{refused.field}: " if refused.field else ""
        super().__init__(f"{place}{field}{refused.why}")
        self.refused = refused


def read_list(path: Path) -> ScreeningList:
    """The list in a file of FollowTheMoney JSON lines. Raises ListRefused, also for a file that cannot be read."""
    try:
        if path.stat().st_size > LIST_BYTES_MAX:
            raise ListRefused(Refused(0, "", f"has more than {LIST_BYTES_MAX} bytes"))
        content = path.read_bytes()
    except OSError as error:
        raise ListRefused(Refused(0, "", f"cannot be read ({type(error).__name__})")) from error
    found = read_entries(content)
    if isinstance(found, Refused):
        raise ListRefused(found)
    return found
