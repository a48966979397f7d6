"""Signs a webhook as Standard Webhooks asks (https://www.standardwebhooks.com): HMAC-SHA256, version 1."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping

SECRET_PREFIX = "whsec_"
KEY_BYTES_MIN = 24
KEY_BYTES_MAX = 64


def signing_key(secret: str) -> bytes:
    """The key in a `whsec_...` secret, 24 to 64 bytes. Raises ValueError, which never holds the secret."""
    if not secret.startswith(SECRET_PREFIX):
        raise ValueError(f"a webhook secret starts with {SECRET_PREFIX}")
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(f"a webhook secret is base64 after {SECRET_PREFIX}") from None
    if not KEY_BYTES_MIN <= len(key) <= KEY_BYTES_MAX:
        raise ValueError(f"a webhook secret holds {KEY_BYTES_MIN} to {KEY_BYTES_MAX} bytes")
    return key


def signed_headers(keys: tuple[bytes, ...], notice_id: str, timestamp: int, body: bytes) -> Mapping[str, str]:
    """The three headers; `timestamp` in whole seconds since the epoch. One signature per key, so keys can rotate."""
    content = f"{notice_id}.{timestamp}.".encode() + body
    return {
        "webhook-id": notice_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(_signature(key, content) for key in keys),
    }


def _signature(key: bytes, content: bytes) -> str:
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
