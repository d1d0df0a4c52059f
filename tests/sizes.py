"""How much each test does: one row a knob, (in `make test`, in `make test-all`).

`make test` must stay under five minutes on two cores; `make test-all` is the proof. AMENDS_TEST_SIZE=all chooses the second.
"""

from __future__ import annotations

import os
from typing import Final

ALL: Final = os.environ.get("AMENDS_TEST_SIZE", "").lower() == "all"

SIZES: Final[dict[str, tuple[int, int]]] = {
    # databases on which a test runs that is meant for both; see conftest
    "databases": (1, 2),
    # one complaint after another walked at random against an independent model of the YAML
    "state_machine_steps": (500, 10_000),
    # clients that fire the same transition at once, and how often
    "race_clients": (64, 64),
    "race_rounds": (4, 200),
    # concurrent edits of one complaint: editors x edits each
    "editors": (16, 16),
    "edits_each": (3, 25),
    # concurrent requests with one Idempotency-Key
    "idempotent_clients": (50, 50),
    # a work order, tag or consent that slips in while a transition decides
    "slip_in_rounds": (4, 100),
    # kill -9 of the server under load, and restarts of PostgreSQL under load
    "kill_rounds": (1, 10),
    "restart_rounds": (1, 10),
    # SIGTERM under load
    "term_rounds": (1, 5),
    # complaints that wait in the queue, and how many take from it at once
    "queue_complaints": (150, 5_000),
    "queue_takers": (20, 50),
    # random substrings of 1-4 characters searched, against a scan
    "search_substrings": (200, 2_000),
    "search_complaints": (80, 200),
    # complaints walked to their end by a client that knows only their open steps; random walks, and steps of each
    "first_step_walks": (8, 100),
    "random_walks": (6, 80),
    "random_walk_steps": (20, 40),
    # the record as it was, compared with snapshots: complaints, and changes of each
    "as_of_complaints": (6, 40),
    "as_of_changes": (25, 60),
    # examples a hypothesis property draws
    "property_examples": (40, 1_000),
    # random histories of a clock, each held against a reading minute by minute
    "clock_histories": (240, 5_000),
    # schemathesis: examples an operation, and seconds after which it stops
    "schemathesis_examples": (8, 60),
    "schemathesis_seconds": (20, 300),
    # languages in which the tutorial and the how-to pages are pasted word for word
    "pasted_languages": (1, 2),
    # rows of the real files that are imported (0 = all of them)
    "import_rows": (500, 0),
}


def size(name: str) -> int:
    """The size of `name` in this run; an unknown name is a mistake and fails."""
    return SIZES[name][1 if ALL else 0]
