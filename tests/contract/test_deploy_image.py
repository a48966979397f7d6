"""The image holds what its commands import and nothing that builds; Dockerfile and compose file pass their linters."""

import ast
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.generate.files import ROOT

DOCKERFILE = (ROOT / "deploy/docker/Dockerfile").read_text(encoding="utf-8")
FINAL = DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]
OURS = frozenset({"schemas", "services", "deploy"})
OUTSIDE_IMAGE = (
    "deploy/local",
    "deploy/demo",
    "deploy/generate",
    "deploy/compose.py",
    "deploy/dashboard.py",
    "deploy/embedded.py",
)
"""Parts of `deploy` that no container runs: they may need what dev.txt holds."""


def modules() -> Iterator[Path]:
    for folder in sorted(OURS):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if not path.relative_to(ROOT).as_posix().startswith(OUTSIDE_IMAGE):
                yield path


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def locked(lock: str) -> frozenset[str]:
    text = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
    return frozenset(re.findall(r"^([a-z0-9._-]+)==", text, re.MULTILINE))


def lint(*command: str) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def absent(what: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(what, pytrace=False)
    pytest.skip(what)


def test_what_containers_import_is_locked_for_the_image() -> None:
    homes = importlib.metadata.packages_distributions()
    outside = {name for path in modules() for name in imported(path)} - OURS - sys.stdlib_module_names
    runtime = locked("runtime.txt")
    at_home = {name for name in outside if {home.lower().replace("_", "-") for home in homes.get(name, ())} & runtime}
    assert outside, "nothing was read"
    assert outside - at_home == set()


@pytest.mark.parametrize("source", re.findall(r"^COPY (?!--from)(?:--\S+ )*(.+) \S+$", DOCKERFILE, re.MULTILINE))
def test_what_the_image_copies_exists(source: str) -> None:
    assert [part for part in source.split() if not (ROOT / part).exists()] == []


def test_the_image_runs_as_nobody_in_particular_and_has_no_installer() -> None:
    assert re.search(r"^USER (?!0|root)\d+$", FINAL, re.MULTILINE)
    assert "pip uninstall" in FINAL
    assert not re.search(r"\b(apt-get|uv |gcc)\b|pip install", FINAL)
    assert DOCKERFILE.count("\nFROM ") == 2 - DOCKERFILE.startswith("FROM ")


def test_the_dockerfile_passes_its_linter() -> None:
    program = Path(sys.executable).with_name("hadolint")
    if not program.exists():
        absent("hadolint is missing: run `make setup`")
    lint(str(program), "deploy/docker/Dockerfile")


def test_the_compose_file_passes_its_linter() -> None:
    program = ROOT / "deploy/docker/lint/node_modules/.bin/dclint"
    if not program.exists() or shutil.which("node") is None:
        absent("dclint is missing: run `make lint-deploy` (needs npm)")
    lint(str(program), "--max-warnings", "0", "docker-compose.yml")
