from __future__ import annotations

from rest_framework.authentication import TokenAuthentication


class BearerAuthentication(TokenAuthentication):
    """DRF's own tokens (one SELECT joined with the user), under the usual word."""

    keyword = "Bearer"
