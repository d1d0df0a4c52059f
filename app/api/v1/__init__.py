"""Version 1 of the HTTP contract: one file a resource."""
