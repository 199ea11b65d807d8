"""A small web and the engines that search it: SearXNG's JSON API, Brave Search's, and the pages that they name.

`pages` is what there is, by path. A fault takes the place of every answer of an engine, or of a page.
"""

import json
from dataclasses import dataclass
from typing import Any, Final, Literal

from tests.doubles.small_http import Answer, HttpDouble, Received

KEY: Final = "cedar-lantern"
SECRET: Final = "engine-internal-text"
"""Stands in every error body: no sentence of ours may repeat it."""
Fault = Literal["", "hang", "not-json", "list", "huge", "cut"]


@dataclass
class WebPage:
    title: str
    snippet: str
    html: str = ""
    kind: str = "text/html; charset=utf-8"
    published: str = ""
    status: int = 200
    location: str = ""


class WebDouble(HttpDouble):
    def __init__(self) -> None:
        super().__init__()
        self.pages: dict[str, WebPage] = {}
        self.more: list[dict[str, Any]] = []
        """Results of engines that name no page of ours."""
        self.status = 200
        self.fault: Fault = ""
        self.received: list[Received] = []

    def forget(self) -> None:
        self.pages.clear()
        self.more.clear()
        self.received.clear()
        self.status, self.fault = 200, ""

    @property
    def searched(self) -> list[str]:
        return [each.query["q"] for each in self.received if "q" in each.query]

    @property
    def read(self) -> list[str]:
        return [each.path for each in self.received if "q" not in each.query]

    def url(self, path: str) -> str:
        return f"{self.origin}{path}"

    async def answer(self, received: Received) -> Answer | None:
        self.received.append(received)
        if "q" not in received.query:
            return self._page(received.path)
        if self.fault == "hang":
            await self.closing.wait()
            return None
        if self.fault == "huge":
            return Answer.of({"results": [], "padding": "x" * (3 << 20)})
        if self.fault == "not-json":
            return Answer(200, f"<html>{SECRET}</html>".encode(), "text/html")
        if self.fault == "list":
            return Answer.of([SECRET])
        if self.fault == "cut":
            return Answer(200, json.dumps({"results": []}).encode(), short=3)
        if self.status != 200:
            return Answer.of({"error": SECRET}, self.status)
        return self._brave(received) if received.path == "/res/v1/web/search" else self._searxng(received)

    def _searxng(self, received: Received) -> Answer:
        if received.path != "/search":
            return Answer.of({"error": SECRET}, 404)
        if received.query.get("format") != "json":
            return Answer(200, b"<html></html>", "text/html")
        results: list[dict[str, Any]] = [
            {"url": self.url(path), "title": page.title, "content": page.snippet, "engine": "double", "score": 1.0}
            | ({"publishedDate": f"{page.published}T00:00:00"} if page.published else {})
            for path, page in self.pages.items()
        ]
        told = {"query": received.query["q"], "number_of_results": 0, "results": [*results, *self.more], "answers": []}
        return Answer.of(told | {"suggestions": [], "infoboxes": [], "unresponsive_engines": []})

    def _brave(self, received: Received) -> Answer:
        if received.headers.get("x-subscription-token") != KEY:
            error = {"code": "SUBSCRIPTION_TOKEN_INVALID", "detail": SECRET, "status": 422}
            return Answer.of({"type": "ErrorResponse", "error": error}, 422)
        results: list[dict[str, Any]] = [
            {"type": "search_result", "url": self.url(path), "title": page.title, "description": page.snippet}
            | ({"page_age": f"{page.published}T00:00:00"} if page.published else {})
            for path, page in self.pages.items()
        ]
        web = {"type": "search", "results": [*results, *self.more][: int(received.query.get("count", "20"))]}
        found = {"web": web} if web["results"] else {}
        return Answer.of({"type": "search", "query": {"original": received.query["q"]}, **found})

    def _page(self, path: str) -> Answer:
        page = self.pages.get(path)
        if page is None:
            return Answer(404, b"<h1>Not here</h1>", "text/html")
        headers = {"location": page.location} if page.location else {}
        return Answer(page.status, page.html.encode(), page.kind, headers)
