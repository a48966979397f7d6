"""Programmes: the ledger as it is or as it was, accounts, entries, batches. Read only."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Literal

from fastapi import FastAPI, Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from schemas.base import Value
from schemas.catalogue import BATCH_COMMANDS, BATCHES, LEDGER_COMMANDS, LEDGER_ENTRIES
from schemas.ledger import EntryRecorded
from services.intake.http.gate import principal_of
from services.intake.http.ports import EdgePorts, JournalLine, JournalReader
from services.intake.http.problems import ProblemError, forbidden, not_found
from services.intake.http.reading import Lookup, named
from services.intake.http.routing import get
from services.intake.views import accounts
from services.intake.views.answers import Account, BatchFile, BatchSummary, ProgrammeLedger
from services.intake.views.batches import Row, batch_file, batch_key, batch_list, batches_key

AS_OF_ENTRIES_MAX = 200_000
ENTRIES_LIMIT_MAX = 500
ENTRIES_SCANNED_MAX = 10_000
_ALL_SHARDS = tuple(range(BATCHES.partitions))


def _digits(value: object) -> object:
    if isinstance(value, str) and not (value.isascii() and value.isdigit() and len(value) <= 15):
        raise ValueError("is not a whole number")
    return value


Digits = BeforeValidator(_digits)


class LedgerQuery(BaseModel):
    """Which moment of the ledger."""

    model_config = ConfigDict(extra="forbid")
    as_of: Annotated[int | None, Digits, Field(description="After this entry of the journal; left out: now.")] = None


class EntriesQuery(BaseModel):
    """Which part of the journal."""

    model_config = ConfigDict(extra="forbid", populate_by_name=False)
    start: Annotated[int, Field(alias="from", ge=1, description="First seq."), Digits] = 1
    limit: Annotated[int, Field(ge=1, le=ENTRIES_LIMIT_MAX, description="Entries of one page."), Digits] = 100
    of: Annotated[
        Literal["programme", "partition"],
        Field(description="partition: with the entries of other programmes in the same journal partition."),
    ] = "programme"


class Entries(Value):
    """Entries of a programme, or of its journal partition; `next` is the `from` to go on with, None at the end.

    Each entry stands on a line of its own, byte for byte as it was published, for `schemas/proof.py` to verify. The
    chain is the partition's: a verifier asks for `of=partition`, since one programme's entries alone have gaps.
    """

    programme_id: str
    entries: tuple[EntryRecorded, ...]
    next: int | None


class Batches(Value):
    """The batches of a programme; the one that moved last stands at the end."""

    programme_id: str
    batches: tuple[BatchSummary, ...]


class Programmes:
    """Endpoints of programmes and batches."""

    def __init__(self, ports: EdgePorts) -> None:
        self._ports = ports
        self._accounts = Lookup(ports.accounts, LEDGER_COMMANDS, ports.wait_seconds)
        self._batches = Lookup(ports.batches, BATCH_COMMANDS, ports.wait_seconds)

    async def ledger(
        self, request: Request, programme_id: str, query: Annotated[LedgerQuery, Query()]
    ) -> ProgrammeLedger:
        """Terms, totals, caps, accounts and the chain's head. With a company's token, no other company's."""
        company_id = principal_of(request).company_id
        key, shard = accounts.programme_key(named(programme_id)), LEDGER_ENTRIES.partition(programme_id)
        if query.as_of is None:
            head = await self._ports.accounts.row(shard, accounts.HEAD) or {}
            return await self._accounts.find(
                (shard,), key, lambda row: accounts.programme_ledger(programme_id, row, head, company_id)
            )
        row, head = await self._folded(shard, key, query.as_of)
        found = accounts.programme_ledger(programme_id, row, head, company_id)
        if found is None:
            raise not_found()
        return found

    async def account(self, request: Request, programme_id: str, company_id: str) -> Account:
        """One company's balance in a programme."""
        if not principal_of(request).reaches(named(company_id)):
            raise not_found()
        key, shard = accounts.account_key(named(programme_id), company_id), LEDGER_ENTRIES.partition(programme_id)
        return await self._accounts.find((shard,), key, lambda row: accounts.account(programme_id, row))

    async def entries(self, request: Request, programme_id: str, query: Annotated[EntriesQuery, Query()]) -> Response:
        """Entries as published, one a line. Not for a company's token: entries hold every company's balances.

        To verify the chain take `of=partition`: a partition has one chain for all its programmes.
        """
        _unscoped(request)
        values, following = await self._page(named(programme_id), query)
        after = "null" if following is None else str(following)
        content = b'{"programme_id":"%b","entries":[\n%b\n],"next":%b}' % (
            programme_id.encode(), b",\n".join(values), after.encode(),
        )  # fmt: skip
        return Response(content, media_type="application/json")

    async def batches(self, request: Request, programme_id: str) -> Batches:
        """Every batch of a programme and how far it has come."""
        _unscoped(request)
        shard = BATCHES.partition(named(programme_id))
        found = await self._batches.find((shard,), batches_key(programme_id), batch_list)
        return Batches(programme_id=programme_id, batches=found)

    async def batch(self, request: Request, batch_id: str) -> BatchFile:
        """A batch: its lines, what was set aside and why, what the ledger said."""
        _unscoped(request)

        def read(row: Row) -> BatchFile | None:
            return batch_file(batch_id, row)

        return await self._batches.find(_ALL_SHARDS, batch_key(named(batch_id)), read)

    async def _folded(self, shard: int, key: str, seq: int) -> tuple[dict[str, str], dict[str, str]]:
        """The row of a programme and the head as they were after entry `seq`: folded from the journal."""
        if seq > AS_OF_ENTRIES_MAX:
            raise _parameter("as_of", f"is beyond the {AS_OF_ENTRIES_MAX} entries that are folded for one request")
        rows: dict[str, dict[str, str]] = {key: {}, accounts.HEAD: {}}
        async with aclosing(_entries(self._ports.journals, shard, 0)) as entries:
            async for line, entry in entries:
                if entry.seq > seq:
                    break
                for name, fields in accounts.project(line.fact).items():
                    if name in rows:
                        rows[name] |= {field: value for field, value in fields.items() if value is not None}
        if int(rows[accounts.HEAD].get("seq", 0)) < seq:
            raise _parameter("as_of", "is beyond the last entry")
        return rows[key], rows[accounts.HEAD]

    async def _page(self, programme_id: str, query: EntriesQuery) -> tuple[list[bytes], int | None]:
        """Published bytes and the seq to go on from. An entry's offset is never below its seq - 1."""
        values: list[bytes] = []
        shard = LEDGER_ENTRIES.partition(programme_id)
        async with aclosing(_entries(self._ports.journals, shard, query.start - 1)) as entries:
            async for line, entry in entries:
                if len(values) == query.limit or entry.seq - query.start >= ENTRIES_SCANNED_MAX:
                    return values, entry.seq
                wanted = query.of == "partition" or entry.programme_id == programme_id
                if entry.seq >= query.start and wanted:
                    values.append(line.value)
        return values, None


def add(app: FastAPI, ports: EdgePorts) -> None:
    """Add the routes of programmes and batches."""
    programmes = Programmes(ports)
    get(app, "/v1/programmes/{programme_id}/ledger", programmes.ledger)
    get(app, "/v1/programmes/{programme_id}/accounts/{company_id}", programmes.account)
    get(app, "/v1/programmes/{programme_id}/entries", programmes.entries, Entries)
    get(app, "/v1/programmes/{programme_id}/batches", programmes.batches)
    get(app, "/v1/batches/{batch_id}", programmes.batch)


async def _entries(
    journals: JournalReader, shard: int, start: int
) -> AsyncGenerator[tuple[JournalLine, EntryRecorded], None]:
    async with aclosing(journals.facts(LEDGER_ENTRIES, shard, start)) as lines:
        async for line in lines:
            if isinstance(line.fact, EntryRecorded):
                yield line, line.fact


def _unscoped(request: Request) -> None:
    if principal_of(request).company_id is not None:
        raise forbidden("A company's token does not reach what is about several companies.")


def _parameter(name: str, detail: str) -> ProblemError:
    return ProblemError(
        422, "invalid-parameters", "Some parameters are not valid.", [{"parameter": name, "detail": detail}]
    )
