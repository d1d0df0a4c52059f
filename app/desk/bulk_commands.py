"""The one table of commands that bulk work may give: what each asks of one complaint, through the same decisions as singly."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from app.access.actor import Actor
from app.audit.events import By
from app.desk.amend import tagging
from app.desk.assign import Assignment, assigning
from app.desk.change import Changed, Decide
from app.desk.desk import Desk
from app.desk.incident_members import checking, joining
from app.desk.known_names import check_steps
from app.desk.sealing import Sealer
from app.desk.situation import Situation
from app.desk.transition import stepping
from app.errors import Reason, Refused
from app.workflow.definition import Definition
from app.workflow.machine import Command

Given = Mapping[str, Any]
"""The parameters of a command, as JSON keeps them."""
Make = Callable[[Desk, Actor, By, Given, bool], Awaitable[Decide]]
"""(…, whether it is only a rehearsal) → the decision on one complaint. Raises Invalid for parameters that fit none."""


async def _steps(desk: Desk, _actor: Actor, by: By, given: Given, rehearsal: bool) -> Decide:
    await check_steps(desk, [step["transition"] for step in given["steps"]])
    commands = [Command(step["transition"], step.get("data") or {}, step.get("note")) for step in given["steps"]]
    take = stepping(desk, by, commands, rehearsal=rehearsal)
    confirmed_of = given.get("confirmed_of")

    async def decide(definition: Definition, situation: Situation, sealer: Sealer) -> Changed:
        if confirmed_of is not None:
            own = situation.complaint
            if str(own["incident_id"]) != confirmed_of or (own["incident"] or {}).get("check") != "confirmed":
                raise Refused(Reason("incident_not_confirmed", "incident"), code="change_refused")
        return await take(definition, situation, sealer)

    return decide


async def _assignment(desk: Desk, _actor: Actor, _by: By, given: Given, _rehearsal: bool) -> Decide:
    ids = ("owner_id", "assignee_id")
    values = {name: UUID(v) if name in ids and v is not None else v for name, v in given["values"].items()}
    assignment = Assignment(values, given.get("reason"))
    return await assigning(desk, assignment)


async def _tags(_desk: Desk, _actor: Actor, _by: By, given: Given, _rehearsal: bool) -> Decide:
    return tagging(given["add"], given["remove"])


async def _incident(desk: Desk, _actor: Actor, _by: By, given: Given, _rehearsal: bool) -> Decide:
    return await joining(desk, UUID(given["incident"]))


async def _check(desk: Desk, _actor: Actor, _by: By, given: Given, _rehearsal: bool) -> Decide:
    return checking(desk, given["check"], send=given.get("send", False))


COMMANDS: Mapping[str, Make] = {
    "transition": _steps,
    "assignment": _assignment,
    "tags": _tags,
    "incident": _incident,
    "incident_check": _check,
}
