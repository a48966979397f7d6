"""SIGTERM to every process while applications come in: it ends in order, and every application goes its way once."""

import itertools
import secrets
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from deploy.local.system import ServiceProcess, System
from tests.stacks import Running, until
from tests.walk.journey import CHECK_SECONDS, Caller, application, company, operator, programme, release, token

pytestmark = [pytest.mark.connected, pytest.mark.timeout(180)]

CALLERS = 4
MORE = 20


class Load:
    """Partners who submit applications of one unit, each with a key that is sent until it is answered."""

    def __init__(self, url: str, partner: Caller) -> None:
        self._url, self._partner = url, partner
        self._stop = threading.Event()
        self._numbers = itertools.count()
        self._pool = ThreadPoolExecutor(CALLERS)
        self.answered: list[str] = []

    def __enter__(self) -> "Load":
        self._running = [self._pool.submit(self._submit) for _ in range(CALLERS)]
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._pool.shutdown()
        for one in self._running:
            one.result()

    def _submit(self) -> None:
        with httpx.Client(base_url=self._url, timeout=15) as client:
            caller = Caller(client, self._partner.token, self._partner.name)
            while not self._stop.is_set():
                self.answered.append(self._location(caller, f"load-{next(self._numbers)}"))

    def _location(self, caller: Caller, key: str) -> str:
        """Of the application; the edge may be away, or say that it does not know yet."""
        while True:
            try:
                answer = caller.post("/v1/applications", application(caller.name, 1), key)
                if answer.status_code in (201, 202):
                    return answer.headers["location"]
                assert answer.status_code == 503, answer.text
            except httpx.TransportError:
                pass
            self._stop.wait(CHECK_SECONDS)

    def go_on(self) -> None:
        """Wait until MORE applications have been answered."""
        enough = len(self.answered) + MORE
        until(lambda: len(self.answered) >= enough or any(one.done() for one in self._running))


@pytest.fixture
def system(kafka_stack: Running) -> System:
    assert kafka_stack.system is not None
    return kafka_stack.system


def together(calls: Sequence[ServiceProcess], stop: bool) -> list[int | None]:
    """Stop, or start, these processes at once; their exit codes if stopped."""
    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(ServiceProcess.stop if stop else ServiceProcess.start, calls))


def test_every_process_ends_in_order_under_load_and_nothing_is_lost(kafka_stack: Running, system: System) -> None:
    name = f"plover-{secrets.token_hex(3)}"
    behind = [process for process in system.services if process.process.http_port is None]
    with kafka_stack.client() as client:
        desk = operator(client)
        programme(desk)
        partner = token(desk, name)
        assert partner.post("/v1/companies", company(name)).status_code == 201
        try:
            with Load(kafka_stack.url, partner) as load:
                load.go_on()
                codes = together(behind, stop=True)
                load.go_on()
                together(behind, stop=False)
                codes += together(system.services, stop=True)
                together(system.services, stop=False)
                load.go_on()
        finally:
            together(system.services, stop=False)
        assert codes == [0] * (len(behind) + len(system.services))
        assert len(set(load.answered)) == len(load.answered)
        end_of_all(desk, partner, load.answered)


def end_of_all(desk: Caller, partner: Caller, paths: Sequence[str]) -> None:
    """Every application is authorised, and the ledger holds one unit for each."""
    for path in paths:
        partner.until(path, lambda file: file["state"] in ("approved", "authorised"))
    release(desk)
    for path in paths:
        partner.until(path, lambda file: file["state"] == "authorised")
    account = partner.until(f"/v1/programmes/h200-2026/accounts/{partner.name}", lambda _: True)
    assert account["balance"]["granted_units"] == len(paths)  # type: ignore[index]
    verdict = desk.post("/v1/operator/verify", {"reason": "After a stop", "programme_id": "h200-2026"}).json()
    assert verdict["good"]
