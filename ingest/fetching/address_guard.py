"""No request into private networks: whom a name may resolve to, and that this is who is asked.

Editors paste addresses, pages redirect, feeds link where they like. So every host is resolved here,
its addresses are checked, and the connection goes to the checked address itself: a name that
resolves differently a moment later (DNS rebinding) changes nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Collection

import httpcore
import httpx

from ingest.core.errors import LoadError
from ingest.fetching.time_limits import BoundedBackend

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], list[str]]

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_SITE_LOCAL = ipaddress.ip_network("fec0::/10")


def is_public(text: str) -> bool:
    """Whether an IP address is one of the open internet, whatever it is wrapped in."""
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
    """The addresses of ``host``."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class GuardedTransport(httpx.HTTPTransport):
    """Connects to public addresses only, and to hosts in ``private_hosts`` wherever they are.

    A request and its answer take ``longest`` seconds at most.
    """

    def __init__(
        self, private_hosts: Collection[str], *, longest: float, resolver: Resolve = resolve
    ) -> None:
        # Kept connections are told apart by address, not by name: none is kept.
        limits = httpx.Limits(max_keepalive_connections=0)
        super().__init__(limits=limits, trust_env=False)
        assert isinstance(self._pool, httpcore.ConnectionPool)  # noqa: S101 - there is no proxy
        self._pool._network_backend = BoundedBackend(longest)  # httpx has no way to give one
        self.private_hosts = frozenset(host.lower() for host in private_hosts)
        self.resolver = resolver

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Ask the checked address for what ``request`` names.

        Raises:
            LoadError: the host is in a private network.
        """
        host = request.url.host
        port = request.url.port or (443 if request.url.scheme == "https" else 80)
        address = self._checked(host, port)
        request.extensions = {**request.extensions, "sni_hostname": host}
        request.url = request.url.copy_with(host=address)
        return super().handle_request(request)

    def _checked(self, host: str, port: int) -> str:
        try:
            found = self.resolver(host, port)
        except (OSError, UnicodeError) as error:
            raise httpx.ConnectError(f"no such host: {host}") from error
        if not found:
            raise httpx.ConnectError(f"no such host: {host}")
        if {host.lower(), f"{host.lower()}:{port}"} & self.private_hosts:
            return found[0]
        if not all(map(is_public, found)):
            raise LoadError(
                f"{host} is in a private network",
                "name the host in RAWI_INGEST_PRIVATE_HOSTS if it may be asked",
            )
        return found[0]
