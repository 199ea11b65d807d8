"""Files of older Office formats, as LibreOffice saves them."""

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

_STARTS = 2
"""The first start with a new profile asks for another."""
_NEWER = {"doc": "docx", "rtf": "docx", "odt": "docx", "xls": "xlsx", "ods": "xlsx", "ppt": "pptx", "odp": "pptx"}


@cache
def _folder() -> Path:
    """Of this process: LibreOffice's profile, and what it made."""
    return Path(tempfile.mkdtemp(prefix="nexus-older-"))


def saved_as(name: str, make: Callable[[], bytes]) -> Callable[[], bytes]:
    """`make` gives a newer file (DOCX, XLSX, PPTX); it is saved in the format that `name` ends in."""
    return lambda: _saved(name, make)


@cache
def _saved(name: str, make: Callable[[], bytes]) -> bytes:
    kind = Path(name).suffix[1:]
    source = _folder() / f"{Path(name).stem}.{_NEWER[kind]}"
    source.write_bytes(make())
    made = source.with_suffix(f".{kind}")
    command = [
        shutil.which("soffice") or "soffice",
        "--headless",
        f"-env:UserInstallation={_folder().as_uri()}/profile",
    ]
    for _ in range(_STARTS):
        asked = [*command, "--convert-to", kind, "--outdir", str(_folder()), str(source)]
        subprocess.run(asked, check=False, capture_output=True, timeout=120)
        if made.exists():
            break
    return made.read_bytes()
