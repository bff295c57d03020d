"""`wasock:websocket/types`: values alone."""

from ..guest_state import GuestState
from ..interface import Interface


def define(interface: Interface, state: GuestState) -> None:
    """Defines the interface; it has no function."""
