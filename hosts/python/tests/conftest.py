"""What the tests have in common: the test server, and the guests that `make guests` builds."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

import wasock_host

ROOT = Path(__file__).parents[3]


@dataclass
class Server:
    """`wasock serve`."""

    address: str
    tls_address: str
    certificate: str

    @property
    def ws(self):
        return f"ws://{self.address}"


@pytest.fixture(scope="session")
def server():
    program = os.environ.get("WASOCK", ROOT / "target/release/wasock")
    flags = ["serve", "--port", "0", "--tls-port", "0", "--json"]
    with subprocess.Popen([program, *flags], stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Server(**json.loads(process.stdout.readline()))
        finally:
            process.terminate()


def languages():
    """The languages of the guests to test."""
    named = os.environ.get("GUESTS", "").split()
    assert named, "GUESTS names languages; `make hosts-python` sets it"
    return named


def component(language):
    """The component of a guest."""
    path = ROOT / f"target/guests/{language}.wasm"
    assert path.exists(), f"`make guest-{language}` has not made {path}"
    return path


@dataclass
class Ran:
    outcome: wasock_host.Outcome
    lines: list


@pytest.fixture
def run(server):
    """Runs a function of a guest, of a language or a file, against the server."""

    def run(language, exec="default", variables=(), **how):
        lines = []
        outcome = wasock_host.run(
            component(language) if isinstance(language, str) else language,
            exec,
            network=wasock_host.OpenNetwork(["blocked.test"]),
            variables={"WS": server.ws, "WSS": server.ws, "NAME": "croc", **dict(variables)},
            log=lambda level, line: lines.append(line),
            scenario="t",
            **how,
        )
        return Ran(outcome, lines)

    return run
