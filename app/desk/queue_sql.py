"""The queue as SQL: what waits in it, who may take what, and in which order. Built of values; it reads nothing itself.

Everything that only this taker's rights decide is settled before (`Taker`), so that one statement can choose and lease. The
moment and the person are parameters (`Asking.params`): building such a statement costs more than running it, so that it is
built once for each kind of taker.
"""

from __future__ import annotations

from collections.abc import Iterable
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
    bindparam,
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
    true,
    union_all,
)

from app.access.tables import app_user
from app.commitments.tables import promise
from app.complaints.tables import complaint
from app.customers.segments import LAST, Segments
from app.customers.tables import customer
from app.db.types import Id, UtcDateTime
from app.people.person import OFFLINE
from app.people.policy import Needed
from app.people.queue_policy import QueuePolicy
from app.people.tables import person, queue_skip

WINDOW: Final = 64
"""The nearest deadlines among which segment, severity and the rest decide, where more than so many share one slot."""
_NEVER: Final = datetime(9999, 1, 1, tzinfo=UTC)
_holder, _holder_user = person.alias("holder"), app_user.alias("holder_user")


def deadline() -> ColumnElement[Any]:
    """The nearest deadline of a complaint."""
    return complaint.c.next_deadline


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of taker. `teams` None: of no team, and so of all. `lacking`: skills that are missing or not good enough.

    `gated`: the stages, as (workflow, version, state), that a team in the care-only phase does not work in. `room` False:
    as much in hand as may be, so that only one's own complaints are left.
    """

    teams: frozenset[str] | None
    lacking: tuple[tuple[str, Needed], ...]
    languages: frozenset[str]
    gated: tuple[tuple[str, int, str], ...]
    room: bool


@dataclass(frozen=True, slots=True)
class Taker:
    """Who takes, and of which kind."""

    id: UUID
    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Asking:
    """One question to the queue: the rules and the moment. `rules` tells the rules of one published state from another's."""

    queue: QueuePolicy
    segments: Segments
    now: datetime
    dialect: str
    rules: tuple[int, int]

    def params(self, taker: Taker | None = None) -> dict[str, Any]:
        """The parameters of the statements made here."""
        now, rule = self.now, self.queue.reserve
        known: dict[str, Any] = {
            "now": now,
            "near_until": now + self.queue.near_within,
            "team_since": now - rule.team_after,
            "deputy_since": now - rule.deputy_after,
            "kept_from": now + rule.before,
        }
        if taker is not None:
            known |= {"me": taker.id, "my_name": taker.name}
            known |= {f"waited_{name}": now - need.waits for name, need in taker.kind.lacking}
        return known


def at(name: str) -> ColumnElement[Any]:
    """A parameter that is a time."""
    return bindparam(name, type_=UtcDateTime)


ME: Final[ColumnElement[Any]] = bindparam("me", type_=Id)


def _one_of(column: ColumnElement[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """Whether `column` has one of a few values; written out, so that the statement's text is whole."""
    return or_(false(), *(column == value for value in values))


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
    queue = asking.queue
    kinds = _one_of(complaint.c.kind, queue.kinds)
    answered = and_(complaint.c.kind == "waiting_internal", complaint.c.open_work_orders == 0)
    due = and_(_one_of(complaint.c.kind, queue.near_kinds), nearest(asking.dialect) <= at("near_until"))
    agreed = or_(complaint.c.callback_from.is_(None), complaint.c.callback_from <= at("now"))
    return and_(~complaint.c.final, or_(kinds, answered, due) if queue.near_kinds else or_(kinds, answered), agreed)


def free() -> ColumnElement[bool]:
    """Complaints that nobody has in hand."""
    return or_(complaint.c.leased_until.is_(None), complaint.c.leased_until <= at("now"))


def holder() -> ColumnElement[Any]:
    """Whose complaint it is now: whoever was told to work on it, else its owner."""
    return func.coalesce(complaint.c.assignee_id, complaint.c.owner_id)


def absent_since() -> ColumnElement[Any]:
    """Since when the holder is not there; NULL: is there."""
    own = _holder.c
    return case((own.presence == OFFLINE, own.presence_since), (own.shift_until <= at("now"), own.shift_until), else_=null())


def reserved(asking: Asking) -> ColumnElement[bool]:
    """Complaints that are kept for their holder: he is there, or has not been away for long, and there is time.

    An owner's are kept only while they are with his own team; what somebody was told to work on, wherever it is.
    """
    works = or_(false(), *(cast(_holder_user.c.roles, Text).contains(f'"{role}"') for role in asking.queue.reserve.roles))
    with_team = or_(complaint.c.team.is_(None), _holder_user.c.team.is_(None), complaint.c.team == _holder_user.c.team)
    told = complaint.c.assignee_id.is_not(None)
    there = or_(absent_since().is_(None), absent_since() > at("team_since"))
    time = or_(deadline().is_(None), deadline() > at("kept_from"))
    return and_(_holder.c.id.is_not(None), _holder_user.c.active, or_(told, and_(works, with_team)), there, time)


def may_take(asking: Asking, kind: Kind) -> ColumnElement[bool]:
    """What a person of this kind may take: his own, what he stands in for, and what is open to his team."""
    deputy = and_(_holder.c.deputy == bindparam("my_name"), absent_since() <= at("deputy_since"))
    passed = select(queue_skip.c.id).where(
        queue_skip.c.person_id == ME, queue_skip.c.complaint_id == complaint.c.id, queue_skip.c.until > at("now")
    )
    ways: list[ColumnElement[bool]] = [holder() == ME, deputy]
    if kind.room:
        # A holder who is not there (NULL: nobody, or one who never said so) keeps nothing back.
        ways.append(and_(not_(func.coalesce(reserved(asking), false())), *_fits(asking, kind)))
    return and_(or_(*ways), ~exists(passed.correlate(complaint)))


def _fits(asking: Asking, kind: Kind) -> list[ColumnElement[bool]]:
    """What of the open work suits such a person: team, skills, language, phase."""
    found: list[ColumnElement[bool]] = []
    if kind.teams is not None:
        found.append(or_(complaint.c.team.is_(None), _one_of(complaint.c.team, sorted(kind.teams))))
    for name, need in kind.lacking:
        found.append(or_(~func.coalesce(needs(need), false()), complaint.c.state_since <= at(f"waited_{name}")))
    if asking.queue.language is not None and kind.languages:
        spoken = customer.c.attributes[asking.queue.language].as_string()
        found.append(or_(spoken.is_(None), _one_of(spoken, sorted(kind.languages))))
    for workflow, version, state in kind.gated:
        own = complaint.c
        found.append(~and_(own.workflow == workflow, own.workflow_version == version, own.state == state))
    return found


def needs(need: Needed) -> ColumnElement[bool]:
    """The complaints that need a skill."""
    cases: list[ColumnElement[bool]] = []
    for tag in need.tags:
        # In the text of the JSON list, so that a group finds its leaves: "net" matches "net" and "net.slow".
        cases += [cast(complaint.c.tags, Text).contains(f'"{tag}{end}', autoescape=True) for end in ('"', ".")]
    if need.segments:
        cases.append(_one_of(customer.c.segment, need.segments))
    if need.severity is not None:
        cases.append(complaint.c.severity >= need.severity)
    return or_(false(), *cases)


def order(asking: Asking, *, personal: bool) -> list[ColumnElement[Any]]:
    """The order as the policy has it, and at the end the exact deadline and the id, so that no two are equal."""
    known: dict[str, ColumnElement[Any]] = {
        "deadline": _slot(asking),
        "owner": case((holder() == ME, 0), else_=1) if personal else literal(0),
        "segment": _rank(asking.segments),
        "severity": -complaint.c.severity,
        "opened": complaint.c.opened_at,
    }
    return [*(known[key] for key in asking.queue.order), nearest(asking.dialect), complaint.c.id]


def _slot(asking: Asking) -> ColumnElement[Any]:
    seconds = int(asking.queue.slot.total_seconds())
    due = nearest(asking.dialect)
    if asking.dialect == "sqlite":
        return cast(func.strftime("%s", due, type_=Text), Integer).op("/")(literal(seconds))
    return func.floor(func.extract("epoch", cast(due, DateTime(timezone=True))) / literal(seconds))


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


def choosing(asking: Asking, kind: Kind, *, near: bool) -> CTE:
    """The id of the first complaint for such a taker, locked; what another is just taking is passed over.

    `near`: only among the nearest deadlines and promises of the team, where the first is found unless all of those are kept
    for others; that is what an index serves. Only where the deadline comes first in the order.
    """
    where = [waiting(asking), free(), may_take(asking, kind)]
    if near:
        where.insert(0, complaint.c.id.in_(_nearest(asking, kind)))
    # The row itself is locked and looked at again, so that whoever comes second sees the lease of whoever came first.
    chosen = joined(complaint.c.id).where(*where).order_by(*order(asking, personal=True)).limit(1)
    return chosen.with_for_update(of=complaint, skip_locked=True).cte("chosen")


def _nearest(asking: Asking, kind: Kind) -> Select[Any]:
    """The ids of complaints near their deadlines that may be for such a taker, and of those whose promises are nearest."""
    own = complaint.alias("near_by")
    answered = and_(own.c.kind == "waiting_internal", own.c.open_work_orders == 0)
    kinds = or_(_one_of(own.c.kind, [*asking.queue.kinds, *asking.queue.near_kinds]), answered)
    idle = or_(own.c.leased_until.is_(None), own.c.leased_until <= at("now"))
    mine = or_(own.c.owner_id == ME, own.c.assignee_id == ME)
    teams = true() if kind.teams is None else or_(own.c.team.is_(None), _one_of(own.c.team, sorted(kind.teams)), mine)
    by_deadline = select(own.c.id).where(~own.c.final, kinds, idle, teams).order_by(own.c.next_deadline.nulls_last(), own.c.id)
    by_promise = select(promise.c.complaint_id.label("id")).where(promise.c.status == "open").order_by(promise.c.due_at)
    parts = [by_deadline.limit(WINDOW).subquery(), by_promise.limit(5 * WINDOW).subquery()]
    return select(union_all(*(select(part.c.id) for part in parts)).subquery().c.id)
