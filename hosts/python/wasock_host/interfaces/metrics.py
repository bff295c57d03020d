"""`wasock:websocket/metrics`: values are added up; their tags are not kept."""

from typing import Any

from ..guest_state import GuestState
from ..interface import Interface
from ..meter import SocketMeter
from ..sockets import Socket
from ..values import Trap


def define(interface: Interface, state: GuestState) -> None:
    """Defines the interface."""

    def add(metric: int, value: float, _tags: list[Any]) -> None:
        if not state.measurements.add(metric, value):
            raise Trap(f"the guest adds to metric {metric}, which was never declared")

    def make(socket: Socket, _api: str, _tags: list[Any]) -> SocketMeter:
        meter = SocketMeter(state.measurements)
        # The first meter of a socket counts.
        socket.link.meter = socket.link.meter or meter
        return meter

    def check(name: str, passed: bool, _tags: list[Any]) -> None:
        state.measurements.check(name, passed)

    interface.functions(
        declare=state.measurements.declare,
        add=add,
        check=check,
        measure_request=lambda _request, _tags, _expected: None,
    )
    interface.resource("meter")
    interface.constructor("meter", make)
    interface.methods(
        "meter",
        refused=lambda meter, url, reason: state.measurements.record("ws_sessions", 1.0),
        sent_late=lambda meter: state.measurements.record("ws_msgs_sent", 1.0),
    )
