"""The terms of a decision: calendars, policy, segments and tags that are current when it is made, with their versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.calendars.definition import Calendar
from app.catalogue.tags import Library
from app.customers.segments import Segments
from app.desk.policy import Policy

SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Terms:
    """Calendars by name, the policy, the segments, the tags (None: no library). Immutable, shared by all decisions on them."""

    calendars: Mapping[str, Calendar]
    calendars_version: int
    policy: Policy
    segments: Segments = field(default_factory=Segments)
    tags: Library | None = None

    @property
    def service(self) -> Calendar:
        """The calendar of the service hours."""
        return self.calendars[SERVICE]
