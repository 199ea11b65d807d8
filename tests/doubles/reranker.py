"""A reranking server for tests: both protocols over real sockets; the model's name is the fault, or `normal`.

A passage scores by the share of the question's words it holds.
"""

from typing import Any

from tests.doubles.small_http import Answer, HttpDouble, Received


class RerankerDouble(HttpDouble):
    """`async with RerankerDouble() as double: double.base_url`; `double.requests` has the bodies."""

    def __init__(self, fault: str = "normal") -> None:
        super().__init__()
        self.fault = fault
        self.requests: list[dict[str, Any]] = []

    @property
    def base_url(self) -> str:
        return f"{self.origin}/v1"

    async def answer(self, received: Received) -> Answer | None:
        body: dict[str, Any] = received.body
        self.requests.append(body)
        match self.fault:
            case "once" if len(self.requests) == 1:
                return Answer.of({"message": "busy"}, 503)
            case "401" | "500":
                return Answer.of({"message": "provider-internal-text"}, int(self.fault))
            case "silent":
                await self.closing.wait()
                return None
            case "html":
                return Answer(200, b"<html>")
            case _:
                pass
        words = set(body["query"].lower().split())
        texts: list[str] = body.get("texts") or body["documents"]
        scores = [len(words & set(text.lower().split())) / len(words) for text in texts]
        key = "score" if "texts" in body else "relevance_score"
        results = [{"index": i, key: s} for i, s in sorted(enumerate(scores), key=lambda p: -p[1])]
        if self.fault == "missing":
            results.pop()
        if self.fault == "nan":
            results[0][key] = float("nan")
        return Answer.of(results if "texts" in body else {"results": results})
