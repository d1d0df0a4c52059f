"""The section `queue` of the policy: what waits in it, who may take what, and which comes first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from app.people.reading import stretch
from app.texts import Words
from app.workflow.reader import Reader, Section
from app.workflow.reading import Names, chosen, titled
from app.workflow.yaml_source import Node

KEYS: Final = ("deadline", "owner", "segment", "severity", "opened")
"""By what the queue can be ordered; the first key that differs decides, and at the end the exact deadline."""
KINDS: Final = ("working", "waiting_customer", "waiting_internal", "resolved")
_LEASE: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Reserve:
    """For whom a complaint is kept: its owner while he is there, his deputy after, and then everybody of the team.

    `before`: so near to the deadline it is kept for nobody. `roles`: only owners who work on complaints to their end have
    one kept, so that the first line, which hands on, holds nothing up.
    """

    roles: tuple[str, ...] = ("handler", "shop", "account_manager")
    deputy_after: timedelta = timedelta(0)
    team_after: timedelta = timedelta(minutes=30)
    before: timedelta = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class QueuePolicy:
    """All of the section; as it stands here it is the queue of a house that says nothing about it."""

    order: tuple[str, ...] = ("deadline", "owner", "segment", "severity")
    slot: timedelta = timedelta(minutes=15)
    lease: timedelta = _LEASE
    extend: timedelta = _LEASE
    longest: timedelta = timedelta(hours=1)
    kinds: tuple[str, ...] = ("working",)
    near_kinds: tuple[str, ...] = ()
    near_within: timedelta = timedelta(0)
    reserve: Reserve = Reserve()
    first_step_owns: bool = False
    skill_needed_to_assign: bool = False
    language: str | None = None
    skip_reasons: Mapping[str, Words] = field(default_factory=dict)
    skip_again: timedelta = timedelta(hours=1)


_KEYS: Final = (
    *("order", "slot", "lease", "extend", "longest", "kinds", "near", "reserve", "first_step_owns"),
    *("skill_needed_to_assign", "language", "skip"),
)


def read_queue(reader: Reader, node: Node | None, names: Names) -> QueuePolicy:
    """The section `queue`."""
    plain = QueuePolicy()
    section = None if node is None else reader.section(node, optional=_KEYS)
    if section is None:
        return plain
    near = section.section("near", required=("kinds", "within"))
    skip = section.section("skip", required=("reasons",), optional=("again_after",))
    kinds = chosen(section, "kinds", KINDS, "unknown_kind")
    language = section.name("language")
    slot = stretch(section, "slot", plain.slot)
    if slot < timedelta(minutes=1):
        reader.problems.add(section.mark_of("slot"), "not_a_stretch", name="slot")
    return QueuePolicy(
        order=chosen(section, "order", KEYS, "unknown_order_key") or plain.order,
        slot=max(slot, timedelta(minutes=1)),
        lease=stretch(section, "lease", plain.lease),
        extend=stretch(section, "extend", plain.extend),
        longest=stretch(section, "longest", plain.longest),
        kinds=kinds or plain.kinds,
        near_kinds=() if near is None else chosen(near, "kinds", KINDS, "unknown_kind"),
        near_within=timedelta(0) if near is None else stretch(near, "within", timedelta(0)),
        reserve=_reserve(section, names),
        first_step_owns=section.flag("first_step_owns"),
        skill_needed_to_assign=section.flag("skill_needed_to_assign"),
        language=None if language is None else language.text,
        skip_reasons={} if skip is None else titled(skip, "reasons"),
        skip_again=plain.skip_again if skip is None else stretch(skip, "again_after", plain.skip_again),
    )


def _reserve(section: Section, names: Names) -> Reserve:
    plain = Reserve()
    given = section.section("reserve", optional=("roles", "deputy_after", "team_after", "before"))
    if given is None:
        return plain
    roles = chosen(given, "roles", names.roles, "unknown_role")
    return Reserve(
        roles or plain.roles,
        stretch(given, "deputy_after", plain.deputy_after),
        stretch(given, "team_after", plain.team_after),
        stretch(given, "before", plain.before),
    )
