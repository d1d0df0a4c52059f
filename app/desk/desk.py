"""What the door needs at hand: the process, the keys, the definitions, the calendars."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.access.actor import SYSTEM, Actor
from app.access.vault import Vault
from app.audit.events import By
from app.calendars.definition import Calendar
from app.catalogue.definitions import current, version_of
from app.complaints.search_tokens import SearchTokens
from app.desk.refusals import Refusals
from app.desk.vocabulary import Vocabulary
from app.errors import NotFound, Reason
from app.runtime import Runtime
from app.workflow.definition import Definition
from app.workflow.loader import load
from app.workflow.machine import machine_of

WORKFLOW = "workflow"
SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Desk:
    """Handed to every use case. `workflows` caches loaded versions, which never change."""

    runtime: Runtime
    vault: Vault
    vocabulary: Vocabulary
    calendars: Mapping[str, Calendar]
    tokens: SearchTokens
    workflows: dict[tuple[str, int], Definition] = field(default_factory=dict)
    refusals: Refusals = field(default_factory=Refusals)

    @property
    def service(self) -> Calendar:
        """The calendar of the service hours."""
        return self.calendars[SERVICE]

    async def workflow(self, name: str, version: int) -> Definition:
        """A published version, loaded once. NotFound when it was never published."""
        found = self.workflows.get((name, version))
        if found is None:
            async with self.runtime.db.read() as conn:
                published = await version_of(conn, WORKFLOW, name, version)
            if published is None:
                known = {"name": name, "version": version}
                raise NotFound(Reason("workflow_version_unknown", "version", known), what="workflow")
            found = load(published.text, self.vocabulary, name=name, version=version)
            machine_of(found)  # made here once, not in somebody's first step
            self.workflows[name, version] = found
        return found

    async def current_workflow(self, name: str) -> Definition:
        """The version that new complaints start on. NotFound when nothing of that name was published."""
        async with self.runtime.db.read() as conn:
            published = await current(conn, WORKFLOW, name)
        if published is None:
            raise NotFound(what=f"workflow {name}")
        return await self.workflow(name, published.version)


def by_of(actor: Actor, request_id: str | None = None, on_behalf_of: str | None = None, role: str | None = None) -> By:
    """Who an event names for `actor`; `role` is the one acted in, else the first of all held."""
    return By(actor.id, actor.name, role or next(iter(sorted(actor.roles)), "none"), on_behalf_of, request_id)


BY_SYSTEM = by_of(SYSTEM)
