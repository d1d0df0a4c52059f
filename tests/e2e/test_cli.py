"""The command line as an operator has it: mistakes told with their place and remedy, users on record, nothing by a trace."""

from __future__ import annotations

import io
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing, redirect_stderr, redirect_stdout
from pathlib import Path

import orjson
import pytest

from app.cli import main
from app.cli.base import settings as read_settings

ROOT = Path(__file__).resolve().parents[2]
PROCESSES = {"serve", "worker"}


class Terminal:
    """Runs `amends` with a data folder of its own.

    What serves is a process, as it ends and logs like one. The other commands are the same `main` called here, which saves the
    second that a start takes.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = {name: value for name, value in os.environ.items() if not name.startswith("AMENDS_")}
        self.env |= {"AMENDS_VAR": str(folder / "var"), "AMENDS_WORKFLOWS": str(ROOT / "workflows"), "COLUMNS": "200"}

    def __call__(self, *args: str, **settings: str) -> subprocess.CompletedProcess[str]:
        return (self.process if args[0] in PROCESSES else self.here)(*args, **settings)

    def process(self, *args: str, **settings: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "app.cli", *args]
        env = self.env | {f"AMENDS_{name.upper()}": value for name, value in settings.items()}
        return subprocess.run(
            command, cwd=self.folder, env={**env, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60, check=False
        )

    def here(self, *args: str, **settings: str) -> subprocess.CompletedProcess[str]:
        env = self.env | {f"AMENDS_{name.upper()}": value for name, value in settings.items()}
        out, err, code = io.StringIO(), io.StringIO(), 0
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.chdir(self.folder)
            patch.setattr(sys, "argv", ["amends", *args])
            for name, value in env.items():
                patch.setenv(name, value)
            read_settings.cache_clear()
            try:
                main()
            except SystemExit as end:
                code = int(end.code or 0)
            finally:
                read_settings.cache_clear()
        return subprocess.CompletedProcess(args, code, out.getvalue(), err.getvalue())

    def events(self, *types: str) -> list[tuple[str, str, dict[str, object]]]:
        """(type, actor, data) of the events of `types`, oldest first."""
        marks = ", ".join("?" * len(types))
        with closing(sqlite3.connect(self.folder / "var" / "amends.db")) as db:
            rows = db.execute(f"SELECT type, actor, data FROM event WHERE type IN ({marks}) ORDER BY id", types).fetchall()
        return [(kind, actor, orjson.loads(data)) for kind, actor, data in rows]


@pytest.fixture
def amends(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path)


@pytest.fixture
def migrated(amends: Terminal) -> Terminal:
    assert amends("migrate").returncode == 0
    return amends


def refused(done: subprocess.CompletedProcess[str], *words: str) -> None:
    """It ended with words on standard error, and no trace."""
    assert done.returncode == 1, done
    assert "Traceback" not in done.stderr
    assert not [word for word in words if word not in done.stderr], done.stderr


def test_scripted_walks_end_with_the_verdict_on_each(amends: Terminal):
    script = (ROOT / "workflows" / "walks.yaml").read_text("utf-8")
    done = amends("workflow", "simulate", "--script", str(ROOT / "workflows" / "walks.yaml"), language="en")
    assert (done.returncode, done.stderr) == (0, "")
    assert "ok   too_angry_today (Too angry today): intake → " in done.stdout
    assert done.stdout.splitlines()[-1].endswith(" as expected, 0 not.")
    other = amends.folder / "walks.yaml"
    other.write_text(script.replace("31 days ago", "29 days ago"), "utf-8")
    line = next(number for number, text in enumerate(script.splitlines(), 1) if "back_too_late:" in text)
    done = amends("workflow", "simulate", "--script", "walks.yaml", language="en")
    assert done.returncode == 1
    assert f"walks.yaml:{line}:3: the last step was taken, and should be refused for within_30_days." in done.stdout
    other.write_text(script.replace("reasons: within_30_days", "reasons: within_30_day"), "utf-8")
    done = amends("workflow", "simulate", "--script", "walks.yaml", language="en")
    refused(done, ": “within_30_day” is no reason for which this step can be refused. Did you mean “within_30_days”?")


def test_a_typo_in_a_workflow_is_told_with_file_line_column_and_the_nearest_name(migrated: Terminal):
    text = (ROOT / "workflows" / "complaint.yaml").read_text("utf-8")
    line = next(n for n, row in enumerate(text.splitlines(), 1) if row == "    to: vent")
    (migrated.folder / "typo.yaml").write_text(text.replace("    to: vent\n", "    to: vemt\n", 1), "utf-8")
    for command in ("check", "publish"):
        refused(migrated("workflow", command, "typo.yaml"), f"typo.yaml:{line}:9: There is no stage “vemt”. Did you mean “vent”?")


def test_a_mistake_in_the_calendars_is_told_with_file_line_and_column(migrated: Terminal):
    shutil.copytree(ROOT / "workflows", migrated.folder / "own")
    file = migrated.folder / "own" / "calendars.yaml"
    text = file.read_text("utf-8")
    line = next(n for n, row in enumerate(text.splitlines(), 1) if row.startswith("    zone: "))
    file.write_text(text.replace("zone: Asia/Shanghai", "zone: Asia/Shangai", 1), "utf-8")
    for command in (["check"], ["publish", "--all"]):
        done = migrated("workflow", *command, workflows="own")
        refused(done, f"calendars.yaml:{line}:11 service.zone: There is no time zone “Asia/Shangai”", "Did you mean Asia/Shanghai?")


def test_a_published_policy_is_said_to_hold_at_once_and_a_workflow_for_new_complaints(migrated: Terminal):
    shutil.copytree(ROOT / "workflows", migrated.folder / "own")
    for name in ("policy", "complaint"):
        file = migrated.folder / "own" / f"{name}.yaml"
        file.write_text(file.read_text("utf-8") + "# changed\n", "utf-8")
    done = migrated("workflow", "publish", "--all", workflows="own")
    assert sorted(done.stdout.split("\n"))[-2:] == [
        "complaint is published as version 2; running complaints stay on theirs.",
        "policy is published as version 2; it holds as of now, for running complaints too.",
    ]


def test_a_folder_without_definitions_is_told_wherever_it_is_missed(amends: Terminal):
    for command in (["migrate"], ["user", "list"], ["serve"]):
        refused(amends(*command, workflows="nowhere"), "There is no calendars.yaml in nowhere; set AMENDS_WORKFLOWS")
    assert amends("migrate").returncode == 0


def test_a_file_in_another_encoding_is_told(migrated: Terminal):
    folder = migrated.folder
    (folder / "gbk.yaml").write_bytes((ROOT / "workflows" / "complaint.yaml").read_text("utf-8").encode("gb18030"))
    (folder / "rows.csv").write_text("id\n1\n", "utf-8")
    for command in (["workflow", "check", "gbk.yaml"], ["import", "customers", "rows.csv", "--map", "gbk.yaml"]):
        refused(migrated(*command), "gbk.yaml is not UTF-8. Save it as UTF-8 and repeat.")


def test_a_version_that_was_never_published_is_told(migrated: Terminal):
    refused(migrated("workflow", "migrate", "--from", "1", "--to", "2"), "Version 2 of “complaint” was never published")


def test_users_and_tokens_are_on_record(migrated: Terminal):
    made = migrated.process("user", "token", "lin", "--role", "handler")
    assert made.stdout.strip().startswith("amd_"), made
    migrated("user", "token", "lin", "--role", "handler")
    listed = [line.split("\t") for line in migrated("user", "tokens", "lin").stdout.splitlines()]
    assert [row[3] for row in listed] == ["valid", "valid"]
    assert migrated("user", "revoke", listed[0][0]).returncode == 0
    assert migrated("user", "deactivate", "lin").returncode == 0
    told = migrated.events("user_stored", "token_made", "token_revoked")
    assert [kind for kind, _, _ in told] == [
        "user_stored",
        "token_made",
        "token_made",
        "token_revoked",
        "token_revoked",
        "user_stored",
    ]
    assert {actor for _, actor, _ in told} == {next(actor for _, actor, _ in told if actor.startswith("cli:"))}
    assert [data["token"] for kind, _, data in told if kind == "token_revoked"] == [row[0] for row in listed]
    assert told[-1][2]["active"] is False
    assert {row.split("\t")[3] for row in migrated("user", "tokens", "lin").stdout.splitlines()} == {"revoked"}


def test_a_setting_that_cannot_be_is_told_by_its_name(amends: Terminal):
    refused(amends("user", "list", port="abc"), "AMENDS_PORT")
    refused(amends("user", "list", language="de"), "AMENDS_LANGUAGE")
    done = amends("serve", database_url="mysql://root:very-secret@host/x")
    refused(done, "AMENDS_DATABASE_URL", "postgresql://")
    assert "very-secret" not in done.stderr


def test_a_port_in_use_is_told(migrated: Terminal):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused(migrated("serve", port=str(taken.getsockname()[1])), "AMENDS_PORT")


def test_a_database_that_is_away_is_told_without_its_password(amends: Terminal):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    done = amends("worker", database_url=f"postgresql://root:very-secret@127.0.0.1:{port}/x")
    refused(done, "AMENDS_DATABASE_URL")
    assert "very-secret" not in done.stderr


def test_a_database_of_an_unknown_revision_is_not_touched(migrated: Terminal):
    with closing(sqlite3.connect(migrated.folder / "var" / "amends.db")) as db, db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")
    for command in ("migrate", "serve"):
        refused(migrated(command, port="0"), "earlier preview")


def test_without_its_master_key_a_sealed_database_gets_no_new_one(migrated: Terminal):
    key = migrated.folder / "var" / "master.key"
    (migrated.folder / "c.csv").write_text("id\n1\n", "utf-8")
    (migrated.folder / "c.yaml").write_text("target: customers\nfields:\n  external_id: id\n", "utf-8")
    assert migrated("import", "customers", "c.csv", "--map", "c.yaml").returncode == 0
    key.unlink()
    refused(migrated("user", "list"), "master.key")
    assert not key.exists()


@pytest.mark.parametrize(
    ("args", "command", "said"),
    [
        ("workflow migrate --to 1", "amends workflow migrate", "--from is missing."),
        ("workflow migrate --from x --to 1", "amends workflow migrate", "--from: write a whole number, 1 or more."),
        ("user token li --role handler --days 0", "amends user token", "--days: write a whole number, 1 to 3650."),
        ("workflow migrate --from", "amends workflow migrate", "--from needs a value after it."),
        ("workflow migrate --form 1 --to 2", "amends workflow migrate", "There is no option --form; did you mean --from?"),
        ("workflow list --all", "amends workflow list", "There is no option --all. There is: --help."),
        ("up --demo=3", "amends up", "--demo takes no value."),
        ("workflow migrte", "amends workflow", "There is no command “migrte”; did you mean “migrate”?"),
        ("nothing", "amends", "There is no command “nothing”. There is: "),
        ("user tokens", "amends user tokens", "NAME is missing."),
        ("user tokens li na", "amends user tokens", "na is more than the command takes."),
        ("user revoke abc", "amends user revoke", "TOKEN_ID: write an id, as the lists show it."),
        ("import customers none.csv --map none.yaml", "amends import customers", ": there is no such file that can be read."),
        ("workflow draw none.yaml", "amends workflow draw", "none.yaml: there is no such file that can be read."),
        ("demo play --lang fr", "amends demo play", "--lang: send one of: zh, en."),
        (
            "workflow migrate --from 1 --to 2 --map intake",
            "amends workflow migrate",
            "write old_stage=new_stage instead of “intake”.",
        ),
    ],
)
def test_a_command_line_that_is_not_understood_is_told_in_the_operators_language(
    amends: Terminal, args: str, command: str, said: str
):
    done = amends(*args.split(), language="en")
    assert (done.returncode, done.stdout) == (2, "")
    head, line = done.stderr.splitlines()
    assert head == f"This command line is not understood; `{command} --help` tells what it takes."
    assert said in line
    done = amends(*args.split(), language="zh")
    assert done.returncode == 2
    head, line = done.stderr.splitlines()
    assert head == f"`{command}` 不能这样写；用法见 `{command} --help`。"
    assert line.startswith("  - ")
    assert said not in line


def test_a_group_alone_shows_its_commands(amends: Terminal):
    done = amends("workflow")
    assert done.returncode == 2
    assert "simulate" in done.stderr + done.stdout
    assert amends("workflow", "--help").returncode == 0


def test_a_migration_to_the_same_version_is_no_migration(migrated: Terminal):
    done = migrated("workflow", "migrate", "--from", "1", "--to", "1", language="en")
    refused(done, "both are 1")
    assert "--yes" not in done.stdout + done.stderr
