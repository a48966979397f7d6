"""Routes that are called straight answer as the framework would have them answer."""

import httpx
import pytest
from fastapi.routing import APIRoute

from schemas.base import Command, Fact
from services.intake.http.measured import UNMATCHED, Measured
from services.kit.metrics import Metrics
from tests.component.intake.edge import Edge, Lanes, edge, errors, form, shared


async def broken(_: Lanes, command: Command, wait_seconds: float) -> Fact | None:
    raise KeyError("what was sent")


async def test_a_bug_in_a_post_is_a_problem_that_says_nothing_of_its_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Lanes, "ask", broken)
    answer = await shared().post("/v1/applications", form())
    assert (answer.status_code, errors(answer)) == (500, [])
    assert "what was sent" not in answer.text


async def test_a_bug_in_a_post_reaches_the_server_which_logs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Lanes, "ask", broken)
    headers = {"authorization": "Bearer partner", "idempotency-key": "k"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(shared().app), base_url="http://edge.example") as client:
        with pytest.raises(KeyError):
            await client.post("/v1/applications", json=form(), headers=headers)


async def counted(one: Edge) -> dict[tuple[str, str, str], float]:
    """Answers by method, route and status, after one of each kind."""
    metrics = Metrics()
    one.app.doors = Measured(one.app.doors, metrics)
    await one.post("/v1/applications", form())
    await one.post("/v1/applications", form(), secret=None)
    await one.post("/v1/operator/tokens/none/revoke", {}, secret="operator")
    await one.get("/v1/companies/none")
    await one.get("/nowhere")
    return {
        (sample.labels["method"], sample.labels["route"], sample.labels["status"]): sample.value
        for metric in metrics.registry.collect()
        for sample in metric.samples
        if sample.name == "greenlight_http_requests_total"
    }


async def test_answers_are_counted_by_the_template_of_their_route() -> None:
    assert await counted(edge()) == {
        ("POST", "/v1/applications", "422"): 1,
        ("POST", UNMATCHED, "401"): 1,
        ("POST", "/v1/operator/tokens/{token_id}/revoke", "422"): 1,
        ("GET", "/v1/companies/{company_id}", "404"): 1,
        ("GET", UNMATCHED, "404"): 1,
    }


POSTS = [route.path for route in shared().app.routes if isinstance(route, APIRoute) and "POST" in (route.methods or ())]


@pytest.mark.parametrize("path", POSTS)
async def test_another_method_is_405_or_the_routes_own(path: str) -> None:
    async with shared().client("operator") as client:
        answer = await client.put(path.replace("{", "").replace("}", ""))
    assert (answer.status_code, errors(answer)) == (405, [])
