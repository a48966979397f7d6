"""`services`, `rebuild`, `retry-parked`: how every process is, and what an operator can ask of it."""

from collections.abc import Iterator
from typing import Annotated

import typer
from pydantic import BaseModel, JsonValue, TypeAdapter, ValidationError
from rich.console import RenderableType

from services.cli.acts import act
from services.cli.options import Json, Key, Reason, tools_of
from services.cli.screen import Column, page, read, table

Target = Annotated[
    str, typer.Argument(help="service, service/lane or service/view.", metavar="TARGET", show_default=False)
]


class _Shard(BaseModel):
    """One shard of a lane, as its owner or a waiting process says it."""

    running: bool
    halted: str | None = None
    position: int | None = None
    lag: int | None = None
    parked: tuple[str, ...] = ()
    steps_not_in_store: int | None = None
    reacts_unacknowledged: int | None = None


class _Process(BaseModel):
    service: str = ""
    instance: str = ""
    release: str = ""
    ready: bool = False
    problems: tuple[str, ...] = ()
    workers: dict[str, dict[str, JsonValue]] = {}


class _Counts(BaseModel):
    applications: int
    units: int


class _Window(_Counts):
    """Applications and units of one outcome in one minute."""

    minute: str
    outcome: str


class _Statistics(BaseModel):
    """One instance's part of what the statistics agent has counted: since the first fact, and in the last hour."""

    totals: dict[str, _Counts]
    windows: tuple[_Window, ...]


class _Services(BaseModel):
    services: tuple[_Process, ...]


MINUTES_MAX = 10
"""Minutes of statistics that are shown, the newest at the end."""
_SHARDS = TypeAdapter(dict[str, _Shard])
Row = tuple[object, ...]


def services(ctx: typer.Context, json: Json = False) -> None:
    """Show every process, its lanes, and recent statistics."""
    tools = tools_of(ctx)
    answer = tools.edge.get("/v1/operator/services")
    found = read(_Services, answer.document)
    tools.screen.show(answer.document, lambda: _drawn(found.services))


def rebuild(ctx: typer.Context, target: Target, reason: Reason, key: Key = None, json: Json = False) -> None:
    """Write the rows of a lane or view anew from Kafka."""
    act(tools_of(ctx), "/v1/operator/rebuild", {"target": target}, reason, key, "See: greenlight services")


def retry_parked(ctx: typer.Context, target: Target, reason: Reason, key: Key = None, json: Json = False) -> None:
    """Try the records of parked keys again."""
    act(tools_of(ctx), "/v1/operator/retry-parked", {"target": target}, reason, key, "See: greenlight services")


def _drawn(processes: tuple[_Process, ...]) -> RenderableType:
    parts = [part for process in processes for part in _statistics(process)]
    return page(_processes(processes), _lanes(processes), _counted(parts))


def _processes(processes: tuple[_Process, ...]) -> RenderableType:
    columns = (Column("instance"), Column("service"), Column("release"), Column("ready"), Column("problems", wide=True))
    rows = [(one.instance, one.service, one.release, one.ready, "; ".join(one.problems)) for one in processes]
    return table(columns, rows, "Processes", "No process answers.")


def _lanes(processes: tuple[_Process, ...]) -> RenderableType:
    columns = (
        Column("lane", whole=True),
        Column("shard", figure=True),
        Column("owner", wide=True),
        Column("position", figure=True),
        Column("lag", figure=True),
        Column("unsent", figure=True),
        Column("parked"),
    )
    rows = [row for process in processes for row in _shards(process)]
    return table(columns, rows, "Lanes", "No lane is running.")


def _shards(process: _Process) -> Iterator[Row]:
    """One row per shard that this process runs or that has halted; a worker of another kind has none."""
    for worker, status in process.workers.items():
        try:
            shards = _SHARDS.validate_python(status)
        except ValidationError:
            continue
        for shard, one in shards.items():
            if one.running or one.halted:
                state = process.instance if one.running else f"halted: {one.halted}"
                yield worker, shard, state, one.position, one.lag, one.reacts_unacknowledged, ", ".join(one.parked)


def _statistics(process: _Process) -> Iterator[_Statistics]:
    """What the statistics agent of this process has counted; nothing where there is none."""
    for status in process.workers.values():
        try:
            yield _Statistics.model_validate(status)
        except ValidationError:
            continue


def _counted(parts: list[_Statistics]) -> RenderableType:
    """The agents' parts added up: by outcome since the first fact, then by the last minutes that had any."""
    sums: dict[tuple[str, str], tuple[int, int]] = {}
    for part in parts:
        for outcome, counts in part.totals.items():
            _add(sums, ("all", outcome), counts)
        for window in part.windows:
            _add(sums, (window.minute, window.outcome), window)
    minutes = sorted({minute for minute, _ in sums if minute != "all"})[-MINUTES_MAX:]
    columns = (
        Column("minute", whole=True),
        Column("outcome", wide=True),
        Column("applications", figure=True),
        Column("units", figure=True),
    )
    rows = [(minute, outcome, *sums[minute, outcome]) for minute, outcome in sorted(sums) if minute in minutes]
    rows += [(minute, outcome, *sums[minute, outcome]) for minute, outcome in sorted(sums) if minute == "all"]
    empty = "Statistics: nothing counted yet." if parts else "Statistics: their agent is absent (embedded stack)."
    return table(columns, rows, "Statistics", empty)


def _add(sums: dict[tuple[str, str], tuple[int, int]], key: tuple[str, str], counts: _Counts) -> None:
    applications, units = sums.get(key, (0, 0))
    sums[key] = (applications + counts.applications, units + counts.units)
