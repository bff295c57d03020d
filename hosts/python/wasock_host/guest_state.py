"""What the interfaces of one guest have in common."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .connections import Connections
from .event_queue import Shared
from .interface import Table
from .jar import Jar
from .limits import Limits
from .link import Link
from .measurements import Measurements
from .values import Trap

LAST_ID = (1 << 32) - 1


@dataclass(frozen=True)
class Verdict:
    """What a guest has said about the run: `execution.abort`, or `execution.fail`."""

    kind: str
    """`abort` or `fail`."""
    message: str


@dataclass
class GuestState:
    """One guest: what it was granted, and what it has done."""

    limits: Limits
    shared: Shared
    connections: Connections
    table: Table
    log: Callable[[str, str], None]
    """Writes a line; the first argument is its level."""
    variables: Mapping[str, str]
    folders: list[Path]
    scenario: str
    options: str = "{}"
    measurements: Measurements = field(default_factory=Measurements)
    jar: Jar = field(default_factory=Jar)
    """The cookies of the user; each iteration begins with a new jar, unless the guest keeps them."""
    tags: dict[str, str] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)
    lost: list[int] = field(default_factory=list)
    """The metrics that count messages without a reply, by kind of round trip."""
    verdict: Verdict | None = None
    """What the guest has said about the run; what ends it counts more than what marks it."""
    failures: list[str] = field(default_factory=list)
    """What the guest has said about the test: it has failed then."""
    leaving: list[Link] = field(default_factory=list)
    """Sockets whose handles were dropped while they were closing."""
    timers: int = 0
    started: float = field(default_factory=time.time)
    iteration: int | None = None
    """The number of the iteration that runs, from 0."""
    completed: int = 0
    cut_short: int = 0
    _last: dict[str, int] = field(default_factory=dict)

    @property
    def keeps_cookies(self) -> bool:
        """Whether the guest has the option `noCookiesReset`."""
        try:
            return json.loads(self.options)["noCookiesReset"] is True
        except (ValueError, KeyError, TypeError):
            return False

    def next_id(self, kind: str) -> int:
        """The number by which events name a new resource. Numbers are never used again."""
        last = self._last.get(kind, 0)
        if last == LAST_ID:
            raise Trap(f"the guest has made {last} resources of one kind, and there are no more numbers")
        self._last[kind] = last + 1
        return last + 1
