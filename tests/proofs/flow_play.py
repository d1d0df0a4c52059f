"""A random program played twice, through the product's door and on the model; the first difference is a Divergence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import Table, select

from app.access.actor import SYSTEM, Actor
from app.access.answers import Answer
from app.audit.events import By
from app.audit.tables import event
from app.clock import FrozenClock
from app.commitments.tables import promise, work_order
from app.complaints.tables import complaint
from app.contacts.tables import contact
from app.customers.store import Data, put_many
from app.db.engine import as_dict
from app.desk.amend import amend
from app.desk.asking import open_actions
from app.desk.desk import Desk, by_of
from app.desk.intake import Opening, open_complaint
from app.desk.outcome import Reply, Result
from app.desk.promises import add_promise, end_promise
from app.desk.transition import transition
from app.desk.who import Caller
from app.desk.work_orders import add_work_order, move_work_order
from app.errors import AmendsError
from app.outbox.tables import outbox
from app.timers.tables import timer
from app.workflow.machine import Command
from tests.proofs.flow_model import Case, No, Told, judge, open_steps, opened
from tests.proofs.flow_rows import as_case, as_facts, as_told
from tests.proofs.flow_yaml import Flow
from tests.proofs.form_model import filled

ROLES = ("first_line", "handler", "shop", "account_manager", "supervisor", "back_office", "integration", "admin", "auditor")
PAUSES = (0, 0, 1, 1, 40, 420, 2100, 18_000, 30_000, 86_400, 700_000, 2_700_000)
Move = tuple[str, dict[str, Any], str | None]


class Divergence(AssertionError):
    """The product and the model do not say the same."""


class Player:
    """One complaint. An op is a number: everything it does follows from it and from where the complaint stands."""

    def __init__(self, desk: Desk, clock: FrozenClock, flow: Flow, seed: int, tried: Mapping[str, int]) -> None:
        self.desk, self.clock, self.flow = desk, clock, flow
        self.rare = {name: (1 + tried.get(name, 0)) ** -1.0 for name in flow.names}  # what was seldom tried is tried more
        self.rng = Random(seed)
        self.seed = seed
        self.log: list[str] = []
        self.broken: set[UUID] = set()  # promises that were not kept in time
        self.tried: Counter[str] = Counter()
        self.taken: set[str] = set()
        self.refused: set[str] = set()
        self.steps = 0
        self.result: Result | None = None
        self.stayed: tuple[frozenset[str], Move] | None = None  # the last step, if it led nowhere else
        self.after: Callable[[], Awaitable[None]] = _nothing  # called after the opening and each change

    def _kept(self, result: Result) -> Answer:
        self.result = result
        return Answer(200, {}, b"{}")

    async def open(self) -> None:
        rng, at = self.rng, self.clock.now()
        reference = f"CRM-{self.seed}-{at.timestamp()}"
        sensitive = rng.random() < 0.1
        async with self.desk.runtime.db.write() as conn:
            by = By(None, "test", "admin")
            await put_many(conn, self.desk.vault, by, at, [Data(reference, {"name": "王先生"}, {"sensitive": sensitive})])
        role = rng.choice(("handler", "supervisor", "integration"))
        actor = _actor(frozenset({role}))
        facts: dict[str, Any] = {
            "severity": rng.randint(1, 4),
            "sensitive": rng.random() < 0.1,
            "emotion": rng.choice([None, 1, 3, 5]),
        }
        opening = Opening(Caller(external_id=reference), "phone", "流量费多收了", **facts)
        await open_complaint(self.desk, actor, by_of(actor), opening, Reply(self._kept))
        facts["sensitive"] = facts["sensitive"] or sensitive
        owner = str(actor.id) if role == "handler" else None
        self.broken.clear()
        self.case = opened(self.flow, at, owner=owner, customer_sensitive=sensitive, **facts)
        self.id: UUID = self._row["id"]
        self._compare("open", None)

    @property
    def _row(self) -> Mapping[str, Any]:
        assert self.result is not None
        return self.result.complaint

    async def play(self, program: Sequence[int]) -> None:
        """Open a complaint and play `program` on it. Raises Divergence with everything that was done."""
        await self.open()
        await self.after()
        for op in program:
            self.rng = Random(op)
            self.clock.advance(timedelta(seconds=self.rng.choice(PAUSES)))
            if (roll := self.rng.random()) < 0.86:
                await self._request()
                if self.stayed is not None and self.rng.random() < 0.3:  # called in vain, and again, and again
                    await self._again(*self.stayed)
            elif roll < 0.92:
                await self._work()
            elif roll < 0.95:
                await self._promises()
            elif roll < 0.98:
                await self._amend()
            else:
                await self._actions()
            await self.after()
        await self._compare_rows()

    # --------------------------------------------------------------------------------------------- what an op does

    async def _again(self, roles: frozenset[str], move: Move) -> None:
        """The same step some hours later, twice."""
        for hours in self.rng.choices([5, 8, 19], k=2):
            await self.after()
            self.clock.advance(timedelta(hours=hours))
            await self._request(roles, [move])

    async def _request(self, roles: frozenset[str] | None = None, given: Sequence[Move] = ()) -> None:
        """One to three steps in one request: all of them or none."""
        at, rng = self.clock.now(), self.rng
        roles = roles or self._roles()
        moves: list[Move] = []
        case: Case | No = self.case
        actor = SYSTEM if "system" in roles else _actor(roles)
        for number in range(len(given) or rng.choice([1, 1, 1, 1, 1, 1, 2, 3])):
            if isinstance(case, No):
                break
            moves.append(given[number] if given else self._move(case, roles))
            name, data, note = moves[-1]
            case = judge(self.flow, case, name, roles, data, note, at, str(actor.id))
            self.steps += 1
        self.stayed = None
        commands = [Command(name, data, note) for name, data, note in moves]
        self.log.append(f"{self.case.state} +{at:%m-%d %H:%M:%S} {sorted(roles)} {moves}")
        found = await self._door(actor, commands)
        if isinstance(case, No):
            self.refused |= case.names or {case.code}
            if found != case:
                raise self._diverged(found, case, "request")
            return
        if isinstance(found, No):
            raise self._diverged(found, "accepted", "request")
        self.taken |= {name for name, _, _ in moves}
        before, self.case = self.case, case
        self.stayed = (roles, moves[0]) if len(moves) == 1 and before.state == case.state else None
        self._compare("transition", before)

    async def _door(self, actor: Actor, commands: list[Command]) -> No | None:
        try:
            await transition(self.desk, actor, by_of(actor), self.id, commands, Reply(self._kept))
        except AmendsError as error:
            names = {(r.where or "").rpartition("data.")[2].rpartition(".")[2] for r in error.reasons}
            if error.problem == "transition_refused":
                names = {r.code for r in error.reasons}
            named = error.problem in {"transition_refused", "form_invalid"}
            return No(error.problem, frozenset(names) if named else frozenset())
        return None

    def _roles(self) -> frozenset[str]:
        """Mostly somebody who can go on from here, now and then anybody."""
        here = [step for step in self.flow.steps if self.case.state in step.sources]
        if here and self.rng.random() < 0.8:
            (step,) = self.rng.choices(here, [self.rare[s.name] for s in here])
            return frozenset({self.rng.choice(sorted(step.roles))})
        return frozenset(self.rng.sample(ROLES, self.rng.randint(1, 2)))

    def _move(self, case: Case, roles: frozenset[str]) -> Move:
        here = [step for step in self.flow.steps if case.state in step.sources]
        mine = [step for step in here if roles & step.roles] or here
        # ends are left for the next complaint: most of the time something else is chosen
        staying = [step for step in mine if not self.flow.final(step.target if step.target != "same" else case.state)]
        chosen = (staying if staying and self.rng.random() < 0.7 else mine) or list(self.flow.steps)
        step = self.rng.choices(chosen, [self.rare[s.name] for s in chosen])[0]
        name = step.name
        self.tried[name] += 1
        if self.rng.random() < 0.05:
            step = self.rng.choice(self.flow.steps)
            name = self.rng.choice([step.name, "no_such_step", case.state])
        data = filled(step.form, self.clock.now(), self.rng)
        if data.get("hands_over") is not None:  # names people of the house, of whom there are none here
            data = {name: value for name, value in data.items() if name not in ("hands_over", "new_owner", "to_person")}
        data.pop("to_team", None)
        note = self.rng.choice(["因为客户要求", None, ""] if not step.note_required else ["because", "because", None, "  "])
        return name, data, note if note is None or note.strip() else None

    async def _work(self) -> None:
        """A work order of its own door: ordered, fed back or cancelled."""
        actor = _actor(frozenset({"back_office"}))
        open_ = [row for row in await self._rows(work_order) if row["status"] == "received"]
        ordering = not open_ or self.rng.random() < 0.2
        if ordering and self.flow.final(self.case.state):
            return
        by, reply, seq = by_of(actor), Reply(self._kept), self.case.version + 1
        if ordering:
            await add_work_order(self.desk, actor, by, self.id, "network", "查基站", None, reply)
            delta, told = 1, Told("work_ordered", seq)
        else:
            status = self.rng.choice(["fed_back", "cancelled"])
            await move_work_order(self.desk, actor, by, self.id, self.rng.choice(open_)["id"], status, "好了", reply)
            delta, told = -1, Told("work_order_moved", seq)
        open_now = self.case.open_work_orders + delta
        self._changed("work order", told, open_work_orders=open_now, blocking_work_orders=await self._blocking())

    async def _blocking(self) -> int:
        rows = await self._rows(work_order)
        return sum(row["status"] == "received" and row["blocking"] for row in rows)

    async def _promises(self) -> None:
        actor = _actor(frozenset({"handler"}))
        by, reply, seq = by_of(actor), Reply(self._kept), self.case.version + 1
        rows = await self._rows(promise)
        open_ = [row for row in rows if row["status"] == "open"]
        if self.case.owner is None and not open_:
            return
        if self.case.owner is not None and (not open_ or self.rng.random() < 0.3):
            due = self.clock.now() + timedelta(days=3)
            if any(step.means == "escalate" and step.target == self.case.state for step in self.flow.steps):
                voice = self._row["assignee_id"]  # while it is escalated one person promises: the officer, else who is on duty
                officer = _actor(frozenset({"supervisor"}))
                actor = officer if voice is None else replace(officer, id=voice)
            await add_promise(self.desk, actor, by_of(actor), self.id, "call_back", due, None, reply)
            self._changed("promise", Told("promised", seq), open_promises=self.case.open_promises + 1)
            return
        now, mended = self.clock.now(), [row for row in rows if row["id"] in self.broken]
        row = self.rng.choice([*open_, *mended])
        known = row in mended
        status = "kept" if known else self.rng.choice(["kept", "broken", "withdrawn"])
        then = row["made_at"] + (now - row["made_at"]) * self.rng.random()
        kept_at = then if known or (status == "kept" and self.rng.random() < 0.5) else None
        await end_promise(self.desk, actor, by, self.id, row["id"], status, "说明", reply, kept_at=kept_at)
        if status == "broken" or (status == "kept" and (kept_at or now) > row["due_at"]):  # kept, but not in time
            self.broken.add(row["id"])
        else:
            self.broken.discard(row["id"])
        left = self.case.open_promises - (not known)
        self._changed("promise ended", Told("promise_ended", seq), open_promises=left, broken_promises=len(self.broken))

    async def _amend(self) -> None:
        actor = _actor(frozenset({"supervisor"}))
        choices: list[dict[str, Any]] = [
            {"severity": self.rng.randint(1, 4)},
            {"sensitive": self.rng.random() < 0.3},
            {"emotion": self.rng.choice([None, 1, 2, 3, 4, 5])},
        ]
        values = self.rng.choice(choices)
        why = {"reason": "因为"} if values.get("severity", 4) < self.case.severity else {}
        await amend(self.desk, actor, by_of(actor), self.id, {**values, **why}, Reply(self._kept), expected=self.case.version)
        self._changed("amend", Told("changed", self.case.version + 1), **values)

    def _changed(self, what: str, told: Told, **values: Any) -> None:
        before = self.case
        self.case = replace(before, version=before.version + 1, events=(*before.events, told), **values)
        self.log.append(f"{what} {values}")
        self._compare(what, before)

    async def _actions(self) -> None:
        roles = self._roles()
        _, stage, steps = await open_actions(self.desk, SYSTEM if "system" in roles else _actor(roles), self.id)
        found = {step.transition.name: (step.to, step.allowed) for step in steps}
        wanted = open_steps(self.flow, self.case, roles, self.clock.now())
        if stage.name != self.case.state or found != wanted:
            raise self._diverged(found, wanted, "actions")

    # ------------------------------------------------------------------------------------------- what is compared

    def _compare(self, what: str, before: Case | None) -> None:
        """The complaint and the events of one write, as the door gave them back."""
        assert self.result is not None
        found, wanted = as_case(self._row), as_facts(self.case)
        if found != wanted:
            other = [name for name in wanted if found[name] != wanted[name]]
            raise self._diverged({n: found[n] for n in other}, {n: wanted[n] for n in other}, what)
        told = [as_told(row) for row in self.result.events]
        new = list(self.case.events[len(before.events) if before else 0 :])
        if told != new:
            raise self._diverged(told, new, what)

    async def _compare_rows(self) -> None:
        """Everything that lies in the database beside the complaint, at the end."""
        (own,) = await self._rows(complaint)
        case = self.case
        told = [as_told(row) for row in await self._rows(event) if row["type"] != "refused"]
        armings = [
            (row["name"], row["armed_by_seq"], row["due_at"]) for row in await self._rows(timer) if row["trigger"] != "clock"
        ]
        pairs: list[tuple[Any, Any]] = [
            (as_case(own), as_facts(case)),
            (told, list(case.events)),
            (sorted(armings), sorted(case.armings)),
            ([row["payload"]["message"] for row in await self._rows(outbox)], list(case.messages)),
            (len(await self._rows(contact)), case.contacts),
            (sum(row["status"] == "received" for row in await self._rows(work_order)), case.open_work_orders),
            (sum(row["status"] == "open" for row in await self._rows(promise)), case.open_promises),
        ]
        for found, wanted in pairs:
            if found != wanted:
                raise self._diverged(found, wanted, "rows")

    async def _rows(self, table: Table) -> list[dict[str, Any]]:
        mine = table.c.id == self.id if table is complaint else table.c.complaint_id == self.id
        async with self.desk.runtime.db.read() as conn:
            return [as_dict(row) for row in await conn.execute(select(table).where(mine).order_by(table.c.id))]

    def _diverged(self, found: object, wanted: object, where: str) -> Divergence:
        done = "\n  ".join(self.log)
        return Divergence(f"{where}\n product: {found}\n model:   {wanted}\nafter\n  {done}")


def _actor(roles: frozenset[str]) -> Actor:
    number = sum(1 << index for index, role in enumerate(ROLES) if role in roles)
    return Actor(UUID(int=(0x018F << 112) | number), "+".join(sorted(roles)), "测试", roles)


async def _nothing() -> None:
    """Nobody looks."""
