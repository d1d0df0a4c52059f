"""The one table of effects: what a transition may set off. Pure: facts and parameters in, a patch and rows out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from app.audit.events import Event
from app.commitments.suggestions import suggestion, suggestion_row
from app.commitments.tables import promise, work_order
from app.db.ids import ordered_id
from app.db.statement import Insert
from app.desk.doing import Change, Doing, Effect
from app.desk.effects_contact import attempt, contact, emotion
from app.desk.effects_handing import HAND_OVER, hand_over
from app.desk.ordered import of_order, order_counts, order_data, ordered
from app.desk.pledge import admitted, ground_of, made, of_promise, promise_data
from app.desk.telling import to_person, to_team, told
from app.errors import Invalid, Refused
from app.outbox.tables import outbox
from app.people.notices import notice_row
from app.workflow.ports import EffectField, EffectParam, EffectSpec


def _severity(doing: Doing, params: Mapping[str, Any]) -> Change:
    """A step raises the severity, it never lowers it: that is a supervisor's change."""
    return Change({"severity": max(int(params["at_least"]), doing.situation.complaint["severity"])})


def _count(doing: Doing, params: Mapping[str, Any]) -> Change:
    counters = doing.situation.complaint["counters"]
    return Change({"counters": {**counters, params["counter"]: counters.get(params["counter"], 0) + 1}})


def _resolved(doing: Doing, _params: Mapping[str, Any]) -> Change:
    return Change({"resolved_at": doing.situation.at})


def _unresolved(_doing: Doing, _params: Mapping[str, Any]) -> Change:
    return Change({"resolved_at": None})


def _new_round(doing: Doing, _params: Mapping[str, Any]) -> Change:
    """A counted round: attempts, the resolution and the end start anew; what was recorded stays."""
    return Change(
        {
            "round": doing.situation.complaint["round"] + 1,
            "attempts": [],
            "resolved_at": None,
            "callback_from": None,
            "callback_until": None,
        }
    )


def _motives(doing: Doing, _params: Mapping[str, Any]) -> Change:
    return Change({"motives": list(doing.data.get("motives") or [])})


def _agree_callback(doing: Doing, _params: Mapping[str, Any]) -> Change:
    return Change({"callback_from": doing.data["window_from"], "callback_until": doing.data["window_until"]})


def _promise(doing: Doing, params: Mapping[str, Any]) -> Change:
    """The work of a department cannot have been accepted inside the step that promises it: then only a supervisor may."""
    s, due = doing.situation, doing.data.get("promise_due")
    if due is None:
        return Change()
    with _refusing():
        ground = ground_of(s, params["kind"])
        waived = admitted(s, ground, due, "promise_due")
        row = made(s, ground, due, None, doing.data.get("promise_text"), waived)
    notices = to_person(s, "promise_yours", row["owner_id"], promise_data(s, row))
    patch = {"open_promises": s.complaint["open_promises"] + 1}
    return Change(patch, (Insert(promise, row), *notices), (told("promised", s, of_promise(row)),))


def _work_order(doing: Doing, _params: Mapping[str, Any]) -> Change:
    """Work that is waited for holds the complaint up, unless the form says otherwise."""
    s, data = doing.situation, doing.data
    with _refusing():
        row = ordered(s, data["department"], data["request"], blocking=data.get("blocking", True))
    notices = to_team(s, "work_order_received", row["team"], order_data(s, row)) if row["team"] is not None else []
    event = told("work_ordered", s, of_order(row))
    return Change(order_counts(s, None, row), (Insert(work_order, row), *notices), (event,))


@contextmanager
def _refusing() -> Iterator[None]:
    """What a door of its own would call invalid is, in a step, a rule that does not admit it."""
    try:
        yield
    except Invalid as error:
        raise Refused(*error.reasons) from error


def _remedy(doing: Doing, _params: Mapping[str, Any]) -> Change:
    given = {
        name: doing.data[f"remedy_{name}"] for name in ("kind", "amount", "text") if doing.data.get(f"remedy_{name}") is not None
    }
    return Change({"remedy": {**given, "at": doing.situation.at.isoformat()}})


def _suggestion(doing: Doing, _params: Mapping[str, Any]) -> Change:
    """That he was invited is recorded with the step; what the customer suggested becomes a suggestion that somebody answers."""
    s = doing.situation
    words = doing.data.get("suggestion_text")
    if words is None:
        return Change()
    tag = s.complaint["cause"] or next(iter(s.complaint["tags"]), None)
    row = suggestion_row(
        s.terms.policy.feedback, s.by, s.at, "customer", tag=tag, product=s.customer["plan"], complaint=s.complaint
    )
    row["words"] = words
    told = {"suggestion": row["id"], "source": row["source"], "owner": row["owner"] or row["owner_role"]}
    made = Event("suggested", s.at, s.by, s.complaint["id"], s.complaint["customer_id"], data=told)
    return Change({}, (Insert(suggestion, row),), (made,))


def _send(doing: Doing, params: Mapping[str, Any]) -> Change:
    s = doing.situation
    payload = {
        "message": params["message"],
        "number": s.complaint["number"],
        "workflow": s.complaint["workflow"],
        "workflow_version": s.complaint["workflow_version"],
    }
    row = {
        "id": ordered_id(s.at, doing.seq),
        "complaint_id": s.complaint["id"],
        "customer_id": s.complaint["customer_id"],
        "topic": params["channel"],
        "payload": payload,
        "created_at": s.at,
        "due_at": s.at,
        "status": "unsent",
        "attempts": 0,
        "leased_until": None,
        "sent_at": None,
        "last_error": None,
    }
    return Change({}, (Insert(outbox, row),))


def _reassign(doing: Doing, params: Mapping[str, Any]) -> Change:
    s = doing.situation
    to: UUID | None = {"owner": s.complaint["owner_id"], "actor": s.actor.id}.get(params["to"])
    if params["to"] != "duty":
        return Change({"assignee_id": to})
    patch = {"assignee_id": s.duty.user if s.duty is not None else None, "team": "duty"}
    if s.duty is None:
        return Change(patch)
    told = {"number": s.complaint["number"]}
    notice = notice_row(s.at, "called_on_duty", user=s.duty.user, role=s.duty.role, complaint_id=s.complaint["id"], data=told)
    return Change(patch, (notice,))


_TEXT = ("text", "string")
_CHOICE = ("choice", "string")

EFFECTS: Mapping[str, Effect] = {
    effect.spec.name: effect
    for effect in (
        Effect(EffectSpec("severity", (EffectParam("at_least", "int"),)), _severity),
        Effect(EffectSpec("count", (EffectParam("counter", choices=("not_satisfied", "reopened", "vents", "hang_ups")),)), _count),
        Effect(EffectSpec("resolved"), _resolved),
        Effect(EffectSpec("unresolved"), _unresolved),
        Effect(EffectSpec("new_round"), _new_round),
        Effect(EffectSpec("attempt", (), (EffectField("outcome", ("choice",)),)), attempt),
        Effect(
            EffectSpec("contact", (), (EffectField("channel", _CHOICE, False), EffectField("emotion_end", ("integer",), False))),
            contact,
        ),
        Effect(
            EffectSpec(
                "emotion", (), (EffectField("emotion_end", ("integer",), False), EffectField("emotion", ("integer",), False))
            ),
            emotion,
        ),
        Effect(EffectSpec("motives", (), (EffectField("motives", ("choices",)),)), _motives),
        Effect(
            EffectSpec(
                "agree_callback", (), (EffectField("window_from", ("datetime",)), EffectField("window_until", ("datetime",)))
            ),
            _agree_callback,
        ),
        Effect(
            EffectSpec(
                "promise",
                (EffectParam("kind"),),
                (EffectField("promise_due", ("datetime",), False), EffectField("promise_text", _TEXT, False)),
            ),
            _promise,
        ),
        Effect(
            EffectSpec(
                "work_order",
                (),
                (EffectField("department", _CHOICE), EffectField("request", _TEXT), EffectField("blocking", ("boolean",), False)),
            ),
            _work_order,
        ),
        Effect(
            EffectSpec(
                "remedy",
                (),
                (
                    EffectField("remedy_kind", ("choice",)),
                    EffectField("remedy_amount", ("money",), False),
                    EffectField("remedy_text", _TEXT, False),
                ),
            ),
            _remedy,
        ),
        Effect(EffectSpec("send", (EffectParam("channel", choices=("sms", "email")), EffectParam("message", "message"))), _send),
        Effect(EffectSpec("reassign", (EffectParam("to", choices=("owner", "nobody", "duty", "actor")),)), _reassign),
        Effect(
            EffectSpec(
                HAND_OVER,
                (),
                (
                    EffectField("new_owner", ("string",), False),
                    EffectField("to_person", ("string",), False),
                    EffectField("to_team", ("string",), False),
                ),
            ),
            hand_over,
        ),
        Effect(
            EffectSpec("suggestion", (), (EffectField("suggestion", ("choice",)), EffectField("suggestion_text", _TEXT, False))),
            _suggestion,
        ),
    )
}
