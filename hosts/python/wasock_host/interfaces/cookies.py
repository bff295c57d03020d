"""`wasock:websocket/cookies`: not offered."""

from ..guest_state import GuestState
from ..interface import Interface


def define(interface: Interface, state: GuestState) -> None:
    """Defines the interface; who makes a jar is stopped."""
    interface.resource("jar")
    interface.not_offered("cookies", "[constructor]jar", "current")
    interface.not_offered("cookies", *(f"[method]jar.{name}" for name in ("cookies", "set", "store", "remove")))
