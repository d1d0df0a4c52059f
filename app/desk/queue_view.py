"""The queue as supervisors see it: how much waits in each team, how old it is, who holds what, what comes next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Integer, and_, case, cast, func, null, select

from app.access.tables import app_user
from app.access.vault import DataKey
from app.complaints.queries import Record, joined, split
from app.complaints.tables import complaint
from app.db.engine import as_dict
from app.desk.desk import Desk
from app.desk.queue_sql import free, holder, nearest, order, waiting
from app.desk.queue_sql import joined as queued
from app.desk.queue_taker import asking_of
from app.desk.staff import count_by_presence


@dataclass(frozen=True, slots=True)
class Next:
    """A complaint in the queue's order: who has it in hand (by name), whose it is, its nearest deadline or promise."""

    complaint: Record
    customer: Record
    key: DataKey | None
    holder: str | None
    leased_by: str | None
    due_at: Any


@dataclass(frozen=True, slots=True)
class View:
    """The queue of all teams in figures, and the first of one team (or of all) in order."""

    teams: Sequence[Mapping[str, Any]]
    items: Sequence[Next]


async def view(desk: Desk, team: str | None, limit: int) -> View:
    """The queue as it stands now. The order is that of a taker who owns nothing yet."""
    terms, now = await desk.terms(), desk.runtime.clock.now()
    asking = asking_of(desk, terms, now)
    due, params = nearest(asking.dialect), asking.params()
    mine = waiting(asking) if team is None else and_(waiting(asking), complaint.c.team == team)

    def count(condition: Any) -> Any:
        return func.coalesce(func.sum(cast(case((condition, 1), else_=0), Integer)), 0)

    figures = (
        select(
            complaint.c.team,
            func.count().label("waiting"),
            count(~free()).label("in_hand"),
            count(due <= now).label("overdue"),
            count(holder().is_(None)).label("unowned"),
            count(complaint.c.severity == 4).label("severest"),
            func.min(complaint.c.state_since).label("oldest_since"),
            func.min(
                case((complaint.c.next_deadline > now, complaint.c.next_deadline), else_=null()),
                type_=complaint.c.next_deadline.type,
            ).label("next_due"),
        )
        .where(mine)
        .group_by(complaint.c.team)
        .order_by(complaint.c.team)
    )
    first = (
        queued(complaint.c.id, due.label("due"), holder().label("holder"))
        .where(mine)
        .order_by(*order(asking, personal=False))
        .limit(limit)
    )
    async with desk.runtime.db.read() as conn:
        teams = [as_dict(row) for row in await conn.execute(figures, params)]
        for each in teams:
            each["people"] = {} if each["team"] is None else await count_by_presence(conn, each["team"])
            each["oldest_seconds"] = int((now - each.pop("oldest_since")).total_seconds())
        places = [tuple(row) for row in await conn.execute(first, params)]
        rows = await conn.execute(joined().where(complaint.c.id.in_([place[0] for place in places])))
        found = {own["id"]: (own, person) for own, person in (split(tuple(row)) for row in rows)}
        ids = {place[2] for place in places} | {own["leased_by"] for own, _ in found.values()}
        users = await conn.execute(select(app_user.c.id, app_user.c.name).where(app_user.c.id.in_(ids - {None})))
        names = {user_id: str(name) for user_id, name in users}
    items = []
    for complaint_id, at, held_by in places:
        if complaint_id not in found:
            continue
        own, person = found[complaint_id]
        key = desk.vault.unwrap(person["wrapped"]) if person["wrapped"] is not None else None
        leased = own["leased_until"] is not None and own["leased_until"] > now
        known = None if at is None or at.year > 9000 else at
        items.append(Next(own, person, key, names.get(held_by), names.get(own["leased_by"]) if leased else None, known))
    return View(teams, items)
