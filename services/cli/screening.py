"""`screen` and `lists check`: one name against a list's file, offline. Nothing is sent anywhere, nothing is kept."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from pydantic import JsonValue
from rich.console import RenderableType
from rich.text import Text

from services.cli.edge import REFUSED, complaint
from services.cli.options import Json, tools_of
from services.cli.screen import Column, facts, page, step, table
from services.policy.screening import (
    NUMBER_REASONS,
    REASONS,
    Index,
    ListRefused,
    Party,
    Screening,
    ScreeningList,
    read_list,
    screen,
)

NAME_CHARACTERS_MAX = 200
_PERCENT = 100
_MEANINGS = {
    "pass": "No entry of this list may be this party.",
    "refer": "An officer must look at it.",
    "reject": "An equal number, or an equal name and a second fact: it may be rejected.",
}

ListFile = Annotated[
    Path, typer.Option("--list", help="FollowTheMoney JSON lines.", metavar="FILE", show_default=False)
]


def screen_name(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="The party's name as it writes it.", metavar="NAME", show_default=False)],
    list_file: ListFile,
    country: Annotated[
        str | None, typer.Option("--country", help="Where it is registered, two letters.", metavar="CC")
    ] = None,
    registry_no: Annotated[
        str | None, typer.Option("--registry-no", help="Its number in a register: USCC, LEI or another.", metavar="NO")
    ] = None,
    address: Annotated[str | None, typer.Option("--address", help="Its address as one text.", metavar="TEXT")] = None,
    json: Json = False,
) -> None:
    """Screen one name against a list. Exit code 1 unless it passes."""
    if not name.strip() or len(name) > NAME_CHARACTERS_MAX:
        raise typer.BadParameter(f"must have 1 to {NAME_CHARACTERS_MAX} characters", param_hint="NAME")
    if country is not None and not (len(country) == 2 and country.isascii() and country.isalpha()):
        raise typer.BadParameter("is no two letters of a country", param_hint="--country")
    listed = _read(list_file)
    found = screen(Party(name, country.upper() if country else None, registry_no, address), Index(listed))
    tools_of(ctx).screen.show(_document(found, listed), lambda: _drawn(found, listed))
    if found.outcome != "pass":
        raise typer.Exit(REFUSED)


def check(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="FollowTheMoney JSON lines.", metavar="FILE", show_default=False)],
    json: Json = False,
) -> None:
    """Read a list as the service would and show its digest. Exit code 1 if it is refused, with line and field."""
    listed = _read(file)
    kinds = Counter(entry.schema for entry in listed.entries.values())
    names = sum(len(entry.names) + len(entry.aliases) for entry in listed.entries.values())
    document: dict[str, JsonValue] = {
        "digest": listed.digest, "entries": len(listed.entries), "names": names, "schemas": dict(sorted(kinds.items())),
    }  # fmt: skip
    pairs = (("digest", listed.digest), ("entries", len(listed.entries)), ("names", names), *sorted(kinds.items()))
    tools_of(ctx).screen.show(document, lambda: facts(pairs))


def _read(file: Path) -> ScreeningList:
    try:
        return read_list(file)
    except ListRefused as error:
        raise complaint(
            REFUSED, "List refused", f"{file.name}: {error}", "Mend the list, or ask who made it."
        ) from None


def _document(found: Screening, listed: ScreeningList) -> JsonValue:
    return {
        "outcome": found.outcome,
        "list_digest": found.list_digest,
        "entries": len(listed.entries),
        "party_digest": found.party_digest,
        "number": {"scheme": found.number.scheme, "verdict": found.number.verdict},
        "hits": [
            {
                "entry_id": one.hit.entry_id,
                "entry_digest": one.hit.entry_digest,
                "tier": one.hit.tier,
                "score": one.hit.score,
                "why": one.hit.why,
                "name": one.hit.name,
                "alias": one.hit.alias,
                "facts": list(one.facts),
                "outcome": one.outcome,
            }
            for one in found.hits
        ],
        "left_off": found.left_off,
    }


def _drawn(found: Screening, listed: ScreeningList) -> RenderableType:
    head = facts(
        (
            ("outcome", f"{found.outcome}: {_MEANINGS[found.outcome]}"),
            ("number", f"{found.number.scheme}: {NUMBER_REASONS[found.number.verdict]}"),
            ("list", f"{found.list_digest} ({len(listed.entries):,} entries)"),
            ("hits left off", str(found.left_off) if found.left_off else None),
        )
    )
    if not found.hits:
        return page(head, Text("No hits.", style="dim"))
    columns = (
        Column("tier", whole=True),
        Column("score %", figure=True),
        Column("listed as", wide=True),
        Column("why", wide=True),
        Column("agrees"),
        Column("allows", whole=True),
        Column("entry", whole=True),
    )
    return page(head, table(columns, _rows(found), "Hits"), step("An officer dismisses a hit with a reason, or acts."))


def _rows(found: Screening) -> list[tuple[object, ...]]:
    return [
        (
            one.hit.tier,
            f"{one.hit.score // _PERCENT}.{one.hit.score % _PERCENT:02d}",
            one.hit.name,
            REASONS[one.hit.why],
            ", ".join(one.facts),
            one.outcome,
            one.hit.entry_id,
        )
        for one in found.hits
    ]
