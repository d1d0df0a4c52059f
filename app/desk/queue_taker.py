"""Who asks the queue: what this person is able to do, has in hand and holds already, read in one SELECT."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ScalarSelect, and_, func, or_, select

from app.access.actor import Actor
from app.access.tables import app_user
from app.calendars.time import local_date
from app.catalogue.tables import definition
from app.complaints.tables import complaint
from app.db.prepared import Prepared
from app.desk.desk import WORKFLOW, Desk
from app.desk.queue_sql import ME, Asking, Kind, Taker, at, waiting
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


@lru_cache(maxsize=64)
def _statement(asking: _Rules) -> Prepared:
    """Who somebody is, how much he has in hand, and what he holds already: made once for each state of the rules."""
    held = (
        select(complaint.c.id)
        .where(complaint.c.leased_by == ME, complaint.c.leased_until > at("now"), waiting(asking.asking))
        .limit(1)
        .scalar_subquery()
    )
    return Prepared(
        people()
        .add_columns(team.c.phase, team.c.capacity, in_hand(ME).label("in_hand"), held.label("held"))
        .outerjoin(team, team.c.name == app_user.c.team)
        .where(app_user.c.id == ME)
    )


@dataclass(frozen=True, slots=True)
class _Rules:
    """A question by the rules that it is asked under alone."""

    rules: tuple[int, int]
    dialect: str
    asking: Asking = field(compare=False)


async def standing(desk: Desk, actor: Actor, asking: Asking, terms: Terms) -> Standing:
    """How `actor` stands to the queue. NotFound for one who is no user of the house (the program itself)."""
    statement = _statement(_Rules(asking.rules, asking.dialect, asking))
    rows = await desk.runtime.db.rows(statement, {**asking.params(), "me": actor.id})
    if not rows:
        raise NotFound(what="user")
    row = rows[0]
    person = person_of(row._asdict())
    phase, of_team, many, holds = tuple(row)[-4:]
    room = room_of(person, of_team, terms)
    able = person.able(local_date(terms.service, asking.now))
    lacking = tuple(
        (name, skill.needed)
        for name, skill in terms.policy.people.skills.items()
        if skill.needed is not None and able.get(name, 0) < skill.needed.level
    )
    teams = None if person.team is None else frozenset({person.team, *person.helps})
    gated = tuple(await _gated(desk)) if phase == PHASES[0] else ()
    kind = Kind(teams, lacking, frozenset(person.languages), gated, room is None or many < room)
    return Standing(person, Taker(actor.id, actor.name, kind), many, room, holds)


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
    rules = (id(terms.policy) if terms.policy.version == 0 else terms.policy.version, terms.segments.version)
    return Asking(terms.policy.queue, terms.segments, now, desk.runtime.db.dialect, rules)
