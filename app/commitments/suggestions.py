"""Suggestions: who made them, who answers them, and that the answer was told. Words are sealed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, LargeBinary, String, Table

from app.audit.events import By
from app.commitments.feedback_policy import FeedbackPolicy
from app.db.ids import new_id
from app.db.metadata import metadata
from app.db.types import Id, Json, UtcDateTime

SOURCES: Final = ("customer", "handler", "shop")
"""Who may make a suggestion."""

suggestion = Table(
    "suggestion",
    metadata,
    Column("id", Id, primary_key=True),
    Column("complaint_id", Id, ForeignKey("complaint.id")),  # NULL: made apart from any complaint
    Column("customer_id", Id),
    Column("source", String(20), nullable=False),
    Column("words", Json),  # by reference, under the customer's key
    Column("sealed", LargeBinary),  # the words where there is no customer, under the vault's own key
    Column("tag", String(81)),
    Column("product", String(80)),
    Column("owner", String(100)),  # a person by account name, or else whoever holds `owner_role`
    Column("owner_role", String(40)),
    Column("status", String(20), nullable=False),
    Column("by_id", Id),
    Column("by", String(100), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("answer", Json),
    Column("answer_sealed", LargeBinary),
    Column("answered_by", String(100)),
    Column("answered_at", UtcDateTime),
    Column("told_how", String(40)),
    Column("told_by", String(100)),
    Column("told_at", UtcDateTime),
    Column("reminded_at", UtcDateTime),  # when the owner was told that the answer is late
    CheckConstraint("source IN ('customer', 'handler', 'shop')", name="source"),
    CheckConstraint("status IN ('open', 'answered', 'told')", name="status"),
    CheckConstraint("owner IS NOT NULL OR owner_role IS NOT NULL", name="owned"),
    Index("ix_suggestion_status_id", "status", "id"),
    Index("ix_suggestion_complaint_id", "complaint_id"),
    Index("ix_suggestion_customer_id", "customer_id"),
)


def suggestion_row(
    policy: FeedbackPolicy,
    by: By,
    at: datetime,
    source: str,
    *,
    tag: str | None = None,
    product: str | None = None,
    complaint: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A new open suggestion with its owner by the policy; its words are the caller's to add, as `words` or `sealed`."""
    owner = policy.owner(tag, product)
    return {
        "id": new_id(at),
        "complaint_id": None if complaint is None else complaint["id"],
        "customer_id": None if complaint is None else complaint["customer_id"],
        "source": source,
        "words": None,
        "sealed": None,
        "tag": tag,
        "product": product,
        "owner": owner.user,
        "owner_role": owner.role,
        "status": "open",
        "by_id": by.id,
        "by": by.name,
        "at": at,
        "due_at": at + policy.answer_within,
        **dict.fromkeys(("answer", "answer_sealed", "answered_by", "answered_at", "told_how", "told_by", "told_at", "reminded_at")),
    }
