"""Callers at the desk: how often somebody came, to whom a new complaint belongs, blocking and unblocking."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.access.actor import Actor
from app.access.answers import Answer, Request
from app.access.users import find_user
from app.access.vault import DataKey
from app.audit.events import By
from app.complaints.tables import complaint
from app.contacts.tables import contact
from app.customers.queries import by_id
from app.customers.store import set_blocked
from app.db.prepared import Prepared
from app.db.statement import Insert
from app.desk.desk import Desk
from app.desk.once import once
from app.desk.terms import Terms
from app.errors import Invalid, NotFound, Reason, Refused
from app.people.callers import Caller, blocked_at, caller, team_of
from app.people.notices import notice_row

OWNING = frozenset({"handler", "first_line", "shop", "account_manager"})
"""Roles whose people answer for what they take in."""


@dataclass(frozen=True, slots=True)
class Routing:
    """To whom a new complaint belongs. `manager`: (id, whether he owns it); `owned` False: the team's until somebody begins."""

    who: Caller
    team: str | None = None
    manager: tuple[UUID, bool] | None = None
    owned: bool = True

    def owner(self, actor: Actor) -> UUID | None:
        """Who answers for it from now on."""
        if self.manager is not None and self.manager[1]:
            return self.manager[0]
        return actor.id if self.owned and actor.roles & OWNING else None

    def notices(self, at: datetime, actor: Actor, own: UUID, number: str) -> list[Insert]:
        """The account manager is told of it, unless he took it in himself."""
        if self.manager is None or self.manager[0] == actor.id:
            return []
        return [notice_row(at, "customer_complains", user=self.manager[0], complaint_id=own, data={"number": number})]

    @property
    def told(self) -> dict[str, Any]:
        """What the event of the opening says of the caller."""
        told: dict[str, Any] = {}
        if self.who.frequent:
            told["frequent"] = {"complaints": self.who.complaints, "contacts": self.who.contacts, "days": self.who.days}
        if self.who.blocked is not None:
            told["blocked"] = self.who.blocked["reason"]
        return {"caller": told} if told else {}


_OWN = complaint.c.customer_id == bindparam("customer")
CAME = (
    select(func.count())
    .select_from(complaint)
    .where(_OWN, complaint.c.opened_at >= bindparam("lately"))
    .scalar_subquery()
    .label("complaints"),
    select(func.count())
    .select_from(contact)
    .join(complaint, complaint.c.id == contact.c.complaint_id)
    .where(_OWN, contact.c.direction == "in", contact.c.at >= bindparam("lately"))
    .scalar_subquery()
    .label("contacts"),
)
"""Columns: how often the customer complained since `lately`, and how often he came."""
_CAME = Prepared(select(*CAME))


def lately(terms: Terms, at: datetime) -> datetime | None:
    """Since when the policy counts who comes often; None where it does not."""
    policy = terms.policy.callers
    return None if policy is None or policy.frequent is None else at - timedelta(days=policy.frequent.days)


async def route(desk: Desk, terms: Terms, customer: Mapping[str, Any], at: datetime, came: tuple[int, int]) -> Routing:
    """Where a new complaint of `customer` goes, who `came` with so many (complaints, contacts) lately besides this one."""
    # Whoever opens a complaint came to do so: that counts as a contact as well.
    who = caller(terms.policy.callers, customer, came[0] + 1, came[0] + came[1] + 1, at)
    strategy = terms.segments.of(customer["segment"])
    manager = None
    if customer["account_manager"] is not None and (strategy is None or strategy.account_manager):
        async with desk.runtime.db.read() as conn:
            user = await find_user(conn, customer["account_manager"])
        if user is not None and user.active:
            manager = user.id, strategy is not None and strategy.owner == "account_manager"
    owned = strategy is None or strategy.owner != "team"
    return Routing(who, team_of(terms.policy.callers, who), manager, owned)


async def caller_of(desk: Desk, terms: Terms, customer: Mapping[str, Any]) -> Caller:
    """How the customer stands as a caller now."""
    at = desk.runtime.clock.now()
    since, complaints, contacts = lately(terms, at), 0, 0
    if since is not None:
        found = await desk.runtime.db.rows(_CAME, {"customer": customer["id"], "lately": since})
        complaints, contacts = found[0]
    return caller(terms.policy.callers, customer, complaints, complaints + contacts, at)


Render = Callable[[Mapping[str, Any]], Answer]


async def block(
    desk: Desk, by: By, customer_id: UUID, reason: str, until: datetime | None, request: Request | None, render: Render
) -> tuple[Answer, bool]:
    """Record that a customer is a blocked caller: complaints are taken as ever, and go to the team that the policy names."""
    policy = (await desk.terms()).policy.callers
    rule = None if policy is None else policy.blocked
    if rule is None:
        raise Refused(Reason("blocking_not_configured", "reason"), code="change_refused")
    at = desk.runtime.clock.now()
    if reason not in rule.reasons:
        raise Invalid(Reason("block_reason_unknown", "reason", {"known": ", ".join(rule.reasons)}))
    if until is not None and until <= at:
        raise Invalid(Reason("in_the_past", "until"))
    last = at + rule.longest
    if until is not None and until > last:
        raise Invalid(Reason("block_too_long", "until", {"days": rule.longest.days}))
    record = {"reason": reason, "by": by.name, "at": at.isoformat(), "until": (until or last).isoformat()}
    return await _set(desk, by, customer_id, record, request, render)


async def unblock(desk: Desk, by: By, customer_id: UUID, request: Request | None, render: Render) -> tuple[Answer, bool]:
    """End the blocking of a customer. Refused for one who is not blocked."""
    return await _set(desk, by, customer_id, None, request, render)


async def _set(
    desk: Desk, by: By, customer_id: UUID, record: Mapping[str, Any] | None, request: Request | None, render: Render
) -> tuple[Answer, bool]:
    async def work(conn: AsyncConnection) -> tuple[Answer, DataKey | None]:
        row, at = await by_id(conn, customer_id), desk.runtime.clock.now()
        if row is None:
            raise NotFound(what="customer")
        if record is None and blocked_at(row, at) is None:
            raise Refused(Reason("not_blocked", "customer"), code="change_refused")
        new = await set_blocked(conn, by, at, row, record)
        return render(new), desk.vault.unwrap(row["wrapped"]) if row["wrapped"] is not None else None

    return await once(desk, request, work)
