"""Playing a case through the door: the same functions as the API, the clock moved on only for the case's own complaint."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

from app.desk.desk import by_of
from app.desk.intake import Opening, open_complaint
from app.desk.who import Caller
from app.integrations.demo.deeds import DEEDS
from app.integrations.demo.playing import Play
from app.integrations.demo.scene import Pair, Scene, both, script
from app.integrations.demo.world import fixed_id
from app.texts import Words, words


async def play(one: Play) -> AsyncIterator[Scene]:
    """Play a case from intake to its end, scene by scene; afterwards `one.last` is the complaint.

    Raises what the door raises, and Unexpected when a step is taken that the case expects to be refused.
    """
    one.clock.reset()
    yield await _open(one)
    for act in one.case.steps:
        who = await one.user(act.by or one.case.by)
        told = Words(act.tell.zh, act.tell.en) if act.tell else None
        async for scene in DEEDS[act.deed](one, act, who):
            yield replace(scene, tell=told)
            told = None


async def _open(one: Play) -> Scene:
    case, who = one.case, await one.user(one.case.opened_by or one.case.by)
    sought = case.open.remedy_sought
    wanted = {"kind": sought.kind, "text": one.told(sought.text)} if sought else None
    text = case.open.text.in_(one.lang)
    opening = Opening(
        Caller(id=fixed_id(case.customer)),
        case.open.channel,
        text,
        remedy_sought=wanted,
        tags=case.open.tags,
        severity=case.open.severity,
        emotion=case.open.emotion,
    )
    at = one.clock.now().astimezone(one.zone)
    await open_complaint(one.desk, who.actor(), by_of(who.actor()), opening, one.reply())
    recorded: list[Pair] = [(words("demo.text"), both(text))]
    if sought:
        recorded.append((words("demo.remedy_sought"), both(one.told(sought.text))))
    recorded.append((words("demo.tags"), both(", ".join(case.open.tags))))
    before = {**one.last, "armed": {}, "round": 1}
    came = (words("demo.number", number=one.last["number"]), *one.came(before))
    scene = one.scene(who, words("demo.did.open"), recorded=tuple(recorded), came=came)
    return replace(scene, at=at, script=script(one.definition(), one.last, one.segment))
