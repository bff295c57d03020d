"""Interfaces of the WIT, as wasmtime's linker gets them: functions, and resources by their handles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wasmtime.component import LinkerInstance, ResourceHost, ResourceType

from .conversion import Handle
from .host_functions import add_function
from .values import Trap


class Table:
    """The objects that a guest has handles of."""

    def __init__(self, most: int):
        self._most = most
        self._objects: dict[int, Any] = {}
        self._last = 0

    def add(self, made: Any) -> int:
        """A handle of an object."""
        if len(self._objects) >= self._most:
            raise Trap(f"a guest may have {self._most} handles")
        self._last += 1
        self._objects[self._last] = made
        return self._last

    def get(self, handle: int) -> Any:
        """The object of a handle."""
        if handle not in self._objects:
            raise Trap(f"there is no handle {handle}")
        return self._objects[handle]

    def remove(self, handle: int) -> Any:
        """The object of a handle that is dropped."""
        made = self.get(handle)
        del self._objects[handle]
        return made

    def all(self, kind: type) -> list[Any]:
        """The objects of a kind."""
        return [made for made in self._objects.values() if isinstance(made, kind)]


class Interface:
    """One interface that is being defined.

    Functions get objects where the WIT has handles. They raise `Refusal` or `ValueError` for what the WIT calls an
    error, an `error-code` or a text; `Trap` ends the guest.
    """

    _kinds: dict[str, int] = {}

    def __init__(self, instance: LinkerInstance, table: Table):
        self._instance = instance
        self._table = table

    def function(self, name: str, call: Callable[..., Any]) -> None:
        """Defines a function."""

        def called(*given: Any) -> Any:
            return call(*[self._object(value) for value in given])

        add_function(self._instance, name, called)

    def _object(self, value: Any) -> Any:
        if isinstance(value, Handle):
            return self._table.remove(value.number) if value.is_owned else self._table.get(value.number)
        if isinstance(value, list) and value and isinstance(value[0], Handle):
            return [self._object(one) for one in value]
        return value

    def resource(self, name: str, drop: Callable[[Any], None] = lambda made: None) -> None:
        """Defines a resource, and what follows when its handle is dropped."""

        def dropped(_store: Any, handle: int) -> None:
            drop(self._table.remove(handle))

        self._instance.add_resource(name, ResourceType.host(self._kind(name)), dropped)

    def constructor(self, resource: str, make: Callable[..., Any]) -> None:
        """Defines how a resource is made."""
        self.function(f"[constructor]{resource}", lambda *given: self.handle(resource, make(*given)))

    def methods(self, resource: str, **calls: Callable[..., Any]) -> None:
        """Defines methods; the first argument is the object, and `send_text` is `send-text`."""
        for name, call in calls.items():
            self.function(f"[method]{resource}.{name.replace('_', '-')}", call)

    def functions(self, **calls: Callable[..., Any]) -> None:
        """Defines functions; `unix_time` is `unix-time`."""
        for name, call in calls.items():
            self.function(name.replace("_", "-"), call)

    def not_offered(self, interface: str, *names: str) -> None:
        """Defines functions that end the guest with a text that names them."""

        def trap(name: str) -> Callable[..., Any]:
            def called(*_given: Any) -> Any:
                raise Trap(f"wasock-host does not offer {interface}, and the guest calls {name} of it")

            return called

        for name in names:
            self.function(name, trap(name))

    def handle(self, resource: str, made: Any) -> ResourceHost:
        """A handle for the guest."""
        return ResourceHost.own(self._table.add(made), self._kind(resource))

    def _kind(self, resource: str) -> int:
        """The number of a kind of resource; each has a name of its own in the WIT."""
        return self._kinds.setdefault(resource, len(self._kinds) + 1)
