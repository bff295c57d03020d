"""The connections of a guest, in a thread of their own."""

from __future__ import annotations

import asyncio
import threading
from functools import cached_property

from wasmtime.component import Variant
from websockets.frames import Close

from . import clock
from .limits import TCP_CLOSE_SECONDS
from .link import GIVEN_UP, Link
from .network import Network
from .opening import Attempt, Opened, Refused, open_connection, refusal_of
from .session import Session
from .target import Target
from .traffic import Traffic
from .transport import GrantedTransport
from .values import Record, Refusal, failure

ABNORMAL = 1006
"""RFC 6455, section 7.4.1: there was no close frame."""


class Connections:
    """One thread with an event loop of asyncio, for all connections of a guest."""

    def __init__(self, network: Network):
        self.loop = asyncio.new_event_loop()
        self.traffic = Traffic()
        self._network = network
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._run, name="wasock connections", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()

    @cached_property
    def transport(self) -> GrantedTransport:
        """What HTTP requests go by."""
        return GrantedTransport(self._network, self.traffic)

    def connect(self, link: Link, target: Target) -> None:
        """Starts to open a connection."""
        self.loop.call_soon_threadsafe(self._begin, link, target)

    def _begin(self, link: Link, target: Target) -> None:
        task = self.loop.create_task(self._open(link, target))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _open(self, link: Link, target: Target) -> None:
        attempt = Attempt(self.traffic)
        handshake: Record | None = None
        try:
            self._heed(link)
            async with asyncio.timeout(target.timeout):
                opened = await open_connection(target, self._network, attempt)
            handshake = opened.handshake
            if self._start_session(link, target, attempt, opened):
                return
            refusal = Refusal("other", GIVEN_UP)
        except asyncio.CancelledError:
            refusal = Refusal("other", GIVEN_UP)
        except Refused as refused:
            refusal, handshake = refused.refusal, refused.handshake
        except Exception as error:
            refusal = refusal_of(error)
        if attempt.wire:
            attempt.wire.transport.abort()
        event = Record(
            socket=link.id,
            failure=failure(refusal.code, attempt.address),
            handshake=handshake,
            timings=attempt.timings(),
        )
        link.finish(Variant("failed", event))

    def _heed(self, link: Link) -> None:
        """Gives the attempt up when the guest does."""
        task = asyncio.current_task()

        def look() -> None:
            if link.is_given_up() and task:
                task.cancel()

        link.on_wake = look
        look()

    def _start_session(self, link: Link, target: Target, attempt: Attempt, opened: Opened) -> bool:
        address = attempt.address

        def end(why: Refusal | None, received: Close | None) -> None:
            link.finish(_closed(link.id, why, received, address))

        is_open = link.open(opened.handshake, attempt.timings())
        if is_open:
            Session(link, target, opened, end).start(opened)
        return is_open

    def stop(self, closing: list[Link]) -> None:
        """Ends all connections. Those that are closing have a moment to send what was accepted."""
        done = threading.Event()

        async def leave() -> None:
            end = self.loop.time() + TCP_CLOSE_SECONDS
            while any(link.state == "closing" for link in closing) and self.loop.time() < end:
                await asyncio.sleep(0.005)
            for task in self._tasks:
                task.cancel()
            done.set()
            self.loop.stop()

        asyncio.run_coroutine_threadsafe(leave(), self.loop)
        done.wait()
        self._thread.join()


def _closed(number: int, why: Refusal | None, received: Close | None, address: str | None) -> Variant:
    if received:
        event = Record(
            socket=number,
            code=int(received.code),
            reason=received.reason,
            was_clean=True,
            failure=None,
            at=clock.now(),
        )
    else:
        code = (why or Refusal("unexpected-end")).code
        event = Record(
            socket=number,
            code=ABNORMAL,
            reason="",
            was_clean=False,
            failure=failure(code, address),
            at=clock.now(),
        )
    return Variant("closed", event)
