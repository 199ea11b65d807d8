"""What a call cost, by the bundled list: unknown is never zero."""

from decimal import Decimal

import pytest

from nexus.llms.prices import price_of
from nexus.providers.llm.base import LlmUsage, Served


@pytest.mark.parametrize(
    ("served", "usage", "usd"),
    [
        (Served("openai", "gpt-4o"), LlmUsage(1000, 500), "0.0075"),
        (Served("openai", "gpt-4o"), LlmUsage(1000, 500, cached_tokens=100), "0.007375"),
        (Served("anthropic", "claude-sonnet-4-5"), LlmUsage(1000, 500), "0.0105"),
        (Served("azure", "gpt-4o", "eu"), LlmUsage(1000, 500), "0.0075"),
    ],
)
async def test_known_models(served: Served, usage: LlmUsage, usd: str) -> None:
    price = await price_of(served, usage)
    assert price is not None
    assert price.usd == Decimal(usd)
    assert price.source.startswith("genai-prices ")


async def test_a_compatible_server_is_known_by_its_address() -> None:
    served = Served("openai-compatible", "gpt-4o")
    price = await price_of(served, LlmUsage(1000, 500), url="https://api.openai.com/v1")
    assert price is not None
    assert price.usd == Decimal("0.0075")


@pytest.mark.parametrize(
    ("served", "url"),
    [
        (Served("ollama", "llama3.3"), ""),
        (Served("ollama", "llama3.3"), "http://ollama.corp:11434"),
        (Served("openai", "our-own-deployment"), ""),
        (Served("openai-compatible", "gpt-4o"), "http://10.0.0.1/v1"),
        (Served("openai-compatible", "gpt-4o"), ""),
    ],
)
async def test_what_nobody_knows_has_no_price(served: Served, url: str) -> None:
    assert await price_of(served, LlmUsage(1000, 500), url=url) is None
