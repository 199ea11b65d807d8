"""Recognition by the extra `ocr`: chosen where there is no Tesseract, with places like any other."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from nexus.core.settings import load_settings
from nexus.programs import build_recogniser
from nexus.providers.parsers import rapid
from nexus.providers.parsers.base import Picture
from programs import needs_rapidocr
from scans import draw, lines

SMALL = (900, 300)


@pytest.mark.parametrize(
    ("kind", "program", "extra", "chosen"),
    [
        ("auto", "/usr/bin/tesseract", True, "tesseract"),
        ("auto", None, True, "rapidocr"),
        ("auto", None, False, "none"),
        ("rapidocr", "/usr/bin/tesseract", True, "rapidocr"),
        ("tesseract", None, True, "none"),
        ("off", "/usr/bin/tesseract", True, "none"),
    ],
)
async def test_which_engine_is_taken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str, program: str | None, extra: bool, chosen: str
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: program)
    monkeypatch.setattr(rapid, "is_installed", lambda: extra)
    recogniser = build_recogniser(load_settings(data_dir=tmp_path, recognition={"kind": kind}, _env_file=None))
    assert recogniser.name == chosen
    if chosen == "none":
        said = await recogniser.why_not()
        assert "install Tesseract" in said
        assert "`ocr`" in said
    await recogniser.aclose()


def test_what_it_says_becomes_words(monkeypatch: pytest.MonkeyPatch) -> None:
    corners = [[90, 30], [180, 33], [180, 60], [90, 57]]
    said = SimpleNamespace(word_results=(((" Pump ", 0.97, corners), ("", 1.0, corners)), (("7", 2.0, corners),)))
    monkeypatch.setattr(rapid, "_engine", lambda: lambda *_, **__: said)
    first, second = rapid.read(Picture(*SMALL, bytes(SMALL[0] * SMALL[1])))
    assert (first.text, first.left, first.top, first.right, first.bottom) == ("Pump", 0.1, 0.1, 0.2, 0.2)
    assert (first.confidence, first.line, second.confidence, second.line) == (0.97, 0, 1.0, 1)


@needs_rapidocr
async def test_a_page_is_recognised_in_confinement(tmp_path: Path) -> None:
    recogniser = build_recogniser(load_settings(data_dir=tmp_path, recognition={"kind": "rapidocr"}, _env_file=None))
    image = draw(lines("The valve is rated for 16 bar"), size=SMALL)
    words = await recogniser.recognise(Picture(*SMALL, image.tobytes()))
    await recogniser.aclose()
    assert " ".join(word.text for word in words) == "The valve is rated for 16 bar"
    assert [word.left for word in words] == sorted(word.left for word in words)
    assert all(0.1 < word.top < word.bottom < 0.3 for word in words)
