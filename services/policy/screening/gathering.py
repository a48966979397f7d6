"""The evaluation lane's `gather`: the applicant is screened before anything is decided, and the answer recorded."""

import asyncio
from collections.abc import Sequence
from functools import lru_cache

from schemas.base import Command
from schemas.findings import Screening as Recorded
from schemas.findings import ScreeningHit
from schemas.policy import Evaluate
from services.policy.domain.screening.entries import Party
from services.policy.domain.screening.index import Index
from services.policy.domain.screening.outcome import Judged, screen

SCREENED_MAX = 20_000
"""Parties whose answer is kept; the list does not change while the process lives."""


class Screener:
    """Fills in who an applicant may be; None where there is no list. Never raises."""

    def __init__(self, index: Index | None) -> None:
        self._index = index
        self._screened = lru_cache(maxsize=SCREENED_MAX)(_recorded)

    async def gather(self, commands: Sequence[Command]) -> Sequence[Command]:
        """The commands, each application with its screening. Others may run between two of them: one takes a while."""
        gathered = []
        for command in commands:
            if isinstance(command, Evaluate):
                command = command.model_copy(update={"screening": self._of(command)})
                await asyncio.sleep(0)
            gathered.append(command)
        return gathered

    def _of(self, command: Evaluate) -> Recorded | None:
        if self._index is None:
            return None
        profile = command.profile
        return self._screened(Party(profile.legal_name, profile.country, profile.registry_no), self._index)


def _recorded(party: Party, index: Index) -> Recorded:
    found = screen(party, index)
    return Recorded(list_digest=found.list_digest, hits=tuple(map(_hit, found.hits)))


def _hit(one: Judged) -> ScreeningHit:
    """`second_fact` says what `screening.v1` makes of it: an equal name that may reject has one that counts."""
    return ScreeningHit(entry_id=one.hit.entry_id, tier=one.hit.tier, second_fact=one.outcome == "reject")
