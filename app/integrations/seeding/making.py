"""A batch of synthetic complaints as rows: customers with keys of their own, intake, some with a few steps taken."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

from app.access.actor import Actor
from app.access.roles import Role
from app.audit.events import Event
from app.complaints.tables import complaint as complaint_table
from app.customers.profile import Profile
from app.customers.store import new_rows
from app.db.ids import new_id
from app.db.statement import Insert
from app.desk import facts
from app.desk.clocks import with_clocks
from app.desk.desk import Desk, by_of
from app.desk.intake import Opening, prepare
from app.desk.outcome import event_inserts
from app.desk.sealing import Sealer
from app.desk.situation import Situation
from app.desk.step import take
from app.desk.terms import Terms
from app.desk.who import Caller
from app.integrations.seeding.wording import CHANNELS, PLACES, SEGMENTS, TAGS, words
from app.workflow.definition import Definition
from app.workflow.machine import Command, Refused, actions
from app.workflow.samples import sample

PER_CUSTOMER = 5
MOVED = 0.3
"""The share of complaints that have moved on from their first stage."""
MOST_STEPS = 8
SPAN = timedelta(days=365)


@dataclass
class Maker:
    """Makes rows with one random source; the same seed gives the same complaints (but for keys and ids)."""

    desk: Desk
    definition: Definition
    terms: Terms
    random: Random
    until: datetime
    handlers: list[Actor] = field(default_factory=list)

    def __post_init__(self) -> None:
        roles = frozenset({Role.HANDLER.value})
        self.handlers = [Actor(new_id(self.until), f"seed-{n:02d}", f"seed-{n:02d}", roles, f"team-{n % 6}") for n in range(24)]

    async def batch(self, count: int) -> list[Insert]:
        """The rows of `count` complaints, customers first."""
        customers: list[Insert] = []
        inserts: list[Insert] = []
        made = 0
        while made < count:
            at = self.until - SPAN * self.random.random()
            profile = Profile(name=f"客户{self.random.randint(1, 999_999)}", phone=f"19{self.random.randint(0, 999_999_999):09d}")
            segment, place = self.random.choice(SEGMENTS), self.random.choice(PLACES)
            rows, customer, key = new_rows(self.desk.vault, profile, at, provisional=False, segment=segment, place=place)
            customers += rows
            for _ in range(min(PER_CUSTOMER, count - made)):
                at += SPAN * self.random.random() * 0.02
                actor = self.random.choice(self.handlers)
                opening = Opening(
                    Caller(id=customer["id"]),
                    self.random.choice(CHANNELS),
                    words(self.random),
                    tags=[self.random.choice(TAGS)],
                    severity=self.random.choices((1, 2, 3, 4), (20, 60, 15, 5))[0],
                    source="seed",
                )
                opened = await prepare(self.desk, actor, by_of(actor), self.definition, self.terms, opening, customer, key, at)
                situation = Situation(opened.complaint, customer, actor, by_of(actor), at, self.terms)
                rows, events = list(opened.inserts), list(opened.events)
                if self.random.random() < MOVED:
                    sealer = Sealer(self.desk.tokens, key, customer["id"], opened.complaint["id"], at, at)
                    for _ in range(self.random.randint(1, MOST_STEPS)):
                        found = self._step(situation, sealer)
                        if found is None:
                            break
                        situation, more, told = found
                        rows += more
                        events += told
                    rows += sealer.inserts
                inserts += [Insert(complaint_table, situation.complaint), *rows, *event_inserts(events)[0]]
                made += 1
        return customers + inserts

    def _step(self, situation: Situation, sealer: Sealer) -> tuple[Situation, list[Insert], list[Event]] | None:
        """A step that is open to the handler, with form data that its schema admits; None when there is none."""
        at = situation.at + timedelta(minutes=self.random.randint(1, 600))
        situation = replace(situation, at=min(at, self.until))
        known = facts.load(situation, self.definition)
        steps = actions(self.definition, state=situation.complaint["state"], roles=situation.actor.roles, facts=known)
        allowed = [step for step in steps if step.allowed][:4]
        if not allowed:
            return None
        chosen = self.random.choice([*allowed[:1] * 4, *allowed])
        command = Command(chosen.transition.name, sample(chosen.form, self.random), "种子" if chosen.note_required else None)
        taken = take(self.definition, situation, command, sealer)
        if isinstance(taken, Refused):
            return None
        return with_clocks(self.definition, taken.situation, taken.inserts, taken.events)[:3]
