"""Other systems: files that come in and go out, webhooks, the industry's trouble ticket API."""
