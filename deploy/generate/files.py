"""One way for every generator to write its files, or to say which are stale."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

Files = Mapping[str, str]
"""Text by path from the root, with forward slashes."""


def json_text(document: object) -> str:
    """A JSON document as committed: indented, in its own order, one newline at the end."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def stale(files: Files, root: Path = ROOT) -> tuple[str, ...]:
    """Paths whose committed text is missing or another, in order."""
    return tuple(path for path, text in sorted(files.items()) if not _holds(root / path, text))


def write(files: Files, root: Path = ROOT) -> tuple[str, ...]:
    """Write what is stale; return its paths."""
    changed = stale(files, root)
    for path in changed:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(files[path], encoding="utf-8")
    return changed


def settle(files: Files, command: str, *, check: bool, root: Path = ROOT) -> Sequence[str]:
    """Complaints, empty when all is well: writes the files, or with `check` names the stale ones and the command."""
    if not check:
        write(files, root)
        return ()
    return [f"{path} is stale: run `{command}`" for path in stale(files, root)]


def report(complaints: Sequence[str]) -> int:
    """Say what is wrong on standard error; the exit code."""
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    return 1 if complaints else 0


def _holds(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text
