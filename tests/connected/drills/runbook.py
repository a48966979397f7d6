"""Carries out the page of an alert as a person would: every command that is printed there, in its order.

The indented blocks are run by one shell as they are. `greenlight` and `redis-cli` are the real ones. What the page says
for containers is done to the local process of that name; what only looks at containers or their files is left out.
"""

import os
import re
import shlex
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from deploy.local.process import Process
from deploy.local.system import System
from deploy.stack import ROOT
from tests.stacks import until
from tests.walk.journey import BOOTSTRAP_TOKEN

BLOCK = re.compile(r"(?:^ {4,}\S.*\n)+", re.MULTILINE)
LOOKS = re.compile(r"^(docker compose (ps|logs)|tail)\b")
PROGRAMS = {
    "greenlight": f'#!/bin/sh\nexec "{sys.executable}" -m services.cli "$@"\n',
    "docker": '#!/bin/sh\necho "$@" >"$DRILL_ASKED"\nwhile [ -e "$DRILL_ASKED" ]; do sleep 0.05; done\n',
}


def blocks(page: str) -> Iterator[str]:
    """Blocks of commands, without those that only look at containers."""
    for found in BLOCK.findall(page):
        lines = [line for line in textwrap.dedent(found).splitlines() if not LOOKS.match(line)]
        if any(line.split()[0] in ("greenlight", "docker", "redis-cli") for line in lines):
            yield "\n".join(lines)


class Hand:
    """Somebody on duty, in front of one system."""

    def __init__(self, folder: Path, system: System) -> None:
        self._folder, self._asked = folder, folder / "asked"
        self._processes: Mapping[str, Process] = {one.name: one for one in system.all}
        programs = folder / "bin"
        programs.mkdir(parents=True)
        for name, text in PROGRAMS.items():
            (programs / name).write_text(text, encoding="utf-8")
            (programs / name).chmod(0o755)
        self._environment = {
            **os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT),
            "DRILL_ASKED": str(self._asked), "GREENLIGHT_URL": system.url, "GREENLIGHT_TOKEN": BOOTSTRAP_TOKEN,
            "GREENLIGHT_KAFKA_BOOTSTRAP": system.kafka.bootstrap, "GREENLIGHT_PROFILE": "one-broker",
            "GREENLIGHT_REDIS_URL": system.redis.url,
        }  # fmt: skip

    def follow(self, page: str, example: str = "", real: str = "") -> str:
        """Carry the page out in one shell, with its example of an id replaced; return all that was shown."""
        script = "\n".join(blocks((ROOT / page).read_text(encoding="utf-8")))
        told = self._folder / "told"
        with told.open("wb") as output:
            shell = subprocess.Popen(
                ("bash", "-xeuo", "pipefail", "-c", script.replace(example, real) if example else script),
                env=self._environment, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip
            until(lambda: self._done(shell))
        shown = told.read_text(encoding="utf-8")
        assert shell.returncode == 0, shown
        return shown

    def _done(self, shell: "subprocess.Popen[bytes]") -> bool:
        """Whether the shell has ended; what it asks for meanwhile is done."""
        if self._asked.exists() and (words := shlex.split(self._asked.read_text(encoding="utf-8"))):
            self._compose(words)
            self._asked.unlink()
        return shell.poll() is not None

    def _compose(self, words: Sequence[str]) -> None:
        match words:
            case ["compose", "up", "-d", *names]:
                started = [self._processes[name] for name in names]
            case ["compose", "restart", *names]:
                started = [self._processes[name] for name in names]
                for process in started:
                    process.stop()
            case _:
                raise AssertionError(f"no drill knows docker {words}")
        for process in started:
            if process.pid is None:
                process.begin()
        for process in started:
            process.wait_ready()
