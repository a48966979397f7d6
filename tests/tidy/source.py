"""The project's own files, as the tidy rules read them."""

import ast
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import PurePosixPath

from deploy.generate.files import ROOT

OTHERS = ("deploy/docker/lint/package-lock.json", "requirements/", "LICENSE")
"""Written by package managers and lawyers: held to no rule of ours."""


@dataclass(frozen=True)
class Source:
    """One text file of the project: its path from the root and its text."""

    path: PurePosixPath
    text: str

    @property
    def is_python(self) -> bool:
        """True for a module."""
        return self.path.suffix == ".py"

    @cached_property
    def tree(self) -> ast.Module:
        """The module's syntax tree."""
        return ast.parse(self.text)

    @cached_property
    def lines(self) -> list[str]:
        """The file's lines; line n is at n - 1."""
        return self.text.splitlines()

    def under(self, *folders: str) -> bool:
        """True when the file lies below one of these folders."""
        return any(self.path.is_relative_to(folder) for folder in folders)


Rule = Callable[[Source], Iterator[tuple[int, str]]]
"""Line and complaint of every breach in one file."""


def source(path: str, text: str) -> Source:
    """A file as given, for a rule's twin test."""
    return Source(PurePosixPath(path), text)


def breaches(rule: Rule, files: tuple[Source, ...]) -> list[str]:
    """`path:line: complaint` of every breach."""
    return [f"{file.path}:{line}: {complaint}" for file in files for line, complaint in rule(file)]


@lru_cache
def files() -> tuple[Source, ...]:
    """Every text file that is committed, or would be: what git lists and does not ignore."""
    listed = subprocess.run(
        ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"),
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return tuple(_readable(sorted(filter(None, listed.stdout.split("\0")))))


def modules() -> tuple[Source, ...]:
    """Every Python module of the project."""
    return tuple(file for file in files() if file.is_python)


def _readable(paths: list[str]) -> Iterator[Source]:
    for path in paths:
        if path.startswith(OTHERS) or not (ROOT / path).is_file():
            continue
        try:
            yield source(path, (ROOT / path).read_text(encoding="utf-8"))
        except UnicodeDecodeError:  # a picture or a packed file holds no line of ours
            continue
