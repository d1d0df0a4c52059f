"""Panels of customers who supervise and test: joined with consent, left at will, asked to test, heard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from app.access.answers import Answer
from app.api.v1.deps import Call
from app.api.v1.operation import Gives, Operations, Sent
from app.api.v1.render import dumps, ok, picked
from app.api.v1.schemas import panels as io
from app.desk import panels as desk
from app.desk.once import once
from app.texts import Lang

panels = Operations("knowledge")
_UUID: Final[dict[str, Any]] = {"type": "string", "format": "uuid"}
_ID: Final = {"id": "$response.body#/id"}
_ONWARD: Final = dict.fromkeys(("join_panel", "list_members", "ask_panel", "list_trials"), _ID)
_MEMBER: Final = {"id": "$request.path.id", "member_id": "$response.body#/id"}
_TRIAL: Final = {"id": "$response.body#/panel_id", "trial_id": "$response.body#/id"}
_SAID: Final = picked(io.VerdictOut)


@panels.post(
    "/v1/panels",
    {201: Gives("Made.", io.Panel, leads_to=_ONWARD)},
    body=io.PanelBody,
    problems=frozenset({409}),
    examples={"families": {"name": "city_families", "title": {"zh": "城市家庭体验团", "en": "City families"}}},
)
async def make_panel(call: Call, body: io.PanelBody) -> Sent:
    """Make a panel of customers who supervise the service and test what is changed."""
    work = desk.making(call.desk, call.by, body.name, body.title.model_dump(), lambda row: _sent(201, _panel(row, call.lang)))
    return await once(call.desk, call.same, work)


@panels.get("/v1/panels", {200: Gives("The panels.", io.PanelList)})
async def list_panels(call: Call) -> Sent:
    """List the panels, each with how many are in it."""
    return ok({"items": [_panel(row, call.lang) for row in await desk.panels(call.desk)]})


@panels.post(
    "/v1/panels/{id:uuid}/members",
    {201: Gives("A member now.", io.Member, leads_to={"leave_panel": _MEMBER})},
    body=io.MemberBody,
    problems=frozenset({409}),
    examples={"by phone": {"customer": "0195b4f0-7c00-7000-8000-000000000001", "evidence": {"kind": "recorded_call"}}},
)
async def join_panel(call: Call, body: io.MemberBody) -> Sent:
    """Take a customer into a panel, with the day on which he agreed and how that is known."""
    evidence = body.evidence.model_dump()
    work = desk.joining(call.desk, call.by, call.id, body.customer, body.agreed_at, evidence, lambda row: _sent(201, _member(row)))
    return await once(call.desk, call.same, work)


@panels.get("/v1/panels/{id:uuid}/members", {200: Gives("A page.", io.MemberPage)}, query=io.MembersQuery)
async def list_members(call: Call, query: io.MembersQuery) -> Sent:
    """List who is in a panel now, masked."""
    rows = await desk.members(call.desk, call.id, query.cursor, query.limit + 1)
    cursor = rows[query.limit - 1]["id"] if len(rows) > query.limit else None
    return ok({"items": [_member(row) for row in rows[: query.limit]], "next_cursor": cursor})


@panels.post(
    "/v1/panels/{id:uuid}/members/{member_id:uuid}/leave", {200: Gives("Left.", io.Member)}, path_params={"member_id": _UUID}
)
async def leave_panel(call: Call) -> Sent:
    """Let a member go, whenever he wants to and without a reason; what he said stays."""
    work = desk.leaving(call.desk, call.by, call.id, call.path["member_id"], lambda row: _sent(200, _member(row)))
    return await once(call.desk, call.same, work)


@panels.post(
    "/v1/panels/{id:uuid}/trials",
    {201: Gives("Asked.", io.Trial, leads_to={"give_verdict": _TRIAL})},
    body=io.TrialBody,
    examples={"text": {"feedback": "0195b4f0-7c00-7000-8000-000000000001", "words": "Is the new message understood at once?"}},
)
async def ask_panel(call: Call, body: io.TrialBody) -> Sent:
    """Give a panel what was fed back, or a suggestion, for testing, with the question in words."""
    work = desk.asking(
        call.desk, call.by, call.id, body.words, body.feedback, body.suggestion, lambda row: _sent(201, trial_json(row))
    )
    return await once(call.desk, call.same, work)


@panels.get("/v1/panels/{id:uuid}/trials", {200: Gives("The trials.", io.TrialList)})
async def list_trials(call: Call) -> Sent:
    """List what a panel was asked to test, the newest first, with what its members said."""
    return ok({"items": [trial_json(row) for row in await desk.trials(call.desk, panel_id=call.id)]})


@panels.post(
    "/v1/panels/{id:uuid}/trials/{trial_id:uuid}/verdicts",
    {201: Gives("Recorded.", io.VerdictOut)},
    body=io.VerdictBody,
    problems=frozenset({409}),
    path_params={"trial_id": _UUID},
    examples={"fits": {"member": "0195b4f0-7c00-7000-8000-000000000001", "verdict": "fits"}},
)
async def give_verdict(call: Call, body: io.VerdictBody) -> Sent:
    """Record what a member says of a trial: it fits, it does not fit, or a remark; once each. Remarks are sealed."""
    said = (body.member, body.verdict, body.remark)
    work = desk.judging(call.desk, call.by, call.id, call.path["trial_id"], *said, lambda row: _sent(201, _SAID(row)))
    return await once(call.desk, call.same, work)


def trial_json(row: Mapping[str, Any]) -> dict[str, Any]:
    """A trial with its verdicts."""
    names = ("id", "panel_id", "feedback_id", "suggestion_id", "words", "by", "at", "counts")
    return {**{name: row[name] for name in names}, "verdicts": [_SAID(one) for one in row["verdicts"]]}


def _panel(row: Mapping[str, Any], lang: Lang) -> dict[str, Any]:
    return {**{name: row[name] for name in ("id", "name", "members", "by", "at")}, "title": row["title"][lang]}


def _member(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("id", "customer", "agreed_at", "evidence", "by", "at", "left_at")}


def _sent(status: int, body: Mapping[str, Any]) -> Answer:
    return Answer(status, {}, dumps(body))
