"""A page that is linked exists, and every page a user reads first stands in both languages."""

from __future__ import annotations

import re
from pathlib import Path

from tests.house.source import ROOT

LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)#\s]+)(?:#[^)]*)?\)")


def pages() -> list[Path]:
    return [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "workflows").rglob("*.md")]


def test_every_link_inside_leads_somewhere():
    dead = [
        f"{page.relative_to(ROOT)} -> {target}"
        for page in pages()
        for target in LINK.findall(page.read_text("utf-8"))
        if not re.match(r"[a-z]+:", target) and not (page.parent / target).exists()
    ]
    assert not dead


def test_every_decision_is_listed():
    folder = ROOT / "docs" / "decisions"
    listed = set(LINK.findall((folder / "README.md").read_text("utf-8")))
    assert listed == {page.name for page in folder.glob("[0-9]*.md")}


def test_every_file_that_a_page_names_exists():
    named = {
        (page.name, path)
        for page in pages()
        for path in re.findall(r"`((?:app|tests|migrations|bench|docs)/[\w./-]*)`", page.read_text("utf-8"))
    }
    assert not [(page, path) for page, path in named if not (ROOT / path).exists()]


def test_the_page_of_the_architecture_names_every_room():
    rooms = {path.stem for path in (ROOT / "app").iterdir() if not path.name.startswith("_")}
    for page in ("architecture.md", "architecture.zh-CN.md"):
        told = (ROOT / "docs" / "explanation" / page).read_text("utf-8")
        assert not [room for room in rooms if f"`{room}`" not in told]
