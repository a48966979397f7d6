"""Every `greenlight` command that a runbook or `make up` tells a person to run is one that the command understands."""

import re
import shlex
from collections.abc import Iterator

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from deploy.generate.files import ROOT
from services.cli.app import build
from services.cli.settings import CliSettings

PAGES = (*sorted((ROOT / "deploy/runbooks").glob("*.md")), ROOT / "deploy/local/__main__.py")
TOLD = re.compile(r"^ {4,}(?:\"  \.venv/bin/)?greenlight ([^\n\"]*(?:\"[^\n\"]+\"[^\n\"]*)*)", re.MULTILINE)
INLINE = re.compile(r"`greenlight ([a-z -]+)`")


def told() -> Iterator[str]:
    for page in PAGES:
        yield from TOLD.findall(page.read_text(encoding="utf-8"))


def mentioned() -> Iterator[str]:
    for page in PAGES:
        yield from INLINE.findall(page.read_text(encoding="utf-8"))


def refusal(line: str, whole: bool = True) -> str:
    """Why the command does not understand a line; empty when it does. Not `whole`: its verb alone is asked for."""
    command, words = get_command(build(CliSettings())), shlex.split(line)
    while isinstance(command, TyperGroup) and words:
        name = words.pop(0)
        if name not in command.commands:
            return f"no verb {name}"
        command = command.commands[name]
    if not whole:
        return ""
    try:
        command.make_context("greenlight", words)
    except Exception as error:  # reason: typer and click have errors of their own for each kind of misuse
        return str(error) or type(error).__name__
    return ""


@pytest.mark.parametrize("line", sorted(set(told())))
def test_a_command_of_a_page_is_understood(line: str) -> None:
    assert refusal(line) == ""


@pytest.mark.parametrize("line", sorted(set(mentioned())))
def test_a_verb_mentioned_on_a_page_exists(line: str) -> None:
    assert refusal(line, whole=False) == ""


@pytest.mark.parametrize("line", ["heal ledger", "dead-letters burn", "rebuild ledger", "services --loud"])
def test_a_command_that_does_not_exist_is_found(line: str) -> None:
    assert refusal(line) != ""
