"""Two complaints about one thing: the later one ends as merged and points to the one that goes on."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from app.access.actor import Actor
from app.access.answers import Answer
from app.audit.events import By, Event
from app.complaints.queries import load
from app.desk.change import Changed, change
from app.desk.desk import Desk
from app.desk.outcome import Reply
from app.desk.sealing import Sealer
from app.desk.situation import Situation
from app.desk.step import take
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
