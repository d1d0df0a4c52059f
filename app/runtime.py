"""What every room is handed: settings, clock, database, counters. Built once at start; there are no globals."""

from __future__ import annotations

from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from app.clock import Clock
from app.db.engine import Database
from app.settings import Settings


class Metrics:
    """What /metrics tells; names are part of the operator's contract (docs/reference/metrics.md)."""

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
        self.waiting = Gauge("amends_requests_waiting", "Requests that wait for admission.", registry=self.registry)
        self.fired = Counter("amends_timers_fired_total", "Timers fired.", ["outcome"], registry=self.registry)
        self.late = Histogram(
            "amends_timer_late_seconds", "How late timers fired.", registry=self.registry, buckets=(0.5, 1, 2, 5, 15, 60, 600, 3600)
        )
        self.timers_due = Gauge("amends_timers_due", "Timers that are due and not yet fired.", registry=self.registry)
        self.outbox_depth = Gauge("amends_outbox_depth", "Messages by status.", ["status"], registry=self.registry)
        self.outbox_age = Gauge("amends_outbox_oldest_seconds", "Age of the oldest message not yet sent.", registry=self.registry)
        self.pool = Gauge("amends_pool_connections", "Database connections by state.", ["state"], registry=self.registry)


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
