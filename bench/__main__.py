"""`python -m bench`: everything on docs/benchmarks.md. With arguments: the comparison alone, with them (`bench.run`)."""

from __future__ import annotations

import sys

from bench import queue, run, scale, similar

if __name__ == "__main__":
    run.main(sys.argv[1:])
    if not sys.argv[1:]:
        queue.main([])
        similar.main([])
        scale.main([])
