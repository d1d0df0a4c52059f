"""What all commands share: settings, a desk for one command, telling things in the operator's language."""

from __future__ import annotations

import asyncio
import getpass
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import cache
from typing import Any, TypeVar

import orjson

from app.audit.events import By
from app.boot import build_desk
from app.clock import SystemClock
from app.desk.desk import Desk
from app.errors import AmendsError
from app.settings import Settings
from app.texts import say

T = TypeVar("T")


@cache
def settings() -> Settings:
    """The settings of this command, read once."""
    return Settings()


def tell(key: str, **params: object) -> None:
    """Print a text of `texts/…:cli.<key>` in the operator's language."""
    print(say(settings().language, f"cli.{key}", **params))


def show_error(error: AmendsError) -> None:
    """The problem and its reasons on standard error; in English where the settings cannot be read."""
    try:
        lang = settings().language
    except ValueError:
        lang = "en"
    print(error.full(lang), file=sys.stderr)


def show_json(value: Any) -> None:
    """A value as indented JSON."""
    print(orjson.dumps(value, option=orjson.OPT_INDENT_2, default=str).decode())


@asynccontextmanager
async def at_desk() -> AsyncIterator[Desk]:
    """A desk for the length of one command."""
    desk = await build_desk(settings(), SystemClock())
    try:
        yield desk
    finally:
        await desk.runtime.db.close()


def run(work: Callable[[Desk], Awaitable[T]]) -> T:
    """Run `work` at a desk of its own."""

    async def with_desk() -> T:
        async with at_desk() as desk:
            return await work(desk)

    return asyncio.run(with_desk())


def operator() -> By:
    """Who acts on the command line: the account of the machine, in the role of an administrator."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = "unknown"
    return By(None, f"cli:{name}"[:100], "admin")
