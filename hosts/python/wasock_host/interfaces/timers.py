"""`wasock:websocket/timers`."""

from .. import clock
from ..event_queue import EventQueue
from ..guest_state import GuestState
from ..interface import Interface
from ..timers import Timer
from ..values import Refusal, Trap


def define(interface: Interface, state: GuestState) -> None:
    """Defines the interface."""

    def make(queue: EventQueue, first: int, period: int | None) -> Timer:
        most = state.limits.timers
        if state.timers >= most:
            raise Trap(f"a guest may have {most} timers")
        try:
            queue.check_untaken()
        except Refusal as refusal:
            raise Trap(str(refusal)) from None
        state.timers += 1
        return Timer(state.next_id("timer"), queue, first, period)

    def drop(timer: Timer) -> None:
        state.timers -= 1
        timer.stop()

    interface.functions(now=clock.now)
    interface.resource("timer", drop)
    interface.constructor("timer", make)
    interface.methods("timer", id=lambda timer: timer.id)
