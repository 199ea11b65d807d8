"""The tools that go out to the public web, where an installation has a search engine and a tenant wants them.

What they find is nobody's document: it is numbered with the passages, cited apart from them, and trusted less.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final

from pydantic import Field, StringConstraints

from nexus.agents import policy_queries
from nexus.agents.builtin import Arguments, own_tool
from nexus.agents.passages import WebShown
from nexus.agents.tools import Outcome, Tool, ToolError, Touches, may_use
from nexus.agents.web_pages import PageReader
from nexus.agents.workbench import Workbench
from nexus.core.clock import now
from nexus.providers.websearch.base import LONGEST_QUERY, WebSearch

SEARCH_WEB: Final = "search_web"
READ_PAGE: Final = "read_web_page"
_FOUND: Final = 6
_SEARCH: Final = """\
Searches the public web, which is not the company's knowledge. Use it only when the company's documents do not answer
and the question is about what is publicly known. The words of the search leave the company: put nothing confidential
into it. Gives numbered passages to cite; say of what you take from them that it is from the web."""
_READ: Final = """\
Reads a page of the public web that search_web has found, when its passage there is not enough. Gives numbered passages
to cite."""


class SearchWebArguments(Arguments):
    query: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_QUERY)] = Field(
        description="What to look for, in a few words."
    )


class ReadPageArguments(Arguments):
    url: Annotated[str, StringConstraints(min_length=1, max_length=2000)] = Field(
        description="The address of a passage from the web, letter for letter."
    )


@dataclass(frozen=True, slots=True)
class Web:
    engine: WebSearch
    pages: PageReader

    async def aclose(self) -> None:
        await self.engine.aclose()
        await self.pages.aclose()


def web_tools(web: Web) -> Sequence[Tool]:
    async def search(bench: Workbench, arguments: Mapping[str, Any]) -> Outcome:
        return await _search(web, bench, SearchWebArguments.model_validate(arguments).query)

    async def read(bench: Workbench, arguments: Mapping[str, Any]) -> Outcome:
        return await _read(web, bench, ReadPageArguments.model_validate(arguments).url)

    out = Touches(sends=True)
    return (
        replace(own_tool(SEARCH_WEB, _SEARCH, SearchWebArguments, search, out), off=True),
        replace(own_tool(READ_PAGE, _READ, ReadPageArguments, read, out), off=True),
    )


async def _search(web: Web, bench: Workbench, query: str) -> Outcome:
    await _require_allowed(bench, SEARCH_WEB)
    moment = now()
    found = await web.engine.search(query, _FOUND)
    shown = [WebShown(each.url, each.title, each.snippet or each.title, moment, each.published) for each in found]
    if not shown:
        return Outcome("Nothing was found on the web.", 0)
    return _told(bench, shown)


async def _read(web: Web, bench: Workbench, url: str) -> Outcome:
    await _require_allowed(bench, READ_PAGE)
    if not bench.shelf.has_address(url):
        raise ToolError("Only pages that search_web has found can be read. Give the address of such a passage.")
    moment = now()
    page = await web.pages.read(url)
    return _told(bench, [WebShown(url, page.title or url, piece, moment) for piece in page.pieces])


def _told(bench: Workbench, shown: Sequence[WebShown]) -> Outcome:
    numbers = bench.shelf.put_web(shown)
    return Outcome(bench.shelf.render(numbers), len(numbers))


async def _require_allowed(bench: Workbench, name: str) -> None:
    """Looked up again: minutes may have passed while somebody decided. Raises ToolError, InvalidTokenError."""
    async with bench.db.read() as session:
        principal = await bench.renewed(session)
        rules = await policy_queries.rules(session, principal.tenant_id)
    if not may_use(rules.get(name), principal.role, off=True):
        raise ToolError("This tool is not to be used any more.")
