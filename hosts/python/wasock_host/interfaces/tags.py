"""`wasock:websocket/tags`."""

from typing import Any

from ..guest_state import GuestState
from ..interface import Interface
from ..values import Record


def define(interface: Interface, state: GuestState) -> None:
    """Defines the interface."""

    def listed(entries: dict[str, str]) -> list[Any]:
        return [Record(name=name, value=value) for name, value in sorted(entries.items())]

    def remove(entries: dict[str, str], name: str) -> None:
        entries.pop(name, None)

    interface.functions(
        set=state.tags.__setitem__,
        remove=lambda name: remove(state.tags, name),
        all=lambda: listed(state.tags),
        set_metadata=state.metadata.__setitem__,
        remove_metadata=lambda name: remove(state.metadata, name),
        all_metadata=lambda: listed(state.metadata),
    )
