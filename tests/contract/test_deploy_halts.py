"""Every reason that can halt a shard stands on the page of that alert, in the code's own words, and no other does."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from deploy.generate.files import ROOT

KIT = ROOT / "services" / "kit"
PAGE = ROOT / "deploy" / "runbooks" / "shard-halted.md"
NO_SHARD = {"topics.py", "kafka_access.py", "memory.py"}
"""Halted here ends a command of an operator; the memory transport has words of its own for what Kafka says."""
RAISES = {"Halted", "Gap", "_halt"}
REASON = re.compile(r"^\| `([^`]+)` \|", re.MULTILINE)


def in_code(paths: list[Path]) -> Iterator[str]:
    """The text of each reason, with `…` for what varies."""
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and name(node.func) in RAISES and node.args:
                yield from text(node.args[0])


def name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def text(argument: ast.expr) -> Iterator[str]:
    if isinstance(argument, ast.JoinedStr):
        yield "".join(part.value if isinstance(part, ast.Constant) else "…" for part in argument.values)  # type: ignore[misc]
    elif isinstance(argument, ast.Constant):
        yield str(argument.value)


def sources() -> list[Path]:
    return [path for path in KIT.rglob("*.py") if path.name not in NO_SHARD]


def test_every_reason_to_halt_is_on_the_page_and_every_reason_on_the_page_is_in_the_code() -> None:
    told = REASON.findall(PAGE.read_text(encoding="utf-8"))
    assert sorted(told) == sorted(set(in_code(sources())))


def test_a_reason_is_read_from_code_as_the_page_writes_it(tmp_path: Path) -> None:
    sample = tmp_path / "sample.py"
    sample.write_text('raise Halted(f"{a}/{b} is {c}: gone")\nself._halt(f"bug: {d}")\nself._halt(str(e))\n')
    assert list(in_code([sample])) == ["…/… is …: gone", "bug: …"]
