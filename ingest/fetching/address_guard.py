"""No requests into private networks (SSRF): resolve a host, check its addresses, connect to one.

URLs come from editors, redirects and feeds. The connection goes to the checked IP address itself,
so a name that resolves differently a moment later (DNS rebinding) has no effect.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Collection

import httpcore
import httpx

from ingest.core.errors import LoadError
from ingest.fetching.deadline import DeadlineBackend
from ingest.fetching.errors import NoResponseError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], list[str]]

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_SITE_LOCAL = ipaddress.ip_network("fec0::/10")


def is_public(text: str) -> bool:
    """Whether an IP address is globally reachable, also where IPv6 embeds an IPv4 address."""
    try:
        address: Address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address.teredo is not None:
            inner = address.teredo[1]
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if address in _SITE_LOCAL:
            return False
    return address.is_global and not address.is_multicast


def resolve(host: str, port: int) -> list[str]:
    """The IP addresses of ``host``.

    Raises:
        OSError, UnicodeError: it has none.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class GuardedTransport(httpx.HTTPTransport):
    """Connects to public addresses, and to ``private_hosts`` (``host`` or ``host:port``) anywhere.

    A request and its response take ``max_seconds`` at most.
    """

    def __init__(
        self, private_hosts: Collection[str], *, max_seconds: float, resolver: Resolve = resolve
    ) -> None:
        # Kept connections are told apart by IP address, not by host name, so none is kept.
        limits = httpx.Limits(max_keepalive_connections=0)
        super().__init__(limits=limits, trust_env=False)
        assert isinstance(self._pool, httpcore.ConnectionPool)  # noqa: S101 - there is no proxy
        self._pool._network_backend = DeadlineBackend(max_seconds)  # httpx has no parameter for it
        self.private_hosts = frozenset(host.lower() for host in private_hosts)
        self.resolver = resolver

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send ``request`` to the checked address of its host.

        Raises:
            LoadError: the host is in a private network, or unknown.
        """
        host = request.url.host
        port = request.url.port or (443 if request.url.scheme == "https" else 80)
        address = self._checked_address(host, port)
        request.extensions = {**request.extensions, "sni_hostname": host}
        request.url = request.url.copy_with(host=address)
        return super().handle_request(request)

    def _checked_address(self, host: str, port: int) -> str:
        try:
            addresses = self.resolver(host, port)
        except (OSError, UnicodeError) as error:
            temporary = getattr(error, "errno", None) == socket.EAI_AGAIN
            code = "name_lookup_failed" if temporary else "unknown_host"
            raise NoResponseError(code, host=host) from error
        if not addresses:
            raise NoResponseError("unknown_host", host=host)
        if {host.lower(), f"{host.lower()}:{port}"} & self.private_hosts:
            return addresses[0]
        if not all(map(is_public, addresses)):
            raise LoadError("private_network", host=host)
        return addresses[0]
