"""Putting the process together: settings → runtime → keys → definitions checked against the desk's tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection

from app.access.keys import check_master_key, sealed_before
from app.access.vault import Vault
from app.audit.events import By
from app.calendars.loader import load_calendars
from app.catalogue.definitions import current, digest, listed, publish
from app.catalogue.tags import TAGS, Library, load_tags
from app.clock import Clock
from app.complaints.search_tokens import SearchTokens
from app.customers.segments import SEGMENTS, load_segments
from app.db.migrate import ready
from app.desk.agreement import check_agreement, check_clock_steps
from app.desk.clocks import RETIME
from app.desk.desk import BY_SYSTEM, CALENDARS, WORKFLOW, Desk
from app.desk.policy import POLICY, load_policy
from app.desk.terms import Terms
from app.desk.vocabulary import Vocabulary
from app.errors import Invalid, NotFound, Reason
from app.outbox.jobs import enqueue
from app.outbox.tables import job
from app.runtime import build
from app.settings import Settings
from app.workflow.definition import Definition
from app.workflow.loader import load

KINDS: Mapping[str, str] = {
    "calendars.yaml": "calendars",
    "complaint.yaml": WORKFLOW,
    "plans.yaml": "plans",
    "policy.yaml": POLICY,
    "segments.yaml": SEGMENTS,
    "tags.yaml": TAGS,
}
"""The files of `workflows/` that are published, with their kind; the name of each is its stem."""


TERMS = frozenset({CALENDARS, POLICY})
"""The kinds that decisions are made on as they are current, so that a new version holds for running complaints too."""


@dataclass(frozen=True, slots=True)
class Drift:
    """A file of `workflows/` that differs from what is published (or was never published)."""

    file: str
    kind: str
    name: str
    version: int | None


async def build_desk(settings: Settings, clock: Clock) -> Desk:
    """A desk on a database that is migrated, guarded, durable and of this master key. Raises with the remedy otherwise."""
    runtime = build(settings, clock)
    try:
        await ready(runtime.db)
        async with runtime.db.read() as conn:
            vault = Vault.of(settings, make=not await sealed_before(conn))
            await check_master_key(conn, vault)
            calendars = load_calendars(await _text(conn, settings, "calendars.yaml"))
            vocabulary = Vocabulary(frozenset(calendars))
            policy = load_policy(await _text(conn, settings, "policy.yaml"), vocabulary.names(calendars))
            segments = load_segments(await _text(conn, settings, "segments.yaml"))
            tags = await _tags(conn, settings)
    except BaseException:
        await runtime.db.close()
        raise
    return Desk(runtime, vault, vocabulary, Terms(calendars, 0, policy, segments, tags), SearchTokens(vault.search_key))


async def _text(conn: AsyncConnection, settings: Settings, file: str) -> str:
    """What is published of it, else the file."""
    published = await current(conn, KINDS[file], Path(file).stem)
    return published.text if published else _needed(settings, file)


def read_text(path: Path) -> str:
    """The text of a configuration file. Raises Invalid when it is not UTF-8."""
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise Invalid(Reason("file_not_utf8", str(path)), code="file_not_utf8", file=path) from error


async def _tags(conn: AsyncConnection, settings: Settings) -> Library | None:
    """The tag library; None where a house has none, and then any tag may be given."""
    if "tags.yaml" not in files(settings) and await current(conn, TAGS, TAGS) is None:
        return None
    return load_tags(await _text(conn, settings, "tags.yaml"))


def files(settings: Settings) -> dict[str, str]:
    """The texts of the definition files that are there, by file name."""
    return {name: read_text(path) for name in KINDS if (path := Path(settings.workflows) / name).is_file()}


def _needed(settings: Settings, name: str) -> str:
    """The text of a definition file without which nothing starts."""
    path = Path(settings.workflows) / name
    if not path.is_file():
        raise NotFound(Reason("workflows_missing", str(settings.workflows), {"file": name}), what=f"workflows/{name}")
    return read_text(path)


async def publish_all(desk: Desk, by: By = BY_SYSTEM, *, only_missing: bool = True) -> list[tuple[str, int]]:
    """Publish `workflows/`: (name, version) of what was published. All are checked first, all or nothing.

    `only_missing` leaves alone what was published before: a changed file is taken only when somebody says so.
    """
    settings, at = desk.runtime.settings, desk.runtime.clock.now()
    found = files(settings)
    definition = load(_needed(settings, "complaint.yaml"), desk.vocabulary, name="complaint", source="complaint.yaml")
    calendars = load_calendars(_needed(settings, "calendars.yaml"))
    segments = load_segments(_needed(settings, "segments.yaml")).table
    library = load_tags(found["tags.yaml"]) if "tags.yaml" in found else (await desk.terms()).tags
    names = desk.vocabulary.names(calendars, None if library is None else library.names, segments)
    policy = load_policy(_needed(settings, "policy.yaml"), names)
    check_agreement(definition, policy, "complaint.yaml")
    check_clock_steps(policy, [definition, *await _other_workflows(desk, definition.name)], "policy.yaml")
    done: list[tuple[str, int]] = []
    terms_changed = False
    async with desk.runtime.db.write() as conn:
        for name, text in found.items():
            stem = Path(name).stem
            if only_missing and await current(conn, KINDS[name], stem) is not None:
                continue
            made, new = await publish(conn, by, at, KINDS[name], stem, text)
            if new:
                done.append((stem, made.version))
                terms_changed = terms_changed or (made.version > 1 and made.kind in TERMS)
        if terms_changed:  # what fires is armed by the old ones
            await conn.execute(job.insert().values(**enqueue(RETIME, {}, at).row))
    return done


async def _other_workflows(desk: Desk, name: str) -> list[Definition]:
    """The current workflows that were published beside the one called `name`."""
    async with desk.runtime.db.read() as conn:
        found = await listed(conn, WORKFLOW)
    return [await desk.workflow(one.name, one.version) for one in found if one.name != name]


async def drift(desk: Desk) -> list[Drift]:
    """Files of `workflows/` that differ from what is published."""
    found: list[Drift] = []
    async with desk.runtime.db.read() as conn:
        for name, text in files(desk.runtime.settings).items():
            stem = Path(name).stem
            published = await current(conn, KINDS[name], stem)
            if published is None or published.sha256 != digest(text):
                found.append(Drift(name, KINDS[name], stem, published.version if published else None))
    return found
