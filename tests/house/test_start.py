"""Heavy libraries are imported where they are used: they cost a start its seconds and a process its memory."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.house.source import ROOT

HEAVY = {"holidays", "numpy", "pyarrow", "scipy", "xlsxwriter", "python_calamine", "phonenumbers", "opencc"}


@pytest.mark.parametrize("entrance", ["app.main", "app.cli"])
def test_nothing_heavy_is_loaded_at_start(entrance):
    look = f"import sys, {entrance}; print(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    loaded = subprocess.run([sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True, check=False)
    assert loaded.returncode == 0, loaded.stderr
    assert not HEAVY & set(loaded.stdout.split())
