"""`wasock:websocket/secrets`: there are none."""

from ..guest_state import GuestState
from ..interface import Interface


def define(interface: Interface, state: GuestState) -> None:
    """Defines the interface."""

    def get(_source: str | None, _name: str) -> str:
        raise ValueError("there are no secrets; wasock-host has no source of them")

    interface.functions(get=get)
