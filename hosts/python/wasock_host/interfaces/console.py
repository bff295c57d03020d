"""`wasock:websocket/console`."""

from ..guest_state import GuestState
from ..interface import Interface


def define(interface: Interface, state: GuestState) -> None:
    """Defines the interface."""

    def log(level: str, _source: str, line: str) -> None:
        state.log(level, line)

    def log_failure(level: str, _source: str, line: str, error: str) -> None:
        state.log(level, f"{line}: {error}")

    interface.functions(log=log, log_failure=log_failure)
