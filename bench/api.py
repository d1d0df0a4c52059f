"""A plain client for what stands beside a measurement: preparing, sampling, finding the steps."""

from __future__ import annotations

import http.client
import json
import secrets
from typing import Any


class Api:
    """Calls to 127.0.0.1:`port` as the bearer of `token`, each on a connection of its own: servers hang up on idle ones."""

    def __init__(self, port: int, token: str) -> None:
        self._port = port
        self._token = token

    def get(self, path: str) -> Any:
        return self._call("GET", path, None, {})[0]

    def post(self, path: str, body: dict[str, Any], etag: str | None = None) -> tuple[Any, str]:
        """The answer's body and its ETag ("" without one)."""
        headers = {"Idempotency-Key": secrets.token_hex(12)}
        if etag is not None:
            headers["If-Match"] = etag
        return self._call("POST", path, body, headers)

    def _call(self, method: str, path: str, body: dict[str, Any] | None, headers: dict[str, str]) -> tuple[Any, str]:
        """Raises RuntimeError with the answer's text when it is not 2xx."""
        payload = None if body is None else json.dumps(body).encode()
        headers |= {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        try:
            connection.request(method, path, payload, headers)
            response = connection.getresponse()
            text = response.read()
        finally:
            connection.close()
        if not 200 <= response.status < 300:
            raise RuntimeError(f"{method} {path}: {response.status} {text[:1500].decode(errors='replace')}")
        return json.loads(text) if text else None, response.headers.get("ETag", "")
