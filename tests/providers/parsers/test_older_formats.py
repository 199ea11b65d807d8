"""Older Office files: what cannot be converted ends with a sentence, and what is in them reaches nothing."""

import io
import socket
import zipfile
from collections.abc import Callable
from pathlib import Path

import olefile
import pytest

from corpus.files import sheets, slides, word
from nexus.core.sandbox.limits import MEBIBYTE, SandboxError, SandboxLimits
from nexus.core.sandbox.programs import Programs
from nexus.core.settings import load_settings
from nexus.programs import build_converter
from nexus.providers.parsers.base import OlderFormatError, ParseError
from nexus.providers.parsers.conversion import Converter, NoConverter
from nexus.providers.parsers.libreoffice import LibreOfficeConverter
from nexus.providers.parsers.local import LocalParser
from older_files import saved_as
from programs import needs_libreoffice

PARSER = LocalParser()
RTF = rb"{\rtf1\ansi\deff0{\fonttbl{\f0 Arial;}}Good text.\par %s\par}"

_OFFICE = "urn:oasis:names:tc:opendocument:xmlns"
_NAMES = (
    f'xmlns:office="{_OFFICE}:office:1.0" xmlns:text="{_OFFICE}:text:1.0" xmlns:draw="{_OFFICE}:drawing:1.0" '
    f'xmlns:script="{_OFFICE}:script:1.0" xmlns:xlink="http://www.w3.org/1999/xlink" '
    'xmlns:ooo="http://openoffice.org/2004/office" xmlns:dom="http://www.w3.org/2001/xml-events" office:version="1.2"'
)

_MACRO = (
    '<?xml version="1.0"?><script:module xmlns:script="http://openoffice.org/2000/script" script:name="M" '
    'script:language="StarBasic">Sub Go\nThisComponent.Text.setString("The macro ran")\nEnd Sub</script:module>'
)
_LIBRARY = (
    '<?xml version="1.0"?><library:library xmlns:library="http://openoffice.org/2000/library" '
    'library:name="Standard" library:readonly="false" library:passwordprotected="false">'
    '<library:element library:name="M"/></library:library>'
)
_LIBRARIES = (
    '<?xml version="1.0"?><library:libraries xmlns:library="http://openoffice.org/2000/library" '
    'xmlns:xlink="http://www.w3.org/1999/xlink"><library:library library:name="Standard" library:link="false"/>'
    "</library:libraries>"
)
_ON_LOAD = (
    '<office:scripts><office:event-listeners><script:event-listener script:language="ooo:script" '
    'script:event-name="dom:load" xlink:type="simple" '
    'xlink:href="vnd.sun.star.script:Standard.M.Go?language=Basic&amp;location=document"/>'
    "</office:event-listeners></office:scripts>"
)
"""A macro, the library that it is in, the list of libraries, and what has it run when the document is opened."""


@pytest.fixture
def converter(tmp_path: Path) -> Converter:
    return build_converter(load_settings(data_dir=tmp_path / "data", _env_file=None))


async def text_of(converter: Converter, path: Path) -> str:
    """The text as ingestion has it: converted where it has to be."""
    try:
        return PARSER.parse(path, path.name).text
    except OlderFormatError as older:
        async with converter.convert(path, older) as newer:
            return PARSER.parse(newer, path.name).text


def patched(made: bytes, change: Callable[[olefile.OleFileIO], None], tmp_path: Path, name: str) -> Path:
    path = tmp_path / name
    path.write_bytes(made)
    with olefile.OleFileIO(str(path), write_mode=True) as container:
        change(container)
    return path


def overwrite(stream: str, at: int, content: bytes) -> Callable[[olefile.OleFileIO], None]:
    def change(container: olefile.OleFileIO) -> None:
        whole = bytearray(container.openstream(stream).read())
        whole[at : at + len(content)] = content
        container.write_stream(stream, bytes(whole))

    return change


def open_text(body: str, *entries: tuple[str, str], head: str = "", manifest: str = "") -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr(
            "content.xml",
            f"<office:document-content {_NAMES}>{head}<office:body><office:text><text:p>Good text</text:p>{body}"
            "</office:text></office:body></office:document-content>",
        )
        listed = "".join(
            f'<manifest:file-entry manifest:full-path="{name}" manifest:media-type="text/xml"/>'
            for name in ("content.xml", *(name for name, _ in entries))
        )
        archive.writestr(
            "META-INF/manifest.xml",
            f'<manifest:manifest xmlns:manifest="{_OFFICE}:manifest:1.0"><manifest:file-entry manifest:full-path="/" '
            f'manifest:media-type="application/vnd.oasis.opendocument.text"/>{listed}{manifest}</manifest:manifest>',
        )
        for name, content in entries:
            archive.writestr(name, content)
    return written.getvalue()


async def test_without_a_program_it_is_said_what_to_install(tmp_path: Path) -> None:
    path = tmp_path / "letter.rtf"
    path.write_bytes(RTF % b"")
    with pytest.raises(ParseError) as caught:
        await text_of(NoConverter(), path)
    assert caught.value.code == "no-converter"
    assert "Ask your administrator to install it" in caught.value.detail
    assert "save the file as DOCX" in caught.value.detail


@needs_libreoffice
async def test_those_with_a_password_are_told(tmp_path: Path, converter: Converter) -> None:
    for name, make, change in (
        # The flags of the document, the first record after the workbook's beginning, the presentation's user.
        ("a.doc", word, overwrite("WordDocument", 11, b"\x13")),
        ("b.xls", sheets, overwrite("Workbook", 20, b"\x2f\x00")),
        ("c.ppt", slides, overwrite("Current User", 12, b"\xdf\xc4\xd1\xf3")),
    ):
        path = patched(saved_as(name.replace(".", "s."), make)(), change, tmp_path, name)
        with pytest.raises(ParseError) as caught:
            await text_of(converter, path)
        assert caught.value.code == "encrypted", name
    locked = tmp_path / "d.odt"
    locked.write_bytes(open_text("", manifest="<manifest:encryption-data/>"))
    with pytest.raises(ParseError) as caught:
        await text_of(converter, locked)
    assert caught.value.code == "encrypted"


@needs_libreoffice
async def test_what_is_torn_or_a_bomb_fails(tmp_path: Path, converter: Converter) -> None:
    whole = saved_as("as.doc", word)()
    torn = tmp_path / "torn.doc"
    torn.write_bytes(whole[: len(whole) // 3])
    noise = patched(whole, overwrite("WordDocument", 32, b"\xff" * 1400), tmp_path, "noise.doc")
    bomb = tmp_path / "bomb.odt"
    bomb.write_bytes(open_text(""))
    with zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("styles.xml", b" " * (300 * MEBIBYTE))
    for path, codes in ((torn, {"damaged"}), (noise, {"damaged", "empty"}), (bomb, {"bomb"})):
        with pytest.raises(ParseError) as caught:
            await text_of(converter, path)
        assert caught.value.code in codes, path.name
        assert str(tmp_path) not in caught.value.detail


@needs_libreoffice
async def test_nothing_in_it_runs_reads_or_calls(tmp_path: Path, converter: Converter) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("The crown jewels")
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.settimeout(0)
        address = f"http://127.0.0.1:{door.getsockname()[1]}/x"
        body = (
            f'<text:section text:name="S"><text:section-source xlink:href="{secret.as_uri()}"/><text:p/></text:section>'
            f'<text:section text:name="T"><text:section-source xlink:href="{address}.txt"/><text:p/></text:section>'
            f'<text:p><draw:frame><draw:image xlink:href="{address}.png"/></draw:frame></text:p>'
        )
        path = tmp_path / "links.odt"
        entries = (
            ("Basic/Standard/M.xml", _MACRO),
            ("Basic/Standard/script-lb.xml", _LIBRARY),
            ("Basic/script-lc.xml", _LIBRARIES),
        )
        path.write_bytes(open_text(body, *entries, head=_ON_LOAD))
        assert await text_of(converter, path) == "Good text"
        field = rb'{\field{\*\fldinst INCLUDETEXT "%s"}{\fldrslt old}}' % str(secret).encode()
        path = tmp_path / "field.rtf"
        path.write_bytes(RTF % field)
        said = await text_of(converter, path)
        assert said.startswith("Good text")
        assert "jewels" not in said
        with pytest.raises(BlockingIOError):
            door.accept()


@needs_libreoffice
async def test_it_is_killed_in_time_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    converter = build_converter(load_settings(data_dir=tmp_path, _env_file=None))
    assert isinstance(converter, LibreOfficeConverter)
    limits = SandboxLimits(memory_bytes=1024 * MEBIBYTE, file_bytes=MEBIBYTE, open_files=256, wall_seconds=0.2)
    converter._programs = Programs(1, limits)
    path = tmp_path / "letter.rtf"
    path.write_bytes(RTF % b"")
    with pytest.raises(SandboxError) as caught:
        await text_of(converter, path)
    assert caught.value.reason == "timeout"
    assert not list((tmp_path / "temporary").iterdir())
