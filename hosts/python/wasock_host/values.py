"""The values that pass between guest and host, as wasmtime has them."""

from typing import Any

from wasmtime import WasmtimeError
from wasmtime.component import Record, Variant

Trap = WasmtimeError
"""What a host function raises to end the guest: a wrong use that is no value of the WIT."""


def record(**fields: Any) -> Record:
    """A record; `was_clean` is the field `was-clean`."""
    made = Record()
    for name, value in fields.items():
        setattr(made, name.replace("_", "-"), value)
    return made


def field(of: Record, name: str) -> Any:
    """A field of a record by the name in the WIT."""
    return getattr(of, name)


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
    return record(code=code, address=address)
