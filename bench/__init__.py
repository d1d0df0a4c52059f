"""Benchmarks of Amends beside what a team would write instead.

Nothing here is imported by the product. `python -m bench.run` compares throughput and
latency, `python -m bench.scale` looks at one large database.
"""
