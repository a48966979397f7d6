"""A ledger in miniature, written apart from the services: what one inbox partition must have become.

It knows the published language only: records, headers, JSON. Its owner rule, arithmetic, chain and duplicate
rule are its own, so that a fault in the product's cannot hide here.
"""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple, TypedDict, cast

GENESIS = bytes(32)
MARKER = b"greenlight.shard-claimed.v1"
PROGRESS = b"greenlight.shard-progressed.v1"
REACT = re.compile(rb"([a-z-]+/\d+):(\d+)")


class Raw(NamedTuple):
    """A record as a plain consumer gives it."""

    offset: int
    key: bytes | None
    value: bytes | None
    headers: dict[str, bytes]


class Line(TypedDict):
    company_id: str
    units: int


class Command(TypedDict, total=False):
    """The fields of a command that the model looks at."""

    command_id: str
    programme_id: str
    company_id: str
    volume_units: int
    company_units: int | None
    units: int
    lines: list[Line]


class Balance(TypedDict):
    company_id: str
    version: int
    granted_units: int
    drawn_units: int
    available_units: int


class CapUse(TypedDict):
    cap_id: str
    company_id: str | None
    used_units: int
    volume_units: int | None


class Entry(TypedDict):
    """The fields of an entry that the model looks at."""

    seq: int
    command_id: str
    command: str
    code: str
    covers_from: int
    covers_to: int
    previous: str
    chain: str
    balances: list[Balance]
    caps: list[CapUse]


def published(journal: Iterable[Raw]) -> Iterator[Raw]:
    """The facts of a journal that count: those not written by a former owner."""
    latest = -1
    for record in journal:
        if record.headers["ce_type"] == MARKER:
            latest = record.offset
        elif int(record.headers["owner"]) >= latest and record.headers["ce_type"] != PROGRESS:
            yield record


def fresh(inbox: Iterable[Raw]) -> Iterator[Raw]:
    """The records of an inbox that want an answer: what a fact caused counts once, and without a hole."""
    seen: dict[str, tuple[int, int]] = {}
    for record in inbox:
        react = REACT.fullmatch(record.headers.get("react", b""))
        if react is None:
            yield record
            continue
        source, number, owner = react[1].decode(), react[2], int(record.headers["owner"])
        last, latest = seen.get(source, (0, -1))
        if owner < latest or int(number) <= last:
            continue
        assert int(number) == last + 1, f"{source} sent {int(number)} after {last}, at {record.offset}"
        seen[source] = (int(number), owner)
        yield record


@dataclass
class Account:
    granted: int = 0
    drawn: int = 0
    version: int = 0


@dataclass
class Programme:
    volume: int
    company_volume: int | None
    used: int = 0
    accounts: dict[str, Account] = field(default_factory=dict)


@dataclass
class Model:
    """One partition, folded command by command."""

    programmes: dict[str, Programme] = field(default_factory=dict)
    known: dict[str, tuple[bytes, Command]] = field(default_factory=dict)
    seq: int = 0
    chain: bytes = GENESIS
    covers_to: int = -1
    codes: dict[str, int] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)

    def take(self, record: Raw, entry: Raw, malformed: bool) -> None:
        """One command and the entry that must be its answer."""
        assert entry.value is not None
        told: Entry = json.loads(entry.value)
        self._follow(record, told, entry.value)
        code = "MALFORMED" if malformed else self._judge(record, told)
        assert told["code"] == code, f"entry {told['seq']}: {told['code']} where {code} is right"
        self.codes[code] = self.codes.get(code, 0) + 1
        self._compare(record, told, code == "APPLIED")
        self.entries.append(told)

    def _follow(self, record: Raw, told: Entry, value: bytes) -> None:
        body, _, _ = value.rpartition(b',"chain":')
        chain = sha256(self.chain + sha256(body + b"}").digest()).digest()
        assert told["seq"] == self.seq + 1, f"seq {told['seq']} after {self.seq}"
        assert told["previous"] == self.chain.hex()
        assert told["chain"] == chain.hex(), f"the chain breaks at {told['seq']}"
        assert (told["covers_from"], told["covers_to"]) == (self.covers_to + 1, record.offset), told["seq"]
        self.seq, self.chain, self.covers_to = told["seq"], chain, record.offset

    def _judge(self, record: Raw, told: Entry) -> str:
        assert record.value is not None
        kind, command = record.headers["ce_type"], cast(Command, json.loads(record.value))
        assert told["command_id"] == command["command_id"], f"entry {told['seq']} answers another command"
        first = self.known.setdefault(command["command_id"], (kind, command))
        if first[1] is not command:
            return "EXISTS" if first == (kind, command) else "EXISTS_DIFFERENT"
        if kind == b"ledger.define-programme.v1":
            return self._define(command)
        programme = self.programmes.get(command["programme_id"])
        if programme is None:
            return "PROGRAMME_NOT_FOUND"
        return _grant(programme, command["lines"]) if kind == b"ledger.grant-batch.v1" else _draw(programme, command)

    def _define(self, command: Command) -> str:
        if command["programme_id"] in self.programmes:
            return "VERSION_CONFLICT"
        programme = Programme(command["volume_units"], command.get("company_units"))
        self.programmes[command["programme_id"]] = programme
        return "APPLIED"

    def _compare(self, record: Raw, told: Entry, applied: bool) -> None:
        """Balances and caps after the entry; a refusal moves nothing."""
        assert applied or not (told["balances"] or told["caps"]), f"entry {told['seq']} moved something"
        for balance in told["balances"]:
            programme = self.programmes[(record.key or b"").decode()]
            account = programme.accounts[balance["company_id"]]
            after = (balance["granted_units"], balance["drawn_units"], balance["version"])
            assert after == (account.granted, account.drawn, account.version), told["seq"]
            assert balance["available_units"] == account.granted - account.drawn >= 0
        for cap in told["caps"]:
            programme = self.programmes[(record.key or b"").decode()]
            company = cap["company_id"]
            used = programme.used if company is None else programme.accounts[company].granted
            assert cap["used_units"] == used, told["seq"]
            assert cap["volume_units"] is None or used <= cap["volume_units"], f"a cap is exceeded at {told['seq']}"

    def rows(self) -> dict[str, tuple[int, int]]:
        """Granted and drawn units by `<programme>:<company>`."""
        return {
            f"{name}:{company}": (account.granted, account.drawn)
            for name, programme in self.programmes.items()
            for company, account in programme.accounts.items()
        }


def _grant(programme: Programme, lines: Sequence[Line]) -> str:
    total, codes = programme.used, set()
    granted: dict[str, int] = {}
    for line in lines:
        name, units = line["company_id"], line["units"]
        account = programme.accounts.get(name, Account())
        if programme.company_volume is not None and account.granted + granted.get(name, 0) + units > (
            programme.company_volume
        ):
            codes.add("EXCEEDS_CAP")
        elif total + units > programme.volume:
            codes.add("EXCEEDS_PROGRAMME")
        else:
            total += units
            granted[name] = granted.get(name, 0) + units
    if codes:
        return min(codes)
    programme.used = total
    for name, units in granted.items():
        account = programme.accounts.setdefault(name, Account())
        account.granted += units
        account.version += 1
    return "APPLIED"


def _draw(programme: Programme, command: Command) -> str:
    account = programme.accounts.get(command["company_id"])
    if account is None:
        return "ACCOUNT_NOT_FOUND"
    if command["units"] > account.granted - account.drawn:
        return "EXCEEDS_AVAILABLE"
    account.drawn += command["units"]
    account.version += 1
    return "APPLIED"


def fold(inbox: Sequence[Raw], journal: Sequence[Raw], malformed: Collection[int] = ()) -> Model:
    """Check a partition: every command one answer, in order, rightly counted. `malformed`: offsets of bad records."""
    commands, facts, model = list(fresh(inbox)), list(published(journal)), Model()
    for command, fact in zip(commands, facts, strict=False):
        model.take(command, fact, command.offset in malformed)
    assert len(facts) == len(commands), f"{len(facts)} entries for {len(commands)} commands"
    return model


def check_caused(model: Model, journal: str, caused: Sequence[Raw]) -> None:
    """What the entries of one journal partition caused in `batch-commands`: each once, in order, as it was."""
    wanted = [
        (entry["seq"], entry["code"])
        for entry in model.entries
        if (entry["caps"] if entry["code"] == "APPLIED" else entry["command"] == "grant-batch")
        and not entry["code"].startswith("EXISTS")
    ]
    told = []
    for record in fresh(caused):
        if record.headers["react"].startswith(f"{journal}:".encode()):
            body = json.loads(record.value or b"")
            told.append((body["seq"], body["code"]))
    assert told == wanted, f"{len(told)} commands caused by {len(wanted)} entries"
