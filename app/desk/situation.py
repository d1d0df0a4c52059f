"""What a decision knows: the complaint and its customer as read, who acts, when. Frozen, foldable step by step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from app.access.actor import Actor
from app.audit.events import By
from app.calendars.definition import Calendar
from app.desk.terms import Terms
from app.errors import Reason
from app.people.duty import OnDuty


@dataclass(frozen=True, slots=True)
class Receiver:
    """Whom a step hands the complaint over to: a person, a team, or both; `owns`: with the responsibility.

    `strange`: why whoever is named cannot get it, told once the step is else admitted.
    """

    person: UUID | None = None
    team: str | None = None
    owns: bool = False
    strange: Reason | None = None


@dataclass(frozen=True, slots=True)
class Situation:
    """One moment of one complaint. `complaint` and `customer` are rows; times are UTC."""

    complaint: Mapping[str, Any]
    customer: Mapping[str, Any]
    actor: Actor
    by: By
    at: datetime
    terms: Terms
    duty: OnDuty | None = None
    """Who is on duty, where the step calls for him."""
    receiver: Receiver | None = None
    """Who gets it, where the step hands it over to somebody."""

    @property
    def calendar(self) -> Calendar:
        """The service calendar, by which day-parts and working days of call attempts are told."""
        return self.terms.service

    def with_(self, patch: Mapping[str, Any]) -> Situation:
        """The moment after a step that set `patch` on the complaint."""
        return replace(self, complaint={**self.complaint, **patch})
