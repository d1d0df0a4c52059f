"""What can happen in a case, each through the use case that the API calls too; one table of them at the foot."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime
from typing import Any

from app.access.users import User
from app.audit.events import By
from app.customers.queries import by_id
from app.customers.store import set_consent
from app.desk.adding import add_note
from app.desk.assign import Assignment, assign
from app.desk.desk import by_of
from app.desk.promises import end_promise
from app.desk.readings import CLOCK
from app.desk.touch import Touch, add_contact
from app.desk.transition import transition
from app.desk.work_orders import add_work_order, move_work_order
from app.errors import AmendsError, NotFound
from app.integrations.demo.files import Act, Until, span
from app.integrations.demo.playing import Play
from app.integrations.demo.scene import Pair, Scene, both, consequences, form_pairs, moment, role_of, script
from app.integrations.demo.timers import fire, next_due
from app.texts import Words, say, words
from app.workflow.machine import Command


class Unexpected(AmendsError):
    """A demo step that the rules should have refused was taken: the workflow was changed, or the case is wrong."""

    code = "demo_unexpected"


def _by(who: User) -> By:
    return by_of(who.actor())


async def _take(one: Play, act: Act, who: User) -> AsyncIterator[Scene]:
    """One request of one step or several; a scene each."""
    before, commands = dict(one.last), [one.command(take) for take in act.take or ()]
    await transition(one.desk, who.actor(), _by(who), one.id, commands, one.reply())
    for event in one.events:
        if event["type"] == "promised":
            one.promise = event["data"]["promise"]
    for command, event in zip(commands, [e for e in one.events if e["type"] == "transitioned"], strict=True):
        scene, before = stepped(one, before, event, who.display, role_of(who), command)
        yield scene


def stepped(
    one: Play, before: Mapping[str, Any], event: Mapping[str, Any], who: str, role: Words | None, command: Command | None = None
) -> tuple[Scene, dict[str, Any]]:
    """The scene of a `transitioned` event, and the complaint after it."""
    definition = one.definition()
    step = definition.steps[event["from_state"]][event["transition"]]
    after = {**before, **event["patch"]}
    recorded = list(form_pairs(step, command.data, one.zone)) if command else []
    if command and command.note:
        recorded.append((words("demo.note"), both(command.note)))
    moved = event["to_state"] != event["from_state"]
    scene = Scene(
        event["at"].astimezone(one.zone),
        who,
        role,
        step.title,
        stage=definition.stage(event["from_state"]).title,
        to=definition.stage(event["to_state"]).title if moved else None,
        script=script(definition, before, one.segment) if command else None,
        recorded=tuple(recorded),
        guards=tuple(guard["name"] for guard in event["guards"]),
        came=consequences(definition, before, after, one.zone),
    )
    return scene, after


async def _refused(one: Play, act: Act, who: User) -> AsyncIterator[Scene]:
    """A step that the rules do not admit: nothing moves, and every reason is told."""
    assert act.refused is not None  # noqa: S101 - narrows the type: the deed says so
    step = one.definition().steps[one.last["state"]][act.refused.transition]
    try:
        await transition(one.desk, who.actor(), _by(who), one.id, [one.command(act.refused)], one.reply())
    except AmendsError as error:
        reasons = tuple(Words(r.message("zh"), r.message("en")) for r in error.reasons)
        yield one.scene(who, step.title, refused=reasons)
        return
    raise Unexpected(transition=act.refused.transition, case=one.case.id)


async def _contact(one: Play, act: Act, who: User) -> AsyncIterator[Scene]:
    assert act.contact is not None  # noqa: S101 - narrows the type: the deed says so
    made, before = act.contact, dict(one.last)
    touch = Touch(
        made.direction,
        made.channel,
        verification=made.verification,
        relation=made.relation,
        emotion_start=made.emotion_start,
        emotion_end=made.emotion_end,
    )
    await add_contact(one.desk, who.actor(), _by(who), one.id, touch, one.reply())
    recorded: list[Pair] = [(words("demo.verification"), words(f"demo.levels.{made.verification}"))]
    recorded += [(words("demo.emotion"), both(value)) for value in (made.emotion_start, made.emotion_end) if value is not None]
    came = one.came(before)
    yield one.scene(who, words(f"demo.did.contact_{made.direction}"), recorded=tuple(recorded), came=came)


async def _note(one: Play, act: Act, who: User) -> AsyncIterator[Scene]:
    text = one.told(act.note) or ""
    await add_note(one.desk, who.actor(), _by(who), one.id, text, one.reply())
    yield one.scene(who, words("demo.did.note"), recorded=((words("demo.note"), both(text)),))


async def _assign(one: Play, act: Act, who: User) -> AsyncIterator[Scene]:
    to = await one.user(act.assign or one.case.by)
    await assign(one.desk, who.actor(), _by(who), one.id, Assignment({"assignee_id": to.id}), one.reply(), expected=None)
    yield one.scene(who, words("demo.did.assign"), recorded=((words("demo.assignee"), both(to.display)),))


async def _work_order(one: Play, act: Act, who: User) -> AsyncIterator[Scene]:
    assert act.work_order is not None  # noqa: S101 - narrows the type: the deed says so
    before, request = dict(one.last), one.told(act.work_order.request) or ""
    due = None if act.work_order.due is None else one.clock.now() + span(act.work_order.due)
    await add_work_order(one.desk, who.actor(), _by(who), one.id, act.work_order.department, request, due, one.reply())
    one.order = one.added()
    recorded = ((words("demo.department"), _department(one, act.work_order.department)), (words("demo.request"), both(request)))
    due = (one.item or {}).get("due_at") or due
    told = () if due is None else (words("demo.due", at=moment(due, one.zone).en),)
    came = (*told, *one.came(before))
    yield one.scene(who, words("demo.did.work_order"), recorded=recorded, came=came)


def _department(one: Play, name: str) -> Words:
    """A department in the words of the workflow's forms, or as it is called."""
    field = one.definition().fields.get("department")
    return next((option.title for option in field.options if option.value == name), both(name)) if field else both(name)


async def _work_order_moved(one: Play, act: Act, who: User) -> AsyncIterator[Scene]:
    assert act.work_order_moved is not None  # noqa: S101 - narrows the type: the deed says so
    before, answer, to = dict(one.last), one.told(act.work_order_moved.answer), act.work_order_moved.to
    await move_work_order(one.desk, who.actor(), _by(who), one.id, one.known(one.order), to, answer, one.reply())
    recorded = ((words("demo.answer"), both(answer)),) if answer else ()
    came = one.came(before)
    yield one.scene(who, words(f"demo.did.work_order_{to}"), recorded=recorded, came=came)


async def _promise_ended(one: Play, act: Act, who: User) -> AsyncIterator[Scene]:
    assert act.promise_ended is not None  # noqa: S101 - narrows the type: the deed says so
    before, evidence, status = dict(one.last), one.told(act.promise_ended.evidence), act.promise_ended.status
    await end_promise(one.desk, who.actor(), _by(who), one.id, one.known(one.promise), status, evidence, one.reply())
    recorded = ((words("demo.evidence"), both(evidence)),)
    came = one.came(before)
    yield one.scene(who, words(f"demo.did.promise_{status}"), recorded=recorded, came=came)


async def _consent(one: Play, act: Act, who: User) -> AsyncIterator[Scene]:
    assert act.consent is not None  # noqa: S101 - narrows the type: the deed says so
    given = act.consent
    async with one.desk.runtime.db.write() as conn:
        customer = await by_id(conn, one.last["customer_id"])
        if customer is None:
            raise NotFound(what="customer")
        at = one.clock.now()
        await set_consent(conn, _by(who), at, customer, given.purpose, given.channel, given.status, given.evidence)
    recorded = ((words("demo.consent"), words(f"demo.consents.{given.status}", channel=given.channel)),)
    yield one.scene(who, words("demo.did.consent"), recorded=recorded)


async def _wait(one: Play, act: Act, _who: User) -> AsyncIterator[Scene]:
    """Time passes: what falls due of this complaint fires on the way, at its own moment, as the worker would do it."""
    assert act.wait is not None  # noqa: S101 - narrows the type: the deed says so
    if isinstance(act.wait, Until):
        due = one.last["armed"].get(act.wait.timer, {}).get("due")
        if due is None:
            raise NotFound(what=f"timer {act.wait.timer} ({one.case.id})")
        until = datetime.fromisoformat(due) - span(act.wait.before)
    else:
        until = one.clock.now() + span(act.wait)
    yield one.scene(None, words("demo.did.wait", until=moment(until, one.zone).en))
    while (row := await next_due(one.desk, one.id, until)) is not None:
        one.clock.move_to(row["due_at"])
        before = dict(one.last)
        await fire(one.desk, row, one.clock.now(), one.reply())
        if row["trigger"] == CLOCK:
            yield await _clock_told(one)
            continue
        scene, _ = stepped(one, before, one.events[0], "system", None)
        yield scene
    one.clock.move_to(until)


async def _clock_told(one: Play) -> Scene:
    """A clock came near its target, or passed it."""
    event = one.events[0]
    title = (await one.desk.terms()).policy.clocks[event["data"]["clock"]].title
    key = f"demo.did.{event['type']}"
    return one.scene(None, Words(say("zh", key, title=title.zh), say("en", key, title=title.en)))


DEEDS: Mapping[str, Callable[[Play, Act, User], AsyncIterator[Scene]]] = {
    "take": _take,
    "refused": _refused,
    "contact": _contact,
    "note": _note,
    "assign": _assign,
    "work_order": _work_order,
    "work_order_moved": _work_order_moved,
    "promise_ended": _promise_ended,
    "consent": _consent,
    "wait": _wait,
}
"""How each kind of step is carried out, see files.DEEDS."""
