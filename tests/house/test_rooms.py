"""Where things stand: the import contract, and what only one file may do."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

from tests.house.source import APP, ROOT, imported, modules

PURE = ("app/workflow/", "app/rules/", "app/tariff/", "app/calendars/", "app/decisioning/pipeline")
LIMIT = 300


def test_imports_go_down_only():
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"]
    check = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert check.returncode == 0, check.stdout + check.stderr


def test_only_the_machine_knows_the_state_machine_library():
    users = {path for path, tree in modules().items() for _, name in imported(tree) if name.split(".")[0] == "transitions"}
    assert users <= {"app/workflow/machine.py"}


def test_decisions_know_neither_a_database_nor_the_web():
    strays = [
        f"{path}:{line} imports {name}"
        for path, tree in modules().items()
        if path.startswith(PURE) and path != "app/rules/sql.py"
        for line, name in imported(tree)
        if name.split(".")[0] in {"sqlalchemy", "fastapi", "starlette", "asyncpg", "aiosqlite"}
    ]
    assert not strays


def test_only_the_door_commits():
    strays = [
        f"{path}:{node.lineno}"
        for path, tree in modules().items()
        if not path.startswith("app/db/") and path != "app/complaints/write.py"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
        if not node.args  # write.commit(plan) is the door, key.commit(id, text) a commitment; connection.commit() takes nothing
    ]
    assert not strays, f"a commit outside the door: {strays}"


def test_a_file_has_one_subject():
    lengths = {str(file.relative_to(ROOT)): len(file.read_text("utf-8").splitlines()) for file in APP.rglob("*.py")}
    assert not {path: lines for path, lines in lengths.items() if lines > LIMIT}
