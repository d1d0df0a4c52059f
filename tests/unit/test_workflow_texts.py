"""Every text of the room is used, and every code the room tells has its text."""

from __future__ import annotations

import re

from app.texts import catalogue
from tests.unit.workflow_builders import DELIVERED

APP = DELIVERED.parents[1] / "app"
SOURCE = "\n".join(file.read_text("utf-8") for file in sorted((APP / "workflow").glob("*.py")))
READERS = "\n".join(file.read_text("utf-8") for file in sorted(APP.rglob("*.py")))  # rooms read their section of the policy
LITERALS = {key.rsplit(".", 1)[-1] for key in re.findall(r'"([\w.]+)"', READERS)}
BUILT = {"field_control_character_string", "field_control_character_text"}  # by the type of the field


def test_no_text_is_left_over():
    keys = {key for key in catalogue("en") if key.startswith("workflow.")}
    left = {key for key in keys if key.rsplit(".", 1)[-1] not in LITERALS | BUILT}
    assert {key for key in left if not key.startswith("workflow.diagram.kinds.")} == set()


def test_every_code_has_its_text():
    told = re.findall(r'problems\.(?:add|unknown|choose)\([^"()]*(?:\([^()]*\))?[^"()]*"(\w+)"', SOURCE)
    assert len(told) > 50
    assert {code for code in told if f"workflow.load.{code}" not in catalogue("en")} == set()
    refused = re.findall(r'_Bad\("(\w+)"\)', SOURCE)
    assert {code for code in refused if f"workflow.form.{code}" not in catalogue("en")} == set()
