"""`wasock:websocket/summary`: values for people. There is no summary at the end of a run."""

from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from ..guest_state import GuestState
from ..interface import Interface

HUNDREDTH = Decimal("0.01")
BYTE_UNITS = ["B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"]

SLACK = Decimal("1e-9")
"""What a value may lack to the next step and still count as having reached it: 0.29 · 100 is a little less than 29."""


def define(interface: Interface, state: GuestState) -> None:
    """Defines the interface."""
    interface.functions(
        text=lambda _colours, _metrics: None,
        value=value,
        share=share,
    )


def value(number: float, contents: str, unit: str | None) -> str:
    """A value with the unit that its metric's contents have."""
    if contents == "time":
        return _time(Decimal(number), unit)
    return _bytes(Decimal(number)) if contents == "data" else _plain(Decimal(number), 6)


def share(part: float) -> str:
    """A share of 1 as a percentage."""
    return f"{_cut(Decimal(part) * 100)}%"


def _cut(number: Decimal) -> Decimal:
    """Without what comes after its second digit behind the point."""
    return (number + SLACK).quantize(HUNDREDTH, ROUND_DOWN)


def _plain(number: Decimal, digits: int) -> str:
    text = f"{number.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _bytes(number: Decimal) -> str:
    if number < 10:
        return f"{_plain(number, 6)} B"
    power = 0
    while number >= 1000 and power + 1 < len(BYTE_UNITS):
        number /= 1000
        power += 1
    tenths = number.quantize(Decimal("0.1"), ROUND_HALF_UP)
    shown = f"{tenths}" if tenths < 10 else f"{tenths.quantize(Decimal(1), ROUND_HALF_UP)}"
    return f"{shown} {BYTE_UNITS[power]}"


def _time(milliseconds: Decimal, unit: str | None) -> str:
    units = {"s": (Decimal("0.001"), "s"), "ms": (Decimal(1), "ms"), "us": (Decimal(1000), "µs")}
    if unit in units:
        factor, name = units[unit]
        return f"{(milliseconds * factor).quantize(HUNDREDTH, ROUND_HALF_UP)}{name}"
    if milliseconds < 0:
        return f"-{_time(-milliseconds, None)}"
    if milliseconds == 0:
        return "0s"
    steps = [
        (Decimal(1), Decimal(1000), "µs"),
        (Decimal(1000), Decimal(1), "ms"),
        (Decimal(60000), Decimal("0.001"), "s"),
    ]
    if milliseconds < Decimal("0.001"):
        return f"{int(milliseconds * 1_000_000 + SLACK)}ns"
    for bound, factor, name in steps:
        if milliseconds < bound:
            return f"{_plain(_cut(milliseconds * factor), 2)}{name}"
    seconds = int(milliseconds / 1000)
    hours, minutes, seconds = seconds // 3600, seconds // 60 % 60, seconds % 60
    return f"{hours}h{minutes}m{seconds}s" if hours else f"{minutes}m{seconds}s"
