"""The Django comparator's own environment, `.venv-bench`; never part of the product's."""

from __future__ import annotations

import hashlib
import sys

from bench.databases import ROOT
from bench.processes import call, python_of

HOME = ROOT / ".venv-bench"
REQUIREMENTS = ROOT / "bench" / "requirements.txt"


def ensure_django() -> None:
    """Makes it, or makes it anew when the requirements have changed."""
    stamp = HOME / "requirements.sha256"
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print("preparing .venv-bench for the Django comparator", file=sys.stderr)
    call([sys.executable, "-m", "venv", "--clear", str(HOME)])
    call([python_of(HOME), "-m", "pip", "install", "--quiet", "-r", str(REQUIREMENTS)])
    stamp.write_text(wanted)
