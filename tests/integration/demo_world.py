"""What the demo's tests share: a desk on the demo's clock with everything published, and the files as they are delivered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import yaml

from app.boot import build_desk, publish_all
from app.clock import FrozenClock
from app.desk.desk import Desk
from app.integrations.demo.clock import DemoClock
from app.settings import Settings
from tests.conftest import START

WORKFLOWS = Path(__file__).parents[2] / "workflows"


@asynccontextmanager
async def demo_desk(url: str, folder: Path, **more: Any) -> AsyncIterator[tuple[Desk, DemoClock]]:
    """A desk with the delivered definitions; its clock stands at START until the demo moves it."""
    clock = DemoClock(FrozenClock(START))
    desk = await build_desk(Settings(database_url=url, var=folder, **{"workflows": WORKFLOWS, **more}), clock)
    try:
        await publish_all(desk)
        yield desk, clock
    finally:
        await desk.runtime.db.close()


def definition(name: str) -> dict[str, Any]:
    """A delivered definition file."""
    found: dict[str, Any] = yaml.safe_load((WORKFLOWS / name).read_text("utf-8"))
    return found
