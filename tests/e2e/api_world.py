"""The whole API over a real database: a desk with the delivered workflow, a user a role, a client that speaks ASGI."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import orjson

from app.access.roles import ASSIGNABLE
from app.access.tokens import create_token
from app.access.users import ensure_user
from app.boot import build_desk, publish_all
from app.clock import Clock
from app.desk.desk import Desk
from app.main import create_app
from app.settings import Settings

WORKFLOWS = Path(__file__).parents[2] / "workflows"
PHONE, NAME = "13961235611", "张先生"
STORY = "上个月流量费多收了 30 元，打了两次电话都没有人回。"
OPENING: Mapping[str, Any] = {"customer": {"phone": PHONE, "name": NAME}, "channel": "phone", "text": STORY}
PROBLEM = "application/problem+json"


def etag(version: int) -> dict[str, str]:
    return {"If-Match": f'"{version}"'}


@dataclass
class World:
    desk: Desk
    client: httpx2.AsyncClient
    tokens: dict[str, str] = field(default_factory=dict)

    async def call(
        self,
        method: str,
        path: str,
        *,
        role: str | None = "handler",
        lang: str = "en",
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> httpx2.Response:
        """One request of a user with `role` (None: without a token)."""
        sent = {"Accept-Language": lang, **(headers or {})}
        if role is not None:
            sent["Authorization"] = f"Bearer {self.tokens[role]}"
        return await self.client.request(method, path, headers=sent, **more)

    async def get(self, path: str, **more: Any) -> httpx2.Response:
        return await self.call("GET", path, **more)

    async def post(self, path: str, body: Any = None, **more: Any) -> httpx2.Response:
        return await self.call("POST", path, **({"json": body} if body is not None else {}), **more)

    async def opened(self, **more: Any) -> dict[str, Any]:
        """A new complaint, as it was answered."""
        answer = await self.post("/v1/complaints", {**OPENING, **more}, role="first_line")
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def walked(self, complaint: Mapping[str, Any], *steps: str, role: str = "handler") -> dict[str, Any]:
        """The complaint after `steps`, each form filled by its schema."""
        now = dict(complaint)
        for name in steps:
            form = next(a for a in (await self.actions(now["id"], role))["items"] if a["name"] == name)
            body = {"transition": name, "data": filled(form["form"]), "note": "因为客户要求。" if form["note_required"] else None}
            answer = await self.post(f"/v1/complaints/{now['id']}/transitions", body, role=role, headers=etag(now["version"]))
            assert answer.status_code == 200, (name, answer.text)
            now = answer.json()["complaint"]
        return now

    async def actions(self, complaint_id: str, role: str = "handler") -> dict[str, Any]:
        return dict((await self.get(f"/v1/complaints/{complaint_id}/actions", role=role)).json())


def filled(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The least data that a form admits: its required fields, each with the first value that its schema takes."""
    data = {name: value(schema["properties"][name]) for name in schema["required"]}
    for branch in schema.get("allOf", ()):
        condition = branch["if"]["properties"]
        if all(data.get(name) in (rule["enum"] if "enum" in rule else [rule["const"]]) for name, rule in condition.items()):
            data |= {name: value(schema["properties"][name]) for name in branch["then"].get("required", ())}
    return data


def value(schema: Mapping[str, Any]) -> Any:
    match schema["x-type"]:
        case "choice":
            return schema["enum"][0]
        case "choices":
            return schema["items"]["enum"][: max(schema["minItems"], 1)]
        case "integer":
            return schema["minimum"]
        case "boolean":
            return True
        case "date":
            return "2026-03-20"
        case "datetime":
            return "2026-03-20T10:00:00+08:00"
        case "money":
            return "30.00"
        case _:
            return "说明"


def problem(answer: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    """The problem that `answer` is, of that status and code, told in full."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM
    found = dict(orjson.loads(answer.content))
    assert found["code"] == code
    assert found["status"] == status
    assert found["request_id"] == answer.headers["x-request-id"]
    assert found["title"]
    assert "{" not in found["detail"], found["detail"]
    assert not [r for r in found["reasons"] if "{" in r["message"] or r["message"] == r["code"]]
    return found


def places(found: Mapping[str, Any]) -> list[tuple[str, str | None]]:
    """(code, where) of each reason."""
    return [(reason["code"], reason["where"]) for reason in found["reasons"]]


def settings(url: str, folder: Path, **more: Any) -> Settings:
    return Settings(database_url=url, var=folder / "var", workflows=WORKFLOWS, **{"pool_size": 8, **more})


@asynccontextmanager
async def world(url: str, folder: Path, clock: Clock, tokens: Mapping[str, str] | None = None, **more: Any) -> AsyncIterator[World]:
    """A world on the database at `url`; `tokens`: those that it was prepared with (see `prepare`)."""
    desk = await build_desk(settings(url, folder, **more), clock)
    try:
        transport = httpx2.ASGITransport(app=create_app(desk), raise_app_exceptions=True)
        async with httpx2.AsyncClient(transport=transport, base_url="http://amends.test") as client:
            yield World(desk, client, dict(tokens) if tokens else await prepared(desk))
    finally:
        await desk.runtime.db.close()


async def prepared(desk: Desk) -> dict[str, str]:
    """Publish the delivered definitions and make a user of each role; their tokens by role."""
    now = desk.runtime.clock.now()
    await publish_all(desk)
    tokens: dict[str, str] = {}
    for role in sorted(ASSIGNABLE):
        user = await ensure_user(desk.runtime.db, f"{role}.one", [role], at=now)
        tokens[role] = (await create_token(desk.runtime.db, user.id, now)).text
    return tokens


async def prepare(url: str, folder: Path, clock: Clock) -> dict[str, str]:
    """`prepared` on the database at `url`, for copies of it to start from."""
    desk = await build_desk(settings(url, folder), clock)
    try:
        return await prepared(desk)
    finally:
        await desk.runtime.db.close()
