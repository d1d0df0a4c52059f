"""A message to the customer as a row of a plan; its words are those of the workflow, filled when it leaves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.db.ids import ordered_id
from app.db.statement import Insert
from app.outbox.tables import outbox
from app.texts import Lang


def message_row(
    complaint: Mapping[str, Any], at: datetime, seq: int, channel: str, message: str, fill: Mapping[Lang, Mapping[str, str]]
) -> Insert:
    """`message` of the complaint's workflow; `fill` holds what stands in its blanks in each language, nothing personal."""
    payload = {
        "message": message,
        "number": complaint["number"],
        "workflow": complaint["workflow"],
        "workflow_version": complaint["workflow_version"],
        "fill": fill,
    }
    row = {
        "id": ordered_id(at, seq),
        "complaint_id": complaint["id"],
        "customer_id": complaint["customer_id"],
        "topic": channel,
        "payload": payload,
        "created_at": at,
        "due_at": at,
        "status": "unsent",
        "attempts": 0,
    }
    return Insert(outbox, row)
