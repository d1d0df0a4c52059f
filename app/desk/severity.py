"""What the written criteria of severity say of a complaint as it stands."""

from __future__ import annotations

from typing import Any

from app.complaints.severity import told
from app.desk import facts
from app.desk.situation import Situation


def suggested(situation: Situation) -> dict[str, Any] | None:
    """{"level", "criteria"}; None where no criterion holds."""
    rules = situation.terms.policy.severity
    return None if rules is None else told(rules, facts.known(situation, rules.facts))
