"""Which program of the system stands behind a port, by the settings and by what is installed."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Final

from nexus.core.sandbox.limits import MEBIBYTE, SandboxLimits
from nexus.core.sandbox.pool import Sandbox
from nexus.core.sandbox.programs import Programs
from nexus.core.settings import Settings
from nexus.providers.parsers import rapid
from nexus.providers.parsers.conversion import Converter, NoConverter
from nexus.providers.parsers.libreoffice import LibreOfficeConverter
from nexus.providers.parsers.recognition import NoRecogniser, Recogniser
from nexus.providers.parsers.tesseract import TesseractRecogniser

_MODELS: Final = 2048 * MEBIBYTE
"""Address space that recognition with models in our own process needs at least."""


def build_recogniser(settings: Settings) -> Recogniser:
    """The engine that is installed, Tesseract before others, or one that says what to install."""
    wanted = settings.recognition
    limits = SandboxLimits(
        memory_bytes=wanted.memory_mb * MEBIBYTE,
        cpu_seconds=wanted.page_seconds,
        # Others may be at work on the same cores.
        wall_seconds=4 * wanted.page_seconds,
        result_bytes=16 * MEBIBYTE,
    )
    found = shutil.which("tesseract") if wanted.kind in ("auto", "tesseract") else None
    if found is not None:
        return TesseractRecogniser(Path(found), Programs(wanted.workers, limits), tuple(wanted.languages.split("+")))
    if wanted.kind in ("auto", "rapidocr") and rapid.is_installed():
        roomy = replace(limits, memory_bytes=max(limits.memory_bytes, _MODELS))
        return rapid.RapidRecogniser(Sandbox(wanted.workers, roomy, resident_bytes=roomy.memory_bytes))
    return NoRecogniser()


def build_converter(settings: Settings) -> Converter:
    """The program that is installed, or what says which one to install."""
    wanted = settings.conversion
    found = shutil.which("soffice") if wanted.kind == "auto" else None
    if found is None:
        return NoConverter()
    limits = SandboxLimits(
        memory_bytes=wanted.memory_mb * MEBIBYTE,
        cpu_seconds=wanted.seconds,
        wall_seconds=4 * wanted.seconds,
        result_bytes=MEBIBYTE,
        file_bytes=512 * MEBIBYTE,
        open_files=256,
    )
    return LibreOfficeConverter(Path(found), Programs(wanted.workers, limits))
