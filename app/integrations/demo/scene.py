"""What a spectator of a demo case sees: frozen scenes with words in both languages, told apart from how they are printed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from app.access.roles import Role
from app.access.users import User
from app.texts import Words, words
from app.workflow.definition import Definition, Field, Transition
from app.workflow.scripts import say

Pair = tuple[Words, Words]


@dataclass(frozen=True, slots=True)
class Scene:
    """One thing that happened.

    `stage` and `to` are the titles of the stage before and after (`to` None: it stayed); `script` the words to say in
    `stage`; `did` what was done; `recorded` what was written down, label and value; `came` what comes of it; `refused`
    the reasons why not.
    """

    at: datetime
    who: str
    role: Words | None
    did: Words
    stage: Words | None = None
    to: Words | None = None
    tell: Words | None = None
    script: Words | None = None
    recorded: tuple[Pair, ...] = ()
    guards: tuple[str, ...] = ()
    came: tuple[Words, ...] = ()
    refused: tuple[Words, ...] = ()


def both(text: object) -> Words:
    """The same text in both languages: what a person said, a name, a number."""
    return Words(str(text), str(text))


def role_of(user: User) -> Words:
    """The name of a colleague's first role."""
    return Role(user.roles[0]).words


def script(definition: Definition, complaint: Mapping[str, Any], segment: str | None) -> Words | None:
    """What may be said to this customer in the stage in which the complaint stands."""
    stage = definition.stage(complaint["state"])
    return say(stage, motives=complaint["motives"], segment=segment, emotion=complaint["emotion"])


def form_pairs(transition: Transition, data: Mapping[str, Any], zone: tzinfo) -> tuple[Pair, ...]:
    """The form as filled in, in the words of the form."""
    if transition.form is None:
        return ()
    return tuple((f.title, _value(f, data[f.name], zone)) for f in transition.form.fields if f.name in data)


def _value(field: Field, value: Any, zone: tzinfo) -> Words:
    titles = {option.value: option.title for option in field.options}
    if field.type == "boolean":
        return words("demo.yes" if value else "demo.no")
    if field.type == "choices":
        found = [titles[one] for one in value]
        return Words("、".join(w.zh for w in found), ", ".join(w.en for w in found))
    if field.type == "datetime":
        return moment(datetime.fromisoformat(value), zone)
    return titles.get(value, both(value))


def moment(at: datetime, zone: tzinfo) -> Words:
    """A time by the clock on the wall of `zone`."""
    return both(f"{at.astimezone(zone):%Y-%m-%d %H:%M}")


def clocks(definition: Definition, before: Mapping[str, Any], after: Mapping[str, Any], zone: tzinfo) -> list[Words]:
    """The timers that a step armed, with the moment at which they fire."""
    found: list[Words] = []
    for name, entry in after["armed"].items():
        if name in definition.timers and before["armed"].get(name) != entry:
            title, due = definition.timers[name].title, moment(datetime.fromisoformat(entry["due"]), zone)
            found.append(Words(f"{title.zh}：{due.zh}", f"{title.en}: {due.en}"))
    return found


COUNTED: Mapping[str, str] = {
    "open_promises": "demo.open_promises",
    "open_work_orders": "demo.open_work_orders",
    "round": "demo.round",
}


def consequences(definition: Definition, before: Mapping[str, Any], after: Mapping[str, Any], zone: tzinfo) -> tuple[Words, ...]:
    """What came of a step besides the stage: timers, promises and work orders that are open, resolved, counted."""
    found = clocks(definition, before, after, zone)
    found += [words(key, count=after[name]) for name, key in COUNTED.items() if before[name] != after[name]]
    if before["resolved_at"] is None and after["resolved_at"] is not None:
        found.append(words("demo.resolved"))
    if before["resolved_at"] is not None and after["resolved_at"] is None:
        found.append(words("demo.unresolved"))
    for name, count in after["counters"].items():
        if before["counters"].get(name, 0) != count:
            found.append(words(f"demo.counters.{name}", count=count))
    return tuple(found)
