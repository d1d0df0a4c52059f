"""The terms of a decision: what is published counts from the next decision on, in every process; what is wrong is never published."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from shutil import copytree

import pytest

from app.boot import build_desk, publish_all
from app.complaints.queries import TERMS
from app.desk.desk import BY_SYSTEM
from app.settings import Settings
from app.workflow.problems import DefinitionError
from tests.integration.worker_world import WORKFLOWS

CLOSED = 'mon-sun: ["08:00-22:00"]'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the delivered definitions, to be changed."""
    return Path(copytree(WORKFLOWS, tmp_path / "workflows"))


def at(url: str, tmp_path: Path, folder: Path) -> Settings:
    return Settings(database_url=url, var=tmp_path / "var", workflows=folder, pool_size=4)


async def test_a_running_process_counts_on_the_calendar_that_is_published_now(database_url, tmp_path, clock, folder):
    settings = at(database_url, tmp_path, folder)
    desk = await build_desk(settings, clock)
    other = await build_desk(settings, clock)
    try:
        await publish_all(desk)
        before = await other.terms()
        file = folder / "calendars.yaml"
        file.write_text(file.read_text("utf-8").replace(CLOSED, 'mon-sun: ["06:00-07:00"]'), "utf-8")
        await publish_all(desk, BY_SYSTEM, only_missing=False)
        after = await other.terms()
        day = clock.now().date() + timedelta(days=1)
        assert before.calendars_version == 1
        assert after.calendars_version == 2
        assert after.service.openings(day) != before.service.openings(day)
        assert after.policy == before.policy
        assert await other.terms((1,) * len(TERMS)) is before, "a version that was published never changes"
    finally:
        await desk.runtime.db.close()
        await other.runtime.db.close()


async def test_a_policy_with_a_mistake_is_refused_with_its_place_and_nothing_is_published(database_url, tmp_path, clock, folder):
    desk = await build_desk(at(database_url, tmp_path, folder), clock)
    try:
        policy = folder / "policy.yaml"
        policy.write_text(policy.read_text("utf-8").replace("title:", "titel:"), "utf-8")
        with pytest.raises(DefinitionError) as refused:
            await publish_all(desk)
        first = refused.value.problems[0]
        assert (first.nearest, first.column) == ("title", 1)
        assert (await desk.terms()).calendars_version == 0
    finally:
        await desk.runtime.db.close()
