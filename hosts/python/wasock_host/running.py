"""A whole test by one user: each stage in its turn."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Unpack

from .errors import Interrupted, WasockError
from .guest import Guest
from .guest_state import Verdict
from .measurements import Measurements
from .options import GuestOptions, check, check_run

STAGES = ("setup", "teardown", "handleSummary")
"""Names among a guest's functions that are stages, and no functions to iterate."""


@dataclass(frozen=True)
class Outcome:
    """What a run came to."""

    measurements: Measurements
    """Metrics and checks."""
    completed: int
    """Iterations that ran to their end."""
    errors: list[WasockError]
    """What ended the others, and `setup` or `teardown`."""
    failures: list[str]
    """What the guest has said to mark the test as failed, or to end it."""
    verdict: Verdict | None = None
    """Which of the two, and what it has said."""


def run(
    wasm: str | os.PathLike[str] | bytes,
    exec: str = "default",
    *,
    iterations: int = 1,
    on_guest: Callable[[Guest], None] = lambda guest: None,
    **how: Unpack[GuestOptions],
) -> Outcome:
    """Runs a component of the world `vu`: `init`, `setup`, `iterate(exec)` so many times, `teardown`.

    `how` is as for `instantiate`; `on_guest` gets the guest, for `interrupt`. An iteration that fails is in `errors`,
    and the next one runs. Raises `WasockError` for a component that is none of `vu`, or has no such function.
    """
    check_run(wasm, exec, iterations)
    check("on_guest", on_guest, callable(on_guest), "a function of a guest")
    with Guest(wasm, **how) as guest:
        guest.check_stages()
        on_guest(guest)
        info = guest.init()
        if exec not in info.functions or exec in STAGES:
            there_are = ", ".join(name for name in info.functions if name not in STAGES)
            raise WasockError(f'the guest has no function "{exec}"', f"there are {there_are}")
        errors: list[WasockError] = []
        data = _stage(errors, guest.setup) if "setup" in info.functions else None
        completed = 0
        for _ in range(0 if errors else iterations):
            failed = len(errors)
            _stage(errors, guest.iterate, exec, data)
            completed += len(errors) == failed
            if not guest.is_usable or isinstance(errors and errors[-1], Interrupted) or _has_ended(guest):
                break
        if "teardown" in info.functions and guest.is_usable:
            _stage(errors, guest.teardown, data)
        return Outcome(guest.measurements, completed, errors, guest.failures, guest.verdict)


def _has_ended(guest: Guest) -> bool:
    return guest.verdict is not None and guest.verdict.kind == "abort"


def _stage(errors: list[WasockError], call: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return call(*arguments)
    except WasockError as error:
        errors.append(error)
        return None
