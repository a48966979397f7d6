"""Arguments and options that several verbs share, and the tools a verb works with."""

from dataclasses import dataclass
from typing import Annotated

import typer

from services.cli.edge import Edge
from services.cli.screen import Screen


@dataclass(frozen=True, slots=True)
class Tools:
    """What a verb works with: the edge and the screen."""

    edge: Edge
    screen: Screen


def tools_of(ctx: typer.Context) -> Tools:
    """The tools that the command was started with."""
    tools = ctx.obj
    assert isinstance(tools, Tools)
    return tools


def _as_json(ctx: typer.Context, chosen: bool) -> bool:
    if chosen:
        tools_of(ctx).screen.as_json = True
    return chosen


Json = Annotated[bool, typer.Option("--json", callback=_as_json, help="Print the answer's document as JSON.")]
Reason = Annotated[
    str, typer.Option("--reason", help="Why, in a sentence; kept with the act.", metavar="TEXT", show_default=False)
]
Key = Annotated[
    str | None,
    typer.Option("--key", help="Idempotency key: the same key is the same wish.", metavar="KEY", show_default=False),
]
Programme = Annotated[str, typer.Argument(help="The programme's id.", metavar="PROGRAMME")]
