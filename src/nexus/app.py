"""Composition root of the web process: builds the resources once and puts the rooms' routes together."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from nexus.core.db import Database, create_engine
from nexus.core.http.problems import Problem, install_problems
from nexus.core.migrate import migrate
from nexus.core.settings import Settings
from nexus.identity.routes import router as identity_router


def build_app(settings: Settings) -> FastAPI:
    """The whole application; nothing is opened before its lifespan starts."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None, None]:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        db = Database(create_engine(settings.database_url, pool_size=settings.db.pool_size))
        await migrate(db.engine)
        app.state.resources = {Settings: settings, Database: db}
        yield
        await db.aclose()

    app = FastAPI(
        title="Nexus",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        responses={"4XX": {"model": Problem, "description": "A problem (RFC 9457)."}},
    )
    install_problems(app)
    app.include_router(identity_router, prefix="/api")
    return app
