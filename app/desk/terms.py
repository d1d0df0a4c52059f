"""The terms of a decision: the calendars, policy and segments that are current when it is made, with their versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.calendars.definition import Calendar
from app.customers.segments import Segments
from app.desk.policy import Policy

SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Terms:
    """Calendars by name, the policy, and the table of segments. Immutable, shared by all decisions on the same versions."""

    calendars: Mapping[str, Calendar]
    calendars_version: int
    policy: Policy
    segments: Segments = field(default_factory=Segments)

    @property
    def service(self) -> Calendar:
        """The calendar of the service hours."""
        return self.calendars[SERVICE]
