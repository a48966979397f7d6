"""Waiting longer after each failure, with jitter, up to a bound."""

import asyncio
import random

FIRST_SECONDS = 0.05
SECONDS_MAX = 5.0


class Backoff:
    """Doubles from FIRST_SECONDS to `seconds_max`; each wait is half to whole of that."""

    def __init__(self, seconds_max: float = SECONDS_MAX) -> None:
        self._seconds = FIRST_SECONDS
        self._seconds_max = seconds_max

    def reset(self) -> None:
        """The next wait is the first again."""
        self._seconds = FIRST_SECONDS

    async def wait(self) -> None:
        """Wait, and wait longer next time."""
        seconds = self._seconds * random.uniform(0.5, 1.0)
        self._seconds = min(self._seconds * 2, self._seconds_max)
        await asyncio.sleep(seconds)
