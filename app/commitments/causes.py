"""Confirmed causes: what a complaint was found to come from, by whom, on what evidence; a later finding ends the earlier one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, String, Table, text

from app.audit.events import By
from app.db.ids import new_id
from app.db.metadata import metadata
from app.db.types import Id, Json, UtcDateTime

cause = Table(
    "cause",
    metadata,
    Column("id", Id, primary_key=True),
    Column("complaint_id", Id, ForeignKey("complaint.id"), nullable=False),
    Column("customer_id", Id, nullable=False),
    Column("tag", String(81), nullable=False),
    Column("product", String(80)),
    Column("place", String(80)),
    Column("segment", String(40)),  # the customer's as it was then, like `plan`: reports must not change when he does
    Column("plan", String(80)),
    Column("evidence", Json, nullable=False),  # by reference
    Column("by_id", Id),
    Column("by", String(100), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),  # the complaint's
    Column("ended_at", UtcDateTime),  # when another cause was found instead
    Index("ix_cause_complaint_id_id", "complaint_id", "id"),
    Index(
        "ix_cause_opened_at", "opened_at", "tag", postgresql_where=text("ended_at IS NULL"), sqlite_where=text("ended_at IS NULL")
    ),
)


@dataclass(frozen=True, slots=True)
class Cause:
    """What is said of the cause; `evidence` in words, how it is known."""

    tag: str
    evidence: str
    product: str | None = None
    place: str | None = None


def cause_row(
    found: Cause, complaint: Mapping[str, Any], customer: Mapping[str, Any], by: By, at: datetime, evidence: Any
) -> dict[str, Any]:
    """The row of a confirmed cause; `evidence` is the reference to the sealed words."""
    return {
        "id": new_id(at),
        "complaint_id": complaint["id"],
        "customer_id": complaint["customer_id"],
        "tag": found.tag,
        "product": found.product,
        "place": found.place or customer["place"],
        "segment": customer["segment"],
        "plan": customer["plan"],
        "evidence": evidence,
        "by_id": by.id,
        "by": by.name,
        "at": at,
        "opened_at": complaint["opened_at"],
        "ended_at": None,
    }
