"""How a work order may move and by whom, when which level is told, and what a return for more information does to its time.

Pure: rows and calendars in, rows out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from app.calendars.definition import Calendar
from app.calendars.span import Span
from app.calendars.time import add, working_seconds_between
from app.commitments.departments import Department

Row = Mapping[str, Any]

STEPS: Final[Mapping[str, tuple[str, ...]]] = {
    "received": ("assigned", "in_progress", "returned", "fed_back", "cancelled"),
    "assigned": ("assigned", "in_progress", "returned", "fed_back", "cancelled"),
    "in_progress": ("assigned", "returned", "fed_back", "cancelled"),
    "returned": ("received", "cancelled"),
    "fed_back": ("told", "in_progress"),
    "told": (),
    "cancelled": (),
}
"""How a work order may move; it is open until it is fed back or cancelled."""
OPEN: Final = frozenset({"received", "assigned", "in_progress", "returned"})
ACCEPTED: Final = frozenset({"assigned", "in_progress", "returned", "fed_back", "told"})
"""Somebody of the department has taken it on."""
DONE: Final = frozenset({"fed_back", "told"})

SERVING: Final = frozenset({"back_office", "supervisor", "admin", "integration"})
ASKING: Final = frozenset({"first_line", "handler", "shop", "account_manager", "supervisor", "admin", "integration"})
MOVERS: Final[Mapping[str, frozenset[str]]] = {
    "assigned": SERVING,
    "in_progress": SERVING | ASKING,  # a handler sends back what was not answered
    "returned": SERVING,
    "received": ASKING,
    "fed_back": SERVING | ASKING,  # heard by phone from the department
    "told": ASKING,
    "cancelled": SERVING | ASKING,
}
"""Which roles may move a work order there."""
HELD_TO_TEAM: Final = frozenset({"back_office"})
"""Roles that work for the department that they are of; the others lead, ask, or stand for a system."""
_STAMPS: Final = {"assigned": "assigned_at", "in_progress": "started_at", "returned": "returned_at"} | {
    name: f"{name}_at" for name in ("fed_back", "told", "cancelled")
}


def of_another(row: Row, roles: frozenset[str], team: str | None) -> bool:
    """Whether `row` is work of another department, for somebody of `team` whose say in it comes from `roles`.

    Who is of no team is held to none.
    """
    return roles <= HELD_TO_TEAM and team is not None and row["team"] not in {None, team}


def levels_of(department: Department, calendar: Calendar, start: datetime, due: datetime) -> list[dict[str, Any]]:
    """When each level of escalation is reached, by shares of the open time between `start` and `due`."""
    return [
        {"percent": level.percent, "at": _share(calendar, start, due, level.percent).isoformat(), "tell": list(level.tell)}
        for level in department.levels
    ]


def _share(calendar: Calendar, start: datetime, due: datetime, percent: int) -> datetime:
    if percent == 100:  # the due date itself, also where it lies outside open time
        return due
    whole = working_seconds_between(calendar, start, due)
    if percent < 100:
        return min(add(calendar, start, Span(working=True, seconds=whole * percent // 100)), due) if whole else due
    return max(add(calendar, due, Span(working=True, seconds=max(whole, 60) * (percent - 100) // 100)), due)


def moved(row: Row, status: str, at: datetime, calendar: Calendar | None) -> dict[str, Any]:
    """The row after the move. Its time stands still while it is returned, and goes on where it stood."""
    after: dict[str, Any] = {**row, "status": status}
    if (stamp := _STAMPS.get(status)) is not None:
        after[stamp] = at
    if row["status"] == "returned" and status == "received":
        after |= _resumed(row, at, calendar) | {"returned_at": None}
        after["status"] = "assigned" if row["assignee_id"] is not None else "received"
    after["next_at"] = next_level(after) if after["status"] in OPEN - {"returned"} else None
    after["leased_until"] = None
    return after


def _resumed(row: Row, at: datetime, calendar: Calendar | None) -> dict[str, Any]:
    """Due date and levels still to come, moved by the open time that passed meanwhile."""
    since = row["returned_at"]
    if calendar is None or since is None or row["due_at"] is None:
        return {}
    waited = working_seconds_between(calendar, since, at)
    levels = [
        level if index < row["level"] else {**level, "at": _later(calendar, level["at"], waited).isoformat()}
        for index, level in enumerate(row["levels"] or ())
    ]
    due = row["due_at"]
    return {"levels": levels or None, "due_at": _later(calendar, due.isoformat(), waited) if due > since else due}


def _later(calendar: Calendar, at: str, seconds: int) -> datetime:
    when = datetime.fromisoformat(at)
    return add(calendar, when, Span(working=True, seconds=seconds)) if seconds else when


def next_level(row: Row) -> datetime | None:
    """When the next level is reached; None after the last."""
    levels: Sequence[Mapping[str, Any]] = row["levels"] or ()
    return datetime.fromisoformat(levels[row["level"]]["at"]) if row["level"] < len(levels) else None


def used(row: Row, now: datetime, calendar: Calendar | None) -> int | None:
    """How much of its time is used, in per cent; None without a due date."""
    if row["due_at"] is None:
        return None
    end = row["fed_back_at"] or row["cancelled_at"] or row["returned_at"] or now
    if calendar is None:
        whole, spent = row["due_at"] - row["created_at"], max(end - row["created_at"], timedelta())
        return int(spent * 100 / whole) if whole else 100
    total = working_seconds_between(calendar, row["created_at"], row["due_at"])
    passed = working_seconds_between(calendar, row["created_at"], end)
    return passed * 100 // total if total else (100 if end >= row["due_at"] else 0)
