"""`wasock:websocket/environment`."""

import secrets
import time

from ..guest_state import GuestState
from ..interface import Interface
from ..limits import RANDOM_BYTES
from ..values import Trap


def define(interface: Interface, state: GuestState) -> None:
    """Defines the interface."""

    def random_bytes(length: int) -> bytes:
        if length > RANDOM_BYTES:
            raise Trap(f"{length} random bytes are asked for, and {RANDOM_BYTES} is the most")
        return secrets.token_bytes(length)

    interface.functions(
        variables=lambda: list(state.variables.items()),
        unix_time=time.time_ns,
        random_seed=lambda: secrets.randbits(64),
        random_bytes=random_bytes,
    )
