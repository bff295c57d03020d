"""Functions of the host in wasmtime's linker."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from itertools import count
from typing import Any

from wasmtime import WasmtimeError
from wasmtime import _ffi as ffi
from wasmtime.component import FuncType, LinkerInstance, ResultType, Variant

from .conversion import Context, Converter, converter
from .values import Refusal

CALLS = count(1)
"""The numbers of functions, by which wasmtime calls them."""


class HostFunction:
    """A function that a guest calls. What it raises is the guest's error, or ends the guest."""

    all: dict[int, HostFunction] = {}

    def __init__(self, call: Callable[..., Any]):
        self._call = call
        self._parameters: list[Converter] | None = None
        self._result: Converter | None = None
        self._fails = False

    def _learn(self, raw_type: Any) -> list[Converter]:
        """Reads the type at the first call."""
        kind = FuncType._from_ptr(raw_type, owner=self)
        result = kind.result
        self._fails = isinstance(result, ResultType)
        self._result = None if result is None else converter(result)
        self._parameters = [converter(parameter) for _, parameter in kind.params]
        return self._parameters

    def run(self, context: Context, raw_type: Any, arguments: Any, results: Any) -> None:
        """One call."""
        parameters = self._parameters or self._learn(raw_type)
        given = [parameter.lift(arguments[place], context) for place, parameter in enumerate(parameters)]
        if self._result is None:
            self._call(*given)
        elif self._fails:
            self._result.lower(self._outcome(given), results[0], context)
        else:
            self._result.lower(self._call(*given), results[0], context)

    def _outcome(self, given: list[Any]) -> Variant:
        try:
            return Variant("ok", self._call(*given))
        except Refusal as refusal:
            return Variant("err", refusal.code)
        except ValueError as error:
            return Variant("err", str(error))


@ffi.wasmtime_component_func_callback_t
def _called(number: Any, context: Any, raw_type: Any, arguments: Any, _: Any, results: Any, __: Any) -> Any:
    try:
        HostFunction.all[number].run(context, raw_type, arguments, results)
        return 0
    except WasmtimeError as error:
        failed = error
    except Exception as error:
        failed = WasmtimeError(f"the host failed: {type(error).__name__}: {error}")
    return ctypes.cast(failed._consume(), ctypes.c_void_p).value


@ctypes.CFUNCTYPE(None, ctypes.c_void_p)
def _dropped(number: Any) -> None:
    if HostFunction.all is not None:
        HostFunction.all.pop(number, None)


def add_function(instance: LinkerInstance, name: str, call: Callable[..., Any]) -> None:
    """Defines a function."""
    number = next(CALLS)
    HostFunction.all[number] = HostFunction(call)
    encoded = name.encode()
    buffer = ctypes.create_string_buffer(encoded)
    error = ffi.wasmtime_component_linker_instance_add_func(
        instance.ptr(), buffer, len(encoded), _called, number, _dropped
    )
    if error:
        raise WasmtimeError._from_ptr(error)
