"""The tutorial and what `amends up` prints work word for word: pasted into bash, against a server on an empty database.

Blocks ```sh are run in their order in one shell; a block ```text after one is what it prints (`…` stands for anything);
blocks ```bash belong to the other terminal, in which the server runs.
"""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.sizes import size

ROOT = Path(__file__).resolve().parents[2]
PAGES = {"en": ROOT / "docs" / "tutorial.md", "zh": ROOT / "docs" / "tutorial.zh-CN.md"}
ADDRESS = "127.0.0.1:8000"
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Server:
    address: str
    greeting: str
    env: dict[str, str]


def blocks(page: Path) -> list[tuple[str, str | None]]:
    """(what is pasted, what is printed then or None) in order."""
    found: list[tuple[str, str | None]] = []
    for kind, text in FENCE.findall(page.read_text("utf-8")):
        if kind == "sh":
            found.append((text, None))
        elif kind == "text":
            found[-1] = (found[-1][0], text)
    return found


def paste(server: Server, texts: list[str]) -> list[tuple[int, str]]:
    """(exit code, output) of each of `texts`, pasted into one bash."""
    end = "==END-OF-BLOCK=="
    script = "".join(f"{{\n{text}\n}} 2>&1\necho {end}$?\n" for text in texts).replace(ADDRESS, server.address)
    done = subprocess.run(
        ["bash", "--norc"], input=script, cwd=ROOT, env=server.env, capture_output=True, text=True, timeout=300, check=False
    )
    parts = re.split(rf"{end}(\d+)\n", done.stdout)
    assert len(parts) == 2 * len(texts) + 1, done.stdout[-3000:] + done.stderr
    return [(int(code), out) for out, code in zip(parts[0:-1:2], parts[1::2], strict=True)]


def shown(expected: str, printed: str) -> bool:
    """Whether `printed` is what the page shows."""
    pattern = ".*?".join(re.escape(part) for part in expected.strip().split("…"))
    return re.fullmatch(pattern, printed.strip(), re.DOTALL) is not None


@pytest.fixture(scope="module", params=list(PAGES)[: size("pasted_languages")])
def lang(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def server(lang: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`amends up` as `make run` starts it: on an empty folder, on a free port, in the language of the page."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("AMENDS_")}
    scripts = str(Path(sys.executable).parent)
    env |= {
        "AMENDS_VAR": str(tmp_path_factory.mktemp("var")),
        "AMENDS_LANGUAGE": lang,
        "AMENDS_PORT": "0",
        "PATH": f"{scripts}:{env['PATH']}",
        "PYTHONUNBUFFERED": "1",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "up"], cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    watchdog = threading.Timer(120, process.kill)
    watchdog.start()
    try:
        lines: list[str] = []
        for line in process.stdout:
            lines.append(line)
            if "Ctrl-C" in line:
                break
        greeting = "".join(lines)
        address = re.search(r"http://(127\.0\.0\.1:\d+)/docs", greeting)
        assert address, f"amends up did not get ready: {greeting}"
        yield Server(address[1], greeting, env)
    finally:
        watchdog.cancel()
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)
        process.stdout.close()


def test_the_greeting_works_when_pasted(server):
    commands = [line for line in server.greeting.splitlines() if line.startswith(("export ", "ID=", "curl "))]
    assert len(commands) == 4
    (_, nothing), (_, opened), (_, actions), (_, taken) = paste(server, commands)
    assert nothing == ""
    assert re.fullmatch(r"[0-9a-f-]{36}\n", opened)
    assert '"begin"' in actions
    assert '"state":"vent"' in taken


def test_the_tutorial_works_word_for_word(server, lang):
    page = blocks(PAGES[lang])
    results = paste(server, [text for text, _ in page])
    assert [out for code, out in results if code != 0] == []
    different = [
        f"{text}\n--- shown\n{expected}\n--- printed\n{out}"
        for (text, expected), (_, out) in zip(page, results, strict=True)
        if expected is not None and not shown(expected, out)
    ]
    assert not different, "\n\n".join(different)


def test_both_languages_do_the_same():
    names = re.compile(r'"transition": "(\w+)"|^act_as (\w+)|^(?:  )?(?:api|change) (\w+) (\S+)', re.MULTILINE)
    steps = {lang: [names.findall(text) for text, _ in blocks(page)] for lang, page in PAGES.items()}
    assert steps["en"] == steps["zh"]


def test_without_the_demo_nobody_is_made_and_no_token_is_printed(tmp_path):
    env = {name: value for name, value in os.environ.items() if not name.startswith("AMENDS_")}
    env |= {"AMENDS_VAR": str(tmp_path), "AMENDS_LANGUAGE": "en", "AMENDS_PORT": "0", "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "app.cli", "up", "--no-demo"]
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        watchdog = threading.Timer(120, process.kill)
        watchdog.start()
        assert process.stdout is not None
        said = next(line for line in process.stdout if "Ctrl-C" in line)
        watchdog.cancel()
        process.send_signal(signal.SIGTERM)
    assert said.startswith("Make a token: amends user token NAME --role handler")
    with closing(sqlite3.connect(tmp_path / "amends.db")) as db:
        assert db.execute("SELECT count(*) FROM app_user").fetchone() == (0,)
