"""The checker itself: it accepts what a quiet ledger wrote, and names each way in which a journal can be wrong."""

import json
from collections.abc import Callable
from hashlib import sha256

import pytest

from schemas.base import Command
from schemas.ledger import DefineProgramme, Draw, EntryRecorded, GrantBatch
from tests.connected.faults.model import Raw, fold
from tests.connected.faults.stranger import define, draw, grant
from tests.unit.ledger.play import Play

NAME = "round-0"
SENT = [
    define(NAME, 10, 8, "c-0"), grant(NAME, {"aster": 5, "birch": 4}, "c-1"), draw(NAME, "aster", 2, "c-2"),
    draw(NAME, "aster", 2, "c-2"), grant(NAME, {"aster": 4}, "c-3"), grant(NAME, {"cedar": 2}, "c-4"),
]  # fmt: skip
CODES = {"APPLIED": 3, "EXISTS": 1, "EXCEEDS_CAP": 1, "EXCEEDS_PROGRAMME": 1}
KINDS: dict[str, type[Command]] = {"define-programme": DefineProgramme, "grant-batch": GrantBatch, "draw": Draw}
Journal = list[Raw]


def quiet() -> tuple[list[Raw], Journal]:
    """An inbox and the journal that the ledger's functions make of it."""
    play, inbox = Play(), []
    for offset, (key, value, headers) in enumerate(SENT):
        inbox.append(Raw(offset, key, value, dict(headers)))
        kind = dict(headers)["ce_type"].decode().split(".")[1]
        play.send(KINDS[kind].model_validate_json(value or b""))
    fact = {"ce_type": EntryRecorded.type.encode(), "owner": b"0"}
    return inbox, [Raw(1 + n, NAME.encode(), value, fact) for n, value in enumerate(play.published)]


def resealed(journal: Journal, at: int, change: Callable[[dict[str, object]], None]) -> Journal:
    """The journal with an entry changed and every chain after it made right again, as a forger would."""
    found, chain = journal[:at], json.loads(journal[at].value or b"")["previous"]
    for number, record in enumerate(journal[at:]):
        entry = json.loads(record.value or b"")
        if number == 0:
            change(entry)
        entry["previous"] = chain
        del entry["chain"]
        body = json.dumps(entry, separators=(",", ":"), ensure_ascii=False).encode()
        chain = sha256(bytes.fromhex(chain) + sha256(body).digest()).hexdigest()
        found.append(record._replace(value=body[:-1] + f',"chain":"{chain}"}}'.encode()))
    return found


def grants_more(entry: dict[str, object]) -> None:
    entry["balances"][0]["granted_units"] += 1  # type: ignore[index]


def applies(entry: dict[str, object]) -> None:
    entry["code"] = "APPLIED"


def covers_more(entry: dict[str, object]) -> None:
    entry["covers_from"] = 0


WRONG: dict[str, Callable[[Journal], Journal]] = {
    "an entry lost": lambda journal: journal[:2] + journal[3:],
    "the last entry lost": lambda journal: journal[:-1],
    "an entry twice": lambda journal: [*journal[:3], *journal[2:]],
    "two entries exchanged": lambda journal: [journal[0], journal[2], journal[1], *journal[3:]],
    "a byte changed": lambda journal: [
        r._replace(value=(r.value or b"").replace(b'"seq":2', b'"seq":3')) for r in journal
    ],
    "more granted than asked for": lambda journal: resealed(journal, 1, grants_more),
    "a grant beyond the cap": lambda journal: resealed(journal, 4, applies),
    "a position covered twice": lambda journal: resealed(journal, 2, covers_more),
}


def test_what_a_quiet_ledger_writes_is_right() -> None:
    inbox, journal = quiet()
    assert fold(inbox, journal).codes == CODES
    assert fold(inbox, resealed(journal, 1, lambda _: None)).codes == CODES


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a_wrong_journal_is_noticed(wrong: Callable[[Journal], Journal]) -> None:
    inbox, journal = quiet()
    with pytest.raises(AssertionError):
        fold(inbox, wrong(journal))


def test_an_entry_of_a_former_owner_does_not_count() -> None:
    inbox, journal = quiet()
    marker = Raw(3, None, b"{}", {"ce_type": b"greenlight.shard-claimed.v1", "owner": b"-1"})
    late = journal[1]._replace(offset=4)
    rest = [r._replace(offset=5 + n, headers={**r.headers, "owner": b"3"}) for n, r in enumerate(journal[2:])]
    assert fold(inbox, [*journal[:2], marker, late, *rest]).codes == CODES


def test_a_command_that_a_fact_caused_counts_once_and_a_hole_is_noticed() -> None:
    inbox, journal = quiet()
    caused = [
        r._replace(headers={**r.headers, "react": b"batches/0:%d" % n, "owner": b"7"}) for n, r in enumerate(inbox, 1)
    ]
    assert fold(caused, journal).codes == CODES
    with pytest.raises(AssertionError, match="sent 3 after 1"):
        fold([caused[0], *caused[2:]], journal)
