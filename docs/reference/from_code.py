"""Parts of the reference made from the registries of the code: problems, events, metrics, facts, effects, roles, rooms."""

# ruff: noqa: INP001 - pages stand here, no package
from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

import app
from app import errors
from app.access.roles import Role
from app.api.v1.problems import STATUS, status_of
from app.audit.events import TYPES
from app.db.migrate import NotMigrated
from app.desk.effects import EFFECTS
from app.desk.facts import FACTS
from app.desk.transition import refusal
from app.runtime import Metrics
from app.texts import Lang, catalogue
from app.worker.jobs import JOBS
from app.workflow.machine import Command, Refused
from docs.reference.words import EFFECTS_WORDS, EVENTS_WORDS, JOBS_WORDS, LABELS, MEANINGS_WORDS

ROOT: Final = Path(__file__).parents[2]
_BY_MACHINE: Final = (
    *("transition_refused", "transition_not_available", "transition_unknown", "role_refused", "form_invalid", "note_required"),
)
_OF_STATE: Final = ("database_empty", "database_older", "database_unknown")
"""NotMigrated by what the database is."""
_UNFORESEEN: Final = ("rule_failed",)
"""Of no class with a status of its own, and yet met in requests."""
_NO_CODES: Final = {
    *("workflow.load.did_you_mean", "workflow.load.known_are"),
    *("feeds.did_you_mean", "feeds.quoted_value", "feeds.hidden_value"),
}
"""Texts of those families that are parts of others."""
_JOBS_HEAD: Final[Mapping[Lang, tuple[tuple[str, ...], str, str, str]]] = {
    "en": (("job", "how often", "by", "what it does"), "at each look", "one worker", "every worker"),
    "zh": (("任务", "多久一次", "由谁", "做什么"), "每次查看", "一个后台进程", "每个后台进程"),
}


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """A Markdown table."""
    head = list(head)
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(cell(text) for text in row) + " |"


def cell(text: str) -> str:
    """`text` as a cell: on one line, its bars and angle brackets harmless."""
    return re.sub(r"\s*\n\s*", " ", text.strip()).replace("|", "\\|").replace("<", "&lt;")


def code(text: object) -> str:
    """`text` as code."""
    return f"`{text}`"


def problems() -> Iterator[str]:
    """Every problem: code, status, words."""
    statuses = _statuses()
    names = [key.removeprefix("problems.") for key in catalogue("en") if key.startswith("problems.")]
    ordered = sorted(names, key=lambda name: (statuses.get(name, 999), name))
    rows = ([code(n), str(statuses.get(n, "–")), *_both(f"problems.{n}")] for n in ordered)
    return table(["code", "status", "English", "中文"], rows)


def reasons() -> Iterator[str]:
    """Every reason, by where it comes from."""
    families = {
        "reasons.": "Requests, people, keys, the service",
        "workflow.form.": "Forms: `data` of a step",
        "workflow.refused.": "Steps",
        "workflow.load.": "Workflow files (`amends workflow check`, `POST /v1/workflows:validate`)",
        "rules.": "Rules inside workflow files",
        "calendars.": "`calendars.yaml`",
        "feeds.": "Imports: files, maps and rows",
    }
    for prefix, title in families.items():
        keys = [key for key in catalogue("en") if key.startswith(prefix) and key not in _NO_CODES]
        plain = sorted(key for key in keys if "." not in key.removeprefix(prefix))
        yield from ("", f"### {title}", "")
        yield from table(["code", "English", "中文"], ([code(key.removeprefix(prefix)), *_both(key)] for key in plain))


def events() -> Iterator[str]:
    """Every type of event."""
    return table(["type", "what it says", "含义"], ([code(name), text, EVENTS_WORDS[name]] for name, text in TYPES.items()))


def metrics() -> Iterator[str]:
    """Every metric with its kind and labels."""
    rows: list[list[str]] = []
    for family in Metrics().registry._collector_to_names:  # noqa: SLF001 - the registry has no other list of what is in it
        name, kind, labels = str(family._name), str(family._type), tuple(family._labelnames)  # type: ignore[attr-defined]  # noqa: SLF001
        shown = f"{name}_total" if kind == "counter" else name
        said = "; ".join(f"`{label}`: {LABELS[shown, label]}" for label in labels)
        rows.append([code(shown), kind, said or "–", str(family._documentation)])  # type: ignore[attr-defined]  # noqa: SLF001
    return table(["metric", "kind", "labels", "what it says"], sorted(rows))


def facts() -> Iterator[str]:
    """Every fact that a guard may name."""
    rows = (
        [code(f.name), f.type, f"{code('known_' + f.name)} asks whether it is" if f.optional else "always", f.title.en, f.title.zh]
        for f in FACTS
    )
    return table(["fact", "type", "known?", "English", "中文"], rows)


def effects() -> Iterator[str]:
    """Every effect that a step may set off."""
    rows: list[list[str]] = []
    for name, effect in sorted(EFFECTS.items()):
        params = ", ".join(f"{code(p.name)}: {' / '.join(p.choices) if p.choices else p.type}" for p in effect.spec.params)
        fields = ", ".join(f"{code(f.name)}{'' if f.required else ' (if there)'}" for f in effect.spec.fields)
        rows.append([code(name), params or "–", fields or "–", EFFECTS_WORDS[name].en, EFFECTS_WORDS[name].zh])
    return table(["effect", "parameters", "reads from the form", "English", "中文"], rows)


def roles() -> Iterator[str]:
    """Every role."""
    return table(["role", "English", "中文"], ([code(r.value), r.words.en, r.words.zh] for r in Role))


def meanings() -> Iterator[str]:
    """Every meaning that a step may have."""
    return table(["`means`", "English", "中文"], ([code(n), w.en, w.zh] for n, w in sorted(MEANINGS_WORDS.items())))


def jobs(lang: Lang) -> Iterator[str]:
    """What the worker does, in one language."""
    head, each, alone, every = _JOBS_HEAD[lang]
    rows = (
        [
            code(job.name),
            f"{job.every.total_seconds():,.0f} s" if job.every else each,
            alone if job.alone else every,
            JOBS_WORDS[job.name].in_(lang),
        ]
        for job in JOBS
    )
    return table(head, rows)


def layers() -> Iterator[str]:
    """The import contract, with what may be absent shown as any other room."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    (rooms,) = (c for c in project["tool"]["importlinter"]["contracts"] if c["id"] == "rooms")
    yield "```text"
    for layer in rooms["layers"]:
        present = [n for n in re.findall(r"\w+", layer) if (ROOT / "app" / n).is_dir() or (ROOT / "app" / f"{n}.py").is_file()]
        if present:
            yield " | ".join(present)
    yield "```"


def _both(key: str) -> tuple[str, str]:
    return catalogue("en")[key], catalogue("zh")[key]


@cache
def _statuses() -> Mapping[str, int]:
    """Code → HTTP status, for what HTTP can answer; what only the command line tells has none."""
    kinds = {kind.__name__: kind for kind in _error_classes()}
    found = {kind.code: status for kind in kinds.values() if (status := _status(kind)) is not None}
    found |= dict.fromkeys(_UNFORESEEN, STATUS[errors.AmendsError])
    found |= dict.fromkeys(_OF_STATE, STATUS[NotMigrated])
    for name in _BY_MACHINE:
        found[name] = status_of(refusal(Refused(name, ()), Command("x", {}, None), None))
    for path in sorted((ROOT / "app").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in kinds:
                for keyword in node.keywords:
                    if keyword.arg == "code" and isinstance(keyword.value, ast.Constant):
                        status = _status(kinds[node.func.id])
                        found |= {str(keyword.value.value): status} if status is not None else {}
    return found


def _status(kind: type[errors.AmendsError]) -> int | None:
    """The status of a class, None for one that has none of its own: only the command line raises it."""
    if kind is errors.AmendsError:
        return STATUS[kind]
    return next((STATUS[base] for base in kind.__mro__ if base in STATUS and base is not errors.AmendsError), None)


def _error_classes() -> set[type[errors.AmendsError]]:
    for module in pkgutil.walk_packages(app.__path__, "app."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    found: set[type[errors.AmendsError]] = set()
    waiting: list[type[errors.AmendsError]] = [errors.AmendsError]
    while waiting:
        kind = waiting.pop()
        found.add(kind)
        waiting += kind.__subclasses__()
    return found
