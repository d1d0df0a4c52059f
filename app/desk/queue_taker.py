"""Who asks the queue: what this person is able to do, has in hand and holds already, read in one SELECT."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ScalarSelect, and_, func, or_, select

from app.access.actor import Actor
from app.access.tables import app_user
from app.calendars.time import local_date
from app.catalogue.tables import definition
from app.complaints.tables import complaint
from app.desk.desk import WORKFLOW, Desk
from app.desk.queue_sql import Asking, Taker, waiting
from app.desk.terms import Terms
from app.errors import NotFound
from app.people.person import Person
from app.people.policy import PHASES
from app.people.staff import people, person_of
from app.people.tables import team


@dataclass(frozen=True, slots=True)
class Standing:
    """A taker as found: the person, what is in hand of how much, and the complaint that he holds a lease on now."""

    person: Person
    taker: Taker
    in_hand: int
    room: int | None
    held: UUID | None


def in_hand(person_id: Any) -> ScalarSelect[int]:
    """How many complaints a person (an id, or a column) has in hand: open, being worked on, his to work on."""
    own = complaint.c
    mine = or_(own.assignee_id == person_id, and_(own.assignee_id.is_(None), own.owner_id == person_id))
    return select(func.count()).select_from(complaint).where(~own.final, own.kind == "working", mine).scalar_subquery()


async def standing(desk: Desk, actor: Actor, asking: Asking, terms: Terms) -> Standing:
    """How `actor` stands to the queue. NotFound for one who is no user of the house (the program itself)."""
    held = (
        select(complaint.c.id)
        .where(complaint.c.leased_by == actor.id, complaint.c.leased_until > asking.now, waiting(asking))
        .limit(1)
        .scalar_subquery()
    )
    query = (
        people()
        .add_columns(team.c.phase, team.c.capacity, in_hand(actor.id).label("in_hand"), held.label("held"))
        .outerjoin(team, team.c.name == app_user.c.team)
        .where(app_user.c.id == actor.id)
    )
    async with desk.runtime.db.read() as conn:
        row = (await conn.execute(query)).first()
    if row is None:
        raise NotFound(what="user")
    person = person_of(row)
    phase, of_team, many, holds = tuple(row)[-4:]
    room = room_of(person, of_team, terms)
    able = person.able(local_date(terms.service, asking.now))
    lacking = {
        name: skill.needed
        for name, skill in terms.policy.people.skills.items()
        if skill.needed is not None and able.get(name, 0) < skill.needed.level
    }
    teams = None if person.team is None else frozenset({person.team, *person.helps})
    gated = await _gated(desk) if phase == PHASES[0] else []
    open_to = room is None or many < room
    taker = Taker(actor.id, actor.name, teams, lacking, frozenset(person.languages), gated, open_to)
    return Standing(person, taker, many, room, holds)


def room_of(person: Person, of_team: int | None, terms: Terms) -> int | None:
    """How much a person may have in hand: his own figure, else his team's, else the house's; None: no limit."""
    return next((n for n in (person.capacity, of_team, terms.policy.people.capacity) if n is not None), None)


async def _gated(desk: Desk) -> list[tuple[str, int, str]]:
    """The stages that show offers, of all versions of all workflows."""
    async with desk.runtime.db.read() as conn:
        known = await conn.execute(select(definition.c.name, definition.c.version).where(definition.c.kind == WORKFLOW))
        versions = [(str(name), int(version)) for name, version in known]
    found = []
    for name, version in versions:
        loaded = await desk.workflow(name, version)
        found += [(name, version, stage.name) for stage in loaded.stages.values() if stage.gate is not None]
    return found


def asking_of(desk: Desk, terms: Terms, now: datetime) -> Asking:
    """The rules of the queue at this moment."""
    return Asking(terms.policy.queue, terms.segments, now, desk.runtime.db.dialect)
