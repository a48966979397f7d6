"""An operator's act: sent with its reason, recorded by the edge, its effect read elsewhere."""

from collections.abc import Mapping

from pydantic import AwareDatetime, BaseModel, JsonValue
from rich.console import RenderableType
from rich.text import Text

from services.cli.options import Tools
from services.cli.screen import facts, page, read, step


class Recorded(BaseModel):
    """What the edge says of an act. `at` None: accepted, not recorded in time."""

    act_id: str
    verb: str
    target: str
    at: AwareDatetime | None = None


def act(tools: Tools, path: str, body: Mapping[str, JsonValue], reason: str, key: str | None, next_step: str) -> None:
    """Send the act and show that it is recorded and where its effect is seen."""
    answer = tools.edge.post(path, {**body, "reason": reason}, key)
    recorded = read(Recorded, answer.document)
    tools.screen.show(answer.document, lambda: drawn(recorded, next_step))


def drawn(recorded: Recorded, next_step: str) -> RenderableType:
    """The act as recorded and what to look at next."""
    said = "Recorded" if recorded.at else "Accepted, not recorded yet"
    pairs = [("act", recorded.act_id), ("recorded", recorded.at)]
    return page(
        Text(f"{said}: {recorded.verb} {recorded.target}", style="green"),
        facts(pair for pair in pairs if pair[1] is not None),
        step(next_step),
    )
