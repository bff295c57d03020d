"""`wasock:websocket/cookies`."""

from ..guest_state import GuestState
from ..interface import Interface
from ..jar import Jar


def define(interface: Interface, state: GuestState) -> None:
    """Defines the interface."""
    interface.resource("jar")
    interface.constructor("jar", Jar)
    interface.methods("jar", cookies=Jar.cookies, set=Jar.set, store=Jar.store, remove=Jar.remove)
    interface.functions(current=lambda: interface.handle("jar", state.jar))
