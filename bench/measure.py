"""From the beginnings and ends of requests to throughput, p50 and p99."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field

now = time.perf_counter

Once = Callable[[], Awaitable[bool]]
"""One request; False when there is nothing left to do."""


@dataclass(frozen=True, slots=True)
class Result:
    """One measured phase. Latencies in milliseconds."""

    requests: int
    seconds: float
    per_second: float
    p50_ms: float
    p99_ms: float


@dataclass(slots=True)
class Window:
    """A phase of `warmup` seconds that do not count and `seconds` that do.

    A request counts when it *ended* inside the measured part; so a slow answer that began in
    the warm-up is not hidden. `close()` ends the phase early, when the clients ran out of work.
    """

    warmup: float
    seconds: float
    begin: float = 0.0
    end: float = 0.0
    answers: int = 0
    latencies: list[float] = field(default_factory=list)

    def open(self) -> None:
        self.begin = now() + self.warmup
        self.end = self.begin + self.seconds

    def going(self) -> bool:
        return now() < self.end

    def close(self) -> None:
        self.end = min(self.end, now())

    def add(self, started: float, ended: float) -> None:
        self.answers += 1
        if self.begin <= ended <= self.end:
            self.latencies.append(ended - started)

    def report(self, cpu: float | None) -> dict[str, float]:
        """What a phase is worth telling: the result, all its answers, and `cpu` seconds as milliseconds an answer (0 = unknown)."""
        spent = 0.0 if cpu is None else round(cpu * 1000 / self.answers, 3)
        return {**asdict(self.result()), "answers": self.answers, "cpu_ms": spent}

    def result(self) -> Result:
        """Raises RuntimeError when less than half of the wanted time was measured."""
        measured = self.end - self.begin
        if measured < self.seconds / 2 or not self.latencies:
            raise RuntimeError(
                f"only {measured:.2f} of {self.seconds} s could be measured "
                f"({len(self.latencies)} answers): the clients ran out of complaints to move"
            )
        ordered = sorted(self.latencies)
        return Result(
            requests=len(ordered),
            seconds=round(measured, 3),
            per_second=round(len(ordered) / measured, 1),
            p50_ms=round(percentile(ordered, 0.50) * 1000, 3),
            p99_ms=round(percentile(ordered, 0.99) * 1000, 3),
        )


def percentile(ordered: list[float], share: float) -> float:
    """Nearest rank on a sorted list."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


async def repeat(window: Window, once: Once) -> None:
    """One closed-loop client: the next request begins when the last one was answered."""
    while window.going():
        started = now()
        if not await once():
            window.close()
            return
        window.add(started, now())
