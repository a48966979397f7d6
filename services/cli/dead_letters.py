"""`dead-letters list|show|replay`: records that no lane could read."""

import base64
from datetime import UTC, datetime
from typing import Annotated

import typer
from pydantic import BaseModel, JsonValue
from rich.console import RenderableType
from rich.text import Text

from schemas.catalogue import SERVICES
from services.cli.acts import act
from services.cli.edge import USAGE, complaint, route
from services.cli.options import Json, Key, Reason, tools_of
from services.cli.screen import Column, facts, page, plain, read, table

_MILLISECONDS = 1_000


class _Letter(BaseModel):
    id: str
    reason: str
    detail: str
    where: str
    release: str
    timestamp: int
    sha256: str
    bytes: int
    headers: tuple[str, ...] = ()
    key_base64: str | None = None
    value_base64: str | None = None

    @property
    def at(self) -> datetime:
        """Broker time of the original record, UTC."""
        return datetime.fromtimestamp(self.timestamp // _MILLISECONDS, UTC)


class _Letters(BaseModel):
    letters: tuple[_Letter, ...]


Service = Annotated[str, typer.Argument(help=f"One of {', '.join(SERVICES)}.", metavar="SERVICE")]
LetterId = Annotated[str, typer.Argument(help="topic/partition/offset, as `list` shows it.", metavar="ID")]


def list_letters(
    ctx: typer.Context,
    service: Annotated[
        str | None, typer.Argument(help=f"One of {', '.join(SERVICES)}; left out: all.", metavar="[SERVICE]")
    ] = None,
    json: Json = False,
) -> None:
    """List the newest dead letters, oldest first, without their content."""
    tools = tools_of(ctx)
    asked = SERVICES if service is None else (service,)
    documents: dict[str, JsonValue] = {
        one: tools.edge.get(route("v1", "operator", "dead-letters", one)).document for one in asked
    }
    found = {one: read(_Letters, document).letters for one, document in documents.items()}
    columns = (
        Column("service"),
        Column("id", whole=True),
        Column("UTC", whole=True),
        Column("reason"),
        Column("detail", wide=True),
    )
    rows = [(one, letter.id, letter.at, letter.reason, letter.detail) for one in asked for letter in found[one]]
    document = documents if service is None else documents[service]
    tools.screen.show(document, lambda: table(columns, rows, empty="No dead letters."))


def show_letter(ctx: typer.Context, service: Service, letter: LetterId, json: Json = False) -> None:
    """Show one dead letter with its key and content."""
    tools = tools_of(ctx)
    answer = tools.edge.get(_path(service, letter))
    found = read(_Letter, answer.document)
    tools.screen.show(answer.document, lambda: _drawn(found))


def replay_letter(
    ctx: typer.Context, service: Service, letter: LetterId, reason: Reason, key: Key = None, json: Json = False
) -> None:
    """Send a dead letter's record again under its own id; the lane's rules decide whether it is new."""
    next_step = f"If it fails again it is back in: greenlight dead-letters list {service}"
    act(tools_of(ctx), f"{_path(service, letter)}/replay", {}, reason, key, next_step)


def _path(service: str, letter: str) -> str:
    topic, _, rest = letter.partition("/")
    partition, _, offset = rest.partition("/")
    if not (topic and partition.isdigit() and offset.isdigit()):
        detail = f"{plain(letter)} is not topic/partition/offset."
        raise complaint(USAGE, "Not a letter's id", detail, f"See: greenlight dead-letters list {plain(service)}")
    return route("v1", "operator", "dead-letters", service, topic, partition, offset)


def _drawn(letter: _Letter) -> RenderableType:
    about = facts(
        (
            ("id", letter.id),
            ("written", letter.at),
            ("reason", letter.reason),
            ("detail", letter.detail),
            ("where", letter.where),
            ("release", letter.release),
            ("headers", ", ".join(letter.headers)),
            ("key", _text(letter.key_base64)),
            ("bytes", letter.bytes),
            ("SHA-256", letter.sha256),
        )
    )
    return page(about, Text("content", style="dim"), Text(_text(letter.value_base64)))


def _text(value: str | None) -> str:
    """Bytes as text; what is no text, or would move the cursor, is shown as a mark or a space."""
    return "" if value is None else plain(base64.b64decode(value).decode(errors="replace"))
