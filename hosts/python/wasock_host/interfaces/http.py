"""`wasock:websocket/http`: not offered."""

from ..guest_state import GuestState
from ..interface import Interface


def define(interface: Interface, state: GuestState) -> None:
    """Defines the interface; who makes a request is stopped."""
    interface.resource("request")
    interface.not_offered("http", "[constructor]request", "wait")
    interface.not_offered("http", *(f"[method]request.{name}" for name in ("id", "start", "take")))
