"""`amends demo …`: the demo world."""

from __future__ import annotations

import typer

from app.desk.desk import Desk
from app.integrations.demo.world import load_world

app = typer.Typer(help="The demo world. / 演示数据。", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep the group even while it has no command."""


async def greet(desk: Desk, url: str) -> None:
    """Print where it serves."""
    print(url + "/docs")


__all__ = ["app", "greet", "load_world"]
