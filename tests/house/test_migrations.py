"""Migrations are one numbered line, so that two branches cannot both add the next one."""

from __future__ import annotations

import ast
import re

from tests.house.source import ROOT

VERSIONS = ROOT / "migrations" / "versions"


def chain() -> list[tuple[str, str, str | None]]:
    """File stem, revision and down_revision of each migration, in the order of their names."""
    return [(file.stem, *revisions(file.read_text("utf-8"))) for file in sorted(VERSIONS.glob("*.py"))]


def revisions(source: str) -> tuple[str, str | None]:
    given = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant):
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
            given[ast.unparse(target)] = node.value.value
    down = given["down_revision"]
    return str(given["revision"]), None if down is None else str(down)


def test_each_follows_the_one_before():
    revisions = [revision for _, revision, _ in chain()]
    assert revisions == [f"{number:04d}" for number in range(1, len(revisions) + 1)]
    assert [down for _, _, down in chain()] == [None, *revisions[:-1]]


def test_a_file_is_named_by_its_number_and_subject():
    assert not [stem for stem, revision, _ in chain() if not re.fullmatch(rf"{revision}_[a-z0-9_]+", stem)]


def test_the_head_file_names_the_last():
    assert (ROOT / "migrations" / ".head").read_text("utf-8").strip() == chain()[-1][1]
