"""Values between the component model and Python, by converters that are made once for each function.

wasmtime's own conversion asks for the types of all parts at each call, and takes lists of bytes apart byte by byte: a
message of 4 KiB took 4 ms. This one stands on the same types and on wasmtime's C API. Records are `Record`, variants
`Variant`, enums text, options the value or none, results `Variant` with the cases `ok` and `err`, bytes `bytes`.
"""

from __future__ import annotations

from collections.abc import Callable
from ctypes import POINTER, byref, memmove, sizeof, string_at
from typing import Any, NamedTuple

from wasmtime import WasmtimeError
from wasmtime import _ffi as ffi
from wasmtime.component import (
    F64,
    S64,
    U8,
    U16,
    U32,
    U64,
    Bool,
    BorrowType,
    EnumType,
    ListType,
    OptionType,
    OwnType,
    RecordType,
    ResourceHost,
    ResultType,
    String,
    TupleType,
    ValType,
    Variant,
    VariantType,
)

from .values import Record

Context = Any
"""What wasmtime calls a store's context."""

Lift = Callable[[Any, Context], Any]
"""Makes a Python value of one of wasmtime's, which stays wasmtime's."""

Lower = Callable[[Any, Any, Context], None]
"""Writes a Python value to a place for one of wasmtime's."""

VALUE = sizeof(ffi.wasmtime_component_val_t)
PAYLOAD = ffi.wasmtime_component_val_t.of.offset

BYTES = [
    bytes([ffi.WASMTIME_COMPONENT_U8.value]) + bytes(PAYLOAD - 1) + bytes([byte]) + bytes(VALUE - PAYLOAD - 1)
    for byte in range(256)
]
"""Each byte as a value of wasmtime's."""

NUMBERS = {
    Bool: ("boolean", ffi.WASMTIME_COMPONENT_BOOL.value),
    U8: ("u8", ffi.WASMTIME_COMPONENT_U8.value),
    U16: ("u16", ffi.WASMTIME_COMPONENT_U16.value),
    U32: ("u32", ffi.WASMTIME_COMPONENT_U32.value),
    U64: ("u64", ffi.WASMTIME_COMPONENT_U64.value),
    S64: ("s64", ffi.WASMTIME_COMPONENT_S64.value),
    F64: ("f64", ffi.WASMTIME_COMPONENT_F64.value),
}


class Handle(NamedTuple):
    """A handle that the guest passes."""

    number: int
    is_owned: bool


class Converter(NamedTuple):
    """Both ways for one type."""

    lift: Lift
    lower: Lower


def converter(of: ValType | None) -> Converter:
    """The converter of a type; of no type where a case has no value."""
    if of is None:
        return Converter(lambda value, context: None, lambda value, place, context: None)
    if type(of) in NUMBERS:
        return _number(*NUMBERS[type(of)])
    kinds: dict[type, Callable[[Any], Converter]] = {
        String: _string,
        EnumType: _enum,
        ListType: _list,
        RecordType: _record,
        TupleType: _tuple,
        VariantType: _variant,
        OptionType: _option,
        ResultType: _result,
        OwnType: _handle,
        BorrowType: _handle,
    }
    if type(of) not in kinds:
        raise TypeError(f"the WIT of wasock has no values of the type {type(of).__name__}")
    return kinds[type(of)](of)


def _number(name: str, kind: int) -> Converter:
    def lower(value: Any, place: Any, context: Context) -> None:
        setattr(place.of, name, value)
        place.kind = kind

    return Converter(lambda value, context: getattr(value.of, name), lower)


def _text(vector: Any) -> str:
    return string_at(vector.data, vector.size).decode() if vector.size else ""


def _vector(text: str) -> Any:
    """A text in memory of wasmtime's."""
    data = text.encode()
    vector = ffi.wasm_byte_vec_t()
    ffi.wasm_byte_vec_new_uninitialized(byref(vector), len(data))
    memmove(vector.data, data, len(data))
    return vector


def _string(_of: Any) -> Converter:
    kind = ffi.WASMTIME_COMPONENT_STRING.value

    def lower(value: str, place: Any, context: Context) -> None:
        place.of.string = _vector(value)
        place.kind = kind

    return Converter(lambda value, context: _text(value.of.string), lower)


def _enum(_of: Any) -> Converter:
    kind = ffi.WASMTIME_COMPONENT_ENUM.value

    def lower(value: str, place: Any, context: Context) -> None:
        place.of.enumeration = _vector(value)
        place.kind = kind

    return Converter(lambda value, context: _text(value.of.enumeration), lower)


def _list(of: ListType) -> Converter:
    if isinstance(of.element, U8):
        return Converter(_lift_bytes, _lower_bytes)
    element = converter(of.element)
    kind = ffi.WASMTIME_COMPONENT_LIST.value

    def lift(value: Any, context: Context) -> list[Any]:
        raw = value.of.list
        return [element.lift(raw.data[place], context) for place in range(raw.size)]

    def lower(value: list[Any], place: Any, context: Context) -> None:
        raw = ffi.wasmtime_component_vallist_t()
        ffi.wasmtime_component_vallist_new_uninit(byref(raw), len(value))
        data = raw.data
        for number, one in enumerate(value):
            element.lower(one, data[number], context)
        # Only now: what is in a place is freed after an error.
        place.kind = kind
        place.of.list = raw

    return Converter(lift, lower)


def _lift_bytes(value: Any, context: Context) -> bytes:
    raw = value.of.list
    return string_at(raw.data, raw.size * VALUE)[PAYLOAD::VALUE] if raw.size else b""


def _lower_bytes(value: bytes, place: Any, context: Context) -> None:
    raw = ffi.wasmtime_component_vallist_t()
    ffi.wasmtime_component_vallist_new_uninit(byref(raw), len(value))
    if value:
        memmove(raw.data, b"".join(map(BYTES.__getitem__, value)), len(value) * VALUE)
    place.kind = ffi.WASMTIME_COMPONENT_LIST.value
    place.of.list = raw


def _record(of: RecordType) -> Converter:
    fields = [(name.replace("-", "_"), converter(kind)) for name, kind in of.fields]
    template = ffi.wasmtime_component_val_t()
    template.kind = ffi.WASMTIME_COMPONENT_RECORD.value
    ffi.wasmtime_component_valrecord_new_uninit(byref(template.of.record), len(fields))
    for place, (name, _) in enumerate(of.fields):
        template.of.record.data[place].name = _vector(name)
        template.of.record.data[place].val.kind = ffi.WASMTIME_COMPONENT_BOOL.value

    def lift(value: Any, context: Context) -> Record:
        data = value.of.record.data
        return Record(**{name: field.lift(data[place].val, context) for place, (name, field) in enumerate(fields)})

    def lower(value: Record, place: Any, context: Context) -> None:
        # The names of the fields come along.
        ffi.wasmtime_component_val_clone(byref(template), byref(place))
        data = place.of.record.data
        for number, (name, field) in enumerate(fields):
            field.lower(getattr(value, name), data[number].val, context)

    return Converter(lift, lower)


def _tuple(of: TupleType) -> Converter:
    elements = [converter(kind) for kind in of.elements]
    kind = ffi.WASMTIME_COMPONENT_TUPLE.value

    def lift(value: Any, context: Context) -> tuple[Any, ...]:
        data = value.of.tuple.data
        return tuple(element.lift(data[place], context) for place, element in enumerate(elements))

    def lower(value: tuple[Any, ...], place: Any, context: Context) -> None:
        raw = ffi.wasmtime_component_valtuple_t()
        ffi.wasmtime_component_valtuple_new_uninit(byref(raw), len(elements))
        for number, element in enumerate(elements):
            element.lower(value[number], raw.data[number], context)
        place.kind = kind
        place.of.tuple = raw

    return Converter(lift, lower)


def _boxed(lower: Lower, value: Any, context: Context) -> Any:
    """A value in a place of its own, as cases have theirs."""
    made = ffi.wasmtime_component_val_t()
    lower(value, made, context)
    return ffi.wasmtime_component_val_new(byref(made))


def _variant(of: VariantType) -> Converter:
    cases = {name: (converter(kind), kind is not None) for name, kind in of.cases}
    kind = ffi.WASMTIME_COMPONENT_VARIANT.value

    def lift(value: Any, context: Context) -> Variant:
        raw = value.of.variant
        tag = _text(raw.discriminant)
        case, has_payload = cases[tag]
        return Variant(tag, case.lift(raw.val.contents, context) if has_payload else None)

    def lower(value: Variant, place: Any, context: Context) -> None:
        case, has_payload = cases[value.tag]
        payload = _boxed(case.lower, value.payload, context) if has_payload else None
        raw = place.of.variant
        raw.discriminant = _vector(value.tag)
        raw.val = payload
        place.kind = kind

    return Converter(lift, lower)


def _option(of: OptionType) -> Converter:
    some = converter(of.payload)
    kind = ffi.WASMTIME_COMPONENT_OPTION.value

    def lift(value: Any, context: Context) -> Any:
        raw = value.of.option
        return some.lift(raw.contents, context) if raw else None

    def lower(value: Any, place: Any, context: Context) -> None:
        payload = None if value is None else _boxed(some.lower, value, context)
        place.kind = kind
        place.of.option = payload

    return Converter(lift, lower)


def _result(of: ResultType) -> Converter:
    cases = {"ok": (converter(of.ok), of.ok is not None), "err": (converter(of.err), of.err is not None)}
    kind = ffi.WASMTIME_COMPONENT_RESULT.value

    def lift(value: Any, context: Context) -> Variant:
        raw = value.of.result
        tag = "ok" if raw.is_ok else "err"
        case, has_payload = cases[tag]
        return Variant(tag, case.lift(raw.val.contents, context) if has_payload else None)

    def lower(value: Variant, place: Any, context: Context) -> None:
        case, has_payload = cases[value.tag]
        payload = _boxed(case.lower, value.payload, context) if has_payload else None
        place.kind = kind
        raw = place.of.result
        raw.is_ok = value.tag == "ok"
        raw.val = payload

    return Converter(lift, lower)


def _handle(_of: Any) -> Converter:
    kind = ffi.WASMTIME_COMPONENT_RESOURCE.value

    def lift(value: Any, context: Context) -> Handle:
        found = POINTER(ffi.wasmtime_component_resource_host_t)()
        owned = ffi.wasmtime_component_resource_any_owned(value.of.resource)
        error = ffi.wasmtime_component_resource_any_to_host(context, value.of.resource, byref(found))
        if error:
            raise WasmtimeError._from_ptr(error)
        number = ffi.wasmtime_component_resource_host_rep(found)
        ffi.wasmtime_component_resource_host_delete(found)
        return Handle(number, owned)

    def lower(value: ResourceHost, place: Any, context: Context) -> None:
        made = POINTER(ffi.wasmtime_component_resource_any_t)()
        error = ffi.wasmtime_component_resource_host_to_any(context, value.ptr(), byref(made))
        if error:
            raise WasmtimeError._from_ptr(error)
        place.kind = kind
        place.of.resource = made

    return Converter(lift, lower)
