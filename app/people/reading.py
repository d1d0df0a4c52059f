"""What the sections of this room have in common when they are read from YAML: stretches of plain time."""

from __future__ import annotations

from datetime import timedelta

from app.calendars.span import parse_plain
from app.workflow.reader import Section
from app.workflow.reading import one_value


def stretch(section: Section, name: str, otherwise: timedelta) -> timedelta:
    """A stretch of plain time such as `15 minutes` or `2 hours`; `otherwise` where the key is absent."""
    found = one_value(section, name, parse_plain, "not_a_stretch")
    return otherwise if found is None else found
