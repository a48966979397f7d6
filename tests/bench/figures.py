"""A figure: what was measured, over its repeats, beside what it is compared with; printed, and kept as JSON."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure. `aim` is what the project wants of it, `references` are other figures' names of the same bench."""

    name: str
    unit: str
    values: tuple[float, ...]
    aim: str = ""
    references: tuple[str, ...] = ()
    note: str = ""

    @property
    def median(self) -> float:
        """Median over the repeats."""
        return median(self.values)


def figure(
    name: str, unit: str, values: Iterable[float], aim: str = "", references: Sequence[str] = (), note: str = ""
) -> Figure:
    """A figure of at least one repeat."""
    return Figure(name, unit, tuple(values), aim, tuple(references), note)


def ratios(one: Figure, all_: Sequence[Figure]) -> Mapping[str, float]:
    """The figure's median as a multiple of each of its references' medians."""
    known = {other.name: other.median for other in all_}
    return {name: one.median / known[name] for name in one.references if known.get(name)}


def percentile(values: Iterable[float], share: float) -> float:
    """The value that this share of the values does not exceed, 0 to 1; by nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def show(console: Console, title: str, figures: Sequence[Figure]) -> None:
    """One table."""
    table = Table(title=title, title_justify="left", title_style="bold")
    table.add_column("figure", overflow="fold")
    for column in ("min", "median", "max"):
        table.add_column(column, justify="right")
    table.add_column("unit")
    table.add_column("aim")
    table.add_column("ratio to", overflow="fold")
    for one in figures:
        told = [f"{ratio:.2f} x {name}" for name, ratio in ratios(one, figures).items()]
        numbers = [_number(value) for value in (min(one.values), one.median, max(one.values))]
        table.add_row(one.name, *numbers, one.unit, one.aim, "\n".join(told))
    console.print(table)
    for one in figures:
        if one.note:
            console.print(f"  {one.name}: {one.note}", style="dim", highlight=False)


def write(file: Path, machine: Mapping[str, str], benches: Mapping[str, Sequence[Figure]]) -> None:
    """Everything as JSON."""
    document = {
        "machine": dict(machine),
        "benches": {
            name: [asdict(one) | {"median": one.median, "ratios": ratios(one, figures)} for one in figures]
            for name, figures in benches.items()
        },
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.2f}"
