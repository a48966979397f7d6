"""The signer on the memory transport: what it signs, what it goes on from, and when it signs nothing."""

import pytest

from schemas.catalogue import LEDGER_CHECKPOINTS, LEDGER_ENTRIES
from schemas.ledger import Draw
from schemas.note import Note, read_note, signed_by
from schemas.proof import verify
from schemas.tree import Range, consistent
from services.kit import envelope
from services.kit.errors import Unknown
from services.kit.store import Store, connect
from services.ledger.proofs.signer import SignerWorker
from services.ledger.proofs.signing import Pace
from tests.component.kit.harness import ignored, memory, raw, surroundings, until, working
from tests.component.ledger_proofs.journals import (
    PARTITION,
    claim,
    journal,
    played,
    publish,
    reaches,
    signed,
    signing,
    texts,
    worker,
)
from tests.unit.ledger_proofs.keys import LEDGER, OTHER


async def test_what_is_signed_is_what_the_journals_bytes_give() -> None:
    transport, play = memory(), played()
    await journal(transport, play)
    async with signing(transport, 12) as running:
        assert running.status() == {
            "signing": True, "key": str(LEDGER.verifier), "signed": {"0": 0, "1": 0, "2": 12, "3": 0}
        }  # fmt: skip
        assert running.problems() == ()
    (fact,), tree = await signed(transport), Range()
    head = verify(play.published, tree=tree).head
    (said,) = await texts(transport)
    assert (said.origin, said.size, said.root, said.chain) == ("ledger.example/2", 12, tree.root(), head.chain)
    assert signed_by(read_note(fact.note), [LEDGER.verifier])
    assert {record.partition for record in raw(transport, LEDGER_CHECKPOINTS) if not envelope.is_control(record)} == {
        PARTITION
    }


async def test_nothing_new_is_nothing_to_sign_and_what_is_new_is_signed_after_what_was() -> None:
    transport, play = memory(), played(20)
    owner = await claim(transport)
    await publish(transport, play, owner, 0, 5)
    async with signing(transport, 5):
        await publish(transport, play, owner, 5, 9)
        await reaches(transport, 9)
        await publish(transport, play, owner, 9)
        await reaches(transport, 22)
    facts, said = await signed(transport), await texts(transport)
    assert [fact.size for fact in facts] == sorted({fact.size for fact in facts})
    for fact, old, new in zip(facts[1:], said, said[1:], strict=False):
        assert (fact.after_size, fact.after_lines) == (old.size, old.lines_size)
        path = [bytes.fromhex(one) for one in fact.entries_path]
        assert consistent(old.size, new.size, path, old.root, new.root)


async def test_after_so_many_entries_one_is_signed_without_waiting() -> None:
    transport, play = memory(), played(20)
    await journal(transport, play)
    async with signing(transport, 22, worker(transport, pace=Pace(seconds=60, entries=7))):
        assert [fact.size for fact in await signed(transport)] == [7, 14, 21, 22]


async def test_a_restarted_signer_goes_on_from_its_last_checkpoint_and_reads_nothing_before_it() -> None:
    transport, play = memory(), played(20)
    owner = await claim(transport)
    await publish(transport, play, owner, 0, 9)
    async with signing(transport, 9):
        pass
    transport.truncate(LEDGER_ENTRIES.name, PARTITION, 9)
    await publish(transport, play, owner, 9)
    async with signing(transport, 22):
        pass
    tree = Range()
    verify(play.published, tree=tree)
    assert (await texts(transport))[-1].root == tree.root()
    assert (await signed(transport))[-1].after_size == 9


async def test_two_signers_share_the_partitions_and_sign_each_size_once() -> None:
    transport, play = memory(), played(20)
    owner = await claim(transport)
    await publish(transport, play, owner, 0, 9)
    async with signing(transport, 9), working(worker(transport, "b")):
        await publish(transport, play, owner, 9)
        await reaches(transport, 22)
    facts = await signed(transport)
    assert [fact.size for fact in facts] == sorted({fact.size for fact in facts})


async def test_a_former_owners_late_entries_are_not_signed() -> None:
    transport, play, late = memory(), played(6), played(9)
    old = await claim(transport)
    await publish(transport, play, old)
    new = await claim(transport)
    await publish(transport, late, old, 8)
    for _ in range(2):
        play.ask(Draw, units=2)
    await publish(transport, play, new, 8)
    async with signing(transport, 10):
        tree = Range()
        verify(play.published, tree=tree)
        assert (await texts(transport))[-1].root == tree.root()


async def test_an_append_whose_answer_is_lost_is_no_second_history() -> None:
    transport, play = memory(), played()
    await journal(transport, play)
    lost: list[str] = []

    def lose(point: str, topic: str, partition: int) -> None:
        here = (point, topic, partition) == ("append-after", LEDGER_CHECKPOINTS.name, PARTITION)
        if here and not lost and not envelope.is_control(raw(transport, LEDGER_CHECKPOINTS, PARTITION)[-1]):
            lost.append(point)
            raise Unknown("the answer was lost")

    transport.fault = lose
    running = worker(transport)
    assert running.problems() == ("ledger.signer: has not joined its group yet",)
    async with working(running):
        await reaches(transport, 12)
        await until(lambda: not running.problems())
    assert lost
    assert [fact.size for fact in await signed(transport)] == [12]


async def test_a_former_signer_whom_the_broker_has_forgotten_is_ignored_by_readers_and_claims_again() -> None:
    transport, play = memory(), played(20)
    owner = await claim(transport)
    await publish(transport, play, owner, 0, 9)
    async with signing(transport, 9):
        rival = await transport.appender(LEDGER_CHECKPOINTS.name, PARTITION)
        await rival.append([envelope.control_record(envelope.CLAIMED, "/t", "b.1", b"-1", b"{}", None)])
        transport.forget(LEDGER_CHECKPOINTS.name, PARTITION)
        await publish(transport, play, owner, 9)
        await reaches(transport, 22)
    assert ignored(transport, LEDGER_CHECKPOINTS) == 1
    assert [fact.size for fact in await signed(transport)] == [9, 22]


async def test_without_a_key_nothing_is_signed_and_the_status_says_so() -> None:
    transport = memory()
    await journal(transport, played())
    idle = SignerWorker(surroundings(transport, Store(connect("redis://127.0.0.1:1/0", 0.1))), None)
    async with working(idle):
        assert idle.status() == {"signing": False, "why": "no signing key is configured: there are no checkpoints"}
        assert (idle.problems(), idle.stuck()) == ((), ())
    assert raw(transport, LEDGER_CHECKPOINTS) == []


async def test_after_a_new_key_the_whole_journal_is_folded_and_compared_with_what_was_signed() -> None:
    transport, play = memory(), played(20)
    owner = await claim(transport)
    await publish(transport, play, owner, 0, 9)
    async with signing(transport, 9):
        pass
    await publish(transport, play, owner, 9)
    async with signing(transport, 22, worker(transport, signer=OTHER)):
        fact = (await signed(transport))[-1]
        assert signed_by(read_note(fact.note), [LEDGER.verifier, OTHER.verifier]) == (OTHER.verifier,)
        assert fact.after_size == 9


async def test_a_journal_brought_to_another_place_is_compared_from_its_beginning() -> None:
    transport, play = memory(), played()
    owner = await claim(transport)
    await publish(transport, play, owner, 0, 9)
    async with signing(transport, 9):
        pass
    transport.recreate(LEDGER_ENTRIES.name)
    await claim(transport)
    await publish(transport, play, await claim(transport))
    async with signing(transport, 12):
        assert (await signed(transport))[-1].after_size == 9


async def halts(why: str, one: SignerWorker) -> None:
    """It says why, and signs nothing more."""
    async with working(one):
        await until(lambda: any(why in problem for problem in one.problems()))


async def test_another_history_than_the_signed_one_is_never_signed() -> None:
    transport, play = memory(), played()
    await journal(transport, play)
    async with signing(transport, 12):
        pass
    transport.recreate(LEDGER_ENTRIES.name)
    other = played(15)
    other.entries = other.entries[:5]
    await journal(transport, other)
    await halts("the journal holds 5 entries, of which 12 were signed", worker(transport))
    changed = played(0)
    for _ in range(12):
        changed.ask(Draw, units=3)
    transport.recreate(LEDGER_ENTRIES.name)
    await journal(transport, changed)
    await halts("is of another history", worker(transport))
    assert [fact.size for fact in await signed(transport)] == [12]


async def test_an_entry_that_does_not_follow_stops_the_signer() -> None:
    transport, play = memory(), played()
    owner = await claim(transport)
    await publish(transport, play, owner, 0, 5)
    await publish(transport, play, owner, 6)
    await halts("entry 6 does not follow the last: seq gap", worker(transport))


async def test_another_salt_key_under_the_same_name_stops_the_signer() -> None:
    transport = memory()
    await journal(transport, played())
    async with signing(transport, 12):
        pass
    await halts("made with another salt key", worker(transport, salt=bytes(32)))


@pytest.mark.parametrize("harm", ["frontier", "signature"])
async def test_a_checkpoint_that_was_altered_is_not_gone_on_from(harm: str) -> None:
    transport, play = memory(), played()
    await journal(transport, play)
    async with signing(transport, 12):
        pass
    (fact,) = await signed(transport)
    note = read_note(fact.note)
    text = note.text.replace("covers 11", "covers 10")
    assert text != note.text
    changes = {"entries_frontier": ("00" * 32, "11" * 32)} if harm == "frontier" else {
        "note": str(Note(text, note.signatures))
    }  # fmt: skip
    altered = fact.model_copy(update=changes)
    owner = len(raw(transport, LEDGER_CHECKPOINTS, PARTITION)) - 2
    transport.truncate(LEDGER_CHECKPOINTS.name, PARTITION, owner + 2)
    record = envelope.fact_record(altered, LEDGER_CHECKPOINTS, "/test", 12, b"%d" % owner, 0, "c")
    await transport.send(LEDGER_CHECKPOINTS.name, PARTITION, [record])
    await halts("not as it was signed", worker(transport))
