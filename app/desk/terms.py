"""The terms of a decision: the calendars and the policy that are current when it is made, with their versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.calendars.definition import Calendar
from app.desk.policy import Policy

SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Terms:
    """Calendars by name, and the policy. Immutable, shared by all decisions on the same versions."""

    calendars: Mapping[str, Calendar]
    calendars_version: int
    policy: Policy

    @property
    def service(self) -> Calendar:
        """The calendar of the service hours."""
        return self.calendars[SERVICE]
