"""The table of topics, written between two markers of a Markdown file, so that prose around it stays by hand.

python -m deploy.generate.topics_table README.md            write the table
python -m deploy.generate.topics_table README.md --check    name the file if its table is stale
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy.generate.files import ROOT, report, settle
from schemas.catalogue import TOPICS, Topic

COMMAND = "python -m deploy.generate.topics_table"
BEGIN = "<!-- topics: begin -->"
END = "<!-- topics: end -->"
_COLUMNS = ("topic", "kind", "owner", "readers", "key", "partitions", "messages")


def table() -> str:
    """The table, one row per topic in the catalogue's order."""
    rows = (_COLUMNS, tuple("---" for _ in _COLUMNS), *map(_row, TOPICS))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _row(topic: Topic) -> tuple[str, ...]:
    messages = ", ".join(message.type.partition(".")[2] for message in topic.messages)
    return (
        f"`{topic.name}`",
        topic.kind,
        topic.owner,
        ", ".join(dict.fromkeys(topic.readers)),
        topic.key or "as the original",
        str(topic.partitions),
        messages or "any record that could not be handled",
    )


def with_table(text: str, command: str) -> str:
    """The text with the table of today between its markers. Raises ValueError when it has not both, once."""
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise ValueError(f"needs one line {BEGIN} and, below it, one line {END}")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n<!-- made by `{command}` -->\n\n{table()}\n\n{END}{after}"


def run(path: str, *, check: bool, root: Path = ROOT) -> list[str]:
    """Complaints, empty when all is well. Raises ValueError, FileNotFoundError."""
    command = f"{COMMAND} {path}"
    text = (root / path).read_text(encoding="utf-8")
    return list(settle({path: with_table(text, command)}, command, check=check, root=root))


def main(given: Sequence[str] | None = None) -> int:
    """The command; 1 when the table is stale or the file has no markers."""
    parser = argparse.ArgumentParser(prog=COMMAND, description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("file", help="Markdown file, from the root of the project")
    parser.add_argument("--check", action="store_true", help="write nothing, name the file if its table is stale")
    arguments = parser.parse_args(given)
    try:
        complaints = run(arguments.file, check=arguments.check)
    except (ValueError, FileNotFoundError) as error:
        complaints = [f"{arguments.file}: {error}"]
    return report(complaints)


if __name__ == "__main__":
    sys.exit(main())
