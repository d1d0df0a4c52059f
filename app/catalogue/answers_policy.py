"""Section `answers` of the policy: when an owner is told that an answer expires, and what passes a briefing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from app.workflow.reader import Reader
from app.workflow.yaml_source import Node


@dataclass(frozen=True, slots=True)
class AnswersPolicy:
    """`expiring`: how long before its end an answer counts as expiring; `pass_percent` unless the briefing says another."""

    expiring: timedelta
    pass_percent: int


DEFAULT = AnswersPolicy(timedelta(days=14), 80)


def read_answers(reader: Reader, node: Node | None, _names: Any) -> AnswersPolicy:
    """The section `answers`; DEFAULT without one."""
    section = None if node is None else reader.section(node, optional=("expiring_days", "pass_percent"))
    if section is None:
        return DEFAULT
    days, percent = section.integer("expiring_days"), section.integer("pass_percent")
    if days is not None and not 0 <= days <= 365:
        reader.problems.add(section.mark_of("expiring_days"), "days_expected")
        days = None
    if percent is not None and not 1 <= percent <= 100:
        reader.problems.add(section.mark_of("pass_percent"), "percent_expected")
        percent = None
    return AnswersPolicy(
        DEFAULT.expiring if days is None else timedelta(days=days), DEFAULT.pass_percent if percent is None else percent
    )
