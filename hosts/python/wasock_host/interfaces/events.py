"""`wasock:websocket/events`."""

from typing import Any

from ..event_queue import EventQueue
from ..guest_state import GuestState
from ..interface import Interface
from ..values import Interruption, Trap


def define(interface: Interface, state: GuestState) -> None:
    """Defines the interface."""

    def make() -> EventQueue:
        most = state.limits.queues
        if len(state.table.all(EventQueue)) >= most:
            raise Trap(f"a guest may have {most} event queues")
        return EventQueue(state.shared)

    def wait(queue: EventQueue, most: int, timeout: int | None) -> Any:
        events = queue.wait(most, timeout)
        if events is None:
            raise Interruption()
        return events

    interface.resource("event-queue", EventQueue.close)
    interface.constructor("event-queue", make)
    interface.methods("event-queue", wait=wait)
