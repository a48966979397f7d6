"""`topics plan|apply|verify`: the catalogue against the brokers. The only verb that speaks to Kafka itself."""

import asyncio
from collections.abc import Coroutine

import typer
from pydantic import JsonValue
from rich.console import RenderableType
from rich.text import Text

from schemas.catalogue import TOPICS
from services.cli.edge import REFUSED, UNREACHABLE, complaint
from services.cli.options import Json, tools_of
from services.cli.screen import Column, page, step, table
from services.kit import topics as kit_topics
from services.kit.errors import Halted, Unavailable
from services.kit.settings import KafkaSettings, broker, load
from services.kit.topics import CLUSTER, ONE_BROKER, Plan, Profile
from services.kit.transport.kafka import KafkaOptions


def plan(ctx: typer.Context, json: Json = False) -> None:
    """Show what differs between catalogue and brokers."""
    options, profile = _broker()
    _show(ctx, _done(kit_topics.plan(options, profile)))


def apply(ctx: typer.Context, json: Json = False) -> None:
    """Create missing topics, alter nothing. Exit code 1 if any still differs."""
    options, profile = _broker()
    after = _done(kit_topics.apply(options, profile))
    _show(ctx, after)
    if after.differences:
        raise typer.Exit(REFUSED)


def verify(ctx: typer.Context, json: Json = False) -> None:
    """Show what differs. Exit code 1 if anything does."""
    options, profile = _broker()
    found = _done(kit_topics.plan(options, profile))
    _show(ctx, found)
    if found.differences:
        raise typer.Exit(REFUSED)


def _broker() -> tuple[KafkaOptions, Profile]:
    settings = load(KafkaSettings)
    return broker(settings, "greenlight-topics"), ONE_BROKER if settings.profile == ONE_BROKER.name else CLUSTER


def _done(work: Coroutine[None, None, Plan]) -> Plan:
    try:
        return asyncio.run(work)
    except Unavailable as error:
        step = "Is it running? make up · or set GREENLIGHT_KAFKA_BOOTSTRAP"
        raise complaint(UNREACHABLE, "Kafka not reachable", str(error), step) from None
    except Halted as error:
        raise complaint(REFUSED, "Refused by Kafka", str(error), "See what differs: greenlight topics plan") from None


def _show(ctx: typer.Context, found: Plan) -> None:
    differences: list[JsonValue] = [
        {"topic": one.topic, "kind": one.kind, "setting": one.setting, "wanted": one.wanted, "found": one.found}
        for one in found.differences
    ]
    document: JsonValue = {
        "profile": found.profile.name,
        "note": found.profile.note,
        "created": list(found.created),
        "differences": differences,
    }
    tools_of(ctx).screen.show(document, lambda: _drawn(found))


def _drawn(found: Plan) -> RenderableType:
    note = f" ({found.profile.note})" if found.profile.note else ""
    parts: list[RenderableType] = [Text(f"{len(TOPICS)} topics, profile {found.profile.name}{note}")]
    if found.created:
        parts.append(Text(f"Created: {', '.join(found.created)}", style="green"))
    columns = (Column("topic", wide=True), Column("differs"), Column("wanted"), Column("found"))
    rows = [(one.topic, f"{one.kind} {one.setting}".strip(), one.wanted, one.found) for one in found.differences]
    parts.append(table(columns, rows, empty="Nothing differs."))
    if found.missing:
        parts.append(step("greenlight topics apply creates what is missing"))
    elif found.differences:
        parts.append(step("Existing topics are never altered: make a new topic and cut over."))
    return page(*parts)
