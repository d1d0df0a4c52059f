"""The queue as SQL: what waits in it, who may take what, and in which order. Built of values; it reads nothing itself.

Everything that only this taker's rights decide is settled before (`Taker`), so that one statement can choose and lease.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    DateTime,
    Integer,
    Select,
    Text,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    tuple_,
    union_all,
)

from app.access.tables import app_user
from app.commitments.tables import promise
from app.complaints.tables import complaint
from app.customers.segments import LAST, Segments
from app.customers.tables import customer
from app.db.types import UtcDateTime
from app.people.person import OFFLINE
from app.people.policy import Needed
from app.people.queue_policy import QueuePolicy
from app.people.tables import person, queue_skip

WINDOW: Final = 200
"""The nearest deadlines among which segment, severity and the rest decide; more than so many never share one slot."""
_NEVER: Final = datetime(9999, 1, 1, tzinfo=UTC)
_holder, _holder_user = person.alias("holder"), app_user.alias("holder_user")


def deadline() -> ColumnElement[Any]:
    """The nearest deadline of a complaint."""
    return complaint.c.due_at


@dataclass(frozen=True, slots=True)
class Taker:
    """Who takes. `teams` None: of no team, and so of all. `lacking`: the skills that this person does not have well enough.

    `gated`: the stages, as (workflow, version, state), that a team in the care-only phase does not work in. `room` False:
    as much in hand as may be, so that only his own complaints are left.
    """

    id: UUID
    name: str
    teams: frozenset[str] | None
    lacking: Mapping[str, Needed]
    languages: frozenset[str]
    gated: Sequence[tuple[str, int, str]]
    room: bool


@dataclass(frozen=True, slots=True)
class Asking:
    """One question to the queue: the rules and the moment."""

    queue: QueuePolicy
    segments: Segments
    now: datetime
    dialect: str


def _least(dialect: str, *values: ColumnElement[Any]) -> ColumnElement[Any]:
    """The earliest of times that may be NULL, which count as never."""
    told = [func.coalesce(value, literal(_NEVER, UtcDateTime)) for value in values]
    return (func.min if dialect == "sqlite" else func.least)(*told, type_=UtcDateTime)


def promised() -> ColumnElement[Any]:
    """The nearest open promise of a complaint."""
    own = select(func.min(promise.c.due_at)).where(promise.c.complaint_id == complaint.c.id, promise.c.status == "open")
    return case((complaint.c.open_promises > 0, own.correlate(complaint).scalar_subquery()), else_=null())


def nearest(dialect: str) -> ColumnElement[Any]:
    """The nearest deadline or promise."""
    return _least(dialect, deadline(), promised())


def waiting(asking: Asking) -> ColumnElement[bool]:
    """Complaints that somebody should work on now."""
    queue, now = asking.queue, asking.now
    kinds = complaint.c.kind.in_(queue.kinds)
    answered = and_(complaint.c.kind == "waiting_internal", complaint.c.open_work_orders == 0)
    due = and_(complaint.c.kind.in_(queue.near_kinds), nearest(asking.dialect) <= literal(now + queue.near_within, UtcDateTime))
    agreed = or_(complaint.c.callback_from.is_(None), complaint.c.callback_from <= now)
    return and_(~complaint.c.final, or_(kinds, answered, due) if queue.near_kinds else or_(kinds, answered), agreed)


def free(now: datetime) -> ColumnElement[bool]:
    """Complaints that nobody has in hand."""
    return or_(complaint.c.leased_until.is_(None), complaint.c.leased_until <= now)


def holder() -> ColumnElement[Any]:
    """Whose complaint it is now: whoever was told to work on it, else its owner."""
    return func.coalesce(complaint.c.assignee_id, complaint.c.owner_id)


def absent_since(now: datetime) -> ColumnElement[Any]:
    """Since when the holder is not there; NULL: is there."""
    own = _holder.c
    return case((own.presence == OFFLINE, own.presence_since), (own.shift_until <= now, own.shift_until), else_=null())


def reserved(asking: Asking) -> ColumnElement[bool]:
    """Complaints that are kept for their holder: he is there, or has not been away for long, and there is time.

    An owner's are kept only while they are with his own team; what somebody was told to work on, wherever it is.
    """
    rule, now = asking.queue.reserve, asking.now
    works = or_(false(), *(cast(_holder_user.c.roles, Text).contains(f'"{role}"') for role in rule.roles))
    with_team = or_(complaint.c.team.is_(None), _holder_user.c.team.is_(None), complaint.c.team == _holder_user.c.team)
    told = complaint.c.assignee_id.is_not(None)
    there = or_(absent_since(now).is_(None), absent_since(now) > now - rule.team_after)
    time = or_(deadline().is_(None), deadline() > now + rule.before)
    return and_(_holder.c.id.is_not(None), _holder_user.c.active, or_(told, and_(works, with_team)), there, time)


def may_take(asking: Asking, taker: Taker) -> ColumnElement[bool]:
    """What this person may take: his own, what he stands in for, and what is open to his team."""
    now = asking.now
    mine = holder() == taker.id
    deputy = and_(_holder.c.deputy == taker.name, absent_since(now) <= now - asking.queue.reserve.deputy_after)
    passed = select(queue_skip.c.id).where(
        queue_skip.c.person_id == taker.id, queue_skip.c.complaint_id == complaint.c.id, queue_skip.c.until > now
    )
    ways: list[ColumnElement[bool]] = [mine, deputy]
    if taker.room:
        # A holder who is not there (NULL: nobody, or one who never said so) keeps nothing back.
        ways.append(and_(not_(func.coalesce(reserved(asking), false())), *_fits(asking, taker)))
    return and_(or_(*ways), ~exists(passed.correlate(complaint)))


def _fits(asking: Asking, taker: Taker) -> list[ColumnElement[bool]]:
    """What of the open work suits this person: team, skills, language, phase."""
    found: list[ColumnElement[bool]] = []
    if taker.teams is not None:
        found.append(or_(complaint.c.team.is_(None), complaint.c.team.in_(sorted(taker.teams))))
    for need in taker.lacking.values():
        waited = complaint.c.state_since <= asking.now - need.waits
        found.append(or_(~func.coalesce(needs(need), false()), waited))
    if asking.queue.language is not None and taker.languages:
        spoken = customer.c.attributes[asking.queue.language].as_string()
        found.append(or_(spoken.is_(None), spoken.in_(sorted(taker.languages))))
    if taker.gated:
        place = tuple_(complaint.c.workflow, complaint.c.workflow_version, complaint.c.state)
        found.append(place.not_in(list(taker.gated)))
    return found


def needs(need: Needed) -> ColumnElement[bool]:
    """The complaints that need a skill."""
    cases: list[ColumnElement[bool]] = []
    for tag in need.tags:
        # In the text of the JSON list, so that a group finds its leaves: "net" matches "net" and "net.slow".
        cases += [cast(complaint.c.tags, Text).contains(f'"{tag}{end}', autoescape=True) for end in ('"', ".")]
    if need.segments:
        cases.append(customer.c.segment.in_(need.segments))
    if need.severity is not None:
        cases.append(complaint.c.severity >= need.severity)
    return or_(false(), *cases)


def order(asking: Asking, taker: Taker | None) -> list[ColumnElement[Any]]:
    """The order as the policy has it, and at the end the exact deadline and the id, so that no two are equal."""
    known: dict[str, ColumnElement[Any]] = {
        "deadline": _slot(asking),
        "owner": case((holder() == taker.id, 0), else_=1) if taker is not None else literal(0),
        "segment": _rank(asking.segments),
        "severity": -complaint.c.severity,
        "opened": complaint.c.opened_at,
    }
    return [*(known[key] for key in asking.queue.order), nearest(asking.dialect), complaint.c.id]


def _slot(asking: Asking) -> ColumnElement[Any]:
    seconds = int(asking.queue.slot.total_seconds())
    at = nearest(asking.dialect)
    if asking.dialect == "sqlite":
        return cast(func.strftime("%s", at, type_=Text), Integer).op("/")(literal(seconds))
    return func.floor(func.extract("epoch", cast(at, DateTime(timezone=True))) / literal(seconds))


def _rank(segments: Segments) -> ColumnElement[Any]:
    ranks = {name: segment.rank for name, segment in segments.table.items()}
    return case(ranks, value=customer.c.segment, else_=LAST) if ranks else literal(LAST)


def joined(*columns: Any) -> Select[Any]:
    """Complaints with their customer and whoever holds them."""
    return (
        select(*columns)
        .select_from(complaint)
        .join(customer, customer.c.id == complaint.c.customer_id)
        .outerjoin(_holder, _holder.c.id == holder())
        .outerjoin(_holder_user, _holder_user.c.id == holder())
    )


def choosing(asking: Asking, taker: Taker, count: int = 1) -> CTE:
    """The ids of the first `count` complaints for `taker`, locked; what another is just taking is passed over."""
    open_to = and_(waiting(asking), free(asking.now), may_take(asking, taker))
    where: ColumnElement[bool] = open_to
    if asking.queue.order[0] == "deadline":
        by_deadline = joined(complaint.c.id).where(open_to).order_by(deadline().nulls_last(), complaint.c.id).limit(WINDOW)
        by_promise = (
            joined(complaint.c.id).where(open_to, complaint.c.open_promises > 0).order_by(promised(), complaint.c.id).limit(WINDOW)
        )
        near = union_all(select(by_deadline.subquery().c.id), select(by_promise.subquery().c.id)).cte("near")
        where = and_(complaint.c.id.in_(select(near.c.id)), ~complaint.c.final, free(asking.now))
    # The row itself is locked and looked at again, so that whoever comes second sees the lease of whoever came first.
    chosen = joined(complaint.c.id).where(where).order_by(*order(asking, taker)).limit(count)
    return chosen.with_for_update(of=complaint, skip_locked=True).cte("chosen")
