"""A process as a Faust worker, without any agent: its pages, its end, its log. It needs no Kafka."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.connected.host_process import HostProcess

pytestmark = pytest.mark.connected


@pytest.fixture
def toy(tmp_path: Path) -> Iterator[HostProcess]:
    with HostProcess(tmp_path) as process:
        assert isinstance(process, HostProcess)
        yield process


def test_serves_its_four_pages_and_none_of_fausts_own(toy: HostProcess) -> None:
    assert json.loads(toy.get("/status")[1])["instance"] == "toy-1"
    assert b"greenlight_loop_lag_seconds" in toy.get("/metrics")[1]
    assert [toy.get(path)[0] for path in ("/livez", "/readyz")] == [200, 200]
    assert [toy.get(path)[0] for path in ("/router/", "/table/", "/graph/", "/stats/")] == [404] * 4


def test_says_no_with_reasons_while_a_worker_is_in_trouble_and_yes_again_after(toy: HostProcess) -> None:
    trouble = toy.fuse.with_suffix(".trouble")
    trouble.touch()
    assert (toy.get("/livez")[0], toy.get("/readyz")[0]) == (503, 503)
    assert json.loads(toy.get("/readyz")[1])["reasons"] == ["toy: in trouble"]
    trouble.unlink()
    assert (toy.get("/livez")[0], toy.get("/readyz")[0]) == (200, 200)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_order_with_exit_code_0(toy: HostProcess, number: signal.Signals) -> None:
    assert toy.end(number) == 0
    assert toy.events() == ["toy-connected", "toy-begun", "toy-left", "toy-disconnected"]


@pytest.mark.parametrize("manner", ["", "ends quietly"])
def test_a_worker_that_raises_or_ends_ends_it_in_order_with_exit_code_1(toy: HostProcess, manner: str) -> None:
    draft = toy.fuse.with_suffix(".draft")
    draft.write_text(manner)
    draft.rename(toy.fuse)
    assert toy.end() == 1
    assert toy.events() == ["toy-connected", "toy-begun", "toy-left", "toy-disconnected"]


def test_a_crash_is_logged_with_its_places_but_not_its_text(toy: HostProcess) -> None:
    toy.fuse.touch()
    toy.end()
    crash = next(line for line in toy.lines() if "exception" in line)
    assert crash["exception"] == "RuntimeError"
    assert "the fuse was lit" not in toy.log_text()


def test_writes_nothing_but_json_lines_and_leaves_no_files(toy: HostProcess) -> None:
    toy.end(signal.SIGTERM)
    assert all(line["service"] == "toy" for line in toy.lines())
    assert [path.name for path in toy.folder.iterdir()] == ["toy-1.log"]


def test_takes_no_setting_of_fausts_from_the_environment(tmp_path: Path) -> None:
    faust = {"WEB_PORT": "1", "BROKER_URL": "kafka://elsewhere.example", "APP_DATADIR": "litter", "NODE_HOSTNAME": "x"}
    with HostProcess(tmp_path, extra=faust) as toy:
        assert isinstance(toy, HostProcess)
        assert toy.get("/livez")[0] == 200
        assert toy.end(signal.SIGTERM) == 0
