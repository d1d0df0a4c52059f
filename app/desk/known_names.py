"""Names that come from outside and stand in a closed list of the configuration; a misspelt one is told with the nearest."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence

from app.catalogue.definitions import Published, listed
from app.complaints.pages import Filters
from app.contacts.channels import refused
from app.desk.desk import WORKFLOW, Desk
from app.desk.policy import POLICY, load_policy
from app.desk.terms import Terms
from app.errors import Invalid, Reason
from app.workflow.definition import Definition
from app.workflow.telling import unknown


def check_channel(terms: Terms, name: str, where: str = "channel") -> None:
    """Raise Invalid unless the policy has the channel `name`."""
    if (reason := refused(terms.policy.channels, name, where)) is not None:
        raise Invalid(reason)


async def check_filters(desk: Desk, filters: Filters) -> None:
    """Raise Invalid for a stage or a channel that no published version ever had: its list would be empty in silence."""
    strange = [] if filters.state is None else await _unheard(desk, filters.state, "state_unknown", lambda _n: "state", _stages)
    if filters.channel is not None:
        reason = refused((await desk.terms()).policy.channels, filters.channel)
        if reason is not None and not await _was_channel(desk, filters.channel):
            strange.append(reason)
    if strange:
        raise Invalid(*strange)


async def check_steps(desk: Desk, names: Sequence[str]) -> None:
    """Raise Invalid for a step that no published version of a workflow has: it could be taken by no complaint."""
    if strange := await _unheard(desk, names, "step_unknown", lambda n: f"command.steps[{n}].transition", _transitions):
        raise Invalid(*strange)


def _stages(definition: Definition) -> Iterable[str]:
    return definition.stages


def _transitions(definition: Definition) -> Iterable[str]:
    return (transition.name for transition in definition.transitions)


async def _unheard(
    desk: Desk, names: Sequence[str], code: str, where: Callable[[int], str], of: Callable[[Definition], Iterable[str]]
) -> list[Reason]:
    """The reason `code` for each of `names` that no version of any workflow has. Versions loaded before cost nothing."""

    def loaded() -> set[str]:
        return {name for definition in desk.workflows.values() for name in of(definition)}

    if loaded().issuperset(names):
        return []
    async with desk.runtime.db.read() as conn:
        current = await listed(conn, WORKFLOW)
        versions = [version for one in current for version in await listed(conn, WORKFLOW, one.name)]
    for one in versions:
        if one in current or _mentions(one, set(names) - loaded()):
            await desk.workflow(one.name, one.version)
    known = loaded()
    return [unknown(code, where(n), name, known) for n, name in enumerate(names) if name not in known]


async def _was_channel(desk: Desk, name: str) -> bool:
    """Whether an earlier policy had the channel."""
    async with desk.runtime.db.read() as conn:
        versions = await listed(conn, POLICY, POLICY)
    names = desk.vocabulary.names((await desk.terms()).calendars)
    for one in versions[1:]:
        if _mentions(one, {name}):
            policy = await asyncio.to_thread(load_policy, one.text, names, version=one.version)
            if refused(policy.channels, name) is None:
                return True
    return False


def _mentions(one: Published, names: Collection[str]) -> bool:
    return any(name in one.text for name in names)
