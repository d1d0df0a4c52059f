"""`amends user …`: users and tokens."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from uuid import UUID

import typer

from app.access.tokens import create_token, revoke_token
from app.access.users import deactivate_user, ensure_user, list_users
from app.audit.events import Event
from app.cli.base import operator, run, tell
from app.db.statement import by_table
from app.desk.desk import Desk

app = typer.Typer(help="Users and tokens. / 用户与令牌。", no_args_is_help=True)


@app.command()
def token(
    name: str,
    role: Annotated[list[str], typer.Option(help="A role; may be given several times.")],
    team: Annotated[str | None, typer.Option(help="The team of a new user.")] = None,
    days: Annotated[int, typer.Option(min=1, max=3650, help="Days until it expires.")] = 90,
) -> None:
    """Make the user if missing, and print a new token alone as the last line."""

    async def work(desk: Desk) -> str:
        db, at, by = desk.runtime.db, desk.runtime.clock.now(), operator()
        user = await ensure_user(db, name, role, at=at, team=team)
        made = await create_token(db, user.id, at, timedelta(days=days))
        stored = Event("user_stored", at, by, data={"user": user.id, "name": user.name, "roles": list(user.roles)})
        minted = Event("token_made", at, by, data={"user": user.id, "token": made.id, "expires_at": made.expires_at})
        async with db.write() as conn:
            for event in (stored, minted):
                for table, rows in by_table(event.rows()).items():
                    await conn.execute(table.insert(), [dict(r) for r in rows])
        return made.text

    print(run(work))


@app.command("list")
def list_() -> None:
    """All users with their roles."""

    async def work(desk: Desk) -> None:
        async with desk.runtime.db.read() as conn:
            for user in await list_users(conn):
                print(f"{user.name}\t{','.join(user.roles)}\t{user.team or '-'}\t{'active' if user.active else 'inactive'}")

    run(work)


@app.command()
def deactivate(name: str) -> None:
    """Shut a user out as of the next request and revoke all tokens."""
    run(lambda desk: deactivate_user(desk.runtime.db, name, desk.runtime.clock.now()))
    tell("user_deactivated", name=name)


@app.command()
def revoke(token_id: UUID) -> None:
    """Revoke one token."""
    run(lambda desk: revoke_token(desk.runtime.db, token_id, desk.runtime.clock.now()))
    tell("token_revoked", id=token_id)
