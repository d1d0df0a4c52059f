"""`amends outbox …`: dead letters."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer

from app.cli.base import operator, run, tell
from app.cli.usage import wrong
from app.desk.desk import Desk
from app.worker.letters import dead_letters, replay_letters

app = typer.Typer(help="Messages that could not be delivered. / 未能送达的消息。", no_args_is_help=True)


@app.command("list")
def list_(limit: Annotated[int, typer.Option(min=1, max=1000)] = 50) -> None:
    """Dead letters, newest first."""

    async def work(desk: Desk) -> None:
        async with desk.runtime.db.read() as conn:
            for letter in await dead_letters(conn, limit):
                when = f"{letter['created_at']:%Y-%m-%d %H:%M}"
                print(letter["id"], letter["topic"], when, letter["attempts"], letter["last_error"], sep="\t")

    run(work)


@app.command()
def replay(
    ids: Annotated[list[UUID] | None, typer.Argument(help="Letters to send again.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Send all dead letters again.")] = False,
) -> None:
    """Put dead letters back into the queue, with their ids unchanged."""
    if not ids and not all_:
        raise wrong("ids_or_all", "IDS")
    count = run(lambda desk: replay_letters(desk.runtime.db, operator(), desk.runtime.clock.now(), None if all_ else ids))
    tell("letters_replayed", count=count)
