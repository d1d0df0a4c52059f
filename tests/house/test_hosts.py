"""No package registry, mirror or path of somebody's machine is named in what is published.

The patterns are put together here, so that this file does not name them either.
"""

from __future__ import annotations

import re
import subprocess

from tests.house.source import ROOT

REGISTRIES = (
    r"py" + r"pi\.org", r"python" + r"hosted\.org", r"registry\.npm" + r"js\.org", r"registry\.yarn" + r"pkg\.com",
    r"deb\." + r"debian\.org", r"index\.cra" + r"tes\.io", r"proxy\.go" + r"lang\.org", r"repo1?\.ma" + r"ven\.",
    r"mirrors?\.[a-z0-9.-]+\.(?:com|cn|org)", r"artifact" + r"ory", r"regis" + r"try\+http",
)  # fmt: skip
PLACES = (
    r"(?<![\w.-])/wo" + r"rk/",
    r"(?<![\w.-])/ro" + r"ot/",
    r"(?<![\w.-])/opt/py" + r"pi",
    r"(?<![\w.-])/home/[a-z]+/",
)
FORBIDDEN = re.compile("|".join(REGISTRIES + PLACES))


def test_no_file_names_a_registry_or_a_machine():
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    found = []
    for name in filter(None, tracked):
        file = ROOT / name
        data = file.read_bytes() if file.is_file() else b""
        if b"\0" in data:
            continue
        for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
            if hit := FORBIDDEN.search(line):
                found.append(f"{name}:{number} {hit.group()}")
    assert not found
