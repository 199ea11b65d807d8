"""What a call cost, by prices that come with the installation and are frozen with the answer. Nothing is fetched."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from nexus.core.clock import now
from nexus.providers.llm.base import LlmUsage, Served

_KNOWN_AS: Final[Mapping[str, str]] = {
    "openai": "openai",
    "azure": "azure",
    "anthropic": "anthropic",
    "google": "google",
}


@dataclass(frozen=True, slots=True)
class Price:
    """`usd` for a whole call; `source` names the list of prices and its edition."""

    usd: Decimal
    source: str


async def price_of(served: Served, usage: LlmUsage, *, url: str = "", at: datetime | None = None) -> Price | None:
    """None where nobody knows the price: that is not the same as nothing.

    `url` is the address of an OpenAI-compatible server, by which a known vendor is recognised.
    """
    if served.provider not in _KNOWN_AS and not url:
        return None
    return await asyncio.to_thread(_price, served, usage, url, at or now())


async def load_prices() -> None:
    """Otherwise the first answer's end does: a third of a second."""
    await price_of(Served("openai", "gpt-4o"), LlmUsage(1, 1))


def _price(served: Served, usage: LlmUsage, url: str, at: datetime) -> Price | None:
    from genai_prices import Usage, __version__, calc_price  # noqa: PLC0415

    counted = Usage(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=min(usage.cached_tokens, usage.input_tokens),
    )
    try:
        if vendor := _KNOWN_AS.get(served.provider):
            found = calc_price(counted, served.model, provider_id=vendor, genai_request_timestamp=at)
        else:
            found = calc_price(counted, served.model, provider_api_url=url, genai_request_timestamp=at)
    except LookupError:
        return None
    return Price(found.total_price, f"genai-prices {__version__}")
