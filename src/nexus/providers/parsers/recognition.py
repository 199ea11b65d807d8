"""The port from a picture of a page to the words on it."""

from typing import Protocol

from nexus.providers.parsers.base import Picture, Word


class Recogniser(Protocol):
    """Text recognition. Belongs to one event loop."""

    @property
    def name(self) -> str:
        """Of the engine, for logs."""
        ...

    async def why_not(self) -> str:
        """Why nothing can be recognised here, as a sentence that says what to do; empty where it can."""
        ...

    async def recognise(self, picture: Picture) -> tuple[Word, ...]:
        """The words, line by line in reading order. Raises SandboxError: this picture is beyond the engine."""
        ...

    async def aclose(self) -> None:
        """End what it keeps running."""
        ...


NOTHING_INSTALLED = (
    "Its pages are pictures, and no text recognition is installed here. Ask your administrator to install Tesseract "
    "(or the extra `ocr` of Nexus), then process the document again; or upload a PDF with selectable text."
)


class NoRecogniser:
    """Stands where no engine is installed, or recognition is switched off."""

    name = "none"

    async def why_not(self) -> str:
        return NOTHING_INSTALLED

    async def recognise(self, picture: Picture) -> tuple[Word, ...]:
        del picture
        return ()

    async def aclose(self) -> None:
        pass
