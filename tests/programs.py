"""The programs of other people that tests run, and how a test says that one is missing.

`python tests/programs.py` installs them where that is possible: from the system's packages, as root.
"""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec

import pytest

PACKAGES = {
    "tesseract": ("tesseract-ocr", "tesseract-ocr-deu"),
    "soffice": ("libreoffice-writer-nogui", "libreoffice-calc-nogui", "libreoffice-impress-nogui"),
}

needs_tesseract = pytest.mark.skipif(
    shutil.which("tesseract") is None, reason="Tesseract is not installed: run `make programs`"
)

needs_libreoffice = pytest.mark.skipif(
    shutil.which("soffice") is None, reason="LibreOffice is not installed: run `make programs`"
)

needs_rapidocr = pytest.mark.skipif(
    find_spec("rapidocr") is None, reason="The extra `ocr` is not installed: run `uv sync --inexact --extra ocr`"
)


def install() -> None:
    """Whatever is missing and can be had; what cannot is said, and its tests are skipped."""
    missing = [package for program, packages in PACKAGES.items() if not shutil.which(program) for package in packages]
    if not missing:
        return
    if shutil.which("apt-get") and os.geteuid() == 0:
        command = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
        subprocess.run([*command, "update"], check=False, stdout=subprocess.DEVNULL)
        wanted = [*command, "install", "-y", "--no-install-recommends", *missing]
        if subprocess.run(wanted, check=False, stdout=subprocess.DEVNULL).returncode == 0:
            return
    print(f"not installed: {' '.join(missing)}. Tests that need them are skipped.", file=sys.stderr)


if __name__ == "__main__":
    install()
