"""wasock's guests in Python: WebAssembly components with WebSocket connections, on wasmtime.

    import wasock_host

    outcome = wasock_host.run(
        "chat.wasm",
        variables={"WSS": "wss://chat.example"},
        network=wasock_host.OpenNetwork(),
        log=lambda level, line: print(line),
    )
    print(outcome.measurements.metrics["ws_msgs_received"].total)

A guest of the world `client` with exports of its own is called through `instantiate`:

    with wasock_host.instantiate("client.wasm", network=wasock_host.OpenNetwork()) as guest:
        guest.call("run", "wss://echo.example")

Nothing is granted that is not passed: no host, no variable, no file.
"""

from __future__ import annotations

import os
from typing import Unpack

from .errors import GuestFailed, Interrupted, WasockError
from .guest import Guest, ScriptInfo
from .guest_state import Verdict
from .limits import Limits
from .measurements import Check, Measurements, Sum
from .network import Denied, Network, OpenNetwork
from .options import GuestOptions
from .running import Outcome, run

__all__ = [
    "Check",
    "Denied",
    "Guest",
    "GuestFailed",
    "GuestOptions",
    "Interrupted",
    "Limits",
    "Measurements",
    "Network",
    "OpenNetwork",
    "Outcome",
    "ScriptInfo",
    "Sum",
    "Verdict",
    "WasockError",
    "instantiate",
    "run",
]


def instantiate(wasm: str | os.PathLike[str] | bytes, **how: Unpack[GuestOptions]) -> Guest:
    """An instance of a component: the path of its file, or its content.

    - `network`: where it may connect to, a `Network`. Without it: nowhere.
    - `variables`: names and values that it is told.
    - `folders`: what it may read files in. Without them: nothing. Relative paths are in the first.
    - `limits`: what it can cost, a `Limits`.
    - `log`: what its lines are given to, level and text. Without it they are dropped.
    - `scenario`: the name of the scenario that it is told.
    - `cache`: keep the machine code for next time; see `component.cache_folder`.
    - `on_compile`: called before it is compiled, which may take a minute.

    Raises `WasockError` if the file is no component or wants what there is not, or an option is wrong.
    """
    return Guest(wasm, **how)
