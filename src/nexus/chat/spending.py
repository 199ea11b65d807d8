"""What a run has cost beside its answer: the title, the question put anew, further questions."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from nexus.agents.loop import Spent
from nexus.chat import queries
from nexus.chat.models import NANO
from nexus.core.db import AsyncSession
from nexus.llms.choosing import Chosen


@dataclass(frozen=True, slots=True)
class Aside:
    """Calls that were made beside an answer, and by whose prices."""

    chosen: Chosen
    spent: Sequence[Spent]

    async def counted(self) -> dict[str, int]:
        """What they add to the run's columns. One whose price nobody knows adds nothing to the cost, and is counted."""
        prices = [await self.chosen.price(each.served, each.usage) for each in self.spent]
        known = [price for price in prices if price is not None]
        return {
            "aside_calls": len(self.spent),
            "aside_input_tokens": sum(each.usage.input_tokens for each in self.spent),
            "aside_output_tokens": sum(each.usage.output_tokens for each in self.spent),
            "aside_cost_nanousd": int(sum(price.usd for price in known) * NANO),
            "aside_unpriced": len(prices) - len(known),
        }


async def add(session: AsyncSession, run_id: UUID, counted: dict[str, int]) -> None:
    """Several may add at once, each when it is done."""
    if counted.get("aside_calls"):
        await queries.add_to_run(session, run_id, counted)
