"""`amends demo …`: the demo world, and what `amends up` says when it is ready."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Annotated

import typer

from app.access.roles import ASSIGNABLE, check_roles
from app.access.tokens import create_token
from app.access.users import ensure_user
from app.audit.events import By
from app.boot import build_desk
from app.cli.base import operator, run, settings
from app.cli.usage import wrong
from app.clock import SystemClock
from app.customers.queries import by_id
from app.desk.desk import BY_SYSTEM, Desk
from app.errors import AmendsError, Reason
from app.integrations.demo.clock import DemoClock
from app.integrations.demo.files import Case, read_cases
from app.integrations.demo.player import play as play_case
from app.integrations.demo.playing import Play
from app.integrations.demo.world import fixed_id, load_world
from app.texts import Lang, say, words

app = typer.Typer(help="The demo world and its six cases. / 演示世界与六个案例。", no_args_is_help=True)
LIFE = timedelta(days=7)
"""How long a demo token is good."""
USERS = {role: f"demo-{role.replace('_', '-')}" for role in ASSIGNABLE} | {"shop": "demo-clerk", "account_manager": "demo-manager"}
"""The colleague of the demo world in each role."""


class DemoUnavailable(AmendsError):
    """The demo cannot be played on this installation; the reason says why and what to do."""

    code = "demo_unavailable"


@app.command()
def play(
    cases: Annotated[list[str] | None, typer.Argument(help="Numbers or names of cases; by default all.")] = None,
    lang: Annotated[str | None, typer.Option(help="zh or en")] = None,
) -> None:
    """Play the demo cases from intake to closing, step by step; the complaints stay and can be looked at."""
    if lang not in (None, "zh", "en"):
        raise wrong("field_choice", "--lang", known="zh, en")
    asyncio.run(_play(cases or [], "zh" if (lang or settings().language) == "zh" else "en"))


@app.command()
def token(role: Annotated[str, typer.Option(help="The role to act in.")] = "handler") -> None:
    """Print a new token of the demo colleague in this role, alone on the last line; good for a week."""
    (found,) = check_roles([role])
    print(run(lambda desk: fresh_token(desk, found, operator())))


async def greet(desk: Desk, url: str) -> None:
    """Say where the docs are, make a handler token, and give three commands that work when pasted in this order."""
    lang: Lang = settings().language
    text = await fresh_token(desk, "handler", BY_SYSTEM)
    head = '-H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json"'
    said = say(lang, "demo.greet.said")
    body = f'{{"customer": {{"external_id": "demo-wang"}}, "channel": "shop", "text": "{said}"}}'
    pick = "python3 -c 'import json, sys; print(json.load(sys.stdin)[\"id\"])'"
    print(
        "",
        say(lang, "demo.greet.ready", docs=f"{url}/docs"),
        say(lang, "demo.greet.token", days=LIFE.days),
        "",
        f"export TOKEN={text}",
        "",
        say(lang, "demo.greet.paste"),
        "",
        f"# {say(lang, 'demo.greet.open')}",
        f"ID=$(curl -s {url}/v1/complaints {head} -d '{body}' | {pick}) && echo $ID",
        "",
        f"# {say(lang, 'demo.greet.actions')}",
        f'curl -s {url}/v1/complaints/$ID/actions {head} -H "Accept-Language: {lang}" | python3 -m json.tool --no-ensure-ascii',
        "",
        f"# {say(lang, 'demo.greet.step')}",
        f'curl -s {url}/v1/complaints/$ID/transitions {head} -H \'If-Match: "1"\' -d \'{{"transition": "begin"}}\'',
        "",
        say(lang, "demo.greet.next"),
        "",
        sep="\n",
        flush=True,
    )


async def greet_plainly(_desk: Desk, url: str) -> None:
    """Say where the docs are and how a token is made; nobody is made here."""
    lang: Lang = settings().language
    print("", say(lang, "demo.greet.ready", docs=f"{url}/docs"), say(lang, "demo.greet.own_token"), "", sep="\n", flush=True)


async def fresh_token(desk: Desk, role: str, by: By) -> str:
    """A new token of the demo colleague in `role`, who is made if missing."""
    db, at = desk.runtime.db, desk.runtime.clock.now()
    user = await ensure_user(db, USERS[role], [role], at=at, by=by)
    made = await create_token(db, user.id, at, LIFE, by)
    return made.text


async def _play(wanted: list[str], lang: Lang) -> None:
    from app.cli.demo_show import Screen

    clock = DemoClock(SystemClock())
    desk = await build_desk(settings(), clock)
    screen = Screen(lang)
    try:
        for case in await _chosen(desk, wanted):
            screen.case(case)
            one = Play(desk, clock, case, lang)
            async for scene in play_case(one):
                screen.scene(scene)
            screen.end(one.definition().stage(one.last["state"]).title, one.last)
    finally:
        await desk.runtime.db.close()


async def _chosen(desk: Desk, wanted: list[str]) -> list[Case]:
    """The cases asked for, by number or name, once all is there that they need. Raises DemoUnavailable."""
    if desk.runtime.settings.outbox_url is not None:
        raise DemoUnavailable(Reason("demo_sends", words=words("demo.reasons.sends")))
    cases = read_cases(desk.runtime.settings)
    known = {name: case for case in cases for name in (str(case.number), case.id)}
    for name in wanted:
        if name not in known:
            listed = ", ".join(f"{case.number} {case.id}" for case in cases)
            raise DemoUnavailable(Reason("demo_case_unknown", words=words("demo.reasons.case_unknown", case=name, known=listed)))
    await load_world(desk)
    chosen = [known[name] for name in wanted] or list(cases)
    async with desk.runtime.db.read() as conn:
        there = [await by_id(conn, fixed_id(case.customer)) for case in chosen]
    if not chosen or None in there:
        raise DemoUnavailable(Reason("demo_no_world", words=words("demo.reasons.no_world")))
    return chosen


__all__ = ["app", "greet", "greet_plainly", "load_world"]
