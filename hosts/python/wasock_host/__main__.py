"""`python -m wasock_host`: runs a test in one process, by one user."""

from __future__ import annotations

import argparse
import json
import os
import signal
import ssl
import sys
import threading
from typing import Any, NoReturn

from .errors import GuestFailed, Interrupted, WasockError
from .guest import Guest
from .network import OpenNetwork
from .running import Outcome, run

SUCCESS = 0
INVALID_CONFIG = 104
ABORTED = 105
SCRIPT_EXCEPTION = 107
SCRIPT_ABORTED = 108
OTHER = 255

EXAMPLES = """examples:
  python -m wasock_host chat.wasm -e WSS=wss://chat.example
  python -m wasock_host chat.wasm --exec clientTranscript -e WS=ws://127.0.0.1:8765
  python -m wasock_host chat.wasm --iterations 3 --sums --block-hostnames '*.internal.example'

exit codes: 0 all went well, 104 flags or component are wrong, 105 Ctrl-C, 107 the guest failed,
108 the guest ended or failed the test
"""


def parser() -> argparse.ArgumentParser:
    """The flags."""
    made = argparse.ArgumentParser(
        prog="python -m wasock_host",
        description="Runs a test, a WebAssembly component of the world vu of wasock:websocket, by one user.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("guest", metavar="GUEST.wasm", help="the component")
    made.add_argument("--exec", default="default", metavar="NAME", help="the function to run (default: default)")
    made.add_argument("--iterations", type=int, default=1, metavar="N", help="how many times (default: 1)")
    made.add_argument("-e", dest="variables", action="append", default=[], metavar="NAME=VALUE", help="a variable")
    made.add_argument(
        "--block-hostnames", action="append", default=[], metavar="PATTERN", help="a host that it may not reach"
    )
    made.add_argument("--allow-read", action="append", default=[], metavar="DIR", help="a folder that it may read")
    made.add_argument("--cacert", metavar="FILE", help="certificates to trust besides those of the system, PEM")
    made.add_argument("--insecure-skip-tls-verify", action="store_true", help="trust any certificate")
    made.add_argument("--no-cache", action="store_true", help="compile the component anew")
    made.add_argument("--sums", action="store_true", help="print metrics and checks as JSON to standard error")
    return made


class Runner:
    """The run, in a thread of its own: the main thread has to be free for signals."""

    def __init__(self, flags: argparse.Namespace):
        self._flags = flags
        self._guest: Guest | None = None
        self._is_interrupted = False
        self.outcome: Outcome | None = None
        self.error: BaseException | None = None

    def interrupt(self, *_signal: Any) -> None:
        """Ctrl-C: asks the guest to finish, the second time without waiting for it."""
        self._is_interrupted = True
        if self._guest is None:
            # It is being compiled, which cannot be stopped otherwise.
            os._exit(ABORTED)
        self._guest.interrupt()

    def run(self) -> None:
        """Runs the test; keeps what it came to."""
        try:
            self.outcome = run(
                self._flags.guest,
                self._flags.exec,
                iterations=self._flags.iterations,
                on_guest=self._take,
                network=OpenNetwork(self._flags.block_hostnames, context=_tls(self._flags)),
                variables=_variables(self._flags.variables),
                folders=self._flags.allow_read,
                log=_log,
                cache=not self._flags.no_cache,
                on_compile=self._tell_compiling,
            )
        except BaseException as error:
            self.error = error

    def _take(self, guest: Guest) -> None:
        self._guest = guest

    def _tell_compiling(self) -> None:
        if os.path.getsize(self._flags.guest) > 1 << 20:
            print(f"compiling {self._flags.guest}, which may take a minute", file=sys.stderr, flush=True)


def _variables(given: list[str]) -> dict[str, str]:
    pairs = [one.partition("=") for one in given]
    wrong = next((name for name, equals, _ in pairs if not name or not equals), None)
    if wrong is not None:
        raise WasockError(f'"{wrong}" is no variable', "write -e NAME=VALUE")
    return {name: value for name, _, value in pairs}


def _tls(flags: argparse.Namespace) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if flags.cacert:
        try:
            context.load_verify_locations(flags.cacert)
        except (OSError, ssl.SSLError) as error:
            raise WasockError(
                f"{flags.cacert} has no certificates: {error.strerror or error}", "a PEM file has"
            ) from None
    if flags.insecure_skip_tls_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _log(level: str, line: str) -> None:
    """Lines of information to standard output, warnings and errors to standard error; what is for finding faults is
    hidden."""
    if level != "debug":
        print(line, file=sys.stdout if level == "info" else sys.stderr, flush=True)


def _tell(error: WasockError) -> None:
    print(f"error: {error}", file=sys.stderr)
    if isinstance(error, GuestFailed) and error.stack:
        print(error.stack, file=sys.stderr)
    if error.hint:
        print(f"hint: {error.hint}", file=sys.stderr)


def _sums(outcome: Outcome) -> str:
    metrics = {
        name: {"kind": one.kind, "count": one.count, "sum": one.total, "min": one.least, "max": one.greatest}
        for name, one in outcome.measurements.metrics.items()
    }
    checks = {name: {"passes": one.passed, "fails": one.failed} for name, one in outcome.measurements.checks.items()}
    return json.dumps({"iterations": outcome.completed, "metrics": metrics, "checks": checks})


def _exit_code(outcome: Outcome) -> int:
    if any(isinstance(error, Interrupted) for error in outcome.errors) and not outcome.failures:
        return ABORTED
    if outcome.failures:
        return SCRIPT_ABORTED
    return SCRIPT_EXCEPTION if outcome.errors else SUCCESS


def main(arguments: list[str] | None = None) -> int:
    """Runs the command; returns its exit code."""
    flags = parser().parse_args(arguments)
    runner = Runner(flags)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, runner.interrupt)
    thread = threading.Thread(target=runner.run, name="wasock guest", daemon=True)
    thread.start()
    thread.join()
    if isinstance(runner.error, WasockError):
        _tell(runner.error)
        return INVALID_CONFIG
    if runner.error:
        raise runner.error
    assert runner.outcome
    for error in runner.outcome.errors:
        _tell(error)
    for failure in runner.outcome.failures:
        print(f"error: the guest says: {failure}", file=sys.stderr)
    if flags.sums:
        print(_sums(runner.outcome), file=sys.stderr)
    return _exit_code(runner.outcome)


def _command() -> NoReturn:
    sys.exit(main())


if __name__ == "__main__":
    _command()
