"""Decision tables: rows of a CSV file, each with what it looks at, what follows, and the code it is said with.

Header: the inputs in the rule's order, then `effect,limit_units,code`. Every combination of values must meet a row;
a row that nothing can meet is refused, and so are, in a table of hit `unique`, two rows for one combination.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from schemas.findings import Change, Effect, Finding
from schemas.values import UNITS_MAX
from services.policy.domain.changes import fewer_units, justify, raise_share
from services.policy.domain.findings import Operands, operand
from services.policy.domain.rules.base import FOUND_MAX, Codes, Frame, Judge, Measured, MeasuredLine, Rule, Tables
from services.policy.domain.rules.inputs import INPUTS, Parts, parts

ROWS_MAX = 1_000
COMBINATIONS_MAX = 100_000
_LAST = ("effect", "limit_units", "code")
_EFFECTS: Mapping[str, Effect] = {"pass": "pass", "limit": "limit", "refer": "refer", "reject": "reject"}
_CODE = re.compile(r"[A-Z][A-Z0-9_]{0,47}", re.ASCII)
_UNITS = re.compile(r"\d{1,16}", re.ASCII)


_SHARES: Mapping[str, str] = {"training_bp": "training", "inference_bp": "inference"}


class TableRefused(ValueError):
    """A table is not what it must be: `place` is /rows/N from 1, with its column if one is to blame."""

    def __init__(self, place: str, why: str) -> None:
        super().__init__(why)
        self.place, self.why = place, why


@dataclass(frozen=True, slots=True)
class Row:
    """One row, number from 1, with its cells in the order of the inputs."""

    number: int
    cells: tuple[str, ...]
    effect: Effect
    limit_units: int | None
    code: str


@dataclass(frozen=True, slots=True)
class Table:
    """Rows, and for every combination of parts of the inputs the row that holds."""

    rows: tuple[Row, ...]
    columns: tuple[Parts, ...]
    chosen: Mapping[tuple[int, ...], Row]

    def passing(self, at: tuple[int, ...], index: int) -> list[int]:
        """The other parts of one input with which a row would hold that passes, all else as it is."""
        others = [part for part in range(self.columns[index].count) if part != at[index]]
        return [part for part in others if self.chosen[(*at[:index], part, *at[index + 1 :])].effect == "pass"]


class DecisionTable(Rule):
    """The first row that holds (`first`), or the only one (`unique`), per application or per line."""

    kind: Literal["decision_table.v1"]
    table: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,62}$")]
    hit: Literal["first", "unique"]
    over: Literal["application", "line"]
    inputs: Annotated[tuple[str, ...], Field(min_length=1, max_length=len(INPUTS))]

    @model_validator(mode="after")
    def _known_inputs(self) -> "DecisionTable":
        """Inputs that exist, each once; those of a line only in a table over lines."""
        if len(set(self.inputs)) != len(self.inputs):
            raise ValueError("an input is named twice")
        for name in self.inputs:
            if name not in INPUTS:
                raise ValueError(f"{name!r} is none of the inputs {', '.join(INPUTS)}")
            if INPUTS[name].per_line and self.over == "application":
                raise ValueError(f"{name} differs from line to line: the table must be over line")
        return self

    def read(self, text: str) -> Table:
        """The table from its CSV. Raises TableRefused."""
        rows = self._rows(text)
        columns = tuple(self._parts(index, rows) for index in range(len(self.inputs)))
        return Table(rows, columns, self._chosen(rows, columns))

    def told(self, tables: Tables) -> Codes:
        """The codes of its rows; a missing table has none, and is refused by whoever reads the bundle."""
        if self.table not in tables:
            return {}
        rows = self.read(tables[self.table]).rows
        unlimited = {row.code for row in rows if row.effect != "limit"}
        figures = frozenset({*self.inputs, "row"})
        return {row.code: figures if row.code in unlimited else figures | {"limit_units"} for row in rows}

    def judge(self, frame: Frame) -> Judge:
        """One finding per application, or one per line."""
        table = self.read(frame.tables[self.table])
        phrases = {row.code: self._phrase(frame, row.code) for row in table.rows}
        last = {row.number: _last(row) for row in table.rows}
        readers, per_line = [INPUTS[name].read for name in self.inputs], self.over == "line"

        @lru_cache(FOUND_MAX)
        def found(values: tuple[str | int, ...], line_id: str | None, coefficient: int) -> Finding:
            at = tuple([column.part(each) for each, column in zip(values, table.columns, strict=True)])
            row = table.chosen[at]
            operands = [operand(name, value) for name, value in zip(self.inputs, values, strict=True)]
            change = None if row.effect == "pass" else self._change(table, at, line_id, coefficient)
            told = (*operands, *last[row.number])
            return phrases[row.code].found(row.effect, told, line_id, row.limit_units, change)

        def judge(measured: Measured) -> tuple[Finding, ...]:
            if per_line:
                return tuple([one(measured, line, line.fact.line_id) for line in measured.lines])
            return (one(measured, measured.lines[0], None),)

        def one(measured: Measured, line: MeasuredLine, line_id: str | None) -> Finding:
            return found(tuple([read(measured, line) for read in readers]), line_id, line.coefficient)

        return judge

    def _change(self, table: Table, at: tuple[int, ...], line_id: str | None, coefficient: int) -> Change | None:
        """The one thing an applicant can change so that a passing row holds: a share, a reason, or fewer units."""
        for index, name in enumerate(self.inputs):
            column, here, passing = table.columns[index], at[index], table.passing(at, index)
            change: Change | None = None
            if name in _SHARES:
                change = _raised(_SHARES[name], column, [part for part in passing if part > here])
            elif line_id is not None and name == "justified":
                change = justify(line_id) if column.words.index("yes") in passing else None
            elif line_id is not None and name == "requested_units" and coefficient:
                change = _fewer(line_id, coefficient, column, [part for part in passing if part < here])
            if change is not None:
                return change
        return None

    def _rows(self, text: str) -> tuple[Row, ...]:
        header, *lines = list(csv.reader(io.StringIO(text))) or [[]]
        wanted = [*self.inputs, *_LAST]
        if header != wanted:
            raise TableRefused("/header", f"must be {','.join(wanted)}")
        if not 0 < len(lines) <= ROWS_MAX:
            raise TableRefused("/rows", f"must be 1 to {ROWS_MAX}")
        return tuple(self._row(number, cells, len(wanted)) for number, cells in enumerate(lines, 1))

    def _row(self, number: int, cells: Sequence[str], width: int) -> Row:
        place = f"/rows/{number}"
        if len(cells) != width:
            raise TableRefused(place, f"has {len(cells)} cells instead of {width}")
        *inputs, effect, limit, code = cells
        if effect not in _EFFECTS:
            raise TableRefused(f"{place}/effect", f"must be one of {', '.join(_EFFECTS)}")
        if (effect == "limit") != bool(limit) or (limit and self.over == "application"):
            raise TableRefused(f"{place}/limit_units", "belongs to the effect limit, in a table over line")
        if limit and (not _UNITS.fullmatch(limit) or int(limit) > UNITS_MAX):
            raise TableRefused(f"{place}/limit_units", f"must be a whole number up to {UNITS_MAX}")
        if not _CODE.fullmatch(code):
            raise TableRefused(f"{place}/code", "must be a code in capitals")
        return Row(number, tuple(inputs), _EFFECTS[effect], int(limit) if limit else None, code)

    def _parts(self, index: int, rows: Sequence[Row]) -> Parts:
        known, name = INPUTS[self.inputs[index]], self.inputs[index]
        for row in rows:
            try:
                parts(known, [row.cells[index]])
            except ValueError as error:
                raise TableRefused(f"/rows/{row.number}/{name}", str(error)) from error
        return parts(known, [row.cells[index] for row in rows])

    def _chosen(self, rows: Sequence[Row], columns: Sequence[Parts]) -> Mapping[tuple[int, ...], Row]:
        combinations = 1
        for column in columns:
            combinations *= column.count
        if combinations * len(rows) > COMBINATIONS_MAX:
            raise TableRefused("/rows", f"more than {COMBINATIONS_MAX} combinations cannot be checked: split the table")
        picks = [(row, [column.picked(cell) for column, cell in zip(columns, row.cells, strict=True)]) for row in rows]
        chosen = {at: self._one(at, picks, columns) for at in product(*[range(column.count) for column in columns])}
        reached = {row.number for row in chosen.values()}
        for row in rows:
            if row.number not in reached:
                raise TableRefused(f"/rows/{row.number}", "nothing can meet this row: earlier ones have it all")
        return chosen

    def _one(
        self, at: tuple[int, ...], picks: Sequence[tuple[Row, Sequence[frozenset[int]]]], columns: Sequence[Parts]
    ) -> Row:
        met = [row for row, cells in picks if all(part in cell for part, cell in zip(at, cells, strict=True))]
        shown = ", ".join(
            f"{name} {column.shown(part)}" for name, column, part in zip(self.inputs, columns, at, strict=True)
        )
        if not met:
            raise TableRefused("/rows", f"no row holds for {shown}")
        if self.hit == "unique" and len(met) > 1:
            raise TableRefused(f"/rows/{met[1].number}", f"row {met[0].number} holds as well for {shown}")
        return met[0]


def _last(row: Row) -> Operands:
    """The operands that are the row's own."""
    number = (operand("row", row.number),)
    return number if row.limit_units is None else (*number, operand("limit_units", row.limit_units))


def _raised(field: str, column: Parts, higher: Sequence[int]) -> Change | None:
    return raise_share(field, column.starts[higher[0]]) if higher else None


def _fewer(line_id: str, coefficient: int, column: Parts, lower: Sequence[int]) -> Change | None:
    """The most whole units, as the application counts, with which a lower part is met."""
    for part in reversed(lower):
        most = (column.starts[part + 1] - 1) // coefficient
        if most and column.part(most * coefficient) == part:
            return fewer_units(line_id, most, True)
    return None
