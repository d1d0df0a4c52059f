"""Who complains: profile, consents, matching."""
