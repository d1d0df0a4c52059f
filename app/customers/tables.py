"""Customers and their consents. What names a person is sealed; what finds a person is a keyed hash."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from app.db.metadata import metadata
from app.db.types import Id, Json, UtcDateTime

customer = Table(
    "customer",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key_id", Id, ForeignKey("data_key.id"), nullable=False),
    Column("same_as", Id),  # a provisional row that was matched later: reads resolve it, no row is rewritten
    Column("provisional", Boolean, nullable=False),
    Column("external_hash", LargeBinary(32), unique=True),
    Column("phone_hash", LargeBinary(32)),
    Column("last4_hash", LargeBinary(32)),
    Column("sealed", LargeBinary, nullable=False),  # {external_id, name, phone, …} under the customer's own key
    Column("segment", String(40)),
    Column("plan", String(80)),
    Column("place", String(80)),
    Column("sensitive", Boolean, nullable=False),
    Column("account_manager", String(100)),  # the user's name, as the CRM has it
    Column("blocked", Json),  # {"reason", "by", "at", "until"}: a blocked caller; the events tell of earlier ones
    Column("consents", Json, nullable=False),  # {"marketing.phone": "granted" | "denied" | "withdrawn"}; absent = unknown = no
    Column("attributes", Json, nullable=False),  # facts from the CRM that name nobody
    Column("version", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Index("ix_customer_phone_hash", "phone_hash"),
    Index("ix_customer_last4_hash", "last4_hash"),
)

consent = Table(
    "consent",
    metadata,
    Column("id", Id, primary_key=True),
    Column("customer_id", Id, ForeignKey("customer.id"), nullable=False, index=True),
    Column("purpose", String(40), nullable=False),
    Column("channel", String(40), nullable=False),
    Column("status", String(20), nullable=False),
    Column("evidence", Json, nullable=False),
    Column("by", String(100), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)
