"""One application through the whole system, over HTTP only: the same steps on every stack."""

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import httpx

BOOTSTRAP_TOKEN = "illustrative-bootstrap-token"
BOOTSTRAP_SHA256 = hashlib.sha256(BOOTSTRAP_TOKEN.encode()).hexdigest()
PROGRAMME = "h200-2026"
CHECK_SECONDS = 0.02

Json = Mapping[str, object]


@dataclass
class Caller:
    """Somebody with a token. Keys are numbered, so that each POST is a wish of its own."""

    client: httpx.Client
    token: str
    name: str
    keys: int = field(default=0)

    def post(self, path: str, body: object, key: str = "") -> httpx.Response:
        self.keys += 1
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": key or f"{self.name}-{self.keys}"}
        return self.client.post(path, json=body, headers=headers)

    def get(self, path: str) -> httpx.Response:
        return self.client.get(path, headers={"Authorization": f"Bearer {self.token}"})


def until(read: Callable[[], httpx.Response], holds: Callable[[dict[str, object]], bool], seconds: float = 30) -> dict:
    """The first answer for which the condition holds. Fails with the last answer."""
    deadline = time.monotonic() + seconds
    while True:
        answer = read()
        body: dict[str, object] = answer.json()
        if answer.status_code == 200 and holds(body):
            return body
        assert time.monotonic() < deadline, (answer.status_code, body)
        time.sleep(CHECK_SECONDS)
