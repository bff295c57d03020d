"""Where a guest may connect to."""

from __future__ import annotations

import fnmatch
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network


class Denied(Exception):
    """An address is not granted; the text names the rule."""


class Network:
    """The rules of an embedder. By itself it grants nothing; subclasses overrule its methods.

    A method that grants returns, one that does not raises `Denied`.
    """

    def check_name(self, host: str, port: int) -> None:
        """Whether a host may be asked for by this name, which may be an address."""
        raise Denied(f"the host {host} is not granted")

    def check_address(self, host: str, address: str, port: int) -> None:
        """Whether the address of a host, one of them if it has several, may be connected to."""

    def check_unix_socket(self, path: str) -> None:
        """Whether a Unix socket may be connected to."""
        raise Denied(f"the Unix socket {path} is not granted")

    def tls(self) -> ssl.SSLContext:
        """The settings for `wss`; those of Python, with the system's roots."""
        return ssl.create_default_context()


@dataclass
class OpenNetwork(Network):
    """Grants all hosts but some, and no Unix socket."""

    block_hostnames: Sequence[str] = ()
    """Patterns of host names: `example.com`, `*.example.com`."""
    block_addresses: Sequence[str] = ()
    """Ranges of addresses: `10.0.0.0/8`."""
    context: ssl.SSLContext | None = None
    """Other settings for `wss`."""
    _ranges: list[IPv4Network | IPv6Network] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._ranges = [ip_network(text) for text in self.block_addresses]

    def check_name(self, host: str, port: int) -> None:
        for pattern in self.block_hostnames:
            if fnmatch.fnmatchcase(host.lower().rstrip("."), pattern.lower()):
                raise Denied(f"hostname ({host}) is in a blocked pattern ({pattern})")

    def check_address(self, host: str, address: str, port: int) -> None:
        found = ip_address(address)
        mapped = getattr(found, "ipv4_mapped", None)
        for form in [found] if mapped is None else [found, mapped]:
            for network in self._ranges:
                if form.version == network.version and form in network:
                    raise Denied(f"IP ({found}) is in a blacklisted range ({network})")

    def tls(self) -> ssl.SSLContext:
        return self.context or super().tls()
