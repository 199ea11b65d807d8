"""Text recognition by RapidOCR, an extra of Nexus that brings its models: for where there is no Tesseract."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# RapidOCR has no types.

from collections.abc import Iterator, Sequence
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

import numpy as np

from nexus.core.sandbox.pool import Sandbox
from nexus.providers.parsers.base import Picture, Word

_MOST_WORDS: Final = 20_000
_LONGEST: Final = 200


def is_installed() -> bool:
    return find_spec("rapidocr") is not None and find_spec("onnxruntime") is not None


class RapidRecogniser:
    """Recognises in children of its own, which keep the models once they are read."""

    name = "rapidocr"

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    async def why_not(self) -> str:
        """See the port."""
        return ""

    async def recognise(self, picture: Picture) -> tuple[Word, ...]:
        """See the port."""
        return await self._sandbox.run(read, picture)

    async def aclose(self) -> None:
        await self._sandbox.aclose()


def read(picture: Picture) -> tuple[Word, ...]:
    """In a child: the words of a picture."""
    grey = np.frombuffer(picture.grey, dtype=np.uint8).reshape(picture.height, picture.width)
    found = _engine()(np.repeat(grey[:, :, None], 3, axis=2), return_word_box=True)
    return tuple(_words(found.word_results or (), picture))


@cache
def _engine() -> Any:
    threads = {f"EngineConfig.onnxruntime.{name}_op_num_threads": 1 for name in ("intra", "inter")}
    # Its look at each line's direction turned upright lines over (ADR 0051).
    settings = {"Global.log_level": "critical", "Global.use_cls": False, **threads}
    return import_module("rapidocr").RapidOCR(params=settings)


def _words(lines: Sequence[Any], picture: Picture) -> Iterator[Word]:
    """From words with four corners each."""
    count = 0
    for number, line in enumerate(lines):
        for text, confidence, corners in line:
            written = str(text).strip()
            if not written or corners is None:
                continue
            count += 1
            if count > _MOST_WORDS:
                return
            across = [float(corner[0]) for corner in corners]
            down = [float(corner[1]) for corner in corners]
            yield Word(
                written[:_LONGEST],
                _fraction(min(across), picture.width),
                _fraction(min(down), picture.height),
                _fraction(max(across), picture.width),
                _fraction(max(down), picture.height),
                round(min(1.0, max(0.0, float(confidence))), 3),
                number,
            )


def _fraction(part: float, whole: int) -> float:
    return round(min(1.0, max(0.0, part / whole)), 5)
