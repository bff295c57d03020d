"""Timers. They have no thread: the queue they are bound to fires them when the guest waits, or something else comes."""

from __future__ import annotations

from typing import Any

from wasmtime.component import Variant

from . import clock
from .event_queue import EventQueue
from .limits import PERIOD_NANOSECONDS
from .values import Record


class Timer:
    """A timer; `stop` ends it."""

    def __init__(self, number: int, queue: EventQueue, first: int, period: int | None):
        self.id = number
        self.is_stopped = False
        self._queue = queue
        self._period = None if period is None else max(period, PERIOD_NANOSECONDS)
        self._due = clock.now() + first
        self._stopped_at: int | None = None
        queue.schedule(self._due, self)

    def fired(self, due: int) -> Variant:
        """The event of a time that has come. The next one is not counted before the guest has taken it."""
        self._due = due
        return Variant("timer", Record(timer=self.id, due=due, missed=0))

    def take(self, event: Variant) -> Variant:
        """The event with the periods that have gone by since. It outlives the handle."""
        if self._period is not None:
            until = self._stopped_at or clock.now()
            missed = max(0, until - self._due) // self._period
            fired: Any = event.payload
            fired.missed = missed
            self._due += missed * self._period
            if not self.is_stopped:
                self._queue.schedule(self._due + self._period, self)
        return event

    def stop(self) -> None:
        """The handle is dropped."""
        self.is_stopped = True
        self._stopped_at = clock.now()
