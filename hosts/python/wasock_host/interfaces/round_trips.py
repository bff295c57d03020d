"""`wasock:websocket/round-trips`. Both times are those of the host: of the call that sent, and of the event."""

from typing import Any, NamedTuple

from ..guest_state import GuestState
from ..interface import Interface
from ..limits import KEY_BYTES, ROUND_TRIP_KINDS, ROUND_TRIPS
from ..meter import SocketMeter
from ..values import Trap


class Kind(NamedTuple):
    """A kind of round trips: numbers of its metrics, and how long a reply may take."""

    times: int
    lost: int
    timeout: int | None


def define(interface: Interface, state: GuestState) -> None:
    """Defines the interface."""
    kinds: list[Kind] = []

    def declare(metric: str | None, _tags: list[Any], timeout: int | None) -> int:
        if len(kinds) >= ROUND_TRIP_KINDS:
            raise ValueError(f"a test may have {ROUND_TRIP_KINDS} kinds of round trips")
        name = metric or "ws_rtt"
        times = state.measurements.declare(name, "trend", "time")
        kinds.append(Kind(times, state.measurements.declare(f"{name}_lost", "counter", "default"), timeout))
        state.lost.append(kinds[-1].lost)
        return len(kinds) - 1

    def known(kind: int) -> Kind:
        if kind >= len(kinds):
            raise Trap(f"the guest measures round trips of kind {kind}, which was never declared")
        return kinds[kind]

    def sent(meter: SocketMeter, kind: int, key: str | None) -> bool:
        size = len((key or "").encode())
        if size > KEY_BYTES:
            raise ValueError(f"a key may have {KEY_BYTES} bytes, this one has {size}")
        lost = known(kind).lost
        if meter.last_sent is None:
            return False
        waiting = meter.waiting.setdefault(kind, [])
        if len(waiting) >= ROUND_TRIPS:
            del waiting[0]
            state.measurements.add(lost, 1.0)
        waiting.append((key or "", meter.last_sent))
        return True

    def received(meter: SocketMeter, kind: int, key: str | None, at: int) -> int | None:
        times, lost, timeout = known(kind)
        waiting = meter.waiting.get(kind, [])
        # Replies come in order: what has not come by now is later than this one.
        while waiting and timeout is not None and at > waiting[0][1] + timeout:
            del waiting[0]
            state.measurements.add(lost, 1.0)
        place = next((place for place, (own, _) in enumerate(waiting) if own == (key or "")), None)
        if place is None or waiting[place][1] > at:
            return None
        took = at - waiting.pop(place)[1]
        state.measurements.add(times, took / 1e6)
        return took

    interface.functions(declare=declare, sent=sent, received=received)
