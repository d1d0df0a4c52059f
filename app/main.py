"""The application: the mouths hung onto the desk, and nothing else."""

from __future__ import annotations

from fastapi import FastAPI

from app.api.mount import mount
from app.desk.desk import Desk


def create_app(desk: Desk) -> FastAPI:
    """The ASGI application that serves `desk`. Its document is made by the API's own operations."""
    app = FastAPI(title="Amends", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    mount(app, desk)
    return app
