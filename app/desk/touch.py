"""A contact with the customer: kept with what it proved and how he felt; word from one who was waited for moves it on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.access.actor import Actor
from app.access.answers import Answer
from app.audit.events import By, Event
from app.contacts.tables import contact
from app.db.ids import new_id
from app.db.statement import Insert
from app.desk.change import Changed, change
from app.desk.desk import Desk
from app.desk.duty import one_voice
from app.desk.effects_contact import TOLD_OF_CONTACT
from app.desk.known_names import check_channel
from app.desk.outcome import Reply
from app.desk.sealing import Sealer
from app.desk.situation import Situation
from app.desk.step import Step, take
from app.errors import Invalid, Reason
from app.workflow.definition import CUSTOMER_CONTACT, Definition
from app.workflow.machine import Command


@dataclass(frozen=True, slots=True)
class Touch:
    """A contact with the customer: who was proved to be there, how he felt at start and end."""

    direction: str
    channel: str
    outcome: str = "answered"
    verification: int = 0
    relation: str = "unknown"
    emotion_start: int | None = None
    emotion_end: int | None = None
    note: str | None = None
    at: datetime | None = None

    @property
    def spoken(self) -> bool:
        """Whether the customer was there."""
        return self.outcome == "answered"


async def add_contact(desk: Desk, actor: Actor, by: By, complaint_id: UUID, touch: Touch, reply: Reply) -> tuple[Answer, bool]:
    """Record a contact. It raises the version only where it changes a fact: when he was spoken with, an attempt's count …

    Where the complaint waits for the customer and he gets in touch, the step that means so is taken in the same write.
    """

    async def decide(definition: Definition, situation: Situation, sealer: Sealer) -> Changed:
        at = touch.at or situation.at
        if at > situation.at:
            raise Invalid(Reason("in_the_future", "at"))
        check_channel(situation.terms, touch.channel)
        if touch.direction == "out":  # what comes in is always recorded
            await one_voice(desk, definition, situation, "direction")
        note = sealer.seal(touch.note, "note").reference if touch.note else None
        row = _row(touch, situation, at, note)
        changed = {name: value for name, value in _facts(touch, situation, at).items() if situation.complaint[name] != value}
        seq = situation.complaint["version"] + 1 if changed else None
        patch = {**changed, "version": seq, "last_at": situation.at} if changed else {}
        event = _event(row, situation, at, seq, patch)
        after = situation.with_(patch)
        step = _moved_on(definition, after, touch, sealer) if changed else None
        if step is None:
            return Changed(after, [Insert(contact, row)], events=[event], moved=bool(changed), extra={"item": row})
        # The step would keep the same contact a second time.
        inserts = [insert for insert in step.inserts if insert.table is not contact]
        events = [told for told in step.events if told.type != "contacted"]
        return Changed(
            step.situation,
            [Insert(contact, row), *inserts],
            events=[event, *events],
            customer_consulted=step.customer_consulted,
            extra={"item": row},
        )

    return await change(desk, actor, by, complaint_id, None, reply, decide)


def _row(touch: Touch, situation: Situation, at: datetime, note: Any) -> dict[str, Any]:
    return {
        "id": new_id(situation.at),
        "complaint_id": situation.complaint["id"],
        "customer_id": situation.complaint["customer_id"],
        **{name: getattr(touch, name) for name in TOLD_OF_CONTACT},
        "note": note,
        "by_id": situation.by.id,
        "by": situation.by.name,
        "at": at,
        "ended_at": situation.at,
    }


def _facts(touch: Touch, situation: Situation, at: datetime) -> dict[str, Any]:
    """The facts of the complaint after the contact."""
    complaint = situation.complaint
    if touch.spoken:
        last = complaint["last_contact_at"]
        emotion = touch.emotion_end or touch.emotion_start or complaint["emotion"]
        return {"verification": touch.verification, "emotion": emotion, "last_contact_at": at if last is None else max(at, last)}
    if touch.direction == "out":
        return {"attempts": [*complaint["attempts"], {"at": at.isoformat(), "outcome": touch.outcome}]}
    return {}


def _event(row: dict[str, Any], situation: Situation, at: datetime, seq: int | None, patch: dict[str, Any]) -> Event:
    complaint = situation.complaint
    return Event(
        "contacted",
        situation.at,
        situation.by,
        complaint["id"],
        complaint["customer_id"],
        seq,
        at,
        data={"contact": row["id"], **{name: row[name] for name in TOLD_OF_CONTACT}},
        patch=patch,
        workflow=complaint["workflow"],
        workflow_version=complaint["workflow_version"],
    )


def _moved_on(definition: Definition, situation: Situation, touch: Touch, sealer: Sealer) -> Step | None:
    """The step that means "the customer got in touch", where he was waited for and it is open to whoever heard of him."""
    state = situation.complaint["state"]
    way = definition.means(CUSTOMER_CONTACT, state)
    if way is None or touch.direction != "in" or not touch.spoken or definition.stage(state).kind != "waiting_customer":
        return None
    told = {"channel": touch.channel, "emotion": touch.emotion_end or touch.emotion_start}
    fields = way.form.by_name if way.form is not None else {}
    data = {
        name: value
        for name, value in told.items()
        if value is not None and name in fields and (not (options := fields[name].options) or value in {o.value for o in options})
    }
    step = take(definition, situation, Command(way.name, data), sealer)
    return step if isinstance(step, Step) else None
