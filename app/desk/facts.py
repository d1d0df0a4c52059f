"""The one table of facts: what guards and targeting may refer to, how each is read, and its SQL or why it has none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.calendars.time import day_part, local_date, working_days_between
from app.desk.readings import breached
from app.desk.situation import Situation
from app.people.callers import blocked_at
from app.rules.facts import FactDecl
from app.texts import Words
from app.workflow.definition import Definition
from app.workflow.forms import recorded_facts

UNKNOWN = None
"""A loader answers None where the fact is unknown; it is then left out, and guards see `known_<fact>` false."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact: CEL type, words, how it is read, and the SQL column it equals (`sql`) or the reason why none."""

    name: str
    type: str
    title: Words
    load: Callable[[Situation], Any]
    optional: bool = False
    sql: str | None = None
    no_sql: str = ""


def _column(name: str) -> Callable[[Situation], Any]:
    return lambda s: s.complaint[name]


def _counter(name: str) -> Callable[[Situation], Any]:
    return lambda s: s.complaint["counters"].get(name, 0)


def _customer(name: str) -> Callable[[Situation], Any]:
    return lambda s: s.customer[name]


def _attempt_times(s: Situation) -> list[datetime]:
    """The calls that found nobody since somebody last spoke with the customer: a new search for him starts anew."""
    spoken: datetime | None = s.complaint["last_contact_at"]
    times = [datetime.fromisoformat(a["at"]) for a in s.complaint["attempts"]]
    return [at for at in times if spoken is None or at > spoken]


def _days(s: Situation) -> int:
    """On how many different working days of the service calendar the customer was called."""
    days = {local_date(s.calendar, at) for at in _attempt_times(s)}
    return sum(1 for day in days if working_days_between(s.calendar, day, day))


def _consent(s: Situation) -> bool:
    """Granted for any channel and withdrawn for none. Unknown is no."""
    found = [status for name, status in s.customer["consents"].items() if name.startswith("marketing.")]
    return "granted" in found and not {"denied", "withdrawn"} & set(found)


_JSON = "kept inside a JSON column"
_ACTOR = "belongs to the moment, not to the complaint"
_TIMES = "needs the calendar"

FACTS: tuple[Fact, ...] = (
    Fact("complaint.severity", "int", Words("严重程度", "Severity"), _column("severity"), sql="severity"),
    Fact("complaint.channel", "string", Words("受理渠道", "Channel"), _column("channel"), sql="channel"),
    Fact("complaint.sensitive", "bool", Words("敏感投诉", "Sensitive complaint"), _column("sensitive"), sql="sensitive"),
    Fact("complaint.round", "int", Words("第几轮", "Round"), _column("round"), sql="round"),
    Fact("complaint.not_satisfied", "int", Words("不满意次数", "Times not satisfied"), _counter("not_satisfied"), no_sql=_JSON),
    Fact("complaint.reopened", "int", Words("重开次数", "Times reopened"), _counter("reopened"), no_sql=_JSON),
    Fact("complaint.vents", "int", Words("再次发泄次数", "Times vented again"), _counter("vents"), no_sql=_JSON),
    Fact("complaint.repeats", "int", Words("同一件事第几次重复", "Times complained of before"), _counter("repeats"), no_sql=_JSON),
    Fact("complaint.open_appeals", "int", Words("未结申诉数", "Open appeals"), _counter("open_appeals"), no_sql=_JSON),
    Fact("complaint.hang_ups", "int", Words("挂断次数", "Hang-ups"), _counter("hang_ups"), no_sql=_JSON),
    Fact(
        "complaint.resolved",
        "bool",
        Words("已解决", "Resolved"),
        lambda s: s.complaint["resolved_at"] is not None,
        no_sql="a null test",
    ),
    Fact("complaint.opened_at", "timestamp", Words("受理时间", "Opened at"), _column("opened_at"), sql="opened_at"),
    Fact(
        "complaint.state_since",
        "timestamp",
        Words("进入本环节的时间", "In this stage since"),
        _column("state_since"),
        sql="state_since",
    ),
    Fact(
        "complaint.last_contact_at",
        "timestamp",
        Words("上次与客户联系的时间", "Last contact with the customer"),
        _column("last_contact_at"),
        sql="last_contact_at",
    ),
    Fact("complaint.closed_at", "timestamp", Words("关闭时间", "Closed at"), _column("closed_at"), optional=True, sql="closed_at"),
    Fact(
        "complaint.callback_from",
        "timestamp",
        Words("约定回电开始", "Call-back from"),
        _column("callback_from"),
        optional=True,
        sql="callback_from",
    ),
    Fact(
        "complaint.callback_until",
        "timestamp",
        Words("约定回电结束", "Call-back until"),
        _column("callback_until"),
        optional=True,
        sql="callback_until",
    ),
    Fact("complaint.cause", "string", Words("已确认的原因", "Confirmed cause"), _column("cause"), optional=True, sql="cause"),
    Fact("complaint.tags", "strings", Words("投诉标签", "Tags"), _column("tags"), no_sql=_JSON),
    Fact("complaint.motives", "strings", Words("投诉心理", "Motives"), _column("motives"), no_sql=_JSON),
    Fact(
        "complaint.open_work_orders",
        "int",
        Words("未完成工单数", "Open work orders"),
        _column("open_work_orders"),
        sql="open_work_orders",
    ),
    Fact(
        "complaint.blocking_work_orders",
        "int",
        Words("未完成的阻断工单数", "Open work orders that hold it up"),
        _column("blocking_work_orders"),
        sql="blocking_work_orders",
    ),
    Fact("complaint.open_promises", "int", Words("未兑现承诺数", "Open promises"), _column("open_promises"), sql="open_promises"),
    Fact(
        "complaint.broken_promises",
        "int",
        Words("违约承诺数", "Broken promises"),
        _column("broken_promises"),
        sql="broken_promises",
    ),
    Fact(
        "complaint.open_grants",
        "int",
        Words("待审批的补偿数", "Grants that wait for approval"),
        _column("open_grants"),
        sql="open_grants",
    ),
    Fact(
        "complaint.attempts",
        "int",
        Words("上次联系上以后的外呼次数", "Call attempts since the customer was last spoken to"),
        lambda s: len(_attempt_times(s)),
        no_sql=_JSON,
    ),
    Fact(
        "complaint.attempt_dayparts",
        "int",
        Words("外呼时段数", "Day-parts tried"),
        lambda s: len({day_part(s.calendar, at) for at in _attempt_times(s)}),
        no_sql=_TIMES,
    ),
    Fact("complaint.attempt_days", "int", Words("外呼工作日数", "Working days tried"), _days, no_sql=_TIMES),
    Fact("complaint.clock_breached", "bool", Words("本轮有时限超时", "A clock of this round was missed"), breached, no_sql=_TIMES),
    Fact("complaint.verification", "int", Words("核身等级", "Verification level"), _column("verification"), sql="verification"),
    Fact("complaint.emotion", "int", Words("情绪", "Emotion"), _column("emotion"), optional=True, sql="emotion"),
    Fact(
        "complaint.has_owner",
        "bool",
        Words("已有首问负责人", "Has an owner"),
        lambda s: s.complaint["owner_id"] is not None,
        no_sql="a null test",
    ),
    Fact(
        "complaint.remedy_kind",
        "string",
        Words("诉求类别", "Kind of remedy sought"),
        lambda s: (s.complaint["remedy_sought"] or {}).get("kind"),
        optional=True,
        no_sql=_JSON,
    ),
    Fact(
        "complaint.amount_sought",
        "money",
        Words("诉求金额", "Amount sought"),
        lambda s: (s.complaint["remedy_sought"] or {}).get("amount"),
        optional=True,
        no_sql=_JSON,
    ),
    Fact(
        "complaint.in_incident",
        "bool",
        Words("属于群体事件", "Joined to an incident"),
        lambda s: s.complaint["incident_id"] is not None,
        no_sql="a null test",
    ),
    Fact(
        "customer.segment",
        "string",
        Words("客户群", "Segment"),
        _customer("segment"),
        optional=True,
        no_sql="a column of the customer",
    ),
    Fact("customer.consent_marketing", "bool", Words("同意营销", "Consents to marketing"), _consent, no_sql=_JSON),
    Fact(
        "customer.sensitive",
        "bool",
        Words("敏感客户", "Sensitive customer"),
        _customer("sensitive"),
        no_sql="a column of the customer",
    ),
    Fact(
        "customer.provisional",
        "bool",
        Words("尚未匹配的客户", "Not yet matched"),
        _customer("provisional"),
        no_sql="a column of the customer",
    ),
    Fact(
        "customer.blocked",
        "bool",
        Words("受限来电", "Blocked caller"),
        lambda s: blocked_at(s.customer, s.at) is not None,
        no_sql=_JSON,
    ),
    Fact(
        "actor.is_owner",
        "bool",
        Words("操作者是首问负责人", "The actor owns it"),
        lambda s: s.actor.id == s.complaint["owner_id"],
        no_sql=_ACTOR,
    ),
    Fact("actor.roles", "strings", Words("操作者的角色", "Roles of the actor"), lambda s: sorted(s.actor.roles), no_sql=_ACTOR),
    Fact("now", "timestamp", Words("现在", "Now"), lambda s: s.at, no_sql=_ACTOR),
)

BY_NAME: Mapping[str, Fact] = {fact.name: fact for fact in FACTS}


def declarations() -> list[FactDecl]:
    """The table as the rules room wants it."""
    return [FactDecl(f.name, f.type, f.title, f.optional) for f in FACTS]  # type: ignore[arg-type]


def load(situation: Situation, definition: Definition) -> dict[str, object]:
    """The known ones among the facts that `definition` names, as a flat dict; `form.…` comes from the step's own data."""
    return {**recorded_facts(definition, situation.complaint["recorded"]), **known(situation, definition.facts)}


def known(situation: Situation, names: frozenset[str]) -> dict[str, object]:
    """The known ones among the facts of this table that `names` holds."""
    found = {name: BY_NAME[name].load(situation) for name in names & BY_NAME.keys()}
    return {name: value for name, value in found.items() if value is not UNKNOWN}
