"""Prints answers as tables for people or as JSON for programs, and problems with what to do next.

Everything shown comes from elsewhere and is printed as text: no markup is read, no control character passes.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, TypeVar

from pydantic import BaseModel, JsonValue, ValidationError
from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from services.cli.edge import REFUSED, CliError, complaint

M = TypeVar("M", bound=BaseModel)
NOTHING = "-"


@dataclass(frozen=True, slots=True)
class Column:
    """A column's heading. Figures stand on the right; `whole` is never broken; `wide` takes the room that is left."""

    heading: str
    figure: bool = False
    whole: bool = False
    wide: bool = False


@dataclass(slots=True)
class Screen:
    """Where the command prints. `as_json` is set by `--json` before the command runs."""

    out: Console
    err: Console
    as_json: bool = False

    def show(self, document: JsonValue, drawn: Callable[[], RenderableType]) -> None:
        """The answer: the document itself, or what is drawn of it."""
        if self.as_json:
            self.out.print(json.dumps(document, ensure_ascii=False, indent=2), soft_wrap=True)
        else:
            self.out.print(drawn())

    def complain(self, error: CliError) -> None:
        """The problem, where it lies, and what to do next, on standard error."""
        if self.as_json:
            document = {**error.problem.model_dump(exclude_none=True), "next_step": error.next_step}
            self.err.print(json.dumps(document, ensure_ascii=False, indent=2), soft_wrap=True)
            return
        status = f" ({error.problem.status})" if error.problem.status else ""
        self.err.print(Text(plain(error.problem.title) + status, style="bold red"))
        if error.problem.detail:
            self.err.print(Text(plain(error.problem.detail)))
        for fault in error.problem.errors:
            self.err.print(Padding(Text(f"{plain(fault.where)}  {plain(fault.detail)}"), (0, 0, 0, 2)))
        self.err.print(step(error.next_step))


def read(model: type[M], document: JsonValue) -> M:
    """The document as the shape that is drawn. Raises CliError when it is of another shape."""
    try:
        return model.model_validate_json(json.dumps(document))
    except ValidationError as error:
        place = "/".join(str(part) for part in error.errors(include_url=False, include_input=False)[0]["loc"])
        detail = f"The answer is not what this release expects at /{place}."
        raise complaint(REFUSED, "Unknown answer", detail, "Use the release of the edge, or --json.") from None


def plain(text: object) -> str:
    """One line of printable characters."""
    return "".join(one if one.isprintable() else " " for one in str(text))


def cell(value: object) -> str:
    """A value as a table shows it: counts grouped, times in UTC, nothing as a dash."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    return plain(value)


def table(
    columns: Iterable[Column], rows: Iterable[Iterable[object]], title: str = "", empty: str = ""
) -> Table | Text:
    """A table, or `empty` in its place when there are no rows."""
    filled = [[Text(cell(value)) for value in row] for row in rows]
    if not filled:
        return Text(empty or "Nothing there.", style="dim")
    heading = Text(title, style="bold") if title else None
    drawn = Table(
        box=SIMPLE_HEAD, title=heading, title_justify="left", show_edge=False, pad_edge=False, padding=(0, 1, 0, 0)
    )
    for column in columns:
        side: Literal["left", "right"] = "right" if column.figure else "left"
        drawn.add_column(
            Text(column.heading),
            justify=side,
            overflow="fold",
            ratio=1 if column.wide else None,
            no_wrap=column.figure or column.whole,
        )
    for row in filled:
        drawn.add_row(*row)
    return drawn


def facts(pairs: Iterable[tuple[str, object]]) -> Table:
    """Names and values, one pair a line."""
    drawn = Table.grid(padding=(0, 2))
    drawn.add_column(style="dim", no_wrap=True)
    drawn.add_column(overflow="fold")
    for name, value in pairs:
        zone = " UTC" if isinstance(value, datetime) else ""
        drawn.add_row(Text(name), Text(cell(value) + zone))
    return drawn


def page(*parts: RenderableType) -> Group:
    """Parts one below the other, an empty line between them."""
    return Group(*(part if place == 0 else Padding(part, (1, 0, 0, 0)) for place, part in enumerate(parts)))


def step(text: str) -> Text:
    """What to do or to look at next."""
    return Text(plain(text), style="cyan")
