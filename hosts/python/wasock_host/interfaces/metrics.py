"""`wasock:websocket/metrics`: values are added up; their tags are not kept."""

from typing import Any

from websockets.frames import Opcode

from ..guest_state import GuestState
from ..interface import Interface
from ..meter import SocketMeter
from ..request_meter import RequestMeter
from ..requests import Request
from ..sockets import Socket
from ..values import Record, Trap


def define(interface: Interface, state: GuestState) -> None:
    """Defines the interface."""

    def add(metric: int, value: float, _tags: list[Any]) -> None:
        if not state.measurements.add(metric, value):
            raise Trap(f"the guest adds to metric {metric}, which was never declared")

    def make(socket: Socket, api: str, _tags: list[Any]) -> SocketMeter:
        meter = SocketMeter(state.measurements, api)
        # The first meter of a socket counts.
        socket.link.meter = socket.link.meter or meter
        return meter

    def check(name: str, passed: bool, _tags: list[Any]) -> None:
        state.measurements.check(name, passed)

    def measure_request(request: Request, _tags: list[Any], expected: list[Record] | None) -> None:
        request.measure(RequestMeter(state.measurements, expected))

    interface.functions(
        declare=state.measurements.declare,
        add=add,
        check=check,
        measure_request=measure_request,
    )
    interface.resource("meter", lambda meter: end_trips(meter, state))
    interface.constructor("meter", make)
    interface.methods(
        "meter",
        refused=lambda meter, url, reason: meter.refused(),
        sent_late=lambda meter: meter.sent(Opcode.TEXT, b"", False),
    )


def end_trips(meter: SocketMeter, state: GuestState) -> None:
    """The handle of a meter is dropped: what waits for a reply is lost."""
    for kind, waiting in meter.waiting.items():
        if waiting:
            state.measurements.add(state.lost[kind], float(len(waiting)))
    meter.waiting.clear()
