"""Time and CPU between two record counts, said to the parent as one line of JSON."""

import json
import time


class Stopwatch:
    """Begins when `warm` records are done, ends when `total` are."""

    def __init__(self, warm: int, total: int) -> None:
        self.warm, self.total = warm, total
        self._from = self._to = (0, 0.0, 0.0)

    def at(self, done: int) -> bool:
        """So many records are done. True once that is all of them."""
        if not self._from[0] and done >= self.warm:
            self._from = (done, time.perf_counter(), time.process_time())
        if done >= self.total:
            self._to = (done, time.perf_counter(), time.process_time())
            return True
        return False

    def say(self, **more: float) -> None:
        """Print the result; CPU is of all threads of this process, user and system."""
        records, seconds, cpu = (to - start for to, start in zip(self._to, self._from, strict=True))
        print(json.dumps({"records": records, "seconds": seconds, "cpu": cpu, **more}), flush=True)
