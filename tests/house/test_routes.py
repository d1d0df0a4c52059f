"""No route is open by accident: each stands in the table of permissions or in the short list of public ones."""

from __future__ import annotations

from fastapi.routing import APIRoute
from starlette.routing import Route

from app.access.roles import ASSIGNABLE
from app.api.v1.all import OPERATIONS
from app.api.v1.door import Door
from app.api.v1.operation import Operation
from app.api.v1.pages import pages
from app.api.v1.permissions import PERMISSIONS, PUBLIC
from app.api.v1.reference_page import page
from app.texts import has
from tests.house.source import ROOT

ALL = (*OPERATIONS, *pages.all)


def named(operation: Operation) -> tuple[str, str]:
    return operation.method, operation.template


def test_every_operation_is_in_the_table_or_public_and_says_so_itself():
    for operation in ALL:
        assert operation.public == (named(operation) in PUBLIC), named(operation)
        assert operation.public != (named(operation) in PERMISSIONS), named(operation)


def test_the_tables_have_no_dead_rows():
    known = {named(operation) for operation in ALL}
    assert not (PERMISSIONS.keys() | PUBLIC) - known


def test_every_row_names_roles_that_a_user_may_hold():
    assert not {row for row, roles in PERMISSIONS.items() if not roles or roles - ASSIGNABLE}


def test_no_address_and_method_is_given_twice():
    assert len({named(operation) for operation in ALL}) == len(ALL)


def test_every_operation_is_named_once_and_has_words():
    names = [operation.name for operation in ALL]
    assert len(set(names)) == len(names)
    assert not [name for name in names if not has(f"api.operations.{name}")]


def test_every_post_honours_an_idempotency_key_unless_it_may_be_repeated_anyway():
    repeatable = {
        "/v1/workflows:validate": "changes nothing",
        "/v1/complaints:check": "changes nothing",
        "/v1/workflows/{name}:migrate": "a complaint that was moved is not moved again",
        "/v1/imports/customers": "the same file again changes nothing",
        "/v1/imports/complaints": "the same file again changes nothing",
    }
    assert {o.template for o in ALL if o.method == "POST" and not o.keyed} == set(repeatable)


async def test_the_application_serves_nothing_else(sqlite_url, tmp_path, clock):
    from app.boot import build_desk
    from app.main import create_app
    from app.settings import Settings

    desk = await build_desk(Settings(database_url=sqlite_url, var=tmp_path), clock)
    try:
        routes = create_app(desk).router.routes
    finally:
        await desk.runtime.db.close()
    doors = [route.app for route in routes if isinstance(route, Route) and isinstance(route.app, Door)]
    others = [route for route in routes if not isinstance(getattr(route, "app", None), Door)]
    assert not [route for route in others if getattr(route, "path", "").startswith(("/v1", "/health", "/metrics"))]
    assert not [route for route in routes if isinstance(route, APIRoute)], "an APIRoute has no row in the table of permissions"
    served = {(method, door.template) for door in doors for method in door.operations}
    assert served == {named(operation) for operation in ALL}


def test_the_reference_is_what_the_operations_say():
    assert (ROOT / "docs" / "reference" / "api.md").read_text("utf-8") == page(), (
        "python -m app.api.v1.reference_page > docs/reference/api.md"
    )
