"""Connections for HTTP by the same rules as for sockets."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterable
from typing import Any

import httpcore
import httpx

from .network import Denied, Network, check
from .values import Refusal


class GrantedBackend(httpcore.AsyncNetworkBackend):
    """Connects to what the embedder grants, and to the very address that was checked."""

    def __init__(self, network: Network):
        self._network = network
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connects to the first address of a host that is there and granted."""
        try:
            check(self._network.check_name, host, port)
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
            addresses = [str(address[0]) for *_, address in found]
            for address in addresses:
                check(self._network.check_address, host, address, port)
        except Denied as denied:
            raise Refusal("access-denied", str(denied)) from None
        except socket.gaierror:
            raise Refusal("name-unresolvable") from None
        error: Exception = OSError()
        for address in addresses:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except httpcore.ConnectError as failed:
                error = failed
        raise error

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

    def __init__(self, network: Network):
        self._pool = httpcore.AsyncConnectionPool(ssl_context=network.tls(), network_backend=GrantedBackend(network))

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
