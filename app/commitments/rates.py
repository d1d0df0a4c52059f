"""Whether a rate fell: counts with their exposure before and after a day, the ratio of the rates and its 95 % interval.

Both counts being Poisson, the later one is binomial given the sum, with p = r·e₂ / (r·e₂ + e₁): an interval of p is one of
the ratio r. Exact (Clopper and Pearson) up to EXACT events, Wilson's score above, where both agree.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

EXACT: Final = 1_000
_Z: Final = 1.959963984540054
_TAIL: Final = 0.025


@dataclass(frozen=True, slots=True)
class Ratio:
    """The rate after in parts of the rate before: 0.5 is half. None where it cannot be told."""

    ratio: float | None
    low: float | None
    high: float | None
    method: str


def rate_ratio(before: int, exposure_before: int, after: int, exposure_after: int) -> Ratio:
    """The ratio of the rate `after` to that `before`, with its interval; nothing without exposure or events."""
    total = before + after
    if exposure_before <= 0 or exposure_after <= 0 or total == 0:
        return Ratio(None, None, None, "none")
    exact = total <= EXACT
    low, high = _exact(after, total) if exact else _score(after, total)
    ratio = None if before == 0 else (after / exposure_after) / (before / exposure_before)
    scale = exposure_before / exposure_after
    return Ratio(ratio, _odds(low) * scale, None if high >= 1 else _odds(high) * scale, "exact" if exact else "score")


def _odds(p: float) -> float:
    return p / (1 - p)


def _score(k: int, n: int) -> tuple[float, float]:
    p, z2 = k / n, _Z * _Z
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z / (1 + z2 / n) * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def _exact(k: int, n: int) -> tuple[float, float]:
    low = 0.0 if k == 0 else _where(lambda p: 1 - _at_most(k - 1, n, p) - _TAIL)
    high = 1.0 if k == n else _where(lambda p: _TAIL - _at_most(k, n, p))
    return low, high


def _where(rising: Callable[[float], float]) -> float:
    """Where a rising function of p passes 0."""
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (low, middle) if rising(middle) > 0 else (middle, high)
    return (low + high) / 2


def _at_most(k: int, n: int, p: float) -> float:
    """P(X ≤ k) of a binomial."""
    if p <= 0:
        return 1.0
    if p >= 1:
        return 1.0 if k >= n else 0.0
    lp, lq = math.log(p), math.log1p(-p)
    whole = math.lgamma(n + 1)
    return min(
        1.0, sum(math.exp(whole - math.lgamma(i + 1) - math.lgamma(n - i + 1) + i * lp + (n - i) * lq) for i in range(k + 1))
    )
