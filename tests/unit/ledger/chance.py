"""Commands by chance, of every kind, about few companies, lines and holds, so that they meet. Seeded."""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from schemas import ledger
from schemas.base import Command, Malformed
from schemas.entries import EntryRecorded
from schemas.ledger import DefineProgramme, GrantBatch
from tests import builders
from tests.unit.ledger.play import Play, line, malformed

COMPANIES = (builders.COMPANY, builders.RIVAL, "xinghe-labs")
PROGRAMMES = (builders.PROGRAMME, "h300-2027")
USES = (None, None, "research", "inference")
MORE_ITEM = {"item": "H20", "tpp_per_unit": 7}
OLD_ID = "019bfec9-d9c0-7000-8000-000000000001"
T = TypeVar("T")
FUTURE_ID = "01ffffff-ffff-7000-8000-000000000001"


class Chance:
    """Sends commands to a ledger, one after another."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.play = Play()
        self.count = 0
        self.clearances: list[str] = []
        self.holds: list[str] = []
        self.sent: list[Command] = []
        self.kinds: tuple[Callable[[], Command | Malformed], ...] = (
            *8 * [self.batch], *9 * [self.draw], *4 * [self.place], *3 * [self.late], *3 * [self.correct],
            *2 * [self.total], *2 * [self.hold], *3 * [self.take], *2 * [self.move], *2 * [self.cap], self.part,
            self.group, self.bar, *4 * [self.lift], *2 * [self.tick], self.accept, self.repeat, self.odd,
        )  # fmt: skip

    def begin(self) -> None:
        """Open the programmes; one may be opened again when it was closed."""
        for programme_id in PROGRAMMES:
            self.play.ask(
                DefineProgramme, programme_id=programme_id, volume_units=900, company_units=500, volume_tpp=12_000,
                tpp_per_unit=16, product_classes=(MORE_ITEM,),
            )  # fmt: skip

    def step(self) -> EntryRecorded:
        """Time goes on, a command is sent."""
        self.play.at += timedelta(hours=self.chance.choice((0, 0, 1, 5, 30)))
        command = self.chance.choice(self.kinds)()
        entry = self.play.send(command)
        if isinstance(command, Command):
            self.sent = [*self.sent[-20:], command]
        if entry.code == "APPLIED" and entry.command in ("draw", "record-late"):
            self.clearances = [*self.clearances[-5:], entry.command_id]
        if entry.code == "APPLIED" and entry.command == "place-hold":
            self.holds = [*self.holds[-5:], entry.command_id]
        return entry

    def batch(self) -> Command:
        lines = tuple([self._line() for _ in range(self.chance.randint(1, 4))])
        total = sum([each.units for each in lines]) + self._rarely(1, 0)
        said = {"lines": lines, "line_count": len(lines) + self._rarely(1, 0), "total_units": total}
        return self._build(GrantBatch, unit=self._unit(), **said)

    def draw(self) -> Command:
        by = self.chance.choice(({}, {"line_id": self._line_id()}, {"hold_id": self._hold_id()}, {"lot": self._lot()}))
        amount = {"unit": "chip", "units": self.chance.choice((1, 2, 9, 40, self._rarely(0, 400)))}
        return self._on_account(ledger.Draw, **amount, **by, authority=self._rarely(" ", "declaration"))

    def place(self) -> Command:
        by = self.chance.choice(({}, {"line_id": self._line_id()}))
        return self._on_account(ledger.PlaceHold, **self._amount(), **by, expires_at=self._later())

    def hold(self) -> Command:
        if self.chance.random() < 0.5:
            return self._on_account(ledger.ExtendHold, hold_id=self._hold_id(), expires_at=self._later())
        return self._on_account(ledger.VoidHold, hold_id=self._hold_id())

    def late(self) -> Command:
        by = self.chance.choice(({}, {"hold_id": self._hold_id()}))
        return self._on_account(
            ledger.RecordLate, **self._amount(), **by, line_id=self._line_id(), effective_at=self.play.at
        )

    def total(self) -> Command:
        return self._on_account(ledger.SetCumulative, **self._amount(), line_id=self._line_id())

    def correct(self) -> Command:
        corrects = self.chance.choice(self.clearances or ["d-1"])
        if self.chance.random() < 0.5:
            return self._on_account(ledger.Contra, corrects=corrects)
        return self._on_account(ledger.Adjust, corrects=corrects, **self._amount())

    def take(self) -> Command:
        at_most = self.chance.random() < 0.5
        kind = self.chance.choice((ledger.Revoke, ledger.Return, ledger.Surrender))
        if kind is ledger.Surrender:
            return self._on_account(kind, line_id=self._line_id())
        return self._on_account(kind, **self._amount(), at_most=at_most, reason=self._rarely(" ", "For cause."))

    def move(self) -> Command:
        to = {"to_company_id": self._company(), "to_line_id": self._line_id()}
        return self._on_account(ledger.Transfer, **self._amount(), **to)

    def cap(self) -> Command:
        company_id = self.chance.choice((*COMPANIES, None))
        cap_id = "programme" if company_id is None else f"company:{company_id}"
        return self._build(ledger.DefineCap, company_id=company_id, cap_id=cap_id, **self._volumes())

    def part(self) -> Command:
        scope = self.chance.choice(("use:research", "item:H20", "quarter:2026-q1", f"company:{COMPANIES[0]}"))
        parent_id = self.chance.choice((None, "g-1", "part-1", f"company:{COMPANIES[0]}"))
        cap_id = f"part-{self.chance.randint(0, 3)}"
        return self._build(
            ledger.DefineCap, company_id=None, cap_id=cap_id, scope=scope, parent_id=parent_id, **self._volumes()
        )

    def group(self) -> Command:
        members = tuple(self.chance.sample(COMPANIES, self.chance.randint(0, 2)))
        scope = "group:lanwei-group"
        return self._build(
            ledger.DefineCap, company_id=None, cap_id="g-1", scope=scope, members=members, **self._volumes()
        )

    def bar(self) -> Command:
        if self.chance.random() < 0.1:
            return self._build(self.chance.choice((ledger.Freeze, ledger.CloseProgramme)), programme_id=PROGRAMMES[1])
        return self._build(self.chance.choice((ledger.Suspend, ledger.Block)), **self._where())

    def lift(self) -> Command:
        if self.chance.random() < 0.3:
            return self._build(ledger.Unfreeze, programme_id=PROGRAMMES[1])
        return self._build(ledger.Reinstate, **self._where())

    def tick(self) -> Command:
        return self._build(ledger.LedgerTick)

    def accept(self) -> Command:
        return self._on_account(ledger.AcceptConditions, line_id=self._line_id())

    def repeat(self) -> Command:
        known = self.chance.choice(self.sent or [self.tick()])
        changes = {} if self.chance.random() < 0.5 else {"programme_id": "gone"}
        return known.model_copy(update=changes)

    def odd(self) -> Command | Malformed:
        odd = self.chance.choice((malformed(), OLD_ID, FUTURE_ID))
        return odd if isinstance(odd, Malformed) else self._on_account(ledger.Draw, command_id=odd, units=1)

    def _line(self) -> ledger.GrantLine:
        begins, ends = self.chance.choice((0, 0, 0, 40)), self.chance.choice((None, 100, 300, 900))
        terms: dict[str, object] = {}
        if self.chance.random() < 0.7:
            terms = {
                "use": self.chance.choice(USES), "item": self.chance.choice((None, "H20", self._rarely("H9", None))),
                "valid_from": self.play.at + timedelta(hours=begins),
                "expires_at": ends and self.play.at + timedelta(hours=ends),
                "tolerance_units": self.chance.choice((0, 3)), "conditions_final": self.chance.random() < 0.8,
            }  # fmt: skip
        units, value = self.chance.choice((0, 1, 20, 60, 200)), self.chance.randint(0, 999)
        return line(self._line_id(), max(units, self._rarely(0, 1)), value, self._company(), **terms)

    def _build(self, kind: type[Command], **fields: object) -> Command:
        self.count += 1
        programme_id = self._rarely("gone", self.chance.choice((*3 * (PROGRAMMES[0],), PROGRAMMES[1])))
        return builders.build(kind, **{"command_id": f"c-{self.count}", "programme_id": programme_id, **fields})

    def _on_account(self, kind: type[Command], **fields: object) -> Command:
        version = {"expected_version": 3} if self.chance.random() < 0.03 else {}
        return self._build(kind, **{"company_id": self._company(), **version, **fields})

    def _amount(self) -> dict[str, object]:
        units = self.chance.choice((1, 5, 5, 17, 17, 60, 60, 400, self._rarely(0, 3), self._rarely(2**53 - 1, 8)))
        return {"unit": self._unit(), "units": units}

    def _volumes(self) -> dict[str, object]:
        tpp, value = self.chance.choice((None, None, 9_000)), self.chance.choice((None, None, 40_000))
        units = self.chance.choice((150, 300, 500, 900))
        return {"volume_units": units, "volume_value": value, "volume_tpp": tpp}

    def _where(self) -> dict[str, object]:
        line_id = self.chance.choice((None, None, self._line_id()))
        return {"company_id": self.chance.choice((*COMPANIES, None)), "line_id": line_id}

    def _company(self) -> str:
        return self.chance.choice((*6 * (COMPANIES[0],), *COMPANIES))

    def _line_id(self) -> str:
        return f"u{self.chance.randint(1, 5)}"

    def _hold_id(self) -> str:
        return self.chance.choice(self.holds or ["h-1"])

    def _lot(self) -> int:
        return self.chance.randint(1, 30)

    def _unit(self) -> str:
        return self.chance.choice((*9 * ("chip",), "module-8", self._rarely("wafer", "chip")))

    def _later(self) -> object:
        return self.play.at + timedelta(hours=self.chance.choice((0, 3, 30, 200)))

    def _rarely(self, odd: T, usual: T) -> T:
        return odd if self.chance.random() < 0.03 else usual
