"""Comparator (a): a bare FastAPI endpoint, the ceiling of this stack.

The same web server, framework, validation and drivers as the product, and only one SELECT and
one statement of three writes a request: no sign-in, no idempotency, no guards, no audit, no
sealed texts, no search. `python -m bench.bare PORT`, database in BENCH_DATABASE_URL.
"""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import uvicorn
from fastapi import FastAPI, Header, HTTPException, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bench import rows, store


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CustomerRef(Body):
    id: UUID


class OpenBody(Body):
    customer: CustomerRef
    channel: Literal["phone", "web", "sms", "email", "shop"]
    severity: Annotated[int, Field(ge=1, le=4)]
    tags: Annotated[list[str], Field(max_length=20)]
    text: Annotated[str, Field(min_length=1, max_length=20_000)]


class StepBody(Body):
    transition: Annotated[str, Field(max_length=64)]
    data: dict[str, bool | int | str]
    note: Annotated[str, Field(max_length=20_000)] | None = None


class CustomerOut(BaseModel):
    id: UUID
    external_id: str
    segment: str


class ComplaintOut(BaseModel):
    id: UUID
    number: str
    state: str
    version: int
    channel: str
    severity: int
    opened_at: datetime
    updated_at: datetime
    customer: CustomerOut


_READ_CUSTOMER = text(store.READ_CUSTOMER)
_READ_COMPLAINT = text(store.READ_COMPLAINT)
_WRITES = {
    "open": (text(store.OPEN_POSTGRESQL), [text(s) for s in store.OPEN_SQLITE]),
    "move": (text(store.MOVE_POSTGRESQL), [text(s) for s in store.MOVE_SQLITE]),
}


def create_engine(url: str) -> AsyncEngine:
    """Autocommit everywhere; what needs a transaction says BEGIN IMMEDIATE itself."""
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT", pool_size=40)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine.sync_engine, "connect")
        def _pragmas(connection: Any, _record: object) -> None:
            cursor = connection.cursor()
            for pragma in store.SQLITE_PRAGMAS:
                cursor.execute(pragma)
            cursor.close()

    return engine


def create_app(engine: AsyncEngine) -> FastAPI:
    app = FastAPI()
    dialect: store.Dialect = "sqlite" if engine.dialect.name == "sqlite" else "postgresql"
    # Without it SQLite's own busy loop decides who writes next: fewer writes, and a p99 of seconds.
    writer = asyncio.Lock()

    async def write(connection: AsyncConnection, name: str, row: dict[str, Any]) -> int | None:
        """The new version, or None when another request was faster."""
        statement, several = _WRITES[name]
        if dialect == "postgresql":
            found = (await connection.execute(statement, row)).one_or_none()
            return None if found is None else int(found.version)
        async with writer:
            await connection.exec_driver_sql("BEGIN IMMEDIATE")
            first = await connection.execute(several[0], row)
            if first.rowcount != 1:
                await connection.exec_driver_sql("ROLLBACK")
                return None
            for following in several[1:]:
                await connection.execute(following, row)
            await connection.exec_driver_sql("COMMIT")
        return int(row["version"]) + 1

    @app.post("/v1/complaints", status_code=201)
    async def open_complaint(body: OpenBody, response: Response) -> ComplaintOut:
        async with engine.connect() as connection:
            key = rows.for_database({"customer_id": body.customer.id}, dialect)
            customer = (await connection.execute(_READ_CUSTOMER, key)).one_or_none()
            if customer is None:
                raise HTTPException(404)
            row = rows.opening(body.customer.id, body.channel, body.severity, body.text)
            version = await write(connection, "open", rows.for_database(row, dialect))
        response.headers["Location"] = f"/v1/complaints/{row['id']}"
        response.headers["ETag"] = f'"{version}"'
        row |= {"version": version, "opened_at": row["at"]}
        return _answer(row, customer, row["customer_id"])

    @app.post("/v1/complaints/{identifier}/transitions")
    async def transition(identifier: UUID, body: StepBody, response: Response, if_match: Annotated[str, Header()]) -> ComplaintOut:
        async with engine.connect() as connection:
            key = rows.for_database({"id": identifier}, dialect)
            found = (await connection.execute(_READ_COMPLAINT, key)).one_or_none()
            if found is None:
                raise HTTPException(404)
            if if_match != f'"{found.version}"':
                raise HTTPException(412)
            try:
                row = rows.moving(identifier, found.state, found.version, body.transition, body.data)
            except KeyError:
                raise HTTPException(409) from None
            version = await write(connection, "move", rows.for_database(row, dialect))
        if version is None:
            raise HTTPException(412)
        response.headers["ETag"] = f'"{version}"'
        return _answer(found._asdict() | row | {"version": version}, found, found.customer_id)

    return app


def _answer(row: dict[str, Any], customer: Any, customer_id: Any) -> ComplaintOut:
    return ComplaintOut(
        **{name: row[name] for name in ("id", "number", "state", "version", "channel", "severity")},
        opened_at=row["opened_at"],
        updated_at=row["at"],
        customer=CustomerOut(id=customer_id, external_id=customer.external_id, segment=customer.segment),
    )


if __name__ == "__main__":
    uvicorn.run(
        create_app(create_engine(os.environ["BENCH_DATABASE_URL"])),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )
