"""The local model against vectors that sentence-transformers 5 on torch made from the same weights."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus.providers.embeddings import model_files
from nexus.providers.embeddings.base import EmbeddingError
from nexus.providers.embeddings.local import LocalEmbedder, slice_by_length, token_ids
from nexus.providers.embeddings.minilm import MAX_TOKENS, Weights
from nexus.providers.embeddings.model_files import find_model, verify_weights
from nexus.providers.embeddings.tokens import open_tokenizer

HERE = Path(__file__).parent
TEXTS: list[str] = json.loads((HERE / "reference.json").read_bytes())
REFERENCE = np.load(HERE / "reference.npy")


@pytest.fixture(scope="module")
def embedder() -> Iterator[LocalEmbedder]:
    embedder = LocalEmbedder(threads=2)
    yield embedder
    asyncio.run(embedder.aclose())


async def test_documents_match_the_reference(embedder: LocalEmbedder) -> None:
    cosines = np.sum(await embedder.embed_documents(TEXTS) * REFERENCE, axis=1)
    assert cosines.min() >= 0.999


async def test_queries_asked_at_once_match_the_reference(embedder: LocalEmbedder) -> None:
    vectors = await asyncio.gather(*(embedder.embed_query(text) for text in TEXTS * 8))
    cosines = np.sum(np.stack(vectors) * np.tile(REFERENCE, (8, 1)), axis=1)
    assert cosines.min() >= 0.999


async def test_float32_matches_closely_where_bfloat16_is_missing() -> None:
    embedder = LocalEmbedder(threads=1, precision="f32")
    cosines = np.sum(await embedder.embed_documents(TEXTS) * REFERENCE, axis=1)
    await embedder.aclose()
    assert cosines.min() >= 0.99999


async def test_neighbours_in_a_batch_change_nothing(embedder: LocalEmbedder) -> None:
    order = np.random.default_rng(7).permutation(len(TEXTS) * 3) % len(TEXTS)
    mixed = await embedder.embed_documents([TEXTS[index] for index in order])
    alone = np.stack([await embedder.embed_query(text) for text in TEXTS])
    assert np.sum(mixed * alone[order], axis=1).min() >= 0.9995


async def test_a_query_does_not_wait_behind_documents(embedder: LocalEmbedder) -> None:
    await embedder.warm_up()
    documents = asyncio.ensure_future(embedder.embed_documents([TEXTS[-1]] * 40))
    await embedder.embed_query("Is anybody there?")
    assert not documents.done()
    await documents


async def test_a_query_given_up_leaves_the_others_alone(embedder: LocalEmbedder) -> None:
    asked = [asyncio.ensure_future(embedder.embed_query(text)) for text in TEXTS[:6]]
    await asyncio.sleep(0)
    asked[1].cancel()
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(answers[1], asyncio.CancelledError)
    assert all(isinstance(answer, np.ndarray) for index, answer in enumerate(answers) if index != 1)


def test_nothing_is_loaded_before_the_first_use() -> None:
    program = (
        "import sys; from nexus.providers.embeddings.local import LocalEmbedder; LocalEmbedder();"
        "sys.exit(bool({'openvino', 'tokenizers'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "short",
        "word " * 5_000,
        "x" * 50_000,
        "a" * 4_090 + " b",
        ("x" * 3_000 + " ") * 60,
        "1 " * 200 + "q" * 8_000,
        "東京" * 3_000,
    ],
)
def test_cutting_before_tokenising_is_exact(text: str) -> None:
    tokenizer = open_tokenizer(find_model() / "tokenizer.json")
    found = token_ids(tokenizer, text).tolist()
    tokenizer.enable_truncation(MAX_TOKENS)
    assert found == tokenizer.encode(text).ids


@given(st.lists(st.integers(2, 256), max_size=300))
def test_slices_hold_every_text_once_in_few_shapes(lengths: list[int]) -> None:
    slices = list(slice_by_length(lengths))
    assert sorted(index for members in slices for index in members) == list(range(len(lengths)))
    for members in slices:
        width = -(-max(lengths[index] for index in members) // 16) * 16
        assert len(members) * width <= 1_024
        assert len(members) == 1_024 // width or len(members).bit_count() == 1


def test_the_weights_read_as_the_safetensors_library_reads_them() -> None:
    safetensors = pytest.importorskip("safetensors")
    path = find_model() / "model.safetensors"
    weights = Weights(path)
    with safetensors.safe_open(path, "numpy") as theirs:
        for name in (
            "embeddings.LayerNorm.bias",
            "encoder.layer.5.output.dense.weight",
            "embeddings.word_embeddings.weight",
        ):
            assert np.array_equal(weights[name], theirs.get_tensor(name))


def test_foreign_weights_are_refused(tmp_path: Path) -> None:
    foreign = tmp_path / "model.safetensors"
    foreign.write_bytes(b"not these")
    with pytest.raises(EmbeddingError, match="Reinstall"):
        verify_weights(foreign)


async def test_closing_gives_up_what_waits() -> None:
    embedder = LocalEmbedder(threads=1)
    asked = [asyncio.ensure_future(embedder.embed_query(text)) for text in TEXTS]
    documents = asyncio.ensure_future(embedder.embed_documents(TEXTS * 10))
    await asyncio.sleep(0)
    await embedder.aclose()
    assert documents.cancel() or documents.done()
    await asyncio.wait([*asked, documents])
    assert all(future.done() for future in asked)


async def test_a_missing_model_is_told_to_every_asker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_files, "_PACKAGE", "no_such_package_here")
    embedder = LocalEmbedder(threads=1)
    answers = await asyncio.gather(*(embedder.embed_query("anybody?") for _ in range(3)), return_exceptions=True)
    assert all(isinstance(answer, EmbeddingError) for answer in answers)
    with pytest.raises(EmbeddingError, match="Install"):
        await embedder.embed_documents(["anybody?"])
    await embedder.aclose()
