"""What was measured, as people read it: a line for each check and each metric."""

from __future__ import annotations

from .interfaces.summary import share, value
from .measurements import Measurements, Sum

WIDTH = 30
"""How wide the names with their dots are."""


def lines(measurements: Measurements) -> list[str]:
    """Checks, then metrics."""
    checks = [
        f"✗ {name}: {one.failed} of {one.passed + one.failed} failed" if one.failed else f"✓ {name}"
        for name, one in measurements.checks.items()
    ]
    metrics = [f"{name:.<{WIDTH}}: {_words(metric)}" for name, metric in measurements.metrics.items()]
    return checks + metrics


def _words(metric: Sum) -> str:
    def told(number: float) -> str:
        return value(number, metric.contents, None)

    most = f"min={told(metric.least)} max={told(metric.greatest)}"
    match metric.kind:
        case "counter":
            return told(metric.total)
        case "gauge":
            return f"{told(metric.last)} {most}"
        case "rate":
            return f"{share(metric.nonzero / metric.count)} {metric.nonzero} out of {metric.count}"
        case _:
            return f"avg={told(metric.total / metric.count)} {most} count={metric.count}"
