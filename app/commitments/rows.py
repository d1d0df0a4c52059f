"""New promises and work orders as rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.audit.events import By
from app.db.ids import new_id


def promise_row(complaint: Mapping[str, Any], by: By, at: datetime, kind: str, due: datetime, text: Any) -> dict[str, Any]:
    """A new open promise of the complaint; `text` is a reference to the sealed words, or None."""
    return {
        "id": new_id(at),
        "complaint_id": complaint["id"],
        "customer_id": complaint["customer_id"],
        "kind": kind,
        "due_at": due,
        "text": text,
        "status": "open",
        "by": by.name,
        "made_at": at,
        "ended_at": None,
        "evidence": None,
    }


def work_order_row(
    complaint: Mapping[str, Any], by: By, at: datetime, department: str, request: Any, due: datetime | None
) -> dict[str, Any]:
    """A new work order of the complaint, just received by the department; `request` is a reference to the sealed words."""
    return {
        "id": new_id(at),
        "complaint_id": complaint["id"],
        "customer_id": complaint["customer_id"],
        "department": department,
        "request": request,
        "status": "received",
        "answer": None,
        "by": by.name,
        "created_at": at,
        "due_at": due,
        "fed_back_at": None,
        "told_at": None,
    }
