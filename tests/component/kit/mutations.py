"""Guards taken out, one at a time: each must make the named tests fail. `python -m tests.component.kit.mutations`.

A guard is taken out by replacing its text in a copy of the project; text that is not there exactly once is an error,
so that the table is kept when the code moves.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
COPIED = ("schemas", "services", "deploy", "tests", "pyproject.toml")
SECONDS_MAX = 150


@dataclass(frozen=True)
class Mutation:
    """One guard: where it is, what stands there, what stands there without it, and which tests must notice."""

    name: str
    path: str
    before: str
    after: str
    tests: tuple[str, ...]


KIT = "tests/component/kit/"
PROPERTY = f"{KIT}test_kit_property.py"
FENCING, REACTS, LOST = f"{KIT}test_fencing.py", f"{KIT}test_reacts_arrive.py", f"{KIT}test_store_lost.py"
OTHER, PARKING, LETTERS = f"{KIT}test_other_log.py", f"{KIT}test_parking.py", f"{KIT}test_letters.py"
RUNS, VIEWS, SENDERS = f"{KIT}test_lane_runs.py", f"{KIT}test_views_run.py", f"{KIT}test_senders_run.py"
STORE = "tests/contract/test_store.py"

MUTATIONS = (
    Mutation(
        "the broker's fence",
        "services/kit/transport/memory.py",
        "        if epoch < log.epoch:\n            return False\n",
        "",
        (FENCING,),
    ),
    Mutation(
        "the reader's owner rule",
        "services/kit/envelope.py",
        "        if token < latest:\n            return False\n",
        "",
        (FENCING, "tests/unit/kit/test_owner_rule.py"),
    ),
    Mutation(
        "the owner learnt by a reader that begins in the middle",
        "services/kit/follow.py",
        "                rule.admits(record)\n",
        "                pass\n",
        (FENCING,),
    ),
    Mutation(
        "the claim folds up to its marker",
        "services/kit/claim.py",
        "int(fold.at_store or 0), owner + 1)\n",
        "int(fold.at_store or 0), owner - 1)\n",
        (FENCING,),
    ),
    Mutation(
        "the append lands right behind our last",
        "services/kit/owned.py",
        "            if offset != self._end:\n",
        "            if False:\n",
        (FENCING,),
    ),
    Mutation(
        "a number seen is dropped",
        "services/kit/step.py",
        "        if owner < latest or sequence <= seen:\n            return False\n",
        "        if owner < latest:\n            return False\n",
        (REACTS,),
    ),
    Mutation(
        "a former owner's react is dropped",
        "services/kit/step.py",
        "        if owner < latest or sequence <= seen:\n",
        "        if sequence <= seen:\n",
        (REACTS,),
    ),
    Mutation(
        "a former owner's react moves no counter",
        "services/kit/step.py",
        "            if owner >= latest:\n",
        "            if True:\n",
        (REACTS,),
    ),
    Mutation(
        "a hole halts", "services/kit/step.py", "        if sequence > seen + 1:\n", "        if False:\n", (REACTS,)
    ),
    Mutation(
        "reacts are sent again at claim",
        "services/kit/owned.py",
        "        if claimed.reacts:\n",
        "        if False:\n",
        (REACTS,),
    ),
    Mutation(
        "counters of reacts are compared at claim",
        "services/kit/claim.py",
        "            if meta is not None and _book(meta, record).sent != sent:\n",
        "            if False:\n",
        (REACTS,),
    ),
    Mutation(
        "idle, it is written down that the reacts are acknowledged",
        "services/kit/shard.py",
        "                await owned.settle()\n",
        "                pass\n",
        (REACTS,),
    ),
    Mutation(
        "dirty is set first",
        "services/kit/rows.lua",
        "redis.call('HSET', meta, 'dirty', '1', 'owner', ARGV[1])",
        "redis.call('HSET', meta, 'owner', ARGV[1])",
        (STORE, LOST),
    ),
    Mutation(
        "dirty is believed at claim",
        "services/kit/claim.py",
        "        book = None if kept.dirty else books.load(kept.book)\n",
        "        book = books.load(kept.book)\n",
        (LOST,),
    ),
    Mutation(
        "dirty is refused by the script",
        "services/kit/rows.lua",
        "  if known[3] == '1' then return 'dirty' end\n",
        "",
        (STORE,),
    ),
    Mutation(
        "the position before is compared",
        "services/kit/rows.lua",
        "  if known[2] ~= ARGV[2] then return 'position' end\n",
        "",
        (STORE, LOST),
    ),
    Mutation(
        "a lower owner is refused by the script",
        "services/kit/rows.lua",
        "then return 'owner' end",
        "then end",
        (STORE,),
    ),
    Mutation(
        "what became of a lost reply is read",
        "services/kit/rows.py",
        "        if self._doubtful is not None:\n            await self._resolve(self._doubtful)\n",
        "",
        (LOST, PROPERTY),
    ),
    Mutation(
        "rows are looked after while idle",
        "services/kit/rows.py",
        "        if kept is None or kept.dirty or kept.position != self._at_store:\n",
        "        if False:\n",
        (LOST,),
    ),
    Mutation(
        "a rewrite deletes what stood there",
        "services/kit/store.py",
        "        for page in _pages(dict.fromkeys(await self._names(at))):\n",
        "        for page in ():\n",
        (STORE,),
    ),
    Mutation(
        "a rewrite asked for is not forgotten",
        "services/kit/rows.py",
        "        self._rewrite_wanted = True\n",
        "        self._at_store = None\n",
        (LOST,),
    ),
    Mutation(
        "a failed step keeps its state to itself",
        "services/kit/owned.py",
        "        yield\n        self.between_steps.release()\n",
        "        try:\n            yield\n        finally:\n            self.between_steps.release()\n",
        (LOST,),
    ),
    Mutation(
        "rows ahead of the journal halt",
        "services/kit/claim.py",
        "    if position > end or kept.owner >= end:\n",
        "    if False:\n",
        (LOST, OTHER),
    ),
    Mutation(
        "rows that the journal never made halt",
        "services/kit/claim.py",
        "!= kept.book.encode() and not is_marker:\n",
        "!= kept.book.encode() and False:\n",
        (LOST,),
    ),
    Mutation(
        "the marker's id is compared",
        "services/kit/claim.py",
        'is_marker = record.offset == book.owner and envelope.header(record, "ce_id") == book.marker.encode()',
        "is_marker = record.offset == book.owner",
        (LOST,),
    ),
    Mutation(
        "the inbox's bounds are checked",
        "services/kit/claim.py",
        "    if not first <= book.position <= end:\n",
        "    if False:\n",
        (OTHER,),
    ),
    Mutation(
        "the last record's fingerprint is checked",
        "services/kit/claim.py",
        "    if books.fingerprint(page[0]) != book.last:\n",
        "    if False:\n",
        (OTHER,),
    ),
    Mutation(
        "the cluster is checked",
        "services/kit/claim.py",
        "    if book.cluster != cluster:\n",
        "    if False:\n",
        (OTHER,),
    ),
    Mutation(
        "a truncated journal is noticed",
        "services/kit/claim.py",
        "    if start < first:\n",
        "    if False:\n",
        (OTHER,),
    ),
    Mutation(
        "a stale member does not claim",
        "services/kit/shard.py",
        "        await self._confirm(await claims.peek(around.transport, lane.journal.name, index))\n",
        "",
        (RUNS,),
    ),
    Mutation(
        "one tick at a time",
        "services/kit/shard.py",
        "        if sent_for == due and monotonic() < sent_at + TICK_AGAIN_SECONDS:\n",
        "        if False:\n",
        (RUNS,),
    ),
    Mutation(
        "the letter is written before the append",
        "services/kit/owned.py",
        "        await self._bury(step)\n        step.book",
        "        step.book",
        (LETTERS,),
    ),
    Mutation(
        "a replay strips the sequence",
        "services/kit/dead_letters.py",
        "if name not in _STRIPPED)",
        "if name)",
        (LETTERS,),
    ),
    Mutation(
        "a key waits behind its parked record",
        "services/kit/step.py",
        "        elif (key := _key(record)) in step.book.parked:\n",
        "        elif (key := _key(record)) in ():\n",
        (PARKING,),
    ),
    Mutation(
        "a key that fails unclean is not tried again by itself",
        "services/kit/shard.py",
        "        if self.retry_parked:\n            self.retry_parked = False\n            self._to_retry =",
        "        if not self._to_retry:\n            self._to_retry =",
        (PARKING,),
    ),
    Mutation(
        "the breaker",
        "services/kit/breaker.py",
        "        return len(bugs) > BUGS_MAX and",
        "        return False and",
        (PARKING,),
    ),
    Mutation(
        "an unclean step is discarded",
        "services/kit/shard.py",
        "                step.last = None\n",
        "                pass\n",
        (PARKING,),
    ),
    Mutation(
        "a view compares its position",
        "services/kit/view.py",
        "kept.position != self._marks[shard].dump()",
        "False",
        (VIEWS, LOST),
    ),
    Mutation(
        "effects of a key wait for each other",
        "services/kit/sender.py",
        "self._effect(fact, where, last.get(key))",
        "self._effect(fact, where, None)",
        (SENDERS,),
    ),
)


def mutated(mutation: Mutation, folder: Path) -> None:
    """Copy the project to a folder, without the guard. Raises ValueError if the guard's text is not there once."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__", ".run", "node_modules"))
        else:
            shutil.copy(source, folder / name)
    path = folder / mutation.path
    text = path.read_text()
    if text.count(mutation.before) != 1:
        raise ValueError(f"{mutation.name}: {mutation.path} holds the guard's text {text.count(mutation.before)} times")
    path.write_text(text.replace(mutation.before, mutation.after))


@dataclass(frozen=True)
class Tried:
    """Whether the tests noticed, and what they said: the first test that failed, or all of their last words."""

    noticed: bool
    said: str


def tried(mutation: Mutation) -> Tried:
    """Run the mutation's tests without its guard, until the first fails."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        mutated(mutation, folder)
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *mutation.tests]
        environment = {**os.environ, "PYTHONPATH": str(folder)}
        try:
            done = subprocess.run(
                command, cwd=folder, env=environment, capture_output=True, text=True, timeout=SECONDS_MAX, check=False
            )
        except subprocess.TimeoutExpired:
            return Tried(True, f"not done in {SECONDS_MAX} s")
        failed = [line for line in done.stdout.splitlines() if line.startswith("FAILED ")]
        if done.returncode == 1 and failed:
            return Tried(True, failed[0].partition("::")[2].partition(" - ")[0])
        return Tried(False, (done.stdout + done.stderr)[-2_000:])


def main() -> None:
    """Try every mutation, or those whose names contain the arguments, and say which are noticed, and by which test."""
    for mutation in MUTATIONS:
        if all(word in mutation.name for word in sys.argv[1:]):
            found = tried(mutation)
            print(f"{'noticed' if found.noticed else 'NOT NOTICED':12} {mutation.name}: {found.said}", flush=True)


if __name__ == "__main__":
    main()
