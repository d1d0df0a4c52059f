"""People and teams as rows: read together with the user that each person is, stored with an event for what changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.access.tables import app_user
from app.access.users import User, find_user, store_user
from app.audit.events import By, Event
from app.audit.record import record
from app.db.engine import as_dict
from app.db.ids import new_id
from app.people.person import OFFLINE, Person, Skill, skills_of
from app.people.tables import person, shift, team

Done = Literal["created", "updated", "unchanged"]
_USER = ("id", "name", "display", "roles", "team", "active")
_OWN = ("skills", "languages", "helps", "capacity", "deputy", "presence", "presence_since", "shift_until", "version")


@dataclass(frozen=True, slots=True)
class PersonData:
    """What is to be stored of one person; what is left out (absent from `values`) stays as it is.

    `values`: display, roles, team, active of the user; skills (of Skill), languages, helps, capacity, deputy of the person;
    shifts: pairs of times, which take the place of those planned from the first of them on.
    """

    name: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Team:
    """A team as stored. `phase`: how far it has come with service marketing."""

    name: str
    title: Mapping[str, str]
    unit: str | None
    phase: str
    capacity: int | None
    active: bool
    version: int
    updated_at: datetime


def people() -> Select[Any]:
    """All users, with what each is at work where that was told."""
    own = [person.c[name].label(f"person_{name}") for name in _OWN]
    return select(*(app_user.c[name] for name in _USER), *own).outerjoin(person, person.c.id == app_user.c.id)


def person_of(row: Any) -> Person:
    """A row of `people()`, or its columns by name, as a value."""
    values = row if isinstance(row, dict) else row._mapping  # noqa: SLF001 - public, underscored as in namedtuple
    user = {name: values[name] for name in _USER} | {"roles": tuple(values["roles"])}
    if values["person_version"] is None:
        return Person(**user)
    own = {name: values[f"person_{name}"] for name in _OWN}
    lists = {name: tuple(own[name]) for name in ("languages", "helps")}
    return Person(**user, **own | lists | {"skills": skills_of(own["skills"])})


async def find_people(conn: AsyncConnection, *where: ColumnElement[bool], limit: int | None = None) -> list[Person]:
    """People by a condition on `app_user` or `person`, by name."""
    query = people().where(*where).order_by(app_user.c.name)
    return [person_of(row) for row in await conn.execute(query.limit(limit) if limit is not None else query)]


async def one_person(conn: AsyncConnection, name: str) -> Person | None:
    """The person of this name, active or not."""
    found = await find_people(conn, app_user.c.name == name)
    return found[0] if found else None


async def shifts_of(conn: AsyncConnection, ids: Iterable[UUID], since: datetime) -> dict[UUID, list[tuple[datetime, datetime]]]:
    """The shifts of people that have not ended by `since`, in order."""
    own = shift.c
    query = select(own.person_id, own.starts_at, own.ends_at).where(own.person_id.in_(list(ids)), own.ends_at > since)
    found: dict[UUID, list[tuple[datetime, datetime]]] = {}
    for person_id, start, end in await conn.execute(query.order_by(own.starts_at)):
        found.setdefault(person_id, []).append((start, end))
    return found


async def store_person(conn: AsyncConnection, by: By, at: datetime, data: PersonData) -> tuple[Done, Person]:
    """Create or change a person and the user that he is, with an event; what is so already changes nothing.

    In the caller's transaction; what is stored was checked before.
    """
    values = data.values
    user = await find_user(conn, data.name, lock=True)
    told = {name: values[name] for name in ("display", "roles", "team", "active") if name in values}
    user, how = await store_user(conn, by, at, data.name, told, user)
    row = (await conn.execute(select(person).where(person.c.id == user.id))).first()
    old = None if row is None else as_dict(row)
    new = _person_row(user, old, values, at)
    rostered = await _store_shifts(conn, user.id, values["shifts"], at, new=old is None) if "shifts" in values else None
    same = old is not None and {**old, "version": 0, "updated_at": None} == {**new, "version": 0, "updated_at": None}
    if old is None:
        await conn.execute(person.insert().values(**new))
    elif not same:
        await conn.execute(update(person).where(person.c.id == user.id).values(**new))
    if rostered:
        await conn.execute(shift.insert(), rostered)
    if old is not None and same and not rostered and how == "unchanged":
        return "unchanged", person_of_rows(user, old)
    fields = sorted(values.keys())
    await record(conn, Event("person_stored", at, by, data={"user": user.id, "name": user.name, "fields": fields}))
    return ("created" if how == "created" else "updated"), person_of_rows(user, new)


def person_of_rows(user: User, own: Mapping[str, Any]) -> Person:
    """A person out of the two rows that make one."""
    values: dict[str, Any] = {name: own[name] for name in _OWN} | {name: getattr(user, name) for name in _USER}
    values |= {name: tuple(own[name]) for name in ("languages", "helps")}
    return Person(**values | {"skills": skills_of(own["skills"])})


def _person_row(user: User, old: Mapping[str, Any] | None, values: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    row: dict[str, Any] = (
        dict(old)
        if old is not None
        else {
            "id": user.id,
            "skills": [],
            "languages": [],
            "helps": [],
            "capacity": None,
            "deputy": None,
            "presence": OFFLINE,
            "presence_since": at,
            "shift_until": None,
            "version": 0,
        }
    )
    if "skills" in values:
        skills: Iterable[Skill] = values["skills"]
        row["skills"] = [skill.as_json() for skill in sorted(skills, key=lambda s: s.name)]
    row |= {name: list(values[name]) for name in ("languages", "helps") if name in values}
    row |= {name: values[name] for name in ("capacity", "deputy") if name in values}
    return row | {"version": row["version"] + 1, "updated_at": at}


async def _store_shifts(
    conn: AsyncConnection, person_id: UUID, wanted: Iterable[tuple[datetime, datetime]], at: datetime, *, new: bool
) -> list[dict[str, Any]]:
    """The rows to insert, after what is planned from the first of them on was taken away; none where all is there already."""
    pairs = sorted(wanted)
    start = pairs[0][0] if pairs else at
    if not new:
        known = (await shifts_of(conn, [person_id], start)).get(person_id, [])
        if [pair for pair in known if pair[0] >= start] == pairs:
            return []
        await conn.execute(delete(shift).where(shift.c.person_id == person_id, shift.c.starts_at >= start))
    return [{"id": new_id(at), "person_id": person_id, "starts_at": begin, "ends_at": end} for begin, end in pairs]


async def list_teams(conn: AsyncConnection) -> list[Team]:
    """All teams by name."""
    columns = [team.c[name] for name in Team.__dataclass_fields__]
    return [Team(*row) for row in await conn.execute(select(*columns).order_by(team.c.name))]


async def one_team(conn: AsyncConnection, name: str, *, lock: bool = False) -> Team | None:
    """The team of this name."""
    query = select(*(team.c[field_] for field_ in Team.__dataclass_fields__)).where(team.c.name == name)
    row = (await conn.execute(query.with_for_update() if lock else query)).first()
    return None if row is None else Team(*row)


async def store_team(conn: AsyncConnection, by: By, at: datetime, name: str, values: Mapping[str, Any]) -> tuple[Done, Team]:
    """Create or change a team, with an event; what is so already changes nothing. A new one needs title and phase."""
    old = await one_team(conn, name, lock=True)
    plain: dict[str, Any] = {"unit": None, "capacity": None, "active": True}
    before = plain if old is None else {key: getattr(old, key) for key in (*plain, "title", "phase")}
    after = {**before, **values}
    if old is not None and after == before:
        return "unchanged", old
    made = Team(name, version=1 if old is None else old.version + 1, updated_at=at, **after)
    row = {key: getattr(made, key) for key in Team.__dataclass_fields__}
    if old is None:
        await conn.execute(team.insert().values(id=new_id(at), **row))
    else:
        await conn.execute(update(team).where(team.c.name == name).values(**row))
    await record(conn, Event("team_stored", at, by, data={"name": name, **after}))
    return ("created" if old is None else "updated"), made
