"""The command `python -m wasock_host`."""

import json
import signal
import subprocess
import sys
import threading
from importlib.metadata import version
from pathlib import Path

import pytest
from conftest import component, languages
from peer import peer

from wasock_host.limits import INTERRUPT_SECONDS


def command(*arguments):
    program = [sys.executable, "-m", "wasock_host", *map(str, arguments)]
    return subprocess.run(program, capture_output=True, text=True, timeout=120)


def test_help_has_examples():
    ran = command("--help")
    assert ran.returncode == 0
    assert "python -m wasock_host chat.wasm -e WSS=wss://chat.example" in ran.stdout


def test_lines_go_to_standard_output_and_sums_to_standard_error(server):
    variables = [f"-eWSS={server.ws}", "-eSTAY=300", "-ePAUSE=50"]
    ran = command(component("c"), *variables, "--sums", "--iterations", 2)
    assert (ran.returncode, ran.stdout) == (0, "the swamp is empty\n")
    sums = json.loads(ran.stderr)
    assert sums["metrics"]["iterations"]["count"] == 2
    assert sums["checks"]["connected"] == {"passes": 2, "fails": 0}
    assert sums["metrics"]["ws_sessions"] == {"kind": "counter", "contents": "default", "count": 4}
    ran = command(component("c"), *variables, "--metrics", "json")
    assert ran.stderr == ""
    line, told = ran.stdout.splitlines()
    assert line == "the swamp is empty"
    assert set(json.loads(told)) == {"metrics", "checks"}
    ran = command(component("c"), *variables)
    assert "  ✓ connected\n" in ran.stderr
    assert "  iterations....................: 1\n" in ran.stderr


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ([], "the following arguments are required: COMPONENT"),
        (["--nonsense", "a.wasm"], "unrecognized arguments: --nonsense"),
        (["-i", "-1", "a.wasm"], 'argument -i/--iterations: "-1" is no number from 1 on'),
        (["--metrics", "xml", "a.wasm"], "argument --metrics: invalid choice: 'xml'"),
        (["--blacklist-ip", "here", "a.wasm"], '--blacklist-ip "here" is no address'),
    ],
)
def test_a_flag_that_is_wrong_is_told_with_the_exit_code_for_it(arguments, error):
    ran = command(*arguments)
    assert (ran.returncode, ran.stdout) == (104, "")
    first, hint = ran.stderr.splitlines()
    assert first.startswith(f"error: {error}")
    assert hint.startswith("hint: ")


def test_the_command_has_its_own_name_and_version():
    script = Path(sys.executable).with_name("wasock-host")
    ran = subprocess.run([script, "--help"], capture_output=True, text=True)
    assert ran.stdout.startswith("usage: wasock-host ")
    assert command("--help").stdout.startswith("usage: python -m wasock_host ")
    ran = subprocess.run([script, "--version"], capture_output=True, text=True)
    assert (ran.returncode, ran.stdout) == (0, f"wasock-host {version('wasock-host')}\n")


def test_an_address_can_be_forbidden(server):
    ran = command(component("c"), "-e", f"WSS={server.ws}", "--blacklist-ip", "10.0.0.0/8,127.0.0.0/8")
    assert ran.returncode == 107


@pytest.mark.parametrize(
    ("arguments", "code", "error", "hint"),
    [
        (
            ["missing.wasm"],
            104,
            "missing.wasm cannot be read: No such file or directory",
            "name the file of a component",
        ),
        ([__file__], 104, f"{__file__} is no WebAssembly", None),
        ([component("c"), "-e", "NAME"], 104, '"NAME" is no variable', "write -e NAME=VALUE"),
        ([component("c"), "--cacert", __file__], 104, "has no certificates", "a PEM file has"),
        (
            [component("c"), "--exec", "setup"],
            104,
            'the guest has no function "setup"',
            "there are default, clientTranscript, vuTranscript, pingPong, flood, fault",
        ),
        ([component("c"), "--exec", "fault", "-e", "FAULT=error"], 107, "it went wrong", None),
        ([component("c"), "--exec", "fault", "-e", "FAULT=trap"], 107, "the guest was stopped: wasm trap", None),
        ([component("c"), "-e", "WSS=ws://127.0.0.1:1"], 107, "cannot connect to ws://127.0.0.1:1/protocol", None),
        (
            [component("c"), "-e", "WSS=ws://a.test", "--block-hostnames", "*.test"],
            107,
            "cannot connect to ws://a.test/protocol",
            None,
        ),
    ],
)
def test_an_error_is_told_in_words(arguments, code, error, hint):
    ran = command(*arguments)
    assert ran.returncode == code, ran.stderr
    assert "Traceback" not in ran.stderr
    assert any(line.startswith("error: ") and error in line for line in ran.stderr.splitlines()), ran.stderr
    assert hint is None or f"hint: {hint}" in ran.stderr.splitlines()


@pytest.mark.parametrize("language", languages())
def test_a_process_ends_in_order(language):
    # What wasmtime does in threads of its own must not meet a Python that is on its way out.
    for _ in range(5):
        ran = command(component(language), "-e", "WSS=ws://127.0.0.1:1")
        assert (ran.returncode, ran.stdout) == (107, "the swamp is empty\n"), ran.stderr


def test_ctrl_c_interrupts_the_guest_and_ends_in_order():
    connected = threading.Event()

    def handler(connection):
        connected.set()
        for _ in connection:
            pass

    with peer(handler) as url:
        program = [sys.executable, "-m", "wasock_host", component("c"), "-e", f"WSS={url}"]
        with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            assert connected.wait(60)
            process.send_signal(signal.SIGINT)
            stdout, stderr = process.communicate(timeout=INTERRUPT_SECONDS + 60)
    assert (process.returncode, stderr.splitlines()[0]) == (105, "error: the guest was interrupted")
    assert stdout == "the swamp is empty\n"
