"""Deciding on a grant that was asked for: by somebody else with the authority, in time; else it ends and the asker is told why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from app.access.actor import SYSTEM, Actor
from app.access.answers import Answer
from app.audit.events import By
from app.commitments.compensation import Compensation, in_yuan
from app.commitments.grants import Due, Parts, Verdict, over, over_budget
from app.commitments.grants_queries import Row, came_to_nothing
from app.commitments.grants_tables import grant
from app.commitments.grants_words import named, reason, role_titles
from app.db.statement import Guarded, Insert, Update
from app.desk.adding import moved, row_of
from app.desk.change import Changed, change
from app.desk.desk import BY_SYSTEM, Desk
from app.desk.grants import billed, local, look, policy_of
from app.desk.outcome import Reply, Result
from app.desk.sealing import Sealer
from app.desk.situation import Situation
from app.desk.telling import both
from app.errors import Invalid, Reason, Refused
from app.people.notices import notice_row
from app.texts import words
from app.workflow.definition import Definition


async def decide_grant(
    desk: Desk, actor: Actor, by: By, complaint_id: UUID, grant_id: UUID, why: str | None, reply: Reply, *, approve: bool
) -> tuple[Answer, bool]:
    """Approve or refuse. `why`: a name of the policy's `refusals`, or words of one's own; a refusal needs it.

    Raises Refused with every reason: decided before, too late, one's own, no authority, no budget left.
    """

    async def decide(_definition: Definition, situation: Situation, sealer: Sealer) -> Changed:
        policy = policy_of(situation)
        row = await row_of(desk, grant, grant_id, complaint_id)
        found = _stands(situation, row)
        if same_person(row, actor, by):
            found.append(reason("grant_own", "id", roles=role_titles(row["approvers"])))
        limits = policy.approving(actor.roles)
        guards: list[Guarded] = []
        if limits is None:
            found.append(_nobody(policy, row))
        elif approve:
            seen = await look(desk, situation, policy, row["team"], row)
            verdict = Verdict(Parts(row["due_fen"], row["goodwill_fen"], row["position"]), Due())
            too_much = over(limits, seen.case, row["kind"], verdict.parts)
            found += [*too_much, _nobody(policy, row)] if too_much else []
            found += over_budget(policy, seen.case, verdict.parts)
            guards = seen.guards(policy, verdict, situation.at)
        if found:
            raise Refused(*found, code="grant_refused")
        if not approve and why is None:
            raise Invalid(reason("grant_refusal_reason", "reason", known=named(policy.refusals)))
        listed = why if why in policy.refusals else None
        text = sealer.seal(why, "reason").reference if why and not listed else None
        decided = {
            **row,
            "decided_by": by.name,
            "decided_on_behalf_of": by.on_behalf_of,
            "decided_at": situation.at,
            "decision_reason": listed,
            "decision_text": text,
        }
        patch = {"open_grants": situation.complaint["open_grants"] - 1}
        data = {
            "decision": "approve" if approve else "refuse",
            **({"reason": listed} if listed else {}),
            **({"text": text} if text else {}),
        }
        if approve:
            notice = tell(situation, row, "grant_approved", by=by.name)
            ended, message = billed(situation, decided)
            notice, data = [message, *notice], {**data, "message": ended["message_id"]}
        else:
            title = policy.refusals[listed] if listed else words("grants.see")
            notice = tell(situation, row, "grant_refused", by=by.name, why=both(title))
            ended = {**decided, "status": "refused", "ended_at": situation.at}
        return stored(situation, "grant_decided", patch, data, ended, notice, guards)

    return await change(desk, actor, by, complaint_id, None, reply, decide)


async def expire_grant(desk: Desk, complaint_id: UUID, grant_id: UUID) -> bool:
    """End a grant that nobody decided on in time, or that its complaint left behind; False: somebody did, or it may still wait."""
    ended = False

    async def decide(_definition: Definition, situation: Situation, _sealer: Sealer) -> Changed:
        nonlocal ended
        row = await row_of(desk, grant, grant_id, complaint_id)
        nothing = came_to_nothing(situation.complaint)
        ended = row["status"] == "asked" and (nothing or row["expires_at"] <= situation.at)
        if not ended:
            return Changed(situation, moved=False)
        patch = {"open_grants": situation.complaint["open_grants"] - 1}
        if nothing:
            back = {**row, "status": "withdrawn", "ended_at": situation.at}
            data = {"was": "asked", "reason": "complaint_over"}
            return stored(situation, "grant_withdrawn", patch, data, back, tell(situation, row, "grant_over"))
        notice = tell(situation, row, "grant_expired", until=local(situation, row["expires_at"]))
        over_ = {**row, "status": "expired", "ended_at": situation.at}
        return stored(situation, "grant_expired", patch, {"expires_at": row["expires_at"]}, over_, notice)

    await change(desk, SYSTEM, BY_SYSTEM, complaint_id, None, Reply(_silent), decide)
    return ended


def stored(
    situation: Situation,
    kind: str,
    patch: Mapping[str, Any],
    data: Mapping[str, Any],
    row: Row,
    inserts: Sequence[Insert] = (),
    guards: Sequence[Guarded] = (),
) -> Changed:
    """A change of a grant that is there: its row, the event of `kind` that tells it."""
    told = {"grant": row["id"], **data}
    return moved(kind, situation, patch, told, inserts=inserts, updates=[Update(grant, row)], item=row, guarded=guards)


def same_person(row: Row, actor: Actor, by: By) -> bool:
    """Whether whoever acts now, or in whose name, asked for the grant or had it asked for."""
    asked = {name.casefold() for name in (row["by"], row["on_behalf_of"]) if name}
    now = {name.casefold() for name in (by.name, by.on_behalf_of, actor.name) if name}
    return bool(asked & now) or row["by_id"] == actor.id


def tell(situation: Situation, row: Row, kind: str, **more: Any) -> list[Insert]:
    """A notice to whoever granted or asked."""
    told = {"number": situation.complaint["number"], "grant": row["id"], "amount": in_yuan(row["amount_fen"]), **more}
    return [notice_row(situation.at, kind, user=row["by_id"], complaint_id=row["complaint_id"], data=told)]


def _stands(situation: Situation, row: Row) -> list[Reason]:
    if row["status"] != "asked":
        return [reason("grant_not_asked", "id", status=words(f"grants.statuses.{row['status']}"))]
    if came_to_nothing(situation.complaint):
        return [reason("grant_complaint_over", "id")]
    if row["expires_at"] <= situation.at:
        return [reason("grant_late", "id", at=local(situation, row["expires_at"]))]
    return []


def _nobody(policy: Compensation, row: Row) -> Reason:
    by = policy.approval.by if policy.approval is not None else ()
    return reason("grant_no_approver", "id", roles=role_titles(row["approvers"] or by))


def _silent(_result: Result) -> Answer:
    return Answer(204, {}, None)
