"""What falls due by itself: reminders, broken promises, levels of work orders, consults without an answer.

Each through the door as actor `system`, decided on the row as it is then: done by somebody else meanwhile, nothing happens.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Table

from app.access.actor import SYSTEM
from app.access.answers import Answer
from app.commitments.ordering import next_level
from app.commitments.tables import consult, promise, work_order
from app.db.statement import Insert, Update
from app.desk.adding import moved, row_of
from app.desk.change import Changed, change
from app.desk.consults import turned
from app.desk.desk import BY_SYSTEM, Desk
from app.desk.ordered import order_data
from app.desk.outcome import Reply, Result
from app.desk.pledge import counted, ended_row, promise_data
from app.desk.sealing import Sealer
from app.desk.situation import Situation
from app.desk.telling import of_order, supervised, to_person, to_supervisors, told
from app.workflow.definition import Definition

Row = Mapping[str, Any]
Settle = Callable[[Situation, dict[str, Any], str | None], Changed]
"""What becomes of a row that is due; the text is the team whose supervisors are told, None: all supervisors."""


def _promise(situation: Situation, row: dict[str, Any], lead: str | None) -> Changed:
    """Remind the owner; at the due date record that it is broken, and tell the owner and the supervisors."""
    data = promise_data(situation, row)
    if situation.at < row["due_at"]:
        after = {**row, "reminded_at": situation.at, "next_at": row["due_at"], "leased_until": None, "attempts": 0}
        shown = {"promise": row["id"], "due_at": row["due_at"]}
        notices = to_person(situation, "promise_due", row["owner_id"], data)
        return moved("promise_reminded", situation, {}, shown, inserts=notices, updates=[Update(promise, after)], item=after)
    after = ended_row(row, "broken", situation.at)
    both = [
        *to_person(situation, "promise_broken", row["owner_id"], data),
        *to_supervisors(situation, "promise_broken", data, lead),
    ]
    return moved(
        "promise_ended",
        situation,
        counted(situation, row, after),
        {"promise": row["id"], "status": "broken"},
        inserts=list({(i.row["user_id"], i.row["role"]): i for i in both}.values()),
        updates=[Update(promise, after)],
        item=after,
        occurred_at=row["due_at"],
    )


def _work_order(situation: Situation, row: dict[str, Any], lead: str | None) -> Changed:
    """Every level that was reached since the last look: an event each, and notices to those whom it names."""
    reached = [level for level in (row["levels"] or [])[row["level"] :] if datetime.fromisoformat(level["at"]) <= situation.at]
    after = {**row, "level": row["level"] + len(reached), "leased_until": None, "attempts": 0}
    after["next_at"] = next_level(after)
    last, shown = len(reached) - 1, {"work_order": row["id"], "department": row["department"]}
    each = [{**shown, "percent": level["percent"], "tell": level["tell"]} for level in reached]
    inserts: list[Insert] = []
    for level in reached:
        data = {**order_data(situation, row), "percent": level["percent"]}
        inserts += of_order(situation, "work_order_late", level["tell"], row, data, lead)
    return moved(
        "work_order_late",
        situation,
        {},
        each[last],
        inserts=inserts,
        updates=[Update(work_order, after)],
        also=[told("work_order_late", situation, data) for data in each[:last]],
        item=after,
    )


def _consult(situation: Situation, row: dict[str, Any], _lead: str | None) -> Changed:
    return turned(situation, row)


KINDS: Mapping[str, tuple[Table, Settle]] = {
    "promise": (promise, _promise),
    "work_order": (work_order, _work_order),
    "consult": (consult, _consult),
}
"""What the worker settles: the rows, and what becomes of one that is due."""


async def settle(desk: Desk, kind: str, leased: Row) -> bool:
    """Settle a leased row that is due; whether anything was left to do.

    Exactly once: what is stored raises the complaint's version and moves `next_at`; one decided on less is decided again.
    """
    table, decided = KINDS[kind]
    done = False

    async def decide(_definition: Definition, situation: Situation, _sealer: Sealer) -> Changed:
        nonlocal done
        row = await row_of(desk, table, leased["id"], leased["complaint_id"])
        done = row["next_at"] is not None and row["next_at"] <= situation.at
        if not done:
            return Changed(situation, moved=False)
        team = row["team"] if table is promise else None
        lead = await supervised(desk.runtime.db, team or situation.complaint["team"])
        return decided(situation, row, lead)

    await change(desk, SYSTEM, BY_SYSTEM, leased["complaint_id"], None, Reply(_silent), decide)
    return done


def _silent(_result: Result) -> Answer:
    return Answer(204, {}, None)
