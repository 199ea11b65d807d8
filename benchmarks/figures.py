"""Medians and the like, in one form everywhere."""

import statistics
from collections.abc import Sequence
from typing import Any


def spread(values: Sequence[float], digits: int = 2) -> dict[str, float]:
    """p50, p95 and how many there were."""
    ordered = sorted(values)
    high = ordered[min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))]
    return {"p50": round(statistics.median(ordered), digits), "p95": round(high, digits), "n": len(ordered)}


def ratio(part: float, whole: float) -> float:
    return round(part / whole, 2) if whole else 0.0


def rounded(values: dict[str, Any], digits: int = 2) -> dict[str, Any]:
    """The same with its floats cut to what is worth reading."""
    return {name: round(value, digits) if isinstance(value, float) else value for name, value in values.items()}
