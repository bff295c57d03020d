"""What is measured of a request, by the rules of wasock's runner."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from . import clock
from .measurements import Measurements
from .values import Record

UNAUTHORIZED = 401
"""The status that asks who the user is (RFC 9110, section 15.5.2)."""

_CONNECTED = "http11.send_request_headers.started"
_SENT = "http11.send_request_body.complete"
_ANSWERED = "http11.receive_response_headers.complete"
_READ = "http11.receive_response_body.complete"


@dataclass
class Trace:
    """When each part of an exchange began and ended, in nanoseconds of the clock, by the names of httpcore."""

    started: int = field(default_factory=clock.now)
    times: dict[str, int] = field(default_factory=dict)

    async def __call__(self, name: str, _info: Any) -> None:
        self.times[name] = clock.now()

    def timings(self) -> Record:
        """How long each part took. One that was cut short lasted until the end."""
        ended = self.times.get(_READ, clock.now())

        def between(begin: str, *ends: str) -> int:
            if begin not in self.times:
                return 0
            end = next((self.times[name] for name in ends if name in self.times), ended)
            return max(0, end - self.times[begin])

        return Record(
            blocked=max(0, self.times.get(_CONNECTED, ended) - self.started),
            connecting=between("connection.connect_tcp.started", "connection.connect_tcp.complete"),
            tls_handshaking=between("connection.start_tls.started", "connection.start_tls.complete"),
            sending=between(_CONNECTED, _SENT, _ANSWERED),
            waiting=between(_SENT, _ANSWERED),
            receiving=between(_ANSWERED),
        )


class RequestMeter:
    """Measures one request, each of its exchanges by itself. It may be called from any thread."""

    def __init__(self, measurements: Measurements, expected: list[Record] | None):
        self._measurements = measurements
        self._expected = expected
        self._lock = Lock()
        self._trace: Trace | None = None
        self._is_given_up = False

    def begun(self, trace: Trace) -> None:
        """An exchange begins."""
        with self._lock:
            self._trace = None if self._is_given_up else trace

    def ended(self, status: int | None = None, expects_challenge: bool = False) -> None:
        """The exchange has ended, with an answer or without one. It counts once, whoever tells it first."""
        with self._lock:
            trace, self._trace = self._trace, None
        if trace:
            self._record(trace.timings())
            self._record_outcome(status, expects_challenge)

    def given_up(self) -> None:
        """The guest has given the request up."""
        self.ended()
        with self._lock:
            self._is_given_up = True

    def _record(self, took: Record) -> None:
        self._measurements.record("http_reqs", 1.0)
        times = {
            "http_req_duration": took.sending + took.waiting + took.receiving,
            "http_req_blocked": took.blocked,
            "http_req_connecting": took.connecting,
            "http_req_tls_handshaking": took.tls_handshaking,
            "http_req_sending": took.sending,
            "http_req_waiting": took.waiting,
            "http_req_receiving": took.receiving,
        }
        for name, nanoseconds in times.items():
            self._measurements.record(name, nanoseconds / 1e6)

    def _record_outcome(self, status: int | None, expects_challenge: bool) -> None:
        if self._expected is None:
            return
        is_expected = status is not None and (
            status == UNAUTHORIZED
            if expects_challenge
            else any(accepted.first <= status <= accepted.last for accepted in self._expected)
        )
        self._measurements.record("http_req_failed", 0.0 if is_expected else 1.0)
