"""Pages of the public web as text: fetched through the guard, read in a limited child, and cut into passages."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from urllib.parse import urljoin

import httpx2

from nexus.agents.tools import ToolError
from nexus.core.bodies import TooLongError, read_within
from nexus.core.egress import Egress, EgressError, guarded_transport
from nexus.core.sandbox.limits import SandboxError, SandboxLimits
from nexus.core.sandbox.pool import Sandbox
from nexus.providers.parsers.base import ParseError, Parser

_LARGEST: Final = 2 << 20
_HOPS: Final = 3
_NAMES: Final = {"text/html": "page.html", "application/xhtml+xml": "page.html", "text/plain": "page.txt"}
_LIMITS: Final = SandboxLimits(cpu_seconds=8, wall_seconds=12)
PIECE: Final = 1800
"""Characters of one passage."""
MOST_PIECES: Final = 8


@dataclass(frozen=True, slots=True)
class WebPage:
    title: str
    pieces: Sequence[str]


class PageReader:
    """Sends nothing but the address: no cookies, no sign-in, and a redirect is judged like the address itself."""

    def __init__(self, egress: Egress, sandbox: Sandbox, parser: Parser, *, seconds: float) -> None:
        self._sandbox, self._parser, self._seconds = sandbox, parser, seconds
        self._client = httpx2.AsyncClient(
            transport=guarded_transport(egress),
            trust_env=False,
            follow_redirects=False,
            timeout=seconds,
            headers={"accept": "text/html, text/plain;q=0.8", "user-agent": "Mozilla/5.0 (compatible; Nexus)"},
        )

    async def read(self, url: str) -> WebPage:
        """Raises ToolError."""
        try:
            async with asyncio.timeout(self._seconds):
                content, name = await self._fetch(url)
        except (TimeoutError, httpx2.TimeoutException):
            raise ToolError("The page did not come in time.") from None
        except EgressError:
            raise ToolError("The page is not on the public web, so it is not read.") from None
        except (httpx2.HTTPError, httpx2.InvalidURL, UnicodeError, ValueError):
            raise ToolError("The page cannot be reached.") from None
        title, text = await self._parse(content, name)
        pieces = cut(text)
        if not pieces:
            raise ToolError("There is no text on the page.")
        return WebPage(title, pieces)

    async def _fetch(self, url: str) -> tuple[bytes, str]:
        for _ in range(_HOPS + 1):
            # Nothing that a page before has set is sent to this one.
            self._client.cookies.clear()
            async with self._client.stream("GET", url) as response:
                if response.is_redirect:
                    url = urljoin(url, response.headers.get("location", ""))
                    continue
                if not response.is_success:
                    raise ToolError(f"The page cannot be had (HTTP {response.status_code}).")
                kind = response.headers.get("content-type", "text/html").partition(";")[0].strip().lower()
                if kind not in _NAMES:
                    raise ToolError("What is there is no page of text.")
                try:
                    return await read_within(response, _LARGEST), _NAMES[kind]
                except TooLongError:
                    raise ToolError("The page is too large to be read.") from None
        raise ToolError("The page leads on from address to address.")

    async def _parse(self, content: bytes, name: str) -> tuple[str, str]:
        with TemporaryDirectory(prefix="nexus-page-") as folder:
            path = Path(folder) / name
            await asyncio.to_thread(path.write_bytes, content)
            try:
                return await self._sandbox.run(_text_of, self._parser, path, limits=_LIMITS)
            except (ParseError, SandboxError):
                raise ToolError("The page cannot be read.") from None

    async def aclose(self) -> None:
        await self._client.aclose()


def _text_of(parser: Parser, path: Path) -> tuple[str, str]:
    """Title and text, in the child. Only as much as is shown comes back."""
    parsed = parser.parse(path, path.name)
    if not parsed.text:
        raise ParseError("no-text", "Its pages are pictures.")
    return parsed.title[:300], parsed.text[: 2 * PIECE * MOST_PIECES]


def cut(text: str) -> list[str]:
    """Into passages, between paragraphs where that can be; what is behind the last one is left out."""
    pieces: list[str] = []
    for paragraph in text.split("\n\n"):
        rest = paragraph.strip()
        if pieces and rest and len(pieces[-1]) + len(rest) + 2 <= PIECE:
            pieces[-1] += f"\n\n{rest}"
            continue
        while rest:
            end = len(rest) if len(rest) <= PIECE else max(rest.rfind(" ", 0, PIECE), PIECE // 2)
            pieces.append(rest[:end])
            rest = rest[end:].strip()
        if len(pieces) > MOST_PIECES:
            break
    return pieces[:MOST_PIECES]
