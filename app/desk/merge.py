"""Two complaints about one thing: the later one ends as merged and points to the one that goes on."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.access.actor import Actor
from app.access.answers import Answer
from app.audit.events import By, Event
from app.audit.tables import event
from app.complaints.queries import load
from app.complaints.repeats import RepeatRules
from app.desk.amend import changed_columns
from app.desk.asking import typed
from app.desk.change import Changed, change
from app.desk.desk import Desk
from app.desk.outcome import Reply
from app.desk.sealing import Sealer
from app.desk.situation import Situation
from app.desk.step import take, timer_row
from app.desk.transition import refusal
from app.errors import Invalid, Reason, Refused
from app.workflow.definition import MERGE, Definition
from app.workflow.machine import Command
from app.workflow.machine import Refused as Refusal


async def merge(
    desk: Desk, actor: Actor, by: By, complaint_id: UUID, into: UUID, note: str | None, reply: Reply, *, expected: int | None
) -> tuple[Answer, bool]:
    """Merge the complaint into `into`, a complaint of the same customer that is not at its end; both histories say so.

    Raises Invalid (unknown target, itself, another customer's), Refused (the workflow has no merge from here, a guard).
    """

    async def decide(definition: Definition, situation: Situation, sealer: Sealer) -> Changed:
        complaint = situation.complaint
        if into == complaint_id:
            raise Invalid(Reason("merge_itself", "into"))
        found = await load(desk.runtime.db, into, None)
        if found is None:
            raise Invalid(Reason("merge_unknown", "into"))
        target, person = found.complaint, found.customer
        if (person["same_as"] or person["id"]) != (situation.customer["same_as"] or situation.customer["id"]):
            raise Invalid(Reason("merge_other_customer", "into"))
        if target["final"]:
            raise Refused(Reason("merge_into_final", "into", {"number": target["number"]}), code="change_refused")
        way = definition.means(MERGE, complaint["state"])
        if way is None:
            raise Refused(Reason("merge_not_from_here", "state"), code="transition_not_available", transition=MERGE)
        command = Command(way.name, {}, note)
        step = take(definition, situation, command, sealer, own_door=True)
        if isinstance(step, Refusal):
            await desk.refusals.record(desk.runtime.db, by, situation.at, complaint, command, step)
            raise refusal(step, command, None)
        moved, *rest = step.events
        first = replace(moved, data={**moved.data, "into": into}, patch={**moved.patch, "merged_into": into})
        there = Event(
            "merged",
            max(situation.at, target["last_at"]),
            step.situation.by,
            into,
            target["customer_id"],
            data={"from": complaint_id, "number": complaint["number"]},
            workflow=target["workflow"],
            workflow_version=target["workflow_version"],
        )
        return Changed(
            step.situation.with_({"merged_into": into}),
            step.inserts,
            events=[first, *rest, there],
            customer_consulted=step.customer_consulted,
            beside=(into, target["version"]),  # that it goes on must still hold: else two could end in each other
        )

    return await change(desk, actor, by, complaint_id, expected, reply, decide)


async def undo_merge(desk: Desk, actor: Actor, by: By, complaint_id: UUID, note: str | None, reply: Reply) -> tuple[Answer, bool]:
    """Take a merge back: stage and timers stand as before it, at the times that they had; both histories say so.

    Raises Refused: not merged, later than the policy admits.
    """

    async def decide(definition: Definition, situation: Situation, sealer: Sealer) -> Changed:
        complaint = situation.complaint
        into = complaint["merged_into"]
        rules = situation.terms.policy.repeats
        if into is None or not complaint["final"]:
            raise Refused(Reason("merge_none", "state"), code="change_refused")
        merged_at, before = await _before_merge(desk, complaint_id)
        hours = int((rules or RepeatRules()).merge_undo.total_seconds() // 3600)
        if situation.at > merged_at + timedelta(hours=hours):
            raise Refused(Reason("merge_undo_late", "state", {"hours": hours}), code="change_refused")
        seq = complaint["version"] + 1
        patch = {**before, "merged_into": None, "version": seq, "last_at": situation.at, "state_since": situation.at}
        timers = {name: entry for name, entry in before.get("armed", {}).items() if name in definition.timers}
        if "armed" in before:
            patch["armed"] = {name: {**entry, "seq": seq} for name, entry in timers.items()}
        after = situation.with_(patch)
        rows = [
            timer_row(n, definition.timers[n].trigger, after, datetime.fromisoformat(entry["due"])) for n, entry in timers.items()
        ]
        target = await load(desk.runtime.db, into, None)
        told = {"note": sealer.seal(note, "note").reference} if note else {}
        undone = Event(
            "merge_undone",
            situation.at,
            situation.by,
            complaint_id,
            complaint["customer_id"],
            seq=seq,
            from_state=complaint["state"],
            to_state=patch["state"],
            data={"into": into, **told},
            patch=patch,
            workflow=definition.name,
            workflow_version=definition.version,
        )
        events = [undone]
        if target is not None:
            own = target.complaint
            there = Event(
                "merge_undone",
                max(situation.at, own["last_at"]),
                situation.by,
                into,
                own["customer_id"],
                data={"from": complaint_id, "number": complaint["number"]},
                workflow=own["workflow"],
                workflow_version=own["workflow_version"],
            )
            events.append(there)
        return Changed(after, rows, events=events)

    return await change(desk, actor, by, complaint_id, None, reply, decide)


async def _before_merge(desk: Desk, complaint_id: UUID) -> tuple[datetime, dict[str, Any]]:
    """When it was merged, and what the merge changed, as it was before: the events before it, folded."""
    query = select(event.c.at, event.c.patch).where(event.c.complaint_id == complaint_id, event.c.seq.is_not(None))
    async with desk.runtime.db.read() as conn:
        rows = (await conn.execute(query.order_by(event.c.seq))).all()
    last = max(n for n, row in enumerate(rows) if row.patch.get("merged_into") is not None)
    folded: dict[str, Any] = {}
    for row in rows[:last]:
        folded |= row.patch
    was = typed(folded)
    keep = {"version", "last_at", "last_contact_at", "recorded"}
    changed: datetime = rows[last].at
    return changed, {name: was[name] for name in rows[last].patch if name in was and name not in keep}


async def link_repeat(desk: Desk, actor: Actor, by: By, complaint_id: UUID, of: UUID | None, reply: Reply) -> tuple[Answer, bool]:
    """Say that it repeats an earlier complaint of the same customer, whose count it carries on; None takes that back.

    Raises Invalid (unknown, itself, another customer's, a later one), Refused (so already).
    """

    async def decide(definition: Definition, situation: Situation, _sealer: Sealer) -> Changed:
        complaint = situation.complaint
        if complaint["repeat_of"] == of:
            raise Refused(Reason("already_so", "of"), code="change_refused")
        count = 0
        if of is not None:
            found = await load(desk.runtime.db, of, None)
            if found is None:
                raise Invalid(Reason("repeat_unknown", "of"))
            earlier, person = found.complaint, found.customer
            if (person["same_as"] or person["id"]) != (situation.customer["same_as"] or situation.customer["id"]):
                raise Invalid(Reason("repeat_other_customer", "of"))
            if (earlier["opened_at"], earlier["id"]) >= (complaint["opened_at"], complaint_id):
                raise Invalid(Reason("repeat_not_earlier", "of"))
            count = earlier["counters"].get("repeats", 0) + 1
        counters = {**complaint["counters"], "repeats": count}
        return changed_columns("repeat_linked", definition, situation, {"repeat_of": of, "counters": counters})

    return await change(desk, actor, by, complaint_id, None, reply, decide)
