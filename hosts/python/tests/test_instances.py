"""Instances of components: grants, the cache, interruptions, what is no guest."""

import threading
import time

import pytest
import wasmtime
from conftest import component

import wasock_host
from wasock_host import component as components

ENDLESS = """
(component
  (core module $m (func (export "run") (loop $again (br $again))))
  (core instance $i (instantiate $m))
  (func (export "run") (canon lift (core func $i "run"))))
"""

WANTS = """
(component
  (import "%s" (instance (export "f" (func)))))
"""


def test_a_guest_that_computes_without_end_is_stopped():
    with wasock_host.instantiate(bytes(wasmtime.wat2wasm(ENDLESS))) as guest:
        start = time.monotonic()
        threading.Timer(0.1, guest.interrupt).start()
        with pytest.raises(wasock_host.Interrupted):
            guest.call("run")
        assert 2 <= time.monotonic() - start < 10
        assert not guest.is_usable


def test_a_second_interruption_stops_it_at_once():
    with wasock_host.instantiate(bytes(wasmtime.wat2wasm(ENDLESS))) as guest:
        start = time.monotonic()
        for delay in [0.1, 0.2]:
            threading.Timer(delay, guest.interrupt).start()
        with pytest.raises(wasock_host.Interrupted):
            guest.call("run")
        assert time.monotonic() - start < 2


def test_what_there_is_not_is_named():
    for wanted, text in [
        ("wasi:nn/tensor@0.2.0", "the component imports wasi:nn/tensor@0.2.0, which wasock-host does not have"),
        ("wasock:websocket/sockets@0.0.9", "the component was built for wasock:websocket@0.0.9, and this is 0.1.0"),
    ]:
        with pytest.raises(wasock_host.WasockError) as raised:
            wasock_host.instantiate(bytes(wasmtime.wat2wasm(WANTS % wanted)))
        assert str(raised.value) == text
    with wasock_host.instantiate(bytes(wasmtime.wat2wasm(ENDLESS))) as guest:
        with pytest.raises(wasock_host.WasockError, match="the component exports no lifecycle, so it is no test"):
            guest.init()
        with pytest.raises(wasock_host.WasockError, match="exports no function walk"):
            guest.call("walk")


def test_a_module_is_no_component(tmp_path):
    path = tmp_path / "module.wasm"
    path.write_bytes(wasmtime.wat2wasm("(module)"))
    with pytest.raises(wasock_host.WasockError, match="is a WebAssembly module, and no component"):
        wasock_host.instantiate(path)


def test_machine_code_is_kept_by_content(tmp_path, monkeypatch):
    monkeypatch.setenv("WASOCK_HOST_CACHE", str(tmp_path / "cache"))
    compiled = []

    def start(path, **how):
        wasock_host.instantiate(path, on_compile=lambda: compiled.append(path), **how).close()

    guest = component("c")
    start(guest)
    start(guest)
    # Another file with the same content.
    copy = tmp_path / "copy.wasm"
    copy.write_bytes(guest.read_bytes())
    start(copy)
    assert compiled == [guest]
    # A file that is cut off is made anew.
    [kept] = (tmp_path / "cache").iterdir()
    kept.write_bytes(kept.read_bytes()[:1000])
    start(guest)
    start(guest)
    assert compiled == [guest, guest]
    start(guest, cache=False)
    assert compiled == [guest, guest, guest]
    assert components.cache_folder() == tmp_path / "cache"


def test_nothing_is_granted_that_is_not_passed(server):
    outcome = wasock_host.run(component("c"), variables={"WSS": server.ws})
    text = f"cannot connect to {server.ws}/protocol: access-denied: the host 127.0.0.1 is not granted"
    assert [str(error) for error in outcome.errors] == [text]


def test_a_guest_has_no_more_memory_than_it_may(server):
    limits = wasock_host.Limits(memory_bytes=1 << 20)
    with pytest.raises(wasock_host.WasockError, match="cannot be started: memory minimum size"):
        wasock_host.instantiate(component("c"), limits=limits)


FUNCTION = """
  (core module $m (func (export "f"))) (core instance $i (instantiate $m))
  (func $f (canon lift (core func $i "f"))) (instance $l (export "init" (func $f)))
"""


@pytest.mark.parametrize(
    ("content", "text", "hint"),
    [
        (b"", " is empty", "build the component anew"),
        (b"hello\n", " is no WebAssembly", "wasock compile makes a component of a script"),
        (b"(component)", " is WebAssembly as text", "wasm-tools parse makes a binary of it"),
        (b"\0asm", " is cut off", "build the component anew"),
        (b"\0asm\x0d\0\1\0\xff", " is no sound component: ", "build it anew"),
        ("(component)", " exports no lifecycle, so it is no test", "build it for the world vu"),
        ('(component (import "hello" (func)))', " imports hello, which wasock-host does not have", "it has "),
        (WANTS % "a:b/c@1.0.0", " imports a:b/c@1.0.0, which wasock-host does not have", "it has "),
        (
            WANTS % "wasock:websocket/timers@0.1.0",
            " imports a function f of wasock:websocket/timers@0.1.0 that wasock-host does not have",
            "build it with the wit/ of this version",
        ),
        (
            f'(component {FUNCTION} (export "wasock:websocket/lifecycle@0.1.0" (instance $l)))',
            " exports no function setup of wasock:websocket/lifecycle@0.1.0",
            "build it for the world vu",
        ),
        (
            f'(component {FUNCTION} (export "wasock:websocket/lifecycle@0.2.0" (instance $l)))',
            " was built for wasock:websocket@0.2.0, and this is 0.1.0",
            "wit/ has changed since: build it anew",
        ),
    ],
)
def test_each_kind_of_file_that_is_no_test_is_told_with_a_hint(tmp_path, content, text, hint):
    path = tmp_path / "guest.wasm"
    path.write_bytes(content if isinstance(content, bytes) else wasmtime.wat2wasm(content))
    with pytest.raises(wasock_host.WasockError) as raised:
        wasock_host.run(path)
    assert str(raised.value).startswith(f"{path}{text}")
    assert "\n" not in str(raised.value)
    assert raised.value.hint.startswith(hint)
