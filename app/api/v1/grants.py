"""Compensation: what is due, what is granted, who approves, what billing did with it, how it is spread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from app.access.actor import Actor
from app.access.sealed import resolve
from app.api.v1.deps import Call
from app.api.v1.operation import Gives, Operations, Sent
from app.api.v1.render import changed, ok, yuan
from app.api.v1.schemas import grants as shapes
from app.api.v1.schemas.grants_out import CompensationOut, Spread
from app.audit.events import By
from app.commitments.grants import Want
from app.desk.desk import Desk
from app.desk.grants import Asking
from app.desk.grants import add_grant as make
from app.desk.grants_approval import decide_grant as decide
from app.desk.grants_billing import Booked
from app.desk.grants_billing import bill_grant as bill
from app.desk.grants_billing import reverse_grant as reverse
from app.desk.grants_billing import withdraw_grant as withdraw
from app.desk.grants_reading import compensation, grants_of, grants_page, report
from app.texts import Lang, say

grants = Operations("grants")
ETAG: Final = {"ETag": "The version of the complaint, for If-Match."}
MAY_CONFLICT: Final = frozenset({409})
_ID: Final[dict[str, Any]] = {"type": "string", "format": "uuid"}
_AT: Final = {"grant_id": _ID}
_GRANT: Final = {"id": "$response.body#/complaint/id", "grant_id": "$response.body#/item/id"}
_LEADS: Final = {
    **dict.fromkeys(("decide_grant", "withdraw_grant", "reverse_grant", "bill_grant"), _GRANT),
    "list_complaint_grants": {"id": "$response.body#/complaint/id"},
}
_FEN: Final = ("amount", "due", "goodwill", "damage")


@grants.get(
    "/v1/complaints/{id:uuid}/compensation",
    {200: Gives("What is due and what may be granted.", CompensationOut)},
    query=shapes.CompensationQuery,
    problems=MAY_CONFLICT,
)
async def read_compensation(call: Call, query: shapes.CompensationQuery) -> Sent:
    """See what is due and why, how far goodwill goes, and what you may grant.

    By kind: the row of the schedule with its amounts, the most that you may grant alone, and up to how much whose approval
    leads. Beside it what this customer had in the period, and what is left in your team's budget.
    """
    return ok(await compensation(call.desk, call.actor, call.id, query.damage, call.lang))


@grants.post(
    "/v1/complaints/{id:uuid}/grants",
    {201: Gives("Granted, or asked for: see `item.status`.", shapes.GrantAdded, ETAG, leads_to=_LEADS)},
    body=shapes.GrantBody,
    problems=MAY_CONFLICT,
    examples={
        "by the schedule": {"kind": "refund", "amount": "30.00", "damage": "30.00"},
        "goodwill": {"kind": "credit", "amount": "20.00", "reason": "long_wait", "text": "Called three times."},
    },
)
async def add_grant(call: Call, body: shapes.GrantBody) -> Sent:
    """Grant a compensation.

    Within your authority it is granted at once and billing is told (`granted`); above it whoever may approve is asked
    (`asked`, see `approvers` and `expires_at`); else 409 with every reason and what may be done instead.
    """
    want = Want(body.kind, body.amount, body.damage, body.reason)
    asking = Asking(want, body.text, body.live)
    return await make(call.desk, call.actor, call.by, call.id, asking, call.reply(_changed(call, 201)))


@grants.get("/v1/complaints/{id:uuid}/grants", {200: Gives("The grants.", shapes.GrantList)})
async def list_complaint_grants(call: Call) -> Sent:
    """List the grants of a complaint with their words, oldest first."""
    rows, texts = await grants_of(call.desk, call.id)
    erased = say(call.lang, "access.erased")
    words = [{name: resolve(row[name], texts, erased) for name in ("text", "decision_text")} for row in rows]
    return ok({"items": [{**shown(row, call.lang), **said} for row, said in zip(rows, words, strict=True)]})


@grants.post(
    "/v1/complaints/{id:uuid}/grants/{grant_id:uuid}/approval",
    {200: Gives("Decided.", shapes.GrantAdded, ETAG, leads_to=_LEADS)},
    body=shapes.DecisionBody,
    problems=MAY_CONFLICT,
    path_params=_AT,
    examples={"refused": {"decision": "refuse", "reason": "not_proven"}, "approved": {"decision": "approve"}},
)
async def decide_grant(call: Call, body: shapes.DecisionBody) -> Sent:
    """Approve or refuse a grant that was asked for.

    Never one's own, nor one asked for in one's name; in time; within one's own limits. The asker is told, with the reason.
    """
    approve = body.decision == "approve"
    return await decide(*_of(call), body.reason, call.reply(_changed(call)), approve=approve)


@grants.post(
    "/v1/complaints/{id:uuid}/grants/{grant_id:uuid}/withdrawal",
    {200: Gives("Withdrawn.", shapes.GrantAdded, ETAG)},
    body=shapes.WithdrawalBody,
    problems=MAY_CONFLICT,
    path_params=_AT,
    examples={"mistaken": {"reason": "Granted twice by mistake."}},
)
async def withdraw_grant(call: Call, body: shapes.WithdrawalBody) -> Sent:
    """Take back what waits for approval, or was granted and is not on the way to billing yet."""
    return await withdraw(*_of(call), body.reason, call.reply(_changed(call)))


@grants.post(
    "/v1/complaints/{id:uuid}/grants/{grant_id:uuid}/reversal",
    {200: Gives("Reversed; billing is told.", shapes.GrantAdded, ETAG)},
    body=shapes.ReversalBody,
    problems=MAY_CONFLICT,
    path_params=_AT,
    examples={"mistaken": {"reason": "Credited to the wrong line."}},
)
async def reverse_grant(call: Call, body: shapes.ReversalBody) -> Sent:
    """Reverse a grant that went to billing; open to those who may approve grants."""
    return await reverse(*_of(call), body.reason, call.reply(_changed(call)))


@grants.post(
    "/v1/complaints/{id:uuid}/grants/{grant_id:uuid}/billing",
    {200: Gives("Recorded.", shapes.GrantAdded, ETAG)},
    body=shapes.BillingBody,
    problems=MAY_CONFLICT,
    path_params=_AT,
    examples={"booked": {"outcome": "confirmed", "reference": "B-2026-000123"}},
)
async def bill_grant(call: Call, body: shapes.BillingBody) -> Sent:
    """Record that billing booked or rejected a grant or its reversal; the same answer again changes nothing."""
    booked = Booked(body.outcome, body.of, body.reference, body.reason)
    return await bill(*_of(call), booked, call.reply(_changed(call)))


@grants.get("/v1/grants", {200: Gives("A page of grants.", shapes.GrantPage)}, query=shapes.GrantsQuery)
async def list_grants(call: Call, query: shapes.GrantsQuery) -> Sent:
    """List grants, the newest first; `status=asked` is what waits for approval, `decidable` what you may decide on."""
    filters = query.model_dump(exclude={"from_", "cursor", "limit"}) | {"from": query.from_}
    rows, cursor = await grants_page(call.desk, call.actor, filters, query.cursor, query.limit)
    items = [{**shown(row, call.lang), "number": row["number"], "decidable": row["decidable"]} for row in rows]
    return ok({"items": items, "next_cursor": cursor})


@grants.get("/v1/reports/grants", {200: Gives("The spread.", Spread)}, query=shapes.SpreadQuery)
async def report_grants(call: Call, query: shapes.SpreadQuery) -> Sent:
    """See how grants are spread by handler, segment and cause, and how often they depart from the schedule, and why."""
    found = await report(call.desk, query.from_, query.to)
    groups = {name: [_group(one) for one in found[name]] for name in ("by_handler", "by_segment", "by_cause")}
    return ok({"from": found["from"], "to": found["to"], "total": _group(found["total"]), **groups})


def shown(row: Mapping[str, Any], lang: Lang) -> dict[str, Any]:
    """A grant as it is answered, without its words; amounts in yuan."""
    names = [name for name in shapes.Grant.model_fields if name not in _FEN]
    amounts = {name: None if row[f"{name}_fen"] is None else yuan(row[f"{name}_fen"]) for name in _FEN}
    over = [{"code": one["code"], "message": one[lang], "where": "amount"} for one in row["over"]]
    return {**{name: row[name] for name in names}, **amounts, "over": over}


def _of(call: Call) -> tuple[Desk, Actor, By, UUID, UUID]:
    """Who acts, and on which grant of which complaint."""
    return call.desk, call.actor, call.by, call.id, call.path["grant_id"]


def _changed(call: Call, status: int = 200) -> Any:
    return changed(call.desk, call.lang, lambda row: shown(row, call.lang), status=status)


def _group(group: Mapping[str, Any]) -> dict[str, Any]:
    rest = {name: value for name, value in group.items() if not name.endswith("_fen")}
    return {
        "handler": None,
        "segment": None,
        "cause": None,
        **rest,
        "sum": yuan(group["sum_fen"]),
        "median": yuan(group["median_fen"]),
    }
