import json

import httpx
import pytest

from schemas import proof
from schemas.catalogue import BATCHES, LEDGER_ENTRIES
from schemas.ledger import Balance, EntryRecorded
from schemas.policy import BatchOpened, LinesAdded
from services.intake.http.programmes import ENTRIES_LIMIT_MAX
from services.intake.views import ACCOUNTS, BATCH_LIST
from services.kit.envelope import encode
from tests.builders import BATCH, COMPANY, PROGRAMME, RIVAL, build
from tests.component.intake.edge import Edge, edge, errors

LEDGER = f"/v1/programmes/{PROGRAMME}/ledger"
ENTRIES = f"/v1/programmes/{PROGRAMME}/entries"
TERMS = {"name": "First round (illustrative)", "item": "H200", "unit": "chip", "currency": "USD"}


def balance(company_id: str, units: int) -> Balance:
    return Balance(
        company_id=company_id, version=1, granted_units=units, granted_value=0, drawn_units=0, revoked_units=0,
        revoked_value=0, available_units=units,
    )  # fmt: skip


def sealed(count: int) -> list[EntryRecorded]:
    """A chain of entries: the programme is defined, then granted one unit more with each; every third is another's."""
    entries: list[EntryRecorded] = []
    previous = proof.GENESIS
    for seq in range(1, count + 1):
        fields: dict[str, object] = {"programme": TERMS} if seq == 1 else {"balances": (balance(COMPANY, seq),)}
        if seq % 3 == 0:
            fields = {"programme_id": "another", "balances": (balance(RIVAL, seq),)}
        open_ = build(EntryRecorded, seq=seq, previous=previous, chain="", covers_from=seq - 1, covers_to=seq - 1,
                      **{"caps": (), "balances": (), **fields})  # fmt: skip
        previous = proof.next_chain(bytes.fromhex(previous), proof.leaf(encode(open_))).hex()
        entries.append(open_.model_copy(update={"chain": previous}))
    return entries


def with_ledger(count: int = 8) -> Edge:
    one = edge()
    one.journal.entries = list(sealed(count))
    one.accounts.show(ACCOUNTS, LEDGER_ENTRIES.partition(PROGRAMME), one.journal.entries)
    return one


async def test_a_programmes_ledger_shows_totals_accounts_and_the_head() -> None:
    one = with_ledger()
    found = (await one.get(LEDGER, "reader")).json()
    assert (found["seq"], found["head"]["seq"], found["totals"]["granted_units"]) == (8, 8, 8)
    last = one.journal.entries[-1]
    assert isinstance(last, EntryRecorded)
    assert found["head"]["chain"] == last.chain


@pytest.mark.parametrize("seq", [1, 2, 3, 7, 8])
async def test_a_ledger_as_of_an_entry_is_what_it_was_then(seq: int) -> None:
    then = with_ledger(seq)
    now = with_ledger(8)
    assert (await now.get(f"{LEDGER}?as_of={seq}", "reader")).json() == (await then.get(LEDGER, "reader")).json()


@pytest.mark.parametrize(
    ("query", "status"),
    [("as_of=9", 422), ("as_of=999999999", 422), ("as_of=-1", 422), ("as_of=1.0", 422), ("as_of=1e3", 422),
     ("as_of=", 422), ("as_of=" + "9" * 40, 422), ("as-of=3", 422), ("as_of=0", 404)],
)  # fmt: skip
async def test_a_moment_that_is_none_is_refused(query: str, status: int) -> None:
    answer = await with_ledger().get(f"{LEDGER}?{query}", "reader")
    assert answer.status_code == status
    assert ["parameter" in error for error in errors(answer)] == [True] * (status == 422)


async def test_a_partner_sees_no_other_companys_account() -> None:
    one = with_ledger()
    assert [a["company_id"] for a in (await one.get(LEDGER)).json()["accounts"]] == [COMPANY]
    assert (await one.get(LEDGER, "rival")).json()["accounts"] == []
    assert (await one.get(f"{LEDGER}?as_of=7", "rival")).json()["accounts"] == []


@pytest.mark.parametrize(("secret", "status"), [("partner", 200), ("rival", 404), ("reader", 200)])
async def test_who_sees_an_account(secret: str, status: int) -> None:
    answer = await with_ledger().get(f"/v1/programmes/{PROGRAMME}/accounts/{COMPANY}", secret)
    assert answer.status_code == status


async def test_an_account_is_as_of_the_last_entry_that_moved_it() -> None:
    found = (await with_ledger().get(f"/v1/programmes/{PROGRAMME}/accounts/{COMPANY}")).json()
    assert (found["seq"], found["balance"]["available_units"]) == (8, 8)


@pytest.mark.parametrize("path", ["ledger", f"accounts/{COMPANY}", "batches"])
async def test_a_programme_that_is_not_there_is_not_found(path: str) -> None:
    assert (await edge().get(f"/v1/programmes/nowhere/{path}", "operator")).status_code == 404


async def test_entries_are_given_byte_for_byte_and_page_by_page() -> None:
    one = with_ledger()
    every = [encode(entry) for entry in one.journal.entries]
    published = [entry for entry in every if json.loads(entry)["programme_id"] == PROGRAMME]
    pages = [await one.get(f"{ENTRIES}?from={start}&limit=2", "reader") for start in (1, 3, 6)]
    assert [page.json()["next"] for page in pages] == [3, 6, None]
    for entry in published:
        assert sum(entry in page.content for page in pages) == 1


def lines_of(page: httpx.Response) -> list[bytes]:
    """The published bytes of each entry of a page."""
    return [line.removesuffix(b",") for line in page.content.split(b"\n")[1:-1]]


async def test_a_verifier_gets_the_whole_partition_and_finds_its_chain_good() -> None:
    one = with_ledger()
    pages = [await one.get(f"{ENTRIES}?of=partition&limit=3&from={start}", "reader") for start in (1, 4, 7)]
    assert [page.json()["next"] for page in pages] == [4, 7, None]
    verdict = proof.verify(entry for page in pages for entry in lines_of(page))
    head = (await one.get(LEDGER, "reader")).json()["head"]
    assert (verdict.good, verdict.head.seq, verdict.head.chain) == (True, head["seq"], head["chain"])


async def test_one_programmes_entries_alone_have_gaps_and_a_page_may_be_empty() -> None:
    one = with_ledger()
    assert proof.verify(lines_of(await one.get(ENTRIES, "reader"))).why == "seq gap"
    assert (await one.get(f"{ENTRIES}?from=9", "reader")).json()["entries"] == []


@pytest.mark.parametrize(
    "query", ["of=all", "of=", "from=0", "from=x", "limit=0", f"limit={ENTRIES_LIMIT_MAX + 1}", "start=2"]
)
async def test_a_part_of_the_journal_that_is_none_is_refused(query: str) -> None:
    answer = await with_ledger().get(f"{ENTRIES}?{query}", "reader")
    assert answer.status_code == 422
    assert [error["parameter"] for error in errors(answer)] == [query.partition("=")[0]]


@pytest.mark.parametrize("path", [ENTRIES, f"/v1/programmes/{PROGRAMME}/batches", f"/v1/batches/{BATCH}"])
@pytest.mark.parametrize("secret", ["partner", "scoped-reader"])
async def test_what_is_about_several_companies_is_not_for_one(path: str, secret: str) -> None:
    assert (await with_ledger().get(path, secret)).status_code == 403


async def test_batches_are_listed_and_each_shows_its_lines() -> None:
    one = edge()
    one.batches.show(BATCH_LIST, BATCHES.partition(PROGRAMME), [build(BatchOpened), build(LinesAdded)])
    listed = (await one.get(f"/v1/programmes/{PROGRAMME}/batches", "officer")).json()["batches"]
    assert [(batch["batch_id"], batch["state"]) for batch in listed] == [(BATCH, "open")]
    assert len((await one.get(f"/v1/batches/{BATCH}", "officer")).json()["lines"]) == 1


VERIFY = {"programme_id": PROGRAMME, "reason": "Monthly check."}


async def test_a_whole_chain_verifies() -> None:
    one = with_ledger()
    answer = await one.post("/v1/operator/verify", VERIFY, "operator")
    found = answer.json()
    assert (answer.status_code, found["good"], found["seq"], found["bad_seq"]) == (200, True, 8, None)
    assert found["chain"] == (await one.get(LEDGER, "reader")).json()["head"]["chain"]


async def test_an_altered_entry_is_named_by_its_seq() -> None:
    one = with_ledger()
    one.journal.values[4] = encode(one.journal.entries[4]).replace(b'"granted_units":5', b'"granted_units":6')
    found = (await one.post("/v1/operator/verify", VERIFY, "operator")).json()
    assert (found["good"], found["seq"], found["bad_seq"], found["why"]) == (False, 4, 5, "hash wrong")
