"""Granting a compensation: at once within one's authority, else asked of those who may approve it, or refused with the ways on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.access.actor import Actor
from app.access.answers import Answer
from app.audit.events import By
from app.calendars.time import add
from app.commitments.compensation import Compensation, in_yuan
from app.commitments.grants import Case, Verdict, Want, assess, counting
from app.commitments.grants_queries import Row, Used, period_of, since_of, tallies, tallies_of, used
from app.commitments.grants_rows import TOLD, Terms, grant_row, message_insert, raised, to_billing
from app.commitments.grants_tables import grant
from app.db.statement import Guarded, Insert
from app.desk.adding import moved
from app.desk.change import Changed, change
from app.desk.desk import Desk
from app.desk.outcome import Reply
from app.desk.sealing import Sealer
from app.desk.situation import Situation
from app.desk.telling import both
from app.errors import Invalid, Reason, Refused
from app.people.notices import notice_row
from app.workflow.definition import Definition
from app.workflow.machine import Command
from app.workflow.machine import Refused as Refusal


@dataclass(frozen=True, slots=True)
class Asking:
    """What somebody wants to grant, his words, and whether the customer is on the line and waits for the answer."""

    want: Want
    text: str | None = None
    live: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """What a decision on a grant knows beside the complaint: what counts already, and the tallies read before it."""

    case: Case
    used: Used
    tallies: Mapping[str, Row]
    names: tuple[str, str]
    since: datetime
    period: tuple[datetime, datetime] | None

    def guards(self, policy: Compensation, verdict: Verdict, at: datetime) -> list[Guarded]:
        """The tallies whose sums the verdict stands on: the customer's for goodwill, the team's for what its budget counts."""
        customer, team = self.names
        wanted = [customer] if verdict.parts.goodwill else []
        wanted += [team] if counting(policy, verdict.parts) else []
        return raised(self.tallies, wanted, at)


def policy_of(situation: Situation) -> Compensation:
    """The rules of compensation that are current. Raises Refused where the policy has none."""
    policy = situation.terms.policy.compensation
    if policy is None:
        raise Refused(Reason("grant_none", "policy"), code="grant_refused")
    return policy


async def look(desk: Desk, situation: Situation, policy: Compensation, team: str | None, row: Row | None = None) -> Seen:
    """Read what counts already, the tallies first: whoever adds to it from now on makes the write miss.

    `row`: a grant asked for before, which is left out; it counts in the period in which it was asked for.
    """
    complaint, customer = situation.complaint, situation.customer
    root: UUID = customer["same_as"] or customer["id"]
    names = tallies_of(root, team)
    since = since_of(policy.customer_days, situation.at)
    period = None
    if policy.budgets is not None:
        period = period_of(policy.budgets, situation.calendar.zone, row["at"] if row is not None else situation.at)
    async with desk.runtime.db.read() as conn:
        found = await tallies(conn, names)
        sums = await used(conn, complaint["id"], root, since, team, policy.budgets, period, row["id"] if row is not None else None)
    case = Case(
        tuple(complaint["tags"]),
        complaint["severity"],
        complaint["verification"],
        sums.due,
        sums.goodwill,
        sums.customer,
        team,
        sums.spent,
    )
    return Seen(case, sums, found, names, since, period)


def team_of(actor: Actor, complaint: Mapping[str, Any]) -> str | None:
    """Whose budget a grant counts in: the team of whoever grants, else that of the complaint."""
    return actor.team or complaint["team"]


async def add_grant(desk: Desk, actor: Actor, by: By, complaint_id: UUID, asking: Asking, reply: Reply) -> tuple[Answer, bool]:
    """Grant a compensation, or ask for approval where it goes beyond the authority of `actor`.

    Raises Invalid (kind, amount, damage, reason), Refused with every reason and what may be done instead.
    """

    async def decide(_definition: Definition, situation: Situation, sealer: Sealer) -> Changed:
        policy, complaint = policy_of(situation), situation.complaint
        team = team_of(actor, complaint)
        seen = await look(desk, situation, policy, team)
        verdict = assess(policy, seen.case, actor.roles, asking.want)
        if verdict.invalid:
            raise Invalid(*verdict.invalid)
        final = [Reason("complaint_final", "state")] if complaint["final"] else []
        reasons = (*final, *verdict.refused)
        if reasons:
            refusal = Refusal("grant_refused", reasons)
            await desk.refusals.record(desk.runtime.db, by, situation.at, complaint, Command(grant.name, {}), refusal)
            raise Refused(*reasons, code="grant_refused")
        words = sealer.seal(asking.text, "text").reference if asking.text else None
        expires = until(situation, policy, live=asking.live) if verdict.over else None
        terms = Terms(policy, situation.terms.policy.version, team, expires)
        row = grant_row(
            complaint, situation.customer, by, actor.id, situation.at, asking.want, verdict, terms, live=asking.live, text=words
        )
        guards = seen.guards(policy, verdict, situation.at)
        if verdict.over:
            return _asked(situation, policy, row, guards)
        made, message = billed(situation, row)
        inserts, data = [Insert(grant, made), message], {**_told(row), "message": made["message_id"]}
        return moved("granted", situation, {}, data, inserts=inserts, item=made, guarded=guards)

    return await change(desk, actor, by, complaint_id, None, reply, decide)


def until(situation: Situation, policy: Compensation, *, live: bool) -> datetime:
    """Until when an approval is waited for."""
    assert policy.approval is not None  # noqa: S101 - narrows the type: without it nothing is asked
    span = policy.approval.live if live else policy.approval.waits
    calendar = situation.terms.calendars.get(policy.approval.calendar)
    if calendar is None:  # `always`
        return situation.at + timedelta(days=span.days, seconds=span.seconds)
    return add(calendar, situation.at, span)


def _asked(situation: Situation, policy: Compensation, row: Row, guards: Sequence[Guarded]) -> Changed:
    kind = policy.kinds[row["kind"]].title
    told = {
        "number": situation.complaint["number"],
        "grant": row["id"],
        "by": row["on_behalf_of"] or row["by"],
        "amount": in_yuan(row["amount_fen"]),
        "kind": both(kind),
        "until": local(situation, row["expires_at"]),
    }
    name = "grant_asked_live" if row["live"] else "grant_asked"
    notices = [notice_row(situation.at, name, role=r, complaint_id=row["complaint_id"], data=told) for r in row["approvers"]]
    patch = {"open_grants": situation.complaint["open_grants"] + 1}
    data = {**_told(row), "over": [one["code"] for one in row["over"]], "approvers": row["approvers"], "live": row["live"]}
    inserts, data = [Insert(grant, row), *notices], {**data, "expires_at": row["expires_at"]}
    return moved("grant_asked", situation, patch, data, inserts=inserts, item=row, guarded=guards)


def billed(situation: Situation, row: Row) -> tuple[Row, Insert]:
    """The grant made, and its message to billing, which goes in the same write."""
    message = to_billing(situation.complaint, row, situation.at, situation.complaint["version"] + 1, "grant")
    return {**row, "status": "granted", "message_id": message["id"]}, message_insert(message)


def local(situation: Situation, at: datetime) -> str:
    """A time by the clock of the service calendar, for people."""
    return f"{situation.calendar.local(at):%m-%d %H:%M}"


def _told(row: Row) -> dict[str, Any]:
    told = {name: row[name] for name in TOLD if row[name] is not None}
    return {
        "grant": row["id"],
        **told,
        "policy_version": row["policy_version"],
        **({"text": row["text"]} if row["text"] is not None else {}),
    }
