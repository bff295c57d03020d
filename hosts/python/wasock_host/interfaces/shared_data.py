"""`wasock:websocket/shared-data`: there is one guest, so nobody ever waits for another's array."""

from wasmtime.component import Variant

from ..guest_state import GuestState
from ..interface import Interface


class Draft:
    """An array that is being made."""

    def __init__(self, name: str):
        self.name = name
        self.elements: list[str] = []


def define(interface: Interface, state: GuestState) -> None:
    """Defines the interface."""
    complete: dict[str, tuple[str, ...]] = {}
    drafts: set[str] = set()

    def find(name: str) -> Variant:
        if name in complete:
            return Variant("complete", interface.handle("shared-array", complete[name]))
        if name in drafts:
            raise ValueError(f'the SharedArray "{name}" is made of itself')
        drafts.add(name)
        return Variant("missing", interface.handle("draft", Draft(name)))

    def finish(draft: Draft) -> object:
        drafts.discard(draft.name)
        complete[draft.name] = tuple(draft.elements)
        return interface.handle("shared-array", complete[draft.name])

    interface.resource("shared-array")
    interface.resource("draft", lambda draft: drafts.discard(draft.name))
    interface.functions(find=find)
    interface.function("[static]draft.finish", finish)
    interface.methods("draft", append=lambda draft, elements: draft.elements.extend(elements))
    interface.methods(
        "shared-array",
        length=len,
        element=lambda array, index: array[index] if index < len(array) else None,
    )
