"""Which pieces go together: the division of a row of pieces into chunks that costs least."""

from collections.abc import Sequence
from dataclasses import dataclass

from nexus.ingestion.chunking_pieces import ALWAYS


@dataclass(frozen=True, slots=True)
class Row:
    """Pieces in order, as numbers; the four sequences are of one length."""

    sizes: Sequence[int]
    budgets: Sequence[int]
    """What a chunk that begins with this piece can hold."""
    breaks: Sequence[float]
    """Cost of ending a chunk before this piece; ALWAYS forces it."""
    joins: Sequence[float]
    """Cost of having this piece in one chunk with the piece before it."""


def pack(row: Row, target: int) -> list[tuple[int, int]]:
    """The chunks as half-open ranges of pieces.

    As a typesetter divides a paragraph into lines: a chunk costs the square of how far it is from `target` (as a share
    of it), plus the break at its end, plus the joins inside it. The sum over all chunks is the least possible, so no
    chunk is full at the price of a tiny one after it. A chunk never exceeds the budget of its first piece, unless that
    piece alone does.
    """
    count = len(row.sizes)
    sizes, joins = row.sizes, row.joins
    breaks = (*row.breaks, 0.0)
    best = [0.0] + [float("inf")] * count
    origin = [0] * (count + 1)
    for first in range(count):
        budget = row.budgets[first]
        so_far = best[first]
        total = 0
        for last in range(first, count):
            total += sizes[last]
            if last > first:
                if total > budget:
                    break
                so_far += joins[last]
            away = (total - target) / target
            ending = breaks[last + 1]
            cost = so_far + away * away + (0.0 if ending == ALWAYS else ending)
            if cost < best[last + 1]:
                best[last + 1] = cost
                origin[last + 1] = first
            if ending == ALWAYS:
                break
    ranges: list[tuple[int, int]] = []
    end = count
    while end:
        ranges.append((origin[end], end))
        end = origin[end]
    ranges.reverse()
    return ranges


def windows(row: Row, target: int, overlap: int) -> list[tuple[int, int]]:
    """Runs of pieces of at most `target`, each beginning with up to `overlap` of the one before."""
    ranges: list[tuple[int, int]] = []
    count = len(row.sizes)
    first = 0
    while first < count:
        limit = min(target, row.budgets[first])
        total = row.sizes[first]
        end = first + 1
        while end < count and row.breaks[end] != ALWAYS and total + row.sizes[end] <= limit:
            total += row.sizes[end]
            end += 1
        ranges.append((first, end))
        if end == count:
            break
        following = end
        if row.breaks[end] != ALWAYS:
            # As much is repeated as leaves room for something new.
            again = row.sizes[following - 1]
            while (
                following - 1 > first
                and again <= overlap
                and again + row.sizes[end] <= min(target, row.budgets[following - 1])
            ):
                following -= 1
                again += row.sizes[following - 1]
        first = following
    return ranges
