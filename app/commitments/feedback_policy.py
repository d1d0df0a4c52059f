"""Section `feedback` of the policy: who answers which suggestion, by when, and when an addressee is reminded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from app.workflow.reader import Reader, Section
from app.workflow.reading import Names, each_of, each_value, one_value
from app.workflow.yaml_source import Node

MOST_DAYS: Final = 365


@dataclass(frozen=True, slots=True)
class Owner:
    """Who answers: a person by account name, or whoever holds a role."""

    user: str | None
    role: str | None


@dataclass(frozen=True, slots=True)
class Route:
    """One row: a suggestion with one of `tags` (a group counts for its leaves) and of `products` goes to `owner`."""

    tags: tuple[str, ...]
    products: tuple[str, ...]
    owner: Owner

    def fits(self, tag: str | None, product: str | None) -> bool:
        """Whether it is about this."""
        tagged = not self.tags or (tag is not None and bool({tag, tag.partition(".")[0]} & set(self.tags)))
        return tagged and (not self.products or product in self.products)


@dataclass(frozen=True, slots=True)
class FeedbackPolicy:
    """The section. `routes` are tried in order; `remind`: so long before the due time, 0 for the time itself."""

    routes: tuple[Route, ...]
    otherwise: Owner
    answer_within: timedelta
    remind: tuple[timedelta, ...]

    def owner(self, tag: str | None, product: str | None) -> Owner:
        """Who answers a suggestion about this."""
        return next((route.owner for route in self.routes if route.fits(tag, product)), self.otherwise)


DEFAULT = FeedbackPolicy((), Owner(None, "supervisor"), timedelta(days=10), (timedelta(days=3), timedelta(0)))
"""Where the policy has no such section: a supervisor answers everything."""


def read_feedback(reader: Reader, node: Node | None, names: Names) -> FeedbackPolicy:
    """The section `feedback`; DEFAULT without one."""
    section = (
        None if node is None else reader.section(node, required=("otherwise",), optional=("owners", "answer_days", "remind_days"))
    )
    if section is None:
        return DEFAULT
    other = section.section("otherwise", optional=("user", "role"))
    otherwise = None if other is None else _owner(reader, other, names)
    routes = [found for item in section.items("owners") if (found := _route(reader, item, names)) is not None]
    within = one_value(section, "answer_days", _day, "days_expected", most=MOST_DAYS)
    remind = each_value(section, "remind_days", _day, "days_expected", most=MOST_DAYS)
    return FeedbackPolicy(
        tuple(routes),
        otherwise or DEFAULT.otherwise,
        DEFAULT.answer_within if within is None else within,
        tuple(sorted(set(remind), reverse=True)) or DEFAULT.remind,
    )


def _route(reader: Reader, node: Node, names: Names) -> Route | None:
    section = reader.section(node, optional=("tags", "products", "user", "role"))
    if section is None:
        return None
    owner = _owner(reader, section, names)
    tags = each_of(section, "tags", names.tags, "tag_unknown")
    products = each_value(section, "products", str, "not_a_label")
    if not tags and not products:
        reader.problems.add(section.mark, "feedback_route_empty")
    return None if owner is None else Route(tags, products, owner)


def _owner(reader: Reader, section: Section, names: Names) -> Owner | None:
    user, role = section.get("user"), section.get("role")
    if (user is None) == (role is None):
        reader.problems.add(section.mark, "feedback_owner")
        return None
    if role is not None:
        return Owner(None, section.one_of("role", names.roles, "unknown_role"))
    scalar = None if user is None else reader.scalar(user)
    return None if scalar is None else Owner(scalar.text, None)


def _day(text: str) -> timedelta:
    if not text.isascii() or not text.isdigit() or int(text) > MOST_DAYS:
        raise ValueError(text)
    return timedelta(days=int(text))
