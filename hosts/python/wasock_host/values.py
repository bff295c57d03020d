"""The values that pass between guest and host, as wasmtime has them."""

from types import SimpleNamespace
from typing import Any

from wasmtime import WasmtimeError
from wasmtime.component import Variant

Trap = WasmtimeError
"""What a host function raises to end the guest: a wrong use that is no value of the WIT."""


class Record(SimpleNamespace):
    """A record: the field `was-clean` of the WIT is `was_clean`."""


class Refusal(Exception):
    """What a method refuses with: an `error-code` that the guest gets as a value."""

    def __init__(self, case: str, text: str | None = None):
        super().__init__(case if text is None else f"{case}: {text}")
        self.code: Any = Variant(case, text)


class Interruption(Refusal):
    """The `wait-error` of a wait that was interrupted."""

    def __init__(self) -> None:
        super().__init__("interrupted")
        self.code = "interrupted"


def failure(code: Variant, address: str | None) -> Record:
    """A `failure`."""
    return Record(code=code, address=address)
