"""The parameters of the comparators' statements, made the same way for (a) and (b)."""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from app.db.ids import new_id
from bench.store import Dialect
from bench.work import FIRST_STATE, STATES, customer_ids

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ANSWER_WITHIN = timedelta(hours=48)


def for_database(row: dict[str, Any], dialect: Dialect) -> dict[str, Any]:
    """SQLite has no uuid and no timestamp: both travel as text there."""
    if dialect == "postgresql":
        return row
    return {name: value if isinstance(value, (int, str)) else str(value) for name, value in row.items()}


def seeds() -> list[dict[str, Any]]:
    return [
        {"id": identifier, "external_id": f"c{n:05d}", "name": f"客户{n:05d}", "segment": "mass"}
        for n, identifier in enumerate(customer_ids())
    ]


def opening(customer_id: object, channel: str, severity: int, text: str) -> dict[str, Any]:
    at = datetime.now(UTC)
    number = at.strftime("%y%m%d") + "".join(secrets.choice(ALPHABET) for _ in range(10))
    return {
        "id": new_id(at),
        "number": number,
        "customer_id": customer_id,
        "state": FIRST_STATE,
        "channel": channel,
        "severity": severity,
        "text": text,
        "version": 0,
        **_beside(at, {"channel": channel, "severity": severity}),
    }


def moving(identifier: object, state: str, version: int, transition: str, data: dict[str, Any]) -> dict[str, Any]:
    """Raises KeyError when `transition` does not start at `state`."""
    return {
        "id": identifier,
        "state": STATES[state, transition],
        "version": version,
        **_beside(datetime.now(UTC), {"transition": transition, "from": state, "data": data}),
    }


def _beside(at: datetime, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "at": at,
        "event_id": new_id(at),
        "actor": "bench",
        "data": json.dumps(data, ensure_ascii=False),
        "timer_id": new_id(at),
        "timer": "answer",
        "due_at": at + ANSWER_WITHIN,
    }
