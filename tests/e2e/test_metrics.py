"""What operators watch: several web processes tell their figures together, a worker on its own tells its own."""

from __future__ import annotations

import asyncio
import socket
from datetime import datetime, timedelta
from pathlib import Path

import httpx2

from app.clock import FrozenClock
from tests.e2e.api_world import OPENING, World
from tests.proofs.server import Served


def figure(text: str, start: str) -> float:
    """The value of the one sample that starts so."""
    (line,) = [line for line in text.splitlines() if line.startswith(start)]
    return float(line.rsplit(" ", 1)[1])


async def test_several_web_processes_tell_one_sum_and_the_worker_its_own(postgresql_url: str, tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    made = Served(postgresql_url, tmp_path, {"workers": "2", "metrics_port": str(port), "poll_seconds": "0.05"})
    try:
        await made.start(worker=True)
        async with made.client(await made.token("lin", "handler")) as client:
            for _ in range(12):  # a connection each, so that both have some
                async with httpx2.AsyncClient(base_url=made.address, headers=client.headers, timeout=60) as one:
                    assert (await one.post("/v1/complaints", json=dict(OPENING))).status_code == 201
        opened = 'amends_requests_total{method="POST",route="/v1/complaints",status="201"}'
        for _ in range(6):
            async with httpx2.AsyncClient(timeout=60) as one:
                text = (await one.get(f"{made.address}/metrics")).text
                assert figure(text, opened) == 12
                assert figure(text, "amends_timers_due ") == 0
        async with httpx2.AsyncClient(timeout=60) as one, asyncio.timeout(60):
            while True:
                try:
                    assert "amends_timer_late_seconds_count" in (await one.get(f"http://127.0.0.1:{port}/metrics")).text
                    break
                except httpx2.TransportError:
                    await asyncio.sleep(0.1)
    finally:
        made.stop()
    assert not [line for line in made.log.read_text("utf-8").splitlines() if '"level": "error"' in line]


async def test_how_late_timers_are_is_told_where_nobody_fires_them(amends: World, clock: FrozenClock):
    await amends.opened()
    (due,) = (await amends.get("/v1/complaints")).json()["items"][0]["timers"]
    clock.advance(datetime.fromisoformat(due["due_at"]) - clock.now() + timedelta(minutes=5))
    text = (await amends.get("/metrics", role="admin")).text
    assert figure(text, "amends_timers_due ") == 2
    # The first is the warning of the clock of half an hour, at 80% of it.
    assert figure(text, "amends_timers_oldest_late_seconds ") == 660
