"""`services`, `rebuild`, `retry-parked`: how every process is, and what an operator can ask of it."""

from collections.abc import Iterator
from typing import Annotated

import typer
from pydantic import BaseModel, JsonValue, TypeAdapter, ValidationError
from rich.console import RenderableType

from services.cli.acts import act
from services.cli.options import Json, Key, Reason, tools_of
from services.cli.screen import Column, cell, page, read, table

Target = Annotated[
    str, typer.Argument(help="service, service/lane or service/lane/shard.", metavar="LANE", show_default=False)
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
    service: str
    instance: str = ""
    release: str = ""
    ready: bool = False
    problems: tuple[str, ...] = ()
    workers: dict[str, dict[str, JsonValue]] = {}


class _Statistic(BaseModel):
    """Applications and units of one outcome in one minute, as the statistics agent counted them."""

    minute: str
    outcome: str
    applications: int
    units: int


class _Services(BaseModel):
    services: tuple[_Process, ...]


_SHARDS = TypeAdapter(dict[str, _Shard])
_STATISTICS = TypeAdapter(tuple[_Statistic, ...])
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
    parts: list[RenderableType] = [_processes(processes), _lanes(processes)]
    statistics = [row for process in processes for row in _statistics(process)]
    if statistics:
        columns = (
            Column("minute"),
            Column("outcome", wide=True),
            Column("applications", figure=True),
            Column("units", figure=True),
        )
        parts.append(table(columns, statistics, "Statistics"))
    return page(*parts)


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


def _statistics(process: _Process) -> Iterator[Row]:
    for status in process.workers.values():
        try:
            found = _STATISTICS.validate_python(status.get("statistics", ()))
        except ValidationError:
            continue
        for one in found:
            yield cell(one.minute), one.outcome, one.applications, one.units
