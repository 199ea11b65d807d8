"""The settings of programs that read what Nexus cannot read by itself."""

from typing import Literal

from pydantic import Field

from nexus.core.settings_security import Group


class RecognitionSettings(Group):
    kind: Literal["auto", "tesseract", "rapidocr", "off"] = Field(
        default="auto",
        description="What recognises text in pictures; auto: Tesseract where it is installed, else the extra `ocr`.",
    )
    languages: str = Field(
        default="eng+deu",
        pattern=r"^[A-Za-z_]+(\+[A-Za-z_]+)*$",
        description="Languages of the text, as Tesseract names them; those that are not installed are passed over.",
    )
    max_pages: int = Field(default=1000, gt=0, description="Pages of one document that are recognised at most.")
    page_seconds: int = Field(default=90, gt=0, description="Processor time the recognition of one page may take.")
    memory_mb: int = Field(default=1024, ge=256, description="Memory the recognition of one page may use, in MiB.")
    workers: int = Field(default=2, gt=0, description="Pages that one process recognises at a time.")


class ConversionSettings(Group):
    kind: Literal["auto", "off"] = Field(
        default="auto", description="What reads older Office formats; auto takes LibreOffice where it is installed."
    )
    seconds: int = Field(default=60, gt=0, description="Processor time the conversion of one file may take.")
    memory_mb: int = Field(default=1536, ge=512, description="Memory the conversion of one file may use, in MiB.")
    workers: int = Field(default=1, gt=0, description="Files that one process converts at a time.")
