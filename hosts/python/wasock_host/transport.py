"""Connections for HTTP by the same rules as for sockets."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Iterable
from typing import Any

import httpcore
import httpx

from .network import Denied, Network, check
from .opening import connect
from .traffic import Traffic
from .values import Refusal


class _Stream(httpcore.AsyncNetworkStream):
    """A connection of asyncio's, as httpcore has them. Requests have one time for all that they do."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        self._reader = reader
        self._writer = writer

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Reads; nothing at the end."""
        return await self._reader.read(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Writes."""
        self._writer.write(buffer)
        await self._writer.drain()

    async def aclose(self) -> None:
        """Ends it."""
        self._writer.close()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        """Goes on by TLS."""
        await self._writer.start_tls(ssl_context, server_hostname=server_hostname)
        return self

    def get_extra_info(self, info: str) -> Any:
        """What httpcore asks for."""
        if info == "is_readable":
            # A connection that waits for another request can only bring its end.
            return self._reader.at_eof()
        return self._writer.get_extra_info({"server_addr": "peername", "client_addr": "sockname"}.get(info, info))


class GrantedBackend(httpcore.AsyncNetworkBackend):
    """Connects to what the embedder grants, and to the very address that was checked."""

    def __init__(self, network: Network, traffic: Traffic):
        self._network = network
        self._traffic = traffic

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connects to the first address of a host that is there and granted."""
        error: Exception = OSError()
        for family, address in await self._addresses(host, port):
            try:
                connected = await connect(family, address, self._traffic)
                connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return _Stream(*await asyncio.open_connection(sock=connected))
            except OSError as failed:
                error = failed
        raise error

    async def _addresses(self, host: str, port: int) -> list[tuple[int, Any]]:
        try:
            check(self._network.check_name, host, port)
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
            for *_, address in found:
                check(self._network.check_address, host, str(address[0]), port)
        except Denied as denied:
            raise Refusal("access-denied", str(denied)) from None
        except socket.gaierror:
            raise Refusal("name-unresolvable") from None
        return [(family, address) for family, *_, address in found]

    async def sleep(self, seconds: float) -> None:
        """Sleeps."""
        await asyncio.sleep(seconds)


class _Body(httpx.AsyncByteStream):
    def __init__(self, stream: Any):
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._stream:
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()


class GrantedTransport(httpx.AsyncBaseTransport):
    """httpx on connections that are granted."""

    def __init__(self, network: Network, traffic: Traffic):
        backend = GrantedBackend(network, traffic)
        self._pool = httpcore.AsyncConnectionPool(ssl_context=network.tls(), network_backend=backend)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """One exchange."""
        url = request.url
        answer = await self._pool.handle_async_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Body(answer.stream), extensions=answer.extensions
        )

    async def aclose(self) -> None:
        """Ends all connections."""
        await self._pool.aclose()
