"""A guest: an instance of a component, with sockets and all else that its world has."""

from __future__ import annotations

import os
import re
from asyncio import TimerHandle
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from wasmtime import ExitTrap, Store, WasiConfig, WasmtimeError
from wasmtime.component import Func, Linker

from . import clock, component, options
from .connections import Connections
from .errors import GuestFailed, Interrupted, WasockError
from .event_queue import Shared
from .guest_state import GuestState, Verdict
from .interface import Table
from .interfaces.metrics import end_trips
from .interfaces.sockets import leave
from .jar import Jar
from .limits import INTERRUPT_SECONDS, Limits
from .lines import Lines
from .measurements import Measurements
from .meter import SocketMeter
from .network import Network
from .requests import Request
from .sockets import Socket
from .world import PACKAGE, VERSION, VU, define_world

LIFECYCLE = f"{PACKAGE}/lifecycle@{VERSION}"

STAGES = ("init", "setup", "iterate", "teardown", "handle-summary")
"""The functions of the interface `lifecycle`."""


@dataclass(frozen=True)
class ScriptInfo:
    """What a guest of the world `vu` is made of."""

    functions: list[str]
    """The names that `iterate` runs, and of the stages that there are."""
    options: str | None
    """The options of the test, as JSON."""


class Guest:
    """An instance of a component. It belongs to the thread that calls it; `interrupt` may be called from any.

    It is a context manager: at its end all of its connections are closed.
    """

    def __init__(
        self,
        wasm: str | os.PathLike[str] | bytes,
        *,
        network: Network | None = None,
        variables: Mapping[str, str] | None = None,
        folders: Iterable[str | os.PathLike[str]] = (),
        limits: Limits | None = None,
        log: Callable[[str, str], None] | None = None,
        scenario: str = "default",
        cache: bool = True,
        on_compile: Callable[[], None] = lambda: None,
    ):
        options.check_component(wasm)
        options.check_guest(
            dict(
                network=network,
                variables=variables,
                limits=limits,
                log=log,
                scenario=scenario,
                cache=cache,
                on_compile=on_compile,
            )
        )
        readable = [Path(folder).resolve() for folder in options.folders(folders)]
        name = "the component" if isinstance(wasm, bytes) else str(wasm)
        if isinstance(wasm, bytes):
            component.check(wasm, name)
        content = wasm if isinstance(wasm, bytes) else component.read(wasm)
        self._name = name
        limits = limits or Limits()
        self._engine = component.engine()
        compiled = component.load(self._engine, content, name, cache, on_compile)
        self._exported = list(compiled.type.exports(self._engine))
        self._deadline: TimerHandle | None = None
        self._is_stopped = False
        self._is_closed = False
        self._state = GuestState(
            limits=limits,
            shared=Shared(limits),
            connections=Connections(network or Network()),
            table=Table(limits.handles),
            log=log or (lambda level, line: None),
            variables=dict(variables or {}),
            folders=readable,
            scenario=scenario,
        )
        self._given_log, self._state.log = self._state.log, self._log
        loop = self._state.connections.loop
        self._lines = [Lines(self._given_log, level, loop) for level in ("info", "error")]
        try:
            self._store = self._make_store(limits)
            linker = Linker(self._engine)
            linker.add_wasip2()
            define_world(linker, self._state)
            self._instance = linker.instantiate(self._store, compiled)
            self._is_usable = True
        except WasmtimeError as error:
            self.close()
            raise WasockError(*_import_error(str(error), name)) from None
        except BaseException:
            self.close()
            raise

    def _make_store(self, limits: Limits) -> Store:
        """Everything is closed but clocks, random numbers and the variables."""
        wasi = WasiConfig()
        wasi.env = list(self._state.variables.items())
        wasi.stdout_file = self._lines[0].path
        wasi.stderr_file = self._lines[1].path
        store = Store(self._engine)
        store.set_wasi(wasi)
        store.set_limits(memory_size=limits.memory_bytes)
        store.set_epoch_deadline(1)
        return store

    def _log(self, level: str, line: str) -> None:
        """Writes a line behind what the guest has written before to standard output and error."""
        for lines in self._lines:
            lines.read()
        self._given_log(level, line)

    @property
    def measurements(self) -> Measurements:
        """What the guest has measured so far."""
        self._state.measurements.carried(self._state.connections.traffic)
        return self._state.measurements

    @property
    def verdict(self) -> Verdict | None:
        """What it has said about the run, if anything: that it has ended it, or that it has failed."""
        return self._state.verdict

    @property
    def failures(self) -> list[str]:
        """What the guest has said to mark the test as failed, or to end it."""
        return self._state.failures

    def interrupt(self) -> None:
        """Asks the guest to finish the call it is in: `wait` returns `interrupted` until the call ends.

        It is stopped two seconds later, or at once by a second call of this. May be called from any thread and from a
        signal's handler.
        """
        if not self._is_closed:
            self._state.connections.loop.call_soon_threadsafe(self._interrupt)

    def _interrupt(self) -> None:
        with self._state.shared.lock:
            if self._deadline is not None:
                return self._stop()
            self._state.shared.interrupt()
            self._deadline = self._state.connections.loop.call_later(INTERRUPT_SECONDS, self._stop)

    def _stop(self) -> None:
        """Stops the guest, whatever it does."""
        with self._state.shared.lock:
            if self._state.shared.interrupted:
                self._is_stopped = True
                self._engine.increment_epoch()

    def _end_interruption(self) -> bool:
        """The call has ended; says whether it was interrupted."""
        with self._state.shared.lock:
            was, self._state.shared.interrupted = self._state.shared.interrupted, False
            if self._deadline is not None:
                self._state.connections.loop.call_soon_threadsafe(self._deadline.cancel)
                self._deadline = None
            return was

    def call(self, name: str, *arguments: Any, interface: str | None = None) -> Any:
        """Calls an export of the component: a function of its own, or one of an interface that it exports.

        Values are as wasmtime has them: records are objects with the names of the WIT, results of two types are the
        value or the error. Raises `GuestFailed` after a trap; the guest is of no use then.
        """
        if self._is_closed:
            raise WasockError("the guest is closed", "call it before close(), inside of the with block")
        return self._call(self._function(name, interface), self._store, *arguments)

    def _function(self, name: str, interface: str | None) -> Func:
        within = None
        if interface is not None:
            within = self._instance.get_export_index(self._store, interface)
            if within is None:
                raise self._lacks(interface)
        index = self._instance.get_export_index(self._store, name, within)
        function = index and self._instance.get_func(self._store, index)
        if not function:
            of = f" of {interface}" if interface else ""
            hint = "build it for the world vu" if interface == LIFECYCLE else None
            raise WasockError(f"{self._name} exports no function {name}{of}", hint)
        return function

    def _lacks(self, interface: str) -> WasockError:
        """The error for an interface that is not exported, or not in this version."""
        if interface != LIFECYCLE:
            return WasockError(f"{self._name} does not export {interface}")
        package, _, _ = LIFECYCLE.partition("@")
        for other in self._exported:
            if other.startswith(f"{package}@"):
                built_for = other.rpartition("@")[2]
                text = f"{self._name} was built for {PACKAGE}@{built_for}, and this is {VERSION}"
                return WasockError(text, "wit/ has changed since: build it anew")
        hint = f"build it for the world vu: it exports {LIFECYCLE}"
        return WasockError(f"{self._name} exports no lifecycle, so it is no test", hint)

    def check_stages(self) -> None:
        """Raises `WasockError` unless the component has all stages of a test."""
        for stage in STAGES:
            self._function(stage, LIFECYCLE)

    def _call(self, call: Callable[..., Any], *arguments: Any) -> Any:
        if not self._is_usable:
            raise WasockError("the guest has broken down", "make another instance of the component")
        self._is_usable = False
        try:
            result = call(*arguments)
            self._is_usable = True
            return result
        except ExitTrap as error:
            raise GuestFailed(f"the guest has ended with exit code {error.code}") from None
        except WasmtimeError as error:
            if self._is_stopped:
                raise Interrupted() from None
            raise _trap(str(error)) from None
        finally:
            self._end_interruption()
            for lines in self._lines:
                lines.flush()

    @property
    def is_usable(self) -> bool:
        """Whether it can be called: not after a trap, and not after `close`."""
        return self._is_usable and not self._is_closed

    def init(self) -> ScriptInfo:
        """Runs the stage `init`."""
        info = self._stage("init")
        self._state.options = info.options or "{}"
        return ScriptInfo(info.functions, info.options)

    def setup(self) -> str | None:
        """Runs the stage `setup` and returns its data, JSON."""
        return self._stage("setup")

    def iterate(self, name: str = "default", data: str | None = None) -> None:
        """Runs an exported function once, with the data of `setup`."""
        state = self._state
        state.iteration = state.completed + state.cut_short
        if not state.keeps_cookies:
            state.jar = Jar()
        began = clock.now()
        try:
            self._stage("iterate", name, data)
            state.completed += 1
            state.measurements.iterated(clock.now() - began)
        except BaseException as error:
            state.cut_short += 1
            # An exception of the guest's ends an iteration, a trap or an interruption breaks it off.
            if isinstance(error, GuestFailed) and self._is_usable:
                state.measurements.iterated(clock.now() - began)
            raise
        finally:
            state.iteration = None

    def teardown(self, data: str | None = None) -> None:
        """Runs the stage `teardown` with the data of `setup`."""
        self._stage("teardown", data)

    def _stage(self, name: str, *arguments: Any) -> Any:
        result = self.call(name, *arguments, interface=LIFECYCLE)
        if result.tag == "ok":
            return result.payload
        # The case `interrupted` has nothing to tell.
        if result.payload is None:
            raise Interrupted()
        raise GuestFailed(result.payload.message, result.payload.stack)

    def close(self) -> None:
        """Ends all connections; those that are closing have a moment to send what was accepted."""
        if self._is_closed:
            return
        self._is_closed = True
        # What it still has open ends, and counts.
        for socket in self._state.table.all(Socket):
            leave(socket, self._state)
        for meter in self._state.table.all(SocketMeter):
            end_trips(meter, self._state)
        for lines in self._lines:
            lines.close()
        for request in self._state.table.all(Request):
            request.drop(self._state.connections.loop)
        self._state.connections.stop(self._state.leaving)
        self._state.measurements.carried(self._state.connections.traffic)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _trap(text: str) -> GuestFailed:
    """What stopped a guest, and where it was."""
    first, _, trace = text.partition("\n")
    causes = trace.rpartition("Caused by:")[2].split("\n")
    causes = [re.sub(r"^\s*\d+: ", "", cause).strip() for cause in causes if cause.strip()]
    stack = trace.partition("Caused by:")[0].strip("\n")
    return GuestFailed(f"the guest was stopped: {causes[-1] if causes else first}", stack)


def _import_error(text: str, name: str) -> tuple[str, str | None]:
    """Why a component cannot be instantiated: mostly, since it wants what this host does not have."""
    causes = [re.sub(r"^\d+: ", "", line.strip()) for line in text.splitlines() if line.strip()]
    if "matching implementation" not in text:
        return f"{name} cannot be started: {causes[-1]}", "it asks for more than this host has: build it anew"
    wanted = text.split("`")[1]
    _, _, built_for = wanted.rpartition("@")
    if wanted.startswith(PACKAGE + "/") and built_for != VERSION:
        text = f"{name} was built for {PACKAGE}@{built_for}, and this is {VERSION}"
        return text, "wit/ has changed since: build it anew"
    if wanted.startswith(PACKAGE + "/") and wanted.partition("@")[0].partition("/")[2] in VU:
        function = next((one for cause in causes for one in re.findall(r"export `([^`]+)` has", cause)), None)
        what = f"a function {function} of {wanted}" if function else f"a function of {wanted}"
        return f"{name} imports {what} that wasock-host does not have", "build it with the wit/ of this version"
    hint = "it has wasock:websocket and WASI 0.2: build the component without that import"
    return f"{name} imports {wanted}, which wasock-host does not have", hint
