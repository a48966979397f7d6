"""Every error of the runtime, and what the worker that meets it does.

GreenlightError
|- BadMessage      raised by the envelope: bytes or schema invalid      -> dead letter, the lane goes on
|- Transient       raised by transport, store, adapters: try again      -> bounded retries, then pause
|  |- Unavailable  the broker or the store cannot be reached
|  `- Unknown      the outcome of a write is not known                  -> discard state, claim again
|- Fenced          the broker knows a newer owner of this shard         -> drop the shard
|- StaleMember     the group refused a commit: not the owner now        -> do not claim
`- Halted          the log is not the one the shard stands on, or a     -> the shard stops with its reason
                   counter disagrees: only a person can decide
"""


class GreenlightError(Exception):
    """Root of the tree."""


class BadMessage(GreenlightError):
    """Bytes or schema are invalid. `field` is a JSON pointer or a header's name, `reason` never holds content."""

    def __init__(self, reason: str, field: str = "") -> None:
        super().__init__(f"{field}: {reason}" if field else reason)
        self.reason = reason
        self.field = field


class Transient(GreenlightError):
    """May succeed when tried again."""


class Unavailable(Transient):
    """Kafka, Redis or an outside endpoint cannot be reached."""


class Unknown(Transient):
    """A write may or may not have happened."""


class Fenced(GreenlightError):
    """The broker has given this shard's identity to a newer owner."""


class StaleMember(GreenlightError):
    """The consumer group refused the commit of a former member."""


class Halted(GreenlightError):
    """The shard must not go on by itself: the reason says why, the runbook says what to do."""
