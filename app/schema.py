"""Every room's tables, imported once for the migrations."""

from __future__ import annotations

import app.access.tables
import app.audit.tables
import app.catalogue.answers_tables
import app.catalogue.tables
import app.commitments.appeal_tables
import app.commitments.causes
import app.commitments.feedback
import app.commitments.grants_tables
import app.commitments.incident_tables
import app.commitments.panels
import app.commitments.suggestions
import app.commitments.tables
import app.complaints.tables
import app.contacts.tables
import app.customers.tables
import app.desk.bulk_tables
import app.integrations.feeds.tables
import app.outbox.tables
import app.people.tables
import app.timers.tables  # noqa: F401
from app.db.metadata import metadata

__all__ = ["metadata"]
