"""Signs checkpoints: follows the entries, and every few seconds says in its own journal how far they go.

Its only memory is that journal: the last checkpoint holds what it takes to go on. A group gives each partition to
one process, the broker fences its appends, and a marker tells the owner, as with a lane; and were there two
signers for a moment, they would sign the same (see `fold.py`). What does not follow what was signed is never signed.
"""

import asyncio

from schemas.catalogue import LEDGER_CHECKPOINTS
from services.kit.backoff import Backoff
from services.kit.errors import Fenced, Halted, Transient
from services.kit.lane import join
from services.kit.owned import Surroundings
from services.kit.tasks import end, finish
from services.kit.worker import Status
from services.ledger.proofs.keys import Keys
from services.ledger.proofs.signing import Pace, Signing


class SignerWorker:
    """A member of the group `ledger.signer`; it signs the partitions it is given. Without keys it signs nothing."""

    name = "ledger.signer"

    def __init__(self, around: Surroundings, keys: Keys | None, pace: Pace | None = None) -> None:
        self._around, self._keys, self._pace = around, keys, pace or Pace()
        self._log = around.log.bind(worker=self.name)
        self._inbox = around.transport.inbox(LEDGER_CHECKPOINTS.name, self.name, self)
        self._serving: dict[int, asyncio.Task[None]] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._signed: dict[int, int] = {}
        self._failing: dict[int, str] = {}
        self._joined = keys is None

    def assigned(self, partitions: frozenset[int]) -> None:
        """Sign these partitions, each in a task of its own."""
        self.revoked(partitions)
        for partition in partitions:
            self._serving[partition] = asyncio.create_task(self._serve(partition))

    def revoked(self, partitions: frozenset[int]) -> None:
        """Sign these no longer."""
        for partition in partitions & self._serving.keys():
            task = asyncio.create_task(end((self._serving.pop(partition),)))
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)
            self._failing.pop(partition, None)
            self._signed.pop(partition, None)

    async def run(self) -> None:
        """Sign until cancelled."""
        if self._keys is None:
            await asyncio.Event().wait()
        await join(self._inbox)
        self._joined = True
        try:
            await asyncio.Event().wait()
        finally:
            await finish(self._leave())

    async def _leave(self) -> None:
        self.revoked(frozenset(self._serving))
        if self._ending:
            await asyncio.wait(self._ending)
        await self._inbox.stop()

    async def _serve(self, partition: int) -> None:
        assert self._keys is not None
        backoff = Backoff()
        while True:
            try:
                await Signing(self._around, self._keys, self._pace, partition, self._tell).run()
            except (Transient, Fenced) as error:
                self._failing[partition] = str(error)
                self._log.warning("begin-again", partition=partition, reason=str(error))
                await backoff.wait()
            except Exception as error:  # reason: what it cannot follow it must not sign; a person looks
                self._failing[partition] = str(error) if isinstance(error, Halted) else f"bug: {type(error).__name__}"
                self._log.exception("halted", partition=partition, reason=self._failing[partition])
                return

    def _tell(self, partition: int, size: int) -> None:
        self._failing.pop(partition, None)
        self._signed[partition] = size

    def problems(self) -> tuple[str, ...]:
        """Partitions that are not signed: the log does not answer, or its entries do not follow what was signed."""
        if not self._joined:
            return (f"{self.name}: has not joined its group yet",)
        return tuple(f"{self.name}: partition {p}: {reason}" for p, reason in sorted(self._failing.items()))

    def stuck(self) -> tuple[str, ...]:
        """It begins again by itself."""
        return ()

    def status(self) -> Status:
        """Whether it signs, with which key, and how many entries of each partition are signed."""
        if self._keys is None:
            return {"signing": False, "why": "no signing key is configured: there are no checkpoints"}
        signed = {str(partition): size for partition, size in sorted(self._signed.items())}
        return {"signing": True, "key": str(self._keys.signer.verifier), "signed": signed}
