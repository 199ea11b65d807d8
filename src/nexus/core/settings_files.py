"""Settings of where original files are kept."""

from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr

from nexus.core.settings_security import Group


class FileSettings(Group):
    """Original files: in the data folder, or in a bucket that all processes share."""

    store: Literal["local", "s3"] = Field(
        default="local", description="Where original files are kept: local is the data folder, s3 any S3 service."
    )
    bucket: str = Field(default="", description="S3: the bucket; it has to exist.")
    endpoint: str = Field(
        default="", description="S3: address of the service, such as https://minio.corp:9000; empty means AWS."
    )
    region: str = Field(default="us-east-1", description="S3: region of the bucket.")
    access_key_id: str = Field(
        default="", description="S3: id of the key; empty takes the role of the machine or the container."
    )
    secret_access_key: SecretStr = Field(default=SecretStr(""), description="S3: the key's secret.")
    path_style: bool = Field(
        default=True, description="S3: the bucket stands in the path; false puts it before the host's name."
    )
    prefix: str = Field(default="", pattern=r"^[\w./-]*$", description="S3: folder inside the bucket.")
    encryption: Literal["", "AES256", "aws:kms"] = Field(
        default="", description="S3: how the service is told to encrypt; empty leaves it to the bucket."
    )
    kms_key_id: str = Field(default="", description="S3: the key of `aws:kms`; empty means the account's own.")
    timeout_seconds: float = Field(
        default=30, gt=0, le=600, description="S3: time one request may take; a file travels in requests of 8 MiB."
    )
    retries: int = Field(
        default=4, ge=0, le=20, description="S3: how often a request is made again that failed for a passing reason."
    )


def file_problems(wanted: FileSettings) -> list[tuple[bool, str]]:
    """What is wrong with them, beside the form."""
    is_s3 = wanted.store == "s3"
    key, secret = bool(wanted.access_key_id), bool(wanted.secret_access_key.get_secret_value())
    address = urlsplit(wanted.endpoint)
    whole = address.scheme in {"http", "https"} and bool(address.hostname) and not (address.path.strip("/"))
    return [
        (is_s3 and not wanted.bucket, "NEXUS_FILES__STORE=s3 needs NEXUS_FILES__BUCKET"),
        (is_s3 and key != secret, "NEXUS_FILES__ACCESS_KEY_ID and NEXUS_FILES__SECRET_ACCESS_KEY need each other"),
        (
            is_s3 and bool(wanted.endpoint) and not whole,
            "NEXUS_FILES__ENDPOINT has to begin with https:// or http:// and name a host, without a path",
        ),
        (
            bool(wanted.kms_key_id) and wanted.encryption != "aws:kms",
            "NEXUS_FILES__KMS_KEY_ID needs NEXUS_FILES__ENCRYPTION=aws:kms",
        ),
    ]
