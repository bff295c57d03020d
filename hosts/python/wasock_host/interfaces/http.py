"""`wasock:websocket/http`."""

from typing import Any

from ..event_queue import EventQueue
from ..guest_state import GuestState
from ..interface import Interface
from ..jar import Jar
from ..limits import REQUESTS
from ..requests import Request, plan
from ..values import Interruption, Refusal, Trap


def define(interface: Interface, state: GuestState) -> None:
    """Defines the interface."""
    loop = state.connections.loop

    def make(queue: EventQueue | None) -> Request:
        return Request(state.next_id("operation"), queue, state.shared)

    def start(request: Request, method: str, url: str, options: Any, jar: Jar | None) -> None:
        if request.was_started:
            raise Refusal("invalid-state")
        planned = plan(method, url, options)
        if sum(other.is_under_way for other in state.table.all(Request)) >= REQUESTS:
            raise Refusal("limit-reached", f"a guest may have {REQUESTS} requests under way")
        request.start(planned, jar, loop, state.connections.transport)

    def wait(requests: list[Request]) -> Any:
        if not requests or not all(request.was_started for request in requests):
            raise Trap("the guest waits for no request, or for one that was never started")
        with state.shared.lock:
            while not state.shared.interrupted:
                ended = [place for place, request in enumerate(requests) if request.has_ended]
                if ended:
                    return ended
                state.shared.changed.wait()
            raise Interruption()

    interface.resource("request", lambda request: request.drop(loop))
    interface.constructor("request", make)
    interface.methods("request", id=lambda request: request.id, start=start, take=Request.take_outcome)
    interface.functions(wait=wait)
