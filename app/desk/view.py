"""A complaint as people and programs see it: one shape for API, console and command line; personal data masked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from app.access.sealed import resolve
from app.access.vault import DataKey
from app.commitments.clocks import Reading
from app.customers.profile import open_profile
from app.desk.clock_view import clock_views
from app.desk.readings import CLOCK, readings_of
from app.desk.terms import Terms
from app.texts import Lang, say


def customer_view(customer: Mapping[str, Any], key: DataKey | None) -> dict[str, Any]:
    """A customer, masked: never a full name, phone or external id."""
    return {
        "id": customer["id"],
        **open_profile(key, customer).masked(),
        "provisional": customer["provisional"],
        "segment": customer["segment"],
        "plan": customer["plan"],
        "place": customer["place"],
        "sensitive": customer["sensitive"],
        "account_manager": customer["account_manager"],
    }


def complaint_view(
    complaint: Mapping[str, Any],
    customer: Mapping[str, Any] | None,
    key: DataKey | None,
    texts: Mapping[str, str | None] | None,
    lang: Lang,
    terms: Terms,
    at: datetime,
    clocks: Sequence[Reading] | None = None,
) -> dict[str, Any]:
    """The complaint. With `texts` (the opened sealed texts by id) its words are shown; without, references stay out.

    Its clocks are those given, else read on `terms` at the moment `at`.
    """
    erased = say(lang, "access.erased")
    opened = texts or {}
    view: dict[str, Any] = {
        name: complaint[name]
        for name in (
            "id",
            "number",
            "state",
            "kind",
            "final",
            "version",
            "channel",
            "severity",
            "tags",
            "cause",
            "motives",
            "emotion",
            "verification",
            "sensitive",
            "round",
            "team",
            "source",
            "external_ref",
            "merged_into",
            "repeat_of",
            "place",
            "open_work_orders",
            "blocking_work_orders",
            "open_promises",
            "broken_promises",
            "open_grants",
            "callback_from",
            "callback_until",
            "next_deadline",
            "opened_at",
            "resolved_at",
            "closed_at",
            "closed_as",
            "state_since",
        )
    }
    view |= {
        "workflow": {"name": complaint["workflow"], "version": complaint["workflow_version"]},
        "customer": customer_view(customer, key) if customer is not None else {"id": complaint["customer_id"]},
        "owner": complaint["owner_id"],
        "assignee": complaint["assignee_id"],
        "lease": lease(complaint),
        "updated_at": complaint["last_at"],
        "counters": complaint["counters"],
        "attempts": [{**attempt, "at": datetime.fromisoformat(attempt["at"])} for attempt in complaint["attempts"]],
        "clocks": clock_views(readings_of(complaint, customer, terms, at) if clocks is None else clocks, lang),
        "timers": timers(complaint),
        "incident": {"id": complaint["incident_id"], "check": complaint["incident"]["check"]} if complaint["incident"] else None,
    }
    if texts is not None:
        view["text"] = opened.get(str(complaint["text_id"])) or erased
        view["remedy_sought"] = resolve(complaint["remedy_sought"], opened, erased)
        view["remedy"] = resolve(complaint["remedy"], opened, erased)
        view["network"] = resolve(complaint["network"], opened, erased)
        view["recorded"] = resolve(complaint["recorded"], opened, erased)
    return view


def timers(complaint: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The armed timers of the workflow, the nearest first."""
    armed = {name: entry for name, entry in complaint["armed"].items() if not name.startswith(f"{CLOCK}:")}
    found = [{"name": name, "due_at": datetime.fromisoformat(entry["due"])} for name, entry in armed.items()]
    return sorted(found, key=lambda timer: timer["due_at"])


def lease(complaint: Mapping[str, Any]) -> dict[str, Any] | None:
    """Who has it in hand from the queue, and until when; a lease that has run out says so by its time."""
    if complaint["leased_until"] is None:
        return None
    return {"by": complaint["leased_by"], "until": complaint["leased_until"]}


def event_view(event: Mapping[str, Any], texts: Mapping[str, str | None] | None, lang: Lang) -> dict[str, Any]:
    """An event; with `texts` the words that it refers to are shown."""
    data = event["data"] if texts is None else resolve(event["data"], texts, say(lang, "access.erased"))
    return {
        "id": event["id"],
        "seq": event["seq"],
        "type": event["type"],
        "at": event["at"],
        "occurred_at": event["occurred_at"],
        "actor": event["actor"],
        "actor_id": event["actor_id"],
        "on_behalf_of": event["on_behalf_of"],
        "role": event["role"],
        "transition": event["transition"],
        "from": event["from_state"],
        "to": event["to_state"],
        "data": data,
        "guards": event["guards"],
        "workflow_version": event["workflow_version"],
        "request_id": event["request_id"],
        "complaint_id": event["complaint_id"],
    }


def events_view(events: Sequence[Mapping[str, Any]], lang: Lang) -> list[dict[str, Any]]:
    """Events just written, without their words."""
    return [event_view(e, None, lang) for e in events]
