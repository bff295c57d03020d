"""Compiled components, kept by their content: a component with a language's runtime in it compiles for a minute."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from wasmtime import Config, Engine, WasmtimeError
from wasmtime.component import Component

from .errors import WasockError

COMPONENT = b"\0asm\x0d\0\1\0"
"""What a component begins with; the last two bytes tell it from a module."""


def engine() -> Engine:
    """An engine that can stop a guest, whatever it does."""
    config = Config()
    config.epoch_interruption = True
    return Engine(config)


def cache_folder() -> Path:
    """Where compiled components are: `WASOCK_HOST_CACHE`, or `wasock-host` in the user's folder for such things."""
    own = os.environ.get("WASOCK_HOST_CACHE")
    if own:
        return Path(own)
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(base) / "wasock-host"


def read(path: str | os.PathLike[str]) -> bytes:
    """The content of a component's file."""
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise WasockError(f"{path} cannot be read: {error.strerror}", "name the file of a component") from None
    check(content, str(path))
    return content


BUILD = "wasock compile makes a component of a script; docs/guests.md in the repository of wasock has other languages"


def check(content: bytes, name: str) -> None:
    """Raises what else a file is, if it does not begin as a component does."""
    if content[:4] != COMPONENT[:4]:
        raise WasockError(*_no_wasm(content, name))
    if len(content) < len(COMPONENT):
        raise WasockError(f"{name} is cut off", "build the component anew")
    if content[6] == 0:
        hint = "wasm-tools component new, or wasock-guest-build component, makes one of it"
        raise WasockError(f"{name} is a WebAssembly module, and no component", hint)
    if content[:8] != COMPONENT:
        raise WasockError(f"{name} is a component of another version of the binary format", "build it anew")


def _no_wasm(content: bytes, name: str) -> tuple[str, str]:
    start = content[:64].lstrip()
    if not content:
        return f"{name} is empty", "build the component anew"
    if start.startswith((b"(component", b"(module")):
        return f"{name} is WebAssembly as text", "wasm-tools parse makes a binary of it"
    if content[:2] == b"\x1f\x8b":
        return f"{name} is compressed, and no WebAssembly", "gunzip makes a component of it"
    return f"{name} is no WebAssembly", BUILD


def load(of: Engine, content: bytes, name: str, cache: bool, on_compile: Callable[[], None]) -> Component:
    """A component, from the cache if it is there. `on_compile` is called before it is compiled."""
    path = cache_folder() / f"{_key(content)}.cwasm"
    if cache and path.exists():
        try:
            return Component.deserialize_file(of, str(path))
        except WasmtimeError:
            # Another version's, or cut off: it is made anew.
            path.unlink(missing_ok=True)
    on_compile()
    try:
        component = Component(of, content)
    except WasmtimeError as error:
        lines = [re.sub(r"^\d+: ", "", line.strip()) for line in str(error).splitlines()]
        why = ": ".join(line for line in lines if line and line != "Caused by:")
        raise WasockError(f"{name} is no sound component: {why}", "build it anew, or copy it again") from None
    if cache:
        _keep(path, component)
    return component


def _key(content: bytes) -> str:
    """All that the machine code depends on. wasmtime itself refuses code of another configuration."""
    hashed = hashlib.sha256(content)
    hashed.update(f"{version('wasmtime')} {platform.machine()} {platform.system()}".encode())
    return hashed.hexdigest()


def _keep(path: Path, component: Component) -> None:
    """Writes the file as a whole, or not at all: others may look for it meanwhile."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(component.serialize())
        os.replace(file.name, path)
    except OSError:
        # A cache that cannot be written costs time and nothing else.
        pass
