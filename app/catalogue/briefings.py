"""Which products a person may offer: those whose briefings were read and passed in their current version. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Briefing:
    """A published version of a briefing: which product it is about, and when it holds."""

    version_id: UUID
    article_id: UUID
    version: int
    product: str
    valid_from: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Passed:
    """Who passed which version, when."""

    person: UUID
    version_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Offering:
    """The table that `may_offer` reads: the briefings that are published, and who passed them."""

    briefings: Sequence[Briefing]
    passed: Sequence[Passed]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the product may be offered; `missing`: the briefings that stand in the way."""

    allowed: bool
    missing: tuple[Briefing, ...] = ()


def may_offer(table: Offering, person: UUID, product: str, at: datetime) -> Verdict:
    """Whether `person` may offer `product` at `at`: each briefing that holds then was passed by then, in just this version.

    A product without a briefing may be offered by everybody: nothing about it has changed.
    """
    mine = {one.version_id for one in table.passed if one.person == person and one.at <= at}
    due = [one for one in table.briefings if one.product == product and one.valid_from <= at < one.expires_at]
    missing = tuple(one for one in due if one.version_id not in mine)
    return Verdict(not missing, missing)


def score(questions: Sequence[Mapping[str, Any]], answers: Sequence[int]) -> int:
    """The share of right answers in per cent, rounded down."""
    right = sum(1 for question, answer in zip(questions, answers, strict=True) if question["right"] == answer)
    return 100 * right // len(questions)


def shown_status(row: Mapping[str, Any], at: datetime) -> str:
    """A version's status as people see it: what is published has an end of its own."""
    return "expired" if row["status"] == "published" and row["expires_at"] <= at else str(row["status"])
