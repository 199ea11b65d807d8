"""Every setting of the process, read once at start from the environment (`NEXUS_…`) and an optional `.env` file."""

import re
from email.utils import parseaddr
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, DotEnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from nexus.core.settings_files import FileSettings, file_problems
from nexus.core.settings_formats import ConversionSettings, RecognitionSettings
from nexus.core.settings_index import IndexSettings, index_problems
from nexus.core.settings_llm import LlmSettings
from nexus.core.settings_oidc import OidcSettings, oidc_problems
from nexus.core.settings_scanner import ScannerSettings
from nexus.core.settings_security import Group, Hosts, SecretSettings, TrustedIssuer, issuer_problems
from nexus.core.settings_uploads import UploadSettings
from nexus.core.settings_web import WebSearchSettings, web_search_problems

EMAIL_PATTERN = r"^[^@\s]+@[^@\s]+$"


class SettingsError(Exception):
    """The settings cannot be used; the text lists every problem, one a line."""


class HttpSettings(Group):
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8080, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    public_url: str = Field(
        default="", description="Address people use, when it differs from host and port (behind a proxy)."
    )
    max_upload_mb: int = Field(default=1024, gt=0, description="Largest file that may be uploaded, in MiB.")


class DatabaseSettings(Group):
    url: str = Field(
        default="", description="SQLAlchemy address of the database; empty means SQLite in the data folder."
    )
    pool_size: int = Field(default=10, gt=0, description="Connections kept open.")


class JobSettings(Group):
    mode: Literal["embedded", "celery"] = Field(
        default="embedded",
        description="embedded runs jobs in the serving process; celery hands their ids to `nexus worker`.",
    )
    concurrency: int = Field(default=4, gt=0, description="Jobs one process runs at a time.")
    lease_seconds: float = Field(default=60, gt=0, description="A job whose process is silent so long goes to another.")
    poll_seconds: float = Field(default=1, gt=0, description="How often the job table is read when nothing wakes us.")


class RedisSettings(Group):
    url: str = Field(default="", description="Address of Redis, needed when NEXUS_JOBS__MODE is celery.")


class EmbeddingSettings(Group):
    kind: Literal["local", "openai", "azure"] = Field(
        default="local",
        description="local runs all-MiniLM-L6-v2 in this process; openai is any OpenAI-compatible server.",
    )
    base_url: str = Field(default="", description="Address of the embedding server, up to and including /v1.")
    api_key: SecretStr = Field(default=SecretStr(""), description="Key of the embedding server.")
    model: str = Field(default="all-MiniLM-L6-v2", description="Name of the embedding model.")
    dimension: int = Field(default=384, gt=0, le=8192, description="Length of its vectors.")
    max_tokens: int = Field(default=256, gt=16, description="Longest input of the embedding model, in tokens.")
    api_version: str = Field(default="", description="Azure only: the api-version parameter.")


class RerankerSettings(Group):
    base_url: str = Field(default="", description="Address before /rerank of a reranker; empty ranks without one.")
    api_key: SecretStr = Field(default=SecretStr(""), description="Key of the reranker.")
    model: str = Field(default="", description="Name of the reranking model.")
    kind: Literal["cohere", "tei"] = Field(
        default="cohere",
        description="cohere is the form of Cohere, Jina and vLLM; tei that of Text Embeddings Inference.",
    )
    timeout_seconds: float = Field(
        default=2, gt=0, description="A question waits so long for it, then goes on without."
    )


class SearchSettings(Group):
    remembered: int = Field(
        default=1000, ge=0, description="Searches that are remembered to be used again; 0 makes each of them anew."
    )
    remembered_seconds: float = Field(default=3600, gt=0, description="How long a search is remembered.")
    likeness: float = Field(
        default=0.92,
        gt=0,
        le=1,
        description="Cosine from which a question in the same words is given a search that is remembered.",
    )


class EgressSettings(Group):
    allowed_hosts: Hosts = Field(
        default=(),
        description="Hosts (`ollama.corp`) and networks (`10.2.0.0/16`) with private addresses that model providers and"
        " tools set up on the page may point to, as JSON.",
    )


class ChatSettings(Group):
    temporary_hours: float = Field(
        default=24, gt=0, le=8760, description="How long a temporary chat is kept after its last use."
    )


class DocumentSettings(Group):
    deleted_days: int = Field(
        default=30,
        ge=0,
        le=3650,
        description="Days in which a deleted document or knowledge base can be restored, where its tenant has not set"
        " them; 0 purges at once.",
    )


class ParsingSettings(Group):
    workers: int = Field(default=2, gt=0, description="Child processes that read files.")
    memory_mb: int = Field(default=1024, ge=256, description="Memory one child process may use, in MiB.")
    cpu_seconds: int = Field(default=120, gt=0, description="Processor time one file may use.")
    wall_seconds: int = Field(default=180, gt=0, description="Time one file may take.")


class LimitSettings(Group):
    user_requests: int = Field(
        default=1200, ge=0, description="Requests to the API one person may make in a minute; 0 means any number."
    )
    tenant_requests: int = Field(
        default=0,
        ge=0,
        description="Requests a tenant's people may make together in a minute; 0 means any number.",
    )
    directory_requests: int = Field(
        default=3000, ge=0, description="Requests one SCIM token may make in a minute; 0 means any number."
    )


class SuperAdminSettings(Group):
    email: str | None = Field(
        default=None, pattern=EMAIL_PATTERN, description="The first start creates this super admin."
    )
    password: SecretStr = Field(default=SecretStr(""), description="Password of that super admin.")


class MailSettings(Group):
    """A mail server; without one, links are handed on by whoever made them."""

    host: str = Field(default="", description="Mail server (SMTP); empty sends no mail.")
    port: int = Field(default=587, gt=0, le=65535, description="Its port; 465 is usual with `tls`.")
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="How the connection is encrypted; `none` only without a password."
    )
    user: str = Field(default="", description="Account at the mail server; empty sends without one.")
    password: SecretStr = Field(default=SecretStr(""), description="Password of that account.")
    sender: str = Field(default="", description="From: an address, or `Name <address>`.")
    timeout_seconds: float = Field(default=15, gt=0, description="Time each step of sending may take.")

    @property
    def is_on(self) -> bool:
        return bool(self.host)


class Settings(BaseSettings):
    """Frozen; a value given on the command line or in a test beats the environment, which beats `.env`."""

    model_config = SettingsConfigDict(
        env_prefix="NEXUS_", env_nested_delimiter="__", env_file=".env", frozen=True, extra="ignore"
    )

    profile: Literal["development", "production"] = Field(
        default="development", description="production refuses to start with unsafe settings."
    )
    data_dir: Path = Field(default=Path("data"), description="Folder for the database, files, caches and secrets.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Least level that is logged."
    )
    log_format: Literal["text", "json"] = Field(default="text", description="json writes one object a line.")
    secret_key: SecretStr = Field(
        SecretStr(""),
        description="Signs access tokens; empty means a key made at the first start and kept in the data folder.",
    )
    secrets: SecretSettings = Field(default_factory=SecretSettings)
    http: HttpSettings = Field(default_factory=HttpSettings)
    db: DatabaseSettings = Field(default_factory=DatabaseSettings)
    files: FileSettings = Field(default_factory=FileSettings)
    jobs: JobSettings = Field(default_factory=JobSettings)
    redis: RedisSettings = Field(default_factory=RedisSettings)
    embeddings: EmbeddingSettings = Field(default_factory=EmbeddingSettings)
    reranker: RerankerSettings = Field(default_factory=RerankerSettings)
    llm: LlmSettings = Field(default_factory=LlmSettings)
    index: IndexSettings = Field(default_factory=IndexSettings)
    search: SearchSettings = Field(default_factory=SearchSettings)
    egress: EgressSettings = Field(default_factory=EgressSettings)
    web_search: WebSearchSettings = Field(default_factory=WebSearchSettings)
    chat: ChatSettings = Field(default_factory=ChatSettings)
    uploads: UploadSettings = Field(default_factory=UploadSettings)
    scanner: ScannerSettings = Field(default_factory=ScannerSettings)
    documents: DocumentSettings = Field(default_factory=DocumentSettings)
    parsing: ParsingSettings = Field(default_factory=ParsingSettings)
    conversion: ConversionSettings = Field(default_factory=ConversionSettings)
    recognition: RecognitionSettings = Field(default_factory=RecognitionSettings)
    limits: LimitSettings = Field(default_factory=LimitSettings)
    super_admin: SuperAdminSettings = Field(default_factory=SuperAdminSettings)
    oidc: OidcSettings = Field(default_factory=OidcSettings)
    mail: MailSettings = Field(default_factory=MailSettings)
    trusted_issuers: tuple[TrustedIssuer, ...] = Field(
        default=(), description="Whose JWTs are taken as credentials, as JSON; see secrets-and-profiles.md."
    )
    developer_user: str = Field(
        default="",
        description="Development only: address of the user who is signed in on this machine without a password.",
    )

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, folder: Path) -> Path:
        """A path that means the same in a child process, which has another working folder."""
        return folder.expanduser().absolute()

    @model_validator(mode="after")
    def _combinations(self) -> "Settings":
        problems = [
            (self.jobs.mode == "celery" and not self.redis.url, "NEXUS_JOBS__MODE=celery needs NEXUS_REDIS__URL"),
            (bool(self.llm.model) and not self.llm.base_url, "NEXUS_LLM__MODEL needs NEXUS_LLM__BASE_URL"),
            (
                self.embeddings.kind != "local" and not self.embeddings.base_url,
                "NEXUS_EMBEDDINGS__KIND needs NEXUS_EMBEDDINGS__BASE_URL",
            ),
        ]
        problems += oidc_problems(self.oidc) + self._mail_problems()
        problems += web_search_problems(self.web_search) + file_problems(self.files)
        problems += index_problems(self.index, self.db.url)
        problems += issuer_problems(self.trusted_issuers, self.oidc.client_id)
        if found := [text for wrong, text in problems if wrong]:
            raise ValueError("; ".join(found))
        return self

    def _mail_problems(self) -> list[tuple[bool, str]]:
        mail = self.mail
        local = mail.host in {"127.0.0.1", "::1", "localhost"}
        return [
            (
                mail.is_on and not re.search(EMAIL_PATTERN, parseaddr(mail.sender)[1]),
                "NEXUS_MAIL__HOST needs an address in NEXUS_MAIL__SENDER",
            ),
            (
                mail.security == "none" and bool(mail.password.get_secret_value()) and not local,
                "NEXUS_MAIL__SECURITY=none would show NEXUS_MAIL__PASSWORD to the network",
            ),
        ]

    @cached_property
    def database_url(self) -> str:
        return self.db.url or f"sqlite+aiosqlite:///{self.data_dir.resolve() / 'nexus.db'}"

    @cached_property
    def cache_dir(self) -> Path:
        """What can be made again: compiled model, index snapshot."""
        return self.data_dir / "cache"

    @cached_property
    def files_dir(self) -> Path:
        return self.data_dir / "files"

    @cached_property
    def uploads_dir(self) -> Path:
        return (self.uploads.folder or self.data_dir / "uploads").expanduser().absolute()

    @property
    def public_url(self) -> str:
        return self.http.public_url.rstrip("/") or f"http://{self.http.host}:{self.http.port}"


def load_settings_with(file: Path) -> Settings:
    """Those of now, but for what an env file says otherwise. Raises SettingsError."""
    if not file.is_file():
        raise SettingsError(f"There is no file {file}.")

    class Changed(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            said = DotEnvSettingsSource(settings_cls, env_file=file)
            return init_settings, said, env_settings, dotenv_settings, file_secret_settings

    return _loaded(Changed)


def load_settings(**overrides: object) -> Settings:
    """Reads everything at once. Raises SettingsError naming every wrong setting."""
    return _loaded(Settings, **overrides)


def _loaded(kind: type[Settings], **overrides: object) -> Settings:
    try:
        return kind(**overrides)  # pyright: ignore[reportArgumentType]
    except ValidationError as error:
        lines = [
            f"NEXUS_{'__'.join(str(p) for p in e['loc']).upper()}: {e['msg']}"
            for e in error.errors(include_input=False)
        ]
        raise SettingsError("\n".join(lines)) from None
