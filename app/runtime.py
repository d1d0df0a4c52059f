"""What every room is handed: settings, clock, database, counters. Built once at start; there are no globals."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from app.clock import Clock
from app.db.engine import Database
from app.settings import Settings

SHARED: Final = "PROMETHEUS_MULTIPROC_DIR"
"""Where several web processes keep their figures together, so that each of them tells those of all; set by `amends serve`."""


class Metrics:
    """What /metrics tells; names are part of the operator's contract (docs/reference/metrics.md).

    Gauges say how those of several processes become one: `livesum` adds up the living, `mostrecent` is the last one asked.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter("amends_requests_total", "HTTP requests.", ["method", "route", "status"], registry=self.registry)
        self.latency = Histogram(
            "amends_request_seconds",
            "Time to answer.",
            ["method", "route"],
            registry=self.registry,
            buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
        )
        self.transitions = Counter(
            "amends_transitions_total", "Steps of complaints.", ["workflow", "transition", "outcome"], registry=self.registry
        )
        self.lost_races = Counter(
            "amends_lost_races_total", "Decisions taken again, since another write came first.", registry=self.registry
        )
        self.waiting = Gauge(
            "amends_requests_waiting", "Requests that wait for admission.", registry=self.registry, multiprocess_mode="livesum"
        )
        self.fired = Counter("amends_timers_fired_total", "Timers fired.", ["outcome"], registry=self.registry)
        self.late = Histogram(
            "amends_timer_late_seconds", "How late timers fired.", registry=self.registry, buckets=(0.5, 1, 2, 5, 15, 60, 600, 3600)
        )
        self.clock_levels = Counter(
            "amends_clock_levels_total",
            "Warnings and breaches of clocks that were told; late: over a minute after the moment.",
            ["clock", "level", "late"],
            registry=self.registry,
        )
        self.timers_due = self._asked("amends_timers_due", "Timers that are due and not yet fired.")
        self.timers_late = self._asked("amends_timers_oldest_late_seconds", "How late the timer is that is due longest.")
        self.outbox_depth = self._asked("amends_outbox_depth", "Messages by status.", "status")
        self.outbox_age = self._asked("amends_outbox_oldest_seconds", "Age of the oldest message not yet sent.")
        self.pool = Gauge(
            "amends_pool_connections",
            "Database connections by state.",
            ["state"],
            registry=self.registry,
            multiprocess_mode="livesum",
        )

    def _asked(self, name: str, said: str, *labels: str) -> Gauge:
        """A gauge that is asked of the database when somebody reads it."""
        return Gauge(name, said, labels, registry=self.registry, multiprocess_mode="mostrecent")

    def text(self) -> bytes:
        """All figures in Prometheus' text form; those of all web processes where there are several."""
        if SHARED not in os.environ:
            return generate_latest(self.registry)
        from prometheus_client.multiprocess import MultiProcessCollector

        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return generate_latest(together)


@dataclass(frozen=True, slots=True)
class Runtime:
    """The process: what it is set to, what time it is, where the rows are, what it counts."""

    settings: Settings
    clock: Clock
    db: Database
    metrics: Metrics


def build(settings: Settings, clock: Clock) -> Runtime:
    """A runtime on the settings' database; nothing is opened yet."""
    return Runtime(settings, clock, Database(settings.database(), settings.pool_size), Metrics())
