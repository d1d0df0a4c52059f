"""The OpenAPI document is exact: a program that tests the service by it alone, with all of its checks on, finds nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from app.api.v1.all import OPERATIONS
from app.api.v1.openapi import document
from tests.e2e.serving import served
from tests.sizes import ALL, size

CONFIG = Path(__file__).with_name("schemathesis.toml")


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"] if ALL else ["sqlite"])
def test_schemathesis_finds_nothing(kind: str, request: pytest.FixtureRequest, tmp_path: Path):
    with served(request.getfixturevalue(f"{kind}_url"), tmp_path) as server:
        command = [
            str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(CONFIG),
            "run", f"{server.url}/openapi.json", "-H", f"Authorization: Bearer {server.token}",
            "--checks", "all", "--include-path-regex", "^/v1", "--continue-on-failure", "--no-color", "--generation-database", "none",
            "--max-examples", str(size("schemathesis_examples")), "--max-time", str(size("schemathesis_seconds")),
        ]  # fmt: skip
        found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout[-20_000:] + found.stderr


def test_the_document_tells_what_each_operation_takes_and_may_answer():
    made = document(OPERATIONS)
    for path, methods in made["paths"].items():
        for method, operation in methods.items():
            if not path.startswith("/v1"):
                continue
            statuses = set(operation["responses"])
            assert {"401", "403", "503"} <= statuses, (method, path)
            assert operation["security"] == [{"bearer": []}]
            assert operation["x-roles"]
            names = {parameter["name"] for parameter in operation["parameters"]}
            assert ("If-Match" in names) <= {"412", "428"}.issubset(statuses), (method, path)
            assert ("requestBody" in operation) <= {"413", "415", "422"}.issubset(statuses), (method, path)
            json = operation.get("requestBody", {}).get("content", {}).get("application/json")
            assert json is None or json["examples"], (method, path)


def test_each_operation_on_a_thing_is_reached_from_where_the_thing_is_made_or_listed():
    links = {link: where for o in OPERATIONS for gives in o.answers.values() for link, where in gives.leads_to.items()}
    made = document(OPERATIONS)
    parameters = {
        operation["operationId"]: {parameter["name"] for parameter in operation["parameters"]}
        for methods in made["paths"].values()
        for operation in methods.values()
    }
    assert not [(name, where) for name, where in links.items() if not set(where) <= parameters[name]]
    on_things = {o.name for o in OPERATIONS if o.template.startswith("/v1") and "{" in o.template}
    assert on_things <= links.keys()


def test_the_examples_of_the_document_are_what_the_operations_take():
    for operation in OPERATIONS:
        for example in operation.examples.values():
            assert operation.body is not None
            operation.body.validate_python(example)
