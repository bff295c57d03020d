#!/usr/bin/env python3
"""Measures the host in Python beside `wasock run`: how long a start takes, how many messages there are in a second.

make hosts-python && hosts/bench/build.sh && hosts/bench/measure.py
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
WASOCK = ROOT / "target/release/wasock"
PYTHON = ROOT / "target/hosts-python/bin/python"
GUESTS = ["c", "rust", "go", "js", "python"]
RUNS = 3

LOADS = [
    ("ping-pong, 64 bytes", "pingPong", {"SIZE": "64", "COUNT": "20000"}),
    ("ping-pong, 4 KiB binary", "pingPong", {"SIZE": "4096", "BINARY": "1", "COUNT": "5000"}),
    ("flood, 64 bytes", "flood", {"SIZE": "64", "COUNT": "200000"}),
    ("flood, 4 KiB", "flood", {"SIZE": "4096", "COUNT": "50000"}),
]


def in_python(guest, function, variables, folder):
    environment = os.environ | {"WASOCK_HOST_CACHE": f"{folder}/python"}
    flags = [f"-e{name}={value}" for name, value in variables.items()]
    command = [PYTHON, "-m", "wasock_host", guest, "--exec", function, *flags]
    return run(command, environment)


def in_wasock(guest, function, variables, folder):
    environment = os.environ | {"XDG_CACHE_HOME": f"{folder}/wasock"}
    scenario = {"executor": "shared-iterations", "guest": str(guest), "exec": function, "maxDuration": "10m"}
    test = Path(folder) / "test.json"
    test.write_text(json.dumps({"scenarios": {"t": scenario}, "setupTimeout": "5m"}))
    flags = [part for name, value in variables.items() for part in ("-e", f"{name}={value}")]
    return run([WASOCK, "run", test, *flags], environment)


def run(command, environment):
    """What a command prints, and how many seconds it takes."""
    start = time.monotonic()
    ran = subprocess.run(command, env=environment, capture_output=True, text=True)
    took = time.monotonic() - start
    if ran.returncode:
        sys.exit(f"error: {' '.join(map(str, command))} has ended with {ran.returncode}\n{ran.stdout}{ran.stderr}")
    return ran.stdout + ran.stderr, took


HOSTS = [in_python, in_wasock]


def starts(base):
    """From the command to its end, with the calls of `vuTranscript` between: for the first time, and again."""
    print("| guest | Python, first | again | `wasock run`, first | again |\n| --- | --- | --- | --- | --- |")
    for language in GUESTS:
        cells = []
        for host in HOSTS:
            with tempfile.TemporaryDirectory() as folder:
                guest = ROOT / f"target/guests/{language}.wasm"
                times = [host(guest, "vuTranscript", {"WS": base}, folder)[1] for _ in range(1 + RUNS)]
            cells += [f"{times[0]:.1f} s", f"{min(times[1:]):.2f} s"]
        print(f"| {language} | {' | '.join(cells)} |", flush=True)


def messages(base):
    """The best of some runs of a guest in C."""
    print("\n| messages in a second | Python | `wasock run` |\n| --- | --- | --- |")
    for name, function, variables in LOADS:
        cells = []
        for host in HOSTS:
            with tempfile.TemporaryDirectory() as folder:
                texts = [
                    host(ROOT / "target/guests/bench.wasm", function, variables | {"WS": base}, folder)[0]
                    for _ in range(RUNS)
                ]
            found = [int(re.search(r"(\d+) messages per second", text)[1]) for text in texts]
            cells.append(f"{max(found):,}")
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


def main():
    flags = ["serve", "--port", "0", "--tls-port", "0", "--json"]
    with subprocess.Popen([WASOCK, *flags], stdout=subprocess.PIPE, text=True) as server:
        try:
            base = "ws://" + json.loads(server.stdout.readline())["address"]
            starts(base)
            messages(base)
        finally:
            server.terminate()


if __name__ == "__main__":
    main()
