"""Incidents: the business's rules for them, and which of them a complaint is likely about. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from app.workflow.reader import Reader
from app.workflow.reading import Names, number
from app.workflow.yaml_source import Node

STEPS: Final[Mapping[str, tuple[str, ...]]] = {"open": ("repaired",), "repaired": ("open", "closed"), "closed": ()}
"""How an incident may move; one that was not repaired after all is open again."""
CHECKS: Final = ("not_yet", "asked", "confirmed", "still_wrong")


@dataclass(frozen=True, slots=True)
class IncidentRules:
    """By which channel its customers are told; `within`: how long before it began one may have complained of it."""

    channel: str
    within: timedelta


def read_incidents(reader: Reader, node: Node | None, _names: Names) -> IncidentRules | None:
    """The section `incidents`."""
    if node is None:
        return None
    section = reader.section(node, required=("channel",), optional=("suggest_within_hours",))
    if section is None:
        return None
    channel = section.one_of("channel", ("sms", "email"), "unknown_policy_name")
    hours = number(section, "suggest_within_hours", 1, 2_160)
    return IncidentRules(channel or "sms", timedelta(hours=hours or 72))


def why_likely(
    incident: Mapping[str, Any], tags: Sequence[str], place: str | None, began: datetime, within: timedelta
) -> list[dict[str, Any]]:
    """Why a complaint may be about `incident`, [] where it is not: the cause must fit, and the place where one is told."""
    cause = incident["cause"]
    same = [tag for tag in tags if tag == cause or tag.startswith(cause + ".") or cause.startswith(tag + ".")]
    here = [area for area in incident["areas"] if place is not None and (area in place or place in area)]
    if not same or (place is not None and incident["areas"] and not here):
        return []
    over = incident["repaired_at"]
    if began < incident["began_at"] - within or (over is not None and began > over):
        return []
    why: list[dict[str, Any]] = [{"code": "same_cause", "values": same}]
    return [*why, {"code": "same_place", "values": here}] if here else why
