"""Who calls: how often lately, whether blocked, and what to do about it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.people.policy import CallersPolicy
from app.texts import Lang, Words


@dataclass(frozen=True, slots=True)
class Caller:
    """A customer as somebody who calls. `blocked`: {"reason", "by", "at", "until"} while it lasts."""

    complaints: int
    contacts: int
    days: int | None
    frequent: bool
    blocked: Mapping[str, Any] | None
    account_manager: str | None
    suggest: tuple[Words, ...]

    def view(self, policy: CallersPolicy | None, lang: Lang) -> dict[str, Any]:
        """As it is told to whoever handles the complaint."""
        blocked = None
        if self.blocked is not None:
            words = None if policy is None or policy.blocked is None else policy.blocked.reasons.get(self.blocked["reason"])
            title = self.blocked["reason"] if words is None else words.in_(lang)
            blocked = {name: self.blocked[name] for name in ("reason", "by", "at", "until")} | {"title": title}
        return {
            "frequent": self.frequent,
            "complaints": self.complaints,
            "contacts": self.contacts,
            "days": self.days,
            "blocked": blocked,
            "account_manager": self.account_manager,
            "suggestions": [words.in_(lang) for words in self.suggest],
        }


def blocked_at(customer: Mapping[str, Any], at: datetime) -> Mapping[str, Any] | None:
    """The record by which a customer is a blocked caller at `at`."""
    found: Mapping[str, Any] | None = customer["blocked"]
    if found is None or (found["until"] is not None and datetime.fromisoformat(found["until"]) <= at):
        return None
    return found


def caller(policy: CallersPolicy | None, customer: Mapping[str, Any], complaints: int, contacts: int, at: datetime) -> Caller:
    """How a customer stands, with this many complaints and contacts in the days that the policy looks at."""
    often = None if policy is None else policy.frequent
    frequent = often is not None and any(
        limit is not None and found >= limit for limit, found in ((often.complaints, complaints), (often.contacts, contacts))
    )
    blocked = blocked_at(customer, at)
    suggest: tuple[Words, ...] = ()
    if blocked is not None and policy is not None and policy.blocked is not None:
        suggest += policy.blocked.suggest
    if frequent and often is not None:
        suggest += often.suggest
    days = None if often is None else often.days
    return Caller(complaints, contacts, days, frequent, blocked, customer["account_manager"], suggest)


def team_of(policy: CallersPolicy | None, who: Caller) -> str | None:
    """The team to which policy sends such a caller's complaint; a blocked one's goes before a frequent one's."""
    if policy is None:
        return None
    if who.blocked is not None and policy.blocked is not None and policy.blocked.team is not None:
        return policy.blocked.team
    return policy.frequent.team if who.frequent and policy.frequent is not None else None
