"""Which interfaces there are, and what this host does not offer of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wasmtime.component import Linker

from .guest_state import GuestState
from .interface import Interface
from .interfaces import (
    console,
    cookies,
    environment,
    events,
    execution,
    files,
    http,
    metrics,
    round_trips,
    secrets,
    shared_data,
    sockets,
    summary,
    tags,
    timers,
    types,
)

PACKAGE = "wasock:websocket"
VERSION = "0.1.0"

CLIENT = {"types": types, "events": events, "sockets": sockets, "timers": timers}
"""The world `client`."""

VU = CLIENT | {
    "cookies": cookies,
    "http": http,
    "console": console,
    "tags": tags,
    "metrics": metrics,
    "round-trips": round_trips,
    "environment": environment,
    "execution": execution,
    "shared-data": shared_data,
    "files": files,
    "secrets": secrets,
    "summary": summary,
}
"""The world `vu`, in an order in which each uses only those before it."""


def define_world(linker: Linker, state: GuestState) -> None:
    """Adds all interfaces to a linker."""
    with linker.root() as root:
        for name, module in VU.items():
            with root.add_instance(f"{PACKAGE}/{name}@{VERSION}") as instance:
                define: Callable[[Interface, GuestState], Any] = module.define
                define(Interface(instance, state.table), state)
