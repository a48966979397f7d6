"""Delivers notices to one configured webhook: signed, bounded in time, size and attempts.

2xx = delivered, whatever body follows; 408, 425, 429, 5xx, timeouts and broken connections are tried again; every
other answer, a redirect too, ends the notice at once. The receiver may see a notice twice: `webhook-id` is its id.
Nothing is logged here: the outcome, without content, is in the command that `send` returns.
"""

import asyncio
import json
import random
import ssl
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from pathlib import Path

import aiohttp
from yarl import URL

from schemas.base import Command, Fact, derived_id
from schemas.catalogue import NOTICES
from schemas.notification import NoticeDelivered, NoticeFailed, NoticeQueued, RecordDelivery
from services.kit.contract import Recorded, Sender
from services.notification.adapters.address import AddressRefused, guarded_sockets, is_loopback, is_public
from services.notification.adapters.signature import signed_headers, signing_key

_RETRIED = frozenset((408, 425, 429))
_URL_CHARACTERS_MAX = 2_000
_RETRY_AFTER_DIGITS_MAX = 10
_DOUBLINGS_MAX = 30


@dataclass(frozen=True, slots=True)
class WebhookOptions:
    """Where notices go and how long is tried. Seconds; `secrets` are `whsec_...`, two while a secret is rotated.

    `allow_private` admits addresses that are not public, and plain http to this machine: for tests and the demo.
    `ca_file` names the authorities to trust instead of the system's. Raises ValueError, never with a secret in it.
    """

    url: str
    secrets: tuple[str, ...] = field(repr=False)
    allow_private: bool = False
    ca_file: Path | None = None
    attempts_max: int = 8
    seconds_max: float = 300.0
    attempt_seconds_max: float = 10.0
    backoff_seconds_min: float = 0.5
    backoff_seconds_max: float = 60.0
    retry_after_seconds_max: float = 120.0
    body_bytes_max: int = 256 * 1024
    header_bytes_max: int = 8 * 1024

    def __post_init__(self) -> None:
        check_url(self.url, self.allow_private)
        if not self.secrets:
            raise ValueError("a webhook needs at least one secret")
        for secret in self.secrets:
            signing_key(secret)


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one attempt. `error` is None when delivered; `retry_after` in seconds, 0 if not said."""

    error: str | None
    again: bool = False
    retry_after: float = 0.0


def webhook_sender(options: WebhookOptions) -> Sender:
    """The sender of notices to one webhook. Started only where a webhook is configured."""
    return Sender(
        name="webhook", service="notification", topic=NOTICES, opens=_opens, closes=_closes, send=_send_with(options)
    )


def _opens(fact: Fact) -> str | None:
    return fact.notice_id if isinstance(fact, NoticeQueued) else None


def _closes(fact: Fact) -> str | None:
    return fact.notice_id if isinstance(fact, NoticeDelivered | NoticeFailed) else None


def _send_with(options: WebhookOptions) -> Callable[[Fact, Recorded], Awaitable[Command]]:
    trusted = ssl.create_default_context(cafile=options.ca_file)
    keys = tuple(signing_key(secret) for secret in options.secrets)

    async def send(fact: Fact, _: Recorded) -> Command:
        if not isinstance(fact, NoticeQueued):
            raise TypeError(f"{type(fact).__name__} is no notice")
        body = payload(fact)
        if len(body) > options.body_bytes_max:
            return outcome(fact, 1, "body-too-large")
        async with _session(options, trusted) as session:
            return await _deliver(session, options, keys, fact, body)

    return send


def payload(notice: NoticeQueued) -> bytes:
    """The body: one JSON object, UTF-8."""
    return json.dumps(
        {
            "type": "notice",
            "notice_id": notice.notice_id,
            "recipient_id": notice.recipient_id,
            "application_id": notice.application_id,
            "template": notice.template,
            "language": notice.language,
            "subject": notice.subject,
            "text": notice.text,
            "cause": notice.cause,
            "at": notice.at.isoformat(),
        },
        ensure_ascii=False,
    ).encode()


def outcome(notice: NoticeQueued, attempts: int, error: str | None) -> RecordDelivery:
    """The command that tells the lane; its id follows from its content, so the same report is a repeat."""
    return RecordDelivery(
        command_id=derived_id(notice.notice_id, "delivery", str(attempts), error or ""),
        recipient_id=notice.recipient_id,
        notice_id=notice.notice_id,
        attempts=attempts,
        delivered=error is None,
        error=error,
    )


def _session(options: WebhookOptions, trusted: ssl.SSLContext) -> aiohttp.ClientSession:
    """A session of its own per notice: no cookie, proxy or connection is carried from one to the next."""
    connector = aiohttp.TCPConnector(
        ssl=trusted, force_close=True, use_dns_cache=False, socket_factory=guarded_sockets(_admission(options))
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=options.attempt_seconds_max),
        auto_decompress=False,
        trust_env=False,
        max_line_size=options.header_bytes_max,
        max_field_size=options.header_bytes_max,
    )


def _admission(options: WebhookOptions) -> Callable[[str], bool]:
    """Which addresses this webhook may reach: public ones; plain http reaches this machine only."""
    if not options.allow_private:
        return is_public
    if _parsed(options.url).scheme == "http":
        return is_loopback
    return lambda _: True


async def _deliver(
    session: aiohttp.ClientSession, options: WebhookOptions, keys: tuple[bytes, ...], notice: NoticeQueued, body: bytes
) -> RecordDelivery:
    """Attempts until delivered, given up, or out of attempts or time."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + options.seconds_max
    for attempt in range(1, options.attempts_max + 1):
        answer = await _attempt(session, options.url, keys, notice.notice_id, body)
        wait = wait_seconds(options, attempt, answer.retry_after, random.random())
        last = attempt == options.attempts_max or loop.time() + wait > deadline
        if answer.error is None or not answer.again or last:
            break
        await asyncio.sleep(wait)
    return outcome(notice, attempt, answer.error)


async def _attempt(
    session: aiohttp.ClientSession, url: str, keys: tuple[bytes, ...], notice_id: str, body: bytes
) -> Answer:
    now = time.time()
    headers = {
        **signed_headers(keys, notice_id, int(now), body),
        "content-type": "application/json; charset=utf-8",
        "accept-encoding": "identity",
        "user-agent": "greenlight",
    }
    try:
        # The status is the whole answer: the body is never read, so it can neither flood nor drip.
        async with session.post(url, data=body, headers=headers, allow_redirects=False) as response:
            return _judged(response.status, retry_after_seconds(response.headers.get("retry-after", ""), now))
    except (aiohttp.ClientError, TimeoutError) as error:
        return Answer(error_name(error), again=not _refused(error))


def _judged(status: int, retry_after: float) -> Answer:
    if 200 <= status < 300:
        return Answer(None)
    return Answer(f"http-{status}", again=status in _RETRIED or 500 <= status < 600, retry_after=retry_after)


def _refused(error: Exception) -> bool:
    """True where no attempt can succeed: an address that is not allowed, or one written so as to look like another."""
    return isinstance(error, aiohttp.InvalidURL) or (
        isinstance(error, aiohttp.ClientConnectorError) and isinstance(error.os_error, AddressRefused)
    )


def error_name(error: Exception) -> str:
    """The class of a failed attempt, as it is recorded: a word, never the endpoint's."""
    if _refused(error):
        return "address-refused"
    for kind, name in (
        (TimeoutError, "timeout"),
        (aiohttp.ClientConnectorDNSError, "dns"),
        (aiohttp.ClientSSLError, "tls"),
        (aiohttp.ClientConnectorError, "connect"),
        (aiohttp.ClientResponseError, "bad-answer"),
    ):
        if isinstance(error, kind):
            return name
    return "disconnected"


def wait_seconds(options: WebhookOptions, attempt: int, retry_after: float, jitter: float) -> float:
    """Seconds before the next attempt: doubled each time, half of it by `jitter` (0 .. 1); or what was asked for."""
    doubled = min(options.backoff_seconds_max, options.backoff_seconds_min * 2.0 ** min(attempt - 1, _DOUBLINGS_MAX))
    return max(doubled * (1 + jitter) / 2, min(retry_after, options.retry_after_seconds_max))


def retry_after_seconds(value: str, now: float) -> float:
    """Seconds that a Retry-After header asks for, as a number or as a date; 0 for none, the past or nonsense."""
    if value.isascii() and value.isdigit() and len(value) <= _RETRY_AFTER_DIGITS_MAX:
        return float(value)
    try:
        wanted = parsedate_to_datetime(value)
        return max(0.0, wanted.replace(tzinfo=wanted.tzinfo or UTC).timestamp() - now)
    except (ValueError, TypeError, OverflowError):
        return 0.0


def check_url(text: str, allow_private: bool) -> None:
    """Raise ValueError, without any of it, unless notices may be posted there."""
    url = _parsed(text)
    if url.scheme != "https" and not (allow_private and url.scheme == "http"):
        raise ValueError("the webhook's URL must be https")
    if not url.host or url.user is not None or url.password is not None or url.fragment:
        raise ValueError("the webhook's URL must have a host, and neither user, password nor fragment")


def _parsed(url: str) -> URL:
    if len(url) > _URL_CHARACTERS_MAX or not url.isprintable() or " " in url:
        raise ValueError("the webhook's URL is too long or holds a space or control character")
    try:
        return URL(url)
    except ValueError:
        raise ValueError("the webhook's URL cannot be read") from None
