"""What is installed is pinned: each dependency stands in the locks, with hashes, and both locks agree."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.house.source import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PIN = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==([^ ;\\]+)", re.MULTILINE)


def plain(requirement: str) -> str:
    return re.split(r"[^A-Za-z0-9_.-]", requirement)[0].lower().replace("_", "-").replace(".", "-")


def pins(lock: str) -> set[tuple[str, str]]:
    return {(plain(name), version) for name, version in PIN.findall((ROOT / lock).read_text("utf-8"))}


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        ("requirements.lock", [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["build"]]),
        ("requirements-dev.lock", [entry for entry in PROJECT["dependency-groups"]["dev"] if isinstance(entry, str)]),
    ],
)
def test_every_dependency_is_locked(lock, wanted):
    locked = {name for name, _ in pins(lock)}
    assert not [name for name in map(plain, wanted) if name not in locked], "run `make lock`"


def test_the_tools_are_added_to_the_same_versions():
    assert pins("requirements.lock") <= pins("requirements-dev.lock")


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_every_pin_has_a_hash(lock):
    entries = re.split(r"\n(?=[A-Za-z0-9])", (ROOT / lock).read_text("utf-8").strip())
    assert not [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry]
