"""Section `feedback` of the policy: who answers which suggestion, by when, and when an addressee is reminded."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from app.workflow.reader import Reader, Section
from app.workflow.yaml_source import Node


class Names(Protocol):
    """The names of other files: roles always, tags where they are at hand."""

    @property
    def roles(self) -> frozenset[str]:
        """Roles that a user may hold."""

    @property
    def tags(self) -> frozenset[str] | None:
        """Tags of the library that it is published beside."""


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
    days = _days(reader, section, "answer_days", 10)
    remind = [each for item in section.items("remind_days") if (each := _day(reader, item)) is not None]
    return FeedbackPolicy(
        tuple(routes),
        otherwise or DEFAULT.otherwise,
        timedelta(days=days),
        tuple(sorted({timedelta(days=n) for n in remind}, reverse=True)) or DEFAULT.remind,
    )


def _route(reader: Reader, node: Node, names: Names) -> Route | None:
    section = reader.section(node, optional=("tags", "products", "user", "role"))
    if section is None:
        return None
    owner = _owner(reader, section, names)
    tags = _texts(reader, section, "tags", names.tags)
    products = _texts(reader, section, "products", None)
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


def _texts(reader: Reader, section: Section, name: str, known: Collection[str] | None) -> tuple[str, ...]:
    found: list[str] = []
    for item in section.items(name):
        scalar = reader.scalar(item)
        if scalar is None:
            continue
        if known is not None and scalar.text not in known:
            reader.problems.unknown(scalar.mark, "tag_unknown", scalar.text, known)
        found.append(scalar.text)
    return tuple(found)


def _days(reader: Reader, section: Section, name: str, default: int) -> int:
    node = section.get(name)
    found = None if node is None else _day(reader, node)
    return default if found is None else found


def _day(reader: Reader, node: Node) -> int | None:
    scalar = reader.scalar(node)
    if scalar is None:
        return None
    if not scalar.text.isascii() or not scalar.text.isdigit() or int(scalar.text) > 365:
        reader.problems.add(scalar.mark, "days_expected")
        return None
    return int(scalar.text)
