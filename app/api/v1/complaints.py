"""Complaints: opened, listed, read as they are or were, changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from app.access.answers import Answer
from app.api.v1.alike_json import alike_json
from app.api.v1.deps import Call
from app.api.v1.operation import Gives, Operations, Sent
from app.api.v1.render import complaint_json, dumps, etag, moved_json, ok, page_json, result_json
from app.api.v1.schemas.answers import Complaint, ComplaintPage
from app.api.v1.schemas.answers_opening import Alike, Amended, OpenedComplaint
from app.api.v1.schemas.complaints import (
    AmendBody,
    CallerByExternalId,
    CallerById,
    CallerByPhone,
    CheckBody,
    Network,
    OpenBody,
    Sought,
)
from app.api.v1.schemas.queries import AsOfQuery, ListQuery, filters_of
from app.api.v1.severity import suggested_json
from app.desk.alike import Told, check
from app.desk.amend import amend
from app.desk.asking import as_of, definition_of, one
from app.desk.callers import caller_of
from app.desk.incident_members import agreed, incident_of
from app.desk.intake import Opening, open_complaint
from app.desk.outcome import Result
from app.desk.pages import list_page
from app.desk.tagging import titles
from app.desk.who import Caller, lookup
from app.people.callers import Caller as Who

complaints = Operations("complaints")
ETAG = {"ETag": "The version of the complaint, for If-Match."}
_ID = {"id": "$response.body#/id"}
_VERSIONED = {**_ID, "If-Match": "$response.header.ETag"}
ONWARD: Final[Mapping[str, Mapping[str, str]]] = {
    **dict.fromkeys(("change_one", "take_steps", "assign_one", "merge_one"), _VERSIONED),
    **dict.fromkeys(
        (
            "read_one",
            "list_actions",
            "list_events",
            "list_clocks",
            "add_note",
            "add_contact",
            "add_promise",
            "add_work_order",
            "add_grant",
            "list_complaint_grants",
            "read_compensation",
            "ask_expert",
            "add_appeal",
            "list_appeals",
            "read_evidence",
            "join_incident",
            "check_incident",
            "link_repeat_of_one",
            "undo_merge_of_one",
        ),
        _ID,
    ),
    **dict.fromkeys(("suggest_here", "confirm_cause", "list_causes", "list_similar", "list_answers_here"), _ID),
    **dict.fromkeys(("mark_model", "unmark_model"), _ID),
    "read_customer": {"customer": "$response.body#/customer/id"},
    **{key: {"id": "$response.body#/customer/id"} for key in ("list_history", "add_consent", "block_caller", "unblock_caller")},
}
"""Where a complaint leads to."""
_FIRST: Final = {key: {"id": "$response.body#/items/0/id"} for key in ("read_one", "read_evidence", "undo_merge_of_one")}


@complaints.post(
    "/v1/complaints",
    {201: Gives("Opened.", OpenedComplaint, {**ETAG, "Location": "Address of the complaint."}, leads_to=ONWARD)},
    body=OpenBody,
    problems=frozenset({404, 409}),
    examples={
        "by phone": {
            "customer": {"phone": "13961235611", "name": "张先生"},
            "channel": "phone",
            "text": "上个月流量费多收了 30 元，打了两次电话都没有人回。",
            "remedy_sought": {"kind": "refund", "amount": "30.00"},
            "severity": 2,
        },
        "by CRM id": {"customer": {"external_id": "7590-VHVEG"}, "channel": "app", "text": "The line drops every evening."},
    },
)
async def open_one(call: Call, body: OpenBody) -> Sent:
    """Open a complaint.

    The customer is named by `id`, by the CRM's `external_id` or by `phone`; somebody unknown is taken in provisionally.
    The words are sealed under the customer's key. `external_ref` is unique for its `source` (409 `already_there`).
    """
    values = body.model_dump(exclude={"customer", "remedy_sought", "network"})
    network = None if body.network is None else body.network.model_dump(exclude_none=True)
    opening = Opening(caller=_caller(body.customer), network=network, remedy_sought=_sought(body.remedy_sought), **values)

    def render(result: Result) -> Answer:
        row = result.complaint
        headers = {"ETag": etag(row["version"]), "Location": f"/v1/complaints/{row['id']}"}
        extra = result.extra or {}
        who: Who = extra["caller"]
        view = result_json(result, call.lang) | {
            "caller": who.view(result.terms.policy.callers, call.lang),
            "alike": alike_json(extra["alike"], call.lang),
            "severity_suggested": suggested_json(extra["suggested"], call.lang),
        }
        return Answer(201, headers, dumps(view))

    return await open_complaint(call.desk, call.actor, call.by, opening, call.reply(render))


@complaints.post(
    "/v1/complaints:check",
    {200: Gives("What is likely about the same thing.", Alike)},
    body=CheckBody,
    keyed=False,
    examples={"again": {"customer": {"phone": "13961235611"}, "text": "流量费又多收了。", "tags": ["charge.wrong_bill"]}},
)
async def check_one(call: Call, body: CheckBody) -> Sent:
    """See, before a complaint is stored, what is likely about the same thing.

    The customer's open complaints and those that ended lately, by tag or by shared rare words, and the incidents that fit by cause,
    place and time; each with why. Nothing is stored.
    """
    column, value = lookup(call.desk, _caller(body.customer))
    since = body.network.since if body.network is not None else None
    place = body.network.place if body.network is not None else None
    told = Told(body.text, body.tags, place, since or call.desk.runtime.clock.now())
    return ok(alike_json(await check(call.desk, call.actor, column, value, told), call.lang))


@complaints.get("/v1/complaints", {200: Gives("A page.", ComplaintPage, leads_to=_FIRST)}, query=ListQuery)
async def list_many(call: Call, query: ListQuery) -> Sent:
    """List complaints, the newest first.

    All filters must hold. `q` searches in every text of the complaint, also in single Chinese characters. Pass
    `next_cursor` as `cursor` for the next page; it holds while complaints come and go.
    """
    page = await list_page(call.desk, await filters_of(call.desk, query), query.sort, query.cursor, query.limit)
    return ok(page_json(page, call.lang))


@complaints.get("/v1/complaints/{id:uuid}", {200: Gives("The complaint.", Complaint, ETAG, leads_to=ONWARD)}, query=AsOfQuery)
async def read_one(call: Call, query: AsOfQuery) -> Sent:
    """Read a complaint with its words, and how its customer stands as a caller now.

    With `as_of` the record as it stood at that recorded time; personal data is masked as of now.
    """
    found = await (one(call.desk, call.id) if query.as_of is None else as_of(call.desk, call.id, query.as_of))
    definition = await definition_of(call.desk, found.complaint)
    view = complaint_json(found.complaint, found.customer, found.key, found.texts, call.lang, definition, found.terms, found.at)
    terms = await call.desk.terms()
    view["caller"] = (await caller_of(call.desk, terms, found.customer)).view(terms.policy.callers, call.lang)
    if found.complaint["incident_id"] is not None:
        view["incident"] |= agreed(await incident_of(call.desk, found.complaint["incident_id"]), call.lang)
    named = [*found.complaint["tags"], *([found.complaint["cause"]] if found.complaint["cause"] else [])]
    view["tag_titles"] = await titles(call.desk, named, call.lang)
    return ok(view, version=found.complaint["version"])


@complaints.patch(
    "/v1/complaints/{id:uuid}",
    {200: Gives("Changed.", Amended, ETAG)},
    body=AmendBody,
    if_match="required",
    problems=frozenset({409}),
    examples={"more severe": {"severity": 3, "tags": ["charge.wrong_bill"]}, "motives": {"motives": ["vent", "redress"]}},
)
async def change_one(call: Call, body: dict[str, Any]) -> Sent:
    """Change a complaint besides its state.

    Severity is lowered (with a `reason`), and `sensitive` taken away, by a supervisor only; motives may be set until 30 minutes
    after the last contact. The answer tells which severity the written criteria suggest, and why.
    """
    changes = dict(body)
    if isinstance(sought := changes.get("remedy_sought"), Sought):
        changes["remedy_sought"] = _sought(sought)
    if isinstance(network := changes.get("network"), Network):
        changes["network"] = network.model_dump(exclude_none=True)

    def render(result: Result) -> Answer:
        answer = moved_json(call.desk, result, call.lang)
        answer["severity_suggested"] = suggested_json((result.extra or {})["suggested"], call.lang)
        return Answer(200, {"ETag": etag(result.complaint["version"])}, dumps(answer))

    return await amend(call.desk, call.actor, call.by, call.id, changes, call.reply(render), expected=call.expected)


def _sought(sought: Sought | None) -> dict[str, Any] | None:
    return None if sought is None else sought.model_dump(exclude_none=True)


def _caller(sent: CallerById | CallerByExternalId | CallerByPhone) -> Caller:
    if isinstance(sent, CallerById):
        return Caller(id=sent.id)
    if isinstance(sent, CallerByExternalId):
        return Caller(external_id=sent.external_id, name=sent.name)
    return Caller(phone=sent.phone, name=sent.name)
