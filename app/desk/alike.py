"""Before a complaint is stored, and when it was: what of the same customer is likely about the same thing, and which incidents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, literal, or_, select, true

from app.access.actor import Actor
from app.commitments.incident_tables import incident
from app.commitments.incidents import why_likely
from app.complaints.repeats import why_alike
from app.complaints.tables import complaint, search_text
from app.customers.queries import find
from app.customers.tables import customer
from app.db.prepared import Prepared
from app.desk.callers import CAME, lately
from app.desk.desk import Desk
from app.desk.terms import Terms

MOST = 20
SEEING = frozenset({"supervisor", "admin", "auditor"})
"""Who sees a sensitive complaint whole that another owns."""
_OWN = ("id", "number", "workflow", "workflow_version", "state", "final", "tags", "opened_at", "team", "owner_id", "sensitive")
_COMPLAINED = (
    select(*(complaint.c[name] for name in _OWN), search_text.c.grams)
    .outerjoin(search_text, search_text.c.text_id == complaint.c.text_id)
    .where(
        complaint.c.customer_id == bindparam("customer"),
        complaint.c.merged_into.is_(None),  # what it was about is told by the one that it was merged into
        or_(complaint.c.final.is_(False), complaint.c.opened_at >= bindparam("since")),
    )
    .order_by(complaint.c.id.desc())
    .limit(MOST)
    .subquery("earlier")
)
_ONE = select(literal(1).label("one")).subquery("one")
_BEFORE = Prepared(select(*CAME, *_COMPLAINED.c).select_from(_ONE.outerjoin(_COMPLAINED, true())).order_by(_COMPLAINED.c.id.desc()))
_GOING = Prepared(select(*incident.columns).where(incident.c.status != "closed").order_by(incident.c.id.desc()).limit(200))
_INCIDENT = tuple(str(c.name) for c in incident.columns)


@dataclass(frozen=True, slots=True)
class Before:
    """What is known of a customer: how often he `came` lately (complaints, contacts), and what he complained of `earlier`."""

    came: tuple[int, int] = (0, 0)
    earlier: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """What is compared."""

    text: str
    tags: Sequence[str]
    place: str | None
    began: datetime


async def before(desk: Desk, terms: Terms, customer_id: UUID, at: datetime) -> Before:
    """Both in one SELECT. `earlier` are the newest, at most MOST: those that are open, and those that the policy still looks at."""
    since, rules = lately(terms, at), terms.policy.repeats
    asked = {"customer": customer_id, "lately": since or at, "since": at if rules is None else at - rules.within}
    found = [tuple(row) for row in await desk.runtime.db.rows(_BEFORE, asked)]
    rows = [dict(zip((*_OWN, "grams"), row[2:], strict=True)) for row in found if row[2] is not None]
    return Before((0, 0) if since is None else found[0][:2], rows)


async def alike(
    desk: Desk, actor: Actor, terms: Terms, earlier: Sequence[Mapping[str, Any]], told: Told
) -> dict[str, list[dict[str, Any]]]:
    """`duplicates` (the customer's open complaints that are alike), `earlier` (ended ones), `incidents`; each with `why`.

    A sensitive complaint of another owner is told by its number and team alone, but to those who lead or check.
    """
    found: dict[str, list[dict[str, Any]]] = {"duplicates": [], "earlier": [], "incidents": []}
    rules = terms.policy.repeats
    if rules is not None and earlier:
        pieces = desk.tokens.pieces(told.text)
        for own in earlier:
            why = why_alike(told.tags, pieces, own["tags"], own["grams"], rules.words_percent)
            if why:
                found["earlier" if own["final"] else "duplicates"].append(await _seen(desk, actor, own, why))
    within = terms.policy.incidents
    if within is not None and told.tags:
        for row in await desk.runtime.db.rows(_GOING, {}):
            one = dict(zip(_INCIDENT, tuple(row), strict=True))
            if why := why_likely(one, told.tags, told.place, told.began, within.within):
                found["incidents"].append({**one, "why": why})
    return found


async def check(desk: Desk, actor: Actor, column: str, value: Any, told: Told) -> dict[str, list[dict[str, Any]]]:
    """`alike` for a customer found by `column`; nothing is stored. Of several who share a phone each is looked at."""
    async with desk.runtime.db.read() as conn:
        people = await find(conn, customer.c[column] == value, 3)
    terms, at = await desk.terms(), desk.runtime.clock.now()
    earlier: list[Mapping[str, Any]] = []
    for one in dict.fromkeys(person["same_as"] or person["id"] for person in people):
        earlier += (await before(desk, terms, one, at)).earlier
    return await alike(desk, actor, terms, earlier, told)


async def _seen(desk: Desk, actor: Actor, own: Mapping[str, Any], why: list[dict[str, Any]]) -> dict[str, Any]:
    known = {"number": own["number"], "team": own["team"], "final": own["final"], "why": why}
    if own["sensitive"] and own["owner_id"] != actor.id and actor.roles.isdisjoint(SEEING):
        return {**known, "id": None, "state": None, "stage": None, "opened_at": None}
    stage = (await desk.workflow(own["workflow"], own["workflow_version"])).stage(own["state"])
    return {**known, "id": own["id"], "state": own["state"], "stage": stage.title, "opened_at": own["opened_at"]}
