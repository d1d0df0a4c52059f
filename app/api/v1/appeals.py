"""Appeals (申诉) to bodies outside the house."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from app.api.v1.deps import Call
from app.api.v1.operation import Gives, Operations, Sent
from app.api.v1.render import changed, ok
from app.api.v1.schemas import appeals as shapes
from app.commitments.appeals import AppealRules
from app.desk import appeals as desk
from app.texts import Lang

appeals = Operations("appeals")
_MOVE: Final = {"move_appeal": {"id": "$response.body#/complaint/id", "appeal_id": "$response.body#/item/id"}}
_HERE: Final = {"id": "$response.body#/complaint/id"}
ETAG: Final = {"ETag": "The version of the complaint, for If-Match."}
_ID: Final[dict[str, Any]] = {"type": "string", "format": "uuid"}
_PLAIN: Final = tuple(name for name in shapes.AppealRow.model_fields if name not in ("title", "due"))
_WORDS: Final = desk.SEALED


@appeals.post(
    "/v1/complaints/{id:uuid}/appeals",
    {
        201: Gives(
            "Taken down.", shapes.AppealAdded, ETAG, leads_to={**_MOVE, **dict.fromkeys(("list_appeals", "read_evidence"), _HERE)}
        )
    },
    body=shapes.AppealBody,
    problems=frozenset({409}),
    examples={"12300": {"body": "miit_12300", "reference": "SD2026-03-000123"}},
)
async def add_appeal(call: Call, body: shapes.AppealBody) -> Sent:
    """Take down an appeal of the customer to a body outside the house.

    Its dates are counted on the calendars that the policy names; the complaint becomes as severe and as sensitive as the policy
    says. It may come after the complaint has ended; reopening that is a step of its own.
    """
    rules = await _rules(call)
    render = changed(call.desk, call.lang, lambda row: _row(row, rules, call.lang), status=201)
    return await desk.add_appeal(call.desk, call.actor, call.by, call.id, desk.Received(**body.model_dump()), call.reply(render))


@appeals.get("/v1/complaints/{id:uuid}/appeals", {200: Gives("The appeals.", shapes.AppealList)})
async def list_appeals(call: Call) -> Sent:
    """List the appeals of a complaint, with their words."""
    rules = await _rules(call)
    rows = await desk.appeals_of(call.desk, call.id, call.lang)
    return ok({"items": [{**_row(row, rules, call.lang), **{name: row[name] for name in _WORDS}} for row in rows]})


@appeals.post(
    "/v1/complaints/{id:uuid}/appeals/{appeal_id:uuid}/steps",
    {200: Gives("Moved.", shapes.AppealAdded, ETAG, leads_to=_MOVE)},
    body=shapes.AppealStepBody,
    problems=frozenset({409}),
    path_params={"appeal_id": _ID},
    examples={"our reply": {"status": "replied", "by": "letter", "words": "经核实，多收的 30 元已于 3 月 12 日退还。"}},
)
async def move_appeal(call: Call, body: shapes.AppealStepBody) -> Sent:
    """Move an appeal on: accepted by the body, replied to by us, in mediation, ended with a result."""
    rules = await _rules(call)
    render = changed(call.desk, call.lang, lambda row: _row(row, rules, call.lang))
    step = desk.Step(**body.model_dump())
    return await desk.move_appeal(call.desk, call.actor, call.by, call.id, call.path["appeal_id"], step, call.reply(render))


@appeals.get("/v1/appeals", {200: Gives("The appeals.", shapes.DueAppeals)}, query=shapes.AppealsQuery)
async def list_due_appeals(call: Call, query: shapes.AppealsQuery) -> Sent:
    """List the appeals that go on, the one to which we must reply soonest first."""
    rules = await _rules(call)
    async with call.desk.runtime.db.read() as conn:
        rows = await desk.appeals_due(conn, query.body, query.due_before, query.limit)
    more = [{"number": row["number"], "owner": row["owner_id"], "team": row["team"]} for row in rows]
    return ok({"items": [{**_row(row, rules, call.lang), **also} for row, also in zip(rows, more, strict=True)]})


async def _rules(call: Call) -> AppealRules | None:
    return (await call.desk.terms()).policy.appeals


def _row(row: Mapping[str, Any], rules: AppealRules | None, lang: Lang) -> dict[str, Any]:
    body = rules.bodies.get(row["body"]) if rules is not None else None
    due = {name: datetime.fromisoformat(at) for name, at in row["due"].items()}
    return {**{name: row[name] for name in _PLAIN}, "title": body.title.in_(lang) if body else row["body"], "due": due}
