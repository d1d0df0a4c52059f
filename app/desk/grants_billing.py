"""A grant and billing: taken back before it was sent, reversed after that, and what billing answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import select

from app.access.actor import Actor
from app.access.answers import Answer
from app.audit.events import By
from app.commitments.grants_queries import Row
from app.commitments.grants_rows import message_insert, taken_back, to_billing, untouched
from app.commitments.grants_tables import grant
from app.commitments.grants_words import reason, role_titles
from app.db.engine import as_dict
from app.desk.adding import row_of
from app.desk.change import Changed, change
from app.desk.desk import Desk
from app.desk.grants import policy_of
from app.desk.grants_approval import same_person, stored, tell
from app.desk.outcome import Reply
from app.desk.sealing import Sealer
from app.desk.situation import Situation
from app.desk.telling import both
from app.errors import Refused
from app.outbox.tables import outbox
from app.texts import Words, words
from app.workflow.definition import Definition


@dataclass(frozen=True, slots=True)
class Booked:
    """What billing answered to a grant or to its reversal; `reference` is its own number of it."""

    outcome: Literal["confirmed", "rejected"]
    of: Literal["grant", "reversal"] = "grant"
    reference: str | None = None
    reason: str | None = None


async def withdraw_grant(
    desk: Desk, actor: Actor, by: By, complaint_id: UUID, grant_id: UUID, why: str | None, reply: Reply
) -> tuple[Answer, bool]:
    """Take back what waits for approval, or was granted and not yet sent to billing: its message goes in the same write."""

    async def decide(_definition: Definition, situation: Situation, sealer: Sealer) -> Changed:
        row = await row_of(desk, grant, grant_id, complaint_id)
        if not same_person(row, actor, by) and policy_of(situation).approving(actor.roles) is None:
            raise _refused("grant_not_yours")
        if row["status"] not in ("asked", "granted"):
            raise _refused("grant_cannot_withdraw", status=_status(row))
        guards = []
        if row["status"] == "granted":
            message = await _message(desk, row["message_id"])
            if message is None or not untouched(message):
                raise _refused("grant_sent")
            guards.append(taken_back(message))
        left = situation.complaint["open_grants"] - (row["status"] == "asked")
        ended = {**row, "status": "withdrawn", "ended_at": situation.at}
        data = {"was": row["status"], **_sealed(sealer, why)}
        return stored(situation, "grant_withdrawn", {"open_grants": left}, data, ended, guards=guards)

    return await change(desk, actor, by, complaint_id, None, reply, decide)


async def reverse_grant(
    desk: Desk, actor: Actor, by: By, complaint_id: UUID, grant_id: UUID, why: str, reply: Reply
) -> tuple[Answer, bool]:
    """Take back what was sent to billing: a reversal goes there after it."""

    async def decide(_definition: Definition, situation: Situation, sealer: Sealer) -> Changed:
        policy = policy_of(situation)
        row = await row_of(desk, grant, grant_id, complaint_id)
        if policy.approving(actor.roles) is None:
            raise _refused("grant_reverse_role", roles=role_titles(policy.approval.by if policy.approval else ()))
        if row["status"] not in ("granted", "confirmed"):
            raise _refused("grant_cannot_reverse", status=_status(row))
        if row["status"] == "granted" and untouched(await _message(desk, row["message_id"])):
            raise _refused("grant_not_sent")
        message = to_billing(situation.complaint, row, situation.at, situation.complaint["version"] + 1, "reversal")
        ended = {**row, "status": "reversed", "reversal_id": message["id"], "reversal_billing": None, "ended_at": situation.at}
        data = {"was": row["status"], "message": message["id"], **_sealed(sealer, why)}
        return stored(situation, "grant_reversed", {}, data, ended, [message_insert(message)])

    return await change(desk, actor, by, complaint_id, None, reply, decide)


async def bill_grant(
    desk: Desk, actor: Actor, by: By, complaint_id: UUID, grant_id: UUID, booked: Booked, reply: Reply
) -> tuple[Answer, bool]:
    """Record what billing answered. The same answer again changes nothing; another one is refused."""

    async def decide(_definition: Definition, situation: Situation, sealer: Sealer) -> Changed:
        row = await row_of(desk, grant, grant_id, complaint_id)
        column, message = ("billing", "message_id") if booked.of == "grant" else ("reversal_billing", "reversal_id")
        if row[message] is None or row["status"] == "withdrawn":
            raise _refused("grant_no_message", "of")
        said = row[column]
        if said is not None:
            if said["outcome"] == booked.outcome:
                return Changed(situation, moved=False, extra={"item": row})
            raise _refused("grant_billed", "outcome", outcome=words(f"grants.outcomes.{said['outcome']}"))
        answer = {"outcome": booked.outcome, "reference": booked.reference, "at": situation.at.isoformat()}
        now = {**row, column: answer, "status": _after(row, booked)}
        if now["status"] == "rejected":
            now["ended_at"] = situation.at
        elif row["status"] == "reversed" and now["status"] != "reversed":
            now |= {"ended_at": None, "reversal_id": None, "reversal_billing": None}  # it stands again, and may be reversed anew
        see = words("grants.see")
        notices = tell(situation, row, "grant_rejected", why=both(see)) if booked.outcome == "rejected" else []
        data = {"of": booked.of, **{k: v for k, v in answer.items() if v is not None}, **_sealed(sealer, booked.reason)}
        return stored(situation, "grant_billed", {}, data, now, notices)

    return await change(desk, actor, by, complaint_id, None, reply, decide)


def _after(row: Row, booked: Booked) -> str:
    """The grant's status after billing's answer; one that is reversed meanwhile stays so, unless the reversal is rejected."""
    if booked.of == "reversal":
        before = row["billing"]["outcome"] if row["billing"] else "granted"
        return "reversed" if booked.outcome == "confirmed" else str(before)
    return booked.outcome if row["status"] == "granted" else str(row["status"])


async def _message(desk: Desk, message_id: UUID) -> Row | None:
    async with desk.runtime.db.read() as conn:
        found = (await conn.execute(select(outbox).where(outbox.c.id == message_id))).first()
    return None if found is None else as_dict(found)


def _status(row: Row) -> Words:
    return words(f"grants.statuses.{row['status']}")


def _sealed(sealer: Sealer, why: str | None) -> dict[str, Any]:
    return {"text": sealer.seal(why, "reason").reference} if why else {}


def _refused(code: str, where: str = "id", **params: object) -> Refused:
    return Refused(reason(code, where, **params), code="grant_refused")
