"""Web processes and the worker: started, watched, ended in good order."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import os
import shutil
import signal
import socket
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from multiprocessing.process import BaseProcess

import structlog
import uvicorn
import uvloop
from prometheus_client import start_http_server
from prometheus_client.multiprocess import mark_process_dead

from app.boot import build_desk, drift
from app.calendars.ending import ending
from app.clock import SystemClock
from app.desk.desk import Desk
from app.main import create_app
from app.runtime import SHARED
from app.settings import Settings
from app.worker.loop import run as run_worker

log = structlog.get_logger()
SETTLE_SECONDS = 15
GRACE = 20
"""Seconds that requests under way are given at the end."""


class _Server(uvicorn.Server):
    """Uvicorn, but the signals are ours: web and worker end together."""

    def install_signal_handlers(self) -> None:
        """Leave them to `serve`."""


def bind(settings: Settings) -> socket.socket:
    """The listening socket; bound before anything else, so that a port in use is told at once."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((settings.host, settings.port))
    listener.listen(2048)
    listener.set_inheritable(True)
    return listener


async def serve(
    settings: Settings, listener: socket.socket, *, worker: bool, ready: Callable[[Desk], Awaitable[None]] | None = None
) -> None:
    """Serve until SIGTERM or SIGINT; with `worker`, the background jobs run in this process too."""
    desk = await build_desk(settings, SystemClock())
    stop = _on_signals()
    try:
        await desk.current_workflow("complaint")  # so that the first caller does not wait for it
        for changed in await drift(desk):
            log.warning("definition_changed", file=changed.file, published=changed.version, remedy="amends workflow publish")
        for name, year in ending((await desk.terms()).calendars, desk.runtime.clock.now()):
            log.warning("calendar_ends", calendar=name, unknown_year=year, remedy="exceptions in calendars.yaml")
        config = uvicorn.Config(
            create_app(desk),
            loop="none",
            http="httptools",
            ws="none",
            lifespan="off",
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=GRACE,
        )
        # What was loaded at start stays to the end: looking through it for garbage would hold everybody up for 0.1 s at a time.
        gc.collect()
        gc.freeze()
        server = _Server(config)
        tasks = [asyncio.create_task(server.serve(sockets=[listener]))]
        if worker:
            tasks.append(asyncio.create_task(run_worker(desk, stop)))
        tasks.append(asyncio.create_task(settle_refusals(desk, stop)))
        if ready is not None:
            await ready(desk)
        host, port = listener.getsockname()[:2]
        log.info("serving", host=host, port=port, database=desk.runtime.db.dialect, worker=worker)
        waiting = asyncio.create_task(stop.wait())
        await asyncio.wait([*tasks, waiting], return_when=asyncio.FIRST_COMPLETED)
        stop.set()
        server.should_exit = True
        await asyncio.gather(*tasks)
        waiting.cancel()
    finally:
        await desk.runtime.db.close()


async def settle_refusals(desk: Desk, stop: asyncio.Event) -> None:
    """Put repeated refusals on record as their minute ends, and the rest at the end."""
    while not stop.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), SETTLE_SECONDS)
        try:
            await desk.refusals.settle(desk.runtime.db, desk.runtime.clock.now(), everything=stop.is_set())
        except Exception:
            log.exception("refusals_not_settled")  # they are kept for the next round


async def work(settings: Settings) -> None:
    """The worker alone, until SIGTERM or SIGINT."""
    desk = await build_desk(settings, SystemClock())
    stop = _on_signals()
    try:
        if settings.metrics_port is not None:
            start_http_server(settings.metrics_port, settings.host, desk.runtime.metrics.registry)
        await asyncio.gather(run_worker(desk, stop), settle_refusals(desk, stop))
    finally:
        await desk.runtime.db.close()


def _on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    return stop


def run_one(
    settings: Settings, listener: socket.socket, *, worker: bool = False, ready: Callable[[Desk], Awaitable[None]] | None = None
) -> None:
    """One web process in this one."""
    uvloop.run(serve(settings, listener, worker=worker, ready=ready))


def run_many(settings: Settings, listener: socket.socket) -> None:
    """`settings.workers` web processes on one socket; one that dies is started again, a signal ends all.

    They keep their figures in one folder, made anew at each start.
    """
    figures = settings.var / "metrics"
    shutil.rmtree(figures, ignore_errors=True)
    figures.mkdir(parents=True, mode=0o700)
    os.environ[SHARED] = str(figures)
    context = multiprocessing.get_context("spawn")
    ending = False

    def start() -> BaseProcess:
        process = context.Process(target=_child, args=(settings, listener), daemon=False)
        process.start()
        return process

    def end(_signal: int, _frame: object) -> None:
        nonlocal ending
        ending = True

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    children = [start() for _ in range(settings.workers)]
    while not ending:
        time.sleep(0.2)
        for number, child in enumerate(children):
            if not child.is_alive() and not ending:
                log.error("web_process_died", exit_code=child.exitcode)
                mark_process_dead(child.pid)  # type: ignore[no-untyped-call]
                time.sleep(1)
                children[number] = start()
    for child in children:
        child.terminate()
    for child in children:
        child.join(GRACE + 5)


def _child(settings: Settings, listener: socket.socket) -> None:
    from app.cli.logs import configure

    configure(settings)
    run_one(settings, listener)
