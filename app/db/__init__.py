"""The database room: engine, types, ids, guards, migration. All dialect differences live here."""
