"""The notification service whole, on the memory transport and a real store: commands in, notices out, webhook told."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from deploy.local.redis import Redis
from schemas.base import Fact
from schemas.catalogue import NOTICES
from schemas.notification import NoticeDelivered, NoticeFailed, NoticeQueued, Notify, RegisterRecipient
from services.kit.store import Store, connect
from services.kit.tasks import end
from services.kit.transport.memory import MemoryTransport
from services.notification.adapters.webhook import WebhookOptions
from services.notification.bootstrap import workers
from tests.builders import build
from tests.component.kit.harness import facts, memory, surroundings, tell, until
from tests.component.notification.receivers import receiver

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
COMPANIES = ("lanwei-compute", "qingyun-models", "borealis-labs")


@pytest.fixture
async def store(redis_server: Callable[..., Redis]) -> AsyncIterator[Store]:
    made = Store(connect(redis_server(appendonly=False).url, 2.0))
    yield made
    await made.stop()


@asynccontextmanager
async def service(transport: MemoryTransport, store: Store, webhook: WebhookOptions | None) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(worker.run()) for worker in workers(surroundings(transport, store), webhook)]
    try:
        yield
    finally:
        await end(tasks)


def webhook(port: int) -> WebhookOptions:
    return WebhookOptions(
        f"http://127.0.0.1:{port}/hook",
        (SECRET,),
        allow_private=True,
        attempts_max=3,
        backoff_seconds_min=0.001,
        backoff_seconds_max=0.002,
    )


def notify(company: str, number: int = 1) -> Notify:
    return build(Notify, command_id=f"{company}-{number}", recipient_id=company, template="company-registered")


async def said(transport: MemoryTransport, kind: type[Fact]) -> Sequence[Fact]:
    return [fact for fact in await facts(transport, NOTICES) if isinstance(fact, kind)]


async def count(transport: MemoryTransport, kind: type[Fact], number: int) -> None:
    async def there() -> bool:
        return len(await said(transport, kind)) >= number

    await until(there)


async def test_every_company_is_told_in_its_language_and_its_delivery_recorded(store: Store) -> None:
    transport = memory()
    async with receiver(web.Response(status=503), web.Response()) as (port, seen):
        for company in COMPANIES[:2]:
            language = "zh" if company == "lanwei-compute" else "en"
            registered = build(RegisterRecipient, command_id=f"{company}-r", recipient_id=company, language=language)
            await tell(transport, [registered])
        await tell(transport, [notify(company) for company in COMPANIES])
        async with service(transport, store, webhook(port)):
            await count(transport, NoticeDelivered, 3)
    bodies = {body["recipient_id"]: body for body in map(json.loads, seen.bodies)}
    assert {company: bodies[company]["language"] for company in COMPANIES} == {
        "lanwei-compute": "zh", "qingyun-models": "en", "borealis-labs": "zh+en",
    }  # fmt: skip
    assert len(seen.bodies) == 4


async def test_without_a_webhook_notices_wait_and_are_sent_when_there_is_one(store: Store) -> None:
    transport = memory()
    await tell(transport, [notify(company) for company in COMPANIES])
    async with service(transport, store, None):
        await count(transport, NoticeQueued, 3)
    assert await said(transport, NoticeDelivered) == []
    async with receiver(web.Response()) as (port, seen), service(transport, store, webhook(port)):
        await count(transport, NoticeDelivered, 3)
    assert len(seen.bodies) == 3


async def test_what_was_told_is_not_told_again_after_a_restart_on_an_empty_store(
    store: Store, redis_server: Callable[..., Redis]
) -> None:
    transport = memory()
    async with receiver(web.Response()) as (port, seen):
        await tell(transport, [notify("lanwei-compute")])
        async with service(transport, store, webhook(port)):
            await count(transport, NoticeDelivered, 1)
        empty = Store(connect(redis_server(appendonly=False).url, 2.0))
        await tell(transport, [notify("lanwei-compute"), notify("lanwei-compute", 2)])
        async with service(transport, empty, webhook(port)):
            await count(transport, NoticeDelivered, 2)
        await empty.stop()
    assert [json.loads(body)["notice_id"] for body in seen.bodies] == ["lanwei-compute-1", "lanwei-compute-2"]
    assert len(await said(transport, NoticeQueued)) == 2


async def test_a_receiver_that_is_gone_for_good_fails_the_notice(store: Store) -> None:
    transport = memory()
    await tell(transport, [notify("lanwei-compute")])
    async with receiver(web.Response(status=410)) as (port, _), service(transport, store, webhook(port)):
        await count(transport, NoticeFailed, 1)
    (failed,) = await said(transport, NoticeFailed)
    assert isinstance(failed, NoticeFailed)
    assert (failed.notice_id, failed.attempts, failed.error) == ("lanwei-compute-1", 1, "http-410")
