"""What the demo shows: tables, findings, a timeline, two chain heads. Every one is marked illustrative."""

import html
import re
from collections.abc import Mapping, Sequence
from typing import cast

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table

Json = Mapping[str, object]
MARK = "illustrative: every name is invented"


def units(number: object) -> str:
    """A count with thousands separated."""
    return f"{cast(int, number):,}"


def money(minor: object) -> str:
    """USD from cents, in millions."""
    return f"{cast(int, minor) / 100 / 1_000_000:,.1f}"


def _table(title: str, left: Sequence[str], right: Sequence[str] = ()) -> Table:
    """A table that fits 80 columns and never cuts a value: it folds."""
    table = Table(
        title=title, caption=MARK, box=box.SIMPLE_HEAD, title_justify="left", caption_justify="left",
        pad_edge=False, collapse_padding=True,
    )  # fmt: skip
    for column in left:
        table.add_column(column, overflow="fold")
    for column in right:
        table.add_column(column, justify="right", no_wrap=True)
    return table


def companies(console: Console, cases: Mapping[str, Json], ledger: Json) -> None:
    """Authorised units and value per company and in total."""
    balances = {str(b["company_id"]): b for b in cast(Sequence[Json], ledger["accounts"])}
    table = _table(
        "Authorised H200 units per company; value in millions of USD",
        ("company", "outcome"),
        ("requested", "authorised", "value", "drawn", "available"),
    )
    asked = 0
    for company, case in sorted(cases.items()):
        lines = cast(Sequence[Mapping[str, int | None]], case["lines"])
        requested = sum(line["requested_base_units"] or 0 for line in lines)
        asked += requested
        balance = balances.get(company)
        figures = ("-", "-", "-", "-") if balance is None else _figures(balance)
        table.add_row(company, str(case["state"]), units(requested), *figures)
    table.add_section()
    table.add_row("total", "", units(asked), *_figures(cast(Json, ledger["totals"])), style="bold")
    console.print(table)
    console.print()


def _figures(balance: Json) -> tuple[str, str, str, str]:
    return (
        units(balance["granted_units"]),
        money(balance["granted_value"]),
        units(balance["drawn_units"]),
        units(balance["available_units"]),
    )


def findings(console: Console, title: str, case: Json) -> None:
    """The findings of a case that refused or limited it, with their figures and reference."""
    table = _table(title, ("rule", "finding", "figures", "reference"))
    for finding in cast(Sequence[Json], case["findings"]):
        if finding["effect"] == "pass":
            continue
        operands = cast(Sequence[Mapping[str, str]], finding["operands"])
        figures = "\n".join(f"{operand['name']} {operand['value']}" for operand in operands)
        text = cast(Mapping[str, str], finding["text"])
        table.add_row(
            f"{finding['rule']}\n{finding['effect']}", f"{text['en']}\n{text['zh']}", figures, str(finding["law"])
        )
    console.print(table)
    console.print()


def timeline(console: Console, case: Json) -> None:
    """Every fact about one application, with the one that caused it."""
    table = _table(
        f"Timeline of {case['company_id']}'s application, with causes", ("time", "fact", "stands at", "caused by")
    )
    for step in cast(Sequence[Mapping[str, str | None]], case["timeline"]):
        fact = str(step["type"]).split(".")[1]
        table.add_row(str(step["at"])[11:23], fact, str(step["id"]), step["caused_by"] or "a request")
    console.print(table)
    console.print()


def heads(console: Console, journal: str, redis: str, seconds: float) -> None:
    """The chain's head twice: computed anew from the journal, and as the rebuilt rows have it."""
    console.print("Redis was emptied under load and rebuilt from the journal. Chain heads (SHA-256):", highlight=False)
    console.print(f"  journal {journal}\n  Redis   {redis or 'none'}", highlight=False, soft_wrap=True)
    equal = "equal" if journal == redis else "NOT EQUAL"
    console.print(f"They are [bold]{equal}[/bold]; the last row was whole again {seconds:.1f} s after the loss.")


def picture(console: Console, title: str) -> str:
    """What a recording console has shown, as SVG.

    Mended: Rich gives wide characters the room of one column, and asks a host outside for a font.
    """

    def widened(found: re.Match[str]) -> str:
        text = html.unescape(found["text"])
        length = float(found["length"]) / max(1, len(text)) * cell_len(text)
        return f'textLength="{length:g}"{found["rest"]}>{found["text"]}<'

    svg = re.sub(r"@font-face \{[^}]*\}|<!--.*?-->", "", console.export_svg(title=title), flags=re.DOTALL)
    return re.sub(r'textLength="(?P<length>[\d.]+)"(?P<rest>[^>]*)>(?P<text>[^<]*)<', widened, svg)
