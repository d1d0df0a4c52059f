"""What a work order stands on and what it counts for: pure, from the situation to rows and counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.calendars.definition import Calendar
from app.calendars.time import add
from app.commitments.departments import Department, department_of
from app.commitments.ordering import OPEN
from app.commitments.promising import LEADS, bilingual
from app.commitments.rows import work_order_row
from app.commitments.said.reading import moment
from app.desk.situation import Situation
from app.desk.telling import both
from app.errors import Invalid, Refused
from app.workflow.telling import unknown


def rules_of(situation: Situation, name: str, kind: str | None = None) -> tuple[Department | None, Calendar | None]:
    """The department's rules and calendar; none where the policy has no departments. Raises Invalid for an unknown name."""
    departments = situation.terms.policy.departments
    if departments is None:
        return None, None
    found = department_of(departments, name)
    if kind is not None and kind not in found.works:
        raise Invalid(unknown("work_kind_unknown", "kind", kind, found.works))
    return found, situation.terms.calendars.get(found.calendar, situation.calendar)


def ordered(
    situation: Situation, department: str, words: Any, due: datetime | None = None, kind: str | None = None, *, blocking: bool
) -> dict[str, Any]:
    """The row of a work order made now. Raises Refused for a date that the department cannot hold."""
    rules, calendar = rules_of(situation, department, kind)
    if due is not None and rules is not None and calendar is not None and situation.actor.roles.isdisjoint(LEADS):
        earliest = add(calendar, situation.at, rules.time_for(kind))
        if due < earliest:
            params = {"department": rules.title, "earliest": moment(calendar, earliest)}
            raise Refused(bilingual("work_order_too_soon", "due_at", params), code="change_refused")
    return work_order_row(
        situation.complaint,
        situation.by,
        situation.at,
        department,
        words,
        rules=rules,
        calendar=calendar,
        due=due,
        kind=kind,
        blocking=blocking,
    )


def of_order(row: Mapping[str, Any]) -> dict[str, Any]:
    """What the event of a new work order tells."""
    return {"work_order": row["id"], **{name: row[name] for name in ("department", "kind", "blocking", "due_at")}}


def named(situation: Situation, department: str) -> dict[str, Any]:
    """A department in a notice: its name, and what people call it."""
    rules = (situation.terms.policy.departments or {}).get(department)
    return {"department": department, "department_title": department if rules is None else both(rules.title)}


def order_data(situation: Situation, row: Mapping[str, Any]) -> dict[str, Any]:
    """What a notice about a work order tells."""
    return {"work_order": str(row["id"]), **named(situation, row["department"]), "due": row["due_at"] or "-"}


def order_counts(situation: Situation, before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> dict[str, int]:
    """The complaint's counts of open work orders, and of those that hold it up."""
    delta = (after["status"] in OPEN) - (before is not None and before["status"] in OPEN)
    complaint = situation.complaint
    return {
        "open_work_orders": complaint["open_work_orders"] + delta,
        "blocking_work_orders": complaint["blocking_work_orders"] + (delta if after["blocking"] else 0),
    }
