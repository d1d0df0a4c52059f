"""The door: a complaint takes one step, or several in one request, or none of them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from app.access.actor import Actor
from app.access.answers import Answer
from app.audit.events import By, Event
from app.db.statement import Insert, Update
from app.desk.change import Changed, change
from app.desk.desk import Desk
from app.desk.duty import called
from app.desk.handing_over import received
from app.desk.outcome import Reply
from app.desk.promises import handed_over
from app.desk.sealing import Sealer
from app.desk.situation import Situation
from app.desk.step import take
from app.errors import Forbidden, Invalid, Reason, Refused
from app.workflow.definition import Definition
from app.workflow.machine import Command
from app.workflow.machine import Refused as Refusal

MAX_STEPS = 20
_INVALID = {"form_invalid", "note_required", "note_invalid", "transition_unknown"}


async def transition(
    desk: Desk,
    actor: Actor,
    by: By,
    complaint_id: UUID,
    commands: Sequence[Command],
    reply: Reply,
    *,
    expected: int | None = None,
    updates: Sequence[Update] = (),
    own_door: bool = False,
    fired: str | None = None,
) -> tuple[Answer, bool]:
    """Take `commands` in order, all or none; (the answer, whether it repeats one given before).

    Raises Refused with every reason (also recorded as an event), Invalid for a form that does not fit, Forbidden for
    the role, StaleVersion, Conflict, NotFound. `updates` are rows that belong to the same write;
    `fired` names the timer whose end is one of them.
    """
    decide = stepping(desk, by, commands, updates=updates, own_door=own_door, fired=fired)
    answer, repeated = await change(desk, actor, by, complaint_id, expected, reply, decide)
    if not repeated:
        for command in commands:
            desk.runtime.metrics.transitions.labels(decide.workflow, command.transition, "taken").inc()
    return answer, repeated


class stepping:  # noqa: N801 - used as the function that it is
    """Decides `commands` in order, for `change`; `workflow` is that of the complaint, once it was asked.

    In a `rehearsal` a refusal is told and not recorded: nobody tried.
    """

    def __init__(
        self,
        desk: Desk,
        by: By,
        commands: Sequence[Command],
        *,
        updates: Sequence[Update] = (),
        own_door: bool = False,
        fired: str | None = None,
        rehearsal: bool = False,
    ) -> None:
        self.workflow = ""
        self._desk, self._by, self._commands, self._updates = desk, by, commands, updates
        self._own_door, self._fired, self._rehearsal = own_door, fired, rehearsal

    async def __call__(self, definition: Definition, situation: Situation, sealer: Sealer) -> Changed:
        """The situation after all of them. Raises as `transition` does."""
        self.workflow = definition.name
        inserts: list[Insert] = []
        events: list[Event] = []
        consulted, before = False, situation
        for number, command in enumerate(self._commands):
            situation = await called(self._desk, definition, situation, command.transition)
            situation = await received(self._desk, definition, situation, command)
            try:
                step = take(definition, situation, command, sealer, self._own_door, self._fired)
            except Refused as error:
                raise Refused(*_placed(error.reasons, number, self._commands), code=error.problem) from error
            if isinstance(step, Refusal):
                await self._refuse(definition, situation, command, step)
                raise refusal(step, command, _placed(step.reasons, number, self._commands))
            situation = step.situation
            inserts += step.inserts
            events += step.events
            consulted = consulted or step.customer_consulted
        updates, handed, notices = await handed_over(self._desk, before, situation.complaint["owner_id"])
        return Changed(situation, [*inserts, *notices], [*self._updates, *updates], [*events, *handed], consulted)

    async def _refuse(self, definition: Definition, situation: Situation, command: Command, step: Refusal) -> None:
        if self._rehearsal:
            return
        desk = self._desk
        desk.runtime.metrics.transitions.labels(definition.name, _known(definition, command), "refused").inc()
        await desk.refusals.record(desk.runtime.db, self._by, situation.at, situation.complaint, command, step)


def _placed(reasons: Sequence[Reason], number: int, commands: Sequence[Command]) -> Sequence[Reason]:
    """In a request of several steps each reason names the step."""
    if len(commands) == 1:
        return reasons
    return [Reason(r.code, f"steps[{number}].{r.where or 'transition'}", r.params, r.words) for r in reasons]


def refusal(refused: Refusal, command: Command, reasons: Sequence[Reason] | None) -> Invalid | Refused | Forbidden:
    """The machine's refusal as an error; `reasons` are its own placed in a larger request."""
    reasons = refused.reasons if reasons is None else reasons
    params = {"transition": command.transition[:80]}
    if refused.code in _INVALID:
        return Invalid(*reasons, code=refused.code, **params)
    if refused.code == "role_refused":
        return Forbidden(*reasons, code=refused.code, **params)
    return Refused(*reasons, code=refused.code, **params)


def _known(definition: Definition, command: Command) -> str:
    """The transition's name, or `unknown`: a label of a metric must not grow with what callers send."""
    return command.transition if any(t.name == command.transition for t in definition.transitions) else "unknown"
