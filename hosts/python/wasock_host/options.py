"""Options of whoever uses this host are checked as a whole, before anything begins: one that is wrong must not grant
more, or do less, than was meant."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypedDict

from .errors import WasockError
from .limits import Limits
from .network import Network

SHOWN = 80
"""The longest value that an error shows, in characters."""


class GuestOptions(TypedDict, total=False):
    """What `instantiate` and `run` take by name; `instantiate` says what each is."""

    network: Network | None
    variables: Mapping[str, str] | None
    folders: Iterable[str | os.PathLike[str]]
    limits: Limits | None
    log: Callable[[str, str], None] | None
    scenario: str
    cache: bool
    on_compile: Callable[[], None]


def check(name: str, value: Any, is_right: bool, expected: str) -> None:
    """Raises what is wrong with an option."""
    if not is_right:
        shown = repr(value)
        if len(shown) > SHOWN:
            shown = f"{shown[:SHOWN]}…"
        raise WasockError(f"the option {name} is {shown}, expected {expected}")


def check_guest(given: Mapping[str, Any]) -> None:
    """Checks the options of `instantiate`."""
    network, limits, log = given["network"], given["limits"], given["log"]
    is_network = network is None or isinstance(network, Network)
    check("network", network, is_network, "a wasock_host.Network, such as wasock_host.OpenNetwork()")
    check("limits", limits, limits is None or isinstance(limits, Limits), "a wasock_host.Limits")
    _check_limits(limits or Limits())
    _check_variables(given["variables"])
    check("log", log, log is None or callable(log), "a function of a level and a line")
    check("scenario", given["scenario"], _is_name(given["scenario"]), "a str that is not empty")
    check("cache", given["cache"], isinstance(given["cache"], bool), "True or False")
    check("on_compile", given["on_compile"], callable(given["on_compile"]), "a function without arguments")


def folders(given: Any) -> list[str | os.PathLike[str]]:
    """The option `folders`, checked: a path by itself would be taken for one of each of its letters."""
    expected = "a list of paths"
    is_one = isinstance(given, (str, bytes, os.PathLike)) or not isinstance(given, Iterable)
    check("folders", given, not is_one, expected)
    found = list(given)
    check("folders", found, all(isinstance(one, os.PathLike) or _is_name(one) for one in found), expected)
    return found


def check_run(wasm: Any, exec: Any, iterations: Any) -> None:
    """Checks what `run` takes besides."""
    check_component(wasm)
    check("exec", exec, _is_name(exec), "a str that is not empty")
    check("iterations", iterations, _is_whole(iterations, 1), "a whole number from 1 on")


def check_component(wasm: Any) -> None:
    """Checks what is given as component."""
    check("wasm", wasm, isinstance(wasm, (str, bytes, os.PathLike)), "the path of a component, or its content")


def _check_variables(variables: Any) -> None:
    if variables is None:
        return
    check("variables", variables, isinstance(variables, Mapping), "a mapping of names to values")
    for name, value in variables.items():
        is_right = _is_name(name) and "=" not in name and "\0" not in name
        check("variables", name, is_right, "names that are str, without =")
        check(f"variables[{name!r}]", value, isinstance(value, str) and "\0" not in value, "a str")


def _check_limits(limits: Limits) -> None:
    for name, value in vars(limits).items():
        if name.endswith("_seconds"):
            is_right = isinstance(value, (int, float)) and not isinstance(value, bool)
            check(f"limits.{name}", value, is_right and math.isfinite(value) and value > 0, "seconds, more than 0")
        else:
            least = 0 if name in ("queues", "sockets", "timers") else 1
            check(f"limits.{name}", value, _is_whole(value, least), f"a whole number from {least} on")


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _is_whole(value: Any, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least
