"""Where a guest may connect to."""

from __future__ import annotations

import fnmatch
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

from .errors import WasockError


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


def check(rule: Callable[..., Any], *of: Any) -> None:
    """Asks a rule of a network. Raises `Denied` unless it returns None: what else it returns may be meant as a no."""
    name = getattr(rule, "__name__", "the rule")
    try:
        answer = rule(*of)
    except Denied:
        raise
    except Exception as error:
        raise Denied(f"{name} has failed: {type(error).__name__}: {error}") from error
    if answer is not None:
        raise Denied(f"{name} has returned {answer!r}, expected None, or Denied to be raised")


def _texts(name: str, given: Any) -> None:
    """Patterns and ranges are lists: a text would be taken for one of each of its letters."""
    if isinstance(given, (str, bytes)) or not isinstance(given, Sequence):
        raise WasockError(f"{name} is {given!r}, expected a list of texts")
    for one in given:
        if not isinstance(one, str) or not one:
            raise WasockError(f"{name} has {one!r}, expected texts")


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
        _texts("block_hostnames", self.block_hostnames)
        _texts("block_addresses", self.block_addresses)
        if self.context is not None and not isinstance(self.context, ssl.SSLContext):
            raise WasockError(f"context is {self.context!r}, expected an ssl.SSLContext")
        self._ranges = [self._range(text) for text in self.block_addresses]

    @staticmethod
    def _range(text: str) -> IPv4Network | IPv6Network:
        try:
            return ip_network(text, strict=False)
        except ValueError:
            expected = "addresses such as 10.0.0.1, and ranges of them: 10.0.0.0/8"
            raise WasockError(f"block_addresses has {text!r}, expected {expected}") from None

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
