"""People, teams and presence at the desk: checked against the policy, stored once, told by events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.access.actor import Actor
from app.access.answers import Answer
from app.access.plain import clean_text
from app.access.tables import app_user
from app.access.vault import DataKey
from app.audit.events import By, Event
from app.audit.record import record
from app.desk.desk import Desk
from app.desk.once import once
from app.errors import Forbidden, Invalid, Reason
from app.people.checks import House, person_reasons, team_reasons
from app.people.person import OFFLINE, Person
from app.people.staff import Done, PersonData, Team, find_people, one_team, shifts_of, store_person, store_team
from app.people.tables import person as person_table
from app.people.tables import team as team_table

GRANTING = frozenset({"admin"})
"""Who may give roles, and let people in or shut them out."""


async def house(desk: Desk, conn: AsyncConnection) -> House:
    """The names that people and teams may refer to, as they are now."""
    policy = (await desk.terms()).policy
    teams = (await conn.execute(select(team_table.c.name))).scalars().all()
    users = (await conn.execute(select(app_user.c.name))).scalars().all()
    return House(policy.people, teams, users)


async def put_person(
    desk: Desk, actor: Actor, by: By, data: PersonData, render: Callable[[Done, Person], Answer]
) -> tuple[Answer, bool]:
    """Store what is told of a person. Raises Invalid with every mistake; Forbidden where only an administrator may."""
    name = clean_text(data.name, 100, where="name", min_length=1)
    kept = [Reason("admin_only", field) for field in ("roles", "active") if field in data.values]
    if kept and not actor.roles & GRANTING:
        raise Forbidden(*kept, roles=", ".join(sorted(actor.roles)), allowed=", ".join(sorted(GRANTING)))

    async def work(conn: AsyncConnection) -> tuple[Answer, DataKey | None]:
        wrong = person_reasons(await house(desk, conn), name, data.values)
        if wrong:
            raise Invalid(*wrong)
        done, stored = await store_person(conn, by, desk.runtime.clock.now(), PersonData(name, data.values))
        return render(done, stored), None

    return await once(desk, None, work)


async def put_team(
    desk: Desk, by: By, name: str, values: Mapping[str, Any], render: Callable[[Done, Team], Answer]
) -> tuple[Answer, bool]:
    """Store what is told of a team. Raises Invalid with every mistake."""
    name = clean_text(name, 80, where="name", min_length=1)

    async def work(conn: AsyncConnection) -> tuple[Answer, DataKey | None]:
        wrong = team_reasons(values, new=await one_team(conn, name) is None)
        if wrong:
            raise Invalid(*wrong)
        done, stored = await store_team(conn, by, desk.runtime.clock.now(), name, values)
        return render(done, stored), None

    return await once(desk, None, work)


async def set_presence(
    desk: Desk, actor: Actor, by: By, presence: str, until: datetime | None, render: Callable[[Person], Answer]
) -> tuple[Answer, bool]:
    """Say whether one is there. Without `until` the shift ends as the roster says, if it says so."""
    at = desk.runtime.clock.now()
    if until is not None and until <= at:
        raise Invalid(Reason("in_the_past", "until"))

    async def work(conn: AsyncConnection) -> tuple[Answer, DataKey | None]:
        return render(await note_presence(conn, actor, by, at, presence, until)), None

    return await once(desk, None, work)


async def note_presence(
    conn: AsyncConnection, actor: Actor, by: By, at: datetime, presence: str, until: datetime | None = None
) -> Person:
    """Store a presence, with an event where it changes, in the caller's transaction."""
    (now,) = await find_people(conn, app_user.c.id == actor.id)
    if until is None and presence != OFFLINE:
        planned = (await shifts_of(conn, [actor.id], at)).get(actor.id, [])
        until = next((end for start, end in planned if start <= at), now.shift_until)
        until = until if until is not None and until > at else None
    if now.version == 0:
        await store_person(conn, by, at, PersonData(actor.name))
    same = now.presence == presence and now.version > 0
    values = {
        "presence": presence,
        "presence_since": now.presence_since if same else at,
        "shift_until": None if presence == OFFLINE else until,
        "version": person_table.c.version + 1,
        "updated_at": at,
    }
    if not same or values["shift_until"] != now.shift_until:
        await conn.execute(update(person_table).where(person_table.c.id == actor.id).values(**values))
    if not same:
        data = {"user": actor.id, "from": now.presence, "to": presence, "until": values["shift_until"]}
        await record(conn, Event("presence_set", at, by, data=data))
    return (await find_people(conn, app_user.c.id == actor.id))[0]


async def count_by_presence(conn: AsyncConnection, team: str) -> dict[str, int]:
    """How many active people of a team are in which presence."""
    query = (
        select(person_table.c.presence, func.count())
        .select_from(app_user)
        .outerjoin(person_table, person_table.c.id == app_user.c.id)
        .where(app_user.c.team == team, app_user.c.active)
        .group_by(person_table.c.presence)
    )
    counts: dict[str, int] = {}
    for presence, many in await conn.execute(query):
        counts[presence or OFFLINE] = counts.get(presence or OFFLINE, 0) + int(many)
    return counts
