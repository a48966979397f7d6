"""Rules of the webhook sender that need no network: addresses, signatures, waiting, options."""

import base64
import socket
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook

from services.notification.adapters.address import AddressRefused, guarded_sockets, is_public
from services.notification.adapters.signature import signed_headers, signing_key
from services.notification.adapters.webhook import WebhookOptions, retry_after_seconds, wait_seconds

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
NEXT_SECRET = "whsec_" + base64.b64encode(bytes(range(24))).decode()


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("1.1.1.1", True),
        ("2606:4700:4700::1111", True),
        ("2400:cb00::1", True),
        ("0.0.0.0", False),
        ("10.1.2.3", False),
        ("100.64.0.1", False),
        ("127.0.0.1", False),
        ("127.255.255.254", False),
        ("169.254.169.254", False),
        ("172.16.0.1", False),
        ("172.31.255.255", False),
        ("192.0.0.1", False),
        ("192.0.2.1", False),
        ("192.88.99.1", False),
        ("192.168.1.1", False),
        ("198.18.0.1", False),
        ("198.51.100.1", False),
        ("203.0.113.1", False),
        ("224.0.0.1", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("::ffff:8.8.8.8", False),
        ("::ffff:127.0.0.1", False),
        ("::127.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::808:808", False),
        ("64:ff9b:1::1", False),
        ("100::1", False),
        ("2001::1", False),
        ("2001:db8::1", False),
        ("2002:7f00:1::", False),
        ("3fff::1", False),
        ("5f00::1", False),
        ("fc00::1", False),
        ("fd12:3456::1", False),
        ("fe80::1", False),
        ("fe80::1%1", False),
        ("ff02::1", False),
        ("127.1", False),
        ("hooks.example", False),
        ("", False),
    ],
)
def test_only_public_addresses_are_reached(address: str, public: bool) -> None:
    assert is_public(address) is public


@given(address=st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
def test_nothing_that_python_knows_to_be_inside_counts_as_public(address: IPv4Address | IPv6Address) -> None:
    if not address.is_global or address.is_multicast:
        assert not is_public(str(address))


@given(inside=st.ip_addresses(v=4))
def test_no_address_is_reached_through_another_that_contains_it(inside: IPv4Address) -> None:
    for network in ("::ffff:0:0", "64:ff9b::", "::"):
        assert not is_public(str(IPv6Address(int(IPv6Address(network)) | int(inside))))
    assert not is_public(str(IPv6Address(int(IPv6Address("2002::")) | int(inside) << 80)))


def test_a_refused_address_gets_no_socket() -> None:
    opened = guarded_sockets(is_public)
    with pytest.raises(AddressRefused):
        opened((socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", 443)))
    with opened((socket.AF_INET, socket.SOCK_STREAM, 0, "", ("8.8.8.8", 443))) as one:
        assert one.family == socket.AF_INET


@given(body=st.text(max_size=200), notice_id=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,30}", fullmatch=True))
def test_the_signature_is_that_of_the_reference_library(body: str, notice_id: str) -> None:
    headers = signed_headers((signing_key(SECRET),), notice_id, 1_769_590_800, body.encode())
    reference = Webhook(SECRET).sign(notice_id, datetime.fromtimestamp(1_769_590_800, UTC), body)
    assert headers["webhook-signature"] == reference
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == (notice_id, "1769590800")


@pytest.mark.parametrize("secret", [SECRET, NEXT_SECRET])
def test_while_a_secret_is_rotated_both_verify(secret: str) -> None:
    now = int(datetime.now(UTC).timestamp())
    headers = signed_headers((signing_key(SECRET), signing_key(NEXT_SECRET)), "notice-1", now, b"{}")
    assert Webhook(secret).verify(b"{}", dict(headers)) == {}


@pytest.mark.parametrize(
    ("secret", "complaint"),
    [
        ("", "starts with whsec_"),
        ("hush-hush", "starts with whsec_"),
        ("whsec_%%%", "is base64"),
        ("whsec_" + base64.b64encode(bytes(23)).decode(), "24 to 64 bytes"),
        ("whsec_" + base64.b64encode(bytes(65)).decode(), "24 to 64 bytes"),
    ],
)
def test_a_bad_secret_is_refused_without_being_repeated(secret: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint) as raised:
        WebhookOptions("https://hooks.example/", (secret,))
    assert not secret or secret not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "allow_private", "complaint"),
    [
        ("http://hooks.example/", False, "must be https"),
        ("ftp://hooks.example/", True, "must be https"),
        ("https:///path", False, "must have a host"),
        ("https://user@hooks.example/", False, "neither user"),
        ("https://user:word@hooks.example/", False, "neither user"),
        ("https://hooks.example/#part", False, "nor fragment"),
        ("https://hooks.example/\r\nx: y", False, "control character"),
        ("https://hooks.example/" + "a" * 2_000, False, "too long"),
        ("https://[hooks.example/", False, "cannot be read"),
    ],
)
def test_a_bad_url_is_refused_at_start(url: str, allow_private: bool, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        WebhookOptions(url, (SECRET,), allow_private=allow_private)


def test_a_webhook_without_a_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one secret"):
        WebhookOptions("https://hooks.example/", ())


def test_options_never_show_their_secrets() -> None:
    assert "whsec_" not in repr(WebhookOptions("https://hooks.example/", (SECRET,)))


OPTIONS = WebhookOptions(
    "https://hooks.example/",
    (SECRET,),
    backoff_seconds_min=1.0,
    backoff_seconds_max=8.0,
    retry_after_seconds_max=20.0,
)


@pytest.mark.parametrize(
    ("attempt", "retry_after", "jitter", "seconds"),
    [
        (1, 0.0, 0.0, 0.5),
        (1, 0.0, 1.0, 1.0),
        (3, 0.0, 1.0, 4.0),
        (4, 0.0, 1.0, 8.0),
        (9, 0.0, 1.0, 8.0),
        (100_000, 0.0, 0.0, 4.0),
        (1, 15.0, 0.5, 15.0),
        (1, 3_600.0, 0.5, 20.0),
        (4, 1.0, 1.0, 8.0),
    ],
)
def test_waiting_doubles_up_to_its_bound_and_honours_the_receiver(
    attempt: int, retry_after: float, jitter: float, seconds: float
) -> None:
    assert wait_seconds(OPTIONS, attempt, retry_after, jitter) == seconds


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("", 0.0),
        ("0", 0.0),
        ("120", 120.0),
        ("-5", 0.0),
        ("1e9", 0.0),
        ("٣", 0.0),
        ("9" * 11, 0.0),
        ("Wed, 28 Jan 2026 09:01:00 GMT", 60.0),
        ("Wed, 28 Jan 2026 08:59:00 GMT", 0.0),
        ("Wed, 28 Jan 2026 09:01:00 -0000", 60.0),
        ("soon", 0.0),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(value: str, seconds: float) -> None:
    assert retry_after_seconds(value, datetime(2026, 1, 28, 9, 0, tzinfo=UTC).timestamp()) == seconds
