"""Every setting is documented where an operator looks for it, with the default and the words of the code."""

from __future__ import annotations

from app.settings import Settings
from tests.house.source import ROOT

PAGE = ROOT / "docs" / "reference" / "settings.md"


def rows() -> list[str]:
    """The rows of the table in `docs/reference/settings.md` as they should be."""
    made = []
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None else f"`{field.default}`"
        made.append(f"| `AMENDS_{name.upper()}` | {default} | {field.description} |")
    return made


def test_every_setting_says_what_it_is():
    assert not [name for name, field in Settings.model_fields.items() if not field.description]


def test_the_page_lists_every_setting_and_no_other():
    listed = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| `AMENDS_")]
    assert listed == rows(), "the table should read:\n" + "\n".join(rows())
