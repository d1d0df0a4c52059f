"""The delivered workflow through the door, step by step against an independent model of the YAML: no divergence.

The model (`flow_yaml`, `guard_reader`, `form_model`, `flow_model`) shares no code with the product. Each step compares
whether it was taken, the reasons if not, and the complaint after it: stage, version, counters, timers, events; each
complaint ends with a look at every row it left. A divergence is shrunk to the fewest operations that still show it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from pathlib import Path
from random import Random

import pytest

from app.boot import build_desk, publish_all
from app.clock import FrozenClock
from app.desk.desk import Desk
from app.settings import Settings
from tests.conftest import START
from tests.proofs.flow_play import Divergence, Player
from tests.proofs.flow_yaml import WORKFLOWS, delivered
from tests.sizes import ALL, size

SEED = 20260310
LENGTH = 60  # operations on one complaint
# Never refused here: `resolved` holds already by the way that leads to `care`, and nothing is granted (see the tests of grants).
BELTS = {"resolved", "no_open_grants"}


@pytest.fixture
async def desk(database_url: str, tmp_path: Path, clock: FrozenClock) -> AsyncIterator[Desk]:
    settings = Settings(database_url=database_url, var=tmp_path / "var", workflows=WORKFLOWS, pool_size=2)
    desk = await build_desk(settings, clock)
    await publish_all(desk)
    yield desk
    await desk.runtime.db.close()


async def test_every_step_ends_as_the_model_says(desk: Desk, clock: FrozenClock):
    flow, rng, enough = delivered(), Random(SEED), size("state_machine_steps")
    unseen = {f"step {step.name}" for step in flow.steps if step.means != "merge"}
    unseen |= {f"refusal {name}" for step in flow.steps for name, _ in step.guards if name not in BELTS}
    steps, tried = 0, Counter[str]()
    # At full size it goes on until each step was taken and each guard refused once, three times as long at most.
    while steps < enough or (ALL and unseen and steps < 3 * enough):
        clock.set(START)  # else the walks would come to years that no form takes
        seed, program = rng.getrandbits(32), [rng.getrandbits(32) for _ in range(LENGTH)]
        new = partial(Player, desk, clock, flow, seed, dict(tried))
        player = new()
        if await _diverges(player, program):
            await _shrunk(new, program)
        tried += player.tried
        steps += player.steps
        unseen -= {f"step {name}" for name in player.taken} | {f"refusal {name}" for name in player.refused}
    print(f"{steps} steps, {len(unseen)} steps and refusals never seen")
    assert not (ALL and unseen), unseen


async def _shrunk(player: Callable[[], Player], program: Sequence[int]) -> None:
    """Raise the Divergence of the shortest program found: parts are left out, large ones first, while it still diverges."""
    found = list(program)
    part = len(found) // 2
    while part:
        start = 0
        while start < len(found):
            shorter = found[:start] + found[start + part :]
            if await _diverges(player(), shorter):
                found = shorter
            else:
                start += part
        part //= 2
    await player().play(found)


async def _diverges(player: Player, program: Sequence[int]) -> bool:
    try:
        await player.play(program)
    except Divergence:
        return True
    return False
