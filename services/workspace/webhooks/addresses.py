"""Where a webhook may go: to the world, and not to what only this server can reach."""

import asyncio
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

REFUSED = "the address is not one of the public internet"


NAT64 = IPv6Network("64:ff9b::/96")


class NoWay(Exception):
    """The address cannot be used; the text says why, without telling what is there."""


@dataclass(frozen=True, slots=True)
class Destination:
    """An address, looked up: the connection goes to `ip` and nowhere else, whatever the name means a moment later."""

    scheme: str
    host: str
    ip: str
    port: int
    path: str

    @property
    def url(self) -> str:
        ip = f"[{self.ip}]" if ":" in self.ip else self.ip
        return f"{self.scheme}://{ip}:{self.port}{self.path}"

    @property
    def host_header(self) -> str:
        usual = 443 if self.scheme == "https" else 80
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == usual else f"{host}:{self.port}"


def is_public(ip: str) -> bool:
    """Whether an address belongs to the public internet, also when IPv4 hides in IPv6.

    >>> [is_public(ip) for ip in ("8.8.8.8", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1",
    "64:ff9b::a00:1")] [True, False, False, False, False, False]
    """
    found: IPv4Address | IPv6Address = ip_address(ip.partition("%")[0])
    if isinstance(found, IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inner is not None:
            return is_public(str(inner))
        if found in NAT64:
            return is_public(str(IPv4Address(int(found) & 0xFFFFFFFF)))
    return found.is_global and not found.is_multicast


def must_be_a_web_address(url: str, *, private: bool) -> None:
    """Without asking anybody. Raises NoWay. `private`: the operator allows private addresses and plain HTTP."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise NoWay("it cannot be read") from None
    if parts.scheme != "https" and not private:
        raise NoWay("it must start with https://")
    if parts.username or parts.password or not parts.hostname or port == 0:
        raise NoWay("it must be a host and a path, without a user name")
    try:
        literal = str(ip_address(parts.hostname))
    except ValueError:
        return
    if not private and not is_public(literal):
        raise NoWay(REFUSED)


async def looked_up(url: str, *, private: bool) -> Destination:
    """The address with its IP. Raises NoWay when any IP of the name is not public: names can be made to mean both."""
    must_be_a_web_address(url, private=private)
    parts = urlsplit(url)
    assert parts.hostname is not None
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        async with asyncio.timeout(5):
            found = await asyncio.get_running_loop().getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, TimeoutError, UnicodeError):
        raise NoWay("its name cannot be found") from None
    ips = [str(one[4][0]) for one in found]
    if not ips or (not private and not all(is_public(ip) for ip in ips)):
        raise NoWay(REFUSED)
    path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    return Destination(parts.scheme, parts.hostname, ips[0], port, path)
