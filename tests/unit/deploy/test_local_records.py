"""`make down` ends exactly the processes that `make up` left, and nobody else's."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local import records
from deploy.local.records import Running

DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen((sys.executable, "-c", DEAF), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


def test_what_is_saved_is_loaded_in_its_order(tmp_path: Path, child: subprocess.Popen[bytes]) -> None:
    records.save(tmp_path, [("policy-1", child.pid), ("kafka", child.pid)])
    loaded = records.load(tmp_path)
    assert [process.name for process in loaded] == ["policy-1", "kafka"]
    assert all(process.alive() for process in loaded)


def test_nothing_is_loaded_after_it_was_forgotten(tmp_path: Path, child: subprocess.Popen[bytes]) -> None:
    records.save(tmp_path, [("policy-1", child.pid)])
    records.forget(tmp_path)
    assert records.load(tmp_path) == ()


def test_a_process_that_does_not_hear_is_ended_by_force(child: subprocess.Popen[bytes]) -> None:
    records.end([Running("policy-1", child.pid, records.started(child.pid))], seconds_max=0.1)
    assert child.wait(10) < 0


def test_a_pid_that_now_belongs_to_another_process_is_left_alone(child: subprocess.Popen[bytes]) -> None:
    records.end([Running("policy-1", child.pid, "Mon Jan  5 08:00:00 2026")], seconds_max=0.1)
    assert child.poll() is None


def test_a_process_that_has_ended_is_not_alive(child: subprocess.Popen[bytes]) -> None:
    running = Running("policy-1", child.pid, records.started(child.pid))
    child.kill()
    child.wait()
    assert not running.alive()
