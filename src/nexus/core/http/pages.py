"""The web page: a folder of files that were built once, served with what a browser needs to trust and to keep them."""

import base64
import hashlib
import mimetypes
import os
import re
from http import HTTPStatus
from pathlib import Path
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.staticfiles import NotModifiedResponse, PathLike, StaticFiles
from starlette.types import Scope

_ENCODINGS: Final = (("br", ".br"), ("gzip", ".gz"))
"""In the order of preference; the build puts such a sibling beside every file that is worth it."""
_MEDIA_TYPES: Final = {
    ".mjs": "text/javascript; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".wasm": "application/wasm",
    ".bcmap": "application/octet-stream",
    ".pfb": "application/octet-stream",
    ".ttf": "font/ttf",
    ".icc": "application/vnd.iccprofile",
    ".webmanifest": "application/manifest+json",
}
_WORKER_SUFFIX: Final = ".worker.min.mjs"
_INLINE_SCRIPT: Final = re.compile(rb"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL | re.IGNORECASE)
_FOREVER: Final = "public, max-age=31536000, immutable"
_NOT_BUILT: Final = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Nexus</title></head><body>
<h1>The page has not been built</h1><p>This is a checkout. <code>make serve</code> builds the page and starts Nexus.
The API is there: <a href="/api/openapi.json">/api/openapi.json</a>.</p></body></html>"""


class Pages(StaticFiles):
    """Serves a static export: compressed where the browser allows, hashed files for a year, the rest asked for anew.

    `policy` is the Content-Security-Policy of everything else. A page's own has the hashes of the scripts that stand in
    it besides, and of no others: a script that somebody smuggles into it does not run. A worker is held to the policy
    that it comes with; the PDF viewer's may compile WebAssembly, with which it decodes pictures, and no page may.
    """

    def __init__(self, folder: Path, policy: str) -> None:
        self._built = (folder / "index.html").is_file()
        super().__init__(directory=folder, html=True, check_dir=False)
        self._policies: dict[Path, str] = {}
        if self._built:
            self._policies |= {path: _page_policy(path, policy) for path in folder.rglob("*.html")}
            worker = f"{policy}; script-src 'self' 'wasm-unsafe-eval'"
            self._policies |= dict.fromkeys(folder.rglob(f"*{_WORKER_SUFFIX}"), worker)

    async def check_config(self) -> None:
        """Without a page the server starts all the same, and says how to build one."""
        if self._built:
            await super().check_config()

    async def get_response(self, path: str, scope: Scope) -> Response:
        if not self._built:
            return HTMLResponse(_NOT_BUILT, 503)
        response = await super().get_response(path, scope)
        if isinstance(response, FileResponse) and response.status_code == HTTPStatus.NOT_FOUND:
            # The one file that the parent class does not send through `file_response`.
            missing = Path(response.path)
            response = self.file_response(missing, missing.stat(), scope, HTTPStatus.NOT_FOUND)
        elif isinstance(response, RedirectResponse):
            # Without scheme and host: behind a proxy they are not the ones that the browser knows.
            query = scope["query_string"].decode("latin-1")
            place = f"{scope.get('root_path', '')}/{path.strip(os.sep)}/"
            response = RedirectResponse(f"{place}?{query}" if query else place)
        hashed = path.startswith("_next/static/") and response.status_code in (200, 304)
        response.headers["Cache-Control"] = _FOREVER if hashed else "no-cache"
        return response

    def file_response(
        self, full_path: PathLike, stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """The file, or its smaller sibling where the browser takes that."""
        file = Path(full_path)
        headers = {"Vary": "Accept-Encoding", "Content-Type": _media_type(file)}
        accepted = _accepted(Headers(scope=scope).get("Accept-Encoding", ""))
        for name, suffix in _ENCODINGS:
            sibling = file.with_name(file.name + suffix)
            if name in accepted and sibling.is_file():
                file, stat_result = sibling, sibling.stat()
                headers["Content-Encoding"] = name
                break
        response: Response = FileResponse(file, status_code, headers, stat_result=stat_result)
        if status_code == HTTPStatus.OK and self.is_not_modified(response.headers, Headers(scope=scope)):
            response = NotModifiedResponse(response.headers)
        if policy := self._policies.get(Path(full_path)):
            # A 304 too: a browser takes its headers for those it kept, and would hold the page to another policy.
            response.headers["Content-Security-Policy"] = policy
        return response


def _page_policy(page: Path, policy: str) -> str:
    found = sorted({_hash(script) for script in _INLINE_SCRIPT.findall(page.read_bytes()) if script})
    return " ".join([f"{policy}; script-src 'self'", *found])


def _hash(script: bytes) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'"


def _media_type(file: Path) -> str:
    guessed = _MEDIA_TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return f"{guessed}; charset=utf-8" if guessed.startswith("text/") and "charset" not in guessed else guessed


def _accepted(header: str) -> frozenset[str]:
    """The encodings that an Accept-Encoding header names and does not refuse."""
    parts = (part.replace(" ", "").split(";") for part in header.lower().split(","))
    return frozenset(name for name, *options in parts if not {"q=0", "q=0.0"} & set(options))
