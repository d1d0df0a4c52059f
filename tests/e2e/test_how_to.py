"""The how-to pages work word for word: their commands are pasted into bash in order, their YAML is put where they say.

Blocks ```sh are run; a block ```text after one is what they print (`…` stands for anything, a figure for any figure,
full-width punctuation for its narrow twin); a block ```yaml after `<!-- before: "…" -->` goes before that line of
our-workflows/complaint.yaml.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sizes import size

ROOT = Path(__file__).resolve().parents[2]
PAGES = {"en": "change-a-workflow.md", "zh": "change-a-workflow.zh-CN.md"}
NARROW = str.maketrans("，；：（）？！", ",;:()?!")
BLOCK = re.compile(r"(?:^<!-- before: ([^\n]*) -->\n)?^```(sh|text|yaml)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def parts(page: str) -> list[tuple[str, str, str]]:
    """(kind, text, the line it goes before) of the blocks of a page."""
    found = BLOCK.findall((ROOT / "docs" / "how-to" / page).read_text("utf-8"))
    return [(kind, text, before) for before, kind, text in found]


def shown(expected: str) -> re.Pattern[str]:
    """What prints `expected`."""
    exact = [re.sub(r"\d+", r"\\d+", re.escape(part)) for part in expected.strip().translate(NARROW).split("…")]
    return re.compile(".*?".join(exact), re.DOTALL)


def put(file: Path, before: str, text: str) -> None:
    """`text` before the one line `before`."""
    lines = file.read_text("utf-8").splitlines(keepends=True)
    (place,) = [number for number, line in enumerate(lines) if line.rstrip() == before]
    file.write_text("".join([*lines[:place], text, *lines[place:]]), "utf-8")


@pytest.mark.parametrize("lang", list(PAGES)[: size("pasted_languages")])
def test_a_workflow_is_changed_as_the_page_says(lang, tmp_path):
    shutil.copytree(ROOT / "workflows", tmp_path / "workflows")
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
    env = {name: value for name, value in os.environ.items() if not name.startswith("AMENDS_")}
    env |= {"AMENDS_WORKFLOWS": "our-workflows", "AMENDS_VAR": "trial", "AMENDS_LANGUAGE": lang, "COLUMNS": "200"}
    env["PATH"] = f"{Path(sys.executable).parent}:{env['PATH']}"
    printed, ran = "", 0
    for kind, text, before in parts(PAGES[lang]):
        if kind == "yaml":
            put(tmp_path / "our-workflows" / "complaint.yaml", json.loads(before), text)
        elif kind == "sh":
            done = subprocess.run(
                ["bash", "-c", f"exec 2>&1\n{text}"], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
            )
            printed, ran = done.stdout, ran + 1
        else:
            assert shown(text).fullmatch(printed.strip().translate(NARROW)), f"--- shown\n{text}\n--- printed\n{printed}"
    assert ran >= 8


def test_both_languages_change_the_same():
    same = {lang: [(kind, text, before) for kind, text, before in parts(page) if kind != "text"] for lang, page in PAGES.items()}
    assert same["en"] == same["zh"]
