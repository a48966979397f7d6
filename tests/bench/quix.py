"""An environment with Quix Streams, made on demand: its dependencies are not the project's."""

import shutil
import subprocess
import sys
from pathlib import Path

from deploy import stack

VERSION = "3"
FOLDER = stack.ROOT / ".cache" / "bench" / f"quix-{VERSION}"


class CannotInstall(RuntimeError):
    """The environment cannot be made. The text says why."""


def python() -> str:
    """Path of the environment's interpreter. Raises CannotInstall."""
    interpreter = FOLDER / "bin" / "python"
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    if (FOLDER / "complete").exists():
        return str(interpreter)
    if uv is None:
        raise CannotInstall("uv is missing")
    for command in (
        (uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(FOLDER)),
        (uv, "pip", "install", "--quiet", "--python", str(interpreter), f"quixstreams>={VERSION}"),
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise CannotInstall(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "uv failed")
    (FOLDER / "complete").touch()
    return str(interpreter)
