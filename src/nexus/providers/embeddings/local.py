"""all-MiniLM-L6-v2 on this machine's processor."""

import asyncio
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from nexus.providers.embeddings.base import EmbeddingSpec, Vectors
from nexus.providers.embeddings.minilm import DIMENSION, MAX_TOKENS, Ids, Network, Precision, Weights
from nexus.providers.embeddings.model_files import find_model, verify_weights
from nexus.providers.embeddings.tokens import open_tokenizer, without_surrogates

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Item = TypeVar("Item")
Result = TypeVar("Result")

_SEPARATOR = 102
_LONGEST_WORD = 100
"""In tokens: the tokeniser takes anything longer as one unknown word."""
_READ = 4_096
"""Characters of a text that are tokenised at first: nearly always more than the model reads."""

_TEXTS_AT_ONCE = 32
_QUERIES_AT_ONCE = 64
_SLICE_TOKENS = 1_024
_STEP = 16
"""One inference takes about `_SLICE_TOKENS` tokens, padding included, so that activations stay in the second-level
cache: the best of 256 to 8,192. Widths are multiples of `_STEP` and counts powers of two, because every new shape
costs the engine some milliseconds and a megabyte of kernels."""


class LocalEmbedder:
    """Embeds with the installed weights. Texts beyond 256 tokens are cut there, as by the model's authors.

    Nothing is loaded before `warm_up` or the first use (half a second, in a thread). Documents and queries have threads
    and networks of their own: a query never waits behind documents, and queries that arrive while others are being
    answered are answered together. The network for queries costs 80 MB; that for documents, 40 and up to 60 a thread,
    is loaded when the first document comes.
    """

    def __init__(self, *, threads: int | None = None, precision: Precision | None = None) -> None:
        """`threads` for documents: one a processor, at most 4, unless told. `precision`: the fastest native one."""
        self._threads = threads or min(_processors(), 4)
        self._precision: Precision | None = precision
        self._document_threads = ThreadPoolExecutor(self._threads, thread_name_prefix="embed-documents")
        self._query_thread = ThreadPoolExecutor(1, thread_name_prefix="embed-query")
        self._waiting: deque[tuple[str, Future[Vectors]]] = deque()
        self._loading = threading.Lock()
        self._files: _Files | None = None
        self._document_network: Network | None = None
        self._query_network: Network | None = None

    @property
    def spec(self) -> EmbeddingSpec:
        return EmbeddingSpec("local/all-MiniLM-L6-v2", DIMENSION, MAX_TOKENS, languages=frozenset({"en"}))

    async def warm_up(self) -> None:
        """Loads the model and answers a query, so that the first real one is fast. Raises EmbeddingError."""
        await self.embed_query("warm up")

    async def embed_documents(self, texts: Sequence[str]) -> Vectors:
        portions = [texts[start : start + _TEXTS_AT_ONCE] for start in range(0, len(texts), _TEXTS_AT_ONCE)]
        rows = [row for portion in await self._spread(self._read, portions) for row in portion]
        slices = list(slice_by_length([len(row) for row in rows]))
        parts = await self._spread(self._embed_slice, [[rows[index] for index in members] for members in slices])
        if self._files is not None:
            await asyncio.to_thread(self._files.weights.release)
        vectors = np.empty((len(texts), DIMENSION), np.float32)
        for members, part in zip(slices, parts, strict=True):
            vectors[members] = part
        return vectors

    async def embed_query(self, text: str) -> Vectors:
        answer: Future[Vectors] = Future()
        self._waiting.append((text, answer))
        # One call a query, of which the first takes all that wait and the rest may find nothing left to do.
        self._query_thread.submit(self._answer_waiting)
        return await asyncio.wrap_future(answer)

    async def aclose(self) -> None:
        """Lets the running inferences end (tens of milliseconds) and cancels the rest."""
        for pool in (self._document_threads, self._query_thread):
            await asyncio.to_thread(pool.shutdown, cancel_futures=True)
        while self._waiting:
            self._waiting.popleft()[1].cancel()
        self._files = self._document_network = self._query_network = None

    async def _spread(self, work: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        """`work` of every item, in order, on the document threads.

        A caller has no more items in the pool than there are threads, so that callers share it evenly.
        """
        loop = asyncio.get_running_loop()
        results: dict[int, Result] = {}
        pending = iter(enumerate(items))

        async def run() -> None:
            for index, item in pending:
                results[index] = await loop.run_in_executor(self._document_threads, work, item)

        await asyncio.gather(*(run() for _ in range(min(self._threads, len(items)))))
        return [results[index] for index in range(len(items))]

    # Below, everything runs in the pools' threads.

    def _open_files(self) -> "_Files":
        with self._loading:
            if self._files is None:
                self._files = _Files()
            return self._files

    def _read(self, texts: Sequence[str]) -> list[Ids]:
        tokenizer = self._open_files().tokenizer
        return [token_ids(tokenizer, text) for text in texts]

    def _embed_slice(self, rows: Sequence[Ids]) -> Vectors:
        weights = self._open_files().weights
        with self._loading:
            if self._document_network is None:
                self._document_network = Network(weights, streams=self._threads, precision=self._precision)
            network = self._document_network
        return network.embed(rows, _width(max(map(len, rows))))

    def _answer_waiting(self) -> None:
        asked: list[tuple[str, Future[Vectors]]] = []
        while self._waiting and len(asked) < _QUERIES_AT_ONCE:
            text, answer = self._waiting.popleft()
            if answer.set_running_or_notify_cancel():
                asked.append((text, answer))
        if not asked:
            return
        try:
            vectors = self._embed_queries([text for text, _ in asked])
        except BaseException as error:  # noqa: BLE001 - it travels to everyone who waits
            for _, answer in asked:
                answer.set_exception(error)
            return
        for (_, answer), vector in zip(asked, vectors, strict=True):
            answer.set_result(vector)

    def _embed_queries(self, texts: Sequence[str]) -> Vectors:
        rows = self._read(texts)
        if self._query_network is None:
            self._query_network = Network(self._open_files().weights, streams=1, precision=self._precision)
        vectors = np.empty((len(rows), DIMENSION), np.float32)
        for members in slice_by_length([len(row) for row in rows]):
            part = [rows[index] for index in members]
            vectors[members] = self._query_network.embed(part, _width(max(map(len, part))))
        return vectors


class _Files:
    """The tokeniser and the checked weights."""

    def __init__(self) -> None:
        folder = find_model()
        verify_weights(folder / "model.safetensors")
        self.weights = Weights(folder / "model.safetensors")
        self.tokenizer = open_tokenizer(folder / "tokenizer.json")


def token_ids(tokenizer: "Tokenizer", text: str) -> Ids:
    """What the model reads of `text`: [CLS], at most 254 tokens, [SEP]."""
    text = without_surrogates(text)
    read = _READ
    while True:
        # The cut may fall in a word and change its tokens, so the model must have enough before that word.
        ids: list[int] = tokenizer.encode(text[:read]).ids
        if len(ids) > MAX_TOKENS + _LONGEST_WORD or read >= len(text):
            break
        read *= 4
    if len(ids) > MAX_TOKENS:
        ids[MAX_TOKENS - 1 :] = [_SEPARATOR]
    return np.asarray(ids, np.int32)


def slice_by_length(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Indices into `lengths`, grouped for inference: longest first, so that little of a slice is padding."""
    order = sorted(range(len(lengths)), key=lengths.__getitem__, reverse=True)
    start = 0
    while start < len(order):
        fits = _SLICE_TOKENS // _width(lengths[order[start]])
        count = min(fits, len(order) - start)
        if count < fits:
            count = 1 << (count.bit_length() - 1)
        yield order[start : start + count]
        start += count


def _width(length: int) -> int:
    return -(-length // _STEP) * _STEP


def _processors() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # Linux only
        return os.cpu_count() or 1
