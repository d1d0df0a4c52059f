"""Before a complaint is stored, and when it was: what of the same customer is likely about the same thing, and which incidents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, or_, select

from app.access.actor import Actor
from app.commitments.incident_tables import incident
from app.commitments.incidents import why_likely
from app.complaints.repeats import why_alike
from app.complaints.tables import complaint, search_text
from app.customers.queries import find
from app.customers.tables import customer
from app.db.prepared import Prepared
from app.desk.desk import Desk
from app.desk.terms import Terms

MOST = 20
SEEING = frozenset({"supervisor", "admin", "auditor"})
"""Who sees a sensitive complaint whole that another owns."""
_OWN = ("id", "number", "workflow", "workflow_version", "state", "final", "tags", "opened_at", "team", "owner_id", "sensitive")
_EARLIER = Prepared(
    select(*(complaint.c[name] for name in _OWN), search_text.c.grams)
    .outerjoin(search_text, search_text.c.text_id == complaint.c.text_id)
    .where(
        complaint.c.customer_id == bindparam("customer"),
        or_(complaint.c.final.is_(False), complaint.c.opened_at >= bindparam("since")),
    )
    .order_by(complaint.c.id.desc())
    .limit(MOST)
)
_GOING = Prepared(select(*incident.columns).where(incident.c.status != "closed").order_by(incident.c.id.desc()).limit(200))
_INCIDENT = tuple(str(c.name) for c in incident.columns)


@dataclass(frozen=True, slots=True)
class Told:
    """What is compared."""

    text: str
    tags: Sequence[str]
    place: str | None
    began: datetime


async def alike(
    desk: Desk, actor: Actor, terms: Terms, customer_id: UUID | None, told: Told, at: datetime
) -> dict[str, list[dict[str, Any]]]:
    """`duplicates` (the customer's open complaints that are alike), `earlier` (ended ones), `incidents`; each with `why`.

    A sensitive complaint of another owner is told by its number and team alone, but to those who lead or check.
    """
    found: dict[str, list[dict[str, Any]]] = {"duplicates": [], "earlier": [], "incidents": []}
    rules = terms.policy.repeats
    if rules is not None and customer_id is not None:
        pieces = desk.tokens.pieces(told.text)
        for row in await desk.runtime.db.rows(_EARLIER, {"customer": customer_id, "since": at - rules.within}):
            own = dict(zip((*_OWN, "grams"), tuple(row), strict=True))
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
    ids = list(dict.fromkeys(person["same_as"] or person["id"] for person in people)) or [None]
    found = await alike(desk, actor, terms, ids[0], told, at)
    for other in ids[1:]:
        more = await alike(desk, actor, terms, other, told, at)
        found = {**found, **{name: [*found[name], *more[name]] for name in ("duplicates", "earlier")}}
    return found


async def _seen(desk: Desk, actor: Actor, own: Mapping[str, Any], why: list[dict[str, Any]]) -> dict[str, Any]:
    known = {"number": own["number"], "team": own["team"], "final": own["final"], "why": why}
    if own["sensitive"] and own["owner_id"] != actor.id and actor.roles.isdisjoint(SEEING):
        return {**known, "id": None, "state": None, "stage": None, "opened_at": None}
    stage = (await desk.workflow(own["workflow"], own["workflow_version"])).stage(own["state"])
    return {**known, "id": own["id"], "state": own["state"], "stage": stage.title, "opened_at": own["opened_at"]}
