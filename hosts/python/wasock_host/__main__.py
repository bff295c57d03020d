"""`python -m wasock_host`: runs a test in one process, by one user."""

from __future__ import annotations

import argparse
import json
import os
import signal
import ssl
import sys
import threading
from collections.abc import Callable
from importlib.metadata import version
from typing import Any, NoReturn

from .errors import GuestFailed, Interrupted, WasockError
from .guest import Guest
from .network import OpenNetwork
from .report import lines
from .running import Outcome, run

SUCCESS = 0
INVALID_CONFIG = 104
ABORTED = 105
SCRIPT_EXCEPTION = 107
SCRIPT_ABORTED = 108
MARKED_AS_FAILED = 110
OTHER = 255

EXAMPLES = """examples:
  {prog} chat.wasm -e WSS=wss://chat.example
  {prog} chat.wasm --exec clientTranscript -e WS=ws://127.0.0.1:8765
  {prog} chat.wasm --iterations 3 --metrics json --block-hostnames '*.internal.example'

exit codes:
  0 it ran to its end, 104 a flag or the component is wrong, 105 it was interrupted by Ctrl-C, 107 a stage failed,
  108 it has ended the run itself, 110 it has marked the run as failed
"""


class Parser(argparse.ArgumentParser):
    """Flags that are wrong are told as all else that is wrong, with the same exit code."""

    def error(self, message: str) -> NoReturn:
        raise WasockError(message, f"{self.prog} --help has the flags, with examples")


def parser(prog: str = "python -m wasock_host") -> Parser:
    """The flags. Where `wasock run` has the same, they have the same name."""
    made = Parser(
        prog=prog,
        description="Runs a test, a WebAssembly component of the world vu of wasock:websocket, by one user.",
        epilog=EXAMPLES.format(prog=prog),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    made.add_argument("guest", metavar="COMPONENT", help="the component")
    made.add_argument("--exec", default="default", metavar="NAME", help="the function to run (default: default)")
    made.add_argument("-i", "--iterations", type=_count, default=1, metavar="N", help="how many times (default: 1)")
    variable = dict(dest="variables", action="append", default=[], metavar="NAME=VALUE")
    made.add_argument("-e", "--env", **variable, help="a variable for the component; can be repeated")  # type: ignore
    many: dict[str, Any] = dict(action="extend", default=[], type=_texts)
    made.add_argument(
        "--block-hostnames", **many, metavar="NAMES", help="names that it may not connect to: example.com,*.example.com"
    )
    made.add_argument(
        "--blacklist-ip", **many, metavar="RANGES", help="addresses that it may not connect to: 10.0.0.0/8"
    )
    made.add_argument("--allow-read", action="append", default=[], metavar="PATH", help="a folder that it may read")
    made.add_argument(
        "--ca-cert", "--cacert", metavar="FILE", help="certificates to trust besides those of the system, PEM"
    )
    made.add_argument("--insecure-skip-tls-verify", action="store_true", help="trust any certificate")
    made.add_argument("--no-cache", action="store_true", help="compile the component anew")
    made.add_argument(
        "--metrics",
        choices=METRICS,
        default="text",
        help="how to tell what was measured: text on standard error, json in the last line of standard output, or none",
    )
    made.add_argument("--sums", action="store_true", help="the same as JSON on standard error, instead")
    made.add_argument("-v", "--verbose", action="store_true", help="print lines of the level debug too")
    made.add_argument("--version", action="version", version=f"wasock-host {version('wasock-host')}")
    return made


METRICS = ("text", "json", "none")


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f'"{text}" is no number from 1 on')
    return int(text)


def _texts(text: str) -> list[str]:
    return [one for one in text.split(",") if one]


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
                network=_network(self._flags),
                variables=_variables(self._flags.variables),
                folders=self._flags.allow_read,
                log=_log(self._flags.verbose),
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
    if flags.ca_cert:
        try:
            context.load_verify_locations(flags.ca_cert)
        except (OSError, ssl.SSLError) as error:
            raise WasockError(
                f"{flags.ca_cert} has no certificates: {error.strerror or error}", "a PEM file has"
            ) from None
    if flags.insecure_skip_tls_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _network(flags: argparse.Namespace) -> OpenNetwork:
    for text in flags.blacklist_ip:
        try:
            OpenNetwork(block_addresses=[text])
        except WasockError:
            hint = "write addresses and ranges such as 10.0.0.1,10.0.0.0/8"
            raise WasockError(f'--blacklist-ip "{text}" is no address', hint) from None
    return OpenNetwork(flags.block_hostnames, flags.blacklist_ip, context=_tls(flags))


def _log(verbose: bool) -> Callable[[str, str], None]:
    """Lines of information to standard output, warnings and errors to standard error."""

    def log(level: str, line: str) -> None:
        if verbose or level != "debug":
            print(line, file=sys.stderr if level in ("warn", "error") else sys.stdout, flush=True)

    return log


def _tell(error: WasockError) -> None:
    print(f"error: {error}", file=sys.stderr)
    if isinstance(error, GuestFailed) and error.stack:
        print(error.stack, file=sys.stderr)
    if error.hint:
        print(f"hint: {error.hint}", file=sys.stderr)


def _tell_measured(outcome: Outcome, flags: argparse.Namespace) -> None:
    told = outcome.measurements.as_json()
    if outcome.verdict:
        told["verdict"] = {"kind": outcome.verdict.kind, "message": outcome.verdict.message}
    if flags.sums:
        print(json.dumps(told), file=sys.stderr)
    elif flags.metrics == "json":
        print(json.dumps(told, ensure_ascii=False, separators=(",", ":")))
    elif flags.metrics == "text":
        for line in lines(outcome.measurements):
            print(f"  {line}", file=sys.stderr)


VERDICTS = {
    "abort": (SCRIPT_ABORTED, "has ended the run"),
    "fail": (MARKED_AS_FAILED, "has marked the run as failed"),
}


def _exit_code(outcome: Outcome) -> int:
    if outcome.verdict:
        code, what = VERDICTS[outcome.verdict.kind]
        print(f"error: the guest {what}: {outcome.verdict.message}", file=sys.stderr)
        return code
    if any(isinstance(error, Interrupted) for error in outcome.errors):
        return ABORTED
    return SCRIPT_EXCEPTION if outcome.errors else SUCCESS


def _prog() -> str:
    """How the command was called."""
    name = os.path.basename(sys.argv[0])
    return "python -m wasock_host" if name == "__main__.py" else "wasock-host"


def main(arguments: list[str] | None = None) -> int:
    """Runs the command; returns its exit code."""
    try:
        flags = parser(_prog()).parse_args(arguments)
    except WasockError as error:
        _tell(error)
        return INVALID_CONFIG
    runner = Runner(flags)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, runner.interrupt)
    thread = threading.Thread(target=runner.run, name="wasock guest", daemon=True)
    thread.start()
    thread.join()
    if isinstance(runner.error, WasockError):
        _tell(runner.error)
        return SCRIPT_EXCEPTION if isinstance(runner.error, GuestFailed) else INVALID_CONFIG
    if runner.error:
        raise runner.error
    assert runner.outcome
    for failed in runner.outcome.errors:
        # What the guest has ended itself was not interrupted by anybody else.
        if not (runner.outcome.verdict and isinstance(failed, Interrupted)):
            _tell(failed)
    _tell_measured(runner.outcome, flags)
    return _exit_code(runner.outcome)


def _command() -> NoReturn:
    sys.exit(main())


if __name__ == "__main__":
    _command()
