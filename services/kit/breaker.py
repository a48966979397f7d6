"""A breaker per source: one partner whose records keep raising never fills the parking of a lane."""

from collections import deque

BUGS_MAX = 20
WINDOW_MILLISECONDS = 60_000
SOURCES_MAX = 10_000


class Breaker:
    """Open for a source that had more than BUGS_MAX bugs within the window, by the records' own time."""

    def __init__(self) -> None:
        self._bugs: dict[str, deque[int]] = {}

    def opens(self, source: str, time: int) -> bool:
        """Count one more bug of this source; True if its records should no longer be parked."""
        bugs = self._bugs.setdefault(source, deque(maxlen=BUGS_MAX + 1))
        bugs.append(time)
        if len(self._bugs) > SOURCES_MAX:
            self._bugs.pop(next(iter(self._bugs)))
        return len(bugs) > BUGS_MAX and bugs[-1] - bugs[0] <= WINDOW_MILLISECONDS
