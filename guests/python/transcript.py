"""What the transcripts write their lines with."""

from componentize_py_types import Err
from wasock import describe, env, log
from wit_world.imports import events
from wit_world.imports.types import ErrorCode_Tls

MILLISECOND = 1_000_000


class Transcript:
    def __init__(self):
        self.queue = events.EventQueue()
        self.base = env("WS", "ws://echo.example")

    def event(self):
        """Writes one event, and returns it."""
        event = self.queue.wait(1, None)[0]
        log(event_line(event))
        return event


def event_line(event):
    it = event.value
    match event:
        case events.Event_Opened():
            return f'opened {it.socket} status {it.handshake.status} protocol "{it.handshake.protocol}"'
        case events.Event_Failed():
            status = it.handshake.status if it.handshake else 0
            return f"failed {it.socket} status {status} {reason(it.failure.code)}"
        case events.Event_Text():
            return f'text {it.socket} "{it.data}"'
        case events.Event_Binary() | events.Event_Ping() | events.Event_Pong():
            kind = type(event).__name__.removeprefix("Event_").lower()
            return f"{kind} {it.socket} [{it.data.hex()}]"
        case events.Event_Closed():
            clean = "clean" if it.was_clean else "unclean"
            failure = reason(it.failure.code) if it.failure else "no failure"
            return f'closed {it.socket} code {it.code} "{it.reason}" {clean} {failure}'
        case events.Event_Timer():
            return f"timer {it.timer}"
        case events.Event_Completed():
            return f"completed {it.operation}"


def reason(code):
    """An error in words that are the same on all hosts: why TLS fails is told in those of their libraries."""
    return "tls" if isinstance(code, ErrorCode_Tls) else describe(code)


def result(what, call, *arguments):
    """Writes what a call came to, and returns its result."""
    try:
        value = call(*arguments)
        log(f"{what}: ok")
        return value
    except Err as error:
        refused(what, error)


def refused(what, error):
    """Writes why a call was refused."""
    log(f"{what}: {error.value if isinstance(error.value, str) else reason(error.value)}")


def yes(whether):
    return "yes" if whether else "no"
