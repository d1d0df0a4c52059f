"""The complaint: one row that carries every fact a guard may read, so that one version protects them all."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, text

from app.db.fulltext import Grams
from app.db.metadata import metadata
from app.db.types import Id, Json, UtcDateTime

complaint = Table(
    "complaint",
    metadata,
    Column("id", Id, primary_key=True),
    Column("number", String(12), nullable=False, unique=True),
    Column("customer_id", Id, ForeignKey("customer.id"), nullable=False),
    Column("source", String(60)),
    Column("external_ref", String(120)),
    Column("workflow", String(60), nullable=False),
    Column("workflow_version", Integer, nullable=False),
    Column("state", String(80), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("final", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("channel", String(40), nullable=False),
    Column("severity", Integer, nullable=False),
    Column("sensitive", Boolean, nullable=False),
    Column("tags", Json, nullable=False),
    Column("cause", String(81)),  # the confirmed one, a leaf of the tag library; how it is known stands in `cause`
    Column("motives", Json, nullable=False),
    Column("emotion", Integer),
    Column("verification", Integer, nullable=False),  # highest level of the present contact: 0 none … 3 document or code
    Column("text_id", Id, nullable=False),
    Column("remedy_sought", Json),
    Column("remedy", Json),
    Column("recorded", Json, nullable=False),  # what the forms recorded, personal fields by reference
    Column("counters", Json, nullable=False),
    Column("round", Integer, nullable=False),
    Column("attempts", Json, nullable=False),  # call attempts of this round: [{"at", "outcome"}]
    Column("callback_from", UtcDateTime),
    Column("callback_until", UtcDateTime),
    Column("armed", Json, nullable=False),  # {timer name: {"seq": armed_by_seq, "due": time}}
    Column("due_at", UtcDateTime),  # the earliest armed timer
    Column("marks", Json),  # what its clocks go by: [[time, "kind:working"], …]; NULL: from before there were clocks
    Column("next_deadline", UtcDateTime),  # of the clocks that run now
    Column("open_work_orders", Integer, nullable=False),
    Column("blocking_work_orders", Integer, nullable=False, server_default="0"),  # of the open ones, those that hold it up
    Column("open_promises", Integer, nullable=False),
    Column("broken_promises", Integer, nullable=False),
    Column("open_grants", Integer, nullable=False, server_default="0"),  # asked for, not yet decided
    Column("owner_id", Id),
    Column("assignee_id", Id),
    Column("team", String(80)),
    Column("leased_by", Id),  # who has it in hand for some minutes, see desk.queue; no fact of the complaint, no step writes it
    Column("leased_at", UtcDateTime),
    Column("leased_until", UtcDateTime),
    Column("merged_into", Id),
    Column("repeat_of", Id),  # the earlier one about the same thing
    Column("incident_id", Id),
    Column("incident", Json),  # {"check": not_yet | asked | confirmed | still_wrong, "told": version of the incident}
    Column("place", String(80)),  # of a network complaint: city or county, never an address
    Column("network", Json),  # {"since", "place" and "device" by reference}
    Column("opened_at", UtcDateTime, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
    Column("last_contact_at", UtcDateTime),
    Column("state_since", UtcDateTime, nullable=False),
    Column("resolved_at", UtcDateTime),
    Column("closed_at", UtcDateTime),
    Column("closed_as", String(40)),  # what the closing step meant: confirm, no_answer, withdraw …; NULL while it goes on
    CheckConstraint("severity BETWEEN 1 AND 4", name="severity"),
    CheckConstraint("emotion BETWEEN 1 AND 5", name="emotion"),
    CheckConstraint("kind IN ('working', 'waiting_customer', 'waiting_internal', 'resolved', 'final')", name="kind"),
    CheckConstraint("open_work_orders >= 0 AND open_promises >= 0", name="counts"),
    Index("ix_complaint_opened_at_id", "opened_at", "id"),
    Index("ix_complaint_customer_id_id", "customer_id", "id"),
    Index("ix_complaint_state_opened_at_id", "state", "opened_at", "id"),
    Index("ix_complaint_assignee_id", "assignee_id", "opened_at", "id", postgresql_where=text("assignee_id IS NOT NULL")),
    Index("ix_complaint_owner_id", "owner_id", "opened_at", "id", postgresql_where=text("owner_id IS NOT NULL")),
    Index("ix_complaint_team", "team", "opened_at", "id", postgresql_where=text("team IS NOT NULL")),
    Index("ix_complaint_next_deadline", "next_deadline", "id", postgresql_where=text("next_deadline IS NOT NULL")),
    Index("ix_complaint_open", "next_deadline", "id", postgresql_where=text("NOT final"), sqlite_where=text("final = 0")),
    Index(
        "ix_complaint_leased_by",
        "leased_by",
        postgresql_where=text("leased_by IS NOT NULL"),
        sqlite_where=text("leased_by IS NOT NULL"),
    ),
    Index(
        "ix_complaint_incident_id",
        "incident_id",
        "id",
        postgresql_where=text("incident_id IS NOT NULL"),
        sqlite_where=text("incident_id IS NOT NULL"),
    ),
    Index(
        "uq_complaint_source_external_ref",
        "source",
        "external_ref",
        unique=True,
        postgresql_where=text("external_ref IS NOT NULL"),
        sqlite_where=text("external_ref IS NOT NULL"),
    ),
    Index("ix_complaint_tags", "tags", postgresql_using="gin", postgresql_ops={"tags": "jsonb_path_ops"}).ddl_if("postgresql"),
)

LEASE = ("leased_by", "leased_at", "leased_until")
FIXED = frozenset({"id", "number", "customer_id", "source", "external_ref", "text_id", "channel", "opened_at", *LEASE})
"""Columns that no step writes: most never change after the opening, the lease comes and goes beside the record."""

search_text = Table(
    "search_text",
    metadata,
    Column("text_id", Id, primary_key=True),
    Column("complaint_id", Id, nullable=False),
    Column("customer_id", Id, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),  # the complaint's, which never changes
    Column("trail", LargeBinary, nullable=False),  # before `grams`: SQLite reads a row from its start
    Column("grams", Grams, nullable=False),
    Index("ix_search_text_complaint_id", "complaint_id"),
    Index("ix_search_text_customer_id", "customer_id"),
    Index("ix_search_text_grams", "grams", postgresql_using="gin").ddl_if("postgresql"),
)
"""What can be searched of each sealed text: keyed hashes only, see `search_tokens`. Rows go with the customer's key."""
