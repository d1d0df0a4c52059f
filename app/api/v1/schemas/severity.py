"""The criteria of severity as they are read."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from app.api.v1.schemas.answers import Out
from app.api.v1.schemas.answers_opening import Suggesting


class SeverityLevel(Out):
    """One of the four levels."""

    level: int
    title: str
    says: str


class SeverityCriterion(Suggesting):
    """What makes a complaint as severe as `level`."""

    when: Annotated[str | None, Field(description="The condition that the program checks; null: people judge.")]


class SeverityCriteria(Out):
    """All levels and criteria of the current policy."""

    policy_version: int
    levels: list[SeverityLevel]
    criteria: list[SeverityCriterion]
