"""`amends workflow …`: check, draw, simulate, publish, migrate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from app.access.actor import Actor
from app.access.roles import ROLES, Role
from app.boot import KINDS, drift, files, publish_all, read_text
from app.calendars.loader import load_calendars
from app.catalogue.definitions import listed
from app.catalogue.tags import load_tags
from app.cli.base import operator, run, settings, tell
from app.cli.usage import wrong
from app.customers.segments import load_segments
from app.desk.agreement import check_agreement
from app.desk.desk import WORKFLOW, Desk
from app.desk.policy import load_policy
from app.desk.publishing import Move, preview, publish_workflow, run_move
from app.desk.vocabulary import Vocabulary
from app.errors import Invalid
from app.texts import Lang
from app.workflow.definition import Definition
from app.workflow.diagram import mermaid, svg
from app.workflow.loader import load
from app.workflow.read_walks import read_walks
from app.workflow.simulate import simulate as simulate_walks
from app.workflow.telling import cut
from app.workflow.walks import take, told

app = typer.Typer(help="The workflow as configuration. / 流程即配置。", no_args_is_help=True)
File = Annotated[Path | None, typer.Argument(help="A workflow file; by default complaint.yaml of AMENDS_WORKFLOWS.")]


def _read(file: Path | None) -> tuple[str, str]:
    path = file or settings().workflows / "complaint.yaml"
    if not path.is_file():
        raise wrong("value_file", str(path))
    return read_text(path), str(path)


def _vocabulary() -> Vocabulary:
    calendars = settings().workflows / "calendars.yaml"
    names = frozenset(load_calendars(read_text(calendars))) if calendars.is_file() else frozenset[str]()
    return Vocabulary(names)


def _load(file: Path | None) -> Definition:
    text, source = _read(file)
    return load(text, _vocabulary(), source=source)


def _agrees(definition: Definition, source: str) -> None:
    """With the policy that lies beside it, where one does; and that with the tags and segments there."""
    texts = files(settings())
    if not {"policy.yaml", "calendars.yaml"} <= texts.keys():
        return
    calendars = load_calendars(texts["calendars.yaml"])
    tags = load_tags(texts["tags.yaml"]).names if "tags.yaml" in texts else None
    segments = load_segments(texts["segments.yaml"]).table if "segments.yaml" in texts else None
    names = Vocabulary(frozenset(calendars)).names(calendars, tags, segments)
    check_agreement(definition, load_policy(texts["policy.yaml"], names), source)


@app.command()
def check(file: File = None) -> None:
    """Check a workflow file; every problem with file, line, column and the nearest right name. Needs no database."""
    found = _load(file)
    _agrees(found, _read(file)[1])
    tell("workflow_fine", name=found.name, stages=len(found.stages), transitions=len(found.transitions))


@app.command()
def draw(
    file: File = None,
    form: Annotated[str, typer.Option("--format", help="mermaid or svg")] = "mermaid",
    out: Annotated[Path | None, typer.Option(help="Where to write; by default standard output.")] = None,
    lang: Annotated[str | None, typer.Option(help="zh or en")] = None,
) -> None:
    """The diagram of a workflow file."""
    if form not in ("mermaid", "svg"):
        raise wrong("field_choice", "--format", known="mermaid, svg")
    language: Lang = "zh" if (lang or settings().language) == "zh" else "en"
    drawing = (mermaid if form == "mermaid" else svg)(_load(file), language)
    if out is None:
        print(drawing)
    else:
        out.write_text(drawing, "utf-8")
        tell("written", path=out)


@app.command()
def simulate(
    file: File = None,
    walks: Annotated[int, typer.Option(min=1, max=100_000, help="Random walks.")] = 500,
    seed: Annotated[int, typer.Option(help="The same seed, the same walks.")] = 1,
    script: Annotated[Path | None, typer.Option(help="A file of scripted walks to take instead, such as walks.yaml.")] = None,
) -> None:
    """Walk a workflow, at random or by a script: stages reached, guards that ever refuse, dead ends.

    Random walks report what they found. Scripted ones (workflows/walks.yaml) are told one by one; exit code 1 when one of
    them does not come to what it expects.
    """
    found, lang = _load(file), settings().language
    if script is None:
        print(simulate_walks(found, walks=walks, seed=seed).told(lang))
        return
    text, source = _read(script)
    taken = [take(found, one) for one in read_walks(text, found, ROLES, source=source)]
    print(told(taken, source, lang))
    if not all(walk.met for walk in taken):
        raise typer.Exit(1)


@app.command()
def publish(
    file: File = None,
    everything: Annotated[bool, typer.Option("--all", help="Publish every changed file of AMENDS_WORKFLOWS.")] = False,
) -> None:
    """Publish a workflow file as the next version, running complaints stay on theirs; with --all all that was changed.

    The policy, calendars, segments, tags and plans hold for running complaints too, as of now.
    """

    async def work(desk: Desk) -> list[tuple[str, int]]:
        if everything:
            return await publish_all(desk, operator(), only_missing=False)
        text, source = _read(file)
        made, new = await publish_workflow(desk, operator(), text, source)
        return [(made.name, made.version)] if new else []

    done = run(work)
    if not done:
        tell("nothing_to_publish")
    for name, version in done:
        workflow = KINDS.get(f"{name}.yaml", WORKFLOW) == WORKFLOW
        tell("published" if workflow else "published_for_all", name=name, version=version)


@app.command("list")
def list_() -> None:
    """What is published, and which files differ from it."""

    async def work(desk: Desk) -> None:
        async with desk.runtime.db.read() as conn:
            for kind in sorted({*KINDS.values(), WORKFLOW}):
                for one in await listed(conn, kind):
                    print(f"{kind}\t{one.name}\tv{one.version}\t{one.at:%Y-%m-%d %H:%M}\t{one.published_by}")
        for changed in await drift(desk):
            tell("differs", file=changed.file, version=changed.version or "-")

    run(work)


@app.command()
def migrate(
    from_: Annotated[int, typer.Option("--from", min=1, help="The version to leave.")],
    to: Annotated[int, typer.Option(min=1, help="The version to go to.")],
    map_: Annotated[list[str] | None, typer.Option("--map", help="old_stage=new_stage; may be given several times.")] = None,
    name: Annotated[str, typer.Option(help="The workflow.")] = "complaint",
    yes: Annotated[bool, typer.Option("--yes", help="Go on; without it only the preview is shown.")] = False,
) -> None:
    """Move running complaints to another version: preview first, then with --yes, one event on each."""
    pairs = dict(_pair(text) for text in map_ or [])
    move = Move(name, from_, to, pairs)

    async def work(desk: Desk) -> int | None:
        seen = await preview(desk, move)
        for state, count in sorted(seen.counts.items()):
            print(f"  {state} -> {seen.targets[state]}: {count}")
        if seen.problems:
            raise Invalid(*seen.problems, code="migration_invalid")
        if not yes:
            return None
        by = operator()
        actor = Actor(UUID(int=0), by.name, by.name, frozenset({Role.ADMIN.value}))
        return await run_move(desk, actor, by, move)

    moved = run(work)
    if moved is None:
        tell("migrate_preview")
    else:
        tell("migrated_complaints", count=moved)


def _pair(text: str) -> tuple[str, str]:
    old, found, new = text.partition("=")
    if not found or not old or not new:
        raise wrong("value_pair", "--map", said=cut(text))
    return old.strip(), new.strip()
