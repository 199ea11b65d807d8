"""Pictures as telephones keep them: read where the extra for them is installed, else refused with a sentence."""

from pathlib import Path
from typing import NoReturn

import pytest

from nexus.providers.parsers import image
from nexus.providers.parsers.base import ParseError
from nexus.providers.parsers.local import LocalParser

HEIC = Path(__file__).parents[2] / "corpus" / "letter.heic"


def _missing(name: str) -> NoReturn:
    raise ModuleNotFoundError(name)


def test_without_its_extra_a_heic_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image, "import_module", _missing)
    with pytest.raises(ParseError) as caught:
        LocalParser().parse(HEIC, "photo.heic")
    assert caught.value.code == "no-decoder"
    assert "Save it as JPEG or PNG" in caught.value.detail


def test_a_torn_heic_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "photo.heic"
    path.write_bytes(HEIC.read_bytes()[:4000])
    with pytest.raises(ParseError) as caught:
        LocalParser().picture(path, "photo.heic", 1)
    assert caught.value.code == "damaged"


def test_it_is_shown_as_a_jpeg() -> None:
    shown = LocalParser().preview(HEIC, "photo.heic", 1)
    assert (shown.media_type, shown.content[:2]) == ("image/jpeg", b"\xff\xd8")
