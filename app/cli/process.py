"""`amends up | serve | worker | migrate`: the processes."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from app.boot import build_desk, publish_all
from app.cli.base import settings, tell
from app.cli.locks import only_one
from app.clock import SystemClock
from app.db.migrate import upgrade
from app.desk.desk import Desk
from app.errors import Invalid, Reason
from app.settings import Settings

Port = Annotated[int | None, typer.Option(help="Port to listen on (AMENDS_PORT).")]
Host = Annotated[str | None, typer.Option(help="Address to listen on (AMENDS_HOST).")]


def register(cli: typer.Typer) -> None:
    """Hang the commands into the tree."""
    cli.command()(up)
    cli.command()(serve)
    cli.command()(worker)
    cli.command()(migrate)


def migrate() -> None:
    """Bring the database to this program's version and publish what was never published."""
    found = settings()
    _var(found)
    upgrade(found.database())
    asyncio.run(_publish(found))
    tell("migrated")


def serve(
    host: Host = None,
    port: Port = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Web processes (AMENDS_WORKERS).")] = None,
) -> None:
    """Serve the HTTP API; run `amends worker` beside it."""
    from app.cli import serving
    from app.cli.logs import configure

    found = _with(settings(), host=host, port=port, workers=workers)
    configure(found)
    _var(found)
    sqlite = found.database().startswith("sqlite")
    if found.workers > 1 and sqlite:
        raise Invalid(Reason("sqlite_one_process", "--workers"))
    with ExitStack() as held:
        if sqlite:
            held.enter_context(only_one(found.var, "serve"))
        asyncio.run(_publish(found))
        listener = serving.bind(found)
        (serving.run_many if found.workers > 1 else serving.run_one)(found, listener)


def worker() -> None:
    """Carry out timers, messages and jobs; several may run on PostgreSQL."""
    import uvloop

    from app.cli import serving
    from app.cli.logs import configure

    found = settings()
    configure(found)
    _var(found)
    with ExitStack() as held:
        if found.database().startswith("sqlite"):
            held.enter_context(only_one(found.var, "worker"))
        uvloop.run(serving.work(found))


def up(
    host: Host = None,
    port: Port = None,
    demo: Annotated[
        bool, typer.Option(help="Load the demo world into an empty database, and print a token of its handler.")
    ] = True,
) -> None:
    """Migrate, publish, load the demo world once, and serve web and worker in one process."""
    from app.cli import serving
    from app.cli.demo import greet, greet_plainly, load_world
    from app.cli.logs import configure

    found = _with(settings(), host=host, port=port)
    configure(found.model_copy(update={"log_level": "warning"}) if "log_level" not in found.model_fields_set else found)
    _var(found)
    with ExitStack() as held:
        if found.database().startswith("sqlite"):
            held.enter_context(only_one(found.var, "serve"))
            held.enter_context(only_one(found.var, "worker"))
        listener = serving.bind(found)
        upgrade(found.database())

        async def prepare() -> None:
            desk = await build_desk(found, SystemClock())
            try:
                await publish_all(desk)
                if demo:
                    await load_world(desk)
            finally:
                await desk.runtime.db.close()

        asyncio.run(prepare())
        host_, port_ = listener.getsockname()[:2]

        async def ready(desk: Desk) -> None:
            await (greet if demo else greet_plainly)(desk, f"http://{host_}:{port_}")

        serving.run_one(found, listener, worker=True, ready=ready)


def _with(found: Settings, **given: object) -> Settings:
    return found.model_copy(update={name: value for name, value in given.items() if value is not None})


def _var(found: Settings) -> None:
    Path(found.var).mkdir(parents=True, exist_ok=True, mode=0o700)


async def _publish(found: Settings) -> None:
    desk = await build_desk(found, SystemClock())
    try:
        await publish_all(desk)
    finally:
        await desk.runtime.db.close()
