"""Metrics, kept as sums: how many values, their total, the least, the greatest and the last."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

from .limits import METRICS
from .traffic import Traffic

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{1,128}", re.ASCII)

BUILT_IN = {
    "checks": ("rate", "default"),
    "iterations": ("counter", "default"),
    "iteration_duration": ("trend", "time"),
    "ws_sessions": ("counter", "default"),
    "ws_connecting": ("trend", "time"),
    "ws_session_duration": ("trend", "time"),
    "ws_msgs_sent": ("counter", "default"),
    "ws_msgs_received": ("counter", "default"),
    "ws_ping": ("trend", "time"),
    "ws_connect_errors": ("counter", "default"),
    "ws_session_errors": ("counter", "default"),
    "data_sent": ("counter", "data"),
    "data_received": ("counter", "data"),
    "http_reqs": ("counter", "default"),
    "http_req_duration": ("trend", "time"),
    "http_req_blocked": ("trend", "time"),
    "http_req_connecting": ("trend", "time"),
    "http_req_tls_handshaking": ("trend", "time"),
    "http_req_sending": ("trend", "time"),
    "http_req_waiting": ("trend", "time"),
    "http_req_receiving": ("trend", "time"),
    "http_req_failed": ("rate", "default"),
}
"""The metrics that this host measures by itself, with kind and contents."""

UNMEASURED = {
    "dropped_iterations": ("counter", "default"),
    "vus": ("gauge", "default"),
    "vus_max": ("gauge", "default"),
    "group_duration": ("trend", "time"),
}
"""Those that `wasock run` measures besides: their names are taken here too."""

YIELDING = ("ws_connect_errors", "ws_session_errors")
"""Metrics that k6 does not have: one of the guest's with the same name takes their place."""


@dataclass
class Sum:
    """What there is of one metric."""

    name: str
    kind: str
    contents: str
    count: int = 0
    total: float = 0.0
    least: float = math.inf
    greatest: float = -math.inf
    last: float = 0.0
    nonzero: int = 0

    def add(self, value: float) -> None:
        """Adds a value."""
        self.count += 1
        self.total += value
        self.least = min(self.least, value)
        self.greatest = max(self.greatest, value)
        self.last = value
        self.nonzero += value != 0

    def as_json(self) -> dict[str, str | float]:
        """The sums as all hosts write them: those that there are of a metric of this kind."""
        sums: dict[str, str | float] = {"kind": self.kind, "contents": self.contents}
        if self.kind == "counter":
            return sums | {"count": self.total}
        if self.kind == "rate":
            return sums | {"passes": self.nonzero, "fails": self.count - self.nonzero}
        most = {"min": self.least, "max": self.greatest}
        if self.kind == "gauge":
            return sums | {"value": self.last} | most
        return sums | {"count": self.count, "sum": self.total} | most


@dataclass
class Check:
    """How often a check has passed and failed."""

    passed: int = 0
    failed: int = 0


class Measurements:
    """All that a guest has measured. It may be asked and added to from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._sums = [Sum(name, *kinds) for name, kinds in (BUILT_IN | UNMEASURED).items()]
        self._by_name = {metric.name: number for number, metric in enumerate(self._sums)}
        self._replaced: set[str] = set()
        self._carried = Traffic()
        self.checks: dict[str, Check] = {}
        """The checks, by name."""

    @property
    def metrics(self) -> dict[str, Sum]:
        """The metrics that have a value, by name."""
        return {metric.name: metric for metric in self._sums if metric.count}

    def declare(self, name: str, kind: str, contents: str) -> int:
        """Declares a metric and returns its number. Raises `ValueError` with the text for the guest."""
        if not _NAME.fullmatch(name):
            rule = "it must have 2 to 129 ASCII letters, digits or underscores and not start with a digit"
            raise ValueError(f"invalid metric name '{name}': {rule}")
        with self._lock:
            if name in YIELDING and name not in self._replaced:
                self._replaced.add(name)
            elif name in self._by_name:
                return self._same(self._by_name[name], kind, contents)
            if len(self._sums) >= METRICS:
                advice = f"a test may have {METRICS} metrics; use tags to tell values apart"
                raise ValueError(f"metric '{name}' would be one too many: {advice}")
            self._by_name[name] = len(self._sums)
            self._sums.append(Sum(name, kind, contents))
            return self._by_name[name]

    def _same(self, number: int, kind: str, contents: str) -> int:
        metric = self._sums[number]
        declared = f"metric '{metric.name}' was declared"
        if metric.kind != kind:
            raise ValueError(f"{declared} as a {metric.kind} and cannot also be a {kind}")
        if metric.contents != contents:
            raise ValueError(f"{declared} with values of type {metric.contents} and cannot also have type {contents}")
        return number

    def add(self, number: int, value: float) -> bool:
        """Adds a value; says whether there is a metric of this number."""
        with self._lock:
            exists = number < len(self._sums)
            if exists and math.isfinite(value):
                self._sums[number].add(value)
            return exists

    def record(self, name: str, value: float) -> None:
        """Adds a value to a metric that is built in."""
        if name not in self._replaced:
            self.add(self._by_name[name], value)

    def take_back(self, name: str, count: int) -> None:
        """Counts that many less of a counter that is built in."""
        with self._lock:
            metric = self._sums[self._by_name[name]]
            metric.count = max(0, metric.count - count)
            metric.total = max(0.0, metric.total - count)

    def iterated(self, took: int) -> None:
        """An iteration ran to its end, in so many nanoseconds."""
        self.record("iterations", 1.0)
        self.record("iteration_duration", took / 1e6)

    def carried(self, traffic: Traffic) -> None:
        """The guest's connections have carried so many bytes so far; none is an amount too."""
        before, self._carried = self._carried, replace(traffic)
        self.record("data_sent", float(self._carried.sent - before.sent))
        self.record("data_received", float(self._carried.received - before.received))

    def as_json(self) -> dict[str, Any]:
        """Metrics and checks by name, as all hosts write them: docs/hosts.md has the form."""
        checks = {name: {"passes": one.passed, "fails": one.failed} for name, one in self.checks.items()}
        return {"metrics": {name: metric.as_json() for name, metric in self.metrics.items()}, "checks": checks}

    def check(self, name: str, passed: bool) -> None:
        """Records the outcome of a check."""
        self.record("checks", float(passed))
        with self._lock:
            check = self.checks.setdefault(name, Check())
            if passed:
                check.passed += 1
            else:
                check.failed += 1
