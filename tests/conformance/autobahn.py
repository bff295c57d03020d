#!/usr/bin/env python3
"""Lets the fuzzing server of Autobahn|Testsuite examine wasock, once for each API.

Needs Python 2.7, for which the suite is written; all else is installed below target/. The server listens
on loopback. Exits with 1 if a case fails or is not implemented.

    tests/conformance/autobahn.py                  all cases, both APIs side by side
    tests/conformance/autobahn.py --cases '7.*'    some cases
    tests/conformance/autobahn.py --write          also puts the table into docs/conformance.md
"""

import argparse
import collections
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORK = ROOT / "target" / "conformance"
CLIENT = ROOT / "tests" / "conformance" / "echo-client.js"
PAGE = ROOT / "docs" / "conformance.md"
BEGIN, END = "<!-- counts: begin -->\n", "<!-- counts: end -->\n"

SUITE = "autobahntestsuite==25.10.1"
# The last one that makes environments for Python 2.7.
VIRTUALENV = "virtualenv==20.15.1"

# Starts the suite's server on loopback, and without its web page.
START = """
import functools, json
from autobahntestsuite import fuzzing
from twisted.internet import reactor
fuzzing.listenWS = functools.partial(fuzzing.listenWS, interface="127.0.0.1")
fuzzing.startServer(json.load(open("settings.json")), None)
reactor.run()
"""

APIS = {"k6/ws": "ws", "WebSocket": "websockets"}
SECTIONS = {
    1: "framing",
    2: "pings and pongs",
    3: "reserved bits",
    4: "opcodes",
    5: "fragmentation",
    6: "UTF-8",
    7: "closing handshake",
    9: "limits and performance",
    10: "automatic fragmentation",
    12: "compression",
    13: "parameters of compression",
}
GOOD = {"OK", "NON-STRICT", "INFORMATIONAL"}
# How long the server may take to listen, and a client to run all cases.
START_SECONDS = 60
RUN_SECONDS = 45 * 60


def python27():
    """The interpreter for the suite."""
    pyenv = pathlib.Path(os.environ.get("PYENV_ROOT", pathlib.Path.home() / ".pyenv"))
    found = sorted(pyenv.glob("versions/2.7*/bin/python2.7"))
    for candidate in ["python2.7", *map(str, found)]:
        path = shutil.which(candidate)
        if path and subprocess.run([path, "--version"], capture_output=True).returncode == 0:
            return path
    sys.exit(
        "error: the suite needs Python 2.7, and there is none\n"
        "hint: install it as python2.7, or with pyenv: pyenv install 2.7.18"
    )


def install():
    """Installs the suite below target/, and returns the interpreter that has it."""
    python = WORK / "suite" / "bin" / "python"
    if (WORK / "suite" / "complete").exists():
        return python
    print("installing", SUITE, flush=True)
    shutil.rmtree(WORK / "suite", ignore_errors=True)
    tools = WORK / "tools"
    run = lambda *command: subprocess.run([str(part) for part in command], check=True)
    run(sys.executable, "-m", "venv", "--clear", tools)
    run(tools / "bin" / "pip", "install", "--quiet", VIRTUALENV)
    run(tools / "bin" / "virtualenv", "--quiet", "--python", python27(), WORK / "suite")
    run(python, "-W", "ignore", "-m", "pip", "install", "--quiet", SUITE)
    (WORK / "suite" / "complete").touch()
    return python


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class Examination:
    """One server and one client."""

    def __init__(self, python, wasock, name, cases):
        self.name, self.api = name, APIS[name]
        self.folder = WORK / self.api
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.url = f"ws://127.0.0.1:{free_port()}"
        self.server = self.start_server(python, cases)
        self.client = self.start_client(wasock)

    def start_server(self, python, cases):
        settings = {
            "url": self.url,
            "outdir": str(self.folder / "reports"),
            "cases": cases,
            "exclude-cases": [],
            "exclude-agent-cases": {},
        }
        (self.folder / "settings.json").write_text(json.dumps(settings))
        log = open(self.folder / "server.log", "w")
        server = subprocess.Popen([python, "-u", "-c", START], cwd=self.folder, stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        address = ("127.0.0.1", int(self.url.rsplit(":", 1)[1]))
        while True:
            try:
                socket.create_connection(address).close()
                return server
            except OSError:
                if server.poll() is not None or time.monotonic() > deadline:
                    server.kill()
                    sys.exit("error: the suite does not start\n" + log_of(self.folder / "server.log"))
                time.sleep(0.1)

    def start_client(self, wasock):
        command = [str(wasock), "run", "--quiet"]
        for variable in [f"SERVER={self.url}", f"AGENT={self.api}", f"API={self.api}"]:
            command += ["-e", variable]
        log = open(self.folder / "client.log", "w")
        return subprocess.Popen([*command, str(CLIENT)], stdout=log, stderr=log)

    def results(self):
        """The suite's report: what it says of each case."""
        try:
            code = self.client.wait(RUN_SECONDS)
        except subprocess.TimeoutExpired:
            code = "no exit in time"
        report = self.folder / "reports" / "index.json"
        if code != 0 or not report.exists():
            sys.exit(f"error: the client with {self.name} ended: {code}\n" + log_of(self.folder / "client.log"))
        return json.loads(report.read_text())[self.api]

    def stop(self):
        for process in (self.client, self.server):
            if process.poll() is None:
                process.kill()
            process.wait()


def log_of(path):
    return "".join(path.read_text(errors="replace").splitlines(keepends=True)[-20:])


def outcome(case):
    """The worse one of what the suite says of the messages and of the closing handshake."""
    said = {case["behavior"], case["behaviorClose"]}
    return next((bad for bad in sorted(said) if bad not in GOOD), case["behavior"])


def counts(results):
    """Outcomes by section."""
    table = collections.defaultdict(collections.Counter)
    for number, case in results.items():
        table[int(number.split(".")[0])][outcome(case)] += 1
    return table


def shown(counter):
    """`18 ok`, or `8 ok, 2 non-strict`."""
    order = ["OK", "NON-STRICT", "INFORMATIONAL"]
    kinds = order + sorted(kind for kind in counter if kind not in order)
    return ", ".join(f"{counter[kind]} {kind.lower()}" for kind in kinds if counter[kind])


def markdown(tables):
    """A table with a line for each section and a column for each API."""
    lines = ["| section | " + " | ".join(tables) + " |", "| --- |" + " --- |" * len(tables)]
    for number, title in SECTIONS.items():
        cells = [shown(table[number]) for table in tables.values()]
        if any(cells):
            lines.append(f"| {number} {title} | " + " | ".join(cells) + " |")
    totals = [sum(table.values(), collections.Counter()) for table in tables.values()]
    lines.append("| **all** | " + " | ".join(shown(total) for total in totals) + " |")
    return "\n".join(lines) + "\n"


def write(table):
    text = PAGE.read_text()
    before, rest = text.split(BEGIN)
    PAGE.write_text(before + BEGIN + table + END + rest.split(END)[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", nargs="*", default=["*"], help="patterns of cases, such as 12.1.*")
    parser.add_argument("--write", action="store_true", help="put the table into docs/conformance.md")
    parser.add_argument("--wasock", default=ROOT / "target" / "release" / "wasock", help="the command")
    arguments = parser.parse_args()
    python = install()
    started = time.monotonic()
    examinations = []
    try:
        for name in APIS:
            examinations.append(Examination(python, arguments.wasock, name, arguments.cases))
        print(f"running; the clients write to {WORK}/*/client.log", flush=True)
        reports = {examination.name: examination.results() for examination in examinations}
    finally:
        for examination in examinations:
            examination.stop()
    tables = {name: counts(results) for name, results in reports.items()}
    print(markdown(tables))
    good = bad = 0
    for name, results in reports.items():
        for number, case in results.items():
            if outcome(case) in GOOD:
                good += 1
            else:
                bad += 1
                print(f"{name}: case {number}: {case['behavior']}, closing handshake {case['behaviorClose']}")
    if arguments.write:
        write(markdown(tables))
    print(f"{time.monotonic() - started:.0f} s")
    print(f"{good} passed, {bad} failed")
    sys.exit(1 if bad or not good else 0)


if __name__ == "__main__":
    main()
