"""Reading about grants: what is due and what the caller may grant, lists, the spread."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.access.actor import Actor
from app.access.roles import Role
from app.access.sealed import open_texts, references
from app.commitments.compensation import Compensation, Limits, in_yuan
from app.commitments.grants import Case, Parts, budget_left, due_of, most, over
from app.commitments.grants_queries import Row, of_complaint, page, spread_rows
from app.commitments.grants_report import spread
from app.commitments.grants_words import reason
from app.complaints.queries import load
from app.desk.desk import Desk, by_of
from app.desk.grants import look, policy_of, team_of
from app.desk.grants_approval import same_person
from app.desk.situation import Situation
from app.errors import Invalid, NotFound
from app.texts import Lang

LONGEST = timedelta(days=366)
"""The longest period of a report."""


async def compensation(desk: Desk, actor: Actor, complaint_id: UUID, damage: int | None, lang: Lang) -> dict[str, Any]:
    """What is due by the schedule and why, how far goodwill goes, what `actor` may grant alone and what with whose approval."""
    found = await load(desk.runtime.db, complaint_id, None)
    if found is None:
        raise NotFound(what="complaint")
    at = max(desk.runtime.clock.now(), found.complaint["last_at"])
    situation = Situation(found.complaint, found.customer, actor, by_of(actor), at, await desk.terms(found.terms))
    policy = policy_of(situation)
    team = team_of(actor, found.complaint)
    seen = await look(desk, situation, policy, team)
    case = seen.case
    usual = policy.range_of(case.tags, case.severity)
    had = sum(case.goodwill.values())
    left = budget_left(policy, case)
    return {
        "policy_version": situation.terms.policy.version,
        "currency": policy.currency,
        "severity": case.severity,
        "tags": list(case.tags),
        "kinds": [_kind(policy, case, actor.roles, kind, damage, lang) for kind in policy.kinds],
        "goodwill": {
            "from": in_yuan(usual.least if usual is not None else 0),
            "to": in_yuan(usual.most if usual is not None else 0),
            "granted": in_yuan(had),
        },
        "authority": _limits(policy.own(actor.roles)),
        "approval": [
            {"role": role, "title": title(role, lang), **(_limits(limits) or {})}
            for role, limits in (policy.approval.by.items() if policy.approval is not None else ())
        ],
        "customer": {
            "since": seen.since,
            "count": seen.used.customer_count,
            "sum": in_yuan(seen.used.customer_total),
            "goodwill": in_yuan(seen.used.customer),
        },
        "budget": None
        if policy.budgets is None or left is None or seen.period is None
        else {
            "team": team,
            "from": seen.period[0],
            "to": seen.period[1],
            "counts": policy.budgets.counts,
            "limit": in_yuan(policy.budgets.of(team)),
            "used": in_yuan(case.spent),
            "left": in_yuan(left),
        },
        "reasons": [
            {"name": name, "title": one.title.in_(lang), "when": sorted(one.positions)} for name, one in policy.reasons.items()
        ],
        "refusals": [{"name": name, "title": one.in_(lang)} for name, one in policy.refusals.items()],
    }


def _kind(policy: Compensation, case: Case, roles: Collection[str], name: str, damage: int | None, lang: Lang) -> dict[str, Any]:
    kind = policy.kinds[name]
    row, _ = policy.rows_of(case.tags, case.severity).get(name, (None, None))
    due = due_of(policy, case, name, damage)
    by = policy.approval.by if policy.approval is not None else {}
    known = case.verification >= kind.verification
    return {
        "kind": name,
        "title": kind.title.in_(lang),
        "verification": kind.verification,
        "verified": known,
        "unit": None if kind.unit is None else {"title": kind.unit.title.in_(lang), "value": in_yuan(kind.unit.fen)},
        "due": None
        if row is None
        else {
            "row": row.name,
            "title": row.title.in_(lang),
            "cause": due.cause or None,
            "amount": _yuan(due.fen),
            "granted": in_yuan(case.due.get(name, 0)),
            "left": _yuan(due.left),
            "share": None if row.share is None else f"{row.share // 10_000}.{row.share % 10_000:04d}",
            "floor": in_yuan(row.floor) if row.share is not None else None,
            "cap": _yuan(row.cap),
            "needs_damage": due.fen is None,
        },
        "alone": in_yuan(most(policy, case, policy.own(roles), name, damage, ranged=True)),
        "with_approval": [
            {"role": role, "title": title(role, lang), "up_to": in_yuan(most(policy, case, limits, name, damage, ranged=False))}
            for role, limits in by.items()
        ],
    }


async def grants_of(desk: Desk, complaint_id: UUID) -> tuple[Sequence[Row], Mapping[str, str | None]]:
    """The grants of a complaint, oldest first, and their opened words. NotFound."""
    async with desk.runtime.db.read() as conn:
        rows = await of_complaint(conn, complaint_id)
        if not rows and await load(desk.runtime.db, complaint_id, None) is None:
            raise NotFound(what="complaint")
        return rows, await open_texts(conn, desk.vault, references([[r["text"], r["decision_text"]] for r in rows]))


async def grants_page(
    desk: Desk, actor: Actor, filters: Mapping[str, Any], before: UUID | None, limit: int
) -> tuple[list[dict[str, Any]], UUID | None]:
    """A page of grants, newest first, each with whether `actor` may decide on it; and the cursor of the next page."""
    async with desk.runtime.db.read() as conn:
        rows = await page(conn, filters, before, limit + 1)
    policy = (await desk.terms()).policy.compensation
    limits = policy.approving(actor.roles) if policy is not None else None
    shown = [{**row, "decidable": _decidable(row, actor, limits)} for row in rows[:limit]]
    return shown, shown[-1]["id"] if len(rows) > limit else None


def _decidable(row: Row, actor: Actor, limits: Limits | None) -> bool:
    """Whether `actor` may approve it as far as the row tells: the sums are looked at when he does."""
    if row["status"] != "asked" or limits is None or same_person(row, actor, by_of(actor)):
        return False
    parts = Parts(row["due_fen"], row["goodwill_fen"], row["position"])
    return not over(limits, Case((), row["severity"]), row["kind"], parts)


async def report(desk: Desk, start: datetime, end: datetime) -> dict[str, Any]:
    """The spread over the grants made from `start` until before `end`. Raises Invalid for no such period."""
    if not timedelta() < end - start <= LONGEST:
        raise Invalid(reason("grant_period", "to", days=LONGEST.days))
    async with desk.runtime.db.read() as conn:
        rows = await spread_rows(conn, start, end)
    return {"from": start, "to": end, **await asyncio.to_thread(spread, rows)}


def title(role: str, lang: Lang) -> str:
    """What people call a role."""
    return Role(role).words.in_(lang)


def _limits(limits: Limits | None) -> dict[str, Any] | None:
    if limits is None:
        return None
    figures = ("due_per_case", "per_case", "per_customer")
    kinds = {name: in_yuan(fen) for name, fen in limits.kinds.items()}
    return {**{name: in_yuan(getattr(limits, name)) for name in figures}, "kinds": kinds}


def _yuan(fen: int | None) -> str | None:
    return None if fen is None else in_yuan(fen)
