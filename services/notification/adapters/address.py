"""Which addresses a webhook may reach: judged on the address itself, at connect time, after every name was resolved.

`ipaddress.is_global` alone is no guard: in Python 3.11 it is true for NAT64 and 6to4, which lead back inside.
The lists follow the IANA special-purpose registries; for IPv6 only global unicast (2000::/3) is open at all,
which leaves out loopback, link-local, unique local, multicast, IPv4-mapped, NAT64 and whatever is assigned next.
"""

import errno
import socket
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_address

_CLOSED_IPV4 = tuple(
    IPv4Network(one)
    for one in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    )
)  # fmt: skip
_OPEN_IPV6 = IPv6Network("2000::/3")
_CLOSED_IPV6 = tuple(
    IPv6Network(one)
    for one in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
)  # fmt: skip

AddressInfo = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[str | int | bytes, ...]]
"""One answer of `getaddrinfo`: family, type, protocol, canonical name, socket address."""


class AddressRefused(OSError):
    """Raised at connect time for an address that a webhook may not reach; the sender gives the notice up."""

    def __init__(self) -> None:
        super().__init__(errno.EACCES, "the webhook's address is not allowed")


def is_public(address: str) -> bool:
    """True for an address on the public internet; false also for what is no address."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if parsed.version == 4:
        return not any(parsed in network for network in _CLOSED_IPV4)
    return parsed in _OPEN_IPV6 and not any(parsed in network for network in _CLOSED_IPV6)


def is_loopback(address: str) -> bool:
    """True for this machine's own address."""
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def guarded_sockets(admits: Callable[[str], bool]) -> Callable[[AddressInfo], socket.socket]:
    """A socket factory for aiohttp's connector that opens no socket to an address that is not admitted."""

    def opened(info: AddressInfo) -> socket.socket:
        family, kind, protocol, _, address = info
        if not admits(str(address[0])):
            raise AddressRefused
        return socket.socket(family, kind, protocol)

    return opened
