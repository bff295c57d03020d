#!/usr/bin/env python3
"""Measures guests beside a script: how many messages there are in a second, and what one takes of a processor.

taskset -c 1 benches/guests.py c rust
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = "a script"
NAMES = {SCRIPT: SCRIPT, "c": "C", "rust": "Rust", "js": "JavaScript", "python": "Python", "go": "Go"}

WORKS = [("echo", 50, "pingPong", "ping-pong.js"), ("flood", 1, "flood", "flood.js")]
"""Path of the server, users, function of the guests, script."""

FIRST_SIGN = 300
"""How many seconds a program may take until it does something: a guest may have to be compiled first."""

WARM_UP = 1


class Failed(Exception):
    """A measurement cannot be made. The arguments are what is wrong and what helps."""


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("languages", nargs="*", metavar="LANGUAGE", help="the guests to measure [all]")
    parser.add_argument("--wasock", type=Path, default=ROOT / "target/dist/wasock", help="the wasock command")
    parser.add_argument("--bench", type=Path, default=ROOT / "target/dist/wasock-bench", help="the server")
    parser.add_argument("--core", type=int, default=0, help="the core that wasock runs on")
    parser.add_argument("--rounds", type=int, default=3, help="how often all take turns; the middle one counts")
    parser.add_argument("--window", type=float, default=4.0, help="seconds in which is counted")
    return parser.parse_args()


def guest(language):
    path = ROOT / f"target/guests/{language}.wasm"
    if language not in NAMES or language == SCRIPT:
        raise Failed(f'there is no guest in "{language}"', f"there are {', '.join(list(NAMES)[1:])}")
    if not path.exists():
        raise Failed(f"{path.relative_to(ROOT)} is missing", f"make guest-{language} builds it")
    return path


@contextmanager
def program(command, **options):
    """A program for as long as it is measured."""
    try:
        process = subprocess.Popen([*map(str, command)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, **options)
    except FileNotFoundError as error:
        raise Failed(f"{error.filename} is missing", "make bench-guests builds it; taskset is of util-linux") from None
    try:
        yield process
    finally:
        process.kill()
        process.wait()


class Subject:
    """wasock with a test that has no end, while it is measured."""

    def __init__(self, process, log, test):
        self.process = process
        self.log = log
        self.test = test
        self.api = self.first(lambda: re.search(r"the REST API is at ([^\"]*)", log.read_text()))[1]

    def first(self, what):
        """Waits until there is something, and returns it."""
        deadline = time.monotonic() + FIRST_SIGN
        while not (found := what()):
            self.wait(0.05)
            if time.monotonic() > deadline:
                raise Failed(f"wasock does nothing with {self.test}", f"it had {FIRST_SIGN} seconds")
        return found

    def wait(self, seconds):
        time.sleep(seconds)
        log = self.log.read_text()
        if self.process.poll() is not None or "level=error" in log:
            raise Failed(f"wasock cannot be measured with {self.test}\n{log.rstrip()}", "make guests builds them anew")

    def received(self):
        """How many messages guests have got so far."""
        try:
            with urlopen(f"{self.api}/v1/metrics/ws_msgs_received", timeout=FIRST_SIGN) as answer:
                return json.load(answer)["data"]["attributes"]["sample"]["count"]
        except OSError:
            return 0  # none yet, or wasock has ended, which the next wait tells

    def so_far(self):
        """Messages, seconds of the clock, seconds on a processor."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        ticks = int(fields[11]) + int(fields[12])
        return self.received(), time.monotonic(), ticks / os.sysconf("SC_CLK_TCK")


def measured(options, work, test):
    """Messages in a second, and microseconds on a processor for each."""
    path, users, function, _ = work
    scenario = {"executor": "constant-vus", "vus": users, "duration": "1h", "gracefulStop": "0s", "guest": str(test)}
    if test.suffix == ".wasm":
        scenario["exec"] = function
    # Each variable takes memory of each user.
    environment = {name: os.environ[name] for name in ["PATH", "HOME", "XDG_CACHE_HOME"] if name in os.environ}
    with tempfile.TemporaryDirectory() as folder, program([options.bench, "serve"], stderr=subprocess.PIPE) as server:
        url = server.stderr.readline().decode().partition("{")[0] + path
        file, log = Path(folder) / "test.json", Path(folder) / "log"
        file.write_text(json.dumps({"scenarios": {"s": scenario}, "setupTimeout": "5m"}))
        command = ["taskset", "-c", options.core, options.wasock, "run", "--quiet", "--address", "127.0.0.1:0"]
        command += ["-e", f"URL={url}", file]
        with log.open("w") as errors, program(command, stderr=errors, env=environment) as wasock:
            subject = Subject(wasock, log, test)
            subject.first(subject.received)
            subject.wait(WARM_UP)
            before = subject.so_far()
            subject.wait(options.window)
            count, elapsed, spent = (after - one for one, after in zip(before, subject.so_far(), strict=True))
    if count <= 0:
        raise Failed(f"wasock did nothing with {test} while it was measured", "a longer --window may help")
    return count / elapsed, spent * 1e6 / count


def main():
    options = arguments()
    guests = {language: guest(language) for language in options.languages or list(NAMES)[1:]}
    cells = {name: [NAMES[name]] for name in [SCRIPT, *guests]}
    for work in WORKS:
        tests = {SCRIPT: ROOT / "benches/scripts" / work[3], **guests}
        rounds = {name: [] for name in tests}
        for number in range(options.rounds):
            for name, test in tests.items():
                rounds[name].append(measured(options, work, test))
                told = "{:,.0f}/s, {:.2f} µs CPU".format(*rounds[name][-1])
                print(f"{work[2]}, round {number + 1}, {NAMES[name]}: {told}", file=sys.stderr)
        middle = {name: sorted(found, key=lambda one: one[1])[len(found) // 2] for name, found in rounds.items()}
        for name, (rate, micros) in middle.items():
            cells[name] += [f"{rate:,.0f}", f"{micros:.2f}", f"{middle[SCRIPT][1] / micros:.2f}"]
    print("| guest | there and back | µs CPU | of the script's | pushed | µs CPU | of the script's |")
    print("|" + " --- |" * 7)
    for row in cells.values():
        print(f"| {' | '.join(row)} |")


if __name__ == "__main__":
    try:
        main()
    except Failed as failed:
        sys.exit("error: {}\nhint: {}".format(*failed.args))
    except KeyboardInterrupt:
        sys.exit(130)
