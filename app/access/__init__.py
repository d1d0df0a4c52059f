"""Who may do what, and what may be read: users, roles, tokens, masking, the keys of personal data, sealed texts."""
