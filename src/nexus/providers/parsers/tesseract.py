"""Text recognition by Tesseract's command line: pictures go in by standard input, words with places come out."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from nexus.core.sandbox.confine import Freedom
from nexus.core.sandbox.limits import SandboxError
from nexus.core.sandbox.programs import Program, Programs
from nexus.providers.parsers.base import Picture, Word

_ORIENTATION: Final = "osd"
"""The data by which Tesseract tells which way a page lies."""
_COLUMNS: Final = 12
_WORD_LEVEL: Final = "5"
_MOST_WORDS: Final = 20_000
"""Words of one page; a newspaper's has some 5,000."""
_LONGEST: Final = 200


class TesseractRecogniser:
    """`languages` are Tesseract's names of them, best first; those that are not installed are passed over."""

    name = "tesseract"

    def __init__(self, program: Path, programs: Programs, languages: tuple[str, ...]) -> None:
        self._program = str(program)
        self._freedom = Freedom(runs=(str(program.resolve()),))
        self._programs = programs
        self._wanted = languages
        self._installed: tuple[str, ...] | None = None

    async def why_not(self) -> str:
        """See the port."""
        try:
            usable = self._usable(await self._list())
        except SandboxError:
            return (
                "Its pages are pictures, and Tesseract does not start here. Ask your administrator to look at it, then "
                "process the document again."
            )
        if usable:
            return ""
        return (
            f"Its pages are pictures, and Tesseract has none of the languages that are set here "
            f"({', '.join(self._wanted)}). Ask your administrator to install them, then process the document again."
        )

    async def recognise(self, picture: Picture) -> tuple[Word, ...]:
        """See the port."""
        installed = await self._list()
        # With orientation (1) where its data is there, else without (3): pages that lie on their side are common.
        mode = "1" if _ORIENTATION in installed else "3"
        arguments = (self._program, "stdin", "stdout", "-l", "+".join(self._usable(installed)), "--psm", mode)
        program = Program((*arguments, "--dpi", "300", "tsv"), self._freedom)
        header = f"P5 {picture.width} {picture.height} 255\n".encode()
        said = await self._programs.run(program, header + picture.grey)
        return tuple(_words(said.decode("utf-8", "replace").splitlines(), picture))

    async def aclose(self) -> None:
        """Nothing runs between two pages."""

    def _usable(self, installed: Iterable[str]) -> list[str]:
        return [language for language in self._wanted if language in installed]

    async def _list(self) -> tuple[str, ...]:
        if self._installed is None:
            said = await self._programs.run(Program((self._program, "--list-langs"), self._freedom))
            self._installed = tuple(said.decode("utf-8", "replace").split("\n")[1:])
        return self._installed


def _words(rows: Iterable[str], picture: Picture) -> Iterator[Word]:
    """What the rows of a TSV say; rows that are not written as expected are passed over."""
    numbers: dict[tuple[str, ...], int] = {}
    count = 0
    for row in rows:
        cells = row.split("\t")
        if len(cells) != _COLUMNS or cells[0] != _WORD_LEVEL or not cells[11].strip():
            continue
        try:
            left, top, width, height = map(int, cells[6:10])
            confidence = float(cells[10]) / 100
        except ValueError:
            continue
        count += 1
        if count > _MOST_WORDS:
            return
        line = numbers.setdefault(tuple(cells[1:5]), len(numbers))
        yield Word(
            cells[11].strip()[:_LONGEST],
            _fraction(left, picture.width),
            _fraction(top, picture.height),
            _fraction(left + width, picture.width),
            _fraction(top + height, picture.height),
            round(min(1.0, max(0.0, confidence)), 3),
            line,
        )


def _fraction(part: int, whole: int) -> float:
    return round(min(1.0, max(0.0, part / whole)), 5)
