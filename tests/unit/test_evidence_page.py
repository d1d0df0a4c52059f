"""The page of the evidence pack names whatever a complaint can have in both languages."""

from __future__ import annotations

from sqlalchemy import LargeBinary

import app.schema  # noqa: F401 - all tables
from app.calendars.loader import load_calendars
from app.db.metadata import metadata
from app.desk.evidence import LEFT_OUT
from app.desk.evidence_page import page
from app.texts import has
from app.workflow.loader import load
from tests.unit.test_calendars_loader import GOOD
from tests.unit.test_policy_words import WORDS
from tests.unit.workflow_builders import DELIVERED


def test_each_table_and_column_of_a_complaint_has_its_words():
    kept = [t for t in metadata.sorted_tables if "complaint_id" in t.c and t.name not in LEFT_OUT]
    rows = {t.name: [{c.name: None for c in t.c if not isinstance(c.type, LargeBinary)}] for t in kept}
    whole = {"taken": {"personal": False}, "complaint": {"number": "N"}, "events": [], **rows}
    told = page(whole, load(DELIVERED.read_text("utf-8"), WORDS), load_calendars(GOOD)["service"])
    heads = told.replace("<h2>", "<th>").replace("</h2>", "</th>").split("<th>")[1:]
    assert [head for head in (one.partition("</th>")[0] for one in heads) if " · " not in head] == []
    assert "<td>否 · no</td>" in told
    assert all(has(f"evidence.tables.{name}") for name in rows)
