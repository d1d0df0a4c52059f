"""Work orders to departments: ordered, taken, sent back with a question, answered, told; each in one write with its counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from app.access.actor import Actor
from app.access.answers import Answer
from app.audit.events import By
from app.calendars.definition import Calendar
from app.commitments.ordering import MOVERS, SERVING, STEPS, of_another
from app.commitments.ordering import moved as moved_row
from app.commitments.tables import work_order
from app.db.statement import Insert, Update
from app.desk.adding import check_person, moved, row_of
from app.desk.change import Changed, change
from app.desk.desk import Desk
from app.desk.duty import one_voice
from app.desk.ordered import of_order, order_counts, order_data, ordered, rules_of
from app.desk.outcome import Reply
from app.desk.sealing import Sealer
from app.desk.situation import Situation
from app.desk.telling import to_person, to_team
from app.errors import Invalid, Reason, Refused
from app.workflow.definition import Definition


async def add_work_order(
    desk: Desk,
    actor: Actor,
    by: By,
    complaint_id: UUID,
    department: str,
    request: str,
    due: datetime | None,
    reply: Reply,
    *,
    kind: str | None = None,
    blocking: bool = False,
) -> tuple[Answer, bool]:
    """Ask a department for work. It counts as open in the same write, so that no step slips past a guard on it.

    Raises Invalid for a department or kind of work that the policy does not have, Refused for a complaint at its end and
    for a date before the department's lead time, unless a supervisor asks.
    """

    async def decide(_definition: Definition, situation: Situation, sealer: Sealer) -> Changed:
        rules, _ = rules_of(situation, department, kind)
        if due is not None and due <= situation.at:
            raise Invalid(Reason("in_the_past", "due_at"))
        if situation.complaint["final"]:
            raise Refused(Reason("complaint_final", "state"), code="change_refused")
        words = sealer.seal(request, "request").reference
        row = ordered(situation, department, words, due, kind, blocking=blocking)
        notices = to_team(situation, "work_order_received", row["team"], order_data(situation, row)) if rules is not None else []
        return moved(
            "work_ordered",
            situation,
            order_counts(situation, None, row),
            of_order(row),
            inserts=[Insert(work_order, row), *notices],
            item=row,
        )

    return await change(desk, actor, by, complaint_id, None, reply, decide)


async def move_work_order(
    desk: Desk,
    actor: Actor,
    by: By,
    complaint_id: UUID,
    order_id: UUID,
    status: str,
    answer: str | None,
    reply: Reply,
    *,
    assignee: UUID | None = None,
) -> tuple[Answer, bool]:
    """Move a work order on (see STEPS and MOVERS).

    `answer` is what was found or done (fed_back), what is asked back (returned), or what answers that (received).
    `assignee`: to whom it goes; whoever moves it, where nobody is named.
    """
    await check_person(desk, assignee, "assignee")

    async def decide(definition: Definition, situation: Situation, sealer: Sealer) -> Changed:
        row = await row_of(desk, work_order, order_id, complaint_id)
        if status == "told":
            await one_voice(desk, definition, situation, "status")
        if status not in STEPS[row["status"]]:
            params = {"from": row["status"], "allowed": ", ".join(STEPS[row["status"]]) or "-"}
            raise Refused(Reason("work_order_step", "status", params), code="change_refused")
        if actor.roles.isdisjoint(MOVERS[status]):
            params = {"to": status, "roles": ", ".join(sorted(MOVERS[status]))}
            raise Refused(Reason("work_order_mover", "status", params), code="change_refused")
        if of_another(row, actor.roles & MOVERS[status], actor.team) and row["assignee_id"] != actor.id:
            raise Refused(Reason("other_team", "id", {"team": row["team"], "own": actor.team}), code="change_refused")
        if status in ASKED_FOR and not answer:
            raise Invalid(Reason(ASKED_FOR[status], "answer"))
        calendar = _calendar(situation, row["department"])
        after = moved_row(row, status, situation.at, calendar)
        words = sealer.seal(answer, "answer").reference if answer else None
        if words is not None:
            after |= _worded(row, status, words)
        if status == "assigned":
            after["assignee_id"] = assignee or situation.by.id
        elif status == "in_progress" and row["assignee_id"] is None and actor.roles & SERVING:
            after["assignee_id"] = situation.by.id
        data = {"work_order": order_id, "from": row["status"], "to": after["status"]}
        if after["assignee_id"] != row["assignee_id"]:
            data["assignee"] = after["assignee_id"]
        if words is not None:
            data["words"] = words
        return moved(
            "work_order_moved",
            situation,
            order_counts(situation, row, after),
            data,
            inserts=_notices(situation, status, after),
            updates=[Update(work_order, after)],
            item=after,
        )

    return await change(desk, actor, by, complaint_id, None, reply, decide)


ASKED_FOR: Mapping[str, str] = {
    "fed_back": "answer_missing",
    "returned": "question_missing",
    "received": "reply_missing",
}
"""Moves that need words, with the reason why one without them is refused."""


def _worded(row: Mapping[str, Any], status: str, words: Any) -> dict[str, Any]:
    if status == "returned":
        return {"question": {"question": words}}
    if status == "received":
        return {"question": {**(row["question"] or {}), "reply": words}}
    return {"answer": words}


def _calendar(situation: Situation, department: str) -> Calendar | None:
    """Of a department that the policy may have dropped meanwhile."""
    found = (situation.terms.policy.departments or {}).get(department)
    return None if found is None else situation.terms.calendars.get(found.calendar)


def _notices(situation: Situation, status: str, row: Mapping[str, Any]) -> list[Insert]:
    data, owner, asker = order_data(situation, row), situation.complaint["owner_id"], row["asker_id"]
    match status:
        case "fed_back":
            return _both(situation, "work_order_answered", owner, asker, data)
        case "returned":
            return _both(situation, "work_order_returned", owner, asker, data)
        case "assigned":
            return to_person(situation, "work_order_assigned", row["assignee_id"], data)
        case "received":
            told_to = row["assignee_id"]
            kind = "work_order_replied"
            return to_person(situation, kind, told_to, data) if told_to else to_team(situation, kind, row["team"], data)
    return []


def _both(situation: Situation, kind: str, owner: UUID | None, asker: UUID | None, data: Mapping[str, Any]) -> list[Insert]:
    """To the owner, and to whoever asked."""
    found = to_person(situation, kind, owner or asker, data)
    return found if asker in (None, owner) or owner is None else [*found, *to_person(situation, kind, asker, data)]
