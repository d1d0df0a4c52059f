"""Section `answers` of the policy: when an owner is told that an answer expires, and what passes a briefing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from app.workflow.reader import Reader
from app.workflow.reading import Names, number
from app.workflow.yaml_source import Node


@dataclass(frozen=True, slots=True)
class AnswersPolicy:
    """`expiring`: how long before its end an answer counts as expiring; `pass_percent` unless the briefing says another."""

    expiring: timedelta
    pass_percent: int


DEFAULT = AnswersPolicy(timedelta(days=14), 80)


def read_answers(reader: Reader, node: Node | None, _names: Names) -> AnswersPolicy:
    """The section `answers`; DEFAULT without one."""
    section = None if node is None else reader.section(node, optional=("expiring_days", "pass_percent"))
    if section is None:
        return DEFAULT
    days, percent = number(section, "expiring_days", 0, 365), number(section, "pass_percent", 1, 100)
    return AnswersPolicy(
        DEFAULT.expiring if days is None else timedelta(days=days), DEFAULT.pass_percent if percent is None else percent
    )
