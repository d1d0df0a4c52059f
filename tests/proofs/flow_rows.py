"""The complaint's row and its events on one side, the model on the other, in one shape that can be compared."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tests.proofs.flow_model import Case, Told
from tests.proofs.flow_yaml import delivered


def as_case(row: Mapping[str, Any]) -> dict[str, Any]:
    """A complaint's row as far as the model knows it."""
    plain = (
        "state",
        "version",
        "severity",
        "sensitive",
        "emotion",
        "round",
        "open_work_orders",
        "blocking_work_orders",
        "open_promises",
        "broken_promises",
    )
    armed = {name: entry for name, entry in row["armed"].items() if not name.startswith("clock:")}  # it knows no clocks
    return {name: row[name] for name in plain} | {
        "final": row["final"],
        "kind": row["kind"],
        "since": row["state_since"],
        "owner": str(row["owner_id"]) if row["owner_id"] else None,
        "assignee": str(row["assignee_id"]) if row["assignee_id"] else None,
        "team": row["team"],
        "counters": dict(row["counters"]),
        "motives": tuple(row["motives"]),
        "resolved_at": row["resolved_at"],
        "closed_at": row["closed_at"],
        "attempts": [(a["at"], a["outcome"]) for a in row["attempts"]],
        "callback": (row["callback_from"], row["callback_until"]) if row["callback_from"] else None,
        "remedy": (row["remedy"] or {}).get("kind"),
        "recorded": set(row["recorded"]),
        "armed": {name: (entry["seq"], entry["due"]) for name, entry in armed.items()},
        "due_at": min((datetime.fromisoformat(entry["due"]) for entry in armed.values()), default=None),
    }


def as_facts(case: Case) -> dict[str, Any]:
    """The same of the model."""
    stage = _stage(case)
    names = (
        "state",
        "version",
        "severity",
        "sensitive",
        "emotion",
        "round",
        "open_work_orders",
        "blocking_work_orders",
        "open_promises",
        "broken_promises",
    )
    more = ("since", "owner", "assignee", "team", "motives", "resolved_at", "closed_at", "callback", "remedy")
    return {name: getattr(case, name) for name in names + more} | {
        "final": stage["kind"] == "final",
        "kind": stage["kind"],
        "counters": dict(case.counters),
        "attempts": [(at.isoformat(), outcome) for at, outcome in case.attempts],
        "recorded": set(case.recorded),
        "armed": {name: (seq, due.isoformat()) for name, (seq, due) in case.armed.items()},
        "due_at": min((due for _, due in case.armed.values()), default=None),
    }


def as_told(row: Mapping[str, Any]) -> Told:
    """An event's row as the model tells it."""
    return Told(row["type"], row["seq"], row["transition"], row["from_state"], row["to_state"])


def _stage(case: Case) -> Mapping[str, Any]:
    return delivered().stages[case.state]
