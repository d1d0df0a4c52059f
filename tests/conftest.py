"""What all tests share: a frozen clock, hypothesis' profile, and real databases, migrated and empty.

`database_url` runs a test on SQLite and on PostgreSQL; `sqlite_url` and `postgresql_url` on the one. How they are made: `databases.py`.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zlib import crc32

import pytest
import structlog
from hypothesis import HealthCheck, settings

from app.clock import FrozenClock
from app.settings import Settings
from tests import databases
from tests.sizes import size

# A Tuesday morning in Beijing, an ordinary working day: 2026-03-10 10:00 +08:00.
START = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)

settings.register_profile(
    "amends",
    max_examples=size("property_examples"),
    deadline=None,  # no assertion on time: a busy machine is not a defect
    derandomize=bool(os.environ.get("CI")),  # the same tree gives the same verdict
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("amends")

RUN_ID = pytest.StashKey[str]()
DATABASES = ("sqlite", "postgresql")


def pytest_configure(config: pytest.Config) -> None:
    """Name the run; the workers of one run share the name, and so its template database."""
    # As the product logs, not as the library does when nobody tells it: with every local variable, which takes minutes.
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(default=str),
        ]
    )
    given = getattr(config, "workerinput", {}).get("run_id")
    config.stash[RUN_ID] = given or databases.new_run_id()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node) -> None:
    """Tell a pytest-xdist worker the name of the run."""
    node.workerinput["run_id"] = node.config.stash[RUN_ID]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Sweep what the run left behind, once all workers have ended."""
    if hasattr(config, "workerinput"):
        return
    folder = _run_folder(config)
    if (folder / databases.USED).exists():
        databases.run(databases.sweep(os.environ["TEST_DATABASE_URL"], config.stash[RUN_ID]))
    shutil.rmtree(folder, ignore_errors=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Every day each test of a database runs on one of the two, so that both are used in every run; the proofs on both.

    Which one is in its name, so that the same test fails again. At full size all run on both.
    """
    if size("databases") == len(DATABASES):
        return
    left = [item for item in items if (param := _database(item)) is not None and param != DATABASES[crc32(_name(item)) % 2]]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in set(left)]


def _database(item: pytest.Item) -> str | None:
    """On which database a test runs that runs on both; None for others."""
    params = getattr(getattr(item, "callspec", None), "params", {})
    found = next((params[name] for name in ("database_url", "ready") if name in params), None)
    return None if "proofs" in item.path.parts else found


def _name(item: pytest.Item) -> bytes:
    return item.nodeid.replace("postgresql", "sqlite").encode()


def _run_folder(config: pytest.Config) -> Path:
    return Path(tempfile.gettempdir()) / f"{databases.PREFIX}_{config.stash[RUN_ID]}"


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """The developer's own AMENDS_* variables and .env never reach a test."""
    for name in list(os.environ):
        if name.startswith("AMENDS_") and name != "AMENDS_TEST_SIZE":
            monkeypatch.delenv(name)
    monkeypatch.setitem(Settings.model_config, "env_file", None)


@pytest.fixture
def clock() -> FrozenClock:
    """A clock at START that moves only when told."""
    return FrozenClock(START)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> databases.SQLite:
    """The migrated SQLite file of this process."""
    return databases.SQLite(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest) -> Iterator[databases.Postgres]:
    """The PostgreSQL server under test. None at hand: a visible skip on a laptop, a failure in CI."""
    folder = _run_folder(request.config)
    folder.mkdir(exist_ok=True)
    try:
        with databases.server(folder) as url:
            postgres = databases.Postgres(url, request.config.stash[RUN_ID])
            yield postgres
            postgres.close()
    except databases.NoPostgresError as missing:
        if os.environ.get("CI"):
            pytest.fail(f"CI needs a real PostgreSQL: {missing}")
        pytest.skip(f"no PostgreSQL: {missing}")


@pytest.fixture
def sqlite_url(sqlite_template: databases.SQLite, tmp_path: Path) -> str:
    """A migrated, empty SQLite database of this test's own."""
    return sqlite_template.create(tmp_path)


@pytest.fixture
def postgresql_url(postgres: databases.Postgres) -> Iterator[str]:
    """A migrated, empty PostgreSQL database of this test's own."""
    name, url = postgres.create()
    yield url
    postgres.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The same test on both databases: the URL of a migrated, empty one."""
    return str(request.getfixturevalue(f"{request.param}_url"))
