"""The monotonic clock that events are stamped with."""

import time

_ORIGIN = time.monotonic_ns()


def now() -> int:
    """Nanoseconds on the monotonic clock, as `timers.now` tells them. The first is 1, not 0."""
    return time.monotonic_ns() - _ORIGIN + 1
