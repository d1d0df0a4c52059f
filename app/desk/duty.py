"""The duty officer of what was escalated: who he is now, that he hears of it at once, that he alone calls the customer."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from app.access.users import find_by_id, find_user
from app.desk.desk import Desk
from app.desk.situation import Situation
from app.desk.terms import Terms
from app.errors import Reason, Refused
from app.people.duty import Duty, OnDuty
from app.workflow.definition import ESCALATE, Definition

LED_BY = "supervisor"
"""Who is called where the policy names nobody, or people who are not there."""


async def on_duty(desk: Desk, terms: Terms, at: datetime) -> OnDuty | None:
    """Who is on duty by the roster of the policy; None where it has none. A person who is not there gives way to the fallback."""
    rules = terms.policy.escalation
    if rules is None:
        return None
    for duty in (rules.on_duty(terms.calendars.get(rules.calendar, terms.service), at), rules.fallback):
        if (found := await _there(desk, duty)) is not None:
            return found
    return OnDuty(None, LED_BY, LED_BY)


async def _there(desk: Desk, duty: Duty) -> OnDuty | None:
    if duty.person is None:
        return OnDuty(None, duty.role, duty.role or "")
    async with desk.runtime.db.read() as conn:
        user = await find_user(conn, duty.person)
    return OnDuty(user.id, None, user.name) if user is not None and user.active else None


async def called(desk: Desk, definition: Definition, situation: Situation, transition: str) -> Situation:
    """The situation with who is on duty, where the step calls for him."""
    step = definition.steps[situation.complaint["state"]].get(transition)
    calls = step is not None and any(effect.params.get("to") == "duty" for effect in step.effects)
    return replace(situation, duty=await on_duty(desk, situation.terms, situation.at)) if calls else situation


async def one_voice(desk: Desk, definition: Definition, situation: Situation, where: str) -> None:
    """While a complaint is escalated one person speaks to the customer: the officer who has it, else the owner or those on duty.

    Raises Refused with the name, at `where`, for whoever else is about to call, to promise, or to tell him something.
    """
    own, actor = situation.complaint, situation.actor
    escalated = any(t.means == ESCALATE and t.target == own["state"] for t in definition.transitions)
    if not escalated or situation.terms.policy.escalation is None:
        return
    if own["assignee_id"] is None:
        duty = await on_duty(desk, situation.terms, situation.at)
        if actor.id == own["owner_id"] or duty is None or actor.id == duty.user or duty.role in actor.roles:
            return
        name = duty.name
    elif actor.id == own["assignee_id"]:
        return
    else:
        async with desk.runtime.db.read() as conn:
            user = await find_by_id(conn, own["assignee_id"])
        name = f"{user.display} ({user.name})" if user is not None else str(own["assignee_id"])
    raise Refused(Reason("one_voice", where, {"name": name}), code="change_refused")
