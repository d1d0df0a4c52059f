"""Who works on a complaint: named, chosen by the load, given back. Whoever is named is there, may do it and is able to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app.access.actor import Actor
from app.access.answers import Answer
from app.access.tables import app_user
from app.access.users import find_by_id
from app.audit.events import By, Event
from app.calendars.time import local_date
from app.db.ids import new_id
from app.db.statement import Insert
from app.desk.change import Changed, Decide, change
from app.desk.desk import Desk
from app.desk.outcome import Reply
from app.desk.promises import handed_over
from app.desk.queue_taker import in_hand, room_of
from app.desk.sealing import Sealer
from app.desk.situation import Situation
from app.desk.terms import Terms
from app.errors import Invalid, Reason, Refused
from app.people.choose import Candidate, Wanted, choose
from app.people.notices import notice_row
from app.people.person import Person
from app.people.policy import Needed
from app.people.staff import find_people, list_teams, people, person_of
from app.people.tables import queue_skip
from app.people.tables import team as team_table
from app.workflow.definition import Definition

LEADS: Final = frozenset({"supervisor", "admin"})
RETURNED: Final = "returned"
"""Kept as the reason for which a complaint does not come back at once to whoever gave it back."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who is to work on it now (`assignee`), who answers for it to the end (`owner`), in which team; absent = as it is.

    `auto`: the assignee is chosen by skills and load. `back`: whoever has it gives it back to the team; that needs a reason.
    """

    values: Mapping[str, Any]
    reason: str | None = None
    auto: bool = False
    back: bool = False


async def assign(
    desk: Desk, actor: Actor, by: By, complaint_id: UUID, assignment: Assignment, reply: Reply, *, expected: int | None
) -> tuple[Answer, bool]:
    """Set owner, assignee or team; open promises go to a new owner too.

    Raises Invalid for a user or team that is not there or not active; Refused for one who lacks the skill, and where nobody
    is free.
    """
    return await change(desk, actor, by, complaint_id, expected, reply, await assigning(desk, assignment))


async def assigning(desk: Desk, assignment: Assignment) -> Decide:
    """The decision of `assign`, once those who are named were found to be there. Raises as it does."""
    if assignment.back and not assignment.reason:
        raise Invalid(Reason("return_reason", "reason"))
    await _check_team(desk, assignment.values.get("team"))
    named = await _named(desk, assignment.values)

    async def decide(definition: Definition, situation: Situation, sealer: Sealer) -> Changed:
        values, data = dict(assignment.values), dict[str, Any]()
        if assignment.auto:
            chosen = await _choose(desk, situation, values)
            values["assignee_id"] = chosen.person.id
            if situation.complaint["owner_id"] is None:
                values.setdefault("owner_id", chosen.person.id)
            data["chosen"] = {"name": chosen.person.name, "in_hand": chosen.load, "room": chosen.room}
        elif assignment.back:
            values |= _given_back(situation)
            data["returned"] = True
        for field, person in named.items():
            data |= _check_skills(situation, field, person, assignment.reason)
        reason = {"reason": sealer.seal(assignment.reason, "reason").reference} if assignment.reason else {}
        changed = _assigned(definition, situation, values, {**data, **reason})
        updates, handed, notices = await handed_over(desk, situation, values.get("owner_id"))
        changed = replace(changed, updates=updates, inserts=[*changed.inserts, *notices], events=[*changed.events, *handed])
        if assignment.back:
            return replace(changed, inserts=[*changed.inserts, Insert(queue_skip, _passed(situation))])
        to = values.get("assignee_id")
        if to is not None and to != situation.actor.id and to != situation.complaint["assignee_id"]:
            told = {"number": situation.complaint["number"], "by": situation.by.name}
            notice = notice_row(situation.at, "assigned", user=to, complaint_id=situation.complaint["id"], data=told)
            return replace(changed, inserts=[*changed.inserts, notice])
        return changed

    return decide


def needed(terms: Terms, complaint: Mapping[str, Any], customer: Mapping[str, Any]) -> dict[str, int]:
    """The skills that a complaint needs, with their levels."""
    asked = {name: skill.needed for name, skill in terms.policy.people.skills.items() if skill.needed is not None}
    return {name: need.level for name, need in asked.items() if _is_needed(need, complaint, customer)}


def _is_needed(need: Needed, complaint: Mapping[str, Any], customer: Mapping[str, Any]) -> bool:
    tags = any(tag == one or tag.startswith(f"{one}.") for tag in complaint["tags"] for one in need.tags)
    severe = need.severity is not None and complaint["severity"] >= need.severity
    return tags or severe or customer["segment"] in need.segments


async def _named(desk: Desk, values: Mapping[str, Any]) -> dict[str, Person]:
    """The people named as owner or assignee. Raises Invalid for one who is not there or is shut out."""
    found: dict[str, Person] = {}
    async with desk.runtime.db.read() as conn:
        for name in ("owner_id", "assignee_id"):
            user_id = values.get(name)
            if user_id is None:
                continue
            user = await find_by_id(conn, user_id)
            if user is None or not user.active:
                raise Invalid(Reason("user_unknown", name.removesuffix("_id"), {"name": user_id}))
            found[name] = (await find_people(conn, app_user.c.id == user_id))[0]
    return found


async def _check_team(desk: Desk, name: str | None) -> None:
    """A team that is named exists and is active, once any team is defined at all."""
    if name is None:
        return
    async with desk.runtime.db.read() as conn:
        teams = [team.name for team in await list_teams(conn) if team.active]
    if teams and name not in teams:
        raise Invalid(Reason("team_unknown", "team", {"name": name, "known": ", ".join(teams[:20])}))


def _check_skills(situation: Situation, field: str, person: Person, reason: str | None) -> dict[str, Any]:
    """What the event says of skills that the person lacks. Raises Refused: only a supervisor passes over that, with a reason."""
    if not situation.terms.policy.queue.skill_needed_to_assign or field != "assignee_id":
        return {}
    able = person.able(local_date(situation.calendar, situation.at))
    asked = needed(situation.terms, situation.complaint, situation.customer)
    missing = sorted(skill for skill, level in asked.items() if able.get(skill, 0) < level)
    if not missing:
        return {}
    if situation.actor.roles & LEADS and reason:
        return {"without_skills": missing}
    params = {"name": person.name, "skills": ", ".join(f"{s} ≥ {asked[s]}" for s in missing)}
    raise Refused(Reason("skill_missing", "assignee", params), code="change_refused")


async def _choose(desk: Desk, situation: Situation, values: Mapping[str, Any]) -> Candidate:
    """The person who gets it. Raises Refused telling how many were kept from it by what."""
    terms, complaint = situation.terms, situation.complaint
    wanted_team = values.get("team", complaint["team"])
    load = in_hand(app_user.c.id).correlate(app_user).label("in_hand")
    query = people().add_columns(team_table.c.capacity, load).outerjoin(team_table, team_table.c.name == app_user.c.team)
    passed = select(queue_skip.c.person_id).where(queue_skip.c.complaint_id == complaint["id"], queue_skip.c.until > situation.at)
    async with desk.runtime.db.read() as conn:
        without = frozenset((await conn.execute(passed)).scalars())
        rows = list(await conn.execute(query.where(app_user.c.active)))
    today = local_date(terms.service, situation.at)
    candidates = []
    for row in rows:
        person = person_of(row)
        capacity, many = tuple(row)[-2:]
        candidates.append(Candidate(person, many, room_of(person, capacity, terms), person.able(today)))
    language = terms.policy.queue.language
    spoken = None if language is None else situation.customer["attributes"].get(language)
    asked = needed(terms, complaint, situation.customer)
    wanted = Wanted(wanted_team, asked, spoken, terms.policy.queue.reserve.roles, without)
    chosen, kept = choose(candidates, wanted, situation.at)
    if chosen is None:
        params = {name: kept.get(name, 0) for name in ("team", "skill", "language", "absent", "full", "passed_on")}
        raise Refused(Reason("nobody_free", "to", params), code="change_refused")
    return chosen


def _given_back(situation: Situation) -> dict[str, Any]:
    """Without an assignee; and without an owner, where he himself gives back what nobody else was told to work on."""
    complaint, mine = situation.complaint, situation.actor.id
    holder = complaint["assignee_id"] or complaint["owner_id"]
    if holder != mine and not situation.actor.roles & LEADS:
        raise Refused(Reason("return_not_yours", "return"), code="change_refused")
    if complaint["assignee_id"] is None and complaint["owner_id"] == mine:
        return {"assignee_id": None, "owner_id": None}
    return {"assignee_id": None}


def _passed(situation: Situation) -> dict[str, Any]:
    """The row that keeps the complaint from coming back at once to whoever had it."""
    complaint, at = situation.complaint, situation.at
    until: datetime = at + situation.terms.policy.queue.skip_again
    person = complaint["assignee_id"] or complaint["owner_id"] or situation.actor.id
    return {
        "id": new_id(at),
        "person_id": person,
        "complaint_id": complaint["id"],
        "reason": RETURNED,
        "at": at,
        "until": until,
    }


def _assigned(definition: Definition, situation: Situation, values: Mapping[str, Any], data: Mapping[str, Any]) -> Changed:
    seq = situation.complaint["version"] + 1
    patch = {**values, "version": seq, "last_at": situation.at}
    event = Event(
        "assigned",
        situation.at,
        situation.by,
        situation.complaint["id"],
        situation.complaint["customer_id"],
        seq=seq,
        data={"from": {k: situation.complaint[k] for k in values}, "to": dict(values), **data},
        patch=patch,
        workflow=definition.name,
        workflow_version=definition.version,
    )
    return Changed(situation.with_(patch), events=[event])
