"""The webhook sender against a real server that behaves, and against ones that do not."""

import asyncio
import base64
import json
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web
from standardwebhooks.webhooks import Webhook

from schemas.base import Command
from schemas.notification import NoticeDelivered, NoticeFailed, NoticeQueued, RecordDelivery
from services.kit.contract import Recorded
from services.notification.adapters.webhook import WebhookOptions, webhook_sender
from tests.builders import build
from tests.component.notification.authorities import write_authority
from tests.component.notification.receivers import receiver

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
AT = datetime(2026, 1, 28, 9, 0, tzinfo=UTC)
NOTICE = NoticeQueued(
    command_id="notice-1",
    at=AT,
    command_sha256="0" * 64,
    recipient_id="northwind-compute",
    notice_id="notice-1",
    template="application-refused",
    template_version=1,
    language="zh",
    subject="申请 app-7 不予批准",
    text="方案 h200-2026 项下的申请 app-7 不予批准。\n\n理由:\n- 示例",
    cause="cause-1",
    application_id="app-7",
)
RECORDED = Recorded("notices", 0, 0, "1", "/greenlight/notification/notices/0", AT, "cause-1", "notice-1")


def options(port: int, **changes: object) -> WebhookOptions:
    quick = WebhookOptions(
        f"http://127.0.0.1:{port}/hook",
        (SECRET,),
        allow_private=True,
        attempts_max=3,
        seconds_max=30.0,
        attempt_seconds_max=5.0,
        backoff_seconds_min=0.001,
        backoff_seconds_max=0.002,
        retry_after_seconds_max=0.001,
    )
    return replace(quick, **changes)  # type: ignore[arg-type]  # the names are checked by the dataclass itself


async def deliver(chosen: WebhookOptions) -> RecordDelivery:
    command: Command = await webhook_sender(chosen).send(NOTICE, RECORDED)
    assert isinstance(command, RecordDelivery)
    return command


Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def misbehaving(behave: Behaviour) -> AsyncIterator[tuple[int, list[None]]]:
    """A TCP server that does as it likes; the list grows by one for each connection."""
    connections: list[None] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(None)
        try:
            await behave(reader, writer)
        except ConnectionError:
            pass  # the sender hung up, as it should
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], connections
    finally:
        server.close()


async def test_a_notice_is_posted_once_signed_and_reported_as_delivered() -> None:
    async with receiver(web.Response(status=204)) as (port, seen):
        report = await deliver(options(port))
    assert (report.delivered, report.attempts, report.error) == (True, 1, None)
    assert (report.notice_id, report.recipient_id) == ("notice-1", "northwind-compute")
    assert Webhook(SECRET).verify(seen.bodies[0], seen.headers[0]) == {
        "type": "notice",
        "notice_id": "notice-1",
        "recipient_id": "northwind-compute",
        "application_id": "app-7",
        "template": "application-refused",
        "language": "zh",
        "subject": NOTICE.subject,
        "text": NOTICE.text,
        "cause": "cause-1",
        "at": "2026-01-28T09:00:00+00:00",
    }
    assert seen.headers[0]["webhook-id"] == "notice-1"
    assert seen.headers[0]["content-type"].startswith("application/json")


@pytest.mark.parametrize(
    ("status", "delivered", "attempts", "error"),
    [
        (200, True, 1, None),
        (202, True, 1, None),
        (299, True, 1, None),
        (301, False, 1, "http-301"),
        (304, False, 1, "http-304"),
        (400, False, 1, "http-400"),
        (401, False, 1, "http-401"),
        (404, False, 1, "http-404"),
        (408, False, 3, "http-408"),
        (410, False, 1, "http-410"),
        (413, False, 1, "http-413"),
        (425, False, 3, "http-425"),
        (429, False, 3, "http-429"),
        (500, False, 3, "http-500"),
        (503, False, 3, "http-503"),
        (599, False, 3, "http-599"),
    ],
)
async def test_the_status_alone_decides(status: int, delivered: bool, attempts: int, error: str | None) -> None:
    async with receiver(web.Response(status=status)) as (port, seen):
        report = await deliver(options(port))
    assert (report.delivered, report.attempts, report.error) == (delivered, attempts, error)
    assert len(seen.bodies) == attempts


async def test_a_receiver_that_recovers_gets_the_same_notice_under_the_same_id() -> None:
    async with receiver(web.Response(status=503), web.Response(status=429), web.Response()) as (port, seen):
        report = await deliver(options(port))
    assert (report.delivered, report.attempts) == (True, 3)
    assert len(set(seen.bodies)) == 1
    assert {headers["webhook-id"] for headers in seen.headers} == {"notice-1"}


async def test_the_same_report_has_the_same_id_and_another_report_another() -> None:
    async with receiver(web.Response()) as (port, _):
        first, again = await deliver(options(port)), await deliver(options(port))
    async with receiver(web.Response(status=410)) as (port, _):
        failed = await deliver(options(port))
    assert first == again
    assert failed.command_id != first.command_id


async def test_attempts_stop_when_the_next_wait_would_pass_the_time_limit() -> None:
    asked = web.Response(status=503, headers={"retry-after": "60"})
    async with receiver(asked) as (port, seen):
        report = await deliver(options(port, seconds_max=5.0, retry_after_seconds_max=60.0))
    assert (report.delivered, report.attempts, report.error) == (False, 1, "http-503")
    assert len(seen.bodies) == 1


async def test_a_redirect_is_not_followed() -> None:
    async with receiver(web.Response()) as (other, elsewhere):
        away = web.Response(status=307, headers={"location": f"http://127.0.0.1:{other}/"})
        async with receiver(away) as (port, seen):
            report = await deliver(options(port))
    assert (report.delivered, report.error) == (False, "http-307")
    assert (len(seen.bodies), elsewhere.bodies) == (1, [])


async def test_a_cookie_is_not_carried_to_the_next_attempt() -> None:
    baking = web.Response(status=503, headers={"set-cookie": "track=1"})
    async with receiver(baking, web.Response()) as (port, seen):
        await deliver(options(port))
    assert "cookie" not in seen.headers[1]


async def hang(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Take everything, say nothing, until the sender hangs up."""
    while await reader.read(65_536):
        pass


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Read a little, then drop the connection with RST."""
    await reader.read(10)
    raw = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """An answer whose headers come a byte at a time, for ever."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"x-drip: 1\r\n"[:1])
        await writer.drain()
        await asyncio.sleep(0.01)  # the receiver's pace, not a wait for anything


async def flood_headers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A header without end."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nx-flood: ")
    while True:
        writer.write(b"x" * 65_536)
        await writer.drain()


async def rubbish(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """No HTTP at all."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"\x00\x01\x02 hello\r\n\r\n")
    await writer.drain()


async def silence(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Close without an answer."""
    await reader.readuntil(b"\r\n\r\n")


@pytest.mark.parametrize(
    ("behave", "errors"),
    [
        (hang, {"timeout"}),
        (drip, {"timeout"}),
        (reset, {"disconnected", "connect"}),
        (silence, {"disconnected"}),
        (flood_headers, {"bad-answer"}),
        (rubbish, {"bad-answer"}),
    ],
)
async def test_a_misbehaving_receiver_is_tried_again_and_then_given_up(behave: Behaviour, errors: set[str]) -> None:
    async with misbehaving(behave) as (port, connections):
        report = await deliver(options(port, attempts_max=2, attempt_seconds_max=0.2))
    assert not report.delivered
    assert report.error in errors
    assert (report.attempts, len(connections)) == (2, 2)


async def test_a_flood_after_the_status_is_left_unread() -> None:
    written = 0

    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000000\r\n\r\n")
        while True:
            writer.write(b"x" * 65_536)
            await writer.drain()
            written += 65_536

    async with misbehaving(flood) as (port, _):
        report = await deliver(options(port))
    assert report.delivered
    assert written < 64 * 1024 * 1024


async def test_nobody_listening_is_tried_again_and_then_given_up() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        report = await deliver(options(unused.getsockname()[1]))
    assert (report.delivered, report.attempts, report.error) == (False, 3, "connect")


INSIDE = ("127.0.0.1", "127.1", "0x7f000001", "2130706433", "localhost", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]")


@pytest.mark.parametrize("host", INSIDE)
async def test_an_inside_address_is_never_connected_to(host: str) -> None:
    async with misbehaving(hang) as (port, connections):
        report = await deliver(replace(options(port), url=f"https://{host}:{port}/hook", allow_private=False))
    assert (report.delivered, report.attempts, report.error) == (False, 1, "address-refused")
    assert connections == []


async def test_plain_http_reaches_this_machine_only_even_when_private_addresses_are_allowed() -> None:
    report = await deliver(options(1, url="http://192.0.2.1/hook"))
    assert (report.attempts, report.error) == (1, "address-refused")


async def test_a_body_beyond_its_limit_is_not_sent() -> None:
    async with receiver(web.Response()) as (port, seen):
        report = await deliver(options(port, body_bytes_max=100))
    assert (report.delivered, report.error, seen.bodies) == (False, "body-too-large", [])


async def test_the_environments_proxy_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    async with receiver(web.Response()) as (port, _):
        assert (await deliver(options(port))).delivered


@pytest.mark.parametrize(("trusted", "delivered", "error"), [(True, True, None), (False, False, "tls")])
async def test_a_certificate_must_come_from_a_trusted_authority(
    tmp_path: Path, trusted: bool, delivered: bool, error: str | None
) -> None:
    authority = write_authority(tmp_path, "127.0.0.1")
    stranger = write_authority(tmp_path / "stranger", "127.0.0.1")

    async def handle(_: web.Request) -> web.Response:
        return web.Response()

    app = web.Application()
    app.router.add_post("/hook", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=authority.server_context()).start()
    try:
        port = runner.addresses[0][1]
        ca_file = (authority if trusted else stranger).ca_file
        report = await deliver(options(port, url=f"https://127.0.0.1:{port}/hook", ca_file=ca_file))
    finally:
        await runner.cleanup()
    assert (report.delivered, report.error) == (delivered, error)


def test_a_queued_notice_opens_a_delivery_and_its_outcome_closes_it() -> None:
    sender = webhook_sender(options(1))
    delivered = build(NoticeDelivered, notice_id="notice-1")
    failed = build(NoticeFailed, notice_id="notice-1")
    assert [sender.opens(fact) for fact in (NOTICE, delivered, failed)] == ["notice-1", None, None]
    assert [sender.closes(fact) for fact in (NOTICE, delivered, failed)] == [None, "notice-1", "notice-1"]


async def test_a_cancelled_delivery_ends_at_once_without_a_report() -> None:
    connected = asyncio.Event()

    async def announce_and_hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.set()
        await hang(reader, writer)

    async with misbehaving(announce_and_hang) as (port, _):
        task = asyncio.create_task(deliver(options(port)))
        await connected.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_nothing_of_the_payload_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    async with receiver(web.Response(status=500)) as (port, seen):
        await deliver(options(port))
    assert json.loads(seen.bodies[0])["subject"] == NOTICE.subject
    assert "app-7" not in caplog.text
    assert "whsec_" not in caplog.text
