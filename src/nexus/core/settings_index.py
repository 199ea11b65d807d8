"""Settings of where the search index is kept."""

from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr

from nexus.core.settings_security import Group, is_confidential


class IndexSettings(Group):
    """The index can always be built anew from the database: changing these loses nothing."""

    engine: Literal["embedded", "pgvector", "qdrant"] = Field(
        default="embedded",
        description="embedded keeps the index in each serving process; pgvector in a PostgreSQL that they share, qdrant"
        " in a Qdrant server.",
    )
    url: SecretStr = Field(
        default=SecretStr(""),
        description="SQLAlchemy address of the PostgreSQL with the index, where empty means NEXUS_DB__URL; or the"
        " address of Qdrant, such as https://qdrant.corp:6333.",
    )
    api_key: SecretStr = Field(default=SecretStr(""), description="Key of Qdrant.")
    pool_size: int = Field(default=10, gt=0, description="Connections to the index that one process keeps open.")
    timeout_seconds: float = Field(default=30, gt=0, description="Time one search may take on the server.")


def index_problems(wanted: IndexSettings, database_url: str) -> list[tuple[bool, str]]:
    """What is wrong with them, beside the form."""
    url = wanted.url.get_secret_value()
    is_web = urlsplit(url).scheme in {"http", "https"} and bool(urlsplit(url).hostname)
    is_qdrant, key = wanted.engine == "qdrant", bool(wanted.api_key.get_secret_value())
    return [
        (is_qdrant and not is_web, "NEXUS_INDEX__ENGINE=qdrant needs https://… or http://… as NEXUS_INDEX__URL"),
        (
            is_qdrant and is_web and key and not is_confidential(url),
            "NEXUS_INDEX__URL would show NEXUS_INDEX__API_KEY to the network: begin it with https://",
        ),
        (
            wanted.engine == "pgvector" and not (url or database_url).startswith("postgresql+asyncpg://"),
            "NEXUS_INDEX__ENGINE=pgvector needs postgresql+asyncpg://… as NEXUS_INDEX__URL or NEXUS_DB__URL",
        ),
    ]
