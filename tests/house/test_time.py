"""Now comes from the injected clock alone: otherwise neither a test nor a replay could own time."""

from __future__ import annotations

import ast

from tests.house.source import dotted, modules

CLOCKS = (
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "time.time",
    "time.time_ns",
    "localtime",
    "gmtime",
)


def test_only_the_clock_reads_the_time():
    strays = [
        f"{path}:{node.lineno} {name}"
        for path, tree in modules().items()
        if path != "app/clock.py"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and (name := dotted(node.func)).endswith(CLOCKS)
    ]
    assert not strays, f"take a Clock instead: {strays}"


def test_the_database_reads_no_time_either():
    strays = [
        f"{path}:{node.lineno}"
        for path, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and dotted(node.func) in {"func.now", "sa.func.now", "func.current_timestamp"}
    ]
    assert not strays, f"pass the clock's time as a value: {strays}"
