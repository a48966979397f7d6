"""A child process that says when it is ready: started, awaited by condition, stopped, killed, started again."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

STOP_SECONDS_MAX = 20.0
CHECK_SECONDS = 0.02


class Missing(RuntimeError):
    """A program this machine lacks. The text says how to install it."""


class NotReady(RuntimeError):
    """A process ended, or said nothing in time. The text ends with the last lines of its log."""


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Process:
    """One child process in a folder of its own, with its output in `log`. A subclass knows command and readiness."""

    name = "process"
    ready_seconds_max = 30.0

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.log = self.folder / f"{self.name}.log"
        self._child: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    def command(self) -> Sequence[str]:
        """The command line; called at each start."""
        raise NotImplementedError

    def environment(self) -> Mapping[str, str] | None:
        """The child's environment; None inherits ours."""
        return None

    def is_ready(self) -> bool:
        """Whether clients can be served; asked again and again until it is."""
        raise NotImplementedError

    def __enter__(self) -> "Process":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """Process id of the running child."""
        return self._child.pid if self._child is not None and self._child.poll() is None else None

    def start(self) -> None:
        """Start and wait until ready. Raises Missing, NotReady (the child is then gone)."""
        if self.pid is not None:
            return
        self.begin()
        try:
            self.wait_ready()
        except BaseException:  # reason: whatever happened, no child is left behind
            self.kill()
            raise

    def begin(self) -> None:
        """Start, and wait for nothing. Raises Missing."""
        self.folder.mkdir(parents=True, exist_ok=True)
        command = self.command()
        self._log_start = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            # A session of its own: Ctrl-C reaches the child through us only, so that it ends in order.
            self._child = subprocess.Popen(
                command, cwd=self.folder, env=self.environment(), stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip

    def wait_ready(self) -> None:
        """Wait until ready. Raises NotReady; the child, if it lives, stays."""
        deadline = time.monotonic() + self.ready_seconds_max
        while not self.is_ready():
            if self.pid is None:
                raise NotReady(f"{self.name} ended at once. {self._last_lines()}")
            if time.monotonic() > deadline:
                raise NotReady(f"{self.name} not ready in {self.ready_seconds_max:.0f} s. {self._last_lines()}")
            time.sleep(CHECK_SECONDS)

    def log_text(self) -> str:
        """What the child has written since its last start."""
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            return log.read().decode(errors="replace")

    def _last_lines(self) -> str:
        return f"Last lines of {self.log}:\n" + "\n".join(self.log_text().splitlines()[-15:])

    def stop(self) -> int | None:
        """End in order (SIGTERM), after STOP_SECONDS_MAX by force; return the exit code, None if it did not run."""
        if self._child is None:
            return None
        if self.pid is not None:
            self._child.send_signal(signal.SIGCONT)
            self._child.terminate()
        try:
            return self._child.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.kill()
            return -signal.SIGKILL
        finally:
            self._child = None

    def kill(self) -> None:
        """End at once (SIGKILL), as a crash would."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            self._child = None

    def freeze(self) -> None:
        """Stop the child's clock (SIGSTOP): it keeps its connections and answers nothing from the return on."""
        if self._child is not None:
            self._child.send_signal(signal.SIGSTOP)
            # Its threads may run on for a moment on another core: wait until the system says that it has stopped.
            os.waitpid(self._child.pid, os.WUNTRACED)

    def thaw(self) -> None:
        """Let a frozen child go on."""
        if self._child is not None:
            self._child.send_signal(signal.SIGCONT)
