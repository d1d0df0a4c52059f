"""What the door needs at hand: the process, the keys, the definitions, the calendars."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from app.access.actor import SYSTEM, Actor
from app.access.vault import Vault
from app.audit.events import By
from app.calendars.loader import load_calendars
from app.catalogue.definitions import current, version_of
from app.catalogue.tags import TAGS, load_tags
from app.complaints.queries import TERMS, Versions, current_terms
from app.complaints.search_tokens import SearchTokens
from app.customers.segments import SEGMENTS, load_segments
from app.desk.policy import POLICY, load_policy
from app.desk.rarity import KnownRarity
from app.desk.refusals import Refusals
from app.desk.terms import Terms
from app.desk.vocabulary import Vocabulary
from app.errors import NotFound, Reason
from app.runtime import Runtime
from app.workflow.definition import Definition
from app.workflow.loader import load
from app.workflow.machine import machine_of

WORKFLOW = "workflow"
CALENDARS = "calendars"


@dataclass(frozen=True, slots=True)
class Desk:
    """Handed to every use case. `workflows` and `known_terms` cache loaded versions, which never change.

    `unpublished`: the terms of the files at start, for a database in which none were published.
    """

    runtime: Runtime
    vault: Vault
    vocabulary: Vocabulary
    unpublished: Terms
    tokens: SearchTokens
    workflows: dict[tuple[str, int], Definition] = field(default_factory=dict)
    known_terms: dict[Versions, Terms] = field(default_factory=dict)
    refusals: Refusals = field(default_factory=Refusals)
    rarity: KnownRarity = field(default_factory=KnownRarity)

    async def terms(self, versions: Versions | None = None) -> Terms:
        """The terms of `versions`, loaded once; without them those that are current now."""
        if versions is None:
            versions = await current_terms(self.runtime.db)
        terms = self.known_terms.get(versions)
        if terms is None:
            terms = self.known_terms[versions] = await self._terms(dict(zip(TERMS, versions, strict=True)))
        return terms

    async def _terms(self, versions: Mapping[str, int | None]) -> Terms:
        terms = self.unpublished
        async with self.runtime.db.read() as conn:
            texts = {
                kind: (version, found.text)
                for kind, version in versions.items()
                if version is not None and (found := await version_of(conn, kind, kind, version)) is not None
            }
        if CALENDARS in texts:
            version, text = texts[CALENDARS]
            terms = replace(terms, calendars=load_calendars(text), calendars_version=version)
        if POLICY in texts:
            version, text = texts[POLICY]
            # Its tags and segments were checked when it was published: one retired since must not bring the house to a stop.
            terms = replace(terms, policy=load_policy(text, self.vocabulary.names(terms.calendars), version=version))
        if SEGMENTS in texts:
            version, text = texts[SEGMENTS]
            terms = replace(terms, segments=load_segments(text, version=version))
        if TAGS in texts:
            version, text = texts[TAGS]
            terms = replace(terms, tags=load_tags(text, version=version))
        return terms

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
