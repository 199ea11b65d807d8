"""Another embedding model: the old vectors answer until the new ones are all there."""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

from fastapi import FastAPI

from hub import PATIENCE, Hub, found_company
from nexus.app import build_app
from nexus.core.settings import load_settings
from nexus.knowledge.live_index import LiveIndex
from nexus.providers.embeddings.base import EmbeddingSpec, Vectors
from nexus.providers.embeddings.fake import HashingEmbedder


class OtherModel(HashingEmbedder):
    """Another name and another dimension; `gate` holds documents back until the test lets them through."""

    def __init__(self) -> None:
        super().__init__(dimension=64)
        self.gate = asyncio.Event()

    @property
    def spec(self) -> EmbeddingSpec:
        return EmbeddingSpec("other/model", 64, 256)

    async def embed_documents(self, texts: Sequence[str]) -> Vectors:
        await self.gate.wait()
        return await super().embed_documents(texts)


async def test_a_changed_model_takes_over_without_a_gap(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path, _env_file=None)
    with Hub(settings) as hub:
        async with hub.client() as client:
            company = await found_company(hub, client)
            shelf = await company.owner.make_shelf()
            await company.owner.add(shelf, "leave.md", "# Leave\n\nTwenty-five days of leave a year.\n")
    other = OtherModel()
    app: FastAPI = build_app(settings, embedder=other)
    async with app.router.lifespan_context(app):
        index: LiveIndex = app.state.resources[LiveIndex]
        assert index.model != other.spec.name
        assert (await index.statistics()).chunks == 1
        other.gate.set()
        deadline = time.monotonic() + PATIENCE
        while index.model != other.spec.name:
            assert time.monotonic() < deadline, "the new vectors never took over"
            await asyncio.sleep(0.01)
        assert (await index.statistics()).chunks == 1
    again = build_app(settings, embedder=other)
    async with again.router.lifespan_context(again):
        assert again.state.resources[LiveIndex].model == other.spec.name
