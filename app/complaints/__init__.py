"""The record of complaints: tables, queries, search, and the one write."""
