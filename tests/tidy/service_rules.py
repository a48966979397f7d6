"""House rules about a service as a whole: what it says it reads and writes, and what it can be set to."""

import ast
import re
from collections.abc import Iterator

from schemas.catalogue import TOPICS
from tests.tidy.source import Source

Breaches = Iterator[tuple[int, str]]
ENVIRONMENT_PREFIX = "GREENLIGHT_"
_VERB = re.compile(r"\b(reads|writes|keeps)\b", re.IGNORECASE)
_WORD = re.compile(r"[a-z]+(?:-[a-z]+)*")
_TOPICS = {topic.name: topic for topic in TOPICS if topic.kind != "dead-letters"}


def topics_after(docstring: str) -> dict[str, set[str]]:
    """Topics named after each `reads` and `writes` of a docstring, up to the next such verb."""
    named: dict[str, set[str]] = {"reads": set(), "writes": set(), "keeps": set()}
    parts = _VERB.split(docstring)
    for verb, text in zip(parts[1::2], parts[2::2], strict=True):
        named[verb.lower()] |= set(_WORD.findall(text)) & set(_TOPICS)
    return named


def docstring_names_its_topics(file: Source) -> Breaches:
    """A service's docstring names exactly the topics it reads, its journals, and inboxes it sends to."""
    if len(file.path.parts) != 3 or file.path.parts[0] != "services" or file.path.name != "__init__.py":
        return
    service = file.path.parts[1]
    read = {topic.name for topic in _TOPICS.values() if service in topic.readers}
    journals = {topic.name for topic in _TOPICS.values() if topic.owner == service and topic.kind == "journal"}
    inboxes = {topic.name for topic in _TOPICS.values() if topic.kind == "inbox"}
    named = topics_after(ast.get_docstring(file.tree) or "")
    if not read:
        return
    for missing in sorted(read - named["reads"]):
        yield 1, f"does not say that it reads {missing}"
    for wrong in sorted(named["reads"] - read - inboxes):
        yield 1, f"says that it reads {wrong}, of which the catalogue does not make it a reader"
    for missing in sorted(journals - named["writes"]):
        yield 1, f"does not say that it writes {missing}"
    for wrong in sorted(named["writes"] - journals - inboxes - read):
        yield 1, f"says that it writes {wrong}, which is another's journal"


def settings_of(file: Source) -> Iterator[tuple[int, str]]:
    """Line and environment variable of every field of a service's settings classes."""
    if not file.under("services") or file.path.name != "settings.py":
        return
    for node in ast.walk(file.tree):
        if not (isinstance(node, ast.ClassDef) and any(ast.unparse(base).endswith("Settings") for base in node.bases)):
            continue
        for field in node.body:
            if not isinstance(field, ast.AnnAssign) or "ClassVar" in ast.unparse(field.annotation):
                continue
            if isinstance(field.target, ast.Name):
                yield field.lineno, f"{ENVIRONMENT_PREFIX}{field.target.id}".upper()


def undocumented_settings(file: Source, documentation: str) -> Breaches:
    """Settings that no example env file and no page for the reader mentions."""
    for line, variable in settings_of(file):
        if not re.search(rf"(?<![A-Z0-9_]){re.escape(variable)}(?![A-Z0-9_])", documentation):
            yield line, f"{variable} is neither in deploy/env nor in README.md"
