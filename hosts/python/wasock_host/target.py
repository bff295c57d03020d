"""What a guest asks to connect to, checked before anything is dialled."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import ada_url

from .limits import HANDSHAKE_REQUEST_BYTES, Limits
from .values import Refusal

RESERVED = {"upgrade", "connection", "sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions"}
"""Header fields that make the handshake what it is (RFC 6455, section 4.1). `Host` may be set."""

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\U0010ffff]*")
_SCHEME = re.compile(r"\s*[A-Za-z][A-Za-z0-9+.\-]*:")


@dataclass
class Target:
    """A checked target of a connection. Times are seconds, none where there is no bound."""

    secure: bool
    host: str
    port: int
    authority: str
    """What stands in the `Host` header: the port only if it is not the scheme's."""
    resource: str
    """Path and query."""
    unix_socket: str | None
    headers: list[tuple[str, str]]
    protocols: list[str]
    deflate: Any
    timeout: float
    close_timeout: float
    message_bytes: int
    ping_interval: float | None
    pong_timeout: float | None
    hold_close_answer: bool


def target(given: str, options: Any, limits: Limits) -> Target:
    """Checks URL, headers and subprotocols. Raises `Refusal`."""
    headers = [(header.name, header.value) for header in options.headers]
    _check_length(given, headers, options.protocols)
    url = _parse(given)
    unix_socket, resource = None, url.pathname + url.search
    if url.protocol == "ws+unix:":
        unix_socket, resource = _split_unix(given, url)
    _check_headers(headers, options.protocols)
    for protocol in options.protocols:
        if not _TOKEN.fullmatch(protocol):
            raise Refusal("invalid-argument", f"the subprotocol {quoted(protocol)} is malformed")
    _check_windows(options.deflate)
    secure = url.protocol == "wss:"
    size = options.max_message_size
    return Target(
        secure=secure,
        host=url.hostname.strip("[]") if unix_socket is None else "localhost",
        port=int(url.port or (443 if secure else 80)),
        authority=url.host if unix_socket is None else "localhost",
        resource=resource or "/",
        unix_socket=unix_socket,
        headers=headers,
        protocols=options.protocols,
        deflate=options.deflate,
        timeout=_seconds(options.timeout, limits.connect_seconds),
        close_timeout=_seconds(options.close_timeout, limits.close_seconds),
        message_bytes=limits.message_bytes if size is None else min(size, limits.message_bytes),
        ping_interval=_seconds(options.ping_interval, None),
        pong_timeout=_seconds(options.pong_timeout, None),
        hold_close_answer=options.hold_close_answer,
    )


def _seconds(nanoseconds: int | None, otherwise: Any) -> Any:
    return otherwise if nanoseconds is None else nanoseconds / 1e9


def quoted(text: str) -> str:
    """A text in quotation marks, as messages have it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _parse(given: str) -> ada_url.URL:
    """Reads a `ws` or `wss` URL (RFC 6455, section 3), as the URL Standard has it."""

    def invalid(text: str) -> Refusal:
        return Refusal("invalid-argument", f"the URL {quoted(given)}{text}")

    try:
        url = ada_url.URL(given)
    except ValueError:
        raise invalid(": it is malformed" if _SCHEME.match(given) else ": relative URL without a base") from None
    scheme = url.protocol.removesuffix(":")
    if scheme not in ("ws", "wss", "ws+unix"):
        raise invalid(f' has the scheme "{scheme}" instead of ws or wss')
    if url.hash or "#" in given:
        raise invalid(" has a fragment")
    if url.username or url.password:
        raise invalid(" has a user name")
    return url


def _split_unix(given: str, url: ada_url.URL) -> tuple[str, str]:
    """The path of a Unix socket, and what its server is asked for: `ws+unix:///run/server.sock:/path?query`."""
    path, _, resource = url.pathname.partition(":")
    if url.hostname or not path.startswith("/") or len(path) == 1:
        raise Refusal("invalid-argument", f"the URL {quoted(given)} names no Unix socket: write ws+unix:///path")
    return unquote(path), "/" + resource.lstrip("/") + url.search


def _check_length(given: str, headers: list[tuple[str, str]], protocols: list[str]) -> None:
    parts = [given, *protocols, *(part for header in headers for part in header)]
    length = sum(len(part.encode()) for part in parts)
    if length > HANDSHAKE_REQUEST_BYTES:
        text = (
            f"the URL, the headers and the subprotocols have {length} bytes, and {HANDSHAKE_REQUEST_BYTES} is the most"
        )
        raise Refusal("limit-reached", text)


def _check_headers(headers: list[tuple[str, str]], protocols: list[str]) -> None:
    for name, value in headers:
        if not _TOKEN.fullmatch(name):
            raise Refusal("invalid-argument", f"the header name {quoted(name)} is malformed")
        if not _VALUE.fullmatch(value):
            raise Refusal("invalid-argument", f"the value of the header {name} is malformed")
        if name.lower() in RESERVED or (protocols and name.lower() == "sec-websocket-protocol"):
            raise Refusal("invalid-argument", f"duplicate header not allowed: {name}")


def _check_windows(deflate: Any) -> None:
    """The sizes of the windows, as zlib can have them."""
    for name, least in [("server_max_window_bits", 8), ("client_max_window_bits", 9)]:
        bits = None if deflate is None else getattr(deflate, name)
        if bits is not None and not least <= bits <= 15:
            raise Refusal("invalid-argument", f"{name} is not between {least} and 15")
