"""`amends user …`: users and tokens."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

import typer

from app.access.tokens import TokenInfo, create_token, revoke_token, tokens_of
from app.access.users import deactivate_user, ensure_user, find_user, list_users
from app.cli.base import operator, run, tell
from app.desk.desk import Desk
from app.errors import NotFound, Reason

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
        user = await ensure_user(db, name, role, at=at, team=team, by=by)
        made = await create_token(db, user.id, at, timedelta(days=days), by)
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
def tokens(name: str) -> None:
    """The tokens of a user, newest first: id (for `revoke`), how it begins, until when, whether revoked, last used."""

    async def work(desk: Desk) -> None:
        async with desk.runtime.db.read() as conn:
            user = await find_user(conn, name)
            if user is None:
                raise NotFound(Reason("user_unknown", "name", {"name": name}), what="user")
            for one in await tokens_of(conn, user.id):
                print(one.id, f"{one.prefix}…", f"{one.expires_at:%Y-%m-%d}", _state(one, desk), _day(one.last_used_at), sep="\t")

    run(work)


def _state(token: TokenInfo, desk: Desk) -> str:
    if token.revoked_at is not None:
        return "revoked"
    return "valid" if token.expires_at > desk.runtime.clock.now() else "expired"


def _day(at: datetime | None) -> str:
    return "-" if at is None else f"{at:%Y-%m-%d}"


@app.command()
def deactivate(name: str) -> None:
    """Shut a user out as of the next request and revoke all tokens."""
    run(lambda desk: deactivate_user(desk.runtime.db, name, desk.runtime.clock.now(), operator()))
    tell("user_deactivated", name=name)


@app.command()
def revoke(token_id: UUID) -> None:
    """Revoke one token; `amends user tokens NAME` tells its id."""
    run(lambda desk: revoke_token(desk.runtime.db, token_id, desk.runtime.clock.now(), operator()))
    tell("token_revoked", id=token_id)
