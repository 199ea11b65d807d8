"""The network of all-MiniLM-L6-v2, written out as an OpenVINO graph over the published weights.

BERT with 6 layers of 12 heads, width 384, then the mean over the tokens, then length one. The divisor of the mean
cancels in the last step, so the graph sums instead.
"""

# OpenVINO's operator factories are only partly typed, and its Model is annotated as a stranger to itself.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportGeneralTypeIssues=false

import json
import mmap
import queue
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from nexus.providers.embeddings.base import Vectors

if TYPE_CHECKING:
    from openvino import InferRequest, Model

Ids = NDArray[np.int32]
Precision = Literal["bf16", "f32"]

DIMENSION = 384
MAX_TOKENS = 256
_LAYERS = 6
_HEADS = 12
_EPSILON = 1e-12
_FORBIDDEN = np.float32(-10_000.0)
"""Added to the attention score of padding: small enough for a weight of zero, and still a number in bfloat16."""


class Weights:
    """The tensors of a safetensors file, read through a memory map without a copy.

    The format is eight bytes of header length, a JSON header with type, shape and byte range of each tensor, then the
    bytes. Reading it here instead of through the library keeps 90 MB out of the process: `release()` hands pages back
    to the system once the network has packed what it needs, and they return by themselves if they are touched again.
    """

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        size = int.from_bytes(self._map[:8], "little")
        self._start = 8 + size
        self._header: dict[str, dict[str, Any]] = json.loads(self._map[8 : self._start])

    def __getitem__(self, name: str) -> NDArray[np.float32]:
        entry = self._header[name]
        first, last = entry["data_offsets"]
        flat = np.frombuffer(self._map, np.float32, (last - first) // 4, self._start + first)
        return flat.reshape(entry["shape"])

    def release(self) -> None:
        """Gives the pages read so far back to the system."""
        if hasattr(mmap, "MADV_DONTNEED"):
            self._map.madvise(mmap.MADV_DONTNEED)


class Network:
    """The graph compiled for this processor, ready for `streams` inferences at once of one thread each."""

    def __init__(self, weights: Weights, *, streams: int, precision: Precision | None) -> None:
        """`precision` None takes bfloat16 where the processor computes with it (worst cosine to float32 0.9998, three
        to four times as fast), else float32.
        """
        import openvino as ov  # noqa: PLC0415 - a fifth of a second that only embedding processes need to pay

        core = ov.Core()
        if precision is None:
            precision = "bf16" if "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES") else "f32"
        settings = {
            "INFERENCE_PRECISION_HINT": precision,
            "NUM_STREAMS": streams,
            "INFERENCE_NUM_THREADS": streams,
            # Pinned, the threads of two networks would share one core while another is idle.
            "ENABLE_CPU_PINNING": False,
        }
        compiled = core.compile_model(build_graph(weights), "CPU", settings)
        self.precision: Precision = precision
        self._weights = weights  # The compiled network still points into it.
        self._requests: queue.SimpleQueue[InferRequest] = queue.SimpleQueue()
        for _ in range(streams):
            self._requests.put(compiled.create_infer_request())
        self.embed([np.zeros(1, np.int32)], 16)  # The engine packs the weights when they are first used.
        weights.release()

    def embed(self, rows: Sequence[Ids], width: int) -> Vectors:
        """`(len(rows), 384)` for token ids, special ones included, each row padded to `width`. Blocks its thread."""
        ids = np.zeros((len(rows), width), np.int32)
        mask = np.zeros((len(rows), width), np.float32)
        for index, row in enumerate(rows):
            ids[index, : len(row)] = row
            mask[index, : len(row)] = 1
        request = self._requests.get()
        try:
            return request.infer([ids, mask])[0]
        finally:
            self._requests.put(request)


def build_graph(weights: Weights) -> "Model":
    """A model from `ids` and `mask`, int32 and float32 `[batch, tokens]`, to float32 `[batch, 384]` of length one.

    Large constants stay views into `weights`, which must outlive whatever is compiled from the model.
    """
    import openvino as ov  # noqa: PLC0415
    from openvino import opset13 as op  # noqa: PLC0415

    def const(values: Any, dtype: type[np.generic] = np.int32) -> Any:
        return op.constant(np.asarray(values, dtype))

    def tensor(name: str) -> Any:
        return ov.op.Constant(ov.Tensor(weights[name], shared_memory=True))

    def linear(x: Any, name: str) -> Any:
        return op.add(op.matmul(x, tensor(f"{name}.weight"), False, True), tensor(f"{name}.bias"))

    def norm(x: Any, name: str) -> Any:
        centred = op.mvn(x, const([-1]), True, _EPSILON, "inside_sqrt")
        return op.add(op.multiply(centred, tensor(f"{name}.weight")), tensor(f"{name}.bias"))

    def heads(x: Any, name: str) -> Any:
        split = op.reshape(linear(x, name), const([0, 0, _HEADS, DIMENSION // _HEADS]), True)
        return op.transpose(split, const([0, 2, 1, 3]))

    def attention(x: Any, name: str) -> Any:
        query, key, value = (heads(x, f"{name}.self.{part}") for part in ("query", "key", "value"))
        mixed = op.scaled_dot_product_attention(query, key, value, penalty)
        joined = op.reshape(op.transpose(mixed, const([0, 2, 1, 3])), const([0, 0, DIMENSION]), True)
        return linear(joined, f"{name}.output.dense")

    ids = op.parameter([-1, -1], np.int32, name="ids")
    mask = op.parameter([-1, -1], np.float32, name="mask")
    penalty = op.unsqueeze(
        op.multiply(op.subtract(const(1, np.float32), mask), const(_FORBIDDEN, np.float32)), const([1, 2])
    )

    # Only the first segment is ever used, so its row is folded into the positions.
    positions = weights["embeddings.position_embeddings.weight"][:MAX_TOKENS]
    segment = weights["embeddings.token_type_embeddings.weight"][0]
    length = op.gather(op.shape_of(ids, "i32"), const([1]), const(0))
    placed = op.slice(const(positions + segment, np.float32), const([0]), length, const([1]), const([0]))
    words = op.gather(tensor("embeddings.word_embeddings.weight"), ids, const(0))
    x = norm(op.add(words, placed), "embeddings.LayerNorm")

    for index in range(_LAYERS):
        layer = f"encoder.layer.{index}"
        x = norm(op.add(x, attention(x, f"{layer}.attention")), f"{layer}.attention.output.LayerNorm")
        wide = op.gelu(linear(x, f"{layer}.intermediate.dense"), "erf")
        x = norm(op.add(x, linear(wide, f"{layer}.output.dense")), f"{layer}.output.LayerNorm")

    summed = op.squeeze(op.matmul(op.unsqueeze(mask, const([1])), x, False, False), const([1]))
    return ov.Model([op.result(op.normalize_l2(summed, const([1]), _EPSILON, "max"))], [ids, mask], "all-MiniLM-L6-v2")
