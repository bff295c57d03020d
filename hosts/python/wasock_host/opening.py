"""From a target to an open connection: name, TCP, TLS and the opening handshake (RFC 6455, section 4).

The handshake is written here, on h11, because a test tool needs all of it: the answer of a server that refuses, its
headers as they were sent, and no opinion on which subprotocol a server may choose.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import h11
from websockets.exceptions import InvalidHandshake
from websockets.extensions import Extension
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.headers import build_extension, parse_extension
from websockets.utils import accept_key, generate_key

from . import clock
from .limits import HANDSHAKE_HEAD_BYTES, REFUSAL_BODY_BYTES, REFUSAL_BODY_SECONDS
from .network import Denied, Network, check
from .target import Target
from .traffic import CountedSocket, Traffic
from .values import Record, Refusal

EXTENSIONS = "Sec-WebSocket-Extensions"


class Refused(Exception):
    """The server did not agree; `handshake` is what it answered."""

    def __init__(self, text: str, handshake: Record):
        self.refusal = Refusal("bad-handshake", text)
        self.handshake = handshake


class Wire(asyncio.Protocol):
    """The bytes of a connection that is being opened."""

    def __init__(self) -> None:
        self.transport: Any = None
        self.received = bytearray()
        self.ended: Exception | bool = False
        self._more: asyncio.Future[None] | None = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += data
        self._tell()

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended = exc or True
        self._tell()

    def _tell(self) -> None:
        if self._more and not self._more.done():
            self._more.set_result(None)

    async def read(self) -> bytes:
        """What has come since the last call; nothing when the connection has ended."""
        if not self.received and not self.ended:
            self._more = asyncio.get_running_loop().create_future()
            await self._more
        if not self.received and isinstance(self.ended, Exception):
            raise self.ended
        data = bytes(self.received)
        self.received.clear()
        return data


@dataclass
class Attempt:
    """How far an attempt has come."""

    traffic: Traffic
    """Counts its bytes."""
    started: int = field(default_factory=clock.now)
    resolved: int = 0
    connected: int = 0
    secured: int = 0
    address: str | None = None
    wire: Wire | None = None

    def elapsed(self) -> int:
        """Nanoseconds since it began."""
        return clock.now() - self.started

    def timings(self) -> Record:
        """When each step ended. One that was not reached has the time of the one before."""
        connected = max(self.connected, self.resolved)
        secured = max(self.secured, connected)
        return Record(
            started=self.started,
            resolved=self.resolved,
            connected=connected,
            secured=secured,
            finished=self.elapsed(),
        )


@dataclass
class Opened:
    """A completed opening handshake."""

    wire: Wire
    handshake: Record
    extensions: Sequence[Extension]
    read_ahead: bytes


async def open_connection(target: Target, network: Network, attempt: Attempt) -> Opened:
    """Dials and shakes hands. Raises `Refusal`, `Refused`, `OSError` and `ssl.SSLError`."""
    loop = asyncio.get_running_loop()
    connected = await _dial(target, network, attempt)
    try:
        tls, name = (network.tls(), target.host) if target.secure else (None, None)
        _, wire = await loop.create_connection(Wire, sock=connected, ssl=tls, server_hostname=name)
    except BaseException:
        connected.close()
        raise
    attempt.wire = wire
    attempt.secured = attempt.elapsed()
    return await _shake_hands(wire, target)


async def _dial(target: Target, network: Network, attempt: Attempt) -> socket.socket:
    if target.unix_socket is not None:
        _granted(network.check_unix_socket, target.unix_socket)
        return await connect(socket.AF_UNIX, target.unix_socket, attempt.traffic)
    found = await _resolve(target, network)
    attempt.resolved = attempt.elapsed()
    error: OSError = OSError()
    for family, address in found:
        attempt.address = f"[{address[0]}]:{address[1]}" if family == socket.AF_INET6 else f"{address[0]}:{address[1]}"
        try:
            connected = await connect(family, address, attempt.traffic)
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            attempt.connected = attempt.elapsed()
            return connected
        except OSError as failed:
            error = failed
    raise error


async def _resolve(target: Target, network: Network) -> list[tuple[int, Any]]:
    """The addresses of a host that the embedder allows, at least one."""
    _granted(network.check_name, target.host, target.port)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except socket.gaierror:
        raise Refusal("name-unresolvable") from None
    addresses = [(family, address) for family, _, _, _, address in found]
    _granted(network.check_address, target.host, addresses[0][1][0], target.port)
    return [addresses[0], *(one for one in addresses[1:] if _is_granted(network, target, str(one[1][0])))]


def _granted(rule: Any, *of: Any) -> None:
    try:
        check(rule, *of)
    except Denied as denied:
        raise Refusal("access-denied", str(denied)) from None


def _is_granted(network: Network, target: Target, address: str) -> bool:
    try:
        check(network.check_address, target.host, address, target.port)
    except Denied:
        return False
    return True


async def connect(family: int, address: Any, traffic: Traffic) -> socket.socket:
    """Connects to an address. Raises `OSError`."""
    made = CountedSocket(family, traffic)
    try:
        made.setblocking(False)
        await asyncio.get_running_loop().sock_connect(made, address)
        return made
    except BaseException:
        made.close()
        raise


async def _shake_hands(wire: Wire, target: Target) -> Opened:
    key = generate_key()
    deflate = _offer(target.deflate)
    http = h11.Connection(h11.CLIENT, max_incomplete_event_size=HANDSHAKE_HEAD_BYTES)
    request = h11.Request(method="GET", target=target.resource, headers=_headers(target, key, deflate))
    wire.transport.write((http.send(request) or b"") + (http.send(h11.EndOfMessage()) or b""))
    response = await _answer(wire, http)
    handshake = _handshake(response)
    try:
        extensions = _verify(handshake, accept_key(key), deflate)
    except InvalidHandshake as error:
        handshake.body = await _body(wire, http)
        raise Refused(str(error), handshake) from None
    handshake.protocol = _find(handshake.headers, "Sec-WebSocket-Protocol")
    handshake.extensions = _find(handshake.headers, EXTENSIONS)
    return Opened(wire, handshake, extensions, http.trailing_data[0])


def _headers(target: Target, key: str, deflate: ClientPerMessageDeflateFactory | None) -> list[tuple[bytes, bytes]]:
    given = {name.lower() for name, _ in target.headers}
    fields = [] if "host" in given else [("Host", target.authority)]
    fields += [("Connection", "Upgrade"), ("Upgrade", "websocket")]
    fields += [("Sec-WebSocket-Key", key), ("Sec-WebSocket-Version", "13")]
    if target.protocols:
        fields.append(("Sec-WebSocket-Protocol", ", ".join(target.protocols)))
    if deflate:
        fields.append((EXTENSIONS, build_extension([(deflate.name, deflate.get_request_params())])))
    # Values may be any text: it goes out as UTF-8.
    return [(name.encode(), value.encode()) for name, value in [*fields, *target.headers]]


def _offer(options: Record | None) -> ClientPerMessageDeflateFactory | None:
    """What to offer of compression."""
    if options is None:
        return None
    return ClientPerMessageDeflateFactory(**vars(options))


async def _answer(wire: Wire, http: h11.Connection) -> h11.InformationalResponse | h11.Response:
    """Reads until the server has answered."""
    start = b""
    while True:
        try:
            event = http.next_event()
        except h11.RemoteProtocolError as error:
            why = str(error) if start[:5] == b"HTTP/" else "invalid HTTP version"
            raise Refusal("bad-handshake", f"the answer is not HTTP: {why}") from None
        if isinstance(event, h11.Response | h11.InformationalResponse):
            return event
        data = await wire.read()
        if not data:
            raise Refusal("unexpected-end")
        start = start or data
        http.receive_data(data)


def _handshake(response: h11.InformationalResponse | h11.Response) -> Record:
    headers = [
        Record(name=name.decode("ascii", "replace"), value=value.decode("utf-8", "replace"))
        for name, value in response.headers.raw_items()
    ]
    return Record(status=response.status_code, headers=headers, protocol="", extensions="", body=b"")


def _find(headers: list[Record], name: str) -> str:
    """All values of a header, joined."""
    return ", ".join(header.value for header in headers if header.name.lower() == name.lower())


def _has_token(headers: list[Record], name: str, token: str) -> bool:
    return token in [part.strip().lower() for part in _find(headers, name).split(",")]


def _verify(handshake: Record, accept: str, deflate: ClientPerMessageDeflateFactory | None) -> list[Extension]:
    """Whether the answer establishes a WebSocket, and with what compression; the text says what is wrong."""
    headers = handshake.headers
    if handshake.status != 101:
        raise InvalidHandshake(f"the server answered with status {handshake.status}")
    if not _has_token(headers, "Upgrade", "websocket"):
        raise InvalidHandshake("the answer's Upgrade header does not say websocket")
    if not _has_token(headers, "Connection", "upgrade"):
        raise InvalidHandshake("the answer's Connection header does not say upgrade")
    if _find(headers, "Sec-WebSocket-Accept").strip() != accept:
        raise InvalidHandshake("the answer's Sec-WebSocket-Accept does not match the key")
    extensions: list[Extension] = []
    answered = _find(headers, EXTENSIONS)
    for name, parameters in parse_extension(answered) if answered.strip() else []:
        if deflate is None or name != deflate.name:
            raise InvalidHandshake(f"the server chose the extension {name}, which was not offered")
        extensions.append(deflate.process_response_params(parameters, extensions))
    return extensions


async def _body(wire: Wire, http: h11.Connection) -> bytes:
    """The beginning of a refusal's body, as far as it comes soon."""
    body = b""
    try:
        async with asyncio.timeout(REFUSAL_BODY_SECONDS):
            while len(body) < REFUSAL_BODY_BYTES:
                event = http.next_event()
                if isinstance(event, h11.Data):
                    body += event.data
                elif event is h11.NEED_DATA:
                    http.receive_data(await wire.read())
                else:
                    break
    except (TimeoutError, OSError, h11.RemoteProtocolError):
        # Too late or broken: what came is what there is.
        pass
    return body[:REFUSAL_BODY_BYTES]


def refusal_of(error: Exception) -> Refusal:
    """What the guest is told of an error of the operating system's, or of TLS."""
    match error:
        case Refusal():
            return error
        case TimeoutError():
            return Refusal("timeout")
        case ConnectionRefusedError():
            return Refusal("connection-refused")
        case ConnectionResetError() | ConnectionAbortedError() | BrokenPipeError():
            return Refusal("connection-reset")
        case ssl.SSLError():
            return Refusal("tls", error.reason or str(error))
        case OSError() if error.errno in (101, 113):
            return Refusal("unreachable")
        case _:
            return Refusal("other", str(error))
