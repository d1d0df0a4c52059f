"""New promises, work orders and consults as rows, with the moments at which the worker has to look at them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from app.audit.events import By
from app.calendars.back import subtract
from app.calendars.definition import Calendar
from app.calendars.time import add
from app.commitments.departments import Department
from app.commitments.ordering import levels_of
from app.commitments.promise_kinds import PromiseKind
from app.db.ids import new_id

Complaint = Mapping[str, Any]


def promise_row(
    complaint: Complaint,
    by: By,
    at: datetime,
    kind: PromiseKind,
    due: datetime,
    calendar: Calendar,
    *,
    owner: UUID,
    text: Any = None,
    waived: list[str] | None = None,
) -> dict[str, Any]:
    """A new open promise of the complaint; `text` is a reference to the sealed words, or None."""
    remind, likely = (None if span is None else subtract(calendar, due, span) for span in (kind.remind, kind.likely_break))
    remind = remind if remind is not None and remind > at else None
    return {
        "id": new_id(at),
        "complaint_id": complaint["id"],
        "customer_id": complaint["customer_id"],
        "kind": kind.name,
        "word": kind.word,
        "department": kind.department,
        "owner_id": owner,
        "team": complaint["team"],
        "due_at": due,
        "text": text,
        "status": "open",
        "by": by.name,
        "made_at": at,
        "waived": waived or None,
        "remind_at": remind,
        "reminded_at": None,
        "likely_at": likely,
        "broken_at": None,
        "ended_at": None,
        "evidence": None,
        "told_at": None,
        "told_channel": None,
        "next_at": remind or due,
        "leased_until": None,
        "attempts": 0,
    }


def work_order_row(
    complaint: Complaint,
    by: By,
    at: datetime,
    department: str,
    request: Any,
    *,
    rules: Department | None,
    calendar: Calendar | None,
    due: datetime | None = None,
    kind: str | None = None,
    blocking: bool = False,
) -> dict[str, Any]:
    """A new work order, just received by the department; `request` is a reference to the sealed words.

    `rules` are the department's in the policy, `calendar` its own; without them there is no due date but the one given.
    """
    if due is None and rules is not None and calendar is not None:
        due = add(calendar, at, rules.time_for(kind))
    levels = levels_of(rules, calendar, at, due) if rules is not None and calendar is not None and due is not None else []
    return {
        "id": new_id(at),
        "complaint_id": complaint["id"],
        "customer_id": complaint["customer_id"],
        "department": department,
        "kind": kind,
        "team": rules.team if rules is not None else None,
        "blocking": blocking,
        "request": request,
        "status": "received",
        "answer": None,
        "question": None,
        "by": by.name,
        "asker_id": by.id,
        "assignee_id": None,
        "created_at": at,
        "due_at": due,
        **dict.fromkeys(("assigned_at", "started_at", "returned_at", "fed_back_at", "told_at", "cancelled_at")),
        "levels": levels or None,
        "level": 0,
        "next_at": datetime.fromisoformat(levels[0]["at"]) if levels else None,
        "leased_until": None,
        "attempts": 0,
    }


def consult_row(complaint: Complaint, by: By, at: datetime, department: Department, question: Any, due: datetime) -> dict[str, Any]:
    """A question to the duty expert of a department that has one."""
    assert department.consult is not None  # noqa: S101 - narrows the type: the desk refuses a department without
    return {
        "id": new_id(at),
        "complaint_id": complaint["id"],
        "customer_id": complaint["customer_id"],
        "department": department.name,
        "team": department.consult.team,
        "otherwise": department.consult.otherwise,
        "question": question,
        "status": "asked",
        "by": by.name,
        "asker_id": by.id,
        "asked_at": at,
        "due_at": due,
        **dict.fromkeys(("answer", "answered_by", "answered_at", "promise_id")),
        "next_at": due,
        "leased_until": None,
        "attempts": 0,
    }
