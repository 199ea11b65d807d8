"""The dense side of the embedded index: exact inner products over float16 vectors."""

from importlib import import_module

import numpy as np
from numpy.typing import NDArray

from nexus.providers.vectors.base import Half

Floats = NDArray[np.float32]
Bits = NDArray[np.uint8]


def limit_openmp() -> None:
    """Run at the start of each search thread: faiss would otherwise open a team of threads in every one of them."""
    import_module("faiss").omp_set_num_threads(1)


def rounding_margin(dimension: int) -> float:
    """How far apart two rows may seem in one summation order and yet be the other way round in another.

    The textbook bound: an inner product of unit vectors in single precision errs by at most n·u, whatever
    the order of its terms; two rows, each summed in two orders, make four times that.
    """
    return 4 * dimension * 2.0**-24


def unit(vector: Floats) -> Floats:
    """Scaled to length one; a zero vector stays zero and is equally far from everything."""
    length = float(np.linalg.norm(vector))
    scaled = vector / length if length else vector
    return np.ascontiguousarray(scaled, np.float32)


def cosines(halves: Half, query: Floats) -> Floats:
    """`(n,)` cosines of `(n, dimension)` rows, each summed in the same order wherever its row stands.

    These are the scores that are shown and compared: equal vectors have equal scores.
    """
    return np.einsum("ij,j->i", halves.astype(np.float32), query)


def quick_cosines(halves: Half, query: Floats) -> Floats:
    """The same to within rounding, twice as fast: for statistics and for choosing what `cosines` shall decide."""
    if not len(halves):
        return np.zeros(0, np.float32)
    scores, rows = VectorBlock(halves).nearest(query, len(halves))
    unsorted = np.empty(len(halves), np.float32)
    unsorted[rows] = scores
    return unsorted


def within(scores: Floats, limit: int, margin: float) -> NDArray[np.intp]:
    """Where the scores are among the best `limit`, or too close below to be told apart."""
    if len(scores) <= limit:
        return np.arange(len(scores))
    return np.flatnonzero(scores >= np.partition(scores, len(scores) - limit)[len(scores) - limit] - margin)


class VectorBlock:
    """Some vectors in faiss's keeping, 2 bytes a component. Immutable, so any number of threads may search it."""

    def __init__(self, halves: Half) -> None:
        self._faiss = faiss = import_module("faiss")
        count, dimension = halves.shape
        self._index = faiss.IndexScalarQuantizer(dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
        self._index.add_sa_codes(np.ascontiguousarray(halves).view(np.uint8))
        # The rows are kept once: this is a view of faiss's memory, alive as long as this object is.
        codes = faiss.rev_swig_ptr(self._index.codes.data(), halves.nbytes)
        codes.flags.writeable = False
        self.halves: Half = codes.view(np.float16).reshape(count, dimension)

    def __len__(self) -> int:
        return len(self.halves)

    def nearest(self, query: Floats, count: int, selection: Bits | None = None) -> tuple[Floats, NDArray[np.int64]]:
        """The best `count` rows, best first: scores and row numbers, fewer when fewer are selected.

        `selection` is a bitmap of the rows to look at (`np.packbits(…, bitorder="little")`). Releases the GIL.
        """
        faiss = self._faiss
        parameters = None
        if selection is not None:
            selector = faiss.IDSelectorBitmap(len(self), faiss.swig_ptr(selection))
            parameters = faiss.SearchParameters(sel=selector)
        scores, rows = self._index.search(query[np.newaxis], min(count, len(self)), params=parameters)
        found = int(np.count_nonzero(rows[0] >= 0))
        return scores[0, :found], rows[0, :found]
