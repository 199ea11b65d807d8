"""Settings of where the search index is kept."""

from typing import Literal

from pydantic import Field, SecretStr

from nexus.core.settings_security import Group


class IndexSettings(Group):
    """The index can always be built anew from the database: changing these loses nothing."""

    engine: Literal["embedded", "pgvector"] = Field(
        default="embedded",
        description="embedded keeps the index in each serving process; pgvector in a PostgreSQL that they share.",
    )
    url: SecretStr = Field(
        default=SecretStr(""),
        description="SQLAlchemy address of the PostgreSQL with the index; empty means NEXUS_DB__URL.",
    )
    pool_size: int = Field(default=10, gt=0, description="Connections to the index that one process keeps open.")
    timeout_seconds: float = Field(default=30, gt=0, description="Time one search may take on the server.")


def index_problems(wanted: IndexSettings, database_url: str) -> list[tuple[bool, str]]:
    """What is wrong with them, beside the form."""
    url = wanted.url.get_secret_value()
    return [
        (
            wanted.engine == "pgvector" and not (url or database_url).startswith("postgresql+asyncpg://"),
            "NEXUS_INDEX__ENGINE=pgvector needs postgresql+asyncpg://… as NEXUS_INDEX__URL or NEXUS_DB__URL",
        )
    ]
