"""Checking and publishing workflows, and moving running complaints to another version on purpose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from app.access.actor import Actor
from app.access.answers import Answer
from app.audit.events import By, Event
from app.catalogue.definitions import Published, publish
from app.complaints.tables import complaint as complaint_table
from app.db.statement import Insert
from app.desk.agreement import check_agreement
from app.desk.change import Changed, Decide, change
from app.desk.desk import WORKFLOW, Desk
from app.desk.outcome import Reply, Result
from app.desk.readings import CLOCK
from app.desk.sealing import Sealer
from app.desk.situation import Situation
from app.desk.step import due_at, timer_row
from app.errors import AmendsError, Busy, Conflict, Invalid, Reason
from app.workflow.definition import Definition, Stage
from app.workflow.loader import load

BATCH = 200
MOVED = 200


async def publish_workflow(desk: Desk, by: By, text: str, source: str = "workflow.yaml") -> tuple[Published, bool]:
    """Check `text` and make it the next version of the workflow that it names; (the version, whether it is new).

    `source` is what the problems name as the file.

    Raises DefinitionError with every problem, each with line and column. Running complaints stay on their version.
    """
    definition = load(text, desk.vocabulary, source=source)
    check_agreement(definition, (await desk.terms()).policy, source)
    async with desk.runtime.db.write() as conn:
        return await publish(conn, by, desk.runtime.clock.now(), WORKFLOW, definition.name, text)


@dataclass(frozen=True, slots=True)
class Move:
    """A migration: from one version to another, stages renamed by `stages` (old → new; the same name otherwise)."""

    name: str
    from_version: int
    to_version: int
    stages: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Preview:
    """How many complaints stand in each stage, and where each stage would lead; `problems` must be empty to go on."""

    counts: Mapping[str, int]
    targets: Mapping[str, str]
    problems: Sequence[Reason]


async def preview(desk: Desk, move: Move) -> Preview:
    """What `run_move` would do; nothing is changed. NotFound for a version that was never published.

    Raises Invalid for a migration to the version that it begins at.
    """
    if move.to_version == move.from_version:
        raise Invalid(Reason("migrate_same_version", "to", {"version": move.to_version}), code="migration_invalid")
    old = await desk.workflow(move.name, move.from_version)
    new = await desk.workflow(move.name, move.to_version)
    async with desk.runtime.db.read() as conn:
        mine = (complaint_table.c.workflow == move.name) & (complaint_table.c.workflow_version == move.from_version)
        query = select(complaint_table.c.state, func.count()).where(mine).group_by(complaint_table.c.state)
        counts = {str(state): int(n) for state, n in await conn.execute(query)}
    problems = [
        Reason("stage_unknown", f"map.{name}", {"stage": name, "version": move.from_version})
        for name in move.stages
        if name not in old.stages
    ]
    targets = {state: move.stages.get(state, state) for state in counts}
    for state, target in targets.items():
        if target not in new.stages:
            problems.append(
                Reason("stage_without_target", f"map.{state}", {"stage": target, "from": state, "version": move.to_version})
            )
        elif new.stages[target].final != old.stages[state].final:
            problems.append(Reason("stage_changes_end", f"map.{state}", {"stage": target, "from": state}))
    return Preview(counts, targets, problems)


async def run_move(desk: Desk, actor: Actor, by: By, move: Move) -> int:
    """Move every complaint of the old version, one event each; how many were moved. Raises Invalid with the preview's problems.

    It may be stopped and run again: complaints moved already are not there any more to be moved. Complaints go on running
    meanwhile; when some could not be moved all others are, and then Conflict is raised with the reasons of one of them.
    """
    found = await preview(desk, move)
    if found.problems:
        raise Invalid(*found.problems, code="migration_invalid")
    new = await desk.workflow(move.name, move.to_version)
    moved, done = 0, UUID(int=0)
    failed: AmendsError | None = None
    while ids := await _left(desk, move, done):
        for complaint_id in ids:
            try:
                answer, _ = await change(desk, actor, by, complaint_id, None, Reply(_moved), _mover(new, move))
            except Busy:
                raise
            except AmendsError as error:
                failed = error
            else:
                moved += answer.status == MOVED
        done = ids[-1]
    if failed is not None:
        raise Conflict(*failed.reasons) from failed
    return moved


async def _left(desk: Desk, move: Move, after: UUID) -> list[UUID]:
    """A batch of complaints that are still to be moved, in the order of their ids."""
    own = complaint_table.c
    mine = (own.workflow == move.name) & (own.workflow_version == move.from_version) & (own.id > after)
    async with desk.runtime.db.read() as conn:
        return list((await conn.execute(select(own.id).where(mine).order_by(own.id).limit(BATCH))).scalars())


def _mover(new: Definition, move: Move) -> Decide:
    async def decide(old: Definition, situation: Situation, _sealer: Sealer) -> Changed:
        complaint = situation.complaint
        if complaint["workflow_version"] != move.from_version:
            return Changed(situation, moved=False)
        stage = _target(old, new, move, complaint["state"])
        seq = complaint["version"] + 1
        patch = {
            "version": seq,
            "last_at": situation.at,
            "workflow_version": move.to_version,
            "state": stage.name,
            "kind": stage.kind,
            "final": stage.final,
        }
        after = situation.with_(patch)
        inserts: list[Insert] = []
        armed = {
            name: entry
            for name, entry in complaint["armed"].items()
            if name.startswith(f"{CLOCK}:") or (name in new.timers and stage.name in new.timers[name].stages)
        }
        for timer in new.timers.values():
            if stage.name not in timer.stages:
                continue
            due = due_at(new, timer, after)
            if timer.name in armed:
                if old.timers[timer.name].trigger == timer.trigger:
                    continue
                # The row that waits names a step of the old version: another takes its place, for the same time.
                due = datetime.fromisoformat(armed[timer.name]["due"])
            if due is not None:
                armed[timer.name] = {"seq": seq, "due": due.isoformat()}
                inserts.append(timer_row(timer.name, timer.trigger, after, due))
        patch["armed"] = armed
        patch["due_at"] = min((datetime.fromisoformat(entry["due"]) for entry in armed.values()), default=None)
        event = Event(
            "migrated",
            situation.at,
            situation.by,
            complaint["id"],
            complaint["customer_id"],
            seq=seq,
            from_state=complaint["state"],
            to_state=stage.name,
            data={"from_version": move.from_version, "to_version": move.to_version},
            patch=patch,
            workflow=new.name,
            workflow_version=move.to_version,
        )
        return Changed(situation.with_(patch), inserts, events=[event])

    return decide


def _target(old: Definition, new: Definition, move: Move, state: str) -> Stage:
    """Where a complaint in `state` goes. Raises Invalid: it may have come there after the preview was made."""
    name = move.stages.get(state, state)
    stage = new.stages.get(name)
    if stage is None:
        params = {"stage": name, "from": state, "version": move.to_version}
        raise Invalid(Reason("stage_without_target", f"map.{state}", params), code="migration_invalid")
    if stage.final != old.stage(state).final:
        raise Invalid(Reason("stage_changes_end", f"map.{state}", {"stage": name, "from": state}), code="migration_invalid")
    return stage


def _moved(result: Result) -> Answer:
    return Answer(MOVED if result.events else 204, {}, b"")
