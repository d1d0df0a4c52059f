"""Taking a complaint in: find or make the customer, seal the words, stand at the workflow's start with its timers armed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError

from app.access.actor import Actor
from app.access.answers import Answer, open_answer
from app.access.vault import DataKey
from app.audit.events import By, Event
from app.commitments.clocks import Reading
from app.complaints.severity import SeverityRules
from app.complaints.tables import LEASE
from app.complaints.tables import complaint as complaint_table
from app.complaints.write import Outcome, Plan, commit
from app.db.engine import violated
from app.db.ids import complaint_number, new_id
from app.db.statement import Insert
from app.desk.alike import Before, Told, alike, before
from app.desk.callers import OWNING, Routing, route
from app.desk.clocks import with_clocks
from app.desk.desk import Desk
from app.desk.known_names import check_channel
from app.desk.opening_read import read_opening
from app.desk.outcome import Reply, Result, answered, event_inserts
from app.desk.sealing import Sealer, check_network, sealed_network
from app.desk.severity import suggested
from app.desk.situation import Situation
from app.desk.step import due_at, timer_row
from app.desk.terms import Terms
from app.desk.who import Caller, choose_customer, lookup
from app.errors import Conflict, Invalid, NotFound, Reason
from app.workflow.definition import Definition

DRAWS = 5
ORDINARY = 2
"""The severity of a complaint of which nothing more is known."""
OPENING = ("severity", "sensitive", "channel", "tags", "verification", "emotion")


@dataclass(frozen=True, slots=True)
class Opening:
    """What is taken in. `remedy_sought` is {kind, amount (fen)?, text?}; `occurred_at` when it was said, if not now.

    Its clocks run from when it was said; of one that is `taken_over` from another system, from now: nobody here could have
    kept them before.
    """

    caller: Caller
    channel: str
    text: str
    workflow: str = "complaint"
    remedy_sought: Mapping[str, Any] | None = None
    tags: Sequence[str] = ()
    severity: int | None = 2  # None: as the criteria of the policy suggest, 2 at least
    sensitive: bool = False
    verification: int = 0
    emotion: int | None = None
    source: str | None = None
    external_ref: str | None = None
    occurred_at: datetime | None = None
    team: str | None = None
    recorded: Mapping[str, Any] = field(default_factory=dict)
    taken_over: bool = False
    network: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """All rows of a new complaint, not yet stored."""

    complaint: Mapping[str, Any]
    customer: Mapping[str, Any]
    key: DataKey
    inserts: Sequence[Insert]
    events: Sequence[Event]
    text: str
    clocks: Sequence[Reading]


async def open_complaint(desk: Desk, actor: Actor, by: By, opening: Opening, reply: Reply) -> tuple[Answer, bool]:
    """Open a complaint; (the answer, whether it repeats one given before).

    Raises NotFound for a customer id or workflow that is not there, Conflict when (source, external_ref) was opened before,
    Invalid when it was said in the future.
    """
    refused_before = False
    for _ in range(DRAWS):
        at = desk.runtime.clock.now()
        if opening.occurred_at is not None and opening.occurred_at > at:
            raise Invalid(Reason("in_the_future", "occurred_at"))
        check_network(opening.network, at)
        by_, value = lookup(desk, opening.caller)
        version, versions, stored, people = await read_opening(desk.runtime.db, opening.workflow, reply.key_hash, by_, value)
        if stored is not None and reply.request is not None:
            answer = open_answer(desk.vault, reply.request, stored)
            if answer is not None:
                return answer, True
        if version is None:
            raise NotFound(Reason("workflow_unknown", "workflow", {"name": opening.workflow}), what="workflow")
        definition = await desk.workflow(opening.workflow, version)
        terms = await desk.terms(versions)
        check_channel(terms, opening.channel)
        if opening.tags and terms.tags is not None and (strange := terms.tags.refused(opening.tags)):
            raise Invalid(*strange)
        customer, key, made = await choose_customer(desk, opening.caller, people, at)
        earlier = Before() if made else await before(desk, terms, customer["id"], at)
        routing = await route(desk, terms, customer, at, earlier.came)
        opened = await prepare(desk, actor, by, definition, terms, opening, customer, key, at, routing)
        inserts, rows = event_inserts(opened.events)
        told = Told(opening.text, opening.tags, opened.complaint["place"], _began(opening, at))
        like = await alike(desk, actor, terms, earlier.earlier, told)
        extra = {"text": opening.text, "caller": routing.who, "alike": like, "suggested": _suggests(opened, terms)}
        result = Result(opened.complaint, customer, key, terms, at, rows, extra, opened.clocks)
        answer, kept = answered(desk.vault, reply, result, at)
        plan = Plan(None, None, [*kept, *made, Insert(complaint_table, opened.complaint), *opened.inserts, *inserts])
        try:
            outcome = await commit(desk.runtime.db, plan)
        except IntegrityError as error:
            raised = violated(error) or ""
            if "external_ref" in raised:
                if reply.request is not None and not refused_before:
                    refused_before = True  # perhaps by this very request, sent twice: then its answer is there now
                    continue
                raise Conflict(Reason("external_ref_taken", "external_ref"), code="already_there") from error
            if "number" in raised or "external_hash" in raised:
                continue  # a number drawn twice, or the same new customer by another request: read again
            raise
        if outcome is Outcome.STORED:
            desk.runtime.metrics.transitions.labels(definition.name, "open", "taken").inc()
            return answer, False
    raise Conflict


def _began(opening: Opening, at: datetime) -> datetime:
    """Since when it is complained of."""
    since: datetime | None = (opening.network or {}).get("since")
    return since or opening.occurred_at or at


def _suggests(opened: Opened, terms: Terms) -> tuple[Mapping[str, Any] | None, SeverityRules | None]:
    """What the criteria suggest of a new complaint, with the criteria themselves, for the answer."""
    return opened.events[0].data.get("severity_suggested"), terms.policy.severity


async def prepare(
    desk: Desk,
    actor: Actor,
    by: By,
    definition: Definition,
    terms: Terms,
    opening: Opening,
    customer: Mapping[str, Any],
    key: DataKey,
    at: datetime,
    routing: Routing | None = None,
) -> Opened:
    """The rows of a new complaint of `customer` at the start of `definition`."""
    own = new_id(at)
    sealer = Sealer(desk.tokens, key, customer["id"], own, at, opening.occurred_at or at)
    text = await sealer.sealed(opening.text, "text")
    sought = dict(opening.remedy_sought) if opening.remedy_sought else None
    if sought and sought.get("text"):
        sought["text"] = (await sealer.sealed(sought["text"], "remedy_sought.text")).reference
    place, network = sealed_network(sealer, opening.network)
    stage = definition.stage(definition.start)
    row: dict[str, Any] = {
        "id": own,
        "number": complaint_number(at),
        "customer_id": customer["id"],
        "source": opening.source or by.name,
        "external_ref": opening.external_ref,
        "workflow": definition.name,
        "workflow_version": definition.version,
        "state": stage.name,
        "kind": stage.kind,
        "final": stage.final,
        "version": 1,
        "channel": opening.channel,
        "severity": opening.severity or ORDINARY,
        "sensitive": opening.sensitive or customer["sensitive"],
        "tags": list(opening.tags),
        "cause": None,
        "motives": [],
        "emotion": opening.emotion,
        "verification": opening.verification,
        "text_id": text.id,
        "remedy_sought": sought,
        "remedy": None,
        "recorded": dict(opening.recorded),
        "counters": {},
        "round": 1,
        "attempts": [],
        "callback_from": None,
        "callback_until": None,
        "marks": None,
        "armed": {},
        "due_at": None,
        "next_deadline": None,
        "open_work_orders": 0,
        "blocking_work_orders": 0,
        "open_promises": 0,
        "broken_promises": 0,
        "open_grants": 0,
        "owner_id": routing.owner(actor) if routing is not None else actor.id if actor.roles & OWNING else None,
        "assignee_id": None,
        "team": (routing.team if routing is not None else None) or opening.team or actor.team,
        **dict.fromkeys(LEASE),
        "merged_into": None,
        "repeat_of": None,
        "incident_id": None,
        "incident": None,
        "place": place,
        "network": network,
        "opened_at": opening.occurred_at or at,
        "last_at": at,
        "last_contact_at": opening.occurred_at or at,
        "state_since": at,
        "resolved_at": None,
        "closed_at": None,
        "closed_as": None,
    }
    situation = Situation(row, customer, actor, by, at, terms)
    inserts = [] if routing is None else routing.notices(at, actor, own, row["number"])
    suggests = suggested(situation)
    if opening.severity is None and suggests is not None:
        row["severity"] = max(ORDINARY, suggests["level"])
    for timer in definition.timers.values():
        if stage.name in timer.stages and (due := due_at(definition, timer, situation)) is not None:
            row["armed"] = {**row["armed"], timer.name: {"seq": 1, "due": due.isoformat()}}
            row["due_at"] = due if row["due_at"] is None else min(row["due_at"], due)
            inserts.append(timer_row(timer.name, timer.trigger, situation, due))
    taken_over = {"taken_over": True} if opening.taken_over else {}
    event = Event(
        "opened",
        at,
        by,
        own,
        customer["id"],
        seq=1,
        occurred_at=opening.occurred_at,
        to_state=stage.name,
        data={
            "text": text.reference,
            "channel": opening.channel,
            "external_ref": opening.external_ref,
            **taken_over,
            **(routing.told if routing else {}),
            **({"severity_suggested": suggests} if suggests is not None else {}),
        },
        patch=dict(row),
        workflow=definition.name,
        workflow_version=definition.version,
    )
    after, inserts, events, clocks = with_clocks(definition, situation, inserts, [event])
    return Opened(after.complaint, customer, key, [*sealer.inserts, *inserts], events, opening.text, clocks)
