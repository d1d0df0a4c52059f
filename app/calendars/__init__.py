"""Business time: when a calendar is open, and when something is due that counts working time.

`definition` holds calendars as values, `loader` reads them from YAML, `time` counts on them. All pure; every instant is an aware
datetime, every result is in UTC.
"""
