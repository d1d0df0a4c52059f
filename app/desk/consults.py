"""Live consults: a question to the duty expert of a department, answered within minutes or turned into a promise to call back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from app.access.actor import Actor
from app.access.answers import Answer
from app.audit.events import By
from app.calendars.time import add
from app.commitments.departments import department_of
from app.commitments.ordering import of_another
from app.commitments.rows import consult_row
from app.commitments.tables import consult, promise
from app.db.statement import Insert, Update
from app.desk.adding import moved, row_of
from app.desk.change import Changed, change
from app.desk.desk import Desk
from app.desk.ordered import named
from app.desk.outcome import Reply
from app.desk.pledge import ground_of, made, of_promise, promise_data
from app.desk.sealing import Sealer
from app.desk.situation import Situation
from app.desk.telling import to_person, to_team, told
from app.errors import Reason, Refused
from app.workflow.definition import Definition

FOR_OTHERS = frozenset({"supervisor", "admin", "integration"})
"""Roles that may answer what they asked: they lead, or act for somebody else each time."""
USUAL = timedelta(hours=2)
"""When the call back is due where its kind has no lead time."""


async def ask_expert(
    desk: Desk, actor: Actor, by: By, complaint_id: UUID, department: str, question: str, reply: Reply
) -> tuple[Answer, bool]:
    """Ask the duty expert. The version stays: a question is no fact that a guard reads.

    Raises Invalid for an unknown department, Refused for one without a duty expert and for a complaint at its end.
    """

    async def decide(_definition: Definition, situation: Situation, sealer: Sealer) -> Changed:
        rules = department_of(situation.terms.policy.departments or {}, department)
        if rules.consult is None:
            raise Refused(Reason("consult_no_expert", "department", {"name": department}), code="change_refused")
        if situation.complaint["final"]:
            raise Refused(Reason("complaint_final", "state"), code="change_refused")
        words = sealer.seal(question, "question").reference
        calendar = situation.terms.calendars.get(rules.calendar, situation.calendar)
        row = consult_row(
            situation.complaint, situation.by, situation.at, rules, words, add(calendar, situation.at, rules.consult.within)
        )
        data = {"consult": str(row["id"]), **named(situation, department), "due": row["due_at"]}
        notices = to_team(situation, "consult_asked", row["team"], data)
        event = told("consult_asked", situation, {"consult": row["id"], "department": department, "due_at": row["due_at"]})
        return Changed(situation, [Insert(consult, row), *notices], events=[event], moved=False, extra={"item": row})

    return await change(desk, actor, by, complaint_id, None, reply, decide)


async def answer_consult(
    desk: Desk, actor: Actor, by: By, complaint_id: UUID, consult_id: UUID, answer: str, reply: Reply
) -> tuple[Answer, bool]:
    """Answer a consult, once. One that has turned into a promise takes its answer too: for the call back; the promise stays.

    Raises Refused to whoever asked it and does not lead, and to the back office of another department.
    """

    async def decide(_definition: Definition, situation: Situation, sealer: Sealer) -> Changed:
        row = await row_of(desk, consult, consult_id, complaint_id)
        if row["answered_at"] is not None:
            raise Refused(Reason("consult_answered", "status"), code="change_refused")
        if row["asker_id"] == actor.id and actor.roles.isdisjoint(FOR_OTHERS):
            raise Refused(Reason("consult_own", "id"), code="change_refused")
        if of_another(row, actor.roles, actor.team):
            raise Refused(Reason("other_team", "id", {"team": row["team"], "own": actor.team}), code="change_refused")
        words = sealer.seal(answer, "answer").reference
        status = "answered" if row["status"] == "asked" else row["status"]
        given = {"answer": words, "answered_by": situation.by.name, "answered_at": situation.at}
        after = {**row, **given, "status": status, "next_at": None, "leased_until": None}
        data = {"consult": consult_id, "status": status, "answer": words}
        shown = {"consult": str(consult_id), **named(situation, row["department"])}
        return moved(
            "consult_answered",
            situation,
            {},
            data,
            inserts=to_person(situation, "consult_answered", row["asker_id"], shown),
            updates=[Update(consult, after)],
            item=after,
        )

    return await change(desk, actor, by, complaint_id, None, reply, decide)


def turned(situation: Situation, row: dict[str, Any]) -> Changed:
    """A consult that nobody answered in time: a promise to call back, by itself."""
    ground = ground_of(situation, str(row["otherwise"]))
    due = ground.earliest(situation.at) or situation.at + USUAL
    owner = situation.complaint["owner_id"] or row["asker_id"]
    own = made(situation, ground, due, owner)
    after = {**row, "status": "promised", "promise_id": own["id"], "next_at": None, "leased_until": None}
    data = {"consult": row["id"], "department": row["department"], "promise": own["id"]}
    shown = {**named(situation, row["department"]), **promise_data(situation, own)}
    notices = to_person(situation, "consult_turned", own["owner_id"], shown)
    return moved(
        "consult_turned",
        situation,
        {"open_promises": situation.complaint["open_promises"] + 1},
        data,
        inserts=[Insert(promise, own), *notices],
        updates=[Update(consult, after)],
        also=[told("promised", situation, {**of_promise(own), "consult": row["id"]})],
        item=own,
    )
