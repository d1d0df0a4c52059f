"""Comparator (c): what a competent team would write instead, Django REST framework + django-fsm-2.

The same HTTP contract as far as the measurement needs it, and the same durable work as the
product's core: token sign-in, If-Match, Idempotency-Key with a stored answer, a guarded state
machine, a history row, timers ended and armed. It does not seal texts, index them for search,
read its workflow from YAML or keep an outbox.
"""
