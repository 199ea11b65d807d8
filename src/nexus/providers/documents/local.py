"""Files made on this machine, in a child process: what people and models write is laid out with bounded time and
memory, and a fault there costs that file only."""

import logging
from typing import Final

from nexus.core.sandbox.limits import MEBIBYTE, SandboxError, SandboxLimits
from nexus.core.sandbox.pool import Sandbox
from nexus.providers.documents.base import DocumentError, Form, Report
from nexus.providers.documents.docx_file import write_docx
from nexus.providers.documents.pdf_file import write_pdf

logger = logging.getLogger(__name__)

LONGEST: Final = 1_500_000
"""Characters of a report."""
_LIMITS: Final = SandboxLimits(memory_bytes=768 * MEBIBYTE, cpu_seconds=40, wall_seconds=60, result_bytes=64 * MEBIBYTE)


class LocalDocumentWriter:
    """One file at a time; the others wait their turn."""

    def __init__(self) -> None:
        self._sandbox = Sandbox(1, _LIMITS, jobs_per_child=50)

    async def write(self, report: Report, form: Form) -> bytes:
        size = sum(
            len(each.markdown) + sum(len(one.quote) for one in (*each.sources, *each.web)) for each in report.sections
        )
        if size > LONGEST:
            raise DocumentError("This is too long for a Word or PDF file. Take Markdown, which has no such limit.")
        try:
            return await self._sandbox.run(write_docx if form == "docx" else write_pdf, report)
        except SandboxError as error:
            logger.warning("a %s file could not be made: %s", form, error)
            raise DocumentError("The file took too long or became too large to make. Take Markdown instead.") from error

    async def aclose(self) -> None:
        await self._sandbox.aclose()
