"""The clocks of a complaint read at the desk: what each says at a moment, on the terms of that moment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.commitments.clock_marks import early_marks
from app.commitments.clocks import Case, Reading, readings
from app.desk.situation import Situation
from app.desk.terms import Terms

CLOCK = "clock"
"""The trigger of a clock's timer; its name is clock:<clock>:<level>."""


def case_of(complaint: Mapping[str, Any], customer: Mapping[str, Any] | None) -> Case:
    """The complaint as its clocks see it."""
    marks = complaint["marks"]
    return Case(
        early_marks(complaint) if marks is None else marks,
        complaint["severity"],
        complaint["tags"],
        complaint["channel"],
        complaint["team"],
        complaint["workflow"],
        None if customer is None else customer["segment"],
    )


def readings_of(complaint: Mapping[str, Any], customer: Mapping[str, Any] | None, terms: Terms, at: datetime) -> list[Reading]:
    """What every clock of the complaint says at `at`."""
    return readings(terms.policy.clocks, case_of(complaint, customer), terms.calendars, at)


def breached(situation: Situation) -> bool:
    """Whether a clock of the present round has passed its target."""
    complaint = situation.complaint
    found = readings_of(complaint, situation.customer, situation.terms, situation.at)
    return any(reading.breached_at is not None and reading.round == complaint["round"] for reading in found)
