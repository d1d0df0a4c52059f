"""Clocks as people and programs see them: what each says, in words, and the working that makes one believe it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from app.calendars.line import SECOND
from app.calendars.stretches import length
from app.commitments.clock_marks import read_marks
from app.commitments.clock_policy import Actions, Target
from app.commitments.clocks import Reading, due_of, told_of
from app.desk.readings import case_of, readings_of
from app.desk.terms import Terms
from app.texts import Lang, Words, say


def clock_views(found: Sequence[Reading], lang: Lang) -> list[dict[str, Any]]:
    """Every clock as configured; those of earlier rounds before the present one."""
    return [clock_view(one, lang) for one in found]


def clock_view(one: Reading, lang: Lang) -> dict[str, Any]:
    """What a clock says."""
    begun = one.started_at is not None
    return {
        "name": one.rule.name,
        "title": one.rule.title.in_(lang),
        "round": one.round,
        "turn": one.turn,
        "state": one.state,
        "state_in_words": say(lang, f"clocks.states.{one.state}"),
        "paused": one.rests_in is not None,
        "target": one.target.text,
        "target_seconds": seconds(one.allowed.amount) if begun else None,
        "elapsed_seconds": seconds(one.elapsed),
        "remaining_seconds": seconds(one.allowed.amount) - seconds(one.elapsed) if begun else None,
        "started_at": one.started_at,
        "due_at": one.due_at,
        "ended_at": one.ended_at,
        "breached_at": one.breached_at,
        "why": why(one, lang),
    }


def why(one: Reading, lang: Lang) -> str:
    """The row of the policy that gives the target, for whom it is meant, and what holds the clock up."""
    named = one.allowed.calendar
    told = [*_row(one.target, None if named is None else named.title, lang)]
    if one.rests_in is not None:
        told.append(say(lang, "clocks.rests", kind=say(lang, f"workflow.diagram.kinds.{one.rests_in}")))
    if one.settled is not None:
        told.append(say(lang, "clocks.settled", policy=one.settled["policy"], calendars=one.settled["calendars"]))
    return " ".join(told) if lang == "en" else "".join(told)


@lru_cache(maxsize=2_048)
def _row(target: Target, calendar: Words | None, lang: Lang) -> tuple[str, ...]:
    """What does not change from one complaint to the next: the row, its calendar (None: day and night), for whom it is meant."""
    on = say(lang, "clocks.all_time") if calendar is None else calendar.in_(lang)
    told = say(lang, "clocks.row", row=target.row, within=spoken(target.text, lang), calendar=on)
    asked = _asked(target, lang)
    return (told, say(lang, "clocks.meant_for", conditions=asked)) if asked else (told,)


def spoken(text: str, lang: Lang) -> str:
    """`2 working_days` as people say it."""
    number, _, unit = text.partition(" ")
    unit = unit.removesuffix("s") if number == "1" else unit.removesuffix("s") + "s"
    return say(lang, f"clocks.units.{unit}", number=number)


def working(
    complaint: Mapping[str, Any], customer: Mapping[str, Any] | None, terms: Terms, at: datetime, lang: Lang
) -> dict[str, Any]:
    """The clocks with all that they were made of: the marks, the row of the policy, the stretches, the levels."""
    case = case_of(complaint, customer)
    marks = read_marks(case.marks)
    told = told_of(marks)
    return {
        "complaint": {"id": complaint["id"], "number": complaint["number"]},
        "at": at,
        "policy_version": terms.policy.version,
        "calendars_version": terms.calendars_version,
        "marks": [{"at": one.at, "what": f"{one.what}:{one.value}"} for one in marks],
        "items": [
            {**clock_view(one, lang), **_made_of(one, told.get(one.rule.name, {}), at)}
            for one in readings_of(complaint, customer, terms, at)
        ],
    }


def _made_of(one: Reading, told: Mapping[str, datetime], at: datetime) -> dict[str, Any]:
    levels = [*one.rule.warns, one.rule.breach]
    return {
        "row": one.target.row,
        "conditions": conditions(one.target),
        "calendar": one.target.calendar,
        "day_and_night": one.allowed.calendar is None,
        "stretches": [
            {"from": start, "to": end, "counted_seconds": length(one.allowed, start, max(start, end or at)) // SECOND}
            for start, end in one.stretches
        ],
        "levels": [
            {"name": level.name, "due_at": None if one.ended_at else due_of(one, level), "told_at": told.get(level.name)}
            | {"actions": actions(level.actions)}
            for level in levels
        ],
    }


def conditions(target: Target) -> dict[str, list[Any]]:
    """For whom a row is meant; nothing where it is meant for all."""
    asked: Mapping[str, Sequence[Any]] = {
        "segment": sorted(target.segments),
        "severity": sorted(target.severities),
        "tag": target.tags,
        "channel": sorted(target.channels),
        "team": sorted(target.teams),
        "workflow": sorted(target.workflows),
    }
    return {name: list(values) for name, values in asked.items() if values}


def _asked(target: Target, lang: Lang) -> str:
    told = [f"{say(lang, f'clocks.conditions.{name}')} {', '.join(map(str, v))}" for name, v in conditions(target).items()]
    return say(lang, "clocks.and").join(told)


def actions(done: Actions) -> dict[str, Any]:
    """What is done at a level, as the policy says it."""
    asked = {"notify": list(done.notify), "reassign": done.reassign, "team": done.team, "severity": done.severity}
    return {name: value for name, value in {**asked, "transition": done.transition}.items() if value}


def seconds(amount: int) -> int:
    """Microseconds as whole seconds."""
    return amount // SECOND
