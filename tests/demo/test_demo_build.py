"""The committed documents are what their sources build, to the last byte."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILES = ROOT / "src/nexus/demo/files"
BUILT = {".pdf", ".docx", ".pptx", ".xlsx", ".csv"}


def test_building_again_gives_the_same_bytes(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "demo.build", "--output", tmp_path], cwd=ROOT, check=True, capture_output=True
    )

    built = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*.*")}
    committed = {path.relative_to(FILES): path.read_bytes() for path in FILES.rglob("*.*") if path.suffix in BUILT}
    assert built.keys() == committed.keys()
    assert [str(path) for path in built if built[path] != committed[path]] == []
